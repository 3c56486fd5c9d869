"""Times as GitHub writes them."""

from __future__ import annotations

from datetime import UTC, datetime


def iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_or_none(at: datetime | None) -> str | None:
    return iso(at) if at else None
