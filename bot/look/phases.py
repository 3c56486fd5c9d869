"""The phases: their branches and pull requests, what these were built from, what checks and the tree say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.decide.checks import COMMANDS, base_with_pending_commands, with_pending_commands
from bot.decide.facts import BatchCommit, LabelChange, Moment, PhaseFacts, Pull, RemainingWork, RevertPull
from bot.decide.history import ProofReport
from bot.decide.status import label_of
from bot.git.mirror import Mirror
from bot.github import PullRequest
from bot.github.pulls import MOST_COMMITS_LISTED
from bot.look.changes_in_tree import changes_in_tree, restored_at
from bot.look.checks import checks_before, checks_on, has_failures
from bot.look.closings import contested_closing, with_end_event
from bot.markers.hidden import (
    Announcement,
    RestoreMark,
    RevertMark,
    SliceMark,
    also_reverts_in,
    has_preparation,
    restores_in,
    reverts_in,
    slices_in,
)
from bot.markers.trailers import batch_in, left_out_in, trial_in
from bot.migration.branch_origin import BranchOrigin
from bot.migration.context import TurnContext
from bot.migration.count import MigrationCount
from bot.migration.plan_source import LoadedPlan
from bot.migration.revert_button import offers_revert
from bot.migration.staleness import outdated_reason
from bot.plan.branch_names import phase_branch, phase_branches, revert_branch, revert_of_revert_branch
from bot.plan.plan import Phase, Plan
from bot.plan.slices import WHOLE_PHASE, Slice, each_slice
from bot.report.commit_messages import migrated_in
from bot.report.slices import had_slices


@dataclass(frozen=True)
class PhaseInputs:
    """What is read once for all phases."""

    issue: int
    loaded_plan: LoadedPlan
    count: MigrationCount
    branches: Mapping[str, str]
    label_changes: Mapping[str, LabelChange]
    announcements: Sequence[Announcement]
    slices: frozenset[SliceMark]
    reverts: frozenset[RevertMark]
    restores: frozenset[RestoreMark]
    """What our own pull requests say that they are."""
    dependent_reverts: frozenset[tuple[RevertMark, RevertMark]] = frozenset()
    """What a pull request was opened to revert, and what else it reverts since that was built on it."""


async def look_at_phases(
    context: TurnContext,
    issue: int,
    planned: LoadedPlan,
    count: MigrationCount | None,
    label_changes: Mapping[str, LabelChange],
    announcements: Sequence[Announcement],
) -> tuple[tuple[PhaseFacts, ...], tuple[PhaseFacts, ...]]:
    """All phases, and what is left of phases that the plan doesn't have any more."""
    if not isinstance(planned.plan, Plan) or count is None:
        return (), ()
    branches = await context.listings.branches()
    texts = [pull.body for pull in await context.listings.own_pulls()]
    inputs = PhaseInputs(
        issue,
        planned,
        count,
        branches,
        label_changes,
        announcements,
        slices=frozenset(mark for text in texts for mark in slices_in(text)),
        reverts=frozenset(mark for text in texts for mark in reverts_in(text)),
        restores=frozenset(mark for text in texts for mark in restores_in(text)),
        dependent_reverts=frozenset(
            (mark, other) for text in texts for mark in reverts_in(text) for other in also_reverts_in(text)
        ),
    )
    numbers = {phase.number for phase in planned.plan.phases}
    removed = [(number, key) for number, key in phase_branches(issue, branches) if number not in numbers]
    phases = [await _phase(context, inputs, phase) for phase in planned.plan.phases]
    return tuple(phases), tuple([await _orphan(context, inputs, *one) for one in removed])


async def _orphan(context: TurnContext, inputs: PhaseInputs, number: int, key: str) -> PhaseFacts:
    branch = phase_branch(inputs.issue, number, key)
    newest = await context.listings.newest_on(branch)
    return PhaseFacts(
        Phase(number, f"phase {number}"),
        RemainingWork(),
        inputs.branches[branch],
        await _pull(context, newest) if newest else None,
        slice=Slice(key, key),
        obsolete_reason=f"the plan no longer has a phase {number}",
    )


async def _phase(context: TurnContext, inputs: PhaseInputs, phase: Phase) -> PhaseFacts:
    """Whole or in slices: those that have something left, and those that had a branch or a pull request."""
    left = inputs.count.phases[phase.number]
    counts = inputs.count.slices[phase.number] if phase.split else {WHOLE_PHASE: left}
    had = had_slices(phase.number, inputs.issue, inputs.branches, inputs.slices)
    whole = PhaseFacts(phase, left)
    if not (set(counts) | had) - {WHOLE_PHASE}:
        return await _part(context, inputs, whole)
    parts = [
        await _part(
            context,
            inputs,
            replace(whole, slice=one, remaining=counts.get(one, RemainingWork()), obsolete_reason=stray),
        )
        for one, stray in each_slice(phase, counts, had)
    ]
    there = [
        part
        for part in parts
        if part.slice != WHOLE_PHASE or part.pull or part.branch or not part.obsolete_reason
    ]
    return replace(whole, slices=tuple(there))


async def _part(context: TurnContext, inputs: PhaseInputs, facts: PhaseFacts) -> PhaseFacts:
    phase, one = facts.phase, facts.slice
    branch = phase_branch(inputs.issue, phase.number, one.key)
    newest = await context.listings.newest_on(branch)
    facts = replace(facts, branch=inputs.branches.get(branch))
    label_change = inputs.label_changes.get(label_of(phase.number))
    trouble = await asyncio.to_thread(
        context.failure, inputs.issue, phase.number, one.key, inputs.loaded_plan.digests, label_change
    )
    if trouble is not None:
        facts = replace(facts, failure=trouble.text)
    if newest is None:
        return facts
    pull = await with_end_event(context, await _pull(context, newest), label_change)
    if pull.state == "closed" and facts.branch == pull.head and label_change and label_change.added:
        events = await context.repo.issues.events(pull.number)
        closing = await contested_closing(context, pull.number, events)
        pull, facts = replace(pull, state="open" if closing else "closed"), replace(facts, closing=closing)
    facts = replace(facts, pull=pull, batches=await _batches(context, newest))
    if pull.state == "open":
        facts = replace(facts, reopened=await _reopened(context, pull, label_change))
        return await _open_phase(context, inputs.loaded_plan, facts, newest, inputs.announcements)
    if pull.state == "merged":
        return await _merged_phase(context, inputs, facts)
    return facts


async def _reopened(context: TurnContext, pull: Pull, label_change: LabelChange | None) -> Moment:
    if label_change is None or label_change.added:
        return 0.0, 0
    events = [one for one in await context.repo.issues.events(pull.number) if one.event == "reopened"]
    if not events:
        return 0.0, 0
    actor = await context.person(events[-1].actor.login)
    if not actor.may_write and not actor.is_unknown:
        return 0.0, 0
    return events[-1].created_at.timestamp(), events[-1].id


async def _pull(context: TurnContext, listed: PullRequest) -> Pull:
    return pull_facts(await context.listings.pull(listed))


def pull_facts(pull: PullRequest) -> Pull:
    ended = pull.merged_at or pull.closed_at
    return Pull(
        number=pull.number,
        url=pull.html_url,
        head=pull.head_sha,
        state="merged" if pull.merged else pull.state,
        draft=pull.draft,
        mergeable=pull.mergeable,
        merge_sha=pull.merge_commit_sha if pull.merged else None,
        merged_by=pull.merged_by.login if pull.merged_by else None,
        ended_at=ended.timestamp() if ended else None,
        auto_merge_enabled=pull.auto_merge,
        is_prepared=has_preparation(pull.body),
        base_branch=pull.base_ref,
    )


async def _batches(context: TurnContext, pull: PullRequest) -> tuple[BatchCommit, ...]:
    batches = []
    for sha, message in await _commits(context, pull):
        batch = batch_in(message)
        if batch is not None:
            title = message.partition("\n")[0]
            batches.append(BatchCommit(batch[0], title, sha, migrated_in(message)))
    return tuple(batches)


async def _commits(context: TurnContext, pull: PullRequest) -> list[tuple[str, str]]:
    """Each with its message, oldest first. GitHub's list ends at 250: where it may go on, git is asked."""
    listed = [(one.sha, one.message) for one in await context.listings.commits_of(pull)]
    if len(listed) < MOST_COMMITS_LISTED:
        return listed

    def read(mirror: Mirror) -> list[tuple[str, str]]:
        since = mirror.remote.merge_base(pull.base_sha, pull.head_sha)
        found = mirror.log(f"{since}..{pull.head_sha}" if since else pull.head_sha)
        return [(one.sha, one.message) for one in found][::-1]

    return await context.with_mirror(read)


async def _open_phase(
    context: TurnContext,
    planned: LoadedPlan,
    facts: PhaseFacts,
    pull: PullRequest,
    announcements: Sequence[Announcement],
) -> PhaseFacts:
    origin = await context.branch_origin(pull.head_sha)
    checks = await checks_on(context, pull.head_sha, announcements)
    base_checks = await checks_on(context, origin.base) if origin and has_failures(checks) else None
    outdated = await outdated_reason(context, planned, facts, origin)
    lacks_proof = await context.lacks_proof(pull.head_sha)
    facts = replace(facts, checks=checks, base_checks=base_checks, outdated_reason=outdated)
    facts = replace(facts, lacks_proof=lacks_proof)
    return _with_trial(_with_commands(context, planned, facts), origin)


def _with_commands(context: TurnContext, planned: LoadedPlan, facts: PhaseFacts) -> PhaseFacts:
    """Where the operator allows commands, the plan's are pending before anybody has started them."""
    plan = planned.plan
    if context.shared.settings.run_commands == "off" or not isinstance(plan, Plan):
        return facts
    checks = with_pending_commands(facts.checks, plan) if facts.checks else None
    after = with_pending_commands(facts.merge_checks, plan) if facts.merge_checks else None
    announcements = after or checks
    base = base_with_pending_commands(announcements, facts.base_checks, plan) if announcements else None
    return replace(facts, checks=checks, merge_checks=after, base_checks=base)


async def _merged_phase(context: TurnContext, inputs: PhaseInputs, facts: PhaseFacts) -> PhaseFacts:
    pull = facts.pull
    if pull is None or pull.merge_sha is None:
        return facts
    label_change, reverts = inputs.label_changes.get(label_of(facts.phase.number)), []
    for one in await _reverts_of(context, inputs, facts):
        ended = await with_end_event(context, one.pull, label_change)
        reverts.append(await _with_what_is_missing(context, inputs, replace(one, pull=ended)))
    facts = replace(facts, reverts=tuple(reverts))
    facts = replace(facts, in_tree=await changes_in_tree(context, facts))
    landed, at = restored_at(facts) or (pull.merge_sha, pull.ended_at)
    after = await checks_on(context, landed, inputs.announcements, waiting_since=at)
    origin = await context.branch_origin(pull.head)
    base = origin.base if origin else None
    earlier = await checks_before(context, landed, base, pull.head) if has_failures(after) else None
    proof = await context.proof_check(pull.head)
    facts = replace(facts, merge_checks=after, base_checks=earlier)
    offered = offers_revert(proof) if proof else None
    facts = replace(facts, offers_revert=offered, lacks_proof=proof is None)
    return _with_trial(_with_commands(context, inputs.loaded_plan, facts), origin)


def _with_trial(facts: PhaseFacts, origin: BranchOrigin | None) -> PhaseFacts:
    message = origin.message if origin else ""
    return replace(facts, trial=trial_in(message), excluded_files=left_out_in(message))


async def _reverts_of(context: TurnContext, inputs: PhaseInputs, facts: PhaseFacts) -> tuple[RevertPull, ...]:
    """The pull requests that revert the phase, its slice, one of its batches, or everything."""
    number, key = facts.phase.number, facts.slice.key
    told: list[tuple[int | None, int | None, str]] = [(None, None, ""), (number, None, "")]
    told += [(number, None, key)] if key else []
    told += [(number, batch.number, key) for batch in facts.batches]
    reverts = []
    for phase, batch, of in told:
        whole = phase is not None and batch is None and not of
        if whole or RevertMark(inputs.issue, phase, batch, of) in inputs.reverts:
            branch = revert_branch(inputs.issue, phase, batch, of)
            listed = await context.listings.newest_on(branch)
            if listed is not None:
                of_slice = facts.slice if of else WHOLE_PHASE
                pull, head = await _pull(context, listed), inputs.branches.get(branch)
                one = RevertPull(batch, pull, head, phase is None, slice=of_slice)
                reverts.append(await _with_its_revert(context, inputs, await _kept_open(context, one)))
    return (*reverts, *[one async for one in _dependent_reverts(context, inputs, facts)])


async def _kept_open(context: TurnContext, one: RevertPull) -> RevertPull:
    """Where somebody closed it who can't write. What a person with write access closes loses its branch."""
    if one.pull.state != "closed" or one.branch != one.pull.head:
        return one
    events = await context.repo.issues.events(one.pull.number)
    closing = await contested_closing(context, one.pull.number, events)
    return replace(one, pull=replace(one.pull, state="open"), closing=closing) if closing else one


async def _dependent_reverts(
    context: TurnContext, inputs: PhaseInputs, facts: PhaseFacts
) -> AsyncIterator[RevertPull]:
    """Those that were opened to revert another phase, on which this one was built."""
    own = {RevertMark(inputs.issue, facts.phase.number, None, key) for key in ("", facts.slice.key)}
    for mark, other in sorted(inputs.dependent_reverts, key=str):
        if other not in own or mark.issue != inputs.issue or mark.phase is None:
            continue
        branch = revert_branch(inputs.issue, mark.phase, mark.batch, mark.slice_key)
        pulls = [
            pull for pull in await context.listings.pulls_on(branch) if other in also_reverts_in(pull.body)
        ]
        if pulls:
            pull = await _pull(context, max(pulls, key=lambda one: one.number))
            one = RevertPull(None, pull, slice=facts.slice, opened_for=mark.phase)
            yield await _with_its_revert(context, inputs, one)


async def _with_its_revert(context: TurnContext, inputs: PhaseInputs, one: RevertPull) -> RevertPull:
    if RestoreMark(inputs.issue, one.pull.number) not in inputs.restores:
        return one
    branch = revert_of_revert_branch(inputs.issue, one.pull.number)
    listed = await context.listings.newest_on(branch)
    back = await _pull(context, listed) if listed else None
    return replace(one, reverted_by=back, reverted_by_branch=inputs.branches.get(branch))


async def proof_results(context: TurnContext, phases: Iterable[PhaseFacts]) -> tuple[ProofReport, ...]:
    """What our own check says on the head of each phase."""
    reports = []
    for pull in (part.pull for phase in phases for part in phase.parts):
        if pull is not None:
            proof = await context.proof_check(pull.head)
            if proof is not None:
                reports.append(ProofReport(pull.number, proof.title, proof.summary, proof.html_url))
    return tuple(reports)


async def _with_what_is_missing(context: TurnContext, inputs: PhaseInputs, one: RevertPull) -> RevertPull:
    """Of the revert, or of what reverts it, the one that is open."""
    current = one.reverted_by or one.pull
    if current.state != "open":
        return one
    lacks_commands = current.head if await _lacks_commands(context, inputs, current.head) else None
    return replace(one, lacks_commands=lacks_commands, lacks_proof=await context.lacks_proof(current.head))


async def _lacks_commands(context: TurnContext, inputs: PhaseInputs, head: str) -> bool:
    plan = inputs.loaded_plan.plan
    if (
        context.shared.settings.run_commands == "off"
        or not isinstance(plan, Plan)
        or not plan.checks.commands
    ):
        return False
    runs = await context.repo.check_runs.of(head, name=COMMANDS, app_id=context.app_id)
    return not any(run.status == "completed" for run in runs)
