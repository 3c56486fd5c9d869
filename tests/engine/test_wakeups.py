"""The engine's threads wait for work instead of asking the database many times a second."""

from __future__ import annotations

import threading

import pytest
from dbos import _dbos
from dbos._queue import queue_thread

from bot.engine import wakeups as module
from bot.engine.wakeups import Wakeups, _StopOrWakeup

NEVER = 600.0


@pytest.fixture
def wakeups(monkeypatch: pytest.MonkeyPatch) -> Wakeups:
    """At rest from the start."""
    monkeypatch.setattr(module, "_ATTENTIVE", 0.0)
    return Wakeups(NEVER)


def waiting(wakeups: Wakeups, queue: str) -> tuple[threading.Thread, list[bool]]:
    """A thread of the engine's that waits for the queue, and what its wait returns."""
    returned: list[bool] = []
    event = _StopOrWakeup(threading.Event(), wakeups)
    thread = threading.Thread(
        target=lambda: returned.append(event.wait(0.001)), name=f"queue-worker-{queue}", daemon=True
    )
    thread.start()
    return thread, returned


def test_what_is_queued_ends_the_wait_of_its_queue_alone(wakeups: Wakeups) -> None:
    (looks, returned), (chores, _) = waiting(wakeups, "looks"), waiting(wakeups, "chores")
    wakeups.wake("looks")
    looks.join(30)
    assert returned == [False]
    assert chores.is_alive()
    wakeups.close()


def test_a_wakeup_before_the_wait_is_not_lost(wakeups: Wakeups) -> None:
    wakeups.wake("looks")
    thread, returned = waiting(wakeups, "looks")
    thread.join(30)
    assert returned == [False]


def test_the_end_of_the_process_ends_every_wait(wakeups: Wakeups) -> None:
    before, ended = waiting(wakeups, "looks")
    wakeups.close()
    after, not_begun = waiting(wakeups, "looks")
    for thread in (before, after):
        thread.join(30)
    assert ended == not_begun == [True]


def test_a_queue_that_was_woken_is_polled_at_its_own_interval_for_a_while() -> None:
    wakeups = Wakeups(NEVER)
    wakeups.wake("looks")
    for _ in range(3):
        thread, returned = waiting(wakeups, "looks")
        thread.join(30)
        assert returned == [False]


def test_the_engine_starts_the_thread_that_is_given_to_it(
    wakeups: Wakeups, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(vars(_dbos), "queue_thread", queue_thread)
    given: list[object] = []
    monkeypatch.setattr(module, "queue_thread", lambda stop, instance: given.extend((stop, instance)))
    wakeups.install()
    stop = threading.Event()
    vars(_dbos)["queue_thread"](stop, "dbos")
    assert isinstance(given[0], _StopOrWakeup)
    assert given[1] == "dbos"
    stop.set()
    assert given[0].is_set()
