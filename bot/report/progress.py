"""What is shown while long work runs; the same comment becomes its result."""

from __future__ import annotations

from bot.decide.progress import WorkProgress, seconds_left
from bot.decide.requests import UserRequest
from bot.markers.hidden import STATUS_MARKER, running_marker, state_marker
from bot.report.text import bar, count_of, plain

COUNTING = "⏳ **Counting what is left.** "


def running(request: UserRequest, going: WorkProgress, now: float) -> str:
    return f"{running_marker(request.id)}\n@{request.by} ⏳ **The {request.verb} is running.** {_progress(going, now)}"


def _progress(going: WorkProgress, now: float) -> str:
    if not going.total:
        return "Searching for the files that matter. The result replaces this comment."
    if going.done >= going.total:
        return f"Read {count_of(going.total, 'file')}; analyzing what surrounds them. The result replaces this comment."
    rest = f" {_time_left(going, now)}" if seconds_left(going, now) is not None else ""
    return f"Read {going.done:,} of {count_of(going.total, 'file')}.{rest}\n\n{bar(going.done, going.total)}"


def _time_left(going: WorkProgress, now: float) -> str:
    seconds = seconds_left(going, now) or 0.0
    if seconds < 90:
        return f"About {count_of(max(1, round(seconds)), 'second')} left."
    return f"About {count_of(round(seconds / 60), 'minute')} left."


# The count, in the status comment


def first_status(title: str, going: WorkProgress, now: float) -> str:
    """Until there is more to say; the migration has no labels that it remembers yet."""
    return (
        f"{STATUS_MARKER}\n\n## {plain(title)}\n\n{_counting(going, now)}\n\n{state_marker({'labels': []})}"
    )


def with_notice(status: str, going: WorkProgress, now: float) -> str:
    """The status comment as it was, with the notice below its first line, in the place of an earlier one."""
    head, *rest = status.split("\n\n")
    old = [part for part in rest if not part.startswith(COUNTING)]
    return "\n\n".join([head, _counting(going, now), *old])


def _counting(going: WorkProgress, now: float) -> str:
    rest = f" {_time_left(going, now)}" if seconds_left(going, now) is not None else ""
    return f"{COUNTING}Read {going.done:,} of {count_of(going.total, 'file')}.{rest}"
