"""Lost deliveries: GitHub sends them again only on request, and only for three days."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Protocol

from bot.github import Delivery
from bot.intake.payloads import SUBSCRIBED
from bot.store.positions import Positions

KEPT_BY_GITHUB = 3 * 86400.0
MOST_ATTEMPTS = 3
POSITION = "deliveries"
log = logging.getLogger("drover.work")


class DeliveryList(Protocol):
    async def deliveries(self, since: datetime) -> list[Delivery]: ...
    async def redeliver(self, id: int) -> None: ...


class Redelivery:
    def __init__(
        self,
        github: DeliveryList,
        positions: Positions,
        overlap: float,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`overlap`: how many seconds of what was read are read again, since a delivery may have been under way."""
        self._github, self._positions, self._overlap, self._now = github, positions, overlap, now

    async def request_lost(self) -> None:
        began = self._now()
        read_until = await asyncio.to_thread(self._positions.get, POSITION) or 0.0
        since = max(read_until, began - KEPT_BY_GITHUB)
        for lost in _lost_deliveries(await self._github.deliveries(since=datetime.fromtimestamp(since, UTC))):
            log.info("delivery %s (%s) did not arrive: asking GitHub to send it again", lost.guid, lost.event)
            await self._github.redeliver(lost.id)
        await asyncio.to_thread(self._positions.set, POSITION, began - self._overlap)


def _lost_deliveries(deliveries: Iterable[Delivery]) -> Iterator[Delivery]:
    """The newest attempt of each delivery that never arrived and is still worth another."""
    attempts: dict[str, list[Delivery]] = {}
    for one in deliveries:
        attempts.setdefault(one.guid, []).append(one)
    for tries in attempts.values():
        arrived = any(one.arrived for one in tries)
        if not arrived and len(tries) <= MOST_ATTEMPTS and tries[0].event in SUBSCRIBED:
            yield max(tries, key=lambda one: one.delivered_at)
