"""The engine's private parts that Drover uses: where an upgrade of `dbos` changes one, this says which, and what for."""

from __future__ import annotations

import ast
import inspect
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import get_origin, get_type_hints

import pytest
import sqlalchemy as sa
from dbos import DBOS, EnqueueOptions, _dbos
from dbos._core import execute_dequeued_workflow
from dbos._enqueue_options import build_enqueue_status
from dbos._error import DBOSMaxStepRetriesExceeded
from dbos._serialization import DefaultSerializer
from dbos._sys_db import SystemDatabase, WorkflowStatusInternal

from bot.engine import queues
from bot.engine.workflows import _cause
from bot.store import open_engine
from tests.world import ROOT

USED_FOR: Mapping[str, str] = {
    "dbos._dbos._get_dbos_instance": "many looks are written in one transaction (write_jobs)",
    "dbos._enqueue_options.build_enqueue_status": "the row of a delivery or a look that is written so",
    "dbos._error.DBOSMaxStepRetriesExceeded": "people are told what went wrong, not that it did too often (_cause)",
    "dbos._core.execute_dequeued_workflow": "what was claimed is started (Dispatcher._start)",
    "dbos._dbos": "the thread that polls the queues is started by its name there (Dispatcher.install)",
    "dbos._sys_db.WorkflowStatusInternal": "what was claimed (Dispatcher._claim)",
    "dbos._utils.INTERNAL_QUEUE_NAME": "what was begun and runs no more is queued again (Dispatcher._queue_unfinished)",
    "dbos._utils.generate_uuid": "the token of a claim, which fences what comes late (Dispatcher._start)",
    "DBOS._recover_pending_workflows": "a dead worker's work goes on elsewhere (Takeover.recover_dead)",
    "._sys_db": "many looks are written in one transaction, and claimed (write_jobs, Dispatcher._claim)",
    "._workflow_tasks": "what runs in this process, and when it ends (Dispatcher._note_new_tasks)",
    "._worker_concurrency": "how many are claimed at once (Dispatcher._claim)",
}
"""Each private part that is used, and what for."""


def test_each_private_part_that_is_used_is_named_here() -> None:
    used = {one for file in sorted((ROOT / "bot").rglob("*.py")) for one in private_parts(file)}
    assert used == USED_FOR.keys()


def private_parts(file: Path) -> Iterator[str]:
    tree = ast.parse(file.read_text())
    if not any(_module(node).split(".")[0] == "dbos" for node in ast.walk(tree)):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and _module(node).startswith("dbos._"):
            yield from (f"{node.module}.{one.name}" for one in node.names)
        if isinstance(node, ast.ImportFrom) and node.module == "dbos":
            yield from (f"dbos.{one.name}" for one in node.names if one.name.startswith("_"))
        if isinstance(node, ast.Attribute) and f".{node.attr}" in USED_FOR:
            yield f".{node.attr}"
        if isinstance(node, ast.Attribute) and ast.unparse(node).startswith("DBOS._"):
            yield ast.unparse(node)


def _module(node: ast.AST) -> str:
    if isinstance(node, ast.ImportFrom):
        return node.module or ""
    return node.names[0].name if isinstance(node, ast.Import) else ""


def test_the_version_is_pinned_to_the_one_that_these_parts_were_read_in() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = [one for one in project["dependencies"] if one.startswith("dbos")]
    assert pinned == [f"dbos=={version('dbos')}"]
    for name in ("requirements.txt", "requirements-dev.txt"):
        assert f"\ndbos=={version('dbos')} " in (ROOT / name).read_text()


@pytest.mark.parametrize("part", [one for one in USED_FOR if one.startswith("dbos.")])
def test_it_can_be_imported(part: str) -> None:
    module, _, name = part.rpartition(".")
    assert hasattr(import_module(module), name), f"{part} is gone. {USED_FOR[part]}"


PARAMETERS: Mapping[str, tuple[Callable[..., object], list[str]]] = {
    "dbos._enqueue_options.build_enqueue_status": (
        build_enqueue_status,
        ["options", "serializer", "args", "kwargs"],
    ),
    "dbos._core.execute_dequeued_workflow": (execute_dequeued_workflow, ["dbos", "status", "owner_xid"]),
    "DBOS._recover_pending_workflows": (DBOS._recover_pending_workflows, ["executor_ids"]),
    "._sys_db": (SystemDatabase.init_workflows, ["self", "statuses"]),
    "dbos._error.DBOSMaxStepRetriesExceeded": (
        DBOSMaxStepRetriesExceeded.__init__,
        ["self", "step_name", "max_retries", "errors"],
    ),
}


@pytest.mark.parametrize("part", PARAMETERS)
def test_it_is_called_as_before(part: str) -> None:
    function, names = PARAMETERS[part]
    assert [*inspect.signature(function).parameters] == names, f"{part} takes others. {USED_FOR[part]}"


def test_the_instance_has_what_writes_many_at_once() -> None:
    why = USED_FOR["._sys_db"]
    assert isinstance(inspect.getattr_static(DBOS, "_sys_db"), property), why
    assert "serializer" in inspect.signature(SystemDatabase.__init__).parameters, why
    assert get_origin(get_type_hints(SystemDatabase.init_workflows)["return"]) is set, why


def test_nothing_else_polls_the_queues() -> None:
    assert "target=queue_thread, args=(evt, self)" in inspect.getsource(_dbos), USED_FOR["dbos._dbos"]


def test_what_is_queued_is_claimed_as_the_engine_does() -> None:
    why = USED_FOR["._sys_db"]
    for claim in ("start_queued_workflows", "start_queued_partitioned_workflows"):
        parameters = [*inspect.signature(getattr(SystemDatabase, claim)).parameters]
        assert parameters[:4] == ["self", "queue", "executor_id", "app_version"], why
        assert "owner_xid" in parameters, why
    assert "dbos._workflow_tasks.add(task)" in inspect.getsource(execute_dequeued_workflow), why
    assert "queue.name" in inspect.getsource(SystemDatabase.start_queued_partitioned_workflows), why
    assert "queue._worker_concurrency" in inspect.getsource(SystemDatabase.start_queued_workflows), why


def test_one_unfinished_workflow_is_queued_again_by_its_id() -> None:
    parameters = [*inspect.signature(SystemDatabase.reenqueue_for_recovery).parameters]
    why = USED_FOR["dbos._utils.INTERNAL_QUEUE_NAME"]
    assert parameters == ["self", "workflow_id", "executor_ids", "recovery_queue_name"], why


def test_a_row_says_what_a_look_is_queued_by() -> None:
    options: EnqueueOptions = {
        "workflow_name": "look",
        "queue_name": queues.LOOKS,
        "queue_partition_key": "7/1",
        "app_version": queues.VERSION,
        "workflow_id": "look/7/1/1",
        "application_name": queues.NAME,
    }
    name, row = build_enqueue_status(options, DefaultSerializer(), ({"issue": 1}, 1), {})
    why = USED_FOR["dbos._sys_db.WorkflowStatusInternal"]
    assert name == "look/7/1/1"
    said = {key: row.get(key) for key in ("workflow_uuid", "status", "name", "queue_name", "app_version")}
    assert said == {
        "workflow_uuid": "look/7/1/1",
        "status": "ENQUEUED",
        "name": "look",
        "queue_name": queues.LOOKS,
        "app_version": queues.VERSION,
    }, why
    assert row["queue_partition_key"] == "7/1", why
    assert {
        "inputs",
        "serialization",
        "queue_partition_key",
    } <= WorkflowStatusInternal.__annotations__.keys(), why


def test_what_a_step_failed_of_is_kept_under_the_engines_error() -> None:
    failed = DBOSMaxStepRetriesExceeded("turn", 4, [ValueError("first"), ValueError("last")])
    assert [str(one) for one in failed.errors] == ["first", "last"]
    assert str(_cause(failed)) == "last", USED_FOR["dbos._error.DBOSMaxStepRetriesExceeded"]


def test_sqlite_tells_parts_of_a_second_however_old_it_is(tmp_path: Path) -> None:
    """The default of a column in the engine's tables, from Python 3.12 on."""
    with open_engine(f"sqlite:///{tmp_path / 'drover.db'}").begin() as connection:
        connection.execute(
            sa.text("CREATE TABLE t (a TEXT, at INTEGER NOT NULL DEFAULT (unixepoch('subsec') * 1000))")
        )
        connection.execute(sa.text("INSERT INTO t (a) VALUES ('x')"))
        at = connection.execute(sa.text("SELECT at FROM t")).scalar_one()
    assert abs(at / 1000 - time.time()) < 60
