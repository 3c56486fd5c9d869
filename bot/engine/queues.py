"""The queues, and the names of everything durable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dbos import DBOS, Queue

from bot.settings import Settings

NAME = "drover"
VERSION = "2"
"""Of the workflows' steps, not of the source, so that an upgrade goes on with what is queued or running.
Changed only where the order of the steps changes."""
DELIVERIES, LOOKS, RATCHETS, CHORES, COMMANDS = "deliveries", "looks", "ratchets", "chores", "commands"
QUEUED_AGAIN = {
    "delivery": DELIVERIES,
    "introduce": DELIVERIES,
    "ratchet": RATCHETS,
    "commands": COMMANDS,
}
"""By workflow, the queue of what a change of the version queues again, since no sweep would ask for it."""


@dataclass(frozen=True)
class QueueKind:
    """Queues of one kind: each installation has its own, so that none waits behind another's work."""

    name: str
    slots: int
    """How much of it a worker runs at once…"""
    installation_slots: int
    """… and how much of that for one installation."""
    is_partitioned: bool = False
    """Whether what has the same partition key runs one after another, in whichever worker."""
    everywhere: int | None = None
    """How much of it runs at once in all workers together."""


def queue_kinds(settings: Settings) -> Mapping[str, QueueKind]:
    many = settings.worker_concurrency
    others = max(1, many - 1)
    kinds = [
        QueueKind(DELIVERIES, max(8, many), max(4, many // 2)),
        QueueKind(LOOKS, many, others, is_partitioned=True),
        QueueKind(RATCHETS, many, others, is_partitioned=True),
        QueueKind(CHORES, 1, 1, everywhere=1),
    ]
    if settings.run_commands != "off":
        kinds.append(QueueKind(COMMANDS, 1, 1))
    return {kind.name: kind for kind in kinds}


def queue_of(kind: str, installation: int) -> str:
    return f"{kind}/{installation}"


def kind_of(queue: str) -> str:
    return queue.partition("/")[0]


def register_queue(kind: QueueKind) -> Queue:
    """As the engine knows it: claimed from by this process's dispatcher, and polled by nobody."""
    return DBOS.register_queue(
        kind.name,
        partition_concurrency=1 if kind.is_partitioned else None,
        global_concurrency=kind.everywhere,
        on_conflict="always_update",
    )
