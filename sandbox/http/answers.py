"""Answers over HTTP: their headers, refusals, and the faults that a test has ordered."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from aiohttp import web

from sandbox.access.refusals import Refusal, not_found
from sandbox.controls import faults
from sandbox.controls.limits import RateLimit, SecondaryLimitStatus
from sandbox.forge import Forge
from sandbox.http.callers import Caller


@dataclass(frozen=True)
class Answer:
    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """A body that is not JSON, such as a diff."""
    content_type: str = "application/json; charset=utf-8"


DOCUMENTATION = "https://docs.github.com/rest"


_SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "If you reach out to GitHub Support for help, please include the request ID."
)


_LIMITS_PAGE = (
    "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"
)


async def send_half(request: web.Request, whole: web.Response) -> web.StreamResponse:
    """Send half of the response, then close the connection."""
    body = whole.body if isinstance(whole.body, bytes) else b""
    half = web.StreamResponse(
        status=whole.status, headers={**whole.headers, "Content-Length": str(len(body) + 1)}
    )
    half.content_length = len(body) + 1
    await half.prepare(request)
    await half.write(body[: len(body) // 2])
    if request.transport:
        request.transport.close()
    return half


class MovedPermanently(Refusal):
    def __init__(self, status: int, location: str) -> None:
        super().__init__(status, "Moved Permanently")
        self.location = location


class SecondaryLimitExceeded(Refusal):
    """An exceeded secondary limit. As a 422 it names neither itself nor the time to wait."""

    def __init__(self, wait: int, told: SecondaryLimitStatus = "403") -> None:
        abuse = [{"resource": "Issue", "code": "abuse", "field": "base"}] if told == "422" else None
        super().__init__(int(told), "Validation Failed" if abuse else _SECONDARY, abuse)
        self.wait = None if abuse else wait


def refusal_answer(refusal: Refusal) -> Answer:
    body: dict[str, Any] = {"message": refusal.message}
    if refusal.errors is not None:
        body["errors"] = refusal.errors
    body |= {"documentation_url": DOCUMENTATION, "status": str(refusal.status)}
    headers = {}
    if isinstance(refusal, MovedPermanently):
        headers["Location"] = body["url"] = refusal.location
    if isinstance(refusal, SecondaryLimitExceeded) and refusal.wait is not None:
        headers["Retry-After"] = str(refusal.wait)
        body["documentation_url"] = _LIMITS_PAGE
    return Answer(body, refusal.status, headers)


def fault_answer(trouble: faults.RequestFault, forge: Forge) -> tuple[Answer, RateLimit]:
    """Return the answer of an ordered fault."""
    limit = RateLimit(5000, 4999, 1, int(forge.clock.seconds()) + 3600)
    wait = {"Retry-After": str(trouble.retry_after)}
    match trouble.trouble:
        case "403":
            return refusal_answer(Refusal(403, "Resource not accessible by integration")), limit
        case "404":
            return refusal_answer(not_found()), limit
        case "500":
            return Answer({"message": "Server Error"}, 500), limit
        case "503":
            return Answer({"message": "No server is currently available"}, 503), limit
        case "502" | "502-done":
            return Answer(
                raw=b"<html><body><h1>502 Bad Gateway</h1></body></html>",
                status=502,
                content_type="text/html",
            ), limit
        case "429":
            return Answer({"message": "Too Many Requests"}, 429, wait), limit
        case "secondary-403":
            return refusal_answer(SecondaryLimitExceeded(trouble.retry_after, "403")), limit
        case "secondary-429":
            return refusal_answer(SecondaryLimitExceeded(trouble.retry_after, "429")), limit
        case "secondary-422":
            return refusal_answer(SecondaryLimitExceeded(trouble.retry_after, "422")), limit
        case "primary-403":
            ends = dataclasses.replace(
                limit, remaining=0, used=5000, reset=int(forge.clock.seconds()) + trouble.retry_after
            )
            return Answer(
                {"message": "API rate limit exceeded", "documentation_url": DOCUMENTATION},
                403,
                {"Date": formatdate(forge.clock.seconds(), usegmt=True)},  # by the clock of the reset
            ), ends
        case _:
            return refusal_answer(Refusal(401, "Bad credentials")), limit


def respond(
    forge: Forge, request: web.Request, who: Caller | None, answer: Answer, limit: RateLimit
) -> web.Response:
    payload = answer.raw
    if payload is None and answer.body is not None:
        payload = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "replace"
        )
    headers = {**answer.headers}
    if request.method in ("GET", "HEAD") and answer.status == 200 and payload is not None:
        headers["ETag"] = _etag(payload, request)
        headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
        if request.headers.get("If-None-Match") == headers["ETag"]:
            limit = forge.limits.refund(who.name, limit.resource) if who else limit
            headers.pop("Link", None)
            return web.Response(status=304, headers={**headers, **_headers(forge, limit)})
    headers |= _headers(forge, limit)
    if payload is None:
        return web.Response(status=answer.status, headers=headers)
    headers["Content-Type"] = answer.content_type
    return web.Response(body=payload, status=answer.status, headers=headers)


def _etag(payload: bytes, request: web.Request) -> str:
    """Return the ETag of a body for one token. As on GitHub, it does not depend on the `Link` header."""
    token = request.headers.get("Authorization", "").encode()
    return f'W/"{hashlib.sha256(token + payload).hexdigest()}"'


def _headers(forge: Forge, limit: RateLimit) -> dict[str, str]:
    return {
        "X-GitHub-Media-Type": "github.v3; format=json",
        "X-GitHub-Request-Id": uuid.uuid4().hex[:20].upper(),
        "X-GitHub-Enterprise-Version": forge.faults.version,
        "X-RateLimit-Limit": str(limit.limit),
        "X-RateLimit-Remaining": str(limit.remaining),
        "X-RateLimit-Reset": str(limit.reset),
        "X-RateLimit-Used": str(limit.used),
        "X-RateLimit-Resource": limit.resource,
    }
