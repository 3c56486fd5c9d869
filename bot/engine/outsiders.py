"""What people from outside write is looked at at once, and then once a minute: nobody uses up GitHub's limits."""

from __future__ import annotations

import threading
import time

from cachetools import LRUCache

from bot.store import Migration

PAUSE = 60.0


class OutsiderLooks:
    """When this process last looked at once at a migration for somebody from outside."""

    def __init__(self) -> None:
        self._last: LRUCache[str, float] = LRUCache(10_000)
        self._lock = threading.Lock()

    def due(self, migration: Migration, at: float) -> float | None:
        """When to look at what was written then: None for at once."""
        with self._lock:
            now = time.monotonic()
            left = self._last.get(migration.key, now - PAUSE) + PAUSE - now
            if left > 0:
                return at + left
            self._last[migration.key] = now
            return None
