"""People, Apps and installations."""

from __future__ import annotations

from sandbox.model.accounts import App, Installation, User
from sandbox.model.json import Json
from sandbox.model.repositories import Repository
from sandbox.model.times import iso, iso_or_none
from sandbox.render.node_ids import node_id
from sandbox.render.view import ForgeView

_LINKS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}


def user(forge: ForgeView, who: User) -> Json:
    at = f"{forge.api}/users/{who.login}"
    page = f"{forge.url}/{who.login}"
    if who.kind == "Bot":
        page = f"{forge.url}/apps/{who.login.removesuffix('[bot]')}"
    return {
        "login": who.login,
        "id": who.id,
        "node_id": node_id({"User": "U", "Bot": "BOT", "Organization": "O"}[who.kind], who.id),
        "avatar_url": f"{forge.url}/avatars/u/{who.id}?v=4",
        "gravatar_id": "",
        "url": at,
        "html_url": page,
        **{name: at + tail for name, tail in _LINKS.items()},
        "type": who.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def user_or_none(forge: ForgeView, who: User | None) -> Json | None:
    return user(forge, who) if who else None


def full_user(forge: ForgeView, who: User) -> Json:
    return {
        **user(forge, who),
        "name": who.name,
        "company": None,
        "blog": "",
        "location": None,
        "email": who.email or None,
        "hireable": None,
        "bio": None,
        "twitter_username": None,
        "public_repos": sum(repo.owner is who and not repo.private for repo in forge.repositories.values()),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": iso(who.created_at),
        "updated_at": iso(who.created_at),
    }


def organization(forge: ForgeView, who: User) -> Json:
    at = f"{forge.api}/orgs/{who.login}"
    return {
        "login": who.login,
        "id": who.id,
        "node_id": node_id("O", who.id),
        "url": at,
        "repos_url": f"{at}/repos",
        "events_url": f"{at}/events",
        "hooks_url": f"{at}/hooks",
        "issues_url": f"{at}/issues",
        "members_url": f"{at}/members{{/member}}",
        "public_members_url": f"{at}/public_members{{/member}}",
        "avatar_url": f"{forge.url}/avatars/u/{who.id}?v=4",
        "description": None,
    }


def app(forge: ForgeView, one: App) -> Json:
    return {
        "id": one.id,
        "client_id": one.client_id,
        "slug": one.slug,
        "node_id": node_id("A", one.id),
        "owner": user(forge, one.owner),
        "name": one.name,
        "description": one.description,
        "external_url": one.external_url,
        "html_url": f"{forge.url}/apps/{one.slug}",
        "created_at": iso(one.created_at),
        "updated_at": iso(one.created_at),
        "permissions": dict(one.permissions),
        "events": list(one.events),
    }


def app_or_none(forge: ForgeView, one: App | None) -> Json | None:
    return app(forge, one) if one else None


def installation(forge: ForgeView, one: Installation) -> Json:
    return {
        "id": one.id,
        "client_id": one.app.client_id,
        "account": user(forge, one.account),
        "repository_selection": "selected",
        "access_tokens_url": f"{forge.api}/app/installations/{one.id}/access_tokens",
        "repositories_url": f"{forge.api}/installation/repositories",
        "html_url": f"{forge.url}/settings/installations/{one.id}",
        "app_id": one.app.id,
        "app_slug": one.app.slug,
        "target_id": one.account.id,
        "target_type": one.account.kind,
        "permissions": dict(one.permissions),
        "events": list(one.events),
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": user_or_none(forge, one.suspended_by),
        "suspended_at": iso_or_none(one.suspended_at),
    }


def installation_repository(repo: Repository) -> Json:
    """Return the short form of a repository in `installation` events."""
    return {
        "id": repo.id,
        "node_id": node_id("R", repo.id),
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
    }
