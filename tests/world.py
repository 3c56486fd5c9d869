"""A world for scenario tests: the small GitHub served over HTTP, the bot beside it, and verbs that people would use."""

from __future__ import annotations

import asyncio
import atexit
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp
import yaml

from bot.engine.engine import Engine
from bot.github import Clock, WaitPolicy
from bot.github.limits import USUAL
from bot.markers.hidden import is_status
from bot.service import CLOCK, listening, running
from bot.settings import Settings
from sandbox.controls.limits import Limits
from sandbox.forge import Forge
from sandbox.model.accounts import App, Installation, Role
from sandbox.model.comments import Comment
from sandbox.model.repositories import Issue
from sandbox.server import Server, serve
from tests import process_starter
from tests.memory_group import MemoryGroup
from tests.schemas import deviations, payload_deviations

ROOT = process_starter.ROOT
REPO = "acme/shop"
PATIENCE = 180.0
_EMPTY: list[Path] = []

PLAN = """\
title: Old becomes New
replace:
  - old: shop.old:Old
    new: shop.new:New
phases:
  - name: Application
    paths: ["shop/**"]
    batch: 2
  - name: Tests
    paths: ["**"]
    batch: 2
checks:
  wait: 60
"""

FILES: Mapping[str, str] = {
    "shop/__init__.py": "",
    "shop/old.py": "class Old:\n    def run(self) -> str:\n        return 'ran'\n",
    "shop/new.py": "class New:\n    def run(self) -> str:\n        return 'ran'\n",
    "shop/a.py": "from shop.old import Old  # the engine\n\n\ndef a() -> Old:\n    return Old()\n",
    "shop/b.py": "import os\nfrom shop.old import (\n    Old,\n)\n\n\ndef b() -> str:\n    return Old().run() + os.sep\n",
    "shop/c.py": "from shop.old import Old\n\nc = Old\n",
    "tests/__init__.py": "",
    "tests/test_a.py": (
        "import unittest\n\nfrom shop.a import a\nfrom shop.old import Old\n\n\n"
        "class A(unittest.TestCase):\n    def test_a(self) -> None:\n"
        "        self.assertEqual(a().run(), Old().run())\n"
    ),
    ".github/migrations/old.yml": PLAN,
}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def manifest() -> tuple[dict[str, str], list[str]]:
    """What `app.yml` asks for: the App under test has that and no more."""
    data = yaml.safe_load((ROOT / "app.yml").read_text())
    return data["default_permissions"], data["default_events"]


@dataclass
class World:
    forge: Forge
    server: Server
    app: App
    installation: Installation
    home: Path
    port: int
    engine: Engine | None = None
    processes: dict[str, subprocess.Popen[bytes] | process_starter.Forked] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)
    """Settings besides the usual ones."""
    issue: int = 0
    clock: Clock = CLOCK
    began_with_an_older_version: bool = False
    """Whose commits named the issue so that GitHub lists them there."""
    policy: WaitPolicy = field(default_factory=lambda: replace(USUAL, replicas=0.05))
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)

    # the bot

    def environment(self) -> dict[str, str]:
        return {
            "GITHUB_APP_ID": str(self.app.id),
            "GITHUB_PRIVATE_KEY": self.app.private_key,
            "GITHUB_WEBHOOK_SECRET": self.app.webhook_secret,
            "GITHUB_API_URL": self.server.api_url,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "DATA_DIR": str(self.home / "bot"),
            "WRITE_PAUSE": "0",
            "PUSH_PAUSE": "0",
            "LOG_LEVEL": "INFO",
            "LOG_FORMAT": "text",
            **self.extra,
        }

    def settings(self) -> Settings:
        from bot.settings import read_settings

        return read_settings(self.environment())

    async def start_bot(self) -> None:
        """In this process, listening on its port as `serve` does."""
        settings = self.settings()
        await self._data(settings)
        self._running = AsyncExitStack()
        self.engine = await self._running.enter_async_context(
            running(settings, works=True, clock=self.clock, policy=self.policy)
        )
        await self._running.enter_async_context(listening(settings, self.engine))

    async def _data(self, settings: Settings) -> None:
        """An empty database, made once and copied: making its tables takes longer than most stories."""
        if settings.data_dir.exists():
            return
        settings.data_dir.mkdir(parents=True)
        if not _EMPTY:
            place = Path(tempfile.mkdtemp(prefix="drover-empty-"))
            atexit.register(shutil.rmtree, place, ignore_errors=True)
            fresh = replace(settings, data_dir=place, database_url=f"sqlite:///{place}/drover.db")
            async with running(fresh, works=False):
                pass
            _EMPTY.append(place)
        if settings.sqlite:
            for file in _EMPTY[0].glob("drover.db*"):
                shutil.copy(file, settings.data_dir)

    def obey_limits(self) -> None:
        """GitHub's own limits, and a bot that paces itself: for as long as it would sleep, the clock is moved on."""
        self.forge.limits = Limits(self.forge.clock, self.forge.repositories_of)
        self.extra["WRITE_PAUSE"] = "1"
        self.let_waits_pass()
        self.policy = WaitPolicy(longest=3600)  # waits cost no time

    def let_waits_pass(self) -> None:
        """What the bot waits for GitHub costs no time: the clock of both is moved on."""
        self.clock = Clock(self.forge.clock.seconds, self._pass)

    async def _pass(self, seconds: float) -> None:
        until = self.forge.clock.seconds() + seconds
        await asyncio.sleep(0)
        self.forge.clock.advance(seconds=max(0.0, until - self.forge.clock.seconds()))

    async def stop_bot(self) -> None:
        await self._running.aclose()
        self.engine = None

    async def launch(self, command: str = "serve", name: str = "bot", fresh: bool = False) -> None:
        """In a process of its own, that can be killed; forked from one that has imported everything, or `fresh`."""
        await self._data(self.settings())
        environment, log = {**os.environ, **self.environment()}, self.home / "bot.log"
        if fresh:
            with log.open("ab") as file:
                self.processes[name] = subprocess.Popen(
                    [sys.executable, "app.py", command], cwd=ROOT, env=environment, stdout=file, stderr=file
                )
        else:
            self.processes[name] = process_starter.start([command], environment, log)
        if command == "serve":
            await self.until(self._ready, "the bot is ready")

    async def launch_line(self, line: str, name: str = "bot", group: MemoryGroup | None = None) -> None:
        """A command as a platform runs it, with the packages of `PYTHONPATH` alone, and no more memory than a group has."""
        program, *arguments = line.split()
        assert program == "python"
        command = [sys.executable, "-S", *arguments]
        with (self.home / "bot.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                group.command(*command) if group else command,
                cwd=ROOT,
                env={"PATH": os.environ["PATH"], **self.environment()},
                stdout=log,
                stderr=log,
            )
        if "serve" in arguments:
            await self.until(self._ready, "the bot is ready")

    async def _ready(self) -> bool:
        url = f"http://127.0.0.1:{self.port}/readyz"
        try:
            async with aiohttp.ClientSession() as session, session.get(url) as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    def kill(self, name: str = "bot") -> None:
        process = self.processes.pop(name, None)
        if process is not None:
            process.kill()
            process.wait()

    # waiting

    async def until(self, holds: Callable[[], bool | Awaitable[bool]], what: str) -> None:
        """Until it holds: asked again whenever something happens on the forge, and every moment besides."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        changes = self.forge.subscribe()
        waiting = asyncio.ensure_future(anext(changes))
        try:
            while not await _asked(holds):
                if asyncio.get_running_loop().time() > deadline:
                    raise AssertionError(f"it never came about that {what}\n\n{self.story()}")
                await asyncio.wait({waiting}, timeout=0.1)
                if waiting.done():
                    waiting = asyncio.ensure_future(anext(changes))
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            await changes.aclose()

    async def settled(self) -> None:
        """Nothing is under way any more, on the forge or in the bot."""
        await self.until(self._quiet, "everything came to rest")

    async def _quiet(self) -> bool:
        for _ in range(2):
            await self.forge.idle()
            if self.engine is not None and await self.engine.busy():
                return False
            if self.processes and not await self._process_idle():
                return False
        return not self.forge.hooks.busy

    async def _process_idle(self) -> bool:
        url = f"http://127.0.0.1:{self.port}/metrics"
        bearer = {"Authorization": f"Bearer {self.extra.get('METRICS_TOKEN', '')}"}
        try:
            async with aiohttp.ClientSession() as session, session.get(url, headers=bearer) as answer:
                text = await answer.text()
        except aiohttp.ClientError:
            return False
        match = re.search(r"^drover_waiting (\S+)$", text, re.MULTILINE)
        return match is not None and float(match[1]) == 0

    # what people do

    async def open_issue(self, body: str = "Let us finish this.", by: str = "maya") -> int:
        issue = await self.forge.issues.open(REPO, "Old becomes New", body, by=by)
        self.issue = issue.number
        return issue.number

    async def label(self, name: str, by: str = "maya") -> None:
        await self.forge.issues.label(REPO, self.issue, name, by=by)

    async def unlabel(self, name: str, by: str = "maya") -> None:
        await self.forge.issues.unlabel(REPO, self.issue, name, by=by)

    async def nudge(self) -> None:
        """Something happens on the tracking issue that asks for a look and for nothing else."""
        await self.label(f"topic {len(self.labels())}", by="boss")

    async def comment(self, text: str, by: str = "maya", on: int | None = None) -> Comment:
        return await self.forge.issues.comment(REPO, on or self.issue, text, by=by)

    async def tick(self, words: str, by: str = "maya") -> None:
        status = self.status_comment()
        assert status is not None
        await self.forge.issues.tick(REPO, self.issue, words, by=by, comment_id=status.id)

    async def merge(self, number: int, method: str = "merge", by: str = "maya") -> None:
        await self.forge.pulls.merge(REPO, number, by=by, method=method)  # type: ignore[arg-type]

    async def push(
        self, files: Mapping[str, str | None], message: str, by: str = "maya", **where: str
    ) -> str:
        content = {path: None if text is None else text.encode() for path, text in files.items()}
        return await self.forge.repos.push(REPO, content, message, by=by, **where)  # type: ignore[arg-type]

    # what people see

    def thread(self, number: int | None = None) -> Issue:
        return self.forge.issue(REPO, number or self.issue)

    def labels(self) -> set[str]:
        return {label.name for label in self.thread().labels}

    def comments(self, number: int | None = None) -> list[str]:
        return [one.body for one in self.thread(number).comments]

    def answers(self, number: int | None = None) -> list[str]:
        return [text for text in self.comments(number) if "drover:answer" in text]

    def status_comment(self) -> Comment | None:
        comments = self.thread().comments
        return next((one for one in comments if is_status(one.body)), None)

    def status(self) -> str:
        found = self.status_comment()
        return found.body if found else ""

    def pulls(self, branch: str | None = None, state: str | None = None) -> list[Issue]:
        return [
            one
            for one in self.forge.repo(REPO).pulls
            if one.pull
            and (branch is None or one.pull.head_ref == branch)
            and (state is None or one.state == state)
        ]

    async def branches(self) -> dict[str, str]:
        refs = await self.forge.repo(REPO).git.run(
            "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads"
        )
        return dict(line.split() for line in str(_text(refs)).splitlines())

    async def git(self, *arguments: str) -> str:
        return _text(await self.forge.repo(REPO).git.run(*arguments))

    async def read(self, path: str, at: str = "main") -> str:
        return await self.git("show", f"{at}:{path}")

    def story(self) -> str:
        """What there is to see when a test fails."""
        lines = ["labels: " + ", ".join(sorted(self.labels()))] if self.issue else []
        lines += [f"#{one.number} {one.state} {one.title}" for one in self.forge.repo(REPO).pulls]
        if self.issue:
            lines += [f"--- {one.user.login}\n{one.body}" for one in self.thread().comments]
        log = self.home / "bot.log"
        if log.exists():
            lines.append(log.read_text()[-4000:])
        lines += [f"missing: {one}" for one in self.forge.missing]
        return "\n".join(lines)


def _text(said: object) -> str:
    return said.decode() if isinstance(said, bytes) else str(said)


async def _asked(holds: Callable[[], bool | Awaitable[bool]]) -> bool:
    said = holds()
    return said if isinstance(said, bool) else await said


async def listed_commits(forge: Forge) -> list[str]:
    """The bot's commits that name an issue: each of them stays on the issue for good."""
    messages = [
        _text(await issue.repo.git.run("show", "-s", "--format=%B", str(event.commit_id)))
        for repo in forge.repositories.values()
        for issue in repo.issues.values()
        for event in issue.events
        if event.event == "referenced" and issue.pull is None
    ]
    return [message for message in messages if "\nDrover-" in message]


ROLES: Mapping[str, Role] = {
    "maya": "write",
    "boss": "admin",
    "tria": "triage",
    "reed": "read",
}


@asynccontextmanager
async def world(home: Path, files: Mapping[str, str] = FILES) -> AsyncIterator[World]:
    """The forge, a repository with its people, the App installed; the bot is not started yet."""
    forge = Forge(home / "forge")
    forge.limits.scale(10)
    server = await serve(forge)
    port = free_port()
    permissions, events = manifest()
    forge.people.add("acme", kind="Organization")
    for login in ROLES:
        forge.people.add(login)
    content = {path: text.encode() for path, text in files.items()}
    await forge.repos.create(REPO, content)
    for login, role in ROLES.items():
        forge.repos.set_role(REPO, login, role)
    app = forge.apps.register(
        "drover",
        "acme",
        permissions=permissions,
        events=events,
    )
    installation = forge.apps.install(app, REPO)  # long ago: nobody has to be told how to start
    app.webhook_url = f"http://127.0.0.1:{port}/webhook"
    here = World(forge, server, app, installation, home, port)
    if os.environ.get("DROVER_LIMITS") == "real":
        here.obey_limits()
    try:
        yield here
        assert forge.missing == [], "the bot called what the small GitHub lacks"
        assert forge.crashes == [], "\n".join(forge.crashes)
        if not here.began_with_an_older_version:
            assert await listed_commits(forge) == [], "GitHub lists the bot's commits on an issue"
        if os.environ.get("DROVER_SCHEMAS"):
            told = [*deviations(forge.log), *payload_deviations(forge.hooks.fired)]
            assert not told, "\n".join(map(str, told))
    finally:
        for name in list(here.processes):
            here.kill(name)
        await here.stop_bot()
        await server.close()
        await forge.close()
