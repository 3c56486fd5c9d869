"""The end of GitHub's manifest flow: a code for the new App's credentials, once and within an hour."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

from .sites import GitHubSite, Unreachable, exchange


@dataclass(frozen=True)
class CreatedApp:
    id: int
    name: str
    html_url: str
    client_id: str
    client_secret: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    private_key: str = field(repr=False)


class CodeRefused(Exception):
    """It has expired, was used before, or never was one."""


async def check_reachable(session: aiohttp.ClientSession, site: GitHubSite) -> None:
    """Raises `Unreachable`."""
    await exchange(session, "GET", f"{site.api_url}/meta")


async def convert(session: aiohttp.ClientSession, site: GitHubSite, code: str) -> CreatedApp:
    """Raises `CodeRefused` or `Unreachable`."""
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,200}", code):
        raise CodeRefused
    status, said = await exchange(session, "POST", f"{site.api_url}/app-manifests/{code}/conversions")
    if status in (404, 410, 422):
        raise CodeRefused
    if status != 201 or not isinstance(said, Mapping):
        raise Unreachable(f"didn't hand over the App's credentials (status {status})")
    secrets = [said.get(key) for key in ("client_id", "client_secret", "webhook_secret", "pem")]
    page = str(said.get("html_url"))
    if (
        not isinstance(said.get("id"), int)
        or not all(secrets)
        or not page.startswith(("https://", "http://"))
    ):
        raise Unreachable("handed over an App without all of its credentials")
    return CreatedApp(said["id"], str(said.get("name")), page, *map(str, secrets))
