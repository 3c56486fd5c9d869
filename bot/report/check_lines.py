"""Names, states and moments of checks, as every report writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.decide.checks import Verdict
from bot.decide.facts import CheckResult
from bot.report.text import link, plain

ICONS = {"pending": "⏳", "passed": "✅", "failed": "❌", "neutral": "➖"}
VERDICTS = {
    Verdict.NONE: "none yet",
    Verdict.MISSING: "⚠️ none reported",
    Verdict.RUNNING: "⏳ running",
    Verdict.PASSED: "✅ passed",
    Verdict.FAILED: "❌ failed",
    Verdict.FAILED_BEFORE: "⚠️ failed before too",
    Verdict.NOT_REQUIRED: "not required",
}


def check_name(line: CheckResult) -> str:
    return link(plain(line.name), line.url) if line.url else plain(line.name)


def check_names(lines: Sequence[CheckResult]) -> str:
    return ", ".join(check_name(line) for line in lines[:5]) + (" …" if len(lines) > 5 else "")


def at_time(line: CheckResult) -> str:
    return f" at {moment(line.completed_at)}" if line.completed_at is not None else ""


def in_run(line: CheckResult) -> str:
    ordinal = {2: "second", 3: "third"}.get(line.attempt, f"{line.attempt}th")
    return f", in its {ordinal} run" if line.attempt > 1 else ""


def moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
