"""Look: gathers the facts of one migration from GitHub, git and the store. Changes nothing."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.decide.bisect import read_left_out, read_trial
from bot.decide.checks import base_with_commands, with_commands
from bot.decide.facts import (
    Asked,
    BatchMade,
    Count,
    Facts,
    Gesture,
    PhaseFacts,
    PlanProblem,
    Pull,
    Said,
    Undoing,
)
from bot.decide.intents import Intent, ticked
from bot.decide.names import back_branch, phase_branch, phases_of, revert_branch
from bot.decide.plan import Phase, Plan
from bot.decide.plan_change import Changed, PlanShape, changed, shape
from bot.decide.slices import WHOLE, Slice, each_slice
from bot.decide.status import ADOPT, AUDIT, PAUSED, label_of, nothing_left
from bot.github import Comment, Issue, IssueEvent, PullRequest
from bot.intake.intents import from_text
from bot.report import reverts
from bot.report.proofs import ProofSaid
from bot.report.slices import had_slices
from bot.report.text import unhidden
from bot.report.tracking import Point, Seen
from bot.store import Count as StoredCount
from bot.store import Migration, Store, thinned
from bot.work.branches import loose_branches
from bot.work.checks import checks_before, checks_on, has_red
from bot.work.counting import Counted
from bot.work.desk import Desk, Origin
from bot.work.elsewhere import elsewhere
from bot.work.ending import in_the_way
from bot.work.planning import Planned
from bot.work.standing import landed_at, standing_of
from bot.work.telling import said_in

GRACE = 20.0
"""How long a tick may stand unattributed before we give up on the delivery that says whose it is."""
_ANSWER = re.compile(r"<!-- drover:answer (?P<id>[a-z0-9-]+) -->")


@dataclass(frozen=True)
class Sight:
    """The facts, and what writing about them needs besides."""

    facts: Facts
    seen: Seen
    status_comment: Comment | None
    planned: Planned
    late_ticks: tuple[str, ...] = ()
    """Boxes ticked in the status comment whose delivery has not come yet."""


async def look(desk: Desk, migration: Migration) -> Sight:
    """1. the issue  2. the plan  3. the count  4. the phases  5. what people asked"""
    repo = desk.repo
    info = desk.info
    issue = await repo.issues.get(migration.issue)
    comments = await repo.comments.of(migration.issue)
    events = await repo.issues.events(migration.issue)
    gestures = await _gestures(desk, events)
    status_comment = next((one for one in comments if desk.is_status(one)), None)
    planned = await desk.planned(issue)
    planned = replace(planned, skipped=await _skipped(desk, comments))
    counted = await desk.counted(planned, planned.plan) if isinstance(planned.plan, Plan) else None
    said = said_in(one for one in comments if desk.is_ours(one))
    phases, orphans = await _phases(desk, issue.number, planned, counted, gestures, said)
    if isinstance(planned.plan, Plan) and (wrong := await desk.wrong(planned, planned.plan, phases)):
        planned, phases = replace(planned, plan=wrong), ()
    asked, late = await _asked(desk, migration, issue, comments, phases, status_comment)
    before = await asyncio.to_thread(_counted_before, desk.store, migration, desk.head)
    facts = Facts(
        now=time.time(),
        repo=migration.full_name,
        repo_url=info.html_url,
        issue=issue.number,
        title=issue.title,
        open=issue.state == "open",
        adopted=ADOPT in issue.labels,
        default_branch=info.default_branch,
        head=desk.head,
        plan=planned.plan,
        labels=frozenset(issue.labels),
        missing_labels=await _missing_labels(desk, planned.plan),
        gestures=gestures,
        phases=phases,
        orphans=orphans,
        unmatched=counted.unmatched if counted else (),
        unparsable=counted.unparsable if counted else {},
        allowed=counted.allowed if counted else (),
        asked=asked,
        answered=_answered(desk, comments),
        wait=await asyncio.to_thread(desk.store.wait_until, migration.installation),
        missing=tuple(sorted(desk.missing())),
        archived=info.archived,
        said=said,
        commands_on=desk.shop.settings.run_commands != "off",
        files=counted.files if counted else frozenset(),
        skipped=planned.skipped,
        counted_before=before,
        told_new=(before, desk.head) in desk.shop.told_new or _tells_new(desk, comments),
        closed_by_us=_closed_by_us(desk, events),
        loose=await loose_branches(desk),
    )
    if nothing_left(facts):
        head_checks = await checks_on(desk, desk.head)
        facts = replace(facts, head_checks=head_checks)
        if isinstance(planned.plan, Plan) and facts.commands_on:
            facts = replace(facts, head_checks=with_commands(head_checks, planned.plan))
        if isinstance(planned.plan, Plan):
            found = await in_the_way(desk, planned.plan, planned.digest, facts.parts)
            facts = replace(facts, in_the_way=found)
    seen = await asyncio.to_thread(_seen, desk.store, migration, facts, status_comment)
    seen = _compared(seen, planned, facts, status_comment)
    return Sight(facts, replace(seen, proofs=await _proofs(desk, phases)), status_comment, planned, late)


async def _skipped(desk: Desk, comments: Sequence[Comment]) -> tuple[str, ...]:
    """Read from the comments each time: who deletes the comment takes it back."""
    found: list[str] = []
    for intent in _commands(desk, comments, desk.migration.issue, None):
        if intent.verb == "skip" and (await desk.person(intent.by)).may_write:
            found += intent.paths
    return tuple(dict.fromkeys(found))


def _counted_before(store: Store, migration: Migration, head: str) -> str:
    counts = [one for one in store.burndown(migration) if one.sha != head]
    return counts[-1].sha if counts else ""


def _tells_new(desk: Desk, comments: Sequence[Comment]) -> bool:
    marker = f"<!-- drover:came-in {desk.head} -->"
    return any(marker in comment.body for comment in comments if desk.is_ours(comment))


def _closed_by_us(desk: Desk, events: Sequence[IssueEvent]) -> float | None:
    ends = [event for event in events if event.event in ("closed", "reopened")]
    if not ends or ends[-1].event != "closed" or ends[-1].actor.login != desk.login:
        return None
    return ends[-1].created_at.timestamp()


async def _gestures(desk: Desk, events: Sequence[IssueEvent]) -> dict[str, Gesture]:
    """The last thing that happened to each of our labels, and by whom."""
    last: dict[str, IssueEvent] = {}
    for event in events:
        if event.event in ("labeled", "unlabeled") and event.label and event.label.startswith(ADOPT):
            last[event.label] = event
    return {
        label: Gesture(
            label,
            event.event == "labeled",
            await desk.person(event.actor.login),
            event.created_at.timestamp(),
            event.id,
        )
        for label, event in last.items()
    }


async def _missing_labels(desk: Desk, plan: Plan | PlanProblem | None) -> frozenset[str]:
    numbers = [phase.number for phase in plan.phases] if isinstance(plan, Plan) else []
    wanted = {ADOPT, AUDIT, PAUSED, *(label_of(number) for number in numbers)}
    return frozenset(wanted - {label.name for label in await desk.repo.labels.all()})


# The phases


@dataclass(frozen=True)
class Found:
    """What all phases are looked up in."""

    issue: int
    planned: Planned
    counted: Counted
    branches: Mapping[str, str]
    gestures: Mapping[str, Gesture]
    said: Sequence[Said]
    told: str
    """What our own pull requests say, one after the other."""


async def _phases(
    desk: Desk,
    issue: int,
    planned: Planned,
    counted: Counted | None,
    gestures: Mapping[str, Gesture],
    said: Sequence[Said],
) -> tuple[tuple[PhaseFacts, ...], tuple[PhaseFacts, ...]]:
    """And what is left of phases that the plan has no more."""
    if not isinstance(planned.plan, Plan) or counted is None:
        return (), ()
    branches = {
        ref.ref.removeprefix("refs/heads/"): ref.sha
        for ref in await desk.repo.refs.under(f"heads/drover/{issue}/")
    }
    told = "\n".join(pull.body for pull in await desk.own_pulls())
    found = Found(issue, planned, counted, branches, gestures, said, told)
    numbers = {phase.number for phase in planned.plan.phases}
    gone = [(number, key) for number, key in phases_of(issue, branches) if number not in numbers]
    phases = [await _phase(desk, found, phase) for phase in planned.plan.phases]
    return tuple(phases), tuple([await _orphan(desk, found, *one) for one in gone])


async def _orphan(desk: Desk, found: Found, number: int, key: str) -> PhaseFacts:
    branch = phase_branch(found.issue, number, key)
    newest = await _newest(desk, branch)
    return PhaseFacts(
        Phase(number, f"phase {number}"),
        Count(),
        found.branches[branch],
        await _pull(desk, newest) if newest else None,
        slice=Slice(key, key),
        stray=f"the plan has no phase {number} any more",
    )


async def _phase(desk: Desk, found: Found, phase: Phase) -> PhaseFacts:
    """As one, or in slices: those that have something left, and those that had a branch or a pull request."""
    left = found.counted.phases[phase.number]
    counts = found.counted.slices[phase.number] if phase.split else {WHOLE: left}
    had = had_slices(phase.number, found.issue, found.branches, found.told)
    whole = PhaseFacts(phase, left)
    if not (set(counts) | had) - {WHOLE}:
        return await _part(desk, found, whole)
    parts = [
        await _part(desk, found, replace(whole, slice=one, left=counts.get(one, Count()), stray=stray))
        for one, stray in each_slice(phase, counts, had)
    ]
    there = [part for part in parts if part.slice != WHOLE or part.pull or part.branch or not part.stray]
    return replace(whole, slices=tuple(there))


async def _part(desk: Desk, found: Found, facts: PhaseFacts) -> PhaseFacts:
    phase, one = facts.phase, facts.slice
    branch = phase_branch(found.issue, phase.number, one.key)
    newest = await _newest(desk, branch)
    facts = replace(facts, branch=found.branches.get(branch))
    gesture = found.gestures.get(label_of(phase.number))
    trouble = await asyncio.to_thread(
        desk.trouble, found.issue, phase.number, one.key, found.planned.digest, gesture
    )
    if trouble is not None:
        facts = replace(facts, trouble=trouble.text)
    if newest is None:
        return facts
    pull = await _pull(desk, newest)
    facts = replace(facts, pull=pull, batches=await _batches(desk, newest))
    if pull.state == "open":
        facts = replace(facts, reopened=await _reopened(desk, pull, gesture))
        return await _open_phase(desk, found.planned, facts, newest, found.said)
    if pull.state == "merged":
        return await _merged_phase(desk, found, facts)
    return facts


async def _reopened(desk: Desk, pull: Pull, gesture: Gesture | None) -> float:
    if gesture is None or gesture.on:
        return 0.0
    events = [one for one in await desk.repo.issues.events(pull.number) if one.event == "reopened"]
    if not events or not (await desk.person(events[-1].actor.login)).may_write:
        return 0.0
    return events[-1].created_at.timestamp()


async def _newest(desk: Desk, branch: str) -> PullRequest | None:
    pulls = await desk.repo.pulls.find(head=branch, state="all")
    ours = [pull for pull in pulls if not pull.from_fork]
    return max(ours, key=lambda pull: pull.number, default=None)


async def _pull(desk: Desk, listed: PullRequest) -> Pull:
    """The list says neither who merged it nor whether it can be."""
    pull = await desk.repo.pulls.get(listed.number)
    ended = pull.merged_at or (pull.updated_at if pull.state == "closed" else None)
    return Pull(
        number=pull.number,
        url=pull.html_url,
        head=pull.head_sha,
        state="merged" if pull.merged else pull.state,
        draft=pull.draft,
        mergeable=pull.mergeable,
        merge_sha=pull.merge_commit_sha if pull.merged else None,
        merged_by=pull.merged_by.login if pull.merged_by else None,
        ended=ended.timestamp() if ended else None,
        auto_merge=pull.auto_merge,
        base=pull.base_ref,
    )


async def _batches(desk: Desk, pull: PullRequest) -> tuple[BatchMade, ...]:
    found = []
    for commit in await desk.repo.pulls.commits(pull.number):
        match = re.search(r"^Drover-Batch: (\d+) (\S+)$", commit.message, re.MULTILINE)
        if match:
            title = commit.message.partition("\n")[0]
            found.append(BatchMade(int(match[1]), title, commit.sha, 0))
    return tuple(found)


async def _open_phase(
    desk: Desk, planned: Planned, facts: PhaseFacts, pull: PullRequest, said: Sequence[Said]
) -> PhaseFacts:
    made = await desk.made_from(pull.head_sha)
    checks = await checks_on(desk, pull.head_sha, said)
    base_checks = await checks_on(desk, made.base) if made and has_red(checks) else None
    outdated = await desk.outdated(planned, facts, made)
    ours = await asyncio.to_thread(desk.store.is_our_head, desk.info.id, pull.head_sha)
    facts = replace(facts, checks=checks, base_checks=base_checks, outdated=outdated, ours=ours)
    return _tried(_with_commands(desk, planned, facts), made)


def _with_commands(desk: Desk, planned: Planned, facts: PhaseFacts) -> PhaseFacts:
    """Where the operator lets them run, the plan's commands are awaited before anybody has begun with them."""
    plan = planned.plan
    if desk.shop.settings.run_commands == "off" or not isinstance(plan, Plan):
        return facts
    checks = with_commands(facts.checks, plan) if facts.checks else None
    after = with_commands(facts.after, plan) if facts.after else None
    said = after or checks
    base = base_with_commands(said, facts.base_checks, plan) if said else None
    return replace(facts, checks=checks, after=after, base_checks=base)


async def _merged_phase(desk: Desk, found: Found, facts: PhaseFacts) -> PhaseFacts:
    pull = facts.pull
    if pull is None or pull.merge_sha is None:
        return facts
    facts = replace(facts, undoing=await _undoing(desk, found, facts))
    facts = replace(facts, standing=await standing_of(desk, facts))
    landed, at = landed_at(facts) or (pull.merge_sha, pull.ended)
    after = await checks_on(desk, landed, found.said, asked=at)
    made = await desk.made_from(pull.head)
    base = made.base if made else None
    earlier = await checks_before(desk, landed, base, pull.head) if has_red(after) else None
    return _tried(_with_commands(desk, found.planned, replace(facts, after=after, base_checks=earlier)), made)


def _tried(facts: PhaseFacts, made: Origin | None) -> PhaseFacts:
    message = made.message if made else ""
    return replace(facts, trial=read_trial(message), left_out=read_left_out(message))


async def _undoing(desk: Desk, found: Found, facts: PhaseFacts) -> tuple[Undoing, ...]:
    """The pull requests that take back all of the phase, its slice, one of its batches, or everything."""
    number, key = facts.phase.number, facts.slice.key
    told: list[tuple[int | None, int | None, str]] = [(None, None, ""), (number, None, "")]
    told += [(number, None, key)] if key else []
    told += [(number, batch.number, key) for batch in facts.batches]
    undoing = []
    for phase, batch, of in told:
        whole = phase is not None and batch is None and not of
        if whole or reverts.marker(found.issue, phase, batch, of) in found.told:
            branch = revert_branch(found.issue, phase, batch, of)
            listed = await _newest(desk, branch)
            if listed is not None:
                of_slice = facts.slice if of else WHOLE
                pull, head = await _pull(desk, listed), found.branches.get(branch)
                one = Undoing(batch, pull, head, phase is None, slice=of_slice)
                undoing.append(await _taken_back_itself(desk, found, one))
    return tuple(undoing)


async def _taken_back_itself(desk: Desk, found: Found, one: Undoing) -> Undoing:
    if reverts.back_marker(found.issue, one.pull.number) not in found.told:
        return one
    branch = back_branch(found.issue, one.pull.number)
    listed = await _newest(desk, branch)
    back = await _pull(desk, listed) if listed else None
    return replace(one, back=back, back_branch=found.branches.get(branch))


async def _proofs(desk: Desk, phases: Iterable[PhaseFacts]) -> tuple[ProofSaid, ...]:
    """What our own check says on the head of each phase."""
    found = []
    for pull in (part.pull for phase in phases for part in phase.parts):
        if pull is not None:
            proof = await desk.proof_of(pull.head)
            if proof is not None:
                found.append(ProofSaid(pull.number, proof.title, proof.summary, proof.html_url))
    return tuple(found)


# What people asked


async def _asked(
    desk: Desk,
    migration: Migration,
    issue: Issue,
    comments: Sequence[Comment],
    phases: Sequence[PhaseFacts],
    status_comment: Comment | None,
) -> tuple[tuple[Asked, ...], tuple[str, ...]]:
    """Commands in comments, and the boxes and buttons that the store holds, oldest first."""
    intents = list(_commands(desk, comments, issue.number, None))
    answered = set(_answered(desk, comments))
    for number, here in _threads(phases).items():
        on_pull = await desk.repo.comments.of(number)
        intents += _commands(desk, on_pull, number, here)
        answered |= _answered(desk, on_pull)
    stored = await asyncio.to_thread(desk.store.open_intents, migration)
    kept, heard = [Intent.from_json(one.intent) for one in stored], {one.id for one in intents}
    intents += [one for one in kept if one.source != "comment"]
    intents += await elsewhere(desk, [one for one in kept if one.source == "comment" and one.id not in heard])
    waiting = [one for one in intents if one.id not in answered]
    people = {one.by: await desk.person(one.by) for one in waiting}
    asked = sorted(
        (Asked(one, people[one.by]) for one in waiting), key=lambda one: (one.intent.at, one.intent.id)
    )
    return tuple(asked), await _late_ticks(desk, migration, status_comment)


def _threads(phases: Sequence[PhaseFacts]) -> dict[int, int | None]:
    """Each pull request of ours, and the phase that a command on it means where it names none."""
    threads: dict[int, int | None] = {}
    for part in (part for phase in phases for part in phase.parts):
        if part.pull is not None:
            threads[part.pull.number] = part.phase.number
        for undoing in part.undoing:
            threads[undoing.pull.number] = None if undoing.everything else part.phase.number
    return threads


def _commands(desk: Desk, comments: Iterable[Comment], where: int, here: int | None) -> Iterable[Intent]:
    for comment in comments:
        if comment.author.is_bot or desk.is_ours(comment):
            continue
        at = comment.created_at.timestamp()
        edited = comment.updated_at > comment.created_at
        for intent in from_text(comment.body, comment.id, where, comment.author.login, at, here):
            yield replace(intent, verb="unknown", problem="edited") if edited else intent


def _answered(desk: Desk, comments: Iterable[Comment]) -> frozenset[str]:
    ours = (comment for comment in comments if desk.is_ours(comment))
    return frozenset(match["id"] for comment in ours for match in _ANSWER.finditer(comment.body))


async def _late_ticks(desk: Desk, migration: Migration, comment: Comment | None) -> tuple[str, ...]:
    """Ticks that we see and nobody has told us of yet."""
    if comment is None:
        return ()
    known = await asyncio.to_thread(
        desk.store.box_intents, migration, comment.id, comment.updated_at.timestamp() - 5
    )
    return tuple(sorted(ticked(comment.body) - known))


# The burndown


def _seen(store: Store, migration: Migration, facts: Facts, comment: Comment | None) -> Seen:
    """The store's, and after a lost database what the status comment still holds."""
    kept = unhidden(comment.body) if comment else {}
    if facts.phases:
        now = sum(phase.left.all for phase in facts.phases)
        store.record_count(migration, facts.head, now, facts.now)
    points = _points(kept, store.burndown(migration))
    whole = max([int(kept.get("whole") or 0), *(point.remaining for point in points)], default=0)
    return Seen(tuple(points), whole)


def _compared(seen: Seen, planned: Planned, facts: Facts, comment: Comment | None) -> Seen:
    """The plan beside the one that the status comment was last written from."""
    kept = unhidden(comment.body) if comment else {}
    before, was = PlanShape.from_json(kept.get("plan")), PlanShape.from_json(kept.get("was"))
    at = kept.get("changed")
    told = Changed(was, float(at)) if was is not None and isinstance(at, int) else None
    if not isinstance(planned.plan, Plan):
        return replace(seen, plan=before, changed=told)
    alone = replace(planned, skipped=())
    now = shape(planned.plan, {phase.number: alone.digest_of(phase) for phase in planned.plan.phases})
    return replace(seen, plan=now, changed=changed(now, before, told, facts.now))


def _points(kept: Mapping[str, object], stored: Sequence[StoredCount]) -> list[Point]:
    told = kept.get("burndown")
    found = {}
    if isinstance(told, list):
        pairs = [pair for pair in told if isinstance(pair, list) and len(pair) == 2]
        found = {float(at): int(left) for at, left in pairs if isinstance(at, int) and isinstance(left, int)}
    first_stored = min((one.at for one in stored), default=float("inf"))
    merged = {at: left for at, left in found.items() if at < first_stored - 1}
    merged |= {one.at: one.remaining for one in stored}
    counts = [StoredCount("", at, left) for at, left in sorted(merged.items())]
    return [Point(one.at, one.remaining) for one in thinned(counts, 40)]
