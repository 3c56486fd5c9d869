"""Who may do what, by a person's role or an App's permissions."""

from __future__ import annotations

from sandbox.access.refusals import Refusal, forbidden, not_found
from sandbox.model.accounts import ROLES, Actor, Role, User
from sandbox.model.repositories import Repository

LEVELS = ("read", "write", "admin")
_FORBIDDEN_TO_APPS = "Resource not accessible by integration"


def role_of(repo: Repository, user: User) -> Role:
    if user is repo.owner:
        return "admin"
    return repo.roles.get(user.login.lower(), "none" if repo.private else "read")


def role_at_least(has: Role, wanted: Role) -> bool:
    return ROLES.index(has) >= ROLES.index(wanted)


def may_see(actor: Actor | None, repo: Repository) -> bool:
    if not repo.private:
        return True
    if actor is None:
        return False
    if actor.installation:
        return repo.id in actor.installation.repositories
    return role_of(repo, actor.user) != "none" and (actor.reach is None or repo.id in actor.reach)


def is_granted(permissions: dict[str, str], need: str) -> bool:
    """Check a need such as `issues:write`, or `issues|pull_requests:write` for either of them."""
    names, _, level = need.partition(":")
    wanted = LEVELS.index(level)
    return any(name in permissions and LEVELS.index(permissions[name]) >= wanted for name in names.split("|"))


def may(actor: Actor, repo: Repository, need: str, role: Role) -> bool:
    try:
        require(actor, repo, need, role)
    except Refusal:
        return False
    return True


def require(actor: Actor, repo: Repository, need: str, role: Role) -> None:
    """Raise GitHub's refusal if the actor lacks the permission or role."""
    if not may_see(actor, repo):
        raise not_found()
    if actor.installation:
        _require_grant(actor, repo, need)
    elif not role_at_least(role_of(repo, actor.user), role):
        raise forbidden(_missing_role_message(role))
    if repo.archived and not need.endswith(":read"):
        raise forbidden("Repository was archived so is read-only.")


def _require_grant(actor: Actor, repo: Repository, need: str) -> None:
    installation = actor.installation
    if installation is None:
        return
    if repo.id not in installation.repositories:
        if need.endswith(":read"):
            return
        raise forbidden(_FORBIDDEN_TO_APPS)
    if need != "metadata:read" and not is_granted(installation.permissions, need):
        raise forbidden(_FORBIDDEN_TO_APPS)


def _missing_role_message(role: Role) -> str:
    if role == "admin":
        return "Must have admin rights to Repository."
    return f"Must have {'push' if role == 'write' else role} access to repository"


def author_association(repo: Repository, user: User) -> str:
    if user is repo.owner:
        return "OWNER"
    if repo.roles.get(user.login.lower(), "none") != "none":
        return "COLLABORATOR"
    if any(issue.pull and issue.pull.merged_at and issue.user is user for issue in repo.issues.values()):
        return "CONTRIBUTOR"
    return "NONE"
