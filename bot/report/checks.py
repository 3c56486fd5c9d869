"""What people are told of a repository's own checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from bot.decide.checks import Verdict, is_relevant, missing_checks, new_failures
from bot.decide.facts import CheckResult, CommitChecks, Facts
from bot.decide.remedies import current_checks
from bot.decide.status import PhaseStatus, State, Status, label_of
from bot.markers.trailers import Guilty, Trial
from bot.plan.plan import Plan
from bot.report.slices import slice_title
from bot.report.text import code, counted, folded, line_url, link, listed, plain

_ICON = {"pending": "⏳", "green": "✅", "red": "❌", "neutral": "➖"}


def checks_section(facts: Facts, status: Status) -> str:
    """What failed in the open; what ran besides, folded."""
    if not isinstance(facts.plan, Plan):
        return ""
    plan = facts.plan
    phases = [phase for phase in status.parts if current_checks(phase) is not None]
    left_out = _left_out(facts, status)
    failed = [line for phase in phases for line in _failures(plan, phase)]
    parts = ["**What failed**\n\n" + listed(failed, 20)] if failed else []
    parts += [line for part in status.parts if (line := _merging_line(facts, plan, part))]
    parts += [line for phase in phases if (line := _none_came(plan, phase))]
    parts += [left_out] if left_out else []
    parts += [_commands_off(plan)] if plan.checks.commands and not facts.commands_enabled else []
    ran = [line for phase in phases for line in _ran(plan, phase)]
    if ran:
        parts.append(folded(f"Checks ({len(ran):,})", listed(ran, 60)))
    return "\n\n".join(parts)


def _commands_off(plan: Plan) -> str:
    return (
        f"ℹ️ {counted(len(plan.checks.commands), 'command')} of the plan not run: that is off unless whoever "
        "operates Drover sets `RUN_COMMANDS=bwrap`."
    )


def _merging_line(facts: Facts, plan: Plan, part: PhaseStatus) -> str:
    """What has become of `merge: auto`, where nothing on the pull request's page would tell."""
    pull = part.pull
    if plan.merge != "auto" or part.state is not State.OPEN or pull is None or pull.auto_merge_enabled:
        return ""
    if pull.draft and part.facts.trial is None:
        return (
            f"ℹ️ #{pull.number} is a draft. Once it is marked as ready, GitHub is asked to merge it by itself."
        )
    if any(
        (one.kind, one.about, one.state) == ("merge", str(pull.number), "done") for one in facts.announcements
    ):
        return (
            f"ℹ️ #{pull.number} is not waiting to merge by itself any more: it stands in the merge queue, or fell out "
            "of it, or somebody switched that off. It can be merged by hand."
        )
    return ""


def _failures(plan: Plan, phase: PhaseStatus) -> Iterator[str]:
    checks = current_checks(phase)
    if checks is None or phase.verdict not in (Verdict.RED, Verdict.RED_BEFORE):
        return
    new = new_failures(checks, phase.facts.base_checks, plan)
    for line in checks.results:
        if line.state == "red" and is_relevant(line, plan):
            why = _again(line, checks) if line in new else ", as it was before the phase"
            yield f"- {_where(phase)}: {named(line)} is red{_since(line)}{why}"


def _where(phase: PhaseStatus) -> str:
    name = f"Phase {phase.number}{plain(slice_title(phase.facts.slice))}"
    if phase.state is State.MERGED:
        return f"{name}, on the default branch"
    batches, trial = phase.facts.batches, phase.facts.trial
    if batches and trial is not None and trial.tried < trial.whole:
        return f"{name}, batch {batches[-1].number}"
    which = f", {counted(len(batches), 'batch', 'batches')}" if batches else ""
    return f"{name}{which}"


def _again(line: CheckResult, checks: CommitChecks) -> str:
    if line.attempt > 1:
        return f", in its {_ordinal(line.attempt)} run as well"
    return ", and is run once more" if checks.rerun is not None and checks.rerun.state == "done" else ""


def _ordinal(number: int) -> str:
    return {2: "second", 3: "third"}.get(number, f"{number}th")


def _none_came(plan: Plan, phase: PhaseStatus) -> str:
    checks = current_checks(phase)
    if checks is None or phase.verdict is not Verdict.MISSING:
        return ""
    names = ", ".join(code(name) for name in missing_checks(checks, plan))
    what = f"not heard of {names}" if names else "no check has reported"
    return (
        f"⚠️ {_where(phase)}: {what} at {code(checks.sha[:10])} within "
        f"{counted(plan.checks.wait_minutes, 'minute')}. That is not taken for green."
    )


def _ran(plan: Plan, phase: PhaseStatus) -> Iterator[str]:
    """Once all are done: a line for each that is would be an edit for each."""
    checks = current_checks(phase)
    if checks is None or any(line.state == "pending" for line in checks.results):
        return
    for line in checks.results:
        aside = "" if is_relevant(line, plan) else ", not required"
        run = f", in its {_ordinal(line.attempt)} run" if line.attempt > 1 else ""
        yield f"- {_ICON[line.state]} {_where(phase)}: {named(line)}{_since(line)}{run}{aside}"


def named(line: CheckResult) -> str:
    return link(plain(line.name), line.url) if line.url else plain(line.name)


def names(lines: Sequence[CheckResult]) -> str:
    return ", ".join(named(line) for line in lines[:5]) + (" …" if len(lines) > 5 else "")


def _since(line: CheckResult) -> str:
    if line.completed_at is None:
        return ""
    return f" since {datetime.fromtimestamp(line.completed_at, UTC).strftime('%Y-%m-%d %H:%M UTC')}"


def _are(lines: Sequence[CheckResult]) -> str:
    return "is" if len(lines) == 1 else "are"


# Files that are left out, since they turn a check red


def left_out_reason(one: Guilty) -> str:
    if not one.check:
        return "it was not tried any more"
    if one.among > 1:
        return f"it is one of {one.among:,} files that turn {plain(one.check)} red"
    return f"it turns {plain(one.check)} red"


def nothing_is_green(guilty: Sequence[Guilty]) -> str:
    lines = [f"- {code(one.path)}: {left_out_reason(one)}" for one in guilty]
    return (
        f"Every file that was tried turns a check red, so nothing can be merged:\n\n{listed(lines, 20)}\n\n"
    )


def _left_out(facts: Facts, status: Status) -> str:
    lines = [
        _left_out_line(facts, phase, one) for phase in status.parts for one in phase.facts.excluded_files
    ]
    return f"**Left out, for a human ({len(lines):,})**\n\n" + listed(lines, 40) if lines else ""


def _left_out_line(facts: Facts, phase: PhaseStatus, one: Guilty) -> str:
    place = link(code(one.path), line_url(facts.repo_url, facts.head, one.path, 1))
    seen = f" ({link('the run', one.url)})" if one.url else ""
    return f"- Phase {phase.number}: {place}: {left_out_reason(one)}{seen}"


def trying(trial: Trial) -> str:
    """How far a phase that is tried batch by batch has come."""
    known = f"{trial.good:,} of {counted(trial.whole, 'file')} are green"
    if trial.bad is None:
        return f"{known}, {trial.tried - trial.good:,} more are on the branch"
    return f"{known}; among {trial.bad - trial.good:,} files the one that turns the checks red is looked for"


# What is said once


def rerun(phase: int, sha: str, lines: Sequence[CheckResult], refused: bool = False) -> str:
    failed = f"🔁 Phase {phase}: {names(lines)} {_are(lines)} red at {code(sha[:10])}, and not before."
    if refused:
        return f"{failed} GitHub does not let Drover run it again, so it counts as red."
    return f"{failed} It is run once more, in case it was a flake."


def reverting(
    facts: Facts, phase: PhaseStatus, lines: Sequence[CheckResult], number: int | None, why: str = ""
) -> str:
    pull = phase.pull
    what = (
        f"{_people(facts, phase)}⚠️ **The default branch is red since phase {phase.number} was merged** "
        f"(#{pull.number if pull else '?'}): {names(lines)} failed, and {_were(lines)} green before."
    )
    if number is not None:
        return f"{what} #{number} takes the phase back: review and merge it.{' ' + why if why else ''}"
    return f"{what} {why or 'The pull request that takes it back is being opened.'}"


def _were(lines: Sequence[CheckResult]) -> str:
    return "was" if len(lines) == 1 else "were"


def _people(facts: Facts, phase: PhaseStatus) -> str:
    """Who merged it; where that was an App, who started the phase."""
    merged_by = phase.pull.merged_by if phase.pull else None
    if merged_by and not merged_by.endswith("[bot]"):
        return f"@{merged_by} "
    label_change = facts.label_changes.get(label_of(phase.number))
    return f"@{label_change.by.login} " if label_change and not label_change.by.is_drover else ""


def evidence(phase: PhaseStatus, lines: Sequence[CheckResult]) -> str:
    """In the revert pull request: why it opened by itself."""
    pull = phase.pull
    rows = [f"- {named(line)} is red{_since(line)}{_run_of(line)}" for line in lines]
    return (
        f"**It was opened by itself**, as the plan says (`on_failure: revert`): after #{pull.number if pull else '?'} "
        "was merged, what was green before is red on the default branch.\n\n" + listed(rows, 20)
    )


def _run_of(line: CheckResult) -> str:
    return f", in its {_ordinal(line.attempt)} run as well" if line.attempt > 1 else ""


def merging(number: int, refused: str = "") -> str:
    if not refused:
        return f"#{number} merges by itself as soon as GitHub's requirements for it are met (`merge: auto`)."
    return (
        f"#{number} does not merge by itself: GitHub says “{plain(refused.rstrip('.'))}”. "
        "It takes a required check or review on the default branch, and auto-merge allowed in the "
        "repository's settings. Merge it by hand meanwhile."
    )


def ready(number: int, left_out: Sequence[Guilty], done: bool) -> str:
    without = f", but for {counted(len(left_out), 'file')} that need a human" if left_out else ""
    every = f"Every batch of #{number} has been tried and is green{without}."
    if done:
        return f"{every} It is ready for review."
    return f"{every} GitHub does not let Drover mark it as ready: do that, and merge it."
