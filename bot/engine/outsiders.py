"""What people from outside write and push is looked at at once, and then once a minute: nobody uses up GitHub's limits."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable

from cachetools import LRUCache

PAUSE = 60.0


class OutsiderLooks:
    """When this process last looked at once: at a migration for anybody from outside, at pull requests for one."""

    def __init__(self) -> None:
        self._last: LRUCache[Hashable, float] = LRUCache(10_000)
        self._lock = threading.Lock()

    def due(self, what: Hashable, at: float) -> float | None:
        """When to look at what was done then: None for at once."""
        with self._lock:
            now = time.monotonic()
            left = self._last.get(what, now - PAUSE) + PAUSE - now
            if left > 0:
                return at + left
            self._last[what] = now
            return None
