"""The rules for updating refs, by REST, merge or push."""

from __future__ import annotations

from sandbox.access.permissions import is_granted, role_at_least, role_of
from sandbox.access.refusals import Refusal, unprocessable
from sandbox.git.objects import ZERO
from sandbox.git.ref_updates import RefUpdate
from sandbox.model.accounts import Actor
from sandbox.model.repositories import Protection, Repository
from sandbox.topics.rule_sets import violations

WORKFLOWS = ".github/workflows/"


def rules_for(repo: Repository, ref: str) -> Protection | None:
    return repo.protections.get(ref.removeprefix("refs/heads/")) if ref.startswith("refs/heads/") else None


def rules_apply_to(repo: Repository, actor: Actor, rules: Protection) -> bool:
    """Return whether the rules apply to the actor. Administrators may be exempt."""
    admin = actor.installation is None and role_at_least(role_of(repo, actor.user), "admin")
    return rules.enforce_admins or not admin


def may_write_workflows(actor: Actor) -> bool:
    return actor.installation is None or is_granted(actor.installation.permissions, "workflows:write")


async def check_move(repo: Repository, actor: Actor, move: RefUpdate, force: bool) -> None:
    """Raise GitHub's refusal if the update is not allowed."""
    if move.ref.startswith("refs/pull/"):
        raise unprocessable("Reference update failed: deny updating a hidden ref")
    if move.new == ZERO and move.branch == repo.default_branch:
        raise unprocessable("Cannot delete the default branch")
    await _check_clash(repo, move)
    if broken := await violations(repo, move):
        raise unprocessable("Repository rule violations found\n\n" + "\n\n".join(broken))
    rules = rules_for(repo, move.ref)
    if rules and rules_apply_to(repo, actor, rules):
        await _check_protection(repo, move, rules)
    if move.branch and move.new != ZERO and not may_write_workflows(actor):
        await _check_workflows(repo, move)


async def _check_clash(repo: Repository, move: RefUpdate) -> None:
    """Refuse a name that conflicts with another: git can't store both `a` and `a/b`."""
    if move.old != ZERO:
        return
    parts = move.ref.split("/")
    parents = ["/".join(parts[:end]) for end in range(3, len(parts))]
    near = await repo.git.refs(f"{move.ref}/", *parents)
    if any(ref in parents or ref.startswith(f"{move.ref}/") for ref in near):
        raise unprocessable("Reference update failed")


async def _check_protection(repo: Repository, move: RefUpdate, rules: Protection) -> None:
    if move.new == ZERO:
        if not rules.allow_deletions:
            raise unprocessable("Cannot delete this protected branch")
        return
    if move.old == ZERO:
        return
    if not rules.allow_force_pushes and not await repo.git.is_ancestor(move.old, move.new):
        raise unprocessable("Cannot force-push to this branch")
    if rules.pull_request_required or rules.approvals:
        raise unprocessable("Changes must be made through a pull request.")
    for name in rules.required_checks:
        if not _has_passed(repo, move.new, name):
            raise unprocessable(f'Required status check "{name}" is expected.')


def _has_passed(repo: Repository, sha: str, name: str) -> bool:
    runs = [one for one in repo.check_runs.values() if one.suite.head_sha == sha and one.name == name]
    if runs:
        return runs[-1].conclusion in ("success", "neutral", "skipped")
    statuses = [one for one in repo.statuses if one.sha == sha and one.context == name]
    return bool(statuses) and statuses[-1].state == "success"


async def _check_workflows(repo: Repository, move: RefUpdate) -> None:
    if await repo.git.kind(move.new) != "commit":
        return
    known = move.old if move.old != ZERO else await repo.git.ref(f"refs/heads/{repo.default_branch}")
    if known is None:
        return
    base = await repo.git.merge_base(known, move.new) or known
    touched = await repo.git.diff(base, move.new, patches=False)
    if any(change.path.startswith(WORKFLOWS) for change in touched):
        raise Refusal(403, "Resource not accessible by integration")
