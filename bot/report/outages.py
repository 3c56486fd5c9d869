"""What people read when Drover can't work: errors, limits, and a GitHub that lacks a feature."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.report.text import code, plain


def crash_text(error: str) -> str:
    return (
        "**Something went wrong in Drover.** It tries again at the next event, at the latest in a few minutes; nothing "
        f"is left half done.\n\nIf this keeps happening, ask the operator to look for {code(error[:200])} in the log."
    )


def too_large() -> str:
    return (
        "**The default branch, or a phase's branch, has more files than Drover reads,** or folders that list each other "
        "again and again. Until that is fixed, Drover can't look at this migration."
    )


def refused_by_github(error: str) -> str:
    words = error.partition(": ")[2].strip()
    return (
        f"**GitHub refused a request:** {code(words[:300])}. Drover tries again at the next event, at the latest in a "
        "few minutes.\n\nIf this keeps happening, a permission may be missing (`drover doctor` lists them), or a rule "
        "of this repository forbids it."
    )


def waiting_for_github(until: float, why: str) -> str:
    moment = datetime.fromtimestamp(until, UTC).strftime("%H:%M:%S UTC")
    return f"GitHub asked Drover to wait until {moment} ({plain(why)})."


def missing_features(features: tuple[str, ...]) -> str:
    names = ", ".join(code(feature) for feature in features)
    return f"This GitHub doesn't support {names}, so Drover works without it."
