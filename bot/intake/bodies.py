"""Reads the bodies of requests that aren't verified yet, within limits of time, size, and total memory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import ClientError, web

LIMIT = 25 * 2**20
BODY_SECONDS = 10.0
"""GitHub itself gives up on a delivery after ten seconds."""
IN_FLIGHT = 64 * 2**20
UNCOUNTED = 64 * 2**10
"""Bytes of each body that need no room among those in flight: most deliveries are smaller, and are always taken."""


class BodyTooLarge(Exception):
    pass


class BodyTooSlow(Exception):
    pass


class BodyCutShort(Exception):
    """Also where its encoding is wrong."""


class BodyBudgetExceeded(Exception):
    """Other bodies use all the memory that is reserved for them."""


class BodyReader:
    def __init__(self, in_flight: int = IN_FLIGHT, seconds: float = BODY_SECONDS) -> None:
        self.in_flight, self.seconds = in_flight, seconds
        self.held = 0

    @contextmanager
    def room(self) -> Iterator[BodyBudget]:
        """Given back when the body is done with."""
        room = BodyBudget(self)
        try:
            yield room
        finally:
            self.held -= room.held

    async def read(self, request: web.Request, room: BodyBudget) -> bytearray:
        if (request.content_length or 0) > LIMIT:
            raise BodyTooLarge
        try:
            async with asyncio.timeout(self.seconds):
                return await _read(request, room)
        except TimeoutError:
            raise BodyTooSlow from None
        except (web.RequestPayloadError, ClientError, ConnectionError):
            raise BodyCutShort from None


class BodyBudget:
    def __init__(self, reader: BodyReader) -> None:
        self._reader, self.held = reader, 0

    def grow_to(self, size: int) -> None:
        more = max(0, size - UNCOUNTED) - self.held
        if self._reader.held + more > self._reader.in_flight:
            raise BodyBudgetExceeded
        self._reader.held += more
        self.held += more


async def _read(request: web.Request, room: BodyBudget) -> bytearray:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > LIMIT:
            raise BodyTooLarge
        room.grow_to(len(body))
    return body
