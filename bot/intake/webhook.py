"""`POST /webhook`: signature, size, enqueue, 202. No call to GitHub is made here."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from enum import StrEnum

from aiohttp import web
from prometheus_client import Counter, Histogram

from bot.intake.events import Event, parse

LIMIT = 25 * 2**20
log = logging.getLogger("drover.intake")
deliveries = Counter("drover_deliveries", "Deliveries by what became of them", ["event", "end"])
seconds = Histogram(
    "drover_delivery_seconds",
    "From the first byte to the answer",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5),
)


class Taken(StrEnum):
    QUEUED = "queued"
    REPEATED = "repeated"
    AGAIN = "run again"


Enqueue = Callable[[Event], Awaitable[Taken]]


def signed(secret: str, body: bytes, signature: str) -> bool:
    """SHA-256 only, compared in constant time."""
    wanted = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), signature.encode())


def webhook(secret: str, enqueue: Enqueue) -> Callable[[web.Request], Awaitable[web.Response]]:
    if not secret:
        raise ValueError("a webhook without a secret would accept anybody's deliveries")

    async def receive(request: web.Request) -> web.Response:
        with seconds.time():
            return await _receive(request, secret, enqueue)

    return receive


async def _receive(request: web.Request, secret: str, enqueue: Enqueue) -> web.Response:
    """1. size  2. signature  3. form  4. what it says  5. durable  6. 202"""
    if (request.content_length or 0) > LIMIT:
        return _refused("large", 413, "a delivery is at most 25 MB")
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        return _refused("large", 413, "a delivery is at most 25 MB")
    if not signed(secret, body, request.headers.get("X-Hub-Signature-256", "")):
        return _refused("unsigned", 401, "the SHA-256 signature is missing or wrong")
    name = request.headers.get("X-GitHub-Event", "")
    delivery = request.headers.get("X-GitHub-Delivery", "")
    if not re.fullmatch(r"[0-9A-Za-z-]{1,80}", delivery) or not re.fullmatch(r"[a-z_]{1,60}", name):
        return _refused("malformed", 400, "X-GitHub-Delivery or X-GitHub-Event is missing or malformed")
    try:
        event = parse(name, delivery, json.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        log.warning("delivery %s (%s) is not what GitHub documents", delivery, name)
        return _refused(name, 400, "the payload is not what GitHub documents for this event")
    if event is None:
        return _accepted(name, "nothing to do")
    taken = await enqueue(replace(event, at=time.time()))
    log.info("delivery %s (%s) %s", delivery, event.kind, taken)
    return _accepted(name, taken)


def _accepted(event: str, end: str) -> web.Response:
    deliveries.labels(event, end).inc()
    return web.json_response({"delivery": end}, status=202)


def _refused(event: str, status: int, why: str) -> web.Response:
    deliveries.labels(event if status == 400 and event.isidentifier() else "?", "refused").inc()
    return web.json_response({"message": why}, status=status)
