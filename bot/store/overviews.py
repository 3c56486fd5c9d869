"""What the pages show: a row for each migration, written when a turn ends. A lost one is written by the next look."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.store.database import insert_into
from bot.store.migration import Migration
from bot.store.overview import ORDER, Overview
from bot.store.tables import overviews


@dataclass(frozen=True)
class StoredOverview:
    repo_id: int
    full_name: str
    issue: int
    at: float
    """When the migration was last looked at."""
    overview: Overview


@dataclass(frozen=True)
class OverviewFilter:
    repo_ids: Collection[int] | None
    """None for all."""
    full_name: str = ""
    waits_for: str = ""


class Overviews:
    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def keep(self, migration: Migration, full_name: str, overview: Overview, now: float) -> None:
        row = {
            "full_name": full_name,
            "name_key": full_name.lower(),
            "waits_for": str(overview.waits_for),
            "rank": ORDER.index(overview.waits_for),
            "at": now,
            "data": json.dumps(overview.as_json()),
        }
        insert = insert_into(self._database, overviews).values(
            repo_id=migration.repo_id, issue=migration.issue, since=now, **row
        )
        since = sa.case((overviews.c.waits_for == insert.excluded.waits_for, overviews.c.since), else_=now)
        with self._database.begin() as db:
            db.execute(
                insert.on_conflict_do_update(
                    index_elements=["repo_id", "issue"], set_={**row, "since": since}
                )
            )

    def forget(self, migration: Migration) -> None:
        with self._database.begin() as db:
            db.execute(sa.delete(overviews).where(is_overview_of(migration)))

    def repositories(self) -> dict[int, str]:
        """Those with a migration, with their names; those that need somebody stand first."""
        query = (
            sa.select(overviews.c.repo_id, sa.func.max(overviews.c.full_name).label("full_name"))
            .group_by(overviews.c.repo_id)
            .order_by(sa.func.min(overviews.c.rank), overviews.c.repo_id)
        )
        with self._database.connect() as db:
            return {row.repo_id: row.full_name for row in db.execute(query)}

    def counts(self, of: OverviewFilter) -> dict[str, int]:
        """How many wait for what."""
        query = (
            sa.select(overviews.c.waits_for, sa.func.count().label("many"))
            .where(*_conditions(of))
            .group_by(overviews.c.waits_for)
        )
        with self._database.connect() as db:
            return {row.waits_for: row.many for row in db.execute(query)}

    def page(self, of: OverviewFilter, start: int, most: int) -> list[StoredOverview]:
        """What needs somebody first stands first, and of that what has needed somebody for longest."""
        order = (overviews.c.rank, overviews.c.since, overviews.c.repo_id, overviews.c.issue)
        query = sa.select(overviews).where(*_conditions(of)).order_by(*order).offset(start).limit(most)
        return self._select(query)

    def by_name(self, full_name: str, issue: int) -> list[StoredOverview]:
        """The newest first: a name may have belonged to another repository before."""
        query = (
            sa.select(overviews)
            .where(overviews.c.name_key == full_name.lower(), overviews.c.issue == issue)
            .order_by(overviews.c.at.desc())
            .limit(5)
        )
        return self._select(query)

    def _select(self, query: sa.Select[Any]) -> list[StoredOverview]:
        with self._database.connect() as db:
            rows = db.execute(query).all()
        return [
            StoredOverview(row.repo_id, row.full_name, row.issue, row.at, overview)
            for row in rows
            if (overview := Overview.from_json(json.loads(row.data))) is not None
        ]


def is_overview_of(migration: Migration) -> sa.ColumnElement[bool]:
    return sa.and_(overviews.c.repo_id == migration.repo_id, overviews.c.issue == migration.issue)


def _conditions(of: OverviewFilter) -> Iterator[sa.ColumnElement[bool]]:
    if of.repo_ids is not None:
        yield overviews.c.repo_id.in_(of.repo_ids)
    if of.full_name:
        yield overviews.c.name_key == of.full_name.lower()
    if of.waits_for:
        yield overviews.c.waits_for == of.waits_for
