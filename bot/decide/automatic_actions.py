"""What follows from checks and the plan's settings without a request; each happens once. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.decide.bisect import all_passed
from bot.decide.checks import commands_result, failures_to_rerun, newly_failing, trial_passed
from bot.decide.facts import CheckResult, CommitChecks, Facts, PhaseFacts, Pull
from bot.decide.status import PhaseStatus, State
from bot.plan.plan import Plan
from bot.plan.slices import WHOLE_PHASE, Slice

AUTO_MERGE_AGAIN_AFTER = 3600.0
"""Seconds after which auto-merge that was refused on a head is tried on it again."""
VERIFIED_LATER = 7 * 86400.0
"""Seconds after a merge in which a verification that is missing is still reported."""


@dataclass(frozen=True)
class RerunChecks:
    """Runs what failed once more, in case it was a flake."""

    phase: int
    sha: str
    results: tuple[CheckResult, ...]
    slice: Slice = WHOLE_PHASE


@dataclass(frozen=True)
class RevertAfterFailure:
    """Opens the pull request that reverts a phase, because the default branch fails since its merge."""

    phase: int
    merge: str
    results: tuple[CheckResult, ...]
    slice: Slice = WHOLE_PHASE


@dataclass(frozen=True)
class EnableAutoMerge:
    """Asks GitHub to merge the phase's pull request by itself."""

    phase: int
    number: int
    slice: Slice = WHOLE_PHASE


@dataclass(frozen=True)
class MarkReadyForReview:
    """Marks the draft as ready for review, because every file has been tried."""

    phase: int
    number: int
    slice: Slice = WHOLE_PHASE


@dataclass(frozen=True)
class RunCommands:
    """Runs the plan's commands on a commit and reports them as a check."""

    phase: int
    sha: str
    slice: Slice = WHOLE_PHASE
    again: bool = False
    """Somebody requested another run."""


@dataclass(frozen=True)
class CloseRevert:
    """Closes a revert pull request whose changes are reverted already."""

    phase: int
    number: int
    slice: Slice = WHOLE_PHASE


@dataclass(frozen=True)
class ReportMissingProof:
    """Reports the verification of an open or merged phase that has none."""

    phase: int
    head: str
    slice: Slice = WHOLE_PHASE


@dataclass(frozen=True)
class OfferRevert:
    """Adds the button Revert to the verification of a merged phase, and removes it once the phase is reverted."""

    phase: int
    head: str
    offered: bool
    slice: Slice = WHOLE_PHASE


@dataclass(frozen=True)
class PreparePull:
    """Adds the labels that the plan wants to a pull request of ours, and requests the reviews."""

    number: int
    head: str


AutomaticAction = (
    PreparePull
    | RerunChecks
    | RevertAfterFailure
    | EnableAutoMerge
    | MarkReadyForReview
    | RunCommands
    | CloseRevert
    | OfferRevert
    | ReportMissingProof
)


def automatic_actions(facts: Facts, phase: PhaseStatus) -> Iterator[AutomaticAction]:
    if isinstance(facts.plan, Plan) and phase.pull is not None:
        yield from _preparation(facts, facts.plan, phase)
        yield from _commands(facts, facts.plan, phase)
        yield from _commands_at_the_end(facts, phase)
        yield from _commands_of_reverts(phase)
        yield from _rerun(facts, facts.plan, phase)
        yield from _revert_after_failure(facts, facts.plan, phase)
        yield from _auto_merge(facts, facts.plan, phase)
        yield from _mark_ready(facts, facts.plan, phase)
        yield from _needless_reverts(phase)
        yield from _revert_button(phase, phase.pull)
        yield from _missing_proof(facts, phase, phase.pull)


def _preparation(facts: Facts, plan: Plan, phase: PhaseStatus) -> Iterator[PreparePull]:
    """Once, when it is opened; while its files are still being tried, nobody has to review it."""
    if not (plan.pull_requests.labels or plan.pull_requests.reviewers):
        return
    for pull in (phase.pull, *(revert.pull for revert in phase.facts.reverts)):
        in_trial = pull is phase.pull and phase.facts.trial is not None and not all_files_tried(facts, phase)
        if pull is not None and pull.state == "open" and not pull.is_prepared and not in_trial:
            yield PreparePull(pull.number, pull.head)


def _revert_button(phase: PhaseStatus, pull: Pull) -> Iterator[OfferRevert]:
    wanted = phase.state is State.MERGED
    if phase.facts.offers_revert is (not wanted) and phase.state in (State.MERGED, State.REVERTED):
        yield OfferRevert(phase.number, pull.head, wanted, phase.facts.slice)


def _missing_proof(facts: Facts, phase: PhaseStatus, pull: Pull) -> Iterator[ReportMissingProof]:
    """It was merged while Drover was not running, or Drover ended before it reported the verification."""
    recent = pull.ended_at is None or facts.now - pull.ended_at < VERIFIED_LATER
    stays = phase.state is State.MERGED or (phase.state is State.OPEN and not phase.facts.outdated_reason)
    if stays and phase.facts.lacks_proof and recent:
        yield ReportMissingProof(phase.number, pull.head, phase.facts.slice)


def _needless_reverts(phase: PhaseStatus) -> Iterator[CloseRevert]:
    own = (one for one in phase.facts.reverts if not one.everything and one.opened_for is None)
    for revert in own:
        if phase.state is State.REVERTED and revert.pull.state == "open":
            yield CloseRevert(phase.number, revert.pull.number, phase.facts.slice)


def current_checks(phase: PhaseStatus) -> CommitChecks | None:
    """The checks that count for the phase now: at its merge, or on its pull request's head."""
    if phase.state is State.MERGED:
        return phase.facts.merge_checks
    return phase.facts.checks if phase.state is State.OPEN else None


def should_try_next(facts: Facts, phase: PhaseStatus) -> bool:
    """With `each: batch`: whether the checks of the branch are finished and there is more to try."""
    one, trial = phase.facts, phase.facts.trial
    if (
        not isinstance(facts.plan, Plan)
        or trial is None
        or phase.state is not State.OPEN
        or one.outdated_reason
    ):
        return False
    passed = trial_passed(one.checks, one.base_checks, facts.plan, facts.now)
    return passed is not None and not all_passed(trial, passed)


def all_files_tried(facts: Facts, phase: PhaseStatus) -> bool:
    """Whether every file of the phase has been tried."""
    one, trial = phase.facts, phase.facts.trial
    if not isinstance(facts.plan, Plan) or trial is None:
        return False
    return all_passed(trial, trial_passed(one.checks, one.base_checks, facts.plan, facts.now) is True)


def _mark_ready(facts: Facts, plan: Plan, phase: PhaseStatus) -> Iterator[MarkReadyForReview]:
    pull = phase.pull
    if phase.state is not State.OPEN or pull is None or not pull.draft or plan.pull_requests.draft:
        return
    if all_files_tried(facts, phase) and not _is_announced(facts, "ready", pull.head):
        yield MarkReadyForReview(phase.number, pull.number, phase.facts.slice)


def _is_announced(facts: Facts, kind: str, about: str) -> bool:
    return any((one.kind, one.about) == (kind, about) and one.state != "begun" for one in facts.announcements)


def _commands(facts: Facts, plan: Plan, phase: PhaseStatus) -> Iterator[RunCommands]:
    """Requested until they are done. If they failed, on the base too, to see whether they failed before."""
    checks, base = current_checks(phase), phase.facts.base_checks
    line = commands_result(checks)
    if not plan.checks.commands or not facts.commands_enabled or checks is None:
        return
    if line is None or line.state == "pending":
        yield RunCommands(phase.number, checks.sha, phase.facts.slice)
    elif line.state == "failed" and base is not None and _is_pending(commands_result(base)):
        yield RunCommands(phase.number, base.sha, phase.facts.slice)


def _commands_at_the_end(facts: Facts, phase: PhaseStatus) -> Iterator[RunCommands]:
    """On the default branch's head, once nothing is left: for the last phase that has a pull request."""
    last = [part for part in facts.parts if part.pull is not None][-1:]
    if facts.commands_enabled and last == [phase.facts] and _is_pending(commands_result(facts.head_checks)):
        yield RunCommands(phase.number, facts.head, phase.facts.slice)


def _commands_of_reverts(phase: PhaseStatus) -> Iterator[RunCommands]:
    """A pull request that reverts a phase is tested like the phase's own."""
    for revert in phase.facts.reverts:
        if revert.lacks_commands and revert.opened_for is None:
            yield RunCommands(phase.number, revert.lacks_commands, phase.facts.slice)


def reruns_on_request(facts: Facts, phase: PhaseStatus) -> Iterator[RerunChecks | RunCommands]:
    """What a person can have run again: failed checks, and the plan's commands."""
    checks = current_checks(phase)
    if checks is None or not isinstance(facts.plan, Plan):
        return
    failed = tuple(line for line in checks.results if line.state == "failed" and line.suite_id is not None)
    if failed:
        yield RerunChecks(phase.number, checks.sha, failed, phase.facts.slice)
    yield from commands_on_request(facts, phase)


def commands_on_request(facts: Facts, phase: PhaseStatus) -> Iterator[RunCommands]:
    checks = current_checks(phase)
    if checks is None or not isinstance(facts.plan, Plan):
        return
    if facts.plan.checks.commands and facts.commands_enabled and not _is_pending(commands_result(checks)):
        yield RunCommands(phase.number, checks.sha, phase.facts.slice, again=True)


def _is_pending(line: CheckResult | None) -> bool:
    return line is not None and line.state == "pending"


def _rerun(facts: Facts, plan: Plan, phase: PhaseStatus) -> Iterator[RerunChecks]:
    checks = current_checks(phase)
    failed = failures_to_rerun(checks, phase.facts.base_checks, plan, facts.now)
    if checks is not None and failed and phase.open_revert is None:
        yield RerunChecks(phase.number, checks.sha, failed, phase.facts.slice)


def _revert_after_failure(facts: Facts, plan: Plan, phase: PhaseStatus) -> Iterator[RevertAfterFailure]:
    merge = phase.pull.merge_sha if phase.pull else None
    if plan.on_failure != "revert" or phase.state is not State.MERGED or merge is None:
        return
    state = next((one.state for one in facts.announcements if (one.kind, one.about) == ("revert", merge)), "")
    if state in ("done", "refused") or (not state and _has_revert_since(phase.facts)):
        return
    failed = newly_failing(phase.facts.merge_checks, phase.facts.base_checks, plan, facts.now)
    if failed:
        yield RevertAfterFailure(phase.number, merge, failed, phase.facts.slice)


def _has_revert_since(one: PhaseFacts) -> bool:
    """Whether somebody has opened a pull request that reverts the merge, open or not."""
    merged = (one.pull.ended_at if one.pull else None) or 0.0
    whole = (revert.pull for revert in one.reverts if revert.batch is None)
    return any(pull.ended_at is None or pull.ended_at >= merged for pull in whole)


def _auto_merge(facts: Facts, plan: Plan, phase: PhaseStatus) -> Iterator[EnableAutoMerge]:
    pull = phase.pull
    if (
        plan.merge != "auto"
        or phase.state is not State.OPEN
        or pull is None
        or pull.draft
        or pull.auto_merge_enabled
    ):
        return
    if phase.facts.trial is not None and not all_files_tried(facts, phase):
        return
    if not _is_announced(facts, "merge", str(pull.number)) and not _was_tried_lately(facts, pull):
        yield EnableAutoMerge(phase.number, pull.number, phase.facts.slice)


def _was_tried_lately(facts: Facts, pull: Pull) -> bool:
    """Auto-merge, on this head: GitHub refuses it at random, too."""
    tries = (one.at for one in facts.announcements if (one.kind, one.about) == ("merge", pull.head))
    return any(facts.now - at < AUTO_MERGE_AGAIN_AFTER for at in tries)
