"""The work of dead workers: this version's is continued here; another version's is dropped or queued again.

DBOS runs a workflow only in the version that it was queued by, and an unfinished look keeps its partition: without
this, whatever an upgrade interrupts would wait for a version that no worker runs any more.
"""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Iterator, Mapping

from dbos import DBOS, WorkflowStatus

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
    """Reports that this worker is alive, and continues the work of workers that no longer do."""

    def __init__(
        self, store: Store, executor: str, version: str, queued_again: Mapping[str, str], silence: float
    ) -> None:
        """By workflow, `queued_again` is the queue of what no sweep would ask for again."""
        self._store, self._executor, self._version = store, executor, version
        self._queued_again, self._silence = queued_again, silence

    def beat(self) -> None:
        self._store.heartbeats.beat(self._executor, time.time())

    def say_gone(self) -> None:
        """Reports that this worker has stopped, so that others needn't wait for it to fall silent."""
        self._store.heartbeats.beat(self._executor, 0.0)

    def has_workers(self) -> bool:
        return bool(self._store.heartbeats.beating_since(self._silent_since()))

    def recover_dead(self) -> int:
        """How much of their work goes on here. DBOS restarts a dead executor's only where it is told to; until then
        its partitions are blocked."""
        recovered = 0
        for executor in self._store.heartbeats.silent_since(self._silent_since()):
            if executor == self._executor:
                continue
            taken = DBOS._recover_pending_workflows([executor])
            if taken:
                log.warning("worker %s is gone: %d of its workflows go on here", executor, len(taken))
            recovered += len(taken)
            if not _has_pending(executor):
                self._store.heartbeats.forget(executor)
        return recovered

    def release_old_versions(self) -> int:
        """How many workflows of versions that no worker runs any more were dropped or queued again."""
        released = 0
        for version in self._abandoned_versions():
            for one in _unfinished(version, [*self._queued_again]):
                self._release(one)
                released += 1
            if released:
                log.warning("%d workflows of version %s were dropped or queued again", released, version)
        return released

    def _abandoned_versions(self) -> list[str]:
        beating = self._store.heartbeats.beating_since(self._silent_since())
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

    def _silent_since(self) -> float:
        return time.time() - self._silence


def _has_pending(executor: str) -> bool:
    """Whether some of its work could not be recovered: it is tried again."""
    return bool(
        DBOS.list_workflows(
            status="PENDING", executor_id=executor, limit=1, load_input=False, load_output=False
        )
    )


def _unfinished(version: str, queued_again: list[str]) -> Iterator[WorkflowStatus]:
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
