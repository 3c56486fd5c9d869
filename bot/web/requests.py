"""What a browser's request says."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl

from aiohttp import web

from bot.setting_values import server_address

FORM_SECONDS = 10.0
MOST_FIELDS = 50


async def form_fields(request: web.Request) -> dict[str, str]:
    """A form's values, each once."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType(reason="a form is expected")
    try:
        async with asyncio.timeout(FORM_SECONDS):
            sent = await request.read()
        return dict(parse_qsl(sent.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except TimeoutError:
        raise web.HTTPRequestTimeout(reason="the form took too long to arrive") from None
    except ValueError:
        raise web.HTTPBadRequest(reason="the form can't be read") from None


def cookie(request: web.Request, name: str) -> str:
    return request.cookies.get(name, "")


def own_address(request: web.Request) -> str:
    """This server's address as the request names it: good to be shown to whoever sent it, and for nothing else."""
    try:
        return server_address(f"{'https' if is_https(request) else 'http'}://{request.host}")
    except ValueError:
        return ""


def is_https(request: web.Request) -> bool:
    """Also where a proxy in front of this server speaks it."""
    said = request.headers.get("X-Forwarded-Proto", "").partition(",")[0].strip().lower()
    return (said or request.scheme) == "https"
