"""What somebody without the secret can take of the web process: little, and not for long."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiohttp import web

from bot.engine.dispatcher import Dispatcher
from bot.engine.inbox import Arrival, Inbox
from bot.engine.state import EngineState
from bot.intake.bodies import IN_FLIGHT, LIMIT, UNCOUNTED, BodyReader
from bot.intake.connections import Connections, listening_on, note_headers
from bot.intake.delivery import read_delivery
from bot.intake.event import Event
from bot.intake.webhook import EnqueueResult, NotStorable, webhook

SECRET = "it is a secret"
PAYLOAD: dict[str, Any] = {
    "action": "created",
    "installation": {"id": 3},
    "repository": {"id": 7, "full_name": "o/r"},
    "sender": {"login": "maya", "type": "User"},
    "issue": {"number": 5, "labels": [{"name": "migration"}]},
    "comment": {"id": 9, "body": "/migrate status", "user": {"login": "maya"}},
}
FORGED = "sha256=" + "0" * 64
BODY = json.dumps(PAYLOAD).encode()


@dataclass
class Service:
    port: int
    bodies: BodyReader
    queued: list[Event] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    """Raised in the place of queuing, one after the other."""

    async def enqueue(self, event: Event) -> EnqueueResult:
        if self.errors:
            raise self.errors.pop(0)
        self.queued.append(event)
        return EnqueueResult.QUEUED

    async def status(self, body: bytes, **headers: str) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(head(body, len(body), **headers) + body)
        try:
            return await answer(reader)
        finally:
            writer.close()


def head(body: bytes, length: int | None, **changes: str) -> bytes:
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "Host": "localhost",
        "X-GitHub-Event": "issue_comment",
        "X-GitHub-Delivery": "d-1",
        "X-Hub-Signature-256": signature,
        **({} if length is None else {"Content-Length": str(length)}),
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /webhook HTTP/1.1\r\n{lines}\r\n".encode()


async def answer(reader: asyncio.StreamReader) -> int:
    line = await asyncio.wait_for(reader.readline(), 20)
    return int(line.split()[1]) if line else 0


@asynccontextmanager
async def service(
    connections: Connections | None = None, bodies: BodyReader | None = None
) -> AsyncIterator[Service]:
    one = Service(0, bodies or BodyReader())
    app = web.Application(middlewares=[note_headers])
    app.router.add_post("/webhook", webhook((SECRET,), one.enqueue, one.bodies))
    async with listening_on(app, "127.0.0.1", 0, connections=connections or Connections()) as listener:
        one.port = listener.port
        yield one


async def held(stack: AsyncExitStack, port: int, data: bytes) -> asyncio.StreamReader:
    """A connection that has sent so much and stays open."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    stack.callback(writer.close)
    writer.write(data)
    with suppress(ConnectionError):
        await writer.drain()
    return reader


async def test_incomplete_headers_time_out() -> None:
    async with service(Connections(header_seconds=0.3)) as here, AsyncExitStack() as stack:
        readers = [await held(stack, here.port, b"POST /webhook HTTP/1.1\r\nHost: x\r\n") for _ in range(20)]
        assert [await asyncio.wait_for(reader.read(), 10) for reader in readers] == [b""] * 20


async def test_above_the_limit_silent_connections_are_closed() -> None:
    async with service(Connections(most=8, header_seconds=60)) as here, AsyncExitStack() as stack:
        readers = [await held(stack, here.port, b"POST /webhook HTTP/1.1\r\n") for _ in range(30)]
        assert await here.status(BODY) == 202
        closed = [await asyncio.wait_for(reader.read(), 10) for reader in readers[:22]]
        assert closed == [b""] * 22


@pytest.mark.parametrize(
    "data",
    [
        b"GET /webhook HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /webhook HTTP/1.1\r\nHost: x\r\n\r\nGET /webhook HTTP/1.1\r\n",
        head(BODY, 1000) + b"{",
    ],
    ids=["used once", "half of a second request", "an unfinished body"],
)
async def test_above_the_limit_connections_that_ask_for_nothing_more_make_room(data: bytes) -> None:
    async with service(Connections(most=8)) as here, AsyncExitStack() as stack:
        readers = [await held(stack, here.port, data) for _ in range(8)]
        if data.startswith(b"GET"):
            assert [await answer(reader) for reader in readers] == [405] * 8
        assert [await here.status(BODY) for _ in range(3)] == [202] * 3


async def test_a_missing_body_times_out() -> None:
    async with service(bodies=BodyReader(seconds=0.3)) as here, AsyncExitStack() as stack:
        reader = await held(stack, here.port, head(BODY, 1000) + b"{")
        assert await answer(reader) == 408
        assert here.bodies.held == 0


async def test_bodies_share_a_memory_limit_that_small_deliveries_ignore() -> None:
    size = 2 * 2**20
    async with service(bodies=BodyReader(in_flight=4 * size)) as here, AsyncExitStack() as stack:
        readers = [
            await held(stack, here.port, head(b"", LIMIT, X_Hub_Signature_256=FORGED) + b"x" * size)
            for _ in range(20)
        ]
        refused = [asyncio.ensure_future(answer(reader)) for reader in readers]
        done, waiting = await asyncio.wait(refused, timeout=3)
        assert {one.result() for one in done} == {503}
        assert len(done) >= 15
        assert here.bodies.held <= 4 * size
        assert await here.status(BODY) == 202
        assert len(BODY) < UNCOUNTED
        for one in waiting:
            one.cancel()


async def test_what_can_not_be_signed_is_refused_before_its_body_comes() -> None:
    async with service() as here, AsyncExitStack() as stack:
        reader = await held(stack, here.port, head(b"", LIMIT, X_Hub_Signature_256="sha1=0"))
        assert await answer(reader) == 401


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (head(BODY, LIMIT + 1), 413),
        (head(BODY, None, Transfer_Encoding="chunked") + b"no number\r\n", 400),
        (head(BODY, None, Transfer_Encoding="chunked") + b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY), 202),
        (head(BODY, None, Transfer_Encoding="chunked") + b"1900001\r\n" + b" " * (LIMIT + 1) + b"\r\n", 413),
        (head(BODY, 10, Content_Encoding="gzip") + gzip.compress(BODY)[:10], 401),
        (head(BODY, len(BODY), content_length="5") + BODY, 400),
        (head(BODY, len(BODY), Transfer_Encoding="chunked") + BODY, 400),
        (b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n", 400),
    ],
)
async def test_malformed_deliveries_get_a_status_and_leave_nothing(data: bytes, status: int) -> None:
    async with service() as here, AsyncExitStack() as stack:
        assert await answer(await held(stack, here.port, data)) == status
        assert here.bodies.held == 0
        assert await here.status(BODY) == 202


async def test_a_delivery_that_is_cut_short_leaves_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async with service() as here:
        async with AsyncExitStack() as stack:
            await held(stack, here.port, head(BODY, 10 * 2**20) + b"x" * 2**20)
            while not here.bodies.held:
                await asyncio.sleep(0)
        while here.bodies.held:
            await asyncio.sleep(0)
        assert await here.status(BODY) == 202
    assert "Traceback" not in caplog.text


async def test_halves_of_characters_and_nul_are_replaced_and_the_rest_is_kept() -> None:
    body = BODY.replace(b"/migrate status", rb"/migrate \ud83d\u0000 \ud83d\ude00").replace(
        b"o/r", rb"o/\udc00"
    )
    async with service() as here:
        assert await here.status(body) == 202
        (event,) = here.queued
        assert event.text == "/migrate �� \U0001f600"
        assert event.repo == "o/�"


@pytest.mark.parametrize(
    ("error", "status", "why"),
    [
        (NotStorable(), 422, "refused: the database does not take"),
        (OSError("disk full"), 503, "refused: it could not be stored"),
    ],
)
async def test_what_can_not_be_stored_is_refused_with_a_reason(
    caplog: pytest.LogCaptureFixture, error: Exception, status: int, why: str
) -> None:
    async with service() as here:
        here.errors = [error]
        assert await here.status(BODY) == status
        assert why in caplog.text
        assert await here.status(BODY) == 202


async def test_a_delivery_that_the_database_refuses_fails_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    event = read_delivery("issue_comment", "d", PAYLOAD, 1.0)
    assert event is not None

    def write(_inbox: Inbox, arrivals: list[Arrival]) -> set[str]:
        for one in arrivals:
            one.event.repo.encode()
        return {one.event.delivery for one in arrivals}

    monkeypatch.setattr(Inbox, "_write", write)
    dispatcher = Dispatcher({}, None, "1", 60.0)  # type: ignore[arg-type]
    inbox = Inbox(EngineState(None, None, "1", 0.0, dispatcher))  # type: ignore[arg-type]
    writing = asyncio.create_task(inbox.write_all())
    events = [replace(event, delivery=f"d-{n}", repo="\ud800" if n == 4 else "o/r") for n in range(9)]
    found = await asyncio.gather(*map(inbox.add, events), return_exceptions=True)
    writing.cancel()
    assert [one for one in found if one is not EnqueueResult.QUEUED] == [found[4]]
    assert isinstance(found[4], NotStorable)
    assert IN_FLIGHT < 100 * 2**20
