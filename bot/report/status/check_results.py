"""In the status comment: which checks failed, which are missing, and what ran."""

from __future__ import annotations

from collections.abc import Iterator

from bot.decide.automatic_actions import current_checks
from bot.decide.checks import Verdict, is_relevant, missing_checks, new_failures
from bot.decide.facts import CheckResult, CommitChecks, Facts
from bot.decide.status import PhaseStatus, State, Status
from bot.markers.trailers import BatchTrial, ExcludedFile
from bot.plan.plan import Plan
from bot.report.check_lines import ICONS, at_time, check_name, in_run
from bot.report.left_out import left_out_reason
from bot.report.slices import slice_title
from bot.report.text import bounded_list, code, count_of, fold, line_url, link, plain


def checks_section(facts: Facts, status: Status) -> str:
    """Failures in the open, the rest folded."""
    if not isinstance(facts.plan, Plan):
        return ""
    plan = facts.plan
    phases = [phase for phase in status.parts if current_checks(phase) is not None]
    left_out = _left_out(facts, status)
    failed = [line for phase in phases for line in _failures(plan, phase)]
    parts = ["**Failed checks**\n\n" + bounded_list(failed, 20)] if failed else []
    parts += [line for part in status.parts if (line := _auto_merge_line(facts, plan, part))]
    parts += [line for phase in phases if (line := _missing_checks(plan, phase))]
    parts += [left_out] if left_out else []
    parts += [_commands_off(plan)] if plan.checks.commands and not facts.commands_enabled else []
    ran = [line for phase in phases for line in _finished_checks(plan, phase)]
    if ran:
        parts.append(fold(f"Checks ({len(ran):,})", bounded_list(ran, 60)))
    return "\n\n".join(parts)


def _commands_off(plan: Plan) -> str:
    return (
        f"ℹ️ {count_of(len(plan.checks.commands), 'command')} of the plan didn't run: "
        "the operator of Drover hasn't allowed commands (`RUN_COMMANDS=bwrap`)."
    )


def _auto_merge_line(facts: Facts, plan: Plan, part: PhaseStatus) -> str:
    """Where nothing on the pull request's page shows what became of `merge: auto`."""
    pull = part.pull
    if plan.merge != "auto" or part.state is not State.OPEN or pull is None or pull.auto_merge_enabled:
        return ""
    if pull.draft and part.facts.trial is None:
        return f"ℹ️ #{pull.number} is a draft. Mark it as ready, and Drover turns auto-merge on."
    if any(
        (one.kind, one.about, one.state) == ("merge", str(pull.number), "done") for one in facts.announcements
    ):
        return (
            f"ℹ️ Auto-merge is off for #{pull.number}: it is in the merge queue, was removed from it, or somebody turned "
            "auto-merge off. You can merge it yourself."
        )
    return ""


def _failures(plan: Plan, phase: PhaseStatus) -> Iterator[str]:
    checks = current_checks(phase)
    if checks is None or phase.verdict not in (Verdict.FAILED, Verdict.FAILED_BEFORE):
        return
    new = new_failures(checks, phase.facts.base_checks, plan)
    for line in checks.results:
        if line.state == "failed" and is_relevant(line, plan):
            note = _second_run(line, checks) if line in new else ", as it did before this phase"
            yield f"- {_where(phase)}: {check_name(line)} failed{at_time(line)}{note}"


def _where(phase: PhaseStatus) -> str:
    name = f"Phase {phase.number}{plain(slice_title(phase.facts.slice))}"
    if phase.state is State.MERGED:
        return f"{name}, on the default branch"
    batches, trial = phase.facts.batches, phase.facts.trial
    if batches and trial is not None and trial.tried < trial.whole:
        return f"{name}, batch {batches[-1].number}"
    return name


def _second_run(line: CheckResult, checks: CommitChecks) -> str:
    if line.attempt > 1:
        return in_run(line)
    again = checks.rerun is not None and checks.rerun.state == "done"
    return "; running it again, in case it's flaky" if again else ""


def _missing_checks(plan: Plan, phase: PhaseStatus) -> str:
    checks = current_checks(phase)
    if checks is None or phase.verdict is not Verdict.MISSING:
        return ""
    names = ", ".join(code(name) for name in missing_checks(checks, plan))
    missing = f"{names} didn't report" if names else "no check reported"
    return (
        f"⚠️ {_where(phase)}: {missing} on {code(checks.sha[:10])} within "
        f"{count_of(plan.checks.wait_minutes, 'minute')}. Drover doesn't count that as passed."
    )


def _finished_checks(plan: Plan, phase: PhaseStatus) -> Iterator[str]:
    """Once all are done: otherwise each would be an edit of the comment."""
    checks = current_checks(phase)
    if checks is None or any(line.state == "pending" for line in checks.results):
        return
    for line in checks.results:
        aside = "" if is_relevant(line, plan) else ", not required"
        yield f"- {ICONS[line.state]} {_where(phase)}: {check_name(line)}{at_time(line)}{in_run(line)}{aside}"


def _left_out(facts: Facts, status: Status) -> str:
    lines = [
        _left_out_line(facts, phase, one) for phase in status.parts for one in phase.facts.excluded_files
    ]
    return f"**Left out, needs manual work ({len(lines):,})**\n\n" + bounded_list(lines, 40) if lines else ""


def _left_out_line(facts: Facts, phase: PhaseStatus, one: ExcludedFile) -> str:
    place = link(code(one.path), line_url(facts.repo_url, facts.head, one.path, 1))
    run = f" ({link('the run', one.url)})" if one.url else ""
    return f"- Phase {phase.number}: {place}: {left_out_reason(one)}{run}"


def trial_progress(trial: BatchTrial) -> str:
    """How far a phase that is tested batch by batch has come."""
    passed = f"{trial.good:,} of {count_of(trial.whole, 'file')} passed"
    if trial.bad is None:
        return f"{passed}, testing {trial.tried - trial.good:,} more"
    return f"{passed}; looking for the file that fails, among {trial.bad - trial.good:,}"
