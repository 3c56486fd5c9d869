"""The database, and what waits in it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from bot.doctor.finding import Finding, note
from bot.engine.queue_status import QueuedWork, read_queued_work
from bot.report.text import count_of
from bot.settings import ServerSettings
from bot.store import Store, open_store

WAITS_TOO_LONG = 60.0
"""Seconds that something may be queued where somebody works."""


def database_finding(settings: ServerSettings) -> Finding:
    try:
        with open_store(settings.database_url) as store:
            store.prepare()
            store.check()
    except (SQLAlchemyError, OSError) as error:
        return _unusable(settings, error)
    return Finding(f"{_kind(settings)} answers.")


def queue_findings(settings: ServerSettings) -> Iterator[Finding]:
    """Only where the database answers. Raises `SQLAlchemyError`."""
    with open_store(settings.database_url) as store:
        work = read_queued_work(store.database)
        workers = 0 if settings.sqlite else len(store.heartbeats.beating_within(settings.worker_silence))
        yield _queue(settings, work, workers)
        yield from _disk(settings, store)


def _queue(settings: ServerSettings, work: QueuedWork, workers: int) -> Finding:
    if not work.count:
        return Finding(
            "Nothing is queued." if settings.sqlite else f"Nothing is queued, {_workers(workers)}."
        )
    says = f"{count_of(work.count, 'job is', 'jobs are')} queued, the oldest for {work.oldest:,.0f} s"
    if work.oldest < WAITS_TOO_LONG:
        return Finding(f"{says}.")
    if settings.sqlite:
        return Finding(f"{says}, and nobody is working.", "Start `drover serve`.")
    if not workers:
        to_do = "Start a worker with `drover work`, or unset WORKER so that `drover serve` does the work."
        return Finding(f"{says}, and nobody is working.", to_do)
    return note(
        f"{says}, {_workers(workers)}.", "If it stays so, start more workers or raise WORKER_CONCURRENCY."
    )


def _workers(number: int) -> str:
    return f"and {count_of(number, 'worker is', 'workers are')} there"


def _disk(settings: ServerSettings, store: Store) -> Iterator[Finding]:
    if settings.sqlite and not settings.keeps_disk:
        yield note(
            "The database is a file, and this platform wipes its disk at every restart.",
            "Nothing is lost but time. With Postgres in DATABASE_URL, not even that.",
        )


def _unusable(settings: ServerSettings, error: Exception) -> Finding:
    reason = (str(getattr(error, "__cause__", None) or error).splitlines() or [""])[0]
    to_do = (
        "Make the folder of the database writable, or set DATABASE_URL."
        if settings.sqlite
        else "Check DATABASE_URL, and that Postgres runs and can be reached from here."
    )
    return Finding(f"{_kind(settings)} can't be used: {reason}.", to_do)


def _kind(settings: ServerSettings) -> str:
    return "SQLite" if settings.sqlite else "Postgres"
