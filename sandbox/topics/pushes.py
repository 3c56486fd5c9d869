"""The effects of ref updates: push events, updated pull requests, new check suites."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.git.objects import ZERO, CommitInfo
from sandbox.git.ref_updates import RefUpdate
from sandbox.model.accounts import Actor
from sandbox.model.json import Json
from sandbox.model.repositories import Issue, PullRequest, Repository
from sandbox.render.commits import push_commit
from sandbox.topics.forge_protocol import ForgeProtocol

MOST_COMMITS_LISTED = 2048
"""The most commits that a push event lists."""


async def process_ref_updates(
    forge: ForgeProtocol, repo: Repository, actor: Actor, moves: Sequence[RefUpdate]
) -> None:
    """Fire events and update pull requests. Only branches and tags have effects."""
    repo.pushed_at = forge.clock.now()
    for move in moves:
        if not move.deleted:
            by_app = actor.installation is not None
            forge.lag.note(move.new, *([move.ref] if move.created else []), by_app=by_app)
        commits = await _new_commits(repo, move)
        if move.branch or move.tag:
            await _fire_push_events(forge, repo, actor, move, commits)
        if move.branch:
            await _update_pulls_and_checks(forge, repo, actor, move, move.branch, commits)


async def _fire_push_events(
    forge: ForgeProtocol, repo: Repository, actor: Actor, move: RefUpdate, commits: list[CommitInfo]
) -> None:
    kind, name = ("branch", move.branch) if move.branch else ("tag", move.tag)
    if move.created:
        fields: Json = {
            "ref": name,
            "ref_type": kind,
            "master_branch": repo.default_branch,
            "description": repo.description,
            "pusher_type": "user",
        }
        forge.emit("create", None, repo, actor, fields)
    forge.emit("push", None, repo, actor, await _push_payload(forge, repo, actor, move, commits))
    if move.deleted:
        fields = {"ref": name, "ref_type": kind, "pusher_type": "user"}
        forge.emit("delete", None, repo, actor, fields)


async def _push_payload(
    forge: ForgeProtocol, repo: Repository, actor: Actor, move: RefUpdate, commits: list[CommitInfo]
) -> Json:
    paths = await repo.git.changed_paths([one.sha for one in commits])
    listed = [push_commit(forge, repo, one, paths.get(one.sha, [])) for one in commits]
    head = None
    if not move.deleted and move.branch:
        tip = await repo.git.commit(move.new)
        known = await repo.git.changed_paths([tip.sha])
        head = push_commit(forge, repo, tip, known.get(tip.sha, []))
    page = f"{forge.url}/{repo.full_name}"
    return {
        "ref": move.ref,
        "before": move.old,
        "after": move.new,
        "created": move.created,
        "deleted": move.deleted,
        "forced": await _forced(repo, move, commits),
        "base_ref": None,
        "compare": f"{page}/compare/{move.old[:12]}...{move.new[:12]}",
        "commits": listed,
        "head_commit": head,
        "pusher": {"name": actor.user.login, "email": actor.user.email},
    }


async def _forced(repo: Repository, move: RefUpdate, commits: list[CommitInfo]) -> bool:
    if move.created or move.deleted or any(move.old in commit.parents for commit in commits):
        return False
    return not await repo.git.is_ancestor(move.old, move.new)


async def _new_commits(repo: Repository, move: RefUpdate) -> list[CommitInfo]:
    """Return the pushed commits, oldest first; of a new branch, those that the default branch lacks."""
    if move.deleted or not move.branch:
        return []
    known = move.old
    if move.created:
        default = await repo.git.ref(f"refs/heads/{repo.default_branch}")
        known = default if default and move.branch != repo.default_branch else ZERO
    exclude = [f"^{known}"] if known != ZERO else []
    shas = await repo.git.revisions("--reverse", f"--max-count={MOST_COMMITS_LISTED}", move.new, *exclude)
    return await repo.git.commits(shas)


async def _update_pulls_and_checks(
    forge: ForgeProtocol,
    repo: Repository,
    actor: Actor,
    move: RefUpdate,
    branch: str,
    commits: list[CommitInfo],
) -> None:
    for one in list(_open_pulls(forge, repo, branch)):
        if one.pull and one.pull.head_repo is repo and one.pull.head_ref == branch:
            await _head_moved(forge, one, one.pull, actor, move)
        if one.pull and one.repo is repo and one.pull.base_ref == branch and one.state == "open":
            await _base_moved(forge, one, one.pull, actor, move, commits)
    _record_head_branch_events(forge, repo, actor, move, branch)
    if move.deleted:
        return
    for commit in commits:
        forge.issues.reference(repo, commit.message, actor, commit.sha)
    if branch == repo.default_branch and not move.created:
        for commit in commits:
            forge.issues.close_by_keywords(repo, commit.message, actor, commit.sha)
    await forge.checks.head_moved(repo, move, branch, actor)


def _record_head_branch_events(
    forge: ForgeProtocol, repo: Repository, actor: Actor, move: RefUpdate, branch: str
) -> None:
    """Record that a head branch was deleted or restored, also for closed pull requests."""
    for home in [repo, repo.parent] if repo.parent else [repo]:
        for one in home.pulls:
            pull = one.pull
            if not pull or pull.head_repo is not repo or pull.head_ref != branch:
                continue
            if move.deleted:
                forge.issues.add_event(one, "head_ref_deleted", actor)
            elif move.created and move.new == pull.head_sha and one.state == "closed":
                forge.issues.add_event(one, "head_ref_restored", actor)


def _open_pulls(forge: ForgeProtocol, repo: Repository, branch: str) -> list[Issue]:
    """Return the open pull requests whose head or base is this branch."""
    homes = [repo, repo.parent] if repo.parent else [repo]
    return [
        one
        for home in homes
        for one in home.pulls
        if one.pull and one.state == "open" and branch in (one.pull.head_ref, one.pull.base_ref)
    ]


async def _head_moved(
    forge: ForgeProtocol, one: Issue, pull: PullRequest, actor: Actor, move: RefUpdate
) -> None:
    if move.deleted:
        await forge.pulls.closed_by_push(one, actor)
        return
    await forge.pulls.head_moved(one, pull, actor, move)


async def _base_moved(
    forge: ForgeProtocol,
    one: Issue,
    pull: PullRequest,
    actor: Actor,
    move: RefUpdate,
    commits: list[CommitInfo],
) -> None:
    if move.deleted:
        new_base = _merged_into(one.repo, pull.base_ref)
        await (
            forge.pulls.retarget(one, pull, new_base, actor)
            if new_base
            else forge.pulls.closed_by_push(one, actor)
        )
    elif await _contains(one.repo, move, commits, pull.head_sha):
        await forge.pulls.merged_by_push(one, pull, actor, move)


async def _contains(repo: Repository, move: RefUpdate, commits: list[CommitInfo], sha: str) -> bool:
    """Return whether the update brought this commit to the branch."""
    if len(commits) < MOST_COMMITS_LISTED and not move.created:
        return any(commit.sha == sha for commit in commits)
    return await repo.git.is_ancestor(sha, move.new)


def _merged_into(repo: Repository, branch: str) -> str | None:
    """Return the branch that a deleted branch was merged into, if any."""
    merged = [
        one.pull for one in repo.pulls if one.pull and one.pull.merged_at and one.pull.head_ref == branch
    ]
    return merged[-1].base_ref if merged and merged[-1].base_ref != branch else None
