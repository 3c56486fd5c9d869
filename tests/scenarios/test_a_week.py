"""A week of work in a minute: people push, start, merge and take back while deliveries are lost, repeated and shuffled.

At the end the state is that of a fresh bot which looks only once. `DROVER_SEEDS=50` runs that many weeks.
"""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sandbox.actors import Refusal
from tests.world import FILES, PLAN, REPO, World, world

SEEDS = int(os.environ.get("DROVER_SEEDS", "1"))
STEPS = int(os.environ.get("DROVER_STEPS", "30"))
PEOPLE = ("maya", "boss", "ann", "ben", "cid")
TWO_PHASES = PLAN.replace("checks:\n  wait: 60\n", "checks:\n  required: []\n")


@dataclass
class Week:
    here: World
    dice: random.Random
    told: list[str] = field(default_factory=list)
    mine: list[str] = field(default_factory=list)
    """Subjects of the commits that people put on phases' branches."""
    made: int = 0

    def fresh(self) -> int:
        self.made += 1
        return self.made

    async def step(self) -> None:
        deeds: list[Callable[[], Awaitable[None]]] = [
            self.push, self.push, self.push, self.new_use, self.rename, self.start, self.start,
            self.cancel, self.merge, self.merge, self.take_back, self.touch_branch, self.ask,
        ]  # fmt: skip
        try:
            await self.dice.choice(deeds)()
        except Refusal as refusal:
            self.told.append(f"refused: {refusal}")

    async def push(self) -> None:
        path = self.dice.choice(["shop/a.py", "shop/b.py", "tests/test_a.py", "README.md"])
        try:
            text = await self.here.read(path)
        except Exception:
            text = ""
        await self.here.push({path: text + f"\n# {self.fresh()}\n"}, f"Edit {path}", by=self.someone())

    async def new_use(self) -> None:
        path = f"shop/n{self.fresh()}.py"
        text = "from shop.old import Old\n\nx = Old\n"
        await self.here.push({path: text}, f"Add {path}", by=self.someone())

    async def rename(self) -> None:
        names = (await self.here.git("ls-tree", "--name-only", "main", "shop/")).split()
        movable = [name for name in names if re.fullmatch(r"shop/(c|n\d+|r\d+)\.py", name)]
        if movable:
            old = self.dice.choice(movable)
            text = await self.here.read(old)
            await self.here.push(
                {old: None, f"shop/r{self.fresh()}.py": text}, f"Rename {old}", by=self.someone()
            )

    async def start(self) -> None:
        await self.here.label(f"migration:phase-{self.dice.choice([1, 1, 2])}", by=self.someone())

    async def cancel(self) -> None:
        labels = [name for name in self.here.labels() if "phase" in name]
        if labels and self.dice.random() < 0.4:
            await self.here.unlabel(self.dice.choice(labels), by=self.someone())

    async def merge(self) -> None:
        await self.here.settled()
        pulls = self.here.pulls(state="open")
        if pulls:
            method = self.dice.choice(["merge", "squash", "rebase"])
            await self.here.merge(self.dice.choice(pulls).number, method)

    async def take_back(self) -> None:
        if self.dice.random() < 0.5:
            await self.here.comment("/migrate revert 1", by=self.someone())

    async def touch_branch(self) -> None:
        branch = "drover/1/phase-1"
        if branch in await self.here.branches():
            subject = f"Mine {self.fresh()}"
            await self.here.push({f"notes/{self.made}.md": "note\n"}, subject, by="boss", branch=branch)
            self.mine.append(subject)

    async def ask(self) -> None:
        await self.here.comment(self.dice.choice(["/migrate status", "/migrate hlep", "/migrate retry 1"]))

    def someone(self) -> str:
        return self.dice.choice(PEOPLE)


def rows(here: World) -> list[str]:
    """The phases as the status comment shows them."""
    return [line for line in here.status().splitlines() if re.match(r"\| \d", line)]


def unanswered(here: World) -> list[str]:
    said = [one for one in here.thread().comments if one.body.startswith("/migrate")]
    answers = "\n".join(here.answers())
    return [one.body for one in said if f"drover:answer comment-{one.id} " not in answers]


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_a_week_of_work_ends_as_a_fresh_look_would_see_it(tmp_path: Path, seed: int) -> None:
    async with world(tmp_path, {**FILES, ".github/migrations/old.yml": TWO_PHASES}) as here:
        for login in PEOPLE[2:]:
            here.forge.people.add(login)
            here.forge.repos.set_role(REPO, login, "write")
        await here.start_bot()
        await here.open_issue()
        await here.label("migration")
        await here.until(lambda: "can start" in here.status(), "the migration is adopted")
        faults = here.forge.faults.deliveries
        faults.drop, faults.repeat, faults.reorder = 0.15, 0.2, 0.2
        faults.dice.seed(seed)
        week = Week(here, random.Random(seed))
        for _ in range(STEPS):
            await week.step()
        faults.drop = faults.repeat = faults.reorder = 0.0
        assert here.engine is not None
        await here.engine.sweep_now()
        await here.until(lambda: not unanswered(here), "every command is answered")
        await here.settled()
        await here.engine.sweep_now()
        await here.settled()
        ended = rows(here)

        await here.stop_bot()
        shutil.rmtree(here.home / "bot")
        await here.start_bot()
        await here.settled()
        assert rows(here) == ended
        assert unanswered(here) == []
        for branch in {one.pull.head_ref for one in here.pulls() if one.pull}:
            assert len(here.pulls(branch, "open")) <= 1, branch
        assert not any("drover:crash" in text for text in here.comments())
        await nothing_is_lost(here, week)


async def nothing_is_lost(here: World, week: Week) -> None:
    """A person's commit on a phase's branch is merged, still on it, or was closed with its pull request."""
    everywhere = await here.git("log", "--all", "--format=%s%n%b")
    closed = [one for one in here.pulls("drover/1/phase-1") if one.state == "closed"]
    assert closed or all(subject in everywhere for subject in week.mine)
