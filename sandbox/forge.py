"""The forge: a small GitHub whose state is in memory and whose repositories are real git."""

from __future__ import annotations

import asyncio
import traceback
from collections import deque
from collections.abc import AsyncGenerator, Coroutine
from pathlib import Path
from typing import Any

from sandbox.access.people import People
from sandbox.access.refusals import not_found, refusal_for_removed_issue
from sandbox.access.tokens import Tokens
from sandbox.ci.runner import CheckRunner
from sandbox.controls.clock import Clock
from sandbox.controls.exchanges import KEPT_EXCHANGES, Exchange
from sandbox.controls.faults import Faults
from sandbox.controls.lag import ReplicationLag
from sandbox.controls.limits import Limits
from sandbox.git.update_hook import write_hook
from sandbox.model.accounts import Actor, App, User
from sandbox.model.changes import ChangeNotice
from sandbox.model.json import Json
from sandbox.model.repositories import Issue, Repository
from sandbox.topics.apps import Apps
from sandbox.topics.check_runs import Checks
from sandbox.topics.issue_removal import IssueRemoval
from sandbox.topics.issues import Issues
from sandbox.topics.merge_queue import MergeQueue
from sandbox.topics.oauth import OAuth
from sandbox.topics.pulls import Pulls
from sandbox.topics.repositories import Repositories
from sandbox.webhooks.deliveries import Webhooks


class Forge:
    def __init__(self, data_dir: Path | str, url: str = "http://localhost") -> None:
        self.home = Path(data_dir)
        self.home.mkdir(parents=True, exist_ok=True)
        self.url = url
        self.clock = Clock()
        self.repositories: dict[int, Repository] = {}
        self.by_name: dict[str, Repository] = {}
        self.moved: dict[str, int] = {}
        """Former names of repositories."""
        self.faults = Faults()
        self.limits = Limits(self.clock, self.repositories_of)
        self.lag = ReplicationLag(self.clock)
        self.tokens = Tokens(self.clock)
        self.log: deque[Exchange] = deque(maxlen=KEPT_EXCHANGES)
        self.missing: list[str] = []
        """Requests for routes that the sandbox lacks."""
        self.signs_commits = True
        """Whether it signs the commits that Apps create; an Enterprise Server may not."""
        self.crashes: list[str] = []
        """Tracebacks of the forge's own failures. Tests check that there are none."""
        write_hook(self.home)
        self.people = People(self.clock, self.next_id)
        self.apps = Apps(self)
        self.oauth = OAuth(self)
        self.hooks = Webhooks(self)
        self.repos = Repositories(self)
        self.issues = Issues(self)
        self.removals = IssueRemoval(self)
        self.pulls = Pulls(self)
        self.queue = MergeQueue(self)
        self.checks = Checks(self)
        self.runner = CheckRunner(self)
        self._last_id = 1000
        self._tasks: set[asyncio.Task[Any]] = set()
        self._listeners: set[asyncio.Queue[ChangeNotice]] = set()

    @property
    def api(self) -> str:
        return f"{self.url}/api/v3"

    def next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def repo(self, name: str | Repository) -> Repository:
        if isinstance(name, Repository):
            return name
        found = self.by_name.get(name.lower())
        if found is None:
            raise not_found()
        return found

    def current_or_former(self, name: str) -> Repository | None:
        """Return the repository that has or had this name."""
        return self.by_name.get(name.lower()) or self.repositories.get(self.moved.get(name.lower(), 0))

    def issue(self, repo: str | Repository, number: int) -> Issue:
        found_repo = self.repo(repo)
        found = found_repo.issues.get(number)
        if found is None:
            raise refusal_for_removed_issue(found_repo, number) or not_found()
        return found

    def repositories_of(self, who: str) -> int:
        """The number of repositories that a caller reaches, by its key in the limits, if it is an installation."""
        kind, _, number = who.partition(" ")
        found = self.apps.installations.get(int(number)) if kind == "installation" else None
        return len(found.repositories) if found else 0

    def actor(self, by: str | User | Actor) -> Actor:
        if isinstance(by, Actor):
            return by
        return Actor(by if isinstance(by, User) else self.people.get(by))

    # events

    def emit(
        self,
        event: str,
        action: str | None,
        repo: Repository,
        actor: Actor | User,
        fields: Json,
        *,
        number: int | None = None,
        only: App | None = None,
    ) -> None:
        """Notify open pages and fire webhooks."""
        user = actor.user if isinstance(actor, Actor) else actor
        self.publish(ChangeNotice(event, action, repo.full_name, number))
        self.hooks.fire(event, action, repo, user, fields, only=only)

    def publish(self, change: ChangeNotice) -> None:
        for queue in self._listeners:
            queue.put_nowait(change)

    def publish_run(self, repo: Repository, sha: str) -> None:
        """Notify open pages of a check run's change that fires no webhook."""
        pulls = [one.number for one in repo.pulls if one.pull and one.pull.head_sha == sha]
        for number in pulls:
            self.publish(ChangeNotice("check_run", "updated", repo.full_name, number))

    def subscribe(self) -> AsyncGenerator[ChangeNotice, None]:
        """Yield every change from now on."""
        queue: asyncio.Queue[ChangeNotice] = asyncio.Queue()
        self._listeners.add(queue)
        return self._changes(queue)

    async def _changes(self, queue: asyncio.Queue[ChangeNotice]) -> AsyncGenerator[ChangeNotice, None]:
        try:
            while True:
                yield await queue.get()
        finally:
            self._listeners.discard(queue)

    # background work

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(self.note_crash)
        return task

    def note_crash(self, task: asyncio.Task[None]) -> None:
        problem = None if task.cancelled() else task.exception()
        if problem:
            self.crashes.append("".join(traceback.format_exception(problem)))

    async def drained(self) -> None:
        """Wait until every delivery was attempted and background work is done, except the check runner's."""
        while self._tasks or self.hooks.busy:
            await asyncio.gather(*self._tasks, self.hooks.drained(), return_exceptions=True)

    async def idle(self) -> None:
        """Wait as `drained` does, and for the check runner."""
        while self._tasks or self.hooks.busy or self.runner.busy:
            await self.runner.drained()
            await self.drained()

    async def close(self) -> None:
        await self.runner.close()
        await self.hooks.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
