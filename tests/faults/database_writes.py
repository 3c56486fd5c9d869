"""Tells a test of each write to the database of a process of its own, before it happens: steps end with one."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import sqlalchemy as sa
from aiohttp import web

from sandbox.controls.faults import Faults

METHOD = "WRITE"
_WRITE = re.compile(r"\s*(INSERT INTO|UPDATE|DELETE FROM) (?:main\.|dbos\.)?\"?(\w+)")
_SAYS_MORE = ("function_name", "name", "status")
"""The parameters that say which step it is, or which workflow."""


def kind_of_write(statement: str, parameters: Mapping[str, Any]) -> str | None:
    """None where it only reads."""
    found = _WRITE.match(statement)
    if found is None:
        return None
    more = (parameters.get(name) for name in _SAYS_MORE)
    return " ".join([found[1].split()[0].lower(), found[2], *(one for one in more if isinstance(one, str))])


def report_writes(address: str) -> None:
    """In the process that is to be killed. Returns to the statement once the test has answered."""

    @sa.event.listens_for(sa.Engine, "before_cursor_execute")
    def report(_connection: Any, _cursor: Any, statement: str, _raw: Any, context: Any, _many: bool) -> None:
        parameters = getattr(context, "compiled_parameters", None) or [{}]
        kind = kind_of_write(statement, parameters[0])
        if kind:
            with suppress(OSError):
                urlopen(f"{address}/{quote(kind)}", timeout=60).close()


@asynccontextmanager
async def told_of_writes(faults: Faults) -> AsyncIterator[str]:
    """The address for the process: to strikes, a write looks like a request."""

    async def answer(request: web.Request) -> web.Response:
        await faults.next_fault(METHOD, request.match_info["kind"])
        return web.Response()

    application = web.Application()
    application.router.add_get("/{kind}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
