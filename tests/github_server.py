"""A server that answers what a test tells it to, over real HTTP, and keeps what it was asked."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

import aiohttp
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.github import App, Clock, Installation, LocalWaits, WaitPolicy
from bot.github.client import BeforeWrite, always

_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE_KEY = _KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
START = 1_800_000_000.0


@dataclass(frozen=True)
class ReceivedRequest:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    at: float

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Answer:
    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    """The connection ends in the middle."""


class FakeTime:
    """A clock that a test owns: waiting takes no time, and shows."""

    def __init__(self) -> None:
        self.now = START
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now, self.sleep)


class Server:
    def __init__(self, time: FakeTime) -> None:
        self.url = ""
        self.time = time
        self.asked: list[ReceivedRequest] = []
        self.tokens = 0
        self.refused_tokens: set[str] = set()
        self.token_seconds = 3600.0
        self.version = ""
        """Of an Enterprise Server."""
        self._answers: dict[str, deque[Answer | Callable[[ReceivedRequest], Answer]]] = {}
        self.at_once = self.most_at_once = 0
        self.open = asyncio.Event()
        self.open.set()
        """While it is not set, no answer is given."""

    def answers(self, what: str, *answers: Answer | Callable[[ReceivedRequest], Answer]) -> None:
        """`what`: `GET /path`. Given one after another; the last one stays."""
        self._answers[what] = deque(answers)

    def forget_answers(self) -> None:
        self._answers.clear()

    def times(self, what: str) -> int:
        return sum(str(asked) == what for asked in self.asked)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        asked = ReceivedRequest(
            request.method,
            request.raw_path.partition("?")[0].removeprefix("/api/v3"),
            dict(request.query),
            request.headers,
            json.loads(await request.read() or b"null"),
            self.time.now,
        )
        self.asked.append(asked)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            await self.open.wait()
            return await self._send(request, self._answer(asked))
        finally:
            self.at_once -= 1

    def _answer(self, asked: ReceivedRequest) -> Answer:
        if asked.path.endswith("/access_tokens"):
            return self._token(asked)
        if asked.headers.get("authorization", "").removeprefix("token ") in self.refused_tokens:
            return Answer({"message": "Bad credentials"}, 401)
        queue = self._answers.get(str(asked))
        if not queue:
            return Answer({"message": "Not Found"}, 404)
        answer = queue.popleft() if len(queue) > 1 else queue[0]
        return answer(asked) if callable(answer) else answer

    def _token(self, asked: ReceivedRequest) -> Answer:
        queue = self._answers.get(str(asked))
        if queue:
            answer = queue[0]
            return answer(asked) if callable(answer) else answer
        self.tokens += 1
        ends = _iso(self.time.now + self.token_seconds)
        return Answer({"token": f"ghs_secret{self.tokens}", "expires_at": ends}, 201)

    async def _send(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        body = b"" if answer.body is None else json.dumps(answer.body).encode()
        if isinstance(answer.body, bytes):
            body = answer.body
        if not answer.cut:
            date = formatdate(self.time.now, usegmt=True)
            version = {"x-github-enterprise-version": self.version} if self.version else {}
            headers = {"content-type": "application/json", "date": date, **version, **answer.headers}
            return web.Response(body=body, status=answer.status, headers=headers)
        response = web.StreamResponse(status=answer.status, headers={"content-length": str(len(body) + 50)})
        await response.prepare(request)
        await response.write(body)
        if request.transport is not None:
            request.transport.abort()
        return response


def _iso(seconds: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class FakeGitHub:
    server: Server
    app: App
    time: FakeTime
    waits: LocalWaits
    told: list[tuple[int, float, str]]
    missed: list[str]
    another_process: Callable[[], App]

    @property
    def installation(self) -> Installation:
        return self.app.installation(7)


@asynccontextmanager
async def fake_github(
    patience: WaitPolicy | None = None, before_write: BeforeWrite = always
) -> AsyncIterator[FakeGitHub]:
    time = FakeTime()
    server = Server(time)
    runner = web.AppRunner(_application(server))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    told: list[tuple[int, float, str]] = []
    missed: list[str] = []
    waits = LocalWaits()

    async def on_wait(installation: int, until: Any, why: str) -> None:
        told.append((installation, until.timestamp() - START, why))

    async def on_missing(installation: int, feature: str) -> None:
        missed.append(feature)

    async with aiohttp.ClientSession() as session:

        def process() -> App:
            return App(
                session,
                "12",
                PRIVATE_KEY,
                f"{server.url}/api/v3",
                waits=waits,
                patience=patience or WaitPolicy(longest=10_000),
                on_wait=on_wait,
                on_missing=on_missing,
                clock=time.clock,
                before_write=before_write,
            )

        yield FakeGitHub(server, process(), time, waits, told, missed, process)
    await runner.cleanup()


def _application(server: Server) -> web.Application:
    application = web.Application()
    application.router.add_route("*", "/{tail:.*}", server.handle)
    return application
