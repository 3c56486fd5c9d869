"""The tables. Each can be lost: the next look finds on GitHub what it needs."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

migrations = sa.Table(
    "drover_migrations",
    metadata,
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
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("repo_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("issue", sa.Integer, nullable=False),
    sa.Column("asked", sa.Float, nullable=False),
    sa.Column("intent", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text),
)
heads = sa.Table(
    "drover_heads",
    metadata,
    sa.Column("repo_id", sa.BigInteger, primary_key=True),
    sa.Column("sha", sa.Text, primary_key=True),
    sa.Column("ref", sa.Text, nullable=False),
    sa.Column("pushed", sa.Float, nullable=False),
)
counts = sa.Table(
    "drover_counts",
    metadata,
    sa.Column("repo_id", sa.BigInteger, primary_key=True),
    sa.Column("issue", sa.Integer, primary_key=True),
    sa.Column("sha", sa.Text, primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("remaining", sa.Integer, nullable=False),
)
clicks = sa.Table(
    "drover_clicks",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("delivery", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)
waits = sa.Table(
    "drover_waits",
    metadata,
    sa.Column("installation", sa.BigInteger, primary_key=True),
    sa.Column("until", sa.Float, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
)
writes = sa.Table(
    "drover_writes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("installation", sa.BigInteger, nullable=False, index=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("content", sa.Boolean, nullable=False),
)
points = sa.Table(
    "drover_points",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("installation", sa.BigInteger, nullable=False, index=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("points", sa.Integer, nullable=False),
)
troubles = sa.Table(
    "drover_troubles",
    metadata,
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
    metadata,
    sa.Column("repo_id", sa.BigInteger, primary_key=True),
    sa.Column("first", sa.Float, nullable=False),
    sa.Column("last", sa.Float, nullable=False),
)
heartbeats = sa.Table(
    "drover_heartbeats",
    metadata,
    sa.Column("executor", sa.Text, primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("taken_over", sa.Float),
)
repositories = sa.Table(
    "drover_repositories",
    metadata,
    sa.Column("repo_id", sa.BigInteger, primary_key=True),
    sa.Column("installation", sa.BigInteger, nullable=False, index=True),
    sa.Column("full_name", sa.Text, nullable=False),
    sa.Column("listed", sa.Float, nullable=False),
    sa.Column("read", sa.Float, nullable=False),
)
overviews = sa.Table(
    "drover_overviews",
    metadata,
    sa.Column("repo_id", sa.BigInteger, primary_key=True),
    sa.Column("issue", sa.Integer, primary_key=True),
    sa.Column("full_name", sa.Text, nullable=False),
    sa.Column("name_key", sa.Text, nullable=False, index=True),
    sa.Column("waits_for", sa.Text, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("since", sa.Float, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Index("ix_drover_overviews_order", "rank", "since", "repo_id", "issue"),
)
decisions = sa.Table(
    "drover_decisions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("repo_id", sa.BigInteger, nullable=False),
    sa.Column("issue", sa.Integer, nullable=False),
    sa.Column("name_key", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Index("ix_drover_decisions_migration", "repo_id", "issue", "id"),
    sa.Index("ix_drover_decisions_name", "name_key", "issue", "id"),
)
positions = sa.Table(
    "drover_positions",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
)


def prepare(database: sa.Engine) -> None:
    """Create the tables; several processes may do so at once. One of another version gets the optional columns that
    it lacks; where it can't be used so it is dropped first: its content is found again."""
    with database.begin() as db:
        if db.dialect.name == "postgresql":
            db.execute(sa.text("SELECT pg_advisory_xact_lock(7368)"))
        existing = set(sa.inspect(db).get_table_names())
        for table in metadata.sorted_tables:
            if table.name in existing:
                _upgrade(db, table)
        metadata.create_all(db)


def _upgrade(db: sa.Connection, table: sa.Table) -> None:
    there = {column["name"]: column for column in sa.inspect(db).get_columns(table.name)}
    missing = [column for column in table.columns if column.name not in there]
    strange = [column for name, column in there.items() if name not in table.columns]
    if all(column.nullable for column in missing) and all(column["nullable"] for column in strange):
        for column in missing:
            kind = column.type.compile(db.dialect)
            db.execute(sa.text(f"ALTER TABLE {table.name} ADD COLUMN {column.name} {kind}"))
    else:
        table.drop(db)
