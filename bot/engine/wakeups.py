"""Queues that are polled when something was queued in this process, and otherwise seldom.

DBOS polls each queue at a fixed interval, which costs a resting process more than all else. Its threads wait on an
event that says that the process stops; here they wait on one that ends the wait when work was queued, too.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict

from dbos import DBOS, _dbos
from dbos._queue import queue_thread

_ATTENTIVE = 3.0
"""Seconds after a wake-up in which a queue is polled at its own interval: what was queued may wait for its turn."""
_THREAD = "queue-worker-"


class Wakeups:
    """`seconds_at_rest`: how often a queue is polled that nobody woke."""

    def __init__(self, seconds_at_rest: float) -> None:
        self._at_rest = seconds_at_rest
        self._bells: defaultdict[str, threading.Event] = defaultdict(threading.Event)
        self._attentive_until: defaultdict[str, float] = defaultdict(lambda: time.monotonic() + _ATTENTIVE)
        self._closed = False

    def wake(self, queue: str) -> None:
        self._attentive_until[queue] = time.monotonic() + _ATTENTIVE
        self._bells[queue].set()

    def close(self) -> None:
        """End every wait, and let no other begin: the process stops."""
        self._closed = True
        for bell in [*self._bells.values()]:
            bell.set()

    def install(self) -> None:
        """For the engine that is launched next."""
        vars(_dbos)["queue_thread"] = self._queue_thread

    def _queue_thread(self, stop: threading.Event, instance: DBOS) -> None:
        queue_thread(_StopOrWakeup(stop, self), instance)

    def wait(self, queue: str, seconds: float) -> bool:
        """Whether the process stops; returns early where there may be work."""
        resting = time.monotonic() >= self._attentive_until[queue]
        bell = self._bells[queue]
        bell.wait(max(seconds, self._at_rest) if resting and not self._closed else seconds)
        if not self._closed:
            bell.clear()
        return self._closed


class _StopOrWakeup(threading.Event):
    """What the engine's queue threads take for the event that stops them."""

    def __init__(self, stop: threading.Event, wakeups: Wakeups) -> None:
        super().__init__()
        self._stop, self._wakeups = stop, wakeups

    def is_set(self) -> bool:
        return self._stop.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        queue = threading.current_thread().name.removeprefix(_THREAD)
        return self._wakeups.wait(queue, timeout or 0.0) or self._stop.is_set()
