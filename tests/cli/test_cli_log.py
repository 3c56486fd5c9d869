"""`drover log`: what Drover did with a migration, and why, from the database alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store import Migration, Store, open_store
from bot.store.decisions import Decision
from tests.command_line import run
from tests.web.test_dashboard import DAY, NOW, SHOP

SHOP_5 = Migration(1, 5, 7, "acme/shop")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with open_store(f"sqlite:///{tmp_path / 'drover.db'}") as store:
        store.prepare()
        yield store


def decide(store: Store, at: float, what: str, why: str = "maya asked", name: str = "acme/shop") -> None:
    store.decisions.record(SHOP_5, name, Decision(at, what, why))


def test_the_log_has_a_line_for_each_decision_and_what_github_tells(store: Store) -> None:
    store.overviews.keep(SHOP_5, "acme/shop", SHOP, NOW)
    decide(store, 1_700_000_000.0, "opened #9", "maya added the label migration:phase-1")
    decide(store, NOW, "opened #12", "boss commented /migrate start 2 on #5")
    shown = run("log", "acme/shop#5")
    first, second, third = shown.out.splitlines()
    assert first == "2023-11-14 22:13:20  opened #9 – maya added the label migration:phase-1"
    assert second.endswith("  phase 1 merged – by maya, #9")
    assert third.endswith("  opened #12 – boss commented /migrate start 2 on #5")
    assert shown.err == "acme/shop#5: Old becomes New\n"
    assert run("log", "acme/shop#5", "--last", "1").out == f"{third}\n"


@pytest.mark.parametrize(
    "address",
    [
        "Acme/Shop#5",
        "acme/shop/5",
        "acme/shop#12",
        "https://github.com/acme/shop/issues/5",
        "https://ghe.example.com/acme/shop/pull/12#discussion_r1",
    ],
)
def test_an_issue_and_a_phase_s_pull_request_name_the_migration(store: Store, address: str) -> None:
    store.overviews.keep(SHOP_5, "acme/shop", SHOP, NOW)
    decide(store, NOW, "opened #12")
    found = run("log", address, "--json").json
    assert (found["repository"], found["issue"], found["title"]) == ("acme/shop", 5, "Old becomes New")
    assert [one["what"] for one in found["entries"]] == ["phase 1 merged", "opened #12"]


def test_a_migration_that_ended_has_its_log(store: Store) -> None:
    decide(store, NOW - DAY, "closed #9", name="acme/old-name")
    decide(store, NOW, "finished, and closed the issue")
    lines = run("log", "acme/shop#5").out.splitlines()
    assert [line.split("  ")[1] for line in lines] == [
        "closed #9 – maya asked",
        "finished, and closed the issue – maya asked",
    ]


def test_an_unknown_one_is_refused_with_a_suggestion(store: Store) -> None:
    decide(store, NOW, "opened #9")
    shown = run("log", "acme/shpo#5")
    assert (shown.status, shown.err) == (
        2,
        "drover: nothing is known of acme/shpo#5\nDid you mean acme/shop#5?\n",
    )
    wrong = run("log", "acme/shop")
    assert wrong.status == 2
    assert "acme/shop is not a tracking issue such as acme/shop#12" in wrong.err


def test_without_a_database_it_says_so_and_makes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "none"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    shown = run("log", "acme/shop#5")
    assert shown.status == 2
    assert shown.err.startswith(f"drover: there is no database at {tmp_path / 'none' / 'drover.db'}\n")
    assert not (tmp_path / "none").exists()
    (tmp_path / "text.db").write_text("no database at all " * 99)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'text.db'}")
    assert run("log", "acme/shop#5").err == (
        "drover: the database can't be read: file is not a database\nCheck DATABASE_URL.\n"
    )
