"""What only we know: what people asked for, the heads that we pushed, the burndown, who is alive.

Everything here can be lost: the next look rebuilds from GitHub what it needs. SQLAlchemy's core, so that
SQLite and Postgres are the same code; calls are short and synchronous, and async code reaches them through
`asyncio.to_thread`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.stored_json import known_fields

_meta = sa.MetaData()

migrations = sa.Table(
    "drover_migrations",
    _meta,
    sa.Column("repo_id", sa.BigInteger, primary_key=True),
    sa.Column("issue", sa.Integer, primary_key=True),
    sa.Column("installation", sa.BigInteger, nullable=False),
    sa.Column("full_name", sa.Text, nullable=False),
    sa.Column("queued", sa.BigInteger, nullable=False),
    sa.Column("started", sa.BigInteger, nullable=False),
    sa.Column("began", sa.Float, nullable=False),
    sa.Column("finished", sa.Boolean, nullable=False, default=False),
)
intents = sa.Table(
    "drover_intents",
    _meta,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("repo_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("issue", sa.Integer, nullable=False),
    sa.Column("asked", sa.Float, nullable=False),
    sa.Column("intent", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text),
)
heads = sa.Table(
    "drover_heads",
    _meta,
    sa.Column("repo_id", sa.BigInteger, primary_key=True),
    sa.Column("sha", sa.Text, primary_key=True),
    sa.Column("ref", sa.Text, nullable=False),
    sa.Column("pushed", sa.Float, nullable=False),
)
counts = sa.Table(
    "drover_counts",
    _meta,
    sa.Column("repo_id", sa.BigInteger, primary_key=True),
    sa.Column("issue", sa.Integer, primary_key=True),
    sa.Column("sha", sa.Text, primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("remaining", sa.Integer, nullable=False),
)
waits = sa.Table(
    "drover_waits",
    _meta,
    sa.Column("installation", sa.BigInteger, primary_key=True),
    sa.Column("until", sa.Float, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
)
troubles = sa.Table(
    "drover_troubles",
    _meta,
    sa.Column("repo_id", sa.BigInteger, primary_key=True),
    sa.Column("issue", sa.Integer, primary_key=True),
    sa.Column("phase", sa.Integer, primary_key=True),
    sa.Column("slice", sa.Text, primary_key=True),
    sa.Column("over", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)
pushes = sa.Table(
    "drover_pushes",
    _meta,
    sa.Column("repo_id", sa.BigInteger, primary_key=True),
    sa.Column("first", sa.Float, nullable=False),
    sa.Column("last", sa.Float, nullable=False),
)
heartbeats = sa.Table(
    "drover_heartbeats",
    _meta,
    sa.Column("executor", sa.Text, primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
)


@dataclass(frozen=True)
class Migration:
    """One tracking issue of one repository: the partition that all its work runs in."""

    repo_id: int
    issue: int
    installation: int
    full_name: str

    @property
    def key(self) -> str:
        return f"{self.repo_id}/{self.issue}"

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Migration:
        return Migration(**known_fields(Migration, data))


@dataclass(frozen=True)
class StoredRequest:
    id: str
    asked: float
    request: Mapping[str, Any]
    outcome: str | None


@dataclass(frozen=True)
class Trouble:
    """Why a phase could not be made, for one commit of the default branch and one plan."""

    text: str
    at: float


@dataclass(frozen=True)
class Count:
    sha: str
    at: float
    remaining: int


class Store:
    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert

    def prepare(self) -> None:
        """Makes the tables; safe to run by several processes at once. What an older version kept in another shape
        is let go: it is found again."""
        with self.engine.begin() as db:
            if db.dialect.name == "postgresql":
                db.execute(sa.text("SELECT pg_advisory_xact_lock(7368)"))
            for table in _of_another_version(db):
                table.drop(db)
            _meta.create_all(db)

    def check(self) -> None:
        with self.engine.connect() as db:
            db.execute(sa.select(heartbeats).limit(1)).all()

    # Looks: a counter of what was asked for and one of what has begun, so that many askings are one look.

    def ask_look(self, migration: Migration) -> int:
        """The number of the look that will see what has just happened. One that waits already is only read."""
        mine = _this(migration)
        with self.engine.connect() as db:
            row = db.execute(sa.select(migrations).where(mine)).one_or_none()
        if row is not None and row.queued > row.started and _migration(row) == migration:
            return int(row.queued)
        return self._ask_anew(migration)

    def ask_look_unless(self, migration: Migration, since: float) -> int | None:
        """None where a look that began since then has seen it."""
        queued, started = self._ask(migration, migrations.c.began <= since)
        return queued if queued > started else None

    def _ask_anew(self, migration: Migration) -> int:
        return self._ask(migration, sa.true())[0]

    def _ask(self, migration: Migration, unseen: sa.ColumnElement[bool]) -> tuple[int, int]:
        """The counting starts from the clock, which no looks outrun: where these tables were lost and the engine's
        were not, no number comes twice."""
        since = int(time.time() * 1000)
        row = {
            "repo_id": migration.repo_id,
            "issue": migration.issue,
            "installation": migration.installation,
            "full_name": migration.full_name,
        }
        mine = _this(migration)
        with self.engine.begin() as db:
            db.execute(
                self._insert(migrations)
                .values(**row, queued=since, started=since, began=0.0, finished=False)
                .on_conflict_do_update(
                    index_elements=["repo_id", "issue"],
                    set_={"installation": migration.installation, "full_name": migration.full_name},
                )
            )
            db.execute(
                sa.update(migrations)
                .where(mine, migrations.c.queued <= migrations.c.started, unseen)
                .values(queued=migrations.c.started + 1)
            )
            found = db.execute(sa.select(migrations.c.queued, migrations.c.started).where(mine)).one()
            return int(found.queued), int(found.started)

    def begin_look(self, migration: Migration, number: int) -> None:
        with self.engine.begin() as db:
            db.execute(
                sa.update(migrations)
                .where(_this(migration), migrations.c.started < number)
                .values(started=number, began=time.time())
            )

    def drop_look(self, repo_id: int, issue: int, number: int) -> None:
        """One that will not run: the next asking is another look. It has not begun, and has seen nothing."""
        mine = sa.and_(migrations.c.repo_id == repo_id, migrations.c.issue == issue)
        with self.engine.begin() as db:
            db.execute(
                sa.update(migrations).where(mine, migrations.c.started < number).values(started=number)
            )

    def look_wanted(self, migration: Migration, number: int) -> bool:
        """Whether no later look has begun. No row means a lost database: then every look is wanted.

        One that has begun is wanted still: it may have been killed right after that was written down.
        """
        with self.engine.connect() as db:
            started = db.execute(sa.select(migrations.c.started).where(_this(migration))).scalar()
        return started is None or started <= number

    def migrations_of(self, repo_id: int) -> list[Migration]:
        query = sa.select(migrations).where(migrations.c.repo_id == repo_id).order_by(migrations.c.issue)
        with self.engine.connect() as db:
            return [_migration(row) for row in db.execute(query)]

    def all_migrations(self) -> list[Migration]:
        with self.engine.connect() as db:
            return [_migration(row) for row in db.execute(sa.select(migrations))]

    def forget_migration(self, migration: Migration) -> None:
        with self.engine.begin() as db:
            db.execute(sa.delete(migrations).where(_this(migration)))

    # Intents

    def add_request(
        self, migration: Migration, request_id: str, request: Mapping[str, Any], asked: float
    ) -> None:
        """Adds it once: a repeated delivery changes nothing."""
        with self.engine.begin() as db:
            db.execute(
                self._insert(intents)
                .values(
                    id=request_id,
                    repo_id=migration.repo_id,
                    issue=migration.issue,
                    asked=asked,
                    intent=json.dumps(request, sort_keys=True),
                    outcome=None,
                )
                .on_conflict_do_nothing()
            )

    def answer_request(self, request_id: str, outcome: str) -> None:
        with self.engine.begin() as db:
            db.execute(sa.update(intents).where(intents.c.id == request_id).values(outcome=outcome))

    def open_requests(self, migration: Migration) -> list[StoredRequest]:
        query = (
            sa.select(intents)
            .where(
                intents.c.repo_id == migration.repo_id,
                intents.c.issue == migration.issue,
                intents.c.outcome.is_(None),
            )
            .order_by(intents.c.asked, intents.c.id)
        )
        with self.engine.connect() as db:
            return [
                StoredRequest(row.id, row.asked, json.loads(row.intent), None) for row in db.execute(query)
            ]

    def box_requests(self, migration: Migration, comment: int, since: float) -> frozenset[str]:
        """The boxes of a comment whose ticks we were told of since then."""
        prefix = f"box-{comment}-"
        query = sa.select(intents.c.intent, intents.c.id).where(
            intents.c.repo_id == migration.repo_id,
            intents.c.issue == migration.issue,
            intents.c.asked >= since,
            intents.c.id.startswith(prefix, autoescape=True),
        )
        with self.engine.connect() as db:
            return frozenset(json.loads(row.intent)["box"] for row in db.execute(query))

    # What went wrong with a phase

    def set_trouble(
        self, repo_id: int, issue: int, phase: int, slice_key: str, over: str, text: str, at: float
    ) -> None:
        row = {"over": over, "text": text, "at": at}
        with self.engine.begin() as db:
            db.execute(
                self._insert(troubles)
                .values(repo_id=repo_id, issue=issue, phase=phase, slice=slice_key, **row)
                .on_conflict_do_update(index_elements=["repo_id", "issue", "phase", "slice"], set_=row)
            )

    def trouble(
        self, repo_id: int, issue: int, phase: int, slice_key: str, over: Sequence[str]
    ) -> Trouble | None:
        query = sa.select(troubles).where(
            _of_slice(repo_id, issue, phase, slice_key), troubles.c.over.in_(over)
        )
        with self.engine.connect() as db:
            row = db.execute(query).first()
        return Trouble(row.text, row.at) if row is not None else None

    def clear_trouble(self, repo_id: int, issue: int, phase: int, slice_key: str) -> None:
        with self.engine.begin() as db:
            db.execute(sa.delete(troubles).where(_of_slice(repo_id, issue, phase, slice_key)))

    # Heads that we pushed

    def record_head(self, repo_id: int, ref: str, sha: str) -> None:
        with self.engine.begin() as db:
            db.execute(
                self._insert(heads)
                .values(repo_id=repo_id, sha=sha, ref=ref, pushed=time.time())
                .on_conflict_do_nothing()
            )

    def is_our_head(self, repo_id: int, sha: str) -> bool:
        query = sa.select(heads.c.ref).where(heads.c.repo_id == repo_id, heads.c.sha == sha)
        with self.engine.connect() as db:
            return db.execute(query).first() is not None

    # Burndown

    def record_count(self, migration: Migration, sha: str, remaining: int, at: float) -> None:
        row = {"repo_id": migration.repo_id, "issue": migration.issue, "sha": sha}
        with self.engine.begin() as db:
            db.execute(
                self._insert(counts)
                .values(**row, at=at, remaining=remaining)
                .on_conflict_do_update(
                    index_elements=["repo_id", "issue", "sha"], set_={"remaining": remaining}
                )
            )

    def burndown(self, migration: Migration) -> list[Count]:
        query = (
            sa.select(counts)
            .where(counts.c.repo_id == migration.repo_id, counts.c.issue == migration.issue)
            .order_by(counts.c.at)
        )
        with self.engine.connect() as db:
            return [Count(row.sha, row.at, row.remaining) for row in db.execute(query)]

    # Pushes to the default branch: those that come one after another are looked at together

    def note_push(self, repo_id: int, at: float, pause: float) -> None:
        """The first of a row, and the last: a row ends where nobody pushes for a while."""
        row = {"repo_id": repo_id, "first": at, "last": at}
        goes_on = pushes.c.last + pause >= at
        first = sa.case((goes_on, pushes.c.first), else_=at)
        last = sa.case((pushes.c.last > at, pushes.c.last), else_=at)
        with self.engine.begin() as db:
            db.execute(
                self._insert(pushes)
                .values(**row)
                .on_conflict_do_update(index_elements=["repo_id"], set_={"first": first, "last": last})
            )

    def pushes_end(self, repo_id: int, pause: float, longest: float) -> float:
        """When the row of pushes is over, or has gone on for long enough; 0 where there was none."""
        query = sa.select(pushes.c.first, pushes.c.last).where(pushes.c.repo_id == repo_id)
        with self.engine.connect() as db:
            row = db.execute(query).first()
        return min(row.last + pause, row.first + longest) if row is not None else 0.0

    # Waits that GitHub asked for, shared by every process

    def wait_until(self, installation: int) -> tuple[float, str] | None:
        query = sa.select(waits.c.until, waits.c.why).where(waits.c.installation == installation)
        with self.engine.connect() as db:
            row = db.execute(query).first()
        return (row.until, row.why) if row is not None and row.until > time.time() else None

    def set_wait(self, installation: int, until: float, why: str) -> None:
        with self.engine.begin() as db:
            db.execute(
                self._insert(waits)
                .values(installation=installation, until=until, why=why)
                .on_conflict_do_update(
                    index_elements=["installation"],
                    set_={"until": until, "why": why},
                    where=waits.c.until < until,
                )
            )

    # Who is alive

    def beat(self, executor: str, now: float) -> None:
        with self.engine.begin() as db:
            db.execute(
                self._insert(heartbeats)
                .values(executor=executor, at=now)
                .on_conflict_do_update(index_elements=["executor"], set_={"at": now})
            )

    def silent_since(self, moment: float) -> list[str]:
        query = sa.select(heartbeats.c.executor).where(heartbeats.c.at < moment)
        with self.engine.connect() as db:
            return list(db.execute(query).scalars())

    def beating_since(self, moment: float) -> list[str]:
        query = sa.select(heartbeats.c.executor).where(heartbeats.c.at >= moment)
        with self.engine.connect() as db:
            return list(db.execute(query).scalars())

    def forget_executor(self, executor: str) -> None:
        with self.engine.begin() as db:
            db.execute(sa.delete(heartbeats).where(heartbeats.c.executor == executor))


def open_engine(url: str) -> sa.Engine:
    """WAL for SQLite: readers don't wait for the writer, and a kill at any moment loses nothing committed."""
    if not url.startswith("sqlite"):
        return sa.create_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=10)
    path = Path(url.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url)

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


@contextmanager
def opened(url: str) -> Iterator[Store]:
    engine = open_engine(url)
    try:
        yield Store(engine)
    finally:
        engine.dispose()


def _of_slice(repo_id: int, issue: int, phase: int, slice_key: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        troubles.c.repo_id == repo_id,
        troubles.c.issue == issue,
        troubles.c.phase == phase,
        troubles.c.slice == slice_key,
    )


def _this(migration: Migration) -> sa.ColumnElement[bool]:
    return sa.and_(migrations.c.repo_id == migration.repo_id, migrations.c.issue == migration.issue)


def _migration(row: sa.Row[Any]) -> Migration:
    return Migration(row.repo_id, row.issue, row.installation, row.full_name)


def _of_another_version(db: sa.Connection) -> list[sa.Table]:
    inspector = sa.inspect(db)
    there = set(inspector.get_table_names())
    return [
        table
        for table in _meta.sorted_tables
        if table.name in there
        and {column["name"] for column in inspector.get_columns(table.name)} != {*table.columns.keys()}
    ]


def thinned(burndown: Sequence[Count], most: int) -> list[Count]:
    """At most so many points, evenly taken, the first and the last always among them."""
    if len(burndown) <= most:
        return list(burndown)
    step = (len(burndown) - 1) / (most - 1)
    return [burndown[round(i * step)] for i in range(most)]
