"""What an examination finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_HEADS = {"ok": "ok    ", "note": "note  ", "wrong": "WRONG "}


@dataclass(frozen=True)
class Finding:
    says: str
    to_do: str = ""
    """Empty if nothing is wrong."""
    weight: Literal["wrong", "note"] = "wrong"
    """A note is worth a look, but nothing fails for it."""

    @property
    def is_wrong(self) -> bool:
        return bool(self.to_do) and self.weight == "wrong"

    @property
    def in_one_line(self) -> str:
        return f"{self.says} {self.to_do}".strip()

    def __str__(self) -> str:
        head = _HEADS[self.weight if self.to_do else "ok"]
        return f"{head} {self.says}" + (f"\n       → {self.to_do}" if self.to_do else "")


def note(says: str, to_do: str) -> Finding:
    return Finding(says, to_do, "note")
