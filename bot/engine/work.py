"""What the engine asks of the bot, and what it gets back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.decide.ratchet import LaterSubjects, Subject
from bot.decide.requests import UserRequest
from bot.intake.event import Event
from bot.intake.first_steps import FirstSteps
from bot.migration.commands_job import CommandsJob
from bot.store import Migration


@dataclass(frozen=True)
class EventNeeds:
    """What a delivery asks for."""

    looks: tuple[Migration, ...] = ()
    requests: tuple[tuple[Migration, UserRequest], ...] = ()
    """What people asked for, to be kept."""
    subjects: tuple[Subject, ...] = ()
    """What the ratchet checks."""


@dataclass(frozen=True)
class TurnResult:
    """What one turn did, in words, and when to look again if nothing happens until then."""

    did: tuple[str, ...]
    look_again: float | None = None
    rests: bool = True
    """Whether nothing is left to do: at most the status comment was written."""
    jobs: tuple[CommandsJob, ...] = ()


class Work(Protocol):
    def needs(self, events: Sequence[Event]) -> list[EventNeeds | None]:
        """By the store alone; None where GitHub has to be asked."""

    async def find_needs(self, event: Event) -> EventNeeds:
        """GitHub is asked."""

    async def run_turn(self, migration: Migration) -> TurnResult: ...
    async def report_crash(self, migration: Migration, error: str) -> None: ...
    async def run_job(self, job: CommandsJob) -> None: ...
    async def report_job_failure(self, job: CommandsJob, error: str) -> None: ...
    async def introduce(self, to: FirstSteps) -> float | None:
        """Say how to start; when to try again, where that has to wait."""

    async def sweep(self) -> list[Migration]: ...
    async def check_ratchet(self, subject: Subject) -> LaterSubjects: ...
    async def report_ratchet_failure(self, subject: Subject, error: str) -> None: ...
