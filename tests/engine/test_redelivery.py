"""Deliveries that did not arrive are asked for again, from where the last time stopped reading."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.github import Delivery
from bot.store import Store, open_store
from bot.turn.redelivery import KEPT_BY_GITHUB, Redelivery


class DeliveryLog:
    """GitHub's list of deliveries, and what was asked of it."""

    def __init__(self, *deliveries: Delivery) -> None:
        self.listed, self.read_since, self.redelivered = deliveries, list[float](), list[int]()

    async def deliveries(self, since: datetime) -> list[Delivery]:
        self.read_since.append(since.timestamp())
        return list(self.listed)

    async def redeliver(self, id: int) -> None:
        self.redelivered.append(id)


def delivery(id: int, guid: str, status: int, event: str = "push") -> Delivery:
    return Delivery(id, guid, event, None, status, False, datetime.fromtimestamp(id, UTC), 7, 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path}/drover.db") as found:
        found.prepare()
        yield found


async def test_only_lost_deliveries_of_known_events_are_requested_again(store: Store) -> None:
    log = DeliveryLog(
        *(delivery(1, "lost", 502), delivery(2, "lost", 504)),
        *(delivery(3, "arrived late", 502), delivery(4, "arrived late", 202)),
        *(delivery(number, "tried often", 500) for number in (5, 6, 7, 8)),
        delivery(9, "not read", 500, "star"),
    )
    await Redelivery(log, store.positions, 60.0).request_lost()
    assert log.redelivered == [2]


async def test_a_restart_reads_on_from_where_the_last_process_stopped(store: Store) -> None:
    log, began = DeliveryLog(), time.time()
    await Redelivery(log, store.positions, 60.0).request_lost()
    await Redelivery(log, store.positions, 60.0).request_lost()
    first, second = log.read_since
    assert first == pytest.approx(began - KEPT_BY_GITHUB, abs=5)
    assert began - 60 <= second <= time.time() - 60


async def test_after_a_long_stop_everything_that_github_still_has_is_read(store: Store) -> None:
    store.positions.set("deliveries", time.time() - 10 * KEPT_BY_GITHUB)
    log = DeliveryLog()
    await Redelivery(log, store.positions, 60.0).request_lost()
    assert log.read_since == [pytest.approx(time.time() - KEPT_BY_GITHUB, abs=5)]


async def test_a_list_that_could_not_be_read_is_read_again(store: Store) -> None:
    class BrokenLog(DeliveryLog):
        async def redeliver(self, id: int) -> None:
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await Redelivery(BrokenLog(delivery(1, "lost", 502)), store.positions, 60.0).request_lost()
    assert store.positions.get("deliveries") is None
