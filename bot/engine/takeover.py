"""The work of dead workers: this version's is continued here; another version's is dropped or queued again.

DBOS runs a workflow only in the version that it was queued by, and an unfinished look keeps its partition: without
this, whatever an upgrade interrupts would wait for a version that no worker runs any more.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterator, Mapping

import sqlalchemy as sa
from dbos import DBOS, WorkflowStatus
from dbos._dbos import _get_dbos_instance

from bot.store import Store

FIRST = "1"
"""The version whose executors did not name it in their ids."""
ALONE = "local"
"""The executor of a database that one process has to itself."""
AT_ONCE = 500
_LOOK = re.compile(r"look/(?P<repo>\d+)/(?P<issue>\d+)/(?P<number>\d+)(/|$)")
log = logging.getLogger("drover.engine")


def new_executor(version: str) -> str:
    return f"drover-{version}-{uuid.uuid4().hex[:12]}"


def version_of(executor: str, own_version: str) -> str:
    _, *rest = executor.split("-")
    return own_version if executor == ALONE else rest[0] if len(rest) == 2 else FIRST


class Takeover:
    """Continues the work of workers that no longer report that they are alive."""

    def __init__(self, store: Store, version: str, queued_again: Mapping[str, str], silence: float) -> None:
        """By workflow, `queued_again` is the queue of what no sweep would ask for again."""
        self._store, self._version = store, version
        self._queued_again, self._silence = queued_again, silence

    def has_workers(self) -> bool:
        return bool(self._store.heartbeats.beating_within(self._silence))

    def recover_dead(self, own: str) -> int:
        """How much of their work goes on here. DBOS restarts a dead executor's only where it is told to; until then
        its partitions are blocked."""
        recovered = 0
        for executor in (*self._take_over_silent(own), *self._forgotten(own)):
            taken = recover(executor)
            if taken:
                log.warning("worker %s is gone: %d of its workflows go on here", executor, taken)
            recovered += taken
            if not _has_pending(executor):
                self._store.heartbeats.forget(executor)
        return recovered

    def _take_over_silent(self, own: str) -> list[str]:
        """None of them can write any more, should it only have been paused."""
        known = self._store.heartbeats
        silent = [one for one in known.silent_for(self._silence) if one != own]
        return [one for one in silent if known.take_over(one, self._silence)]

    def _forgotten(self, own: str) -> list[str]:
        """Those that have work but no heartbeat: it was claimed late, or the heartbeat was lost."""
        # In this order: a heartbeat is written before anything is claimed.
        pending = _pending_executors(self._version)
        return [*pending - {own, *self._store.heartbeats.all_executors()}]

    def release_old_versions(self, own: str) -> int:
        """How many workflows of versions that no worker runs any more were dropped or queued again."""
        released = 0
        self._take_over_silent(own)
        for version in self._abandoned_versions():
            for one in _unfinished_work(version, [*self._queued_again]):
                self._release(one)
                released += 1
            if released:
                log.warning("%d workflows of version %s were dropped or queued again", released, version)
        return released

    def _abandoned_versions(self) -> list[str]:
        beating = self._store.heartbeats.beating_within(self._silence)
        alive = {version_of(one, self._version) for one in beating} | {self._version}
        known = [one["version_name"] for one in DBOS.list_application_versions()]
        return [version for version in known if version not in alive]

    def _release(self, one: WorkflowStatus) -> None:
        look = _LOOK.match(one.workflow_id)
        if look:
            self._store.looks.drop(int(look["repo"]), int(look["issue"]), int(look["number"]))
        DBOS.cancel_workflow(one.workflow_id)
        if one.name in self._queued_again:
            DBOS.rewind_workflow(
                one.workflow_id,
                application_version=self._version,
                queue_name=self._queued_again[one.name],
                queue_partition_key=one.queue_partition_key,
            )


def recover(executor: str) -> int:
    """How many of its unfinished workflows were queued again."""
    return len(DBOS._recover_pending_workflows([executor]))


def _pending_executors(version: str) -> set[str]:
    system = _get_dbos_instance()._sys_db
    workflows = system.tables.workflow_status.c
    query = (
        sa.select(workflows.executor_id)
        .distinct()
        .where(workflows.status == "PENDING", workflows.application_version == version)
    )
    with system.engine.connect() as db:
        return {one for one in db.execute(query).scalars() if one}


def _has_pending(executor: str) -> bool:
    """Whether some of its work could not be recovered: it is tried again."""
    return bool(
        DBOS.list_workflows(
            status="PENDING", executor_id=executor, limit=1, load_input=False, load_output=False
        )
    )


def _unfinished_work(version: str, queued_again: list[str]) -> Iterator[WorkflowStatus]:
    """Also what was cancelled to be queued again and was not, where the process was killed in between."""
    for status, names in ((["PENDING", "ENQUEUED", "DELAYED"], None), (["CANCELLED"], queued_again)):
        while found := DBOS.list_workflows(
            app_version=version,
            status=status,
            name=names,
            limit=AT_ONCE,
            load_input=False,
            load_output=False,
        ):
            yield from found
