"""Facts → status of a migration. Pure, and never stored."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.decide.checks import Verdict as Verdict
from bot.decide.checks import verdict
from bot.decide.facts import Facts, LabelChange, PhaseFacts, PlanProblem, Pull, RevertPull
from bot.plan.plan import Phase, Plan
from bot.plan.slices import WHOLE_PHASE, Slice

ADOPT = "migration"
AUDIT = "migration:audit"
PAUSED = "migration:paused"


def label_of(phase: int) -> str:
    return f"migration:phase-{phase}"


class State(StrEnum):
    """The state of a phase, as its row shows it."""

    EMPTY = "nothing to do"
    WAITING = "waiting"
    READY = "ready"
    STARTING = "starting"
    FAILED = "failed"
    OPEN = "open"
    MERGED = "merged"
    REVERTED = "reverted"


class Overall(StrEnum):
    UNPLANNED = "no plan"
    MISPLANNED = "plan can't be used"
    PAUSED = "paused"
    RUNNING = "running"
    FINISHED = "finished"
    CLOSED = "closed"
    ARCHIVED = "archived"


@dataclass(frozen=True)
class PhaseStatus:
    facts: PhaseFacts
    state: State
    verdict: Verdict
    """Of its pull request's head while it is open, of the default branch at its merge after."""
    gate: str
    """Why it can't be started now; empty if it can."""
    slices: tuple[PhaseStatus, ...] = ()
    """Where owners split the phase: how each stands."""

    @property
    def parts(self) -> tuple[PhaseStatus, ...]:
        """What has a pull request of its own."""
        return self.slices or (self,)

    @property
    def phase(self) -> Phase:
        return self.facts.phase

    @property
    def number(self) -> int:
        return self.facts.phase.number

    @property
    def pull(self) -> Pull | None:
        return self.facts.pull

    @property
    def open_revert(self) -> RevertPull | None:
        """The open pull request that reverts the whole phase, or a slice of it."""
        whole = (revert for one in self.facts.parts for revert in one.reverts if revert.batch is None)
        return next((revert for revert in whole if revert.pull.state == "open"), None)


@dataclass(frozen=True)
class Status:
    overall: Overall
    phases: tuple[PhaseStatus, ...]

    def phase(self, number: int | None) -> PhaseStatus | None:
        return next((phase for phase in self.phases if phase.number == number), None)

    @property
    def parts(self) -> tuple[PhaseStatus, ...]:
        return tuple(part for phase in self.phases for part in phase.parts)

    def part(self, number: int, one: Slice) -> PhaseStatus | None:
        return next((part for part in self.parts if (part.number, part.facts.slice) == (number, one)), None)


def status(facts: Facts) -> Status:
    if not isinstance(facts.plan, Plan):
        return Status(_overall(facts, ()), ())
    phases: list[PhaseStatus] = []
    for one in facts.phases:
        phases.append(_phase(facts, facts.plan, one, phases))
    return Status(_overall(facts, tuple(phases)), tuple(phases))


def _overall(facts: Facts, phases: tuple[PhaseStatus, ...]) -> Overall:
    if facts.archived:
        return Overall.ARCHIVED
    if facts.plan is None:
        return Overall.CLOSED if not facts.open else Overall.UNPLANNED
    if isinstance(facts.plan, PlanProblem):
        return Overall.CLOSED if not facts.open else Overall.MISPLANNED
    if is_finished(facts, phases):
        return Overall.FINISHED
    if not facts.open:
        return Overall.CLOSED
    return Overall.PAUSED if PAUSED in facts.labels else Overall.RUNNING


def is_finished(facts: Facts, phases: tuple[PhaseStatus, ...]) -> bool:
    """Whether nothing is left, nothing is in progress and all checks passed: by the tree, not by pull requests."""
    if not isinstance(facts.plan, Plan) or not phases or not nothing_remains(facts):
        return False
    passed = verdict(facts.head_checks, None, facts.plan, facts.now) in (Verdict.PASSED, Verdict.NOT_REQUIRED)
    under_way = any(phase.state in (State.STARTING, State.FAILED, State.OPEN) for phase in phases)
    return passed and not under_way and not facts.obstacles and not _has_open_revert(phases)


def nothing_remains(facts: Facts) -> bool:
    return (
        bool(facts.phases)
        and not facts.unmatched_files
        and all(one.remaining.total == 0 for one in facts.phases)
    )


def was_migrated(facts: Facts) -> bool:
    """Whether anything of this issue was ever merged; if not, Drover doesn't close it."""
    return any(one.pull is not None and one.pull.state == "merged" for one in facts.parts)


def references_returned(facts: Facts) -> bool:
    """Whether a reference came back after the end, within the time that the plan sets."""
    if not isinstance(facts.plan, Plan) or facts.open or facts.closed_by_us_at is None or not facts.phases:
        return False
    return not nothing_remains(facts) and facts.now - facts.closed_by_us_at <= facts.plan.watch_days * 86400


def _has_open_revert(phases: tuple[PhaseStatus, ...]) -> bool:
    return any(
        revert.pull.state == "open" for phase in phases for one in phase.facts.parts for revert in one.reverts
    )


def _phase(facts: Facts, plan: Plan, one: PhaseFacts, before: list[PhaseStatus]) -> PhaseStatus:
    gate = _gate(before) or _retirement_gate(one, before)
    if one.slices:
        return _split_status(one, gate, tuple(_part_status(facts, plan, part, gate) for part in one.slices))
    return _part_status(facts, plan, one, gate)


def _part_status(facts: Facts, plan: Plan, one: PhaseFacts, gate: str) -> PhaseStatus:
    state = _state(facts, one, gate)
    checks = one.merge_checks if state is State.MERGED else one.checks
    return PhaseStatus(one, state, verdict(checks, one.base_checks, plan, facts.now), gate)


_FOREMOST = (
    *(State.OPEN, State.FAILED, State.STARTING, State.READY, State.WAITING),
    *(State.REVERTED, State.MERGED, State.EMPTY),
)
_WORST = (
    *(Verdict.FAILED, Verdict.MISSING, Verdict.RUNNING, Verdict.NONE, Verdict.FAILED_BEFORE),
    *(Verdict.PASSED, Verdict.NOT_REQUIRED),
)


def _split_status(one: PhaseFacts, gate: str, slices: tuple[PhaseStatus, ...]) -> PhaseStatus:
    """A phase is merged when every slice with work is; its checks passed when those of every open or merged one did."""
    state = min((part.state for part in slices), key=_FOREMOST.index)
    verdicts = [part.verdict for part in slices if part.state in (State.OPEN, State.MERGED)]
    return PhaseStatus(one, state, min(verdicts, key=_WORST.index, default=Verdict.NONE), gate, slices)


_CHECKS = {
    Verdict.NONE: "haven't reported yet",
    Verdict.MISSING: "never reported",
    Verdict.RUNNING: "are still running",
    Verdict.FAILED: "failed",
    Verdict.FAILED_BEFORE: "fail, as they did before it,",
}


def _gate(before: list[PhaseStatus]) -> str:
    """Before a phase may start, those before it are merged, and their checks passed on the default branch."""
    for earlier in before:
        name = f"phase {earlier.number} ({earlier.phase.name})"
        if earlier.state is State.EMPTY:
            continue
        if earlier.state is not State.MERGED:
            return f"{name} isn't merged yet"
        if earlier.open_revert:
            return f"{name} is being reverted in #{earlier.open_revert.pull.number}"
        if earlier.verdict not in (Verdict.PASSED, Verdict.NOT_REQUIRED):
            return f"the checks of {name} {_CHECKS[earlier.verdict]} on the default branch"
    return ""


def _retirement_gate(one: PhaseFacts, before: list[PhaseStatus]) -> str:
    """A module is not retired while somebody still uses it in a way that the replacement can't serve."""
    manual = [
        ref for phase in (one, *(earlier.facts for earlier in before)) for ref in phase.remaining.manual
    ]
    for module in (retired.module for retired in one.phase.retire):
        left = [ref for ref in manual if ref.is_in(module)]
        if left:
            places = [f"{ref.path}:{ref.line}" for ref in left]
            use = "1 reference to it needs" if len(left) == 1 else f"{len(left)} references to it need"
            return f"{module} can't be retired yet: {use} manual work ({_place_list(places)})"
    return retirement_trouble(one)


def ready_to_retire(facts: Facts) -> tuple[int, ...]:
    """The phases that retire modules and come next, or have started already."""
    phases = status(facts).phases
    started = (State.STARTING, State.FAILED, State.OPEN)
    return tuple(
        phase.number
        for place, phase in enumerate(phases)
        if phase.phase.retire
        and phase.state not in (State.MERGED, State.EMPTY)
        and (phase.state in started or not _gate(list(phases[:place])))
    )


def retirement_trouble(one: PhaseFacts) -> str:
    """Why its modules can't be retired by what would break, with file and line; empty if nothing would."""
    if not one.breaking_uses:
        return ""
    modules = ", ".join(retired.module for retired in one.phase.retire)
    return f"{modules} can't be retired yet: {breaking_uses_summary(one)}"


def breaking_uses_summary(one: PhaseFacts) -> str:
    uses = one.breaking_uses
    what = "1 use would break" if len(uses) == 1 else f"{len(uses)} uses would break"
    return f"{what} ({_place_list([f'{use.path}:{use.line}: {use.problem}' for use in uses], '; ')})"


def _place_list(places: list[str], between: str = ", ") -> str:
    more = f" and {len(places) - SHOWN_REFERENCES} more" if len(places) > SHOWN_REFERENCES else ""
    return between.join(places[:SHOWN_REFERENCES]) + more


SHOWN_REFERENCES = 5


def _state(facts: Facts, one: PhaseFacts, gate: str) -> State:
    pull, revert_pull = one.pull, _effective_revert(one)
    if pull is not None and pull.state == "open":
        return State.OPEN
    if _is_requested_by_label(facts, one):
        return State.FAILED if one.failure else State.STARTING
    if pull is not None and pull.state == "merged":
        return State.REVERTED if revert_pull is not None or _is_reverted_in_tree(one) else State.MERGED
    if one.remaining.automatic == 0:
        return State.EMPTY
    return State.WAITING if gate else State.READY


def _is_reverted_in_tree(one: PhaseFacts) -> bool:
    """Whether somebody else reverted it: none of its changes are on the default branch any more."""
    return one.in_tree is not None and one.in_tree.reverted > 0 and one.in_tree.present == 0


def is_restored(one: PhaseFacts) -> bool:
    """Whether its changes are there again after a revert, however they were restored."""
    return one.in_tree is not None and one.in_tree.present > one.in_tree.reverted


def _effective_revert(one: PhaseFacts) -> Pull | None:
    """The merged pull request that reverted the phase, if it wasn't reverted itself."""
    if is_restored(one):
        return None
    return latest_revert(one)


def latest_revert(one: PhaseFacts) -> Pull | None:
    """The last merged pull request that reverted the phase, whether or not it was reverted itself."""
    merged = one.pull.ended_at if one.pull is not None and one.pull.state == "merged" else None
    if merged is None:
        return None
    later = [
        revert.pull
        for revert in one.reverts
        if revert.batch is None and revert.pull.state == "merged" and (revert.pull.ended_at or 0) >= merged
    ]
    return max(later, key=lambda pull: pull.ended_at or 0, default=None)


def is_answered(label_change: LabelChange, one: PhaseFacts) -> bool:
    """Whether the phase has come to an end since that label was added: it asks for nothing any more."""
    if one.slices:
        return any(is_answered(label_change, part) for part in one.slices)
    pull = one.pull if one.pull is not None and one.pull.state != "open" else None
    ended = [found for found in (pull, _effective_revert(one)) if found is not None]
    return any((found.ended_at or 0.0, found.end_event) > label_change.moment for found in ended)


def _is_requested_by_label(facts: Facts, one: PhaseFacts) -> bool:
    """Whether a label requests the phase and no pull request has answered it yet."""
    label = label_of(one.phase.number)
    label_change = facts.label_changes.get(label)
    if label not in facts.labels or label_change is None or not label_change.added:
        return False
    if one.obsolete_reason or (one.slice != WHOLE_PHASE and one.remaining.automatic == 0):
        return False
    return label_change.by.may_write and not is_answered(label_change, one)
