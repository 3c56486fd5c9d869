"""Signed bodies that come again under another delivery id: a person's second click, or somebody who has seen the first."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import Protocol

from cachetools import TTLCache

from bot.github import Delivery
from bot.intake.event import Event
from bot.store.clicks import Clicks

MARGIN = 60.0
"""Seconds that GitHub's clock may be behind."""
MOST_AN_HOUR = 30
"""Questions to GitHub; beyond, a body that comes again counts as a replay."""
PAUSES = (0.0, 1.0, 4.0)
"""Seconds before each look at the list: GitHub lists a delivery a moment after it was answered."""
log = logging.getLogger("drover.work")


class SentDeliveries(Protocol):
    async def deliveries(self, since: datetime) -> list[Delivery]: ...


class Replays:
    def __init__(self, github: SentDeliveries, clicks: Clicks) -> None:
        self._github, self._clicks = github, clicks
        self._asked: TTLCache[str, bool] = TTLCache(MOST_AN_HOUR, 3600.0)

    async def is_replay(self, event: Event) -> bool:
        """Whether somebody clicked once, and it isn't GitHub that says so again."""
        if not event.is_click or not event.digest:
            return False
        if not await asyncio.to_thread(self._clicks.came_before, event):
            return False
        if await self._was_sent(event):
            return False
        log.warning("delivery %s is a replay: it does nothing", event.delivery)
        return True

    async def _was_sent(self, event: Event) -> bool:
        if len(self._asked) >= MOST_AN_HOUR:
            return False
        self._asked[event.delivery] = True
        since = datetime.fromtimestamp(event.at - MARGIN, UTC)
        for pause in PAUSES:
            await asyncio.sleep(pause)
            if any(one.guid == event.delivery for one in await self._github.deliveries(since=since)):
                return True
        return False
