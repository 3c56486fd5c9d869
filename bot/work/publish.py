"""A phase's branch and its one pull request, made or brought up to date. Safe to repeat after a kill at any step.

The objects go to GitHub by git, to a private ref; the commits over them are made through the API, so that GitHub
signs them; then the branch is moved. What was there before from the same base and plan is used again.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace

from bot.decide.facts import PhaseFacts
from bot.decide.made import Made
from bot.decide.names import phase_branch
from bot.decide.plan import Plan
from bot.github import Action, Annotation, Forbidden, Invalid, NotFound, Output, PullRequest
from bot.mirror import Mirror, Rejected
from bot.report import check_runs, messages
from bot.report.pull_request import phase_body, phase_title
from bot.work.desk import PROOF, Desk
from bot.work.making import Making, make_phase, with_commits
from bot.work.planning import Planned

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


@dataclass(frozen=True)
class Line:
    """Local commits, and what their messages and trees are."""

    messages: tuple[str, ...]
    trees: tuple[str, ...]
    head: str


async def publish(
    desk: Desk, planned: Planned, plan: Plan, facts: PhaseFacts, *, anew: bool
) -> Published | Trouble:
    """1. make it  2. see what is there  3. push the objects  4. the commits  5. the branch  6. pull request, proof"""
    issue, phase = desk.migration.issue, facts.phase
    origin = f"{desk.info.full_name}#{issue}"
    making, line = await desk.with_mirror(lambda mirror: _made(mirror, desk, planned, plan, facts, origin))
    if not making.commits:
        return Trouble(messages.trouble_nothing(len(making.made.left_out) + len(making.made.left)))
    branch = phase_branch(issue, phase.number)
    there = await _there(desk, facts.branch, planned, line)
    if there is None:
        pushed = await _branch(desk, branch, facts.branch, line)
        if isinstance(pushed, Trouble):
            return pushed
        commits, verified = pushed
    else:
        await desk.repo.refs.delete(private_ref(branch))
        commits, verified = there
    made = replace(with_commits(making.made, commits), verified=verified)
    pull = await _pull_request(desk, made, branch)
    await report_proof(desk, made, commits[-1])
    return Published(pull.number, commits[-1], there is None)


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
        more_trailers={"Drover-Base": desk.head, "Drover-Plan": planned.digest},
    )
    commits = [mirror.commit(sha) for sha in making.commits]
    line = Line(tuple(one.message for one in commits), tuple(one.tree for one in commits), making.head)
    return making, line


async def _there(
    desk: Desk, branch_head: str | None, planned: Planned, line: Line
) -> tuple[list[str], bool] | None:
    """The branch's commits where they are already what they would become."""
    sha, commits, verified = branch_head, [], True
    for message, tree in zip(reversed(line.messages), reversed(line.trees), strict=True):
        commit = await desk.repo.commits.get(sha) if sha else None
        if commit is None or commit.tree != tree or commit.message.strip() != message.strip():
            return None
        commits.append(commit.sha)
        verified = verified and commit.verified
        sha = commit.parents[0] if commit.parents else None
    return (commits[::-1], verified) if sha == desk.head else None


def private_ref(branch: str) -> str:
    """Where the objects lie until a branch holds them."""
    return f"refs/{branch}"


async def _branch(desk: Desk, branch: str, known: str | None, line: Line) -> tuple[list[str], bool] | Trouble:
    private, ref = private_ref(branch), f"refs/heads/{branch}"
    pushed = await desk.with_mirror(lambda mirror: mirror.remote.push([f"+{line.head}:{private}"]))
    if isinstance(pushed, Rejected):
        return Trouble(messages.trouble_push(pushed.reason))
    signed = await _signed(desk, line)
    if signed is not None:
        await asyncio.to_thread(desk.store.record_head, desk.info.id, ref, signed[-1])
        moved = await _move(desk, ref, known, signed[-1])
        result: tuple[list[str], bool] | Trouble = moved or (signed, True)
    else:
        result = await _unsigned(desk, ref, known, line)
    await desk.repo.refs.delete(private)
    return result


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


async def _move(desk: Desk, ref: str, known: str | None, sha: str) -> Trouble | None:
    try:
        if known is None:
            made = await desk.repo.refs.create(ref, sha)
            if made.sha != sha:
                await desk.repo.refs.update(ref, sha, force=True)
        else:
            await desk.repo.refs.update(ref, sha, force=True)
    except (Forbidden, Invalid) as refused:
        return Trouble(messages.trouble_push(refused.message))
    return None


async def _unsigned(desk: Desk, ref: str, known: str | None, line: Line) -> tuple[list[str], bool] | Trouble:
    """Pushed by git as they are; the report says that they are not signed."""
    await asyncio.to_thread(desk.store.record_head, desk.info.id, ref, line.head)
    leases = {ref: known}
    pushed = await desk.with_mirror(
        lambda mirror: mirror.remote.push([f"+{line.head}:{ref}"], force_with_lease=leases)
    )
    if isinstance(pushed, Rejected):
        return Trouble(messages.trouble_push(pushed.reason))
    commits = await desk.with_mirror(lambda mirror: _row(mirror, line.head, len(line.trees)))
    return commits, False


def _row(mirror: Mirror, head: str, many: int) -> list[str]:
    row = [head]
    for _ in range(many - 1):
        row.append(mirror.commit(row[-1]).parents[0])
    return row[::-1]


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
