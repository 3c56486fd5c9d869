"""How the symbols are reached from where a generated statement stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reach:
    """`Old` and `old_make`, `o.Old` and `o.old_make`."""

    thing: str
    make: str

    @property
    def is_dotted(self) -> bool:
        """Whether nothing but names and dots is in it, as a pattern needs."""
        return self.thing.replace(".", "_").isidentifier()
