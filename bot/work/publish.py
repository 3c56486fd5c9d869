"""A phase's branch and its one pull request, made or brought up to date. Safe to repeat after a kill at any step.

The objects go to GitHub by git, to a private ref; the commits over them are made through the API, so that GitHub
signs them; then the branch is moved. What was there before from the same base and plan is used again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.decide.facts import PhaseFacts
from bot.decide.made import Made
from bot.decide.names import phase_branch
from bot.decide.plan import Plan
from bot.github import Action, Annotation, Forbidden, Invalid, NotFound, Output, PullRequest
from bot.mirror import Mirror, Rejected
from bot.report import check_runs, messages
from bot.report.pull_request import phase_body, phase_title
from bot.work.desk import PROOF, Desk, Origin
from bot.work.making import Making, make_phase, with_commits
from bot.work.planning import Planned
from bot.work.replay import DoesNotApply, Step, looks_different, on_top, replay

log = logging.getLogger("drover.publish")


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


@dataclass(frozen=True)
class Line:
    """Local commits, and what their messages and trees are."""

    messages: tuple[str, ...]
    trees: tuple[str, ...]
    head: str


@dataclass(frozen=True)
class Branch:
    """The phase's branch as it stands."""

    name: str
    head: str | None
    origin: Origin | None

    @property
    def ref(self) -> str:
        return f"refs/heads/{self.name}"

    @property
    def private(self) -> str:
        """Where the objects lie until the branch holds them."""
        return f"refs/{self.name}"


async def publish(
    desk: Desk, planned: Planned, plan: Plan, facts: PhaseFacts, *, discard: bool
) -> Published | Trouble:
    """1. make it  2. see what is there  3. bring people's commits along  4. the branch  5. pull request, proof"""
    issue, phase = desk.migration.issue, facts.phase
    branch = Branch(
        phase_branch(issue, phase.number),
        facts.branch,
        await desk.made_from(facts.branch) if facts.branch else None,
    )
    if branch.head and branch.origin is None and not discard:
        return Trouble(messages.trouble_foreign(branch.name, phase.number))
    origin = f"{desk.info.full_name}#{issue}"
    making, line = await desk.with_mirror(lambda mirror: _made(mirror, desk, planned, plan, facts, origin))
    if not making.commits:
        return Trouble(messages.trouble_nothing(len(making.made.left_out) + len(making.made.left)))
    people = branch.origin.people if branch.origin and not discard else ()
    there = await _there(desk, branch, line) if not discard else None
    if there is None:
        pushed = await _branch(desk, branch, line, people)
        if isinstance(pushed, Trouble):
            return pushed
        commits, verified, head = pushed
    else:
        await desk.repo.refs.delete(branch.private)
        (commits, verified), head = there, branch.head or there[0][-1]
    made = replace(with_commits(making.made, commits), verified=verified)
    pull = await _pull_request(desk, made, branch.name)
    await report_proof(desk, made, head)
    if there is None and branch.origin is not None:
        await _tell_reviewers(desk, pull, branch.origin, (desk.head, commits[-1]))
    return Published(pull.number, head, there is None)


def _made(
    mirror: Mirror, desk: Desk, planned: Planned, plan: Plan, facts: PhaseFacts, origin: str
) -> tuple[Making, Line]:
    making = make_phase(
        mirror,
        plan,
        facts.phase,
        desk.head,
        origin=origin,
        index=desk.shop.index,
        more_trailers={"Drover-Base": desk.head, "Drover-Plan": planned.digest_of(facts.phase)},
    )
    commits = [mirror.commit(sha) for sha in making.commits]
    line = Line(tuple(one.message for one in commits), tuple(one.tree for one in commits), making.head)
    return making, line


async def _there(desk: Desk, branch: Branch, line: Line) -> tuple[list[str], bool] | None:
    """The branch's own commits where they are already what they would become."""
    sha, verified = (branch.origin.ours if branch.origin else None), True
    commits: list[str] = []
    for message, tree in zip(reversed(line.messages), reversed(line.trees), strict=True):
        commit = await desk.repo.commits.get(sha) if sha else None
        if commit is None or commit.tree != tree or commit.message.strip() != message.strip():
            return None
        commits.append(commit.sha)
        verified = verified and commit.verified
        sha = commit.parents[0] if commit.parents else None
    return (commits[::-1], verified) if sha == desk.head else None


async def _branch(
    desk: Desk, branch: Branch, line: Line, people: Sequence[str]
) -> tuple[list[str], bool, str] | Trouble:
    """The batches' commits, whether they are signed, and the branch's new head."""
    steps = await desk.with_mirror(lambda mirror: replay(mirror, line.head, people))
    if isinstance(steps, DoesNotApply):
        return Trouble(messages.trouble_people(steps))
    pushed = await desk.with_mirror(lambda mirror: mirror.remote.push([f"+{line.head}:{branch.private}"]))
    if isinstance(pushed, Rejected):
        return Trouble(messages.trouble_push(pushed.reason))
    signed = await _signed(desk, line)
    unsigned = await desk.with_mirror(lambda mirror: _row(mirror, line.head, len(line.trees)))
    commits = unsigned if signed is None else signed
    moved = await _move(desk, branch, commits[-1], steps, signed is not None)
    await desk.repo.refs.delete(branch.private)
    return moved if isinstance(moved, Trouble) else (commits, signed is not None, moved)


async def _signed(desk: Desk, line: Line) -> list[str] | None:
    """None where GitHub does not let us make commits over the API."""
    commits: list[str] = []
    parent = desk.head
    try:
        for message, tree in zip(line.messages, line.trees, strict=True):
            parent = (await desk.repo.commits.create(message, tree, [parent])).sha
            commits.append(parent)
    except (Forbidden, Invalid, NotFound) as refused:
        log.warning("%s: commits over the API are refused (%s)", desk.info.full_name, refused.message)
        return None
    return commits


async def _move(desk: Desk, branch: Branch, ours: str, steps: Sequence[Step], signed: bool) -> str | Trouble:
    """A new branch over the API; one that is there by git, and only from where it was seen to be."""
    if branch.head is None and signed:
        await asyncio.to_thread(desk.store.record_head, desk.info.id, branch.ref, ours)
        try:
            made = await desk.repo.refs.create(branch.ref, ours)
        except (Forbidden, Invalid) as refused:
            return Trouble(messages.trouble_push(refused.message))
        return ours if made.sha == ours else Trouble(messages.trouble_moved(branch.name), passing=True)
    if signed:
        await desk.repo.refs.update(branch.private, ours, force=True)
    head = await desk.with_mirror(lambda mirror: _final(mirror, branch, ours, steps, signed))
    await asyncio.to_thread(desk.store.record_head, desk.info.id, branch.ref, head)
    lease = {branch.ref: branch.head}
    pushed = await desk.with_mirror(
        lambda mirror: mirror.remote.push([f"+{head}:{branch.ref}"], force_with_lease=lease)
    )
    if isinstance(pushed, Rejected):
        if pushed.kind == "stale":
            return Trouble(messages.trouble_moved(branch.name), passing=True)
        return Trouble(messages.trouble_push(pushed.reason))
    return head


def _final(mirror: Mirror, branch: Branch, ours: str, steps: Sequence[Step], signed: bool) -> str:
    if signed:
        mirror.remote.fetch([f"+{branch.private}:{branch.private}"], depth=2)
    return on_top(mirror, ours, steps)


def _row(mirror: Mirror, head: str, many: int) -> list[str]:
    row = [head]
    for _ in range(many - 1):
        row.append(mirror.commit(row[-1]).parents[0])
    return row[::-1]


async def _tell_reviewers(desk: Desk, pull: PullRequest, before: Origin, after: tuple[str, str]) -> None:
    """Only where somebody has looked at it, and would now see something else."""
    reviews = await desk.repo.pulls.reviews(pull.number)
    comments = await desk.repo.comments.of(pull.number)
    authors = {review.author.login for review in reviews} | {comment.author.login for comment in comments}
    if not authors - {desk.login}:
        return

    def different(mirror: Mirror) -> tuple[str, ...]:
        mirror.remote.ensure(before.base, before.ours, *after)
        return looks_different(mirror, (before.base, before.ours), after)

    files = await desk.with_mirror(different)
    marker = f"<!-- drover:anew {after[1]} -->"
    if files and not any(marker in one.body for one in comments if desk.is_ours(one)):
        await desk.repo.comments.create(pull.number, f"{marker}\n{messages.made_anew(files)}")


async def _pull_request(desk: Desk, made: Made, branch: str) -> PullRequest:
    issue = f"#{desk.migration.issue}"
    title, body = phase_title(made), phase_body(made, issue=issue, repo_url=desk.info.html_url)
    known = await desk.repo.pulls.find(head=branch, state="open")
    if not known:
        return await desk.repo.pulls.create(title, branch, desk.info.default_branch, body)
    pull = known[0]
    if (pull.title, pull.body.strip()) != (title, body.strip()):
        pull = await desk.repo.pulls.update(pull.number, title=title, body=body)
    return pull


async def report_proof(desk: Desk, made: Made, head: str) -> None:
    """The check run `drover / proof`, once for a head."""
    if await desk.repo.check_runs.of(head, name=PROOF, app_id=desk.app_id):
        return
    proof = check_runs.proof(made)
    notes = tuple(Annotation(one.path, one.line, one.line, "notice", one.text) for one in proof.notes)
    await desk.repo.check_runs.create(
        PROOF,
        head,
        conclusion="success",
        output=Output(proof.title, proof.summary, None, notes),
        actions=[Action(*button) for button in check_runs.BUTTONS],
    )
