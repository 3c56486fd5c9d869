"""`POST /webhook`: signature, size, enqueue, 202. No call to GitHub is made here."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum

from aiohttp import web

from bot import metrics
from bot.intake.bodies import (
    BodyBudget,
    BodyBudgetExceeded,
    BodyCutShort,
    BodyReader,
    BodyTooLarge,
    BodyTooSlow,
)
from bot.intake.delivery import read_delivery
from bot.intake.event import Event
from bot.logs import about
from bot.tracing.spans import describe_span, span

log = logging.getLogger("drover.intake")


class EnqueueResult(StrEnum):
    QUEUED = "queued"
    REPEATED = "repeated"
    AGAIN = "run again"


class NotStorable(Exception):
    """What the database does not take, whoever tries."""


Enqueue = Callable[[Event], Awaitable[EnqueueResult]]


def signed(secret: str, body: bytes | bytearray, signature: str) -> bool:
    """SHA-256 only, compared in constant time."""
    wanted = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), signature.encode())


def webhook(
    secrets: tuple[str, ...], enqueue: Enqueue, bodies: BodyReader | None = None
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Takes what is signed with any of the secrets: while one is replaced by another, GitHub signs with either."""
    if not secrets or not all(secrets):
        raise ValueError("a webhook without a secret would accept anybody's deliveries")
    reader = bodies or BodyReader()

    async def receive(request: web.Request) -> web.Response:
        with metrics.delivery_seconds.time():
            return await _receive(request, secrets, enqueue, reader)

    return receive


class DeliveryRefused(Exception):
    def __init__(self, status: int, why: str, event: str = "?") -> None:
        super().__init__(why)
        self.status, self.why, self.event = status, why, event


async def _receive(
    request: web.Request, secrets: tuple[str, ...], enqueue: Enqueue, bodies: BodyReader
) -> web.Response:
    """1. size and signature  2. headers and payload  3. made durable  4. 202"""
    try:
        with bodies.room() as room:
            event = _read(request.headers, await _signed_body(request, secrets, bodies, room))
        name = request.headers["X-GitHub-Event"]
        if event is None:
            return _accepted_response(name, "nothing to do")
        with about(**event.subject):
            result = await _store(event, name, enqueue)
            log.info("delivery %s (%s) %s", event.delivery, event.kind, result)
    except DeliveryRefused as refusal:
        return _refused_response(request.headers, refusal)
    return _accepted_response(name, result)


async def _store(event: Event, name: str, enqueue: Enqueue) -> EnqueueResult:
    try:
        with span("webhook", "server", event=event.kind):
            result = await enqueue(event)
            describe_span(result=result.value)
            return result
    except NotStorable:
        raise DeliveryRefused(422, "the database does not take what the payload says", name) from None
    except Exception as error:
        log.exception("delivery %s (%s) could not be stored", event.delivery, event.kind)
        raise DeliveryRefused(503, "it could not be stored; it can be delivered again", name) from error


async def _signed_body(
    request: web.Request, secrets: tuple[str, ...], bodies: BodyReader, room: BodyBudget
) -> bytearray:
    """A request that can't be signed is refused before its body is read."""
    signature = request.headers.get("X-Hub-Signature-256", "")
    if not _SIGNATURE.fullmatch(signature):
        raise DeliveryRefused(401, UNSIGNED)
    try:
        body = await bodies.read(request, room)
    except tuple(_BODY_REFUSALS) as problem:
        status, why = _BODY_REFUSALS[type(problem)]
        raise DeliveryRefused(status, why) from None
    if not any(signed(secret, body, signature) for secret in secrets):
        raise DeliveryRefused(401, UNSIGNED)
    return body


UNSIGNED = "the SHA-256 signature is missing or wrong"
_SIGNATURE = re.compile(r"sha256=[0-9a-f]{64}")
_BODY_REFUSALS: Mapping[type[Exception], tuple[int, str]] = {
    BodyTooLarge: (413, "a delivery is at most 25 MB"),
    BodyTooSlow: (408, "the body took too long to arrive"),
    BodyCutShort: (400, "the body ended early, or its encoding is wrong"),
    BodyBudgetExceeded: (503, "too many large bodies are on their way"),
}


def _read(headers: Mapping[str, str], body: bytearray) -> Event | None:
    name, delivery = headers.get("X-GitHub-Event", ""), headers.get("X-GitHub-Delivery", "")
    if not _DELIVERY_ID.fullmatch(delivery) or not _EVENT_NAME.fullmatch(name):
        raise DeliveryRefused(400, "X-GitHub-Delivery or X-GitHub-Event is missing or malformed")
    try:
        digest = hashlib.sha256(body).hexdigest()
        return read_delivery(name, delivery, json.loads(body), time.time(), digest)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        why = "the payload is not what GitHub documents for this event"
        raise DeliveryRefused(400, why, name) from None


_DELIVERY_ID = re.compile(r"[0-9A-Za-z-]{1,80}")
_EVENT_NAME = re.compile(r"[a-z_]{1,60}")


def _accepted_response(event: str, result: str) -> web.Response:
    metrics.deliveries.labels(event, result).inc()
    return web.json_response({"delivery": result}, status=202)


def _refused_response(headers: Mapping[str, str], refusal: DeliveryRefused) -> web.Response:
    metrics.deliveries.labels(refusal.event, "refused").inc()
    delivery, name = (
        _printable(headers.get(header, "")) for header in ("X-GitHub-Delivery", "X-GitHub-Event")
    )
    with about(delivery=delivery):
        log.warning("delivery %s (%s) refused: %s", delivery, name, refusal.why)
    return web.json_response({"message": refusal.why}, status=refusal.status)


def _printable(header: str) -> str:
    """What a stranger may have sent, on one short line."""
    return re.sub(r"[^0-9A-Za-z_-]", "?", header[:80]) or "?"
