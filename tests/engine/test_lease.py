"""A worker's lease: valid as long as it is renewed, then never again; what was claimed under it writes nothing more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextvars import copy_context
from pathlib import Path

import pytest

from bot.engine import lease as leases
from bot.engine.lease import Lease, LeaseLost
from bot.store import Store, open_store
from tests.client_calls import CALLS, GRAPHQL_CALLS
from tests.github_server import fake_github

SILENCE = 30.0
QUERY = "userContentEdits"
WRITES = {
    call: do
    for call, do in {**CALLS, **GRAPHQL_CALLS}.items()
    if not call.startswith("GET ") and call != QUERY
}


class Uptime:
    """The machine's clock, which stands still between two lines of a test."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def uptime(monkeypatch: pytest.MonkeyPatch) -> Uptime:
    """Also the database's, in which nobody else is."""
    clock = Uptime()
    monkeypatch.setattr(leases, "uptime", clock)
    monkeypatch.setattr("bot.store.heartbeats.time.time", clock)
    return clock


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path}/drover.db") as one:
        one.prepare()
        yield one


@pytest.fixture
async def lease(store: Store, uptime: Uptime) -> Lease:
    one = Lease(store, "2", SILENCE, is_shared=True)
    await one.start(lambda: None)
    return one


def taken_over(store: Store, lease: Lease) -> bool:
    return store.heartbeats.take_over(lease.executor, SILENCE)


async def late_write(lease: Lease) -> None:
    """A write of what was claimed under the lease of now."""
    lease.claim()
    await asyncio.sleep(0)
    await lease.check()


async def test_a_lease_that_is_renewed_can_not_be_taken_over(
    store: Store, lease: Lease, uptime: Uptime
) -> None:
    for _ in range(9):
        uptime.now += SILENCE / 2
        assert not taken_over(store, lease)
        await late_write(lease)  # asks the database, which renews it
    assert lease.number == 0
    assert store.heartbeats.beating_within(SILENCE) == [lease.executor]


async def test_what_was_claimed_before_a_pause_writes_nothing_after_it(
    store: Store, lease: Lease, uptime: Uptime
) -> None:
    lost = lease.executor
    before = copy_context()
    before.run(lease.claim)
    uptime.now += SILENCE + 1
    assert taken_over(store, lease)
    with pytest.raises(LeaseLost):
        await asyncio.create_task(lease.check(), context=before)
    assert lease.executor != lost
    with pytest.raises(LeaseLost):
        await asyncio.create_task(lease.check(), context=before)
    await late_write(lease)  # claimed since
    assert lost in store.heartbeats.silent_for(SILENCE), "what it claimed late is found by others"


async def test_what_a_process_that_ends_leaves_running_writes_nothing(
    store: Store, lease: Lease, uptime: Uptime
) -> None:
    before = copy_context()
    before.run(lease.claim)
    await lease.end()
    uptime.now += SILENCE
    with pytest.raises(LeaseLost):
        await asyncio.create_task(lease.check(), context=before)
    assert lease.executor in store.heartbeats.silent_for(SILENCE), "it is not renewed"


async def test_a_lease_that_was_forgotten_is_lost_too(store: Store, lease: Lease, uptime: Uptime) -> None:
    before = copy_context()
    before.run(lease.claim)
    uptime.now += SILENCE + 1
    assert taken_over(store, lease)
    store.heartbeats.forget(lease.executor)
    with pytest.raises(LeaseLost):
        await asyncio.create_task(lease.check(), context=before)


async def test_what_runs_is_dropped_once_when_the_lease_is_lost(store: Store, uptime: Uptime) -> None:
    dropped: list[str] = []
    lease = Lease(store, "2", SILENCE, is_shared=True)
    await lease.start(lambda: dropped.append("all"))
    uptime.now += SILENCE + 1
    assert taken_over(store, lease)
    await asyncio.gather(lease.hold(), lease.hold(), lease.hold())
    assert dropped == ["all"]


async def test_a_process_alone_with_its_database_never_loses_its_lease(store: Store, uptime: Uptime) -> None:
    lease = Lease(store, "2", SILENCE, is_shared=False)
    await lease.start(lambda: None)
    uptime.now += 100 * SILENCE
    await late_write(lease)
    store.heartbeats.forget(lease.executor)
    uptime.now += 100 * SILENCE
    await late_write(lease)
    assert (lease.executor, lease.number) == ("local", 0)


async def test_nothing_is_written_while_the_database_can_not_say_whose_work_it_is(
    lease: Lease, uptime: Uptime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_executor: str) -> bool:
        raise ConnectionError("the database is gone")

    monkeypatch.setattr(lease._heartbeats, "renew", gone)
    await late_write(lease)
    uptime.now += SILENCE / 2
    with pytest.raises(ConnectionError):
        await late_write(lease)


@pytest.mark.parametrize("call", WRITES)
async def test_every_write_asks_first(call: str) -> None:
    lost: list[str] = []

    async def before_write() -> None:
        if lost:
            raise LeaseLost("another worker has this work")

    async with fake_github(before_write=before_write) as github:
        await github.installation.token()
        if call.endswith("/access_tokens"):
            github.installation.forget_token()
        lost.append(call)
        known = len(github.server.asked)
        with pytest.raises(LeaseLost):
            await WRITES[call](github)
        assert [str(one) for one in github.server.asked[known:] if one.method != "GET"] == []
