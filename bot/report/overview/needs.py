"""What a migration waits for, each in a sentence with the next step."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bot.decide.checks import Verdict, verdict
from bot.decide.facts import Facts, PlanProblem
from bot.decide.status import (
    Overall,
    PhaseStatus,
    State,
    Status,
    breaking_uses_summary,
    label_of,
    nothing_remains,
    was_migrated,
)
from bot.plan.plan import Plan
from bot.report.overview.plain_text import one_line, plain_text
from bot.report.status.check_results import trial_progress
from bot.report.text import count_of
from bot.store.overview import ORDER, Need, WaitsFor

MOST_NEEDS = 20
_AT_REST = {
    Overall.ARCHIVED: (WaitsFor.CLOSED, "The repository is archived, so nothing can change in it."),
    Overall.CLOSED: (WaitsFor.CLOSED, "The issue is closed. Reopen it to continue."),
    Overall.PAUSED: (WaitsFor.RESUME, "Paused. Remove the label migration:paused to continue."),
    Overall.UNPLANNED: (
        WaitsFor.PLAN,
        "There's no plan yet. Add one, or comment /migrate audit to have one proposed.",
    ),
}


def needs(facts: Facts, status: Status, working_on: Collection[int] = ()) -> tuple[Need, ...]:
    """What needs somebody first stands first; never empty."""
    found = list(_needs(facts, status, working_on)) or [
        Need(WaitsFor.MANUAL_WORK, "Nothing more can be migrated automatically. The issue says what is left.")
    ]
    return tuple(sorted(found, key=lambda need: ORDER.index(need.waits_for))[:MOST_NEEDS])


def _needs(facts: Facts, status: Status, working_on: Collection[int]) -> Iterator[Need]:
    unapproved = facts.plan_origin.unapproved
    if status.overall in (Overall.MISPLANNED, Overall.RUNNING) and unapproved is not None:
        yield Need(WaitsFor.APPROVAL, _approval(unapproved.by, bool(unapproved.digest)))
    if status.overall is Overall.FINISHED:
        yield Need(WaitsFor.NOTHING, _what_is_finished(facts))
    elif status.overall in _AT_REST:
        yield Need(*_AT_REST[status.overall])
    elif isinstance(facts.plan, PlanProblem):
        if unapproved is None:
            yield Need(WaitsFor.FIX, plain_text(f"{facts.plan.headline} {facts.plan.text}"))
    else:
        yield from _running(facts, status, working_on)


def _approval(by: str, has_plan: bool) -> str:
    if not has_plan:
        return f"{by}, who can't write to the repository, removed the plan from the issue."
    return f"{by}, who can't write to the repository, wrote a plan. Check it, then comment /migrate approve."


def _what_is_finished(facts: Facts) -> str:
    if facts.open and not was_migrated(facts):
        return "There's nothing to migrate. Close the issue."
    return "Finished. Nothing uses what was deprecated any more."


def _running(facts: Facts, status: Status, working_on: Collection[int]) -> Iterator[Need]:
    started = False
    for phase in status.phases:
        if phase.number in working_on:
            yield Need(WaitsFor.DROVER, f"Working on {_name(phase)}.", phase.number)
            continue
        yield from _reverts(phase)
        for part in phase.parts:
            yield from _of_part(facts, part)
        if not started and phase.state in (State.READY, State.REVERTED) and not phase.open_revert:
            started = True
            yield _to_start(phase)
    yield from _manual_work(facts, status)


def _name(phase: PhaseStatus) -> str:
    slice_of = phase.facts.slice
    owner = f", {one_line(slice_of.title, 80)}" if slice_of.key else ""
    return f"phase {phase.number} ({one_line(phase.phase.name, 80)}{owner})"


def _need(part: PhaseStatus, waits_for: WaitsFor, says: str) -> Need:
    pull = part.pull.number if part.pull else 0
    return Need(waits_for, says, part.number, pull, one_line(part.facts.slice.title, 80))


def _to_start(phase: PhaseStatus) -> Need:
    verb = "Start it again" if phase.state is State.REVERTED else "Start it"
    was = "was reverted" if phase.state is State.REVERTED else "is ready"
    label = label_of(phase.number)
    return Need(
        WaitsFor.START, f"{_capital(_name(phase))} {was}. {verb} with the label {label}.", phase.number
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _reverts(phase: PhaseStatus) -> Iterator[Need]:
    for revert in (revert for part in phase.facts.parts for revert in part.reverts):
        if revert.pull.state == "open":
            what = f"batch {revert.batch} of phase {phase.number}" if revert.batch else _name(phase)
            says = f"#{revert.pull.number} reverts {what}. Review and merge it."
            yield Need(WaitsFor.REVIEW, says, phase.number, revert.pull.number)


def _of_part(facts: Facts, part: PhaseStatus) -> Iterator[Need]:
    name = _capital(_name(part))
    match part.state:
        case State.OPEN:
            yield _open(part, name)
        case State.STARTING:
            yield _need(part, WaitsFor.DROVER, f"Working on {_name(part)}.")
        case State.FAILED:
            says = plain_text(f"{name} couldn't be prepared. {part.facts.failure}")
            yield _need(part, WaitsFor.FIX, f"{says} Then comment /migrate retry {part.number}.")
        case State.MERGED:
            yield from _after_the_merge(part, name, one_line(facts.default_branch, 80))


def _open(part: PhaseStatus, name: str) -> Need:
    number, trial = part.pull.number if part.pull else 0, part.facts.trial
    if part.facts.failure:
        return _need(
            part, WaitsFor.FIX, plain_text(f"{name}: Drover can't update #{number}. {part.facts.failure}")
        )
    if part.pull and part.pull.mergeable is False:
        return _need(part, WaitsFor.CONFLICT, f"{name}: #{number} has conflicts. Drover regenerates it.")
    if part.facts.breaking_uses:
        summary = one_line(breaking_uses_summary(part.facts))
        return _need(part, WaitsFor.MANUAL_WORK, f"{name}: don't merge #{number} yet: {summary}.")
    if part.verdict is Verdict.MISSING:
        return _need(part, WaitsFor.FIX, f"{name}: the checks of #{number} haven't reported.")
    if trial is not None and ((part.pull and part.pull.draft) or trial.tried < trial.whole):
        return _need(
            part,
            WaitsFor.CHECKS,
            f"{name}: #{number} is being tested batch by batch, {trial_progress(trial)}.",
        )
    if part.verdict is Verdict.FAILED:
        return _need(part, WaitsFor.FIX, f"{name}: checks failed on #{number}.")
    if part.verdict in (Verdict.RUNNING, Verdict.NONE):
        return _need(part, WaitsFor.CHECKS, f"{name}: the checks of #{number} are running.")
    return _need(part, WaitsFor.REVIEW, f"{name}: review and merge #{number}.")


def _after_the_merge(part: PhaseStatus, name: str, branch: str) -> Iterator[Need]:
    if part.verdict is Verdict.FAILED:
        says = f"{name} is merged, and checks have failed on {branch} since. Fix them, or revert the phase."
        yield _need(part, WaitsFor.FIX, says)
    if part.verdict is Verdict.MISSING:
        yield _need(part, WaitsFor.FIX, f"{name} is merged, and no check has reported on {branch} since.")
    if part.verdict in (Verdict.RUNNING, Verdict.NONE):
        yield _need(part, WaitsFor.CHECKS, f"{name} is merged. Its checks on {branch} are running.")


def _manual_work(facts: Facts, status: Status) -> Iterator[Need]:
    """What only people can do, whatever the phases wait for."""
    manual = sum(len(phase.remaining.manual) for phase in facts.phases)
    if manual:
        verb = "needs" if manual == 1 else "need"
        yield Need(WaitsFor.MANUAL_WORK, f"{count_of(manual, 'reference')} {verb} manual work.")
    if facts.unparsable_files:
        yield Need(WaitsFor.MANUAL_WORK, f"{count_of(len(facts.unparsable_files), 'file')} can't be parsed.")
    if facts.unmatched_files:
        many = len(facts.unmatched_files)
        verb = "belongs" if many == 1 else "belong"
        says = f"{count_of(many, 'file')} with references {verb} to no phase. Add them to the plan."
        yield Need(WaitsFor.PLAN, says)
    if facts.obstacles:
        says = f"Every reference is migrated, but there are {count_of(len(facts.obstacles), 'loose end')}."
        yield Need(WaitsFor.MANUAL_WORK, says)
    elif nothing_remains(facts):
        yield from _end(facts)
    yield from _gate(status)


def _end(facts: Facts) -> Iterator[Need]:
    if not isinstance(facts.plan, Plan):
        return
    branch = one_line(facts.default_branch, 80)
    said = verdict(facts.head_checks, None, facts.plan, facts.now)
    if said in (Verdict.RUNNING, Verdict.NONE):
        yield Need(WaitsFor.CHECKS, f"Every reference is migrated. The checks on {branch} are running.")
    if said in (Verdict.FAILED, Verdict.FAILED_BEFORE, Verdict.MISSING):
        yield Need(WaitsFor.FIX, f"Every reference is migrated, but checks haven't passed on {branch}.")


def _gate(status: Status) -> Iterator[Need]:
    """A retirement that waits, though everything before it is merged."""
    before = True
    for phase in status.phases:
        if before and phase.state is State.WAITING and phase.phase.retire:
            says = f"{_capital(_name(phase))} is waiting: {one_line(phase.gate)}."
            yield Need(WaitsFor.MANUAL_WORK, says, phase.number)
        before = before and phase.state in (State.MERGED, State.EMPTY)
