"""What the pages call things, and how times and numbers are written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

from markupsafe import Markup, escape

from bot.decide.pace import Pace
from bot.report.text import count_of, line_url
from bot.store.overview import WaitsFor

Tone = Literal["good", "warn", "bad", ""]
BADGES: Mapping[WaitsFor, tuple[str, Tone]] = {
    WaitsFor.FIX: ("Needs a fix", "bad"),
    WaitsFor.APPROVAL: ("Waits for approval", "warn"),
    WaitsFor.REVIEW: ("Waits for review", "warn"),
    WaitsFor.START: ("Ready to start", "warn"),
    WaitsFor.MANUAL_WORK: ("Needs manual work", "warn"),
    WaitsFor.PLAN: ("Needs a plan", "warn"),
    WaitsFor.CONFLICT: ("Has conflicts", ""),
    WaitsFor.CHECKS: ("Checks are running", ""),
    WaitsFor.DROVER: ("Drover is working", ""),
    WaitsFor.RESUME: ("Paused", ""),
    WaitsFor.NOTHING: ("Finished", "good"),
    WaitsFor.CLOSED: ("Closed", ""),
}
_TONES: Mapping[str, Tone] = {
    "merged": "good",
    "passed": "good",
    "open": "warn",
    "ready": "warn",
    "revert open": "warn",
    "failed": "bad",
    "not reported": "bad",
    "failing as before": "warn",
}


def badge(waits_for: WaitsFor) -> str:
    return BADGES[waits_for][0]


def tone(waits_for: WaitsFor) -> Tone:
    return BADGES[waits_for][1]


def state_tone(state: str) -> Tone:
    """Of a phase's state, or of what its checks say."""
    return _TONES.get(state, "")


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(at: float) -> Markup:
    return _time(at, "%-d %b %Y, %H:%M UTC")


def day(at: float) -> Markup:
    return _time(at, "%-d %b %Y")


def _time(at: float, form: str) -> Markup:
    text = datetime.fromtimestamp(at, UTC).strftime(form)
    return Markup('<time datetime="{}">{}</time>').format(iso(at), text)


def with_pull_link(text: str, pull: int, repo_url: str) -> Markup:
    """The number of the pull request leads to it."""
    before, number, after = text.partition(f"#{pull}")
    if not pull or not number:
        return escape(text)
    return Markup('{}<a href="{}/pull/{}">{}</a>{}').format(before, repo_url, pull, number, after)


def line_link(repo_url: str, head: str, path: str, line: int) -> Markup:
    """A file and its line, as a link."""
    shown = f"{path}:{line}" if line else path
    return Markup('<a href="{}"><code>{}</code></a>').format(line_url(repo_url, head, path, line or 1), shown)


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def percent(done: int, whole: int) -> int:
    """100 only where nothing is left."""
    return 100 * done // whole if whole else 0


def time_left(pace: Pace) -> str:
    days = pace.days_left
    if days < 1.5:
        return "about a day"
    if days < 14:
        return f"about {days:.0f} days"
    if days < 60:
        return f"about {days / 7:.0f} weeks"
    if days < 730:
        return f"about {days / 30.4:.0f} months"
    return "more than two years"


def per_day(pace: Pace) -> str:
    """In the unit that gives a number worth reading."""
    if pace.per_day >= 1:
        return f"{count_of(round(pace.per_day), 'reference')} a day"
    if pace.per_day * 7 >= 1:
        return f"{count_of(round(pace.per_day * 7), 'reference')} a week"
    return "less than one reference a week"
