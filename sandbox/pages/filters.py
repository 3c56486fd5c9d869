"""Template filters: words and colours for what the pages show."""

from __future__ import annotations

import colorsys
import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from sandbox.model.checks import CheckRun, CommitStatus
from sandbox.model.repositories import Issue

REACTION_EMOJI = {
    "+1": "👍",
    "-1": "👎",
    "laugh": "😄",
    "hooray": "🎉",
    "confused": "😕",
    "heart": "❤️",
    "rocket": "🚀",
    "eyes": "👀",
}
ROLE_WORDS = {
    "none": "no role",
    "read": "can read",
    "triage": "can triage",
    "write": "can write",
    "maintain": "can maintain",
    "admin": "admin",
}


def ago(at: datetime, now: datetime | None = None) -> str:
    seconds = ((now or datetime.now(UTC)) - at).total_seconds()
    if seconds < 45:
        return "just now"
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size * 0.9:
            count = round(seconds / size)
            return (
                f"{count} {name}{'s' if count != 1 else ''} ago" if count < 30 or size < 86400 else _day(at)
            )
    return "a minute ago"


def _day(at: datetime) -> str:
    return f"on {at.day} {at.strftime('%b %Y')}"


def tint(login: str) -> str:
    """Return an avatar's colour: stable for a name, and dark enough for white text."""
    hue = int(hashlib.sha256(login.encode()).hexdigest()[:4], 16) % 360
    light = next(depth for depth in range(42, 0, -1) if _luminance(*_rgb(hue, depth)) < 0.17)
    return f"hsl({hue} 55% {light}%)"


def _rgb(hue: int, light: int) -> tuple[float, float, float]:
    return colorsys.hls_to_rgb(hue / 360, light / 100, 0.55)


def label_style(color: str) -> str:
    """Return the style of a label, with a readable text colour."""
    if not re.fullmatch(r"[0-9a-fA-F]{6}", color):
        color = "ededed"
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (0, 2, 4))
    text = "#1f2328" if _luminance(red, green, blue) > 0.36 else "#ffffff"
    hue, light, depth = colorsys.rgb_to_hls(red, green, blue)
    edge = f"hsl({round(hue * 360)} {round(depth * 100)}% {round(max(light - 0.15, 0) * 100)}%)"
    return f"background: #{color}; color: {text}; border-color: {edge}"


def _luminance(*channels: float) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def path(text: str) -> str:
    """Escape a path for an address, except its slashes."""
    return quote(text, safe="/", errors="surrogateescape")


def steps(text: str) -> Iterator[tuple[str, str]]:
    """Yield each part of a path with the path up to it."""
    parts = text.split("/")
    for end, part in enumerate(parts, 1):
        yield part, "/".join(parts[:end])


def size(count: int) -> str:
    return f"{count} bytes" if count < 1000 else f"{count / 1024:.1f} KB"


# issues and pull requests


def tone(issue: Issue) -> str:
    if issue.pull and issue.pull.merged_at:
        return "merged"
    if issue.state == "closed":
        return "closed" if issue.pull or issue.state_reason == "not_planned" else "done"
    return "draft" if issue.pull and issue.pull.draft else "open"


def state_icon(issue: Issue) -> str:
    if not issue.pull:
        return {"open": "issue", "done": "done"}.get(tone(issue), "not-planned")
    return {"merged": "merge", "closed": "closed", "draft": "draft"}.get(tone(issue), "pull")


def state_word(issue: Issue) -> str:
    return {"done": "Closed"}.get(tone(issue), tone(issue).capitalize())


# checks


def check_tone(run: CheckRun) -> str:
    if run.status != "completed":
        return "pending"
    match run.conclusion:
        case "success":
            return "success"
        case "failure" | "timed_out" | "cancelled" | "startup_failure":
            return "failure"
        case "action_required":
            return "action_required"
    return "neutral"


def check_word(run: CheckRun) -> str:
    if run.status != "completed":
        return {"queued": "Waiting", "in_progress": "Running"}.get(run.status, run.status.capitalize())
    return {"success": "Successful", "failure": "Failing", "timed_out": "Timed out"}.get(
        run.conclusion or "", (run.conclusion or "").replace("_", " ").capitalize()
    )


@dataclass(frozen=True)
class StatusAsRun:
    """A commit status in the form of a check run."""

    status: str
    conclusion: str | None


def as_run(one: CommitStatus) -> StatusAsRun:
    if one.state == "pending":
        return StatusAsRun("in_progress", None)
    return StatusAsRun("completed", "success" if one.state == "success" else "failure")


_WORST = ("failure", "action_required", "pending", "success", "neutral")


def worst(runs: Sequence[CheckRun]) -> CheckRun:
    return min(runs, key=lambda run: _WORST.index(check_tone(run)))


FILTERS: dict[str, Callable[..., Any]] = {
    "ago": ago,
    "tint": tint,
    "label_style": label_style,
    "path": path,
    "steps": steps,
    "bytes": size,
    "tone": tone,
    "state_icon": state_icon,
    "state_word": state_word,
    "check_tone": check_tone,
    "check_word": check_word,
    "as_run": as_run,
    "worst": worst,
}
