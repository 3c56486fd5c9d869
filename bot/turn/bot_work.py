"""The bot's work, as the engine calls it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from bot import metrics
from bot.decide.ratchet import LaterSubjects, Subject
from bot.engine.work import EventNeeds, TurnResult
from bot.intake.event import Event
from bot.intake.first_steps import FirstSteps
from bot.logs import about
from bot.migration.commands_job import CommandsJob
from bot.migration.shared_state import SharedState
from bot.ratchet.check import Ratchet
from bot.store import Migration
from bot.turn.app_identity import AppIdentity
from bot.turn.audit_trail import record
from bot.turn.crash_reports import report_crash
from bot.turn.deliveries import Deliveries
from bot.turn.introduction import Introduction
from bot.turn.jobs import Jobs
from bot.turn.redelivery import Redelivery
from bot.turn.replays import Replays
from bot.turn.sweep import Sweep
from bot.turn.turn import Turns
from bot.turn.wait_notices import WaitNotices


class BotWork:
    def __init__(self, shared: SharedState, now: Callable[[], float] = time.time) -> None:
        """`now` times the sweeps."""
        self._shared = shared
        self._app = AppIdentity(shared.github)
        self._notices = WaitNotices()
        self._turns = Turns(shared, self._app, self._notices)
        self._jobs = Jobs(shared, self._app)
        self._introduction = Introduction(shared.github, self._app)
        self._ratchet = Ratchet(shared, self._app.details)
        redelivery = Redelivery(
            shared.github, shared.store.positions, 2 * 60 * shared.settings.sweep_minutes, now
        )
        self._sweep = Sweep(shared.store, shared.github, redelivery, shared.settings.sweep_minutes, now)
        self._deliveries = Deliveries(
            shared.store,
            self._app,
            self._sweep.migrations_of,
            self._sweep.is_adopted,
            Replays(shared.github, shared.store.clicks),
        )

    def needs(self, events: Sequence[Event]) -> list[EventNeeds | None]:
        return self._deliveries.needs(events)

    async def find_needs(self, event: Event) -> EventNeeds:
        with about(delivery=event.delivery, repository=event.repo):
            return await self._deliveries.find_needs(event)

    async def run_turn(self, migration: Migration) -> TurnResult:
        with metrics.timed_turn(), about(repository=migration.full_name, issue=migration.issue):
            result = await self._turns.run(migration)
        metrics.turns.labels("acted" if result.did else "nothing to do").inc()
        return result

    async def report_crash(self, migration: Migration, error: str) -> None:
        metrics.failures.labels("look").inc()
        with about(repository=migration.full_name, issue=migration.issue):
            why = error.strip() if error.startswith("bot.github.") else error.partition(":")[0].strip()
            await record(self._shared.store, migration, migration.full_name, "failed", why)
        await report_crash(self._shared.github, await self._app.details(), migration, error)

    async def run_job(self, job: CommandsJob) -> None:
        with about(repository=job.migration.full_name, issue=job.migration.issue):
            await self._jobs.run(job)

    async def report_job_failure(self, job: CommandsJob, error: str) -> None:
        metrics.failures.labels("commands").inc()
        await self._jobs.report_failure(job, error)

    async def introduce(self, to: FirstSteps) -> float | None:
        return await self._introduction.give(to)

    async def sweep(self) -> list[Migration]:
        return await self._sweep.run()

    async def check_ratchet(self, subject: Subject) -> LaterSubjects:
        with about(repository=subject.repo):
            return await self._ratchet.hold(subject)

    async def report_ratchet_failure(self, subject: Subject, error: str) -> None:
        metrics.failures.labels("ratchet").inc()
        await self._ratchet.gave_up(subject, error.partition(":")[0])

    async def show_wait(self, installation: int, until: datetime, why: str) -> None:
        await self._notices.show(installation, until, why)

    def interrupt(self) -> None:
        """Let what takes long stop early, for the next process to begin again."""
        self._shared.stopping.set()

    def close(self) -> None:
        self._shared.index.close()
