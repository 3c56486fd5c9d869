"""A sandbox with a repository and an installed App, and an API client for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import jwt
from aiohttp import web

from sandbox.forge import Forge
from sandbox.git.fast_import import Content
from sandbox.model.accounts import App, Installation
from sandbox.model.repositories import Repository
from sandbox.server import Server, serve

PERMISSIONS = {
    "actions": "write",
    "checks": "write",
    "contents": "write",
    "issues": "write",
    "merge_queues": "read",
    "pull_requests": "write",
    "statuses": "write",
}
EVENTS = (
    "check_run",
    "check_suite",
    "create",
    "delete",
    "issue_comment",
    "issues",
    "label",
    "merge_group",
    "pull_request",
    "pull_request_review",
    "push",
    "repository",
    "status",
    "workflow_run",
)
TEST = """import unittest


class Shop(unittest.TestCase):
    def test_imports(self):
        import shop.users
"""
FILES: Mapping[str, Content] = {
    "README.md": "# Shop\n",
    "shop/__init__.py": "",
    "shop/engine.py": "class Engine:\n    pass\n",
    "shop/users.py": "from shop.engine import Engine\n",
    "tests/__init__.py": "",
    "tests/test_shop.py": TEST,
}


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any
    headers: Mapping[str, str]


class Client:
    def __init__(self, session: aiohttp.ClientSession, root: str, token: str | None) -> None:
        self._session, self._root, self.token = session, root, token

    async def __call__(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        sent = {**(headers or {})}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        async with self._session.request(
            method, f"{self._root}{path}", json=body, headers=sent, allow_redirects=False
        ) as response:
            raw = await response.read()
            found = await response.json() if raw and "json" in response.content_type else raw.decode()
            return Reply(response.status, found, response.headers)

    async def get(self, path: str, **headers: str) -> Any:
        """Send a request that must succeed, and return its body."""
        return await self._well("GET", path, None, headers)

    async def post(self, path: str, body: Any = None) -> Any:
        return await self._well("POST", path, body if body is not None else {})

    async def patch(self, path: str, body: Any) -> Any:
        return await self._well("PATCH", path, body)

    async def put(self, path: str, body: Any = None) -> Any:
        return await self._well("PUT", path, body)

    async def delete(self, path: str) -> Any:
        return await self._well("DELETE", path, None)

    async def _well(self, method: str, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Any:
        reply = await self(method, path, body, headers)
        assert reply.status < 400, f"{method} {path}: {reply.status} {reply.body}"
        return reply.body


@dataclass
class DeliveryReceiver:
    """The deliveries that an App's server received."""

    url: str
    events: list[tuple[str, dict[str, Any], Mapping[str, str]]]
    status: int = 202

    def names(self) -> list[str]:
        return [f"{event}.{body['action']}" if "action" in body else event for event, body, _ in self.events]

    def of(self, event: str, action: str | None = None) -> list[dict[str, Any]]:
        return [
            body for name, body, _ in self.events if name == event and action in (None, body.get("action"))
        ]


@dataclass
class Shop:
    forge: Forge
    server: Server
    session: aiohttp.ClientSession
    repo: Repository
    app: App
    installation: Installation
    received: DeliveryReceiver
    api: Client
    """An API client with the installation's token."""

    @property
    def at(self) -> str:
        return f"/repos/{self.repo.full_name}"

    def as_user(self, login: str) -> Client:
        token = self.forge.tokens.personal(self.forge.people.get(login))
        return Client(self.session, self.server.api_url, token)

    def as_app(self, **claims: Any) -> Client:
        now = int(self.forge.clock.seconds())
        given = {"iss": str(self.app.id), "iat": now - 60, "exp": now + 500, **claims}
        given = {name: value for name, value in given.items() if value is not None}
        return Client(
            self.session, self.server.api_url, jwt.encode(given, self.app.private_key, algorithm="RS256")
        )

    def anonymous(self) -> Client:
        return Client(self.session, self.server.api_url, None)

    def clone_url(self, token: str | None = None) -> str:
        host = self.server.url.removeprefix("http://")
        return f"http://x-access-token:{token or self.api.token}@{host}/{self.repo.full_name}.git"


@asynccontextmanager
async def open_shop(
    folder: Path,
    *,
    files: Mapping[str, Content] = FILES,
    private: bool = False,
    permissions: Mapping[str, str] = PERMISSIONS,
    events: Sequence[str] = EVENTS,
) -> AsyncIterator[Shop]:
    """Open a repository: alice owns it, wendy writes, tom triages, rita reads, sam has no role."""
    async with _receiver() as received:
        forge = Forge(folder / "forge")
        forge.lag.first_read = False  # these tests ask once, and see what is there
        server = await serve(forge)
        for login in ("alice", "wendy", "tom", "rita", "sam"):
            forge.people.add(login, login.title())
        repo = await forge.repos.create("alice/shop", files, private=private)
        forge.repos.set_role(repo, "wendy", "write")
        forge.repos.set_role(repo, "tom", "triage")
        forge.repos.set_role(repo, "rita", "read")
        app = forge.apps.register(
            "Drover", "alice", permissions=permissions, events=events, webhook_url=received.url
        )
        installation = forge.apps.install(app, repo)
        token = forge.apps.token(installation).text
        try:
            async with aiohttp.ClientSession() as session:
                api = Client(session, server.api_url, token)
                yield Shop(forge, server, session, repo, app, installation, received, api)
        finally:
            await server.close()
        assert forge.crashes == []


@asynccontextmanager
async def _receiver() -> AsyncIterator[DeliveryReceiver]:
    received = DeliveryReceiver("", [])

    async def take(request: web.Request) -> web.Response:
        body = await request.json()
        received.events.append((request.headers["X-GitHub-Event"], body, dict(request.headers)))
        return web.Response(status=received.status)

    app = web.Application(client_max_size=30 * 1024 * 1024)
    app.router.add_post("/webhook", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    received.url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhook"
    try:
        yield received
    finally:
        await runner.cleanup()
