"""A phase's branch and its one pull request, made or brought up to date. Safe to repeat after a kill at any step.

The objects go to GitHub by git, to a private ref; the commits over them are made through the API, so that GitHub
signs them; then the branch is moved. What was there before from the same base and plan is used again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from bot.decide.facts import PhaseFacts
from bot.decide.phase_result import PhaseResult
from bot.git.mirror import Mirror
from bot.git.remote import Rejected
from bot.github import Action, Annotation, Forbidden, GitCommit, Invalid, NotFound, Output, PullRequest
from bot.markers.hidden import Notice
from bot.markers.trailers import migration_name, same_but_for_trial
from bot.migration.comments import say_once
from bot.migration.context import PROOF, TOUCHED, BranchOrigin, TurnContext
from bot.migration.owners import owners_for
from bot.migration.plan_source import LoadedPlan
from bot.plan.branch_names import phase_branch
from bot.plan.plan import Phase, Plan
from bot.publish.phase_commits import BuiltPhase, PhaseRequest, build_phase, with_commits
from bot.publish.replay import DoesNotApply, Step, looks_different, on_top, replay
from bot.publish.trial import Attempt, attempt, committed
from bot.report import answers as messages
from bot.report import proof_check as check_runs
from bot.report.checks import nothing_is_green
from bot.report.pull_request import phase_body, phase_title

log = logging.getLogger("drover.publish")
LONGEST_ROW = 1000
"""Commits of ours on a branch: more are made anew."""


@dataclass(frozen=True)
class Published:
    number: int
    head: str
    changed: bool


@dataclass(frozen=True)
class Trouble:
    """An expected end: nothing was published, and why."""

    text: str
    passing: bool = False
    """Somebody was quicker: another look sees what they did."""
    hopeless: bool = False
    """Every file has been tried, and there is nothing to publish."""


@dataclass(frozen=True)
class Line:
    """Local commits, and what their messages and trees are."""

    messages: tuple[str, ...]
    trees: tuple[str, ...]
    head: str
    base: str
    """What the first of them stands on."""


@dataclass(frozen=True)
class Branch:
    """The phase's branch as it stands."""

    name: str
    head: str | None
    origin: BranchOrigin | None

    @property
    def ref(self) -> str:
        return f"refs/heads/{self.name}"

    @property
    def private(self) -> str:
        """Where the objects lie until the branch holds them."""
        return f"refs/{self.name}"


async def publish(
    context: TurnContext,
    planned: LoadedPlan,
    plan: Plan,
    facts: PhaseFacts,
    *,
    discard: bool,
    regenerate: bool,
) -> Published | Trouble:
    """1. make it  2. see what is there  3. bring people's commits along  4. the branch  5. pull request, proof"""
    issue, phase = context.migration.issue, facts.phase
    branch = Branch(
        phase_branch(issue, phase.number, facts.slice.key),
        facts.branch,
        await context.branch_origin(facts.branch) if facts.branch else None,
    )
    if branch.head and branch.origin is None and not discard:
        return Trouble(messages.trouble_foreign(branch.name, phase.number))
    origin = migration_name(context.info.full_name, issue)
    digest = digest_for(planned, phase, branch.origin)
    trial = attempt(plan, facts, branch.origin, digest, context.head, discard)
    built, line = await context.with_mirror(
        lambda mirror: _made(mirror, context, digest, plan, facts, origin, trial, planned.skipped_patterns)
    )
    if not built.commits and trial and (guilty := trial.guilty(built.cut)):
        return Trouble(nothing_is_green(guilty), hopeless=True)
    if not built.commits:
        return Trouble(messages.trouble_nothing(len(built.made.unchanged_files) + len(built.made.manual)))
    if trial is None and not regenerate and await _is_the_same(context, planned, facts, branch, line):
        return Published(facts.pull.number if facts.pull else 0, branch.head or line.head, False)
    people = branch.origin.other_commits if branch.origin and not discard else ()
    kept = await _kept(context, branch, line) if not discard else []
    there = _whole(kept, line)
    if there is None:
        pushed = await _branch(context, branch, line, people, [commit.sha for commit in kept])
        if isinstance(pushed, Trouble):
            return pushed
        commits, verified, head = pushed
    else:
        await context.repo.refs.delete(branch.private)
        (commits, verified), head = there, branch.head or there[0][-1]
    made = replace(with_commits(built.made, commits), verified=verified)
    draft = trial is not None and not trial.course(built.cut).trial.complete
    pull = await _pull_request(context, made, branch.name, draft)
    await report_proof(context, made, head)
    if there is None and branch.origin is not None and (trial is None or trial.known is None):
        await _tell_reviewers(context, pull, branch.origin, (line.base, commits[-1]))
    return Published(pull.number, head, there is None)


def digest_for(planned: LoadedPlan, phase: Phase, origin: BranchOrigin | None) -> str:
    """The one that the branch carries where it is of the same plan: its commits stay what they are."""
    digests = planned.digests_of(phase)
    return origin.plan_digest if origin is not None and origin.plan_digest in digests else digests[0]


def _made(
    mirror: Mirror,
    context: TurnContext,
    digest: str,
    plan: Plan,
    facts: PhaseFacts,
    origin: str,
    trial: Attempt | None,
    skipped: Sequence[str],
) -> tuple[BuiltPhase, Line]:
    base = trial.base if trial else context.head
    mirror.remote.ensure(base)
    request = PhaseRequest(
        plan,
        facts.phase,
        base,
        origin,
        digest,
        slice=facts.slice,
        owners=owners_for(mirror, base, plan, facts.phase),
        skipped=tuple(skipped),
        hold=trial.held if trial else None,
    )
    built = build_phase(mirror, request, index=context.shared.index)
    row = list(built.commits)
    if trial:
        numbers = [batch.number for batch in built.made.batches]
        plain = [mirror.commit(sha).message for sha in row]
        row = committed(mirror, base, row, trial.messages(built.cut, numbers, plain))
    commits = [mirror.commit(sha) for sha in row]
    messages, trees = tuple(one.message for one in commits), tuple(one.tree for one in commits)
    return built, Line(messages, trees, row[-1] if row else base, base)


async def _is_the_same(
    context: TurnContext, planned: LoadedPlan, facts: PhaseFacts, branch: Branch, line: Line
) -> bool:
    """Whether a reviewer would see in it what they see now, file by file, from what to what."""
    made = branch.origin
    if made is None or facts.outdated_reason != TOUCHED:
        return False

    def same(mirror: Mirror) -> bool:
        mirror.remote.ensure(made.base, made.last_own_commit)
        return mirror.diff(made.base, made.last_own_commit) == mirror.diff(line.base, line.head)

    if not await context.with_mirror(same):
        return False
    context.note_unchanged(planned, facts, made)
    return True


async def _kept(context: TurnContext, branch: Branch, line: Line) -> list[GitCommit]:
    """The branch's own commits, from its start, that are already what they would become."""
    row: list[GitCommit] = []
    sha = branch.origin.last_own_commit if branch.origin and branch.origin.base == line.base else line.base
    while sha != line.base:
        commit = await context.repo.commits.get(sha)
        if commit is None or not commit.parents or len(row) > LONGEST_ROW:
            return []
        row.append(commit)
        sha = commit.parents[0]
    same = zip(row[::-1], line.messages, line.trees, strict=False)
    return [commit for commit, _, _ in takewhile(_alike, same)]


def _alike(pair: tuple[GitCommit, str, str]) -> bool:
    """What was known of a trial when a batch was pushed makes it no other batch."""
    commit, message, tree = pair
    return commit.tree == tree and same_but_for_trial(commit.message, message)


def _whole(kept: Sequence[GitCommit], line: Line) -> tuple[list[str], bool] | None:
    if len(kept) < len(line.trees) or kept[-1].message.strip() != line.messages[-1].strip():
        return None
    return [commit.sha for commit in kept], all(commit.verified for commit in kept)


async def _branch(
    context: TurnContext, branch: Branch, line: Line, people: Sequence[str], kept: Sequence[str]
) -> tuple[list[str], bool, str] | Trouble:
    """The batches' commits, whether they are signed, and the branch's new head."""
    steps = await context.with_mirror(lambda mirror: replay(mirror, line.head, people))
    if isinstance(steps, DoesNotApply):
        return Trouble(messages.trouble_people(steps))
    pushed = await context.with_mirror(lambda mirror: mirror.remote.push([f"+{line.head}:{branch.private}"]))
    if isinstance(pushed, Rejected):
        return await _refused(context, pushed)
    context.repo.pushed(line.head, *line.trees)
    signed = await _signed(context, line, kept[: len(line.trees) - 1])
    unsigned = await context.with_mirror(lambda mirror: _row(mirror, line.head, len(line.trees)))
    commits = unsigned if signed is None else signed
    moved = await _move(context, branch, commits[-1], steps, signed is not None)
    await context.repo.refs.delete(branch.private)
    return moved if isinstance(moved, Trouble) else (commits, signed is not None, moved)


async def _signed(context: TurnContext, line: Line, kept: Sequence[str]) -> list[str] | None:
    """On top of those that are there. None where GitHub does not let us make commits over the API."""
    commits = list(kept)
    parent = commits[-1] if commits else line.base
    rest = slice(len(commits), None)
    try:
        for message, tree in zip(line.messages[rest], line.trees[rest], strict=True):
            parent = (await context.repo.commits.create(message, tree, [parent])).sha
            commits.append(parent)
    except (Forbidden, Invalid, NotFound) as refused:
        log.warning("%s: commits over the API are refused (%s)", context.info.full_name, refused.message)
        return None
    return commits


async def _move(
    context: TurnContext, branch: Branch, ours: str, steps: Sequence[Step], signed: bool
) -> str | Trouble:
    """A new branch over the API; one that is there by git, and only from where it was seen to be."""
    if branch.head is None and signed:
        await asyncio.to_thread(context.store.pushed_heads.record, context.info.id, branch.ref, ours)
        try:
            made = await context.repo.refs.create(branch.ref, ours)
        except (Forbidden, Invalid) as refused:
            return Trouble(messages.trouble_push(refused.message))
        return ours if made.sha == ours else Trouble(messages.trouble_moved(branch.name), passing=True)
    if signed:
        await context.repo.refs.update(branch.private, ours, force=True)
    head = await context.with_mirror(lambda mirror: _final(mirror, branch, ours, steps, signed))
    await asyncio.to_thread(context.store.pushed_heads.record, context.info.id, branch.ref, head)
    lease = {branch.ref: branch.head}
    pushed = await context.with_mirror(
        lambda mirror: mirror.remote.push([f"+{head}:{branch.ref}"], force_with_lease=lease)
    )
    if isinstance(pushed, Rejected):
        if pushed.kind == "stale":
            return Trouble(messages.trouble_moved(branch.name), passing=True)
        return Trouble(messages.trouble_push(pushed.reason))
    context.repo.pushed(head, branch.ref)
    return head


async def _refused(context: TurnContext, pushed: Rejected) -> Trouble:
    """Where the default branch stands elsewhere by now, another look makes it from there."""
    now = await context.repo.refs.get(f"refs/heads/{context.info.default_branch}")
    moved = now is None or now.sha != context.head
    return Trouble(messages.trouble_push(pushed.reason), passing=moved)


def _final(mirror: Mirror, branch: Branch, ours: str, steps: Sequence[Step], signed: bool) -> str:
    if signed:
        mirror.remote.fetch([f"+{branch.private}:{branch.private}"], depth=2)
    return on_top(mirror, ours, steps)


def _row(mirror: Mirror, head: str, many: int) -> list[str]:
    row = [head]
    for _ in range(many - 1):
        row.append(mirror.commit(row[-1]).parents[0])
    return row[::-1]


async def _tell_reviewers(
    context: TurnContext, pull: PullRequest, before: BranchOrigin, after: tuple[str, str]
) -> None:
    """Only where somebody has looked at it, and would now see something else."""
    reviews = await context.repo.pulls.reviews(pull.number)
    comments = await context.repo.comments.of(pull.number)
    authors = {review.author.login for review in reviews} | {comment.author.login for comment in comments}
    if not authors - {context.login}:
        return

    def different(mirror: Mirror) -> tuple[str, ...]:
        mirror.remote.ensure(before.base, before.last_own_commit, *after)
        return looks_different(mirror, (before.base, before.last_own_commit), after)

    files = await context.with_mirror(different)
    if files:
        await say_once(context, pull.number, Notice("anew", after[1]), messages.made_anew(files))


async def _pull_request(context: TurnContext, made: PhaseResult, branch: str, draft: bool) -> PullRequest:
    issue = f"#{context.migration.issue}"
    title, body = phase_title(made), phase_body(made, issue=issue, repo_url=context.info.html_url)
    known = await context.repo.pulls.find(head=branch, state="open")
    if not known:
        return await _opened(context, title, branch, body, draft)
    pull = known[0]
    onto = context.info.default_branch
    if (pull.title, pull.body.strip(), pull.base_ref) != (title, body.strip(), onto):
        base = onto if pull.base_ref != onto else None
        pull = await context.repo.pulls.update(pull.number, title=title, body=body, base=base)
    return pull


async def _opened(context: TurnContext, title: str, branch: str, body: str, draft: bool) -> PullRequest:
    """As a draft only where it can be marked ready later, and where the repository's owner has drafts at all."""
    onto = context.info.default_branch
    if draft and "graphql" not in context.missing_features():
        try:
            return await context.repo.pulls.create(title, branch, onto, body, draft=True)
        except Invalid as refused:
            log.info("%s: no draft: %s", context.info.full_name, refused.message)
    return await context.repo.pulls.create(title, branch, onto, body)


async def report_proof(context: TurnContext, made: PhaseResult, head: str) -> None:
    """The check run `drover / proof`, once for a head."""
    if await context.repo.check_runs.of(head, name=PROOF, app_id=context.app_id):
        return
    proof = check_runs.proof(made, context.info.html_url)
    notes = tuple(Annotation(one.path, one.line, one.line, "notice", one.text) for one in proof.notes)
    await context.repo.check_runs.create(
        PROOF,
        head,
        conclusion="success",
        output=Output(proof.title, proof.summary, None, notes),
        actions=[Action(*button) for button in check_runs.BUTTONS],
    )
