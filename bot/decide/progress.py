"""When the progress of long work is reported, and how long it will still take."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_UPDATE, UPDATE_INTERVAL = 2.0, 10.0
"""Seconds: what is done before nobody has to wait for, and an edit is a write that counts."""
ESTIMATE_AFTER = 0.05
"""The share that has to be done before the rest can be guessed from it."""


@dataclass(frozen=True)
class WorkProgress:
    """How far it has come."""

    started_at: float
    done: int = 0
    total: int = 0
    """0 if it is not known yet."""


def is_update_due(progress: WorkProgress, last_update: float | None, now: float) -> bool:
    return (
        now - progress.started_at >= FIRST_UPDATE
        if last_update is None
        else now - last_update >= UPDATE_INTERVAL
    )


def seconds_left(progress: WorkProgress, now: float) -> float | None:
    if not progress.total or progress.done < max(1, progress.total * ESTIMATE_AFTER):
        return None
    return (now - progress.started_at) / progress.done * (progress.total - progress.done)
