"""What open pages are told of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ChangeNotice:
    """Something that a page may have to show: where, and what kind of thing."""

    event: str
    action: str | None
    repo: str
    number: int | None = None
