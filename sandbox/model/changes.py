"""Notices to open pages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ChangeNotice:
    """A change that an open page may show."""

    event: str
    action: str | None
    repo: str
    number: int | None = None
