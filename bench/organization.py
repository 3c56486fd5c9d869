"""An organization on the sandbox, with the bot beside it, whose hours take as long as the machine works for them.

All but the time is real: signed webhooks, the engine, looks, sweeps and pull requests, over HTTP. For as long as the bot
would sleep, the clock of both is advanced.
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.engine.engine import Engine
from sandbox.model.repositories import Issue, Repository
from tests.world import World, world

OWNER = "acme"
PLAN = """\
title: Old becomes New
replace:
  - old: shop.old:Old
    new: shop.new:New
phases:
  - name: Application
    paths: ["shop/**"]
  - name: Tests
    paths: ["**"]
"""
ADOPTED_AT_ONCE = 8
PLAN_NAMED = "Plan: .github/migrations/old.yml"
FILES: Mapping[str, str] = {
    "shop/__init__.py": "",
    "shop/old.py": "class Old:\n    pass\n",
    "shop/new.py": "class New:\n    pass\n",
    "shop/a.py": "from shop.old import Old\n\n\ndef a() -> Old:\n    return Old()\n",
    "tests/test_a.py": "from shop.old import Old\n\n\ndef test_a() -> None:\n    Old()\n",
    ".github/migrations/old.yml": PLAN,
}


@dataclass
class ActiveMigration:
    repo: Repository
    issue: int
    heads: int = 0
    """Pull requests that people have opened."""

    @property
    def open_phase(self) -> Issue | None:
        branches = f"drover/{self.issue}/"
        return next(
            (
                one
                for one in self.repo.pulls
                if one.state == "open" and one.pull and one.pull.head_ref.startswith(branches)
            ),
            None,
        )


@dataclass(frozen=True)
class Requests:
    """What an installation has used of GitHub's limits."""

    counted: int = 0
    """Against the hourly limit."""
    free: int = 0
    """Answered with 304."""
    content: int = 0
    """Comments, pull requests and the like, which have limits of their own."""

    def __add__(self, other: Requests) -> Requests:
        return Requests(self.counted + other.counted, self.free + other.free, self.content + other.content)

    def __sub__(self, other: Requests) -> Requests:
        return Requests(self.counted - other.counted, self.free - other.free, self.content - other.content)


@dataclass
class Organization:
    here: World
    migrations: list[ActiveMigration] = field(default_factory=list)
    _serial: int = 0

    # building it

    async def add_repositories(self, number: int) -> None:
        """Empty ones, without a migration."""
        for one in range(number):
            repo = await self.here.forge.repos.create(f"{OWNER}/other-{one}")
            self.here.installation.repositories.add(repo.id)

    async def add_migrations(self, number: int) -> None:
        """Their repositories; `adopt` has the bot take them on."""
        content = {path: text.encode() for path, text in FILES.items()}
        for one in range(number):
            repo = await self.here.forge.repos.create(f"{OWNER}/active-{one}", content)
            self.here.forge.repos.set_role(repo, "maya", "write")
            self.here.installation.repositories.add(repo.id)
            issue = await self.here.forge.issues.open(repo, "Old becomes New", PLAN_NAMED, by="maya")
            self.migrations.append(ActiveMigration(repo, issue.number))

    async def adopt_all(self) -> None:
        """A few at a time."""
        for start in range(0, len(self.migrations), ADOPTED_AT_ONCE):
            for one in self.migrations[start : start + ADOPTED_AT_ONCE]:
                for label in ("migration", "migration:phase-1"):
                    await self.here.forge.issues.label(one.repo, one.issue, label, by="maya")
            await self.here.settled()

    async def read_everything(self) -> None:
        """What is new to the bot is read at once, and the list of repositories every hour."""
        unread = self._engine.store.repositories.unread
        self.here.forge.clock.advance(hours=1)
        await self.sweep()
        while unread(self.here.installation.id, 1):
            self.here.forge.clock.advance(hours=1)
            await self.sweep()

    # what people and their tools do

    async def push(self, to: ActiveMigration) -> None:
        """Something that no migration is about."""
        await self.here.forge.repos.push(to.repo, {"README.md": self._text()}, "Describe it", by="maya")

    async def report_result(self, on: ActiveMigration) -> None:
        """Of a check, on the head of the open phase."""
        phase = on.open_phase
        if phase is not None and phase.pull is not None:
            self._serial += 1
            await self.here.forge.checks.set_status(
                on.repo, phase.pull.head_sha, "success", f"ci/{self._serial}", by="maya"
            )

    async def open_pull(self, on: ActiveMigration) -> None:
        """A pull request of somebody's, which the ratchet checks."""
        on.heads += 1
        branch, files = f"work-{on.heads}", {f"shop/work_{on.heads}.py": b"work = 1\n"}
        await self.here.forge.repos.push(on.repo, files, "Work", by="maya", branch=branch)
        await self.here.forge.pulls.open(on.repo, branch, title=f"Work {on.heads}", by="maya")

    async def comment(self, on: ActiveMigration) -> None:
        await self.here.forge.issues.comment(on.repo, on.issue, "/migrate status", by="maya")

    async def merge_phase(self, of: ActiveMigration) -> None:
        phase = of.open_phase
        if phase is not None:
            await self.here.forge.pulls.merge(of.repo, phase.number, by="maya")

    async def start_phase(self, of: ActiveMigration) -> None:
        await self.here.forge.issues.label(of.repo, of.issue, "migration:phase-2", by="maya")

    def _text(self) -> bytes:
        self._serial += 1
        return f"{self._serial}\n".encode()

    # time, and what it cost

    async def sweep(self) -> None:
        await self._engine.sweep_now()
        await self.here.settled()

    async def measured(self, work: Callable[[], Awaitable[None]]) -> Requests:
        before = self._requests()
        await work()
        await self.here.settled()
        return self._requests() - before

    def _requests(self) -> Requests:
        used = self.here.forge.limits.totals[self._caller]
        return Requests(used.counted, used.free, used.content)

    @property
    def _engine(self) -> Engine:
        if self.here.engine is None:
            raise RuntimeError("the bot is not running")
        return self.here.engine

    @property
    def _caller(self) -> str:
        return f"installation {self.here.installation.id}"

    @property
    def now(self) -> float:
        return self.here.forge.clock.seconds()

    def wait_until(self, moment: float) -> None:
        self.here.forge.clock.advance(seconds=max(0.0, moment - self.now))

    @property
    def hourly_limit(self) -> int:
        return self.here.forge.limits.current(self._caller).limit

    @property
    def content_limit(self) -> int:
        return self.here.forge.limits.content_an_hour

    @property
    def refusals(self) -> Mapping[str, int]:
        """Of requests that exceeded a secondary limit, by the limit."""
        return dict(self.here.forge.limits.hits)


@asynccontextmanager
async def organization(repositories: int, migrations: int) -> AsyncIterator[Organization]:
    """At rest, everything read once: the bot knows all repositories, and each migration has its first phase open."""
    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        async with world(Path(home)) as here:
            one = Organization(here)
            here.forge.log = deque(maxlen=100)
            await one.add_repositories(repositories - migrations)
            await one.add_migrations(migrations)
            here.obey_limits()
            await here.start_bot()
            await one.adopt_all()
            await one.read_everything()
            yield one
