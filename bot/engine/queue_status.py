"""What is queued, read from the engine's table without the engine: for whoever asks while no process works."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True)
class QueuedWork:
    count: int = 0
    oldest: float = 0.0
    """Seconds that the oldest has been queued."""


def read_queued_work(database: sa.Engine) -> QueuedWork:
    """Nothing where no process has worked with this database yet."""
    schema = "dbos" if database.dialect.name == "postgresql" else None
    if not sa.inspect(database).has_table("workflow_status", schema):
        return QueuedWork()
    columns: tuple[sa.ColumnClause[Any], ...] = (
        sa.column("status"),
        sa.column("queue_name"),
        sa.column("created_at"),
    )
    table = sa.table("workflow_status", *columns, schema=schema)
    query = sa.select(sa.func.count(), sa.func.min(table.c.created_at)).where(
        table.c.status == "ENQUEUED", table.c.queue_name.is_not(None)
    )
    with database.connect() as db:
        count, oldest = db.execute(query).one()
    return QueuedWork(count, max(0.0, time.time() - oldest / 1000)) if count else QueuedWork()
