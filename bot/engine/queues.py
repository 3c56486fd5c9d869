"""The queues, and the names of everything durable."""

from __future__ import annotations

from dbos import DBOS

from bot.settings import Settings

NAME = "drover"
VERSION = "1"
"""Of the workflows' steps, not of the source, so that an upgrade goes on with what is queued or running.
Changed only where the order of the steps changes."""
DELIVERIES, LOOKS, RATCHETS, CHORES, COMMANDS = "deliveries", "looks", "ratchets", "chores", "commands"
QUEUES = (DELIVERIES, LOOKS, RATCHETS, CHORES, COMMANDS)
REST = 2.0
"""Seconds between two polls of a queue in which this process has queued nothing, where no other process can."""
QUEUED_AGAIN = {
    "delivery": DELIVERIES,
    "introduce": DELIVERIES,
    "ratchet": RATCHETS,
    "commands": COMMANDS,
}
"""By workflow, the queue of what a change of the version queues again, since no sweep would ask for it."""


def register_queues(settings: Settings) -> None:
    many = settings.worker_concurrency
    poll = 0.3
    _register(DELIVERIES, 2 * poll, worker_concurrency=max(8, many))
    _register(LOOKS, poll, worker_concurrency=many, partition_concurrency=1)
    _register(RATCHETS, 4 * poll, worker_concurrency=many, partition_concurrency=1)
    _register(CHORES, 5 * poll, global_concurrency=1)
    if settings.run_commands != "off":
        _register(COMMANDS, 5 * poll, worker_concurrency=1)


def _register(
    name: str,
    poll: float,
    *,
    worker_concurrency: int | None = None,
    partition_concurrency: int | None = None,
    global_concurrency: int | None = None,
) -> None:
    DBOS.register_queue(
        name,
        worker_concurrency=worker_concurrency,
        partition_concurrency=partition_concurrency,
        global_concurrency=global_concurrency,
        polling_interval_sec=poll,
        on_conflict="always_update",
    )
