"""Whose name the commits of the command line bear, and which of them may be left behind."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.checkouts import ENVIRONMENT, checkout, commit, git
from tests.command_line import IMPORT, PLAN, SHOP, run

BRANCH = "drover/engine/phase-1"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person without any configuration of git."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "engine.yml").write_text(PLAN)
    return checkout(tmp_path / "shop", SHOP)


def apply(shop: Path) -> int:
    return run("apply", "--plan", str(shop.parent / "engine.yml"), root=shop).status


def authors(shop: Path) -> set[str]:
    return set(git(shop, "log", "--format=%an <%ae> | %cn <%ce>", f"main..{BRANCH}").splitlines())


def test_commits_bear_the_name_of_who_is_configured(shop: Path, home: Path) -> None:
    (home / ".gitconfig").write_text("[user]\n\tname = Mine\n\temail = mine@example.com\n")
    apply(shop)
    assert authors(shop) == {"Mine <mine@example.com> | Mine <mine@example.com>"}


def test_a_repository_s_own_configuration_counts_more(shop: Path, home: Path) -> None:
    (home / ".gitconfig").write_text("[user]\n\tname = Mine\n\temail = mine@example.com\n")
    git(shop, "config", "user.email", "work@example.com")
    apply(shop)
    assert authors(shop) == {"Mine <work@example.com> | Mine <work@example.com>"}


def test_without_a_configured_identity_the_address_is_invalid(shop: Path) -> None:
    apply(shop)
    assert authors(shop) == {"Drover <drover@drover.invalid> | Drover <drover@drover.invalid>"}


@pytest.mark.parametrize("configured", [True, False])
def test_a_branch_of_drover_s_moves_with_the_default_branch(shop: Path, configured: bool) -> None:
    if configured:
        git(shop, "config", "user.name", "Maya")
        git(shop, "config", "user.email", "maya@example.com")
    apply(shop)
    before = git(shop, "rev-parse", BRANCH)
    commit(shop, {"shop/more.py": IMPORT})
    assert apply(shop) != 2
    assert git(shop, "rev-parse", BRANCH) != before


@pytest.mark.parametrize("how", [("--amend", "--no-edit"), ("--amend", "--no-edit", "--reset-author")])
def test_a_commit_that_its_person_has_amended_is_not_left_behind(shop: Path, how: tuple[str, ...]) -> None:
    git(shop, "config", "user.name", "Maya")
    git(shop, "config", "user.email", "maya@example.com")
    apply(shop)
    git(shop, "switch", "-q", BRANCH)
    (shop / "shop/web.py").write_text("by hand\n")
    git(shop, "add", "-A")
    date = "2026-03-02T12:00:00+02:00"
    later = {**ENVIRONMENT, "GIT_COMMITTER_DATE": date, "GIT_AUTHOR_DATE": date}
    subprocess.run(["git", "commit", "-q", *how], cwd=shop, env=later, check=True)
    git(shop, "switch", "-q", "main")
    before = git(shop, "rev-parse", BRANCH)
    assert apply(shop) == 2
    assert git(shop, "rev-parse", BRANCH) == before


def test_what_an_older_version_made_may_be_left_behind(shop: Path) -> None:
    old = ("Drover", "drover@users.noreply.github.com")
    git(shop, "config", "user.name", old[0])
    git(shop, "config", "user.email", old[1])
    apply(shop)
    git(shop, "config", "--unset", "user.name")
    commit(shop, {"shop/more.py": IMPORT})
    assert apply(shop) != 2
    assert authors(shop) == {"Drover <drover@drover.invalid> | Drover <drover@drover.invalid>"}
