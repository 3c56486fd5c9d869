"""What the checks of a commit amount to: the verdict, what is new in it, what may be a flake. Pure."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from bot.decide.facts import CheckLine, Checks
from bot.markers.hidden import Announcement
from bot.plan.plan import Plan


class Verdict(StrEnum):
    """What the checks of one commit say together."""

    NONE = "none yet"
    MISSING = "none came"
    PENDING = "running"
    GREEN = "green"
    RED = "red"
    RED_BEFORE = "red as before"
    UNASKED = "none asked for"
    """The plan says `required: []`: nothing is awaited."""


COMMANDS = "drover / commands"
"""The check in which we report the plan's own commands."""


def verdict(checks: Checks | None, base: Checks | None, plan: Plan, now: float) -> Verdict:
    lines = [line for line in checks.lines if counts(line, plan)] if checks else []
    if plan.checks.required == () and not lines:
        return Verdict.UNASKED
    if checks is None:
        return Verdict.NONE
    if any(line.state == "red" for line in lines):
        if _awaits_base(checks, base, plan, now):
            return Verdict.PENDING
        return Verdict.RED if new_failures(checks, base, plan) else Verdict.RED_BEFORE
    if any(line.state == "pending" for line in lines):
        return Verdict.PENDING
    if not lines or absent(checks, plan):
        return Verdict.MISSING if _late(checks, plan, now) else Verdict.NONE
    return Verdict.GREEN


def counts(line: CheckLine, plan: Plan) -> bool:
    """Commands that could not be run say nothing."""
    if line.name == COMMANDS:
        return line.state != "neutral"
    return plan.checks.required is None or line.name in plan.checks.required


def with_commands(checks: Checks, plan: Plan) -> Checks:
    """Those that the plan names and nobody has begun to run are awaited as any other check is."""
    if not plan.checks.commands or any(line.name == COMMANDS for line in checks.lines):
        return checks
    return replace(checks, lines=(*checks.lines, CheckLine(COMMANDS, "pending")))


def base_with_commands(checks: Checks, base: Checks | None, plan: Plan) -> Checks | None:
    """Where they are red they are run on the base as well, which takes its time from then on."""
    line = commands_in(checks)
    if base is None or line is None or line.state != "red":
        return base
    base = with_commands(base, plan)
    known = commands_in(base)
    if known is None or known.state != "pending":
        return base
    return replace(base, asked=max(base.asked, line.since or 0.0))


def commands_in(checks: Checks | None) -> CheckLine | None:
    return next((line for line in checks.lines if line.name == COMMANDS), None) if checks else None


def _awaits_base(checks: Checks, base: Checks | None, plan: Plan, now: float) -> bool:
    """Only the commands are red, and whether they were before is being found out."""
    before = commands_in(base)
    if before is None or before.state != "pending" or base is None or _late(base, plan, now):
        return False
    return {line.name for line in new_failures(checks, base, plan)} == {COMMANDS}


def absent(checks: Checks, plan: Plan) -> tuple[str, ...]:
    """The checks that the plan asks for and that nobody has reported."""
    there = {line.name for line in checks.lines}
    return tuple(name for name in plan.checks.required or () if name not in there)


def _late(checks: Checks, plan: Plan, now: float) -> bool:
    return bool(checks.asked) and now - checks.asked > plan.checks.wait_minutes * 60


def look_again(checks: Checks | None, plan: Plan, now: float) -> float | None:
    """When a check that nobody reports has had its time: no event will say so."""
    if checks is None or verdict(checks, None, plan, now) is not Verdict.NONE or not checks.asked:
        return None
    return checks.asked + plan.checks.wait_minutes * 60 + 1


def new_failures(checks: Checks, base: Checks | None, plan: Plan) -> tuple[CheckLine, ...]:
    """The red ones that were not red before the change."""
    before = {line.name for line in base.lines if line.state == "red"} if base else set()
    red = (line for line in checks.lines if line.state == "red" and counts(line, plan))
    return tuple(line for line in red if line.name not in before)


# A second run, for what may be a flake


def to_rerun(checks: Checks | None, base: Checks | None, plan: Plan, now: float) -> tuple[CheckLine, ...]:
    """New failures of a first run that can be run again, where nobody has done so yet."""
    if checks is None or (checks.rerun is not None and checks.rerun.state != "begun"):
        return ()
    failed = _known_new(checks, base, plan, now)
    return tuple(line for line in failed if line.suite is not None and line.attempt == 1)


def _known_new(checks: Checks, base: Checks | None, plan: Plan, now: float) -> tuple[CheckLine, ...]:
    """Without those that the base has not come to say anything of yet, for as long as it may take."""
    running = {line.name for line in base.lines if line.state == "pending"} if base else set()
    failed = new_failures(checks, base, plan)
    if base is None or _late(base, plan, now):
        return failed
    return tuple(line for line in failed if line.name not in running)


def confirmed(checks: Checks | None, base: Checks | None, plan: Plan, now: float) -> tuple[CheckLine, ...]:
    """New failures that a second run did not take away, or that nobody can run again."""
    if checks is None:
        return ()
    failed = _known_new(checks, base, plan, now)
    return tuple(line for line in failed if _final(line, checks.rerun, plan, now))


def _final(line: CheckLine, again: Announcement | None, plan: Plan, now: float) -> bool:
    if line.suite is None or line.attempt > 1:
        return True
    if again is None or again.state == "begun":
        return False
    waited = now - again.at > plan.checks.wait_minutes * 60
    return again.state == "refused" or (line.since or 0) > again.at or waited


def passed(checks: Checks | None, base: Checks | None, plan: Plan, now: float) -> bool | None:
    """Whether a trial went well; None while that can't be said. What was red before doesn't count against it."""
    said = verdict(checks, base, plan, now)
    if said is Verdict.RED:
        return False if confirmed(checks, base, plan, now) else None
    pending = checks is None or any(line.state == "pending" and counts(line, plan) for line in checks.lines)
    return True if said in (Verdict.GREEN, Verdict.RED_BEFORE) and not pending else None


def broken_by(checks: Checks | None, base: Checks | None, plan: Plan, now: float) -> tuple[CheckLine, ...]:
    """The failures that are there for sure, of checks that were green before."""
    green = {line.name for line in base.lines if line.state == "green"} if base else set()
    return tuple(line for line in confirmed(checks, base, plan, now) if line.name in green)


def before(*sources: Checks | None) -> Checks | None:
    """What was so before a merge: of each check the first word that is a green or a red one."""
    known = [one for one in sources if one is not None]
    if not known:
        return None
    lines: dict[str, CheckLine] = {}
    for line in (line for one in known for line in one.lines if line.state in ("green", "red")):
        lines.setdefault(line.name, line)
    return Checks(known[0].sha, tuple(lines[name] for name in sorted(lines)), known[0].asked)
