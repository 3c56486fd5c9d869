"""Errors in plain words: a page for a browser, JSON for a program."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from bot.web.refusals import PageRefused
from bot.web.rendering import headers, page

log = logging.getLogger("drover.web")


def not_found() -> PageRefused:
    """The same for what does not exist and for what the visitor may not see."""
    return PageRefused(
        404,
        "There's nothing here",
        "The address may be mistyped, or it needs permission that you don't have. "
        "Drover shows a migration to those who can read its repository on GitHub.",
    )


_BY_STATUS: Mapping[int, Callable[[], PageRefused]] = {
    404: not_found,
    405: lambda: PageRefused(
        405, "This address doesn't work that way", "Go back, and follow a link instead."
    ),
    413: lambda: PageRefused(413, "That's too much", "The form was larger than any that Drover has."),
}
_CRASHED = (
    "Something went wrong in Drover. Its log says what. Migrations go on; reload the page to try again."
)


@web.middleware
async def error_pages(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except PageRefused as refused:
        return _answer(request, refused)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        known = _BY_STATUS.get(error.status)
        other = PageRefused(error.status, "That didn't work", f"{error.reason}.")
        return _answer(request, known() if known else other, error.headers.get("Allow"))
    except Exception:
        resource = request.match_info.route.resource
        log.exception("%s %s failed", request.method, resource.canonical if resource else "?")
        return _answer(request, PageRefused(500, "This page couldn't be shown", _CRASHED))


def _answer(request: web.Request, refused: PageRefused, allow: str | None = None) -> web.Response:
    if "text/html" in request.headers.get("Accept", ""):
        answer = page(request, "error.html", status=refused.status, refused=refused)
    else:
        message = {"message": f"{refused.title}. {refused.says}"}
        answer = web.json_response(message, status=refused.status, headers=headers())
    if allow:
        answer.headers["Allow"] = allow
    return answer
