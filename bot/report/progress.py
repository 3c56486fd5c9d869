"""What is said while long work runs; the same comment becomes its result."""

from __future__ import annotations

from bot.decide.progress import WorkProgress, seconds_left
from bot.decide.requests import UserRequest
from bot.markers.hidden import running_marker
from bot.report.text import bar, counted


def running(request: UserRequest, going: WorkProgress, now: float) -> str:
    return f"{running_marker(request.id)}\n@{request.by} ⏳ **The {request.verb} is running.** {_far(going, now)}"


def _far(going: WorkProgress, now: float) -> str:
    if not going.total:
        return "It looks for the files that matter; the result will stand here."
    if going.done >= going.total:
        return f"{counted(going.total, 'file')} read; now what lies around them. The result will stand here."
    rest = f" {_left(going, now)}" if seconds_left(going, now) is not None else ""
    return f"{going.done:,} of {counted(going.total, 'file')} read.{rest}\n\n{bar(going.done, going.total)}"


def _left(going: WorkProgress, now: float) -> str:
    seconds = seconds_left(going, now) or 0.0
    return (
        f"About {counted(max(1, round(seconds)), 'second')} left."
        if seconds < 90
        else f"About {counted(round(seconds / 60), 'minute')} left."
    )
