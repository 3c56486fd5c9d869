"""Repositories, collaborators and branches."""

from __future__ import annotations

from sandbox.access.permissions import role_at_least, role_of
from sandbox.model.accounts import Role, User
from sandbox.model.json import Json
from sandbox.model.repositories import Protection, Repository
from sandbox.model.times import iso
from sandbox.render.accounts import organization, user
from sandbox.render.node_ids import node_id
from sandbox.render.view import ForgeView

_URLS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def minimal(forge: ForgeView, repo: Repository) -> Json:
    at = f"{forge.api}/repos/{repo.full_name}"
    return {
        "id": repo.id,
        "node_id": node_id("R", repo.id),
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
        "owner": user(forge, repo.owner),
        "html_url": f"{forge.url}/{repo.full_name}",
        "description": repo.description,
        "fork": repo.parent is not None,
        "url": at,
        **{name: at + tail for name, tail in _URLS.items()},
    }


def repository(forge: ForgeView, repo: Repository, viewer: User | None = None) -> Json:
    host = forge.url.partition("://")[2]
    page = f"{forge.url}/{repo.full_name}"
    open_issues = sum(issue.state == "open" for issue in repo.issues.values())
    forks = sum(other.parent is repo for other in forge.repositories.values())
    out = {
        **minimal(forge, repo),
        "created_at": iso(repo.created_at),
        "updated_at": iso(repo.updated_at),
        "pushed_at": iso(repo.pushed_at),
        "git_url": f"git://{host}/{repo.full_name}.git",
        "ssh_url": f"git@{host}:{repo.full_name}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        "mirror_url": None,
        "homepage": None,
        "size": 0,
        "stargazers_count": 0,
        "watchers_count": 0,
        "watchers": 0,
        "language": "Python",
        "has_issues": True,
        "has_projects": False,
        "has_downloads": False,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": False,
        "forks_count": forks,
        "forks": forks,
        "archived": repo.archived,
        "disabled": False,
        "open_issues_count": open_issues,
        "open_issues": open_issues,
        "license": None,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "visibility": "private" if repo.private else "public",
        "default_branch": repo.default_branch,
    }
    if viewer:
        out["permissions"] = permissions(role_of(repo, viewer))
    return out


def full_repository(forge: ForgeView, repo: Repository, viewer: User | None = None) -> Json:
    out = {
        **repository(forge, repo, viewer),
        "temp_clone_token": None,
        **merge_settings(repo),
        "network_count": 0,
        "subscribers_count": 0,
    }
    if repo.owner.kind == "Organization":
        out["organization"] = user(forge, repo.owner)
    if repo.parent:
        out["parent"] = out["source"] = repository(forge, repo.parent)
    return out


def merge_settings(repo: Repository) -> Json:
    return {
        "allow_squash_merge": repo.allow_squash_merge,
        "allow_merge_commit": repo.allow_merge_commit,
        "allow_rebase_merge": repo.allow_rebase_merge,
        "allow_auto_merge": repo.allow_auto_merge,
        "delete_branch_on_merge": repo.delete_branch_on_merge,
        "allow_update_branch": False,
        "use_squash_pr_title_as_default": False,
        "squash_merge_commit_title": "COMMIT_OR_PR_TITLE",
        "squash_merge_commit_message": "COMMIT_MESSAGES",
        "merge_commit_title": "MERGE_MESSAGE",
        "merge_commit_message": "PR_TITLE",
    }


def permissions(role: Role) -> Json:
    return {
        "admin": role_at_least(role, "admin"),
        "maintain": role_at_least(role, "maintain"),
        "push": role_at_least(role, "write"),
        "triage": role_at_least(role, "triage"),
        "pull": role_at_least(role, "read"),
    }


_COARSE = {"triage": "read", "maintain": "write"}


def collaborator(forge: ForgeView, repo: Repository, who: User) -> Json:
    role = role_of(repo, who)
    return {**user(forge, who), "permissions": permissions(role), "role_name": role}


def collaborator_permission(forge: ForgeView, repo: Repository, who: User) -> Json:
    role = role_of(repo, who)
    return {
        "permission": _COARSE.get(role, role),
        "role_name": role,
        "user": collaborator(forge, repo, who),
    }


def required_checks(forge: ForgeView, repo: Repository, branch: str, rules: Protection) -> Json:
    at = f"{forge.api}/repos/{repo.full_name}/branches/{branch}/protection/required_status_checks"
    return {
        "url": at,
        "strict": rules.strict,
        "contexts": list(rules.required_checks),
        "contexts_url": f"{at}/contexts",
        "checks": [{"context": name, "app_id": None} for name in rules.required_checks],
    }


def protection_summary(rules: Protection | None) -> Json:
    """Return the public summary of a branch's protection."""
    checks = list(rules.required_checks) if rules else []
    return {
        "enabled": rules is not None,
        "required_status_checks": {
            "enforcement_level": "non_admins" if checks else "off",
            "contexts": checks,
            "checks": [{"context": name, "app_id": None} for name in checks],
        },
    }


def webhook_repository(forge: ForgeView, repo: Repository) -> Json:
    out = repository(forge, repo)
    out["custom_properties"] = {}
    return out


def webhook_organization(forge: ForgeView, repo: Repository) -> Json:
    return {"organization": organization(forge, repo.owner)} if repo.owner.kind == "Organization" else {}
