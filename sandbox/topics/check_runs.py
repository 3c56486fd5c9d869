"""Check suites, check runs, commit statuses and workflow runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sandbox.access.permissions import is_granted, require
from sandbox.access.refusals import Refusal, invalid, not_found, unprocessable
from sandbox.git.ref_updates import RefUpdate
from sandbox.model.accounts import Actor, App, By, User
from sandbox.model.checks import (
    Annotation,
    CheckRun,
    CheckRunAction,
    CheckSuite,
    CommitStatus,
    RunChange,
    StatusState,
    WorkflowRun,
)
from sandbox.model.json import Json
from sandbox.model.repositories import Repository
from sandbox.render import checks as render
from sandbox.render.commits import commit as commit_json
from sandbox.topics.forge_protocol import ForgeProtocol

PASSING = ("success", "neutral", "skipped")
CONCLUSIONS = (*PASSING, "failure", "cancelled", "timed_out", "action_required", "stale")
STATUSES = ("queued", "in_progress", "completed", "waiting", "requested", "pending")
LONGEST_OUTPUT = 65_535
MOST_STATUS_BRANCHES = 10


class Checks:
    def __init__(self, forge: ForgeProtocol) -> None:
        self._forge = forge

    # suites

    async def head_moved(self, repo: Repository, move: RefUpdate, branch: str, actor: Actor) -> None:
        before = None if move.created else move.old
        await self._create_suites(repo, move.new, branch, before, actor)
        self._forge.runner.head_moved(repo, move.new, branch, actor, "push")

    async def fork_head_moved(self, repo: Repository, sha: str, actor: Actor) -> None:
        """Create the suites of a fork's head, in the base repository and without a branch."""
        await self._create_suites(repo, sha, None, None, actor)
        self._forge.runner.head_moved(repo, sha, None, actor, "pull_request")

    async def _create_suites(
        self, repo: Repository, sha: str, branch: str | None, before: str | None, actor: Actor
    ) -> None:
        for one in self._forge.apps.installations_on(repo):
            if is_granted(one.permissions, "checks:write") and not self._suite_of(repo, one.app, sha):
                suite = self._make_suite(repo, one.app, sha, branch, before)
                await self.fire_suite(repo, suite, "requested", actor.user, only=one.app)

    def _suite_of(self, repo: Repository, app: App, sha: str) -> CheckSuite | None:
        return next((one for one in repo.suites.values() if one.app is app and one.head_sha == sha), None)

    def suite_for(self, repo: Repository, app: App, sha: str, branch: str | None) -> CheckSuite:
        return self._suite_of(repo, app, sha) or self._make_suite(repo, app, sha, branch, None)

    def _make_suite(
        self, repo: Repository, app: App, sha: str, branch: str | None, before: str | None
    ) -> CheckSuite:
        now = self._forge.clock.now()
        suite = CheckSuite(self._forge.next_id(), app, sha, branch, now, now, before)
        repo.suites[suite.id] = suite
        return suite

    async def fire_suite(
        self, repo: Repository, suite: CheckSuite, action: str, sender: User, *, only: App | None = None
    ) -> None:
        suite.updated_at = self._forge.clock.now()
        head = await repo.git.commit(suite.head_sha)
        shown = render.suite(self._forge, repo, suite, head)
        del shown["repository"]
        self._forge.emit("check_suite", action, repo, sender, {"check_suite": shown}, only=only)

    async def rerequest_suite(self, repo: str | Repository, suite_id: int, *, by: By) -> None:
        found, actor = self._forge.repo(repo), self._forge.actor(by)
        require(actor, found, "checks:write", "write")
        suite = found.suites.get(suite_id)
        if suite is None:
            raise not_found()
        suite.waits = True
        await self.fire_suite(found, suite, "rerequested", actor.user, only=suite.app)
        self._forge.runner.rerequest(found, suite, actor)

    # runs

    def run(self, repo: str | Repository, run_id: int) -> CheckRun:
        found = self._forge.repo(repo).check_runs.get(run_id)
        if found is None:
            raise not_found()
        return found

    async def create_run(
        self, repo: str | Repository, head_sha: str, change: RunChange, *, by: Actor
    ) -> CheckRun:
        found = self._forge.repo(repo)
        app = self._author(found, by)
        if not change.name:
            raise invalid("CheckRun", "name", "missing_field")
        if await found.git.kind(head_sha) != "commit":
            raise unprocessable(f"No commit found for SHA: {head_sha}")
        check_change(change)
        suite = self.suite_for(found, app, head_sha, await self._branch_at(found, head_sha))
        run = CheckRun(self._forge.next_id(), suite, change.name, self._forge.clock.now())
        found.check_runs[run.id] = run
        suite.waits = False
        _apply(run, change, self._forge.clock.now())
        await self._fire_run(found, run, "created", by.user)
        if run.status == "completed":
            await self._announce_completion(found, run, by.user)
        return run

    async def update_run(
        self, repo: str | Repository, run_id: int, change: RunChange, *, by: Actor
    ) -> CheckRun:
        found = self._forge.repo(repo)
        app, run = self._author(found, by), self.run(repo, run_id)
        if run.suite.app is not app:
            raise Refusal(
                403,
                f"Invalid app_id `{app.id}` - check run can only be modified by the GitHub App that created it.",
            )
        check_change(change)
        was_completed = run.status == "completed"
        run.suite.waits = False
        _apply(run, change, self._forge.clock.now())
        if run.status == "completed" and not was_completed:
            await self._announce_completion(found, run, by.user)
        else:
            self._forge.publish_run(found, run.suite.head_sha)
        return run

    def _author(self, repo: Repository, by: Actor) -> App:
        if by.app is None:
            raise Refusal(403, "You must authenticate via a GitHub App.")
        require(by, repo, "checks:write", "write")
        return by.app

    async def _branch_at(self, repo: Repository, sha: str) -> str | None:
        heads = await repo.git.refs("refs/heads")
        return next((ref.removeprefix("refs/heads/") for ref, at in heads.items() if at == sha), None)

    async def _fire_run(
        self,
        repo: Repository,
        run: CheckRun,
        action: str,
        sender: User,
        extra: Json | None = None,
        only: App | None = None,
    ) -> None:
        fields = {"check_run": render.webhook_run(self._forge, repo, run), **(extra or {})}
        self._forge.emit("check_run", action, repo, sender, fields, only=only)

    async def _announce_completion(self, repo: Repository, run: CheckRun, sender: User) -> None:
        await self._fire_run(repo, run, "completed", sender)
        if render.suite_state(repo, run.suite)[0] == "completed":
            await self.fire_suite(repo, run.suite, "completed", sender)
        self._report(repo, run.suite.head_sha)

    def _report(self, repo: Repository, sha: str) -> None:
        self._forge.pulls.recheck(repo, sha)
        self._forge.queue.recheck(repo, sha)

    async def press(self, repo: str | Repository, run_id: int, identifier: str, *, by: By) -> None:
        """Press a check run's button."""
        found, actor, run = self._forge.repo(repo), self._forge.actor(by), self.run(repo, run_id)
        require(actor, found, "checks:write", "write")
        if identifier not in [action.identifier for action in run.actions]:
            raise not_found()
        extra = {"requested_action": {"identifier": identifier}}
        await self._fire_run(found, run, "requested_action", actor.user, extra, only=run.suite.app)

    async def rerequest_run(self, repo: str | Repository, run_id: int, *, by: By) -> None:
        found, actor, run = self._forge.repo(repo), self._forge.actor(by), self.run(repo, run_id)
        require(actor, found, "checks:write", "write")
        run.suite.waits = True
        await self._fire_run(found, run, "rerequested", actor.user, only=run.suite.app)
        self._forge.runner.rerequest(found, run.suite, actor)

    # statuses

    async def set_status(
        self,
        repo: str | Repository,
        sha: str,
        state: StatusState,
        context: str = "default",
        description: str | None = None,
        target_url: str | None = None,
        *,
        by: By,
    ) -> CommitStatus:
        found, actor = self._forge.repo(repo), self._forge.actor(by)
        require(actor, found, "statuses:write", "write")
        if await found.git.kind(sha) != "commit":
            raise unprocessable(f"No commit found for SHA: {sha}")
        if description and len(description) > 140:
            raise invalid(
                "Status", "description", "custom", "description is too long (maximum is 140 characters)"
            )
        now, number = self._forge.clock.now(), self._forge.next_id()
        status = CommitStatus(number, sha, state, context, description, target_url, actor.user, now)
        found.statuses.append(status)
        await self._fire_status(found, status, actor)
        self._report(found, sha)
        return status

    async def _fire_status(self, repo: Repository, status: CommitStatus, actor: Actor) -> None:
        heads = await repo.git.refs("refs/heads")
        at = f"{self._forge.api}/repos/{repo.full_name}"
        shown = render.status(self._forge, repo, status)
        commit = commit_json(self._forge, repo, await repo.git.commit(status.sha))
        fields: Json = {
            name: shown[name]
            for name in ("id", "state", "description", "target_url", "context", "created_at", "updated_at")
        }
        fields |= {
            "sha": status.sha,
            "name": repo.full_name,
            "avatar_url": shown["avatar_url"],
            "commit": commit,
            "branches": [
                {
                    "name": ref.removeprefix("refs/heads/"),
                    "commit": {"sha": status.sha, "url": f"{at}/commits/{status.sha}"},
                    "protected": ref.removeprefix("refs/heads/") in repo.protections,
                }
                for ref, sha in heads.items()
                if sha == status.sha
            ][:MOST_STATUS_BRANCHES],
        }
        self._forge.emit("status", None, repo, actor, fields)

    def latest_statuses(self, repo: Repository, sha: str) -> list[CommitStatus]:
        """Return the latest status of each context, newest first."""
        newest = {one.context: one for one in repo.statuses if one.sha == sha}
        return sorted(newest.values(), key=lambda one: one.id, reverse=True)

    # summaries

    def runs_on(self, repo: Repository, sha: str) -> list[CheckRun]:
        return [one for one in repo.check_runs.values() if one.suite.head_sha == sha]

    def latest_runs_on(self, repo: Repository, sha: str) -> list[CheckRun]:
        newest = {(one.suite.id, one.name): one for one in self.runs_on(repo, sha)}
        return list(newest.values())

    def required_state(self, repo: Repository, sha: str, name: str) -> str:
        """Return success, failure, pending or missing."""
        runs = [one for one in self.latest_runs_on(repo, sha) if one.name == name]
        statuses = [one for one in self.latest_statuses(repo, sha) if one.context == name]
        if not runs and not statuses:
            return "missing"
        if any(one.status != "completed" for one in runs) or any(one.state == "pending" for one in statuses):
            return "pending"
        passed = all(one.conclusion in PASSING for one in runs) and all(
            one.state == "success" for one in statuses
        )
        return "success" if passed else "failure"

    def all_passed(self, repo: Repository, sha: str) -> bool:
        runs = all(one.conclusion in PASSING for one in self.latest_runs_on(repo, sha))
        return runs and all(one.state == "success" for one in self.latest_statuses(repo, sha))

    # workflow runs

    def make_workflow_run(
        self, repo: Repository, suite: CheckSuite, name: str, path: str, event: str, actor: Actor, title: str
    ) -> WorkflowRun:
        now, number = self._forge.clock.now(), len(repo.workflow_runs) + 1
        run = WorkflowRun(
            self._forge.next_id(), number, name, path, suite, event, actor.user, title, now, now
        )
        repo.workflow_runs[run.id] = run
        return run

    async def fire_workflow_run(self, repo: Repository, run: WorkflowRun, action: str) -> None:
        run.updated_at = self._forge.clock.now()
        head = await repo.git.commit(run.suite.head_sha)
        fields = {
            "workflow": render.workflow(self._forge, repo, run),
            "workflow_run": render.workflow_run(self._forge, repo, run, head),
        }
        self._forge.emit("workflow_run", action, repo, run.actor, fields)

    async def rerun_workflow(
        self, repo: str | Repository, run_id: int, *, by: By, failed_only: bool = False
    ) -> None:
        found, actor = self._forge.repo(repo), self._forge.actor(by)
        require(actor, found, "actions:write", "write")
        run = found.workflow_runs.get(run_id)
        if run is None:
            raise not_found()
        if run.status != "completed" or (failed_only and run.conclusion in PASSING):
            raise Refusal(403, "This workflow run cannot be retried")
        self._forge.runner.rerequest(found, run.suite, actor)


def check_change(change: RunChange) -> None:
    """Raise GitHub's refusal of values that are invalid or too long."""
    if change.status and change.status not in STATUSES:
        raise invalid("CheckRun", "status", "invalid")
    if change.conclusion and change.conclusion not in CONCLUSIONS:
        raise invalid("CheckRun", "conclusion", "invalid")
    if change.status == "completed" and not change.conclusion:
        raise invalid("CheckRun", "conclusion", "missing_field")
    if len(change.annotations) > 50:
        raise unprocessable("Invalid request.\n\nNo more than 50 items are allowed; were supplied.")
    for name in ("summary", "text"):
        if len(getattr(change, name) or "") > LONGEST_OUTPUT:
            raise unprocessable(
                f"Invalid request.\n\nOnly {LONGEST_OUTPUT} characters are allowed; "
                f"{len(getattr(change, name))} were supplied."
            )
    for note in change.annotations:
        _check_annotation(note)
    _check_actions(change.actions or ())


def _check_annotation(note: Annotation) -> None:
    if note.level not in ("notice", "warning", "failure"):
        raise invalid("CheckRun", "annotation_level", "invalid")
    if len(note.message.encode()) > 64 * 1024:
        raise unprocessable("Invalid request.\n\nAnnotation message is too long (maximum is 64 KB)")
    if note.title and len(note.title) > 255:
        raise unprocessable("Invalid request.\n\nAnnotation title is too long (maximum is 255 characters)")
    if note.start_line < 1 or note.end_line < note.start_line:
        raise invalid("CheckRun", "end_line", "invalid")
    if note.start_column is not None and note.start_line != note.end_line:
        raise invalid("CheckRun", "start_column", "invalid")


def _check_actions(actions: Sequence[CheckRunAction]) -> None:
    if len(actions) > 3:
        raise unprocessable(
            f"Invalid request.\n\nNo more than 3 items are allowed; {len(actions)} were supplied."
        )
    for action in actions:
        for name, longest in (("label", 20), ("identifier", 20), ("description", 40)):
            given = len(getattr(action, name))
            if given > longest:
                raise unprocessable(
                    f"Invalid request.\n\nOnly {longest} characters are allowed; {given} were supplied."
                )


def _apply(run: CheckRun, change: RunChange, now: datetime) -> None:
    for name in ("name", "details_url", "external_id", "title", "summary", "text"):
        value = getattr(change, name)
        if value is not None:
            setattr(run, name, value)
    run.annotations += change.annotations
    if change.actions is not None:
        run.actions = list(change.actions)
    if change.conclusion:
        run.status, run.conclusion = "completed", change.conclusion
        run.completed_at = change.completed_at or now
    elif change.status:
        run.status = change.status
        run.conclusion = run.completed_at = None
