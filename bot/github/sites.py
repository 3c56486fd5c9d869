"""GitHub's servers, from the address that a person knows, and requests that carry no credentials."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from .proxies import proxy_for

TIMEOUT = aiohttp.ClientTimeout(total=15, connect=10, sock_connect=10)
MOST_BYTES = 2**20


@dataclass(frozen=True)
class GitHubSite:
    url: str
    """Where people go: `https://github.com`, or an Enterprise Server's address."""
    api_url: str


GITHUB_COM = GitHubSite("https://github.com", "https://api.github.com")


def site_at(address: str) -> GitHubSite:
    """`address` has a host and nothing besides."""
    host = urlsplit(address).hostname or ""
    if host in ("github.com", "www.github.com", "api.github.com"):
        return GITHUB_COM
    if host.endswith(".ghe.com"):
        host = host.removeprefix("api.")
        return GitHubSite(f"https://{host}", f"https://api.{host}")
    return GitHubSite(address, f"{address}/api/v3")


def site_of_api(api_url: str) -> GitHubSite:
    if api_url == GITHUB_COM.api_url:
        return GITHUB_COM
    return site_at(api_url.removesuffix("/api/v3"))


class Unreachable(Exception):
    """The server gave no answer that can be used; why, as the rest of a sentence that starts with its address."""


async def exchange(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> tuple[int, Any]:
    """The status and the parsed answer, None if that is no JSON. Raises `Unreachable`."""
    sent = {"Accept": "application/json", "User-Agent": "drover", **(headers or {})}
    try:
        async with session.request(
            method,
            url,
            headers=sent,
            timeout=TIMEOUT,
            allow_redirects=False,
            proxy=proxy_for(URL(url)),
            **more,
        ) as answer:
            if "X-GitHub-Request-Id" not in answer.headers:
                raise Unreachable(f"doesn't answer as a GitHub server does (status {answer.status})")
            body = await answer.content.read(MOST_BYTES)
            while not answer.content.at_eof() and len(body) < MOST_BYTES:
                body += await answer.content.read(MOST_BYTES - len(body))
            return answer.status, _parse(body)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise Unreachable(_why(error)) from None


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _why(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "has no address that this machine can find"
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            return "has a certificate that this machine doesn't trust (set SSL_CERT_FILE to your own authority's)"
        case TimeoutError():
            return f"didn't answer within {TIMEOUT.total:g} seconds"
        case aiohttp.ClientConnectorError():
            reason = os.strerror(error.os_error.errno) if error.os_error.errno else "no connection"
            return f"can't be reached from this machine ({reason.lower()})"
    return "broke off the connection"
