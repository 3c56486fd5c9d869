"""People who sign in: a code for their token, who they are, and what they may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from .sites import GitHubSite, Unreachable, exchange


@dataclass(frozen=True)
class OAuthApp:
    site: GitHubSite
    client_id: str
    client_secret: str = field(repr=False)


class SignInRefused(Exception):
    """GitHub's name of the reason."""


class TokenRefused(Exception):
    """It has expired, or was revoked."""


async def token_of(
    session: aiohttp.ClientSession, app: OAuthApp, code: str, verifier: str, redirect_uri: str
) -> str:
    """Raises `SignInRefused` or `Unreachable`."""
    fields = {
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "code": code,
        "code_verifier": verifier,
        **({"redirect_uri": redirect_uri} if redirect_uri else {}),
    }
    url = f"{app.site.url}/login/oauth/access_token"
    status, said = await exchange(session, "POST", url, data=fields)
    answer: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
    if token := answer.get("access_token"):
        return str(token)
    if status >= 500:
        raise Unreachable(f"is out of order (status {status})")
    raise SignInRefused(str(answer.get("error") or f"status {status}"))


async def login_of(session: aiohttp.ClientSession, site: GitHubSite, token: str) -> str:
    """Raises `TokenRefused` or `Unreachable`."""
    said = await _get_as_person(session, f"{site.api_url}/user", token)
    if said is None:
        raise TokenRefused
    return str(said["login"])


async def may_read(session: aiohttp.ClientSession, site: GitHubSite, token: str, repo_id: int) -> bool:
    """Raises `TokenRefused` or `Unreachable`."""
    said = await _get_as_person(session, f"{site.api_url}/repositories/{repo_id}", token)
    return said is not None and said.get("id") == repo_id


async def _get_as_person(session: aiohttp.ClientSession, url: str, token: str) -> Mapping[str, Any] | None:
    """None where the person may not see it."""
    status, said = await exchange(session, "GET", url, {"Authorization": f"Bearer {token}"})
    if status == 401:
        raise TokenRefused
    if status == 200 and isinstance(said, Mapping):
        return said
    message = str(said.get("message", "")) if isinstance(said, Mapping) else ""
    if status >= 500 or status == 429 or "rate limit" in message.lower():
        raise Unreachable(f"doesn't answer right now (status {status})")
    return None


async def revoke(session: aiohttp.ClientSession, app: OAuthApp, token: str) -> None:
    """So that nobody can use it any more. Raises `Unreachable`."""
    login = aiohttp.encode_basic_auth(app.client_id, app.client_secret)
    url = f"{app.site.api_url}/applications/{app.client_id}/token"
    await exchange(session, "DELETE", url, {"Authorization": login}, json={"access_token": token})
