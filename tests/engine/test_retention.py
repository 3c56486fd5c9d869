"""What the store keeps is bounded, and a process that can't write says that it is not ready."""

from __future__ import annotations

import itertools
import resource
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa

from bot.engine import engine as engines
from bot.engine.engine import check_disk
from bot.github.client import ETAG_BYTES, CachedReply, Reply, etags
from bot.migration.commit_cache import CommitCache
from bot.migration.listings import GitHubCache
from bot.migration.sized_cache import MOST_BYTES, lru_cache_of
from bot.store import Migration, Store, open_engine
from bot.store.burndown import MOST_POINTS
from bot.store.decisions import MOST_DECISIONS, Decision
from bot.store.retention import DAY, KEPT_FOR
from bot.store.tables import metadata, migrations, positions
from codemods.model.contents import MOST, ContentCache
from tests.world import World

MIGRATION = Migration(1, 5, 7, "acme/shop")
OTHER = Migration(1, 6, 7, "acme/shop")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sa.Engine]:
    found = open_engine(f"sqlite:///{tmp_path}/drover.db")
    Store(found).prepare()
    yield found
    found.dispose()


def test_the_counts_of_a_migration_are_bounded_and_cover_all_of_its_time(database: sa.Engine) -> None:
    burndown = Store(database).burndown
    pushes = 2_000
    for number in range(pushes):
        burndown.record(MIGRATION, f"{number:040x}", pushes - number, 1000.0 + number)
    burndown.record(OTHER, "f" * 40, 1, 1000.0)
    points = burndown.points(MIGRATION)
    assert len(points) <= MOST_POINTS
    assert (points[0].remaining, points[-1].remaining) == (pushes, 1)
    assert [one.at for one in points[-100:]] == [1000.0 + n for n in range(pushes - 100, pushes)]
    assert max(b.at - a.at for a, b in itertools.pairwise(points)) < pushes / 4
    assert len(burndown.points(OTHER)) == 1


def test_the_commit_that_was_counted_before_is_found_without_reading_all(database: sa.Engine) -> None:
    burndown = Store(database).burndown
    assert burndown.last_commit_before(MIGRATION, "b") == ""
    for number, sha in enumerate("ab"):
        burndown.record(MIGRATION, sha, 3, 1000.0 + number)
    assert burndown.last_commit_before(MIGRATION, "b") == "a"
    assert burndown.last_commit_before(MIGRATION, "c") == "b"


def test_the_decisions_of_a_migration_are_bounded_and_a_repeated_one_is_kept_once(
    database: sa.Engine,
) -> None:
    decisions = Store(database).decisions
    for number in range(MOST_DECISIONS + 30):
        for _ in range(2):
            decisions.record(MIGRATION, "acme/shop", Decision(1000.0 + number, f"opened #{number}", "asked"))
    decisions.record(OTHER, "acme/shop", Decision(1000.0, "opened #1", "asked"))
    kept = decisions.newest(1, 5, 2 * MOST_DECISIONS)
    assert [kept[0].what, kept[-1].what] == [f"opened #{MOST_DECISIONS + 29}", "opened #30"]
    assert len(kept) == MOST_DECISIONS
    assert len(decisions.newest(1, 6)) == 1


def test_every_table_that_grows_forgets(database: sa.Engine) -> None:
    bounded = {column.table.name for column in KEPT_FOR}
    by_what_exists = {migrations.name, positions.name, "drover_repositories"}
    assert bounded | by_what_exists == {*metadata.tables}


def test_what_is_old_goes_and_what_is_recent_stays(database: sa.Engine) -> None:
    store, now = Store(database), time.time()
    for name, asked in (("box-old", now - 91 * DAY), ("box-new", now - 89 * DAY)):
        store.requests.add_all([(MIGRATION, name, {"id": name}, asked)])
    store.waits.set_wait(7, now - 2 * DAY, "over")
    store.waits.set_wait(8, now + 60, "goes on")
    store.heartbeats.start("drover-1-dead", now - 8 * DAY)
    store.heartbeats.start("drover-1-alive", now)
    assert store.retention.forget_old(now) == 3
    assert [one["id"] for one in store.requests.open_ones(MIGRATION)] == ["box-new"]
    assert store.heartbeats.silent_for(-1) == ["drover-1-alive"]
    assert store.retention.forget_old(now) == 0


async def test_a_process_that_can_not_write_says_so(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "READY_FOR", 0.0)
    engine = here.engine
    assert engine is not None
    assert await ready(here) == 200
    usual = engine.settings
    engine.settings = replace(usual, data_dir=here.home / "lost")
    assert await ready(here) == 503
    engine.settings = usual
    assert await ready(here) == 200


def test_a_full_disk_is_noticed(tmp_path: Path) -> None:
    check_disk(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            check_disk(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [*tmp_path.iterdir()] == []


async def ready(here: World) -> int:
    url = f"http://127.0.0.1:{here.port}/readyz"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status


def test_what_is_kept_of_githubs_answers_is_bounded_in_bytes() -> None:
    kept = etags()
    for number in range(100):
        kept[7, str(number)] = CachedReply("etag", "token", Reply(200, {}, bytes(2**20)))
    assert ETAG_BYTES - 2**21 < sum(len(one.reply.body) for one in kept.values()) <= ETAG_BYTES
    assert "99" in {url for _, url in kept}


def test_what_a_run_keeps_of_files_is_bounded_in_bytes() -> None:
    kept = ContentCache()
    for number in range(100):
        kept.keep(f"{number:040x}", bytes(2**20 - 1))
    assert MOST - 2**21 < sum(map(len, kept.contents.values())) <= MOST


@pytest.mark.parametrize("kept", [CommitCache(), GitHubCache()], ids=["commits", "GitHub"])
def test_what_a_process_remembers_is_bounded_in_bytes(kept: CommitCache | GitHubCache) -> None:
    caches = {name: one for name, one in vars(kept).items() if not isinstance(one, GitHubCache)}
    for name, cache in caches.items():
        for number in range(100):
            cache[number] = ({"text": f"{number:0{2**20}}"},)
        kept_bytes = sum(len(one["text"]) for (one,) in cache.values())
        assert cache.maxsize - 2**21 < kept_bytes <= cache.maxsize <= 2**24, name
        assert 99 in cache, name


def test_what_is_larger_than_all_that_may_be_remembered_is_kept_alone() -> None:
    cache = lru_cache_of(64)
    for number in range(100):
        cache[number] = True
    assert [*cache] == [*range(36, 100)]
    cache["large"] = ("x" * MOST_BYTES,)
    assert [*cache] == ["large"]
