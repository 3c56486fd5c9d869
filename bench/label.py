"""From the label to the pull request, beside a script that clones, runs `sed`, commits and pushes, over the same HTTP.

`python -m bench.label --files 9000 --matching 100`
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.generate import NEW, NEW_MODULE, OLD, OLD_MODULE, generate
from bench.runs import SED
from tests.world import REPO, World, world

PLAN = f"""\
title: {OLD} becomes {NEW}
replace:
  - old: {OLD_MODULE}:{OLD}
    new: {NEW_MODULE}:{NEW}
phases:
  - name: Everything
    paths: ["**"]
    batch: 25
"""
SCRIPT = f"""\
set -e
git clone --quiet --depth 1 "$URL" work
cd work
git checkout --quiet -b "script-$RUN"
git grep -lw {OLD} -- '*.py' | xargs sed -i -E '{SED}'
git -c user.name=script -c user.email=script@example.com commit --quiet -am "{OLD} becomes {NEW}"
git push --quiet origin "script-$RUN"
"""


@dataclass(frozen=True)
class LabelResult:
    files: int
    matching: int
    script: float
    pull: float
    memory: float

    def __str__(self) -> str:
        return (
            f"{self.matching} of {self.files:,} files: label to pull request {self.pull:.1f} s, "
            f"clone, sed, commit and push {self.script:.1f} s: {self.pull / self.script:.2f} times; "
            f"the bot's peak {self.memory:.0f} MB"
        )


async def measure(files: int, matching: int, runs: int) -> LabelResult:
    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        tree = Path(home, "tree")
        generate(tree, matching, files - matching)
        content = {path.relative_to(tree).as_posix(): path.read_text() for path in tree.rglob("*.py")}
        shutil.rmtree(tree)
        content[".github/migrations/engine.yml"] = PLAN
        async with world(Path(home), content) as here:
            await here.launch()
            await here.open_issue()
            await here.label("migration")
            await here.until(lambda: "can start" in here.status(), "the migration is adopted")
            await here.settled()
            script = [await _script(here, Path(home), number) for number in range(runs)]
            pull = await _label(here)
            return LabelResult(files, matching, statistics.median(script), pull, _peak(here))


async def _script(here: World, home: Path, number: int) -> float:
    token = here.forge.tokens.personal(here.forge.people.get("maya"))
    host = here.server.url.removeprefix("http://")
    place = home / f"script-{number}"
    place.mkdir()
    given = {**os.environ, "URL": f"http://x-access-token:{token}@{host}/{REPO}.git", "RUN": str(number)}
    began = time.monotonic()
    await asyncio.to_thread(subprocess.run, ["sh", "-c", SCRIPT], cwd=place, env=given, check=True)
    seconds = time.monotonic() - began
    shutil.rmtree(place)
    return seconds


async def _label(here: World) -> float:
    began = time.monotonic()
    await here.label("migration:phase-1")
    await here.until(lambda: bool(here.pulls(f"drover/{here.issue}/phase-1")), "the pull request is there")
    return time.monotonic() - began


def _peak(here: World) -> float:
    """The bot's own process at its largest, in MB."""
    lines = Path(f"/proc/{here.processes['bot'].pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.label", description=__doc__)
    parser.add_argument("--files", type=int, default=9000, help="Python files in the repository")
    parser.add_argument("--matching", type=int, default=100, help="how many of them the phase changes")
    parser.add_argument("--runs", type=int, default=3, help="how often the script runs")
    given = parser.parse_args(arguments)
    print(asyncio.run(measure(given.files, given.matching, given.runs)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
