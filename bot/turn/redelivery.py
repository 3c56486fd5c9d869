"""Deliveries that GitHub could not deliver: it sends them again where it is asked to, and only for three days."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from bot.github import App, Delivery
from bot.intake.payloads import SUBSCRIBED

KEPT_BY_GITHUB = 3 * 86400.0
MOST_ATTEMPTS = 3
log = logging.getLogger("drover.work")


class Redelivery:
    def __init__(self, github: App, overlap: float) -> None:
        self._github, self._overlap = github, overlap
        self._read_until: float | None = None

    async def request_lost(self) -> None:
        since = self._read_until or time.time() - KEPT_BY_GITHUB
        began = time.time()
        deliveries = await self._github.deliveries(since=datetime.fromtimestamp(since, UTC))
        for lost in _lost(deliveries):
            log.info("delivery %s (%s) did not arrive: asking GitHub to send it again", lost.guid, lost.event)
            await self._github.redeliver(lost.id)
        self._read_until = began - self._overlap


def _lost(deliveries: Iterable[Delivery]) -> Iterator[Delivery]:
    """The newest attempt of each delivery that never arrived and is still worth another."""
    attempts: dict[str, list[Delivery]] = {}
    for one in deliveries:
        attempts.setdefault(one.guid, []).append(one)
    for tries in attempts.values():
        arrived = any(one.arrived for one in tries)
        if not arrived and len(tries) <= MOST_ATTEMPTS and tries[0].event in SUBSCRIBED:
            yield max(tries, key=lambda one: one.delivered_at)
