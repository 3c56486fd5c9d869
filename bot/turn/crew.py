"""The bot's work as the engine asks for it: what a delivery concerns, one turn of a migration, the sweep."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from bot.act.lost_issue import Astray, leave, tracking_issue
from bot.act.perform import act, answer
from bot.commands.check_run import carry_out, could_not
from bot.decide.actions import Answer
from bot.decide.checks import look_again
from bot.decide.next_actions import next_actions
from bot.decide.ratchet import RATCHET, Later, Subject
from bot.decide.requests import UserRequest
from bot.decide.status import ADOPT, status
from bot.engine.workflows import Turn
from bot.github import (
    AppDetails,
    Comment,
    Delivery,
    GitHubError,
    Gone,
    Issue,
    MustWait,
    NotFound,
    NotInstalled,
    Repo,
)
from bot.intake.events import SUBSCRIBED, Event
from bot.intake.requests import requests_in
from bot.intake.subjects import subjects
from bot.look.facts import GRACE, Snapshot, look
from bot.migration.context import PROOF, SharedState, TurnContext, open_context
from bot.migration.job import Job
from bot.plan.branch_names import PHASE_BRANCH
from bot.plan.plan import Plan
from bot.ratchet.check import Ratchet
from bot.report import answers as messages
from bot.report.status.comment import status_comment
from bot.store import Migration

log = logging.getLogger("drover.work")


class Crew:
    def __init__(self, shared: SharedState) -> None:
        self.shared, self.store, self.github = shared, shared.store, shared.github
        self._app: AppDetails | None = None
        self._swept: float | None = None
        self._at_work: dict[str, tuple[int, Repo, Comment]] = {}
        self._ratchet = Ratchet(shared, self.app)

    async def app(self) -> AppDetails:
        if self._app is None:
            self._app = await self.github.details()
        return self._app

    # deliveries

    async def received(self, event: Event) -> list[Migration]:
        """1. which migrations it concerns  2. what a person asked with it  3. those are looked at"""
        own = (await self.app()).bot_login
        migrations = await self._concerned(event)
        for request in requests_in(event, own_login=own):
            migration = _of(migrations, event, request)
            if migration is not None:
                await self._keep(event, migration, request)
        return migrations

    def looks(self, event: Event) -> list[Migration] | None:
        """The migrations to look at, where that is all that a delivery asks for; None where it asks for more."""
        own = self._app.bot_login if self._app else ""
        if event.kind.startswith(("push", "installation", "repository")):
            return None
        if event.kind == "issue_comment.edited" and event.sender != own:
            return None
        if requests_in(event, own_login=own) or subjects(event, own_login=own):
            return None
        return self._of_repository(event)

    async def _concerned(self, event: Event) -> list[Migration]:
        if event.kind.startswith("installation"):
            return await self._of_installation(event)
        return await asyncio.to_thread(self._of_repository, event)

    def _of_repository(self, event: Event) -> list[Migration]:
        if event.kind.startswith("check_run") and event.text == RATCHET:
            return []
        if _is_echo(event, self._app.bot_login if self._app else ""):
            return []
        known = self.store.migrations_of(event.repo_id)
        if event.tracking and event.issue is not None:
            return [Migration(event.repo_id, event.issue, event.installation, event.repo)]
        branch = PHASE_BRANCH.fullmatch(event.ref or "")
        if branch is not None:
            return [Migration(event.repo_id, int(branch["issue"]), event.installation, event.repo)]
        if event.kind.startswith(("pull_request", "merge_group")):
            return []
        return [
            Migration(one.repo_id, one.issue, event.installation, event.repo or one.full_name)
            for one in known
        ]

    async def _of_installation(self, event: Event) -> list[Migration]:
        if event.kind in ("installation.deleted", "installation.suspend"):
            return []
        return await self._sweep_installation(event.installation)

    async def _keep(self, event: Event, migration: Migration, request: UserRequest) -> None:
        await asyncio.to_thread(self.store.add_request, migration, request.id, request.as_json(), event.at)

    # the ratchet

    async def ratcheted(self, event: Event) -> list[Subject]:
        """What it is asked for in a repository that has a migration, or had one."""
        found = subjects(event, own_login=(await self.app()).bot_login)
        if found and not await asyncio.to_thread(self.store.migrations_of, event.repo_id):
            return []
        return found

    async def hold(self, subject: Subject) -> Later:
        return await self._ratchet.hold(subject)

    async def gave_up(self, subject: Subject, error: str) -> None:
        await self._ratchet.gave_up(subject, error.partition(":")[0])

    # a turn

    async def turn(self, migration: Migration) -> Turn:
        """1. look  2. decide  3. act  4. write the status comment"""
        try:
            return await self._turn(migration)
        except MustWait as wait:
            log.warning("%s: %s", migration.full_name, wait)
            return Turn((), wait.until + 1)
        except NotInstalled as gone:
            log.info("%s: %s", migration.full_name, gone)
            await asyncio.to_thread(self.store.forget_migration, migration)
            return Turn(())
        except (NotFound, Gone) as gone:
            log.info("%s: %s", migration.full_name, gone)
            return Turn(())

    async def _turn(self, migration: Migration) -> Turn:
        app = await self.app()
        context = await open_context(self.shared, migration, app.id, app.bot_login)
        if context is None:
            return Turn(())
        issue = await tracking_issue(context)
        if isinstance(issue, Astray):
            log.info("%s#%d: it is gone %s", context.info.full_name, migration.issue, issue.to)
            self._at_work.pop(migration.key, None)
            return Turn(tuple(await leave(context, issue)))
        snapshot = await look(context, migration, issue)
        if snapshot.status_comment is not None:
            self._at_work[migration.key] = (migration.installation, context.repo, snapshot.status_comment)
        await self._acknowledge(context, snapshot)
        now = status(snapshot.facts)
        actions = next_actions(snapshot.facts, now)
        did = [done for action in actions if (done := await act(context, snapshot, action))]
        late = await self._late_ticks(context, snapshot)
        rests = not did
        if rests and not late:
            did += await self._report(context, snapshot)
        for one in did:
            log.info("%s#%d: %s", context.info.full_name, migration.issue, one)
        return Turn(tuple(did), late or _look_again(snapshot), rests, tuple(context.jobs))

    async def _acknowledge(self, context: TurnContext, snapshot: Snapshot) -> None:
        for asked in snapshot.facts.asked:
            request = asked.request
            if request.source == "comment" and request.ref:
                await context.repo.reactions.to_comment(request.ref, "eyes")

    async def _late_ticks(self, context: TurnContext, snapshot: Snapshot) -> float | None:
        """A tick whose delivery has not come is not written over, for a while."""
        comment = snapshot.status_comment
        if comment is None or not snapshot.late_ticks:
            return None
        until = comment.updated_at.timestamp() + GRACE
        if time.time() < until:
            return until + 0.5
        editor = await self._editor(context, comment)
        for name in snapshot.late_ticks:
            request = UserRequest(
                f"tick-{comment.id}-{name}-{int(comment.updated_at.timestamp())}",
                "unknown",
                editor,
                comment.updated_at.timestamp(),
                "box",
                context.migration.issue,
                box=name,
            )
            await answer(context, Answer(request, "refused", "unknown hand"))
        return None

    async def _editor(self, context: TurnContext, comment: Comment) -> str:
        edits = await context.repo.comments.edits(comment)
        return edits[-1].editor.login if edits else "everybody"

    async def _report(self, context: TurnContext, snapshot: Snapshot) -> list[str]:
        if snapshot.facts.archived or (not snapshot.facts.adopted and snapshot.status_comment is None):
            return []
        text = status_comment(snapshot.facts, status(snapshot.facts), snapshot.seen)
        if snapshot.status_comment is None:
            await context.repo.comments.create(context.migration.issue, text)
            return ["wrote the status comment"]
        if snapshot.status_comment.body.strip() != text.strip():
            await context.repo.comments.update(snapshot.status_comment.id, text)
            return ["brought the status comment up to date"]
        return []

    async def waits(self, installation: int, until: datetime, why: str) -> None:
        """A wait that people would notice is said on the issues that wait for it."""
        text = messages.waiting(until.timestamp(), why)
        for of, repo, comment in list(self._at_work.values()):
            if of == installation:
                head, _, rest = comment.body.partition("\n\n")
                await repo.comments.update(comment.id, f"{head}\n\n⏳ {text}\n\n{rest}")

    async def crashed(self, migration: Migration, error: str) -> None:
        """Said once on the issue until something else happens there."""
        app = await self.app()
        try:
            installation = self.github.installation(migration.installation)
            info = await installation.repo_by_id(migration.repo_id)
            repo = installation.repo_named(info.full_name)
            said = await repo.comments.of(migration.issue)
            ours = [one for one in said if one.author.login == app.bot_login]
            if not ours or CRASH not in ours[-1].body:
                text = messages.refused(error) if _is_githubs(error) else messages.crash(_kind(error))
                await repo.comments.create(migration.issue, f"{CRASH}\n{text}")
        except GitHubError as trouble:
            log.warning("%s: could not tell of a crash: %s", migration.full_name, trouble)

    # what is carried out apart from the looks

    async def carry_out(self, job: Job) -> None:
        await self._apart(job, carry_out)

    async def could_not(self, job: Job, error: str) -> None:
        await self._apart(job, lambda context, job: could_not(context, job, error.partition(":")[0]))

    async def _apart(self, job: Job, do: Callable[[TurnContext, Job], Awaitable[None]]) -> None:
        app = await self.app()
        try:
            context = await open_context(self.shared, job.migration, app.id, app.bot_login)
            if context is not None:
                await do(context, job)
        except MustWait as wait:
            await asyncio.sleep(max(0.0, wait.until + 1 - time.time()))
            raise
        except (NotInstalled, NotFound, Gone) as gone:
            log.info("%s: %s", job.migration.full_name, gone)

    # the sweep

    async def sweep(self) -> list[Migration]:
        """Every open issue labelled `migration` of every installation, and those that we know of."""
        await self._redeliver()
        found: dict[str, Migration] = {}
        for one in await asyncio.to_thread(self.store.all_migrations):
            found[one.key] = one
        for installation in await self.github.installations():
            if installation.suspended_at is None:
                for one in await self._sweep_installation(installation.id):
                    found[one.key] = one
        return list(found.values())

    async def _redeliver(self) -> None:
        """What GitHub could not deliver it does not send again by itself; it can be asked to, for three days."""
        since = self._swept or time.time() - KEPT
        began = time.time()
        tries: dict[str, list[Delivery]] = {}
        for one in await self.github.deliveries(since=datetime.fromtimestamp(since, UTC)):
            tries.setdefault(one.guid, []).append(one)
        for guid, attempts in tries.items():
            lost = not any(one.arrived for one in attempts) and len(attempts) <= REDELIVERED_AT_MOST
            if lost and attempts[0].event in SUBSCRIBED:
                newest = max(attempts, key=lambda one: one.delivered_at)
                log.info("delivery %s (%s) did not arrive and is asked for again", guid, newest.event)
                await self.github.redeliver(newest.id)
        self._swept = began - 2 * 60 * self.shared.settings.sweep_minutes

    async def _sweep_installation(self, number: int) -> list[Migration]:
        installation = self.github.installation(number)
        found = []
        try:
            for info in await installation.repositories():
                repo = installation.repo_named(info.full_name)
                issues = [one for one in await repo.issues.find(label=ADOPT, state="all") if _watched(one)]
                found += [Migration(info.id, one.number, number, info.full_name) for one in issues]
        except NotInstalled:
            return []
        return found

    def leave(self) -> None:
        self.shared.leaving.set()

    def close(self) -> None:
        self.shared.index.close()


ECHOES = frozenset(
    (
        *("issue_comment.created", "issue_comment.edited", "create", "delete"),
        *("pull_request.opened", "pull_request.edited", "pull_request.synchronize", "check_suite.completed"),
    )
)


def _is_echo(event: Event, own: str) -> bool:
    """What we did ourselves tells us nothing: the look that did it looks once more by itself."""
    if event.kind in ("check_run.created", "check_run.completed") and event.text == PROOF:
        return True
    return bool(own) and event.sender == own and event.kind in ECHOES


CRASH = "<!-- drover:crash -->"
KEPT = 3 * 86400.0
REDELIVERED_AT_MOST = 3


def _look_again(snapshot: Snapshot) -> float | None:
    """Checks that nobody may ever tell us of: looked at when their time is over."""
    plan, facts = snapshot.planned.plan, snapshot.facts
    if not isinstance(plan, Plan):
        return None
    awaited = (
        look_again(checks, plan, facts.now) for phase in facts.parts for checks in (phase.checks, phase.after)
    )
    later = [moment for moment in awaited if moment is not None and moment > time.time()]
    return min(later, default=None)


def _is_githubs(error: str) -> bool:
    return error.startswith("bot.github.")


def _kind(error: str) -> str:
    return error.partition(":")[0]


WATCHED = 90 * 86400.0


def _watched(issue: Issue) -> bool:
    """Open, or closed so lately that a reference may still come back."""
    return issue.closed_at is None or time.time() - issue.closed_at.timestamp() < WATCHED


def _of(migrations: list[Migration], event: Event, request: UserRequest) -> Migration | None:
    """The migration that an intent is for: the issue it was made on, or the one its branch names; else the first."""
    if request.source == "button":
        return next((one for one in migrations if one.issue == request.where), None)
    if event.on_pull:
        return min(migrations, key=lambda one: one.issue, default=None)
    return next((one for one in migrations if one.issue == event.issue), None)
