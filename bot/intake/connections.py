"""Limits on connections: how many there may be, and how long one may take to send its headers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

HEADER_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 30.0
LINGER_SECONDS = 2.0
"""For the rest of a body that nobody reads, before the connection is closed."""
MOST_CONNECTIONS = 512


class Connections:
    """Those that are open. At most so many: beyond, the one that has said nothing for longest is closed, or else the one
    whose request has taken longest."""

    def __init__(self, most: int = MOST_CONNECTIONS, header_seconds: float = HEADER_SECONDS) -> None:
        self.most, self.header_seconds = most, header_seconds
        self._silent: dict[LimitedHandler, None] = {}
        """Without the headers of a request: of their first, or of their next. In their order since when."""
        self._busy: dict[LimitedHandler, None] = {}

    def add(self, handler: LimitedHandler) -> None:
        if len(self._silent) + len(self._busy) >= self.most:
            next(iter(self._silent or self._busy)).force_close()
        self._silent[handler] = None

    def has_headers(self, handler: LimitedHandler) -> None:
        if handler in self._silent:
            del self._silent[handler]
            self._busy[handler] = None

    def has_answer(self, handler: LimitedHandler) -> None:
        if handler in self._busy:
            del self._busy[handler]
            self._silent[handler] = None

    def close_silent(self, handler: LimitedHandler) -> None:
        if handler in self._silent and not handler.was_used:
            handler.force_close()

    def remove(self, handler: LimitedHandler) -> None:
        self._silent.pop(handler, None)
        self._busy.pop(handler, None)


class LimitedHandler(web.RequestHandler):
    """aiohttp's own, which waits forever for the headers of a connection's first request."""

    __slots__ = ("_headers_due", "connections", "was_used")

    def __init__(self, server: web.Server, connections: Connections) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            lingering_time=LINGER_SECONDS,
            auto_decompress=False,  # GitHub compresses nothing, and its signature is of what was sent
        )
        self.connections = connections
        self.was_used = False
        self._headers_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        loop = asyncio.get_running_loop()
        self._headers_due = loop.call_later(
            self.connections.header_seconds, self.connections.close_silent, self
        )
        self.connections.add(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._headers_due is not None:
            self._headers_due.cancel()
        self.connections.remove(self)
        super().connection_lost(exc)


@web.middleware
async def note_headers(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    protocol = request.protocol
    if not isinstance(protocol, LimitedHandler):
        return await handler(request)
    protocol.was_used = True
    protocol.connections.has_headers(protocol)
    try:
        return await handler(request)
    finally:
        protocol.connections.has_answer(protocol)


class Listener:
    """A port, and the application that answers on it."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._runner: web.AppRunner | None = None
        self._server: web.Server | None = None
        self.port = 0

    async def answer_with(self, app: web.Application) -> None:
        """From now on; what the one before has begun it ends first. `app` needs `note_headers` among its middlewares."""
        before, self._runner = self._runner, web.AppRunner(app, access_log=None)
        await self._runner.setup()
        self._server = self._runner.server
        if before is not None:
            await before.cleanup()

    def new_handler(self) -> LimitedHandler:
        if self._server is None:
            raise RuntimeError("nothing answers on this port yet")
        return LimitedHandler(self._server, self._connections)

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()


@asynccontextmanager
async def listening_on(
    app: web.Application, host: str, port: int, *, shared_port: bool = False, connections: Connections
) -> AsyncIterator[Listener]:
    listener = Listener(connections)
    try:
        await listener.answer_with(app)
        loop = asyncio.get_running_loop()
        bound = await loop.create_server(listener.new_handler, host, port, reuse_port=shared_port or None)
        try:
            listener.port = int(bound.sockets[0].getsockname()[1])
            yield listener
        finally:
            bound.close()
    finally:
        await listener.stop()
