"""The check runner: runs a repository's own tests on every pushed head."""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.ci.jobs import JobResult, run_command, unpack
from sandbox.git.threads import run_in_thread
from sandbox.model.accounts import Actor, App, Installation
from sandbox.model.checks import CheckSuite, RunChange, WorkflowRun
from sandbox.model.repositories import Repository
from sandbox.topics.forge_protocol import ForgeProtocol


@dataclass
class RunnerSettings:
    """How a repository's tests are run, and the failures that a test wants."""

    command: str
    name: str = "ci / tests"
    workflow: str = "ci"
    path: str = ".github/workflows/ci.yml"
    then: tuple[tuple[str, str], ...] = ()
    """Further jobs as name and command, run in order."""
    timeout: float = 120.0
    reuse: bool = True
    """Whether the result of an identical tree is reused."""
    silent: bool = False
    """Whether checks never report."""
    flaky: int = 0
    """How many of the next runs fail, whatever the tests say."""
    gate: asyncio.Event | None = None
    """An event that reports wait for."""
    fail_where: tuple[str, str] | None = None
    """A path and a pattern: the check fails where that file's content matches."""


@dataclass
class _RunnerState:
    settings: dict[int, RunnerSettings] = field(default_factory=dict)
    results: dict[tuple[int, str, str], JobResult] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


class CheckRunner:
    def __init__(self, forge: ForgeProtocol, parallel: int = 2) -> None:
        self._forge = forge
        self._state = _RunnerState()
        self._slots = asyncio.Semaphore(parallel)
        self._installation: Installation | None = None
        self.executed = 0
        """How many times the command was run."""

    def enable(
        self, repo: str | Repository, command: str = "python -m unittest -q", **options: Any
    ) -> RunnerSettings:
        """Test every head that is pushed from now on."""
        settings = RunnerSettings(command, **options)
        self._state.settings[self._forge.repo(repo).id] = settings
        return settings

    def settings(self, repo: str | Repository) -> RunnerSettings | None:
        return self._state.settings.get(self._forge.repo(repo).id)

    def disable(self, repo: str | Repository) -> None:
        self._state.settings.pop(self._forge.repo(repo).id, None)

    # triggers

    def head_moved(self, repo: Repository, sha: str, branch: str | None, actor: Actor, event: str) -> None:
        settings = self._state.settings.get(repo.id)
        if settings is None or settings.silent:
            return
        suite = self._forge.checks.suite_for(repo, self._actions_app(), sha, branch)
        if not any(run.suite is suite for run in repo.check_runs.values()):
            self._start(self._run_new_workflow(repo, suite, actor, event, settings))

    async def run_now(self, repo: str | Repository, branch: str | None = None, *, by: str) -> None:
        """Test the current head, for example of a new repository that nobody has pushed to."""
        found = self._forge.repo(repo)
        branch = branch or found.default_branch
        tip = await self._forge.repos.tip(found, branch)
        self.head_moved(found, tip, branch, self._forge.actor(by), "push")

    def rerequest(self, repo: Repository, suite: CheckSuite, actor: Actor) -> None:
        settings = self._state.settings.get(repo.id)
        if settings is None or suite.app is not self._actions_app():
            return
        runs = [run for run in repo.workflow_runs.values() if run.suite is suite]
        if runs:
            self._start(self._rerun_workflow(repo, suite, actor, runs[-1], settings))
        else:
            self._start(self._run_new_workflow(repo, suite, actor, "push", settings))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._state.tasks.add(task)
        task.add_done_callback(self._state.tasks.discard)
        task.add_done_callback(self._forge.note_crash)

    def _actions_app(self) -> App:
        """Return GitHub Actions, the App that reports workflow runs."""
        if self._installation is None:
            forge = self._forge
            github = forge.people.find("github") or forge.people.add("github", kind="Organization")
            app = forge.apps.register(
                "GitHub Actions",
                github,
                permissions={"checks": "write", "actions": "write", "contents": "write"},
            )
            now = forge.clock.now()
            self._installation = Installation(forge.next_id(), app, github, app.permissions, [], now, now)
        return self._installation.app

    def _reporter(self, repo: Repository) -> Actor:
        app = self._actions_app()
        if self._installation is None:
            raise AssertionError("made with the App")
        self._installation.repositories.add(repo.id)
        return Actor(app.bot, self._installation)

    # jobs

    async def _run_new_workflow(
        self, repo: Repository, suite: CheckSuite, actor: Actor, event: str, settings: RunnerSettings
    ) -> None:
        checks = self._forge.checks
        head = await repo.git.commit(suite.head_sha)
        title = head.message.partition("\n")[0]
        workflow = checks.make_workflow_run(
            repo, suite, settings.workflow, settings.path, event, actor, title
        )
        await checks.fire_workflow_run(repo, workflow, "requested")
        await self._run_jobs(repo, suite, workflow, settings)

    async def _rerun_workflow(
        self,
        repo: Repository,
        suite: CheckSuite,
        actor: Actor,
        workflow: WorkflowRun,
        settings: RunnerSettings,
    ) -> None:
        workflow.attempt += 1
        workflow.status, workflow.conclusion = "queued", None
        await self._forge.checks.fire_workflow_run(repo, workflow, "requested")
        await self._run_jobs(repo, suite, workflow, settings, fresh=True)

    async def _run_jobs(
        self,
        repo: Repository,
        suite: CheckSuite,
        workflow: WorkflowRun,
        settings: RunnerSettings,
        fresh: bool = False,
    ) -> None:
        """Run the jobs in order; between two of them the suite reads as completed."""
        workflow.conclusion = None
        for name, command in ((settings.name, settings.command), *settings.then):
            workflow.conclusion = await self._run_job(repo, workflow, settings, name, command, fresh)
            if workflow.conclusion != "success":
                break
        workflow.status = "completed"
        await self._forge.checks.fire_workflow_run(repo, workflow, "completed")

    async def _run_job(
        self,
        repo: Repository,
        workflow: WorkflowRun,
        settings: RunnerSettings,
        name: str,
        command: str,
        fresh: bool,
    ) -> str:
        checks, reporter = self._forge.checks, self._reporter(repo)
        sha = workflow.suite.head_sha
        run = await checks.create_run(repo, sha, RunChange(name=name, status="queued"), by=reporter)
        if settings.gate:
            await settings.gate.wait()
        async with self._slots:
            if workflow.status != "in_progress":
                workflow.status = "in_progress"
                await checks.fire_workflow_run(repo, workflow, "in_progress")
            await checks.update_run(repo, run.id, RunChange(status="in_progress"), by=reporter)
            result = await self._result(repo, sha, settings, command, fresh)
        conclusion = "success" if result.passed else "failure"
        text = f"```text\n{result.log}\n```"
        change = RunChange(conclusion=conclusion, title=result.title, summary=f"`{command}`", text=text)
        await checks.update_run(repo, run.id, change, by=reporter)
        return conclusion

    async def _result(
        self, repo: Repository, sha: str, settings: RunnerSettings, command: str, fresh: bool
    ) -> JobResult:
        if settings.flaky > 0:
            settings.flaky -= 1
            return JobResult(False, "The runner lost its connection", "The hosted runner lost communication.")
        if settings.fail_where and await self._matches(repo, sha, *settings.fail_where):
            path, pattern = settings.fail_where
            return JobResult(False, "Tests failed", f"{path} holds {pattern!r}")
        tree = (await repo.git.commit(sha)).tree
        known = self._state.results.get((repo.id, tree, command))
        if known and settings.reuse and not fresh:
            return JobResult(known.passed, f"{known.title} (this tree was tested before)", known.log)
        result = await self._execute(repo, sha, command, settings.timeout)
        self._state.results[repo.id, tree, command] = result
        return result

    async def _matches(self, repo: Repository, sha: str, path: str, pattern: str) -> bool:
        content = await repo.git.read(sha, path)
        return content is not None and re.search(pattern, content.decode(errors="replace")) is not None

    async def _execute(self, repo: Repository, sha: str, command: str, timeout: float) -> JobResult:
        self.executed += 1
        self._forge.home.joinpath("checkouts").mkdir(exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=self._forge.home / "checkouts"))
        try:
            archive = await repo.git.run("archive", "--format=tar", sha)
            await run_in_thread(unpack, archive, folder / "work")
            return await run_command(command, folder / "work", folder, timeout)
        finally:
            await run_in_thread(shutil.rmtree, folder, True)

    # waiting

    @property
    def busy(self) -> bool:
        return bool(self._state.tasks)

    async def drained(self) -> None:
        while self._state.tasks:
            await asyncio.wait(self._state.tasks)

    async def close(self) -> None:
        tasks = list(self._state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
