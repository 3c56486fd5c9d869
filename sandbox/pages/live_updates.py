"""The event stream that tells open pages to refresh."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.client_exceptions import ClientConnectionResetError

from sandbox.model.changes import ChangeNotice
from sandbox.pages.site import Site

KEEP_ALIVE_SECONDS = 15.0
"""Seconds between keep-alive messages."""


def live_routes(site: Site) -> list[web.RouteDef]:
    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        await response.prepare(request)
        await _stream_changes(site, response, request.query.get("repo", ""))
        return response

    return [web.get("/_/events", events)]


async def _stream_changes(site: Site, response: web.StreamResponse, repo: str) -> None:
    waiting: asyncio.Queue[ChangeNotice] = asyncio.Queue()
    listening = asyncio.create_task(_listen(site, repo, waiting))
    try:
        await response.write(b"retry: 500\n\n")
        while not listening.done():
            await response.write(await _next(waiting))
    except (ClientConnectionResetError, ConnectionError):
        return
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def _listen(site: Site, repo: str, waiting: asyncio.Queue[ChangeNotice]) -> None:
    async for change in site.forge.subscribe():
        if change.repo.lower() == repo.lower():
            waiting.put_nowait(change)


async def _next(waiting: asyncio.Queue[ChangeNotice]) -> bytes:
    try:
        return _message(await asyncio.wait_for(waiting.get(), KEEP_ALIVE_SECONDS))
    except TimeoutError:
        return b": still here\n\n"


def _message(change: ChangeNotice) -> bytes:
    number = "" if change.number is None else f" {change.number}"
    return f"event: change\ndata: {change.event}{number}\n\n".encode()
