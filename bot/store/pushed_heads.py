"""The commits that Drover pushed as heads of its branches."""

from __future__ import annotations

import time

import sqlalchemy as sa

from bot.store.database import insert_into
from bot.store.tables import heads


class PushedHeads:
    def __init__(self, database: sa.Engine) -> None:
        self._database = database

    def record(self, repo_id: int, ref: str, sha: str) -> None:
        with self._database.begin() as db:
            db.execute(
                insert_into(self._database, heads)
                .values(repo_id=repo_id, sha=sha, ref=ref, pushed=time.time())
                .on_conflict_do_nothing()
            )

    def contains(self, repo_id: int, sha: str) -> bool:
        query = sa.select(heads.c.ref).where(heads.c.repo_id == repo_id, heads.c.sha == sha)
        with self._database.connect() as db:
            return db.execute(query).first() is not None
