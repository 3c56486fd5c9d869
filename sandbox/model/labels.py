"""Labels."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)
class Label:
    id: int
    name: str
    color: str = "ededed"
    description: str | None = None
    default: bool = False
