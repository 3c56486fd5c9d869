"""The work of processes that are gone. Of this version it goes on here; of another it is let go, or queued again.

DBOS runs a workflow only in the version that it was queued by, and an unfinished look keeps its partition: without
this, whatever an upgrade interrupts would wait for a version that nobody runs any more.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dbos import DBOS, WorkflowStatus

from bot.store import Store

FIRST = "1"
"""The version whose executors did not say it in their ids."""
ALONE = "local"
"""The executor of a database that one process has to itself."""
AT_ONCE = 500
_LOOK = re.compile(r"look/(?P<repo>\d+)/(?P<issue>\d+)/(?P<number>\d+)(/|$)")
log = logging.getLogger("drover.engine")


@dataclass(frozen=True)
class Running:
    """This process, as far as its work and that of others are told apart."""

    executor: str
    version: str
    queues: Mapping[str, str]
    """By the workflow's name, the queue of what only its caller knew: it is queued again. All else is let go, since
    a sweep asks for it."""


def new_executor(version: str) -> str:
    return f"drover-{version}-{uuid.uuid4().hex[:12]}"


def version_of(executor: str, mine: Running) -> str:
    _, *rest = executor.split("-")
    return mine.version if executor == ALONE else rest[0] if len(rest) == 2 else FIRST


def recover_dead(store: Store, mine: Running, silent_since: float) -> None:
    """DBOS restarts a dead executor's work only where somebody tells it to: its partitions stay shut."""
    for executor in store.silent_since(silent_since):
        if executor == mine.executor:
            continue
        taken = DBOS._recover_pending_workflows([executor])
        if taken:
            log.warning("worker %s is gone: %d of its workflows go on here", executor, len(taken))
        if not _pending(executor):
            store.forget_executor(executor)


def _pending(executor: str) -> bool:
    """Whether something is still its own: what could not be recovered is tried again."""
    return bool(
        DBOS.list_workflows(
            status="PENDING", executor_id=executor, limit=1, load_input=False, load_output=False
        )
    )


def release_old_versions(store: Store, mine: Running, silent_since: float) -> int:
    """How many workflows of versions that nobody runs any more were let go or queued again."""
    released = 0
    for version in _abandoned(store, mine, silent_since):
        for one in _unfinished(version, [*mine.queues]):
            _release(store, mine, one)
            released += 1
        if released:
            log.warning("%d workflows of version %s were let go or queued again", released, version)
    return released


def _abandoned(store: Store, mine: Running, silent_since: float) -> list[str]:
    alive = {version_of(one, mine) for one in store.beating_since(silent_since)} | {mine.version}
    known = [one["version_name"] for one in DBOS.list_application_versions()]
    return [version for version in known if version not in alive]


def _unfinished(version: str, queued_again: Sequence[str]) -> Iterator[WorkflowStatus]:
    """Also what was cancelled to be queued again, and was not, since the process was killed in between."""
    for status, names in ((["PENDING", "ENQUEUED", "DELAYED"], None), (["CANCELLED"], [*queued_again])):
        while found := DBOS.list_workflows(
            app_version=version,
            status=status,
            name=names,
            limit=AT_ONCE,
            load_input=False,
            load_output=False,
        ):
            yield from found


def _release(store: Store, mine: Running, one: WorkflowStatus) -> None:
    look = _LOOK.match(one.workflow_id)
    if look:
        store.drop_look(int(look["repo"]), int(look["issue"]), int(look["number"]))
    DBOS.cancel_workflow(one.workflow_id)
    if one.name in mine.queues:
        DBOS.rewind_workflow(
            one.workflow_id,
            application_version=mine.version,
            queue_name=mine.queues[one.name],
            queue_partition_key=one.queue_partition_key,
        )
