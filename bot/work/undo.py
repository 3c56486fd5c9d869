"""Taking back: the exact inverse of what was merged, three-way against today's default branch.

It does not matter how it was merged: what is inverted is the step from the tree before the merge to the tree after
it. Later work stays. A file that can't be taken back without losing later work is left as it is, and named.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from bot.decide.actions import Undo
from bot.decide.facts import Facts, PhaseFacts
from bot.decide.names import revert_branch
from bot.github import GitCommit
from bot.mirror import Blob, GitFailed, Mirror, NewCommit
from bot.report import reverts
from bot.work.desk import Desk
from bot.work.making import author
from bot.work.opening import NotOpened, open_pull


@dataclass(frozen=True)
class Step:
    """What one merge did: from a tree to a tree."""

    phase: int
    title: str
    before: str
    after: str


@dataclass(frozen=True)
class Conflict:
    path: str
    people: tuple[str, ...]
    """Who has worked in it since."""


@dataclass(frozen=True)
class Undone:
    number: int | None
    about: str = ""
    """What could not be taken back, in words."""


async def undo(desk: Desk, facts: Facts, action: Undo) -> Undone:
    """1. what was merged, newest first  2. its inverse  3. the branch  4. the pull request"""
    steps = [step async for step in _steps(desk, facts, action)]
    branch = revert_branch(facts.issue, action.phase, action.batch)
    origin = f"{desk.info.full_name}#{facts.issue}"
    made = await desk.with_mirror(lambda mirror: invert(mirror, desk.head, steps, origin))
    if made.head is None:
        return Undone(None, "Nothing of it is left on the default branch that could be taken back.")
    what = reverts.What(action.phase, action.batch, tuple(step.title for step in steps))
    title = reverts.title(what, facts.title)
    body = reverts.body(what, made.conflicts, facts.issue, action.evidence)
    pull = await open_pull(desk, branch, made.head, made.row, title, body, draft=bool(made.conflicts))
    if isinstance(pull, NotOpened):
        return Undone(None, pull.why)
    return Undone(pull.number, reverts.left(made.conflicts))


async def _steps(desk: Desk, facts: Facts, action: Undo) -> AsyncIterator[Step]:
    """The merges to take back, the newest first."""
    merged = [
        one
        for one in facts.phases
        if one.pull is not None and one.pull.state == "merged" and action.phase in (None, one.phase.number)
    ]
    for one in sorted(merged, key=_landed, reverse=True):
        if action.batch is None:
            yield await _merge_step(desk, one)
        else:
            yield await _batch_step(desk, one, action.batch)


def _landed(one: PhaseFacts) -> tuple[float, int]:
    """In the order in which they were merged; within one second, in the order of the plan."""
    return (one.pull.ended or 0.0 if one.pull else 0.0), one.phase.number


async def _merge_step(desk: Desk, one: PhaseFacts) -> Step:
    pull = one.pull
    if pull is None or pull.merge_sha is None:
        raise ValueError(f"phase {one.phase.number} is not merged")
    own = await desk.repo.pulls.commits(pull.number)
    merge = await _commit(desk, pull.merge_sha)
    before = merge.parents[0]
    if len(merge.parents) == 1 and _same(merge, own[-1]) and len(own) > 1:
        before = await _before_rebased(desk, merge, own)
    return Step(one.phase.number, f"phase {one.phase.number}, {one.phase.name}", before, merge.sha)


async def _before_rebased(desk: Desk, last: GitCommit, own: Sequence[GitCommit]) -> str:
    """Rebase and merge made a commit of each of the branch's: back over those that are the same."""
    at = last
    for commit in reversed(own):
        if not _same(at, commit):
            break
        previous = at.parents[0]
        at = await _commit(desk, previous)
    return at.sha


def _same(landed: GitCommit, own: GitCommit) -> bool:
    return landed.message.strip() == own.message.strip()


async def _commit(desk: Desk, sha: str) -> GitCommit:
    commit = await desk.repo.commits.get(sha)
    if commit is None:
        raise ValueError(f"{sha} is gone")
    return commit


async def _batch_step(desk: Desk, one: PhaseFacts, number: int) -> Step:
    batch = next((batch for batch in one.batches if batch.number == number), None)
    if batch is None:
        raise ValueError(f"phase {one.phase.number} has no batch {number}")
    commit = await _commit(desk, batch.sha)
    title = f"phase {one.phase.number}, batch {number}: {batch.title}"
    return Step(one.phase.number, title, commit.parents[0], commit.sha)


@dataclass(frozen=True)
class Inverse:
    head: str | None
    row: tuple[tuple[str, str], ...]
    """Message and tree of each commit."""
    conflicts: tuple[Conflict, ...]


def invert(mirror: Mirror, onto: str, steps: Sequence[Step], origin: str) -> Inverse:
    """Each step's inverse on top of the one before it; later work in the same files is kept."""
    head, row, conflicts = onto, [], []
    for step in steps:
        mirror.remote.ensure(step.before, step.after)
        merged = mirror.merge_tree(step.after, head, step.before)
        changes = {change.path: change for change in mirror.diff(head, merged.tree)}
        conflicts += [Conflict(path, _people(mirror, step.after, onto, path)) for path in merged.conflicts]
        taken = {
            path: None if change.status == "D" else Blob(change.new_blob)
            for path, change in changes.items()
            if path not in merged.conflicts
        }
        if not taken:
            continue
        modes = {path: changes[path].new_mode for path, blob in taken.items() if blob is not None}
        message = reverts.message(step.title, {"Drover-Migration": origin, "Drover-Reverts": step.after})
        new = NewCommit(message=message, changes=taken, author=author(mirror, onto), modes=modes)
        head = mirror.commits(head, [new])[-1]
        row.append((message, mirror.commit(head).tree))
    return Inverse(head if row else None, tuple(row), tuple(conflicts))


def _people(mirror: Mirror, since: str, until: str, path: str) -> tuple[str, ...]:
    """As far as the mirror's history goes: it is shallow."""
    try:
        return tuple(dict.fromkeys(_authors(mirror, since, until, path)))
    except GitFailed:
        return ()


def _authors(mirror: Mirror, since: str, until: str, path: str) -> Iterator[str]:
    for commit in mirror.log(f"{since}..{until}", [path], limit=20):
        yield commit.author.name
