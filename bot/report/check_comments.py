"""What Drover writes on the issue about checks: a second run, a revert, auto-merge, a draft that is ready."""

from __future__ import annotations

from collections.abc import Sequence

from bot.decide.facts import CheckResult, Facts
from bot.decide.status import PhaseStatus, label_of
from bot.markers.trailers import ExcludedFile
from bot.report.check_lines import at_time, check_name, check_names, in_run
from bot.report.text import bounded_list, code, count_of, plain


def running_again(phase: int, sha: str, lines: Sequence[CheckResult], refused: bool = False) -> str:
    failed = f"🔁 Phase {phase}: {check_names(lines)} failed on {code(sha[:10])} and passed before."
    if refused:
        return f"{failed} GitHub doesn't let Drover run it again, so it counts as failed."
    return f"{failed} Running it again, in case it's flaky."


def failed_after_merge(
    facts: Facts, phase: PhaseStatus, lines: Sequence[CheckResult], revert: int | None, problem: str = ""
) -> str:
    pull = phase.pull
    passed_before = "It passed before." if len(lines) == 1 else "They passed before."
    start = (
        f"{_mention(facts, phase)}⚠️ **{check_names(lines)} failed on the default branch after phase {phase.number} was "
        f"merged** (#{pull.number if pull else '?'}). {passed_before}"
    )
    if revert is not None:
        return f"{start} Opened #{revert} to revert the phase: review and merge it.{' ' + problem if problem else ''}"
    return f"{start} {problem or 'Opening a pull request that reverts the phase.'}"


def _mention(facts: Facts, phase: PhaseStatus) -> str:
    """Who merged it; where that was an App, who started the phase."""
    merged_by = phase.pull.merged_by if phase.pull else None
    if merged_by and not merged_by.endswith("[bot]"):
        return f"@{merged_by} "
    label_change = facts.label_changes.get(label_of(phase.number))
    return f"@{label_change.by.login} " if label_change and not label_change.by.is_drover else ""


def automatic_revert_reason(phase: PhaseStatus, lines: Sequence[CheckResult]) -> str:
    """In the revert pull request: why nobody had to ask for it."""
    pull = phase.pull
    rows = [f"- {check_name(line)} failed{at_time(line)}{in_run(line)}" for line in lines]
    return (
        f"**Opened automatically** (`on_failure: revert`): after #{pull.number if pull else '?'} was merged, these checks "
        "failed on the default branch. They passed before.\n\n" + bounded_list(rows, 20)
    )


def auto_merge(number: int, refused: str = "") -> str:
    if not refused:
        return f"Turned on auto-merge for #{number}: GitHub merges it when its requirements are met."
    return (
        f"Couldn't turn on auto-merge for #{number}: GitHub says “{plain(refused.rstrip('.'))}”. It needs a required "
        "check or review on the default branch, and auto-merge allowed in the repository's settings. Until then, "
        "merge it yourself."
    )


def ready_for_review(number: int, left_out: Sequence[ExcludedFile], marked: bool) -> str:
    files = count_of(len(left_out), "file needs", "files need")
    without = f" {files} manual work." if left_out else ""
    tested = f"Checks passed for every batch of #{number}.{without}"
    if marked:
        return f"{tested} It is ready for review."
    return f"{tested} GitHub doesn't let Drover mark it as ready: please mark it, then review and merge it."
