"""What the checks of a commit say together: the verdict, new failures, what may be flaky. Pure."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from bot.decide.facts import CheckResult, CommitChecks
from bot.markers.hidden import Announcement
from bot.plan.plan import Plan


class Verdict(StrEnum):
    """What the checks of one commit say together."""

    NONE = "not reported yet"
    MISSING = "not reported"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    FAILED_BEFORE = "failing as before"
    NOT_REQUIRED = "not required"
    """The plan says `required: []`: no check has to pass."""


PROOF = "drover / proof"
"""The check in which we report what we have verified of a phase's branch."""
COMMANDS = "drover / commands"
"""The check in which we report the plan's own commands."""


def verdict(checks: CommitChecks | None, base: CommitChecks | None, plan: Plan, now: float) -> Verdict:
    lines = [line for line in checks.results if is_relevant(line, plan)] if checks else []
    if plan.checks.required == () and not lines:
        return Verdict.NOT_REQUIRED
    if checks is None:
        return Verdict.NONE
    if any(line.state == "failed" for line in lines):
        if _awaits_base(checks, base, plan, now):
            return Verdict.RUNNING
        return Verdict.FAILED if new_failures(checks, base, plan) else Verdict.FAILED_BEFORE
    if any(line.state == "pending" for line in lines):
        return Verdict.RUNNING
    if not lines or missing_checks(checks, plan):
        return Verdict.MISSING if _waited_long_enough(checks, plan, now) else Verdict.NONE
    return Verdict.PASSED


def is_relevant(line: CheckResult, plan: Plan) -> bool:
    """Commands that couldn't run don't count."""
    if line.name == COMMANDS:
        return line.state != "neutral"
    return plan.checks.required is None or line.name in plan.checks.required


def with_pending_commands(checks: CommitChecks, plan: Plan) -> CommitChecks:
    """The plan's commands count as a pending check before anybody has started them."""
    if not plan.checks.commands or any(line.name == COMMANDS for line in checks.results):
        return checks
    return replace(checks, results=(*checks.results, CheckResult(COMMANDS, "pending")))


def base_with_pending_commands(
    checks: CommitChecks, base: CommitChecks | None, plan: Plan
) -> CommitChecks | None:
    """If the commands failed, they run on the base too, which gets the usual time from then on."""
    line = commands_result(checks)
    if base is None or line is None or line.state != "failed":
        return base
    base = with_pending_commands(base, plan)
    known = commands_result(base)
    if known is None or known.state != "pending":
        return base
    return replace(base, waiting_since=max(base.waiting_since, line.completed_at or 0.0))


def commands_result(checks: CommitChecks | None) -> CheckResult | None:
    return next((line for line in checks.results if line.name == COMMANDS), None) if checks else None


def _awaits_base(checks: CommitChecks, base: CommitChecks | None, plan: Plan, now: float) -> bool:
    """Whether only the commands failed, and it isn't known yet whether they failed before."""
    checks_before_merge = commands_result(base)
    if (
        checks_before_merge is None
        or checks_before_merge.state != "pending"
        or base is None
        or _waited_long_enough(base, plan, now)
    ):
        return False
    return {line.name for line in new_failures(checks, base, plan)} == {COMMANDS}


def missing_checks(checks: CommitChecks, plan: Plan) -> tuple[str, ...]:
    """The checks that the plan asks for and that nobody has reported."""
    there = {line.name for line in checks.results}
    return tuple(name for name in plan.checks.required or () if name not in there)


def _waited_long_enough(checks: CommitChecks, plan: Plan, now: float) -> bool:
    return bool(checks.waiting_since) and now - checks.waiting_since > plan.checks.wait_minutes * 60


def checks_deadline(checks: CommitChecks | None, plan: Plan, now: float) -> float | None:
    """When to stop waiting for a check that nobody reports, since no event will tell."""
    if checks is None or verdict(checks, None, plan, now) is not Verdict.NONE or not checks.waiting_since:
        return None
    return checks.waiting_since + plan.checks.wait_minutes * 60 + 1


def new_failures(checks: CommitChecks, base: CommitChecks | None, plan: Plan) -> tuple[CheckResult, ...]:
    """The failed checks that didn't fail before the change."""
    checks_before_merge = {line.name for line in base.results if line.state == "failed"} if base else set()
    failed = (line for line in checks.results if line.state == "failed" and is_relevant(line, plan))
    return tuple(line for line in failed if line.name not in checks_before_merge)


# A second run, for what may be a flake


def failures_to_rerun(
    checks: CommitChecks | None, base: CommitChecks | None, plan: Plan, now: float
) -> tuple[CheckResult, ...]:
    """New failures of a first run that can be run again, where nobody has done so yet."""
    if checks is None or (checks.rerun is not None and checks.rerun.state != "begun"):
        return ()
    failed = _known_new(checks, base, plan, now)
    return tuple(line for line in failed if line.suite_id is not None and line.attempt == 1)


def _known_new(
    checks: CommitChecks, base: CommitChecks | None, plan: Plan, now: float
) -> tuple[CheckResult, ...]:
    """Without the checks that are still running on the base, for as long as they may take."""
    running = {line.name for line in base.results if line.state == "pending"} if base else set()
    failed = new_failures(checks, base, plan)
    if base is None or _waited_long_enough(base, plan, now):
        return failed
    return tuple(line for line in failed if line.name not in running)


def confirmed_failures(
    checks: CommitChecks | None, base: CommitChecks | None, plan: Plan, now: float
) -> tuple[CheckResult, ...]:
    """New failures that failed in a second run too, or that can't be run again."""
    if checks is None:
        return ()
    failed = _known_new(checks, base, plan, now)
    return tuple(line for line in failed if _is_final(line, checks.rerun, plan, now))


def _is_final(line: CheckResult, rerun: Announcement | None, plan: Plan, now: float) -> bool:
    if line.suite_id is None or line.attempt > 1:
        return True
    if rerun is None or rerun.state == "begun":
        return False
    waited = now - rerun.at > plan.checks.wait_minutes * 60
    return rerun.state == "refused" or (line.completed_at or 0) > rerun.at or waited


def trial_passed(
    checks: CommitChecks | None, base: CommitChecks | None, plan: Plan, now: float
) -> bool | None:
    """Whether a trial passed; None while that isn't known. What failed before doesn't count against it."""
    said = verdict(checks, base, plan, now)
    if said is Verdict.FAILED:
        return False if confirmed_failures(checks, base, plan, now) else None
    pending = checks is None or any(
        line.state == "pending" and is_relevant(line, plan) for line in checks.results
    )
    return True if said in (Verdict.PASSED, Verdict.FAILED_BEFORE) and not pending else None


def newly_failing(
    checks: CommitChecks | None, base: CommitChecks | None, plan: Plan, now: float
) -> tuple[CheckResult, ...]:
    """The confirmed failures of checks that passed before."""
    passed = {line.name for line in base.results if line.state == "passed"} if base else set()
    return tuple(line for line in confirmed_failures(checks, base, plan, now) if line.name in passed)


def checks_before_merge(*sources: CommitChecks | None) -> CommitChecks | None:
    """The state before a merge: for each check, the first source in which it passed or failed."""
    known = [one for one in sources if one is not None]
    if not known:
        return None
    lines: dict[str, CheckResult] = {}
    for line in (line for one in known for line in one.results if line.state in ("passed", "failed")):
        lines.setdefault(line.name, line)
    return CommitChecks(known[0].sha, tuple(lines[name] for name in sorted(lines)), known[0].waiting_since)
