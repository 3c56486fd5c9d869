"""A store that another version wrote: what it holds stays, as far as the tables allow."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bot.store import Migration, PhaseProblem, open_store

OLD = Path(__file__).parents[1] / "data" / "da8d3fe" / "drover.sql"
TABLES = "SELECT name FROM sqlite_master WHERE name LIKE 'drover_%' AND type = 'table'"


Rows = list[tuple[object, ...]]


def run(file: Path, script: str) -> None:
    with sqlite3.connect(file) as database:
        database.executescript(script)
    database.close()


def rows(file: Path) -> dict[str, Rows]:
    with sqlite3.connect(file) as database:
        names = [str(row[0]) for row in database.execute(TABLES)]
        found = {name: database.execute(f"SELECT * FROM {name}").fetchall() for name in names}
    database.close()
    return found


def prepare(file: Path) -> None:
    with open_store(f"sqlite:///{file}") as store:
        store.prepare()


def test_nothing_that_the_older_version_stored_is_dropped(tmp_path: Path) -> None:
    run(tmp_path / "drover.db", OLD.read_text())
    before = rows(tmp_path / "drover.db")
    assert before["drover_migrations"]
    prepare(tmp_path / "drover.db")
    after = rows(tmp_path / "drover.db")
    assert {name: old_columns(after[name], there) for name, there in before.items()} == before


def old_columns(after: Rows, before: Rows) -> Rows:
    """New columns come last, and are empty."""
    width = len(before[0]) if before else 0
    assert all(value is None for row in after for value in row[width:])
    return [row[:width] for row in after]


def test_a_table_that_lacks_an_optional_column_gets_it_and_keeps_its_rows(tmp_path: Path) -> None:
    file = tmp_path / "drover.db"
    prepare(file)
    with open_store(f"sqlite:///{file}") as store:
        store.requests.add_all([(Migration(1, 5, 7, "acme/shop"), "box-1", {"verb": "start"}, 1.0)])
    run(file, "ALTER TABLE drover_intents DROP COLUMN outcome")
    prepare(file)
    with open_store(f"sqlite:///{file}") as store:
        assert [*store.requests.open_ones(Migration(1, 5, 7, "acme/shop"))] == [{"verb": "start"}]


def test_an_optional_column_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "drover.db"
    run(file, OLD.read_text() + "ALTER TABLE drover_migrations ADD COLUMN newer TEXT;")
    before = rows(file)["drover_migrations"]
    prepare(file)
    assert rows(file)["drover_migrations"] == before


def test_a_problem_over_an_older_digest_of_the_same_plan_is_found(tmp_path: Path) -> None:
    file = tmp_path / "drover.db"
    prepare(file)
    with open_store(f"sqlite:///{file}") as store:
        store.phase_problems.set(1, 5, 2, "", "head/0513fafedd68e1db/0", "why", 1.0)
        over = ["head/v2:c7318f37d236f2ae/0", "head/0513fafedd68e1db/0"]
        assert store.phase_problems.get(1, 5, 2, "", over) == PhaseProblem("why", 1.0)
        assert store.phase_problems.get(1, 5, 2, "", over[:1]) is None
