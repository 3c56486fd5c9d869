"""A count that follows another reads only what changed, and counts what a count from nothing would."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from bot.migration.count import MigrationCount, count_references
from bot.rewrite.blob_index import BlobIndex
from codemods.workers.processes import IN_THIS_PROCESS
from tests.audit.test_incremental_audit import MORE, read, repository_of, some_work
from tests.checkouts import checkout, commit

ALLOWED = "from shop.engine import Engine  # migration: allow it is the gate\n"


def counted(root: Path, style: str, index: BlobIndex | None) -> MigrationCount:
    with repository_of(root) as repository:
        return count_references(
            repository, read(style), repository.resolve("HEAD") or "", processes=IN_THIS_PROCESS, index=index
        )


@pytest.mark.parametrize("seed", range(3))
def test_an_incremental_count_equals_a_full_one(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    root = checkout(tmp_path / "shop", {**MORE, "shop/gate.py": ALLOWED})
    style = random.choice(["as", "alias", "rename"])
    with BlobIndex(tmp_path / "index") as index:
        for _ in range(10):
            assert counted(root, style, index) == counted(root, style, None)
            commit(root, some_work(random, root))


def test_a_small_change_reads_no_other_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = checkout(tmp_path / "shop", {**MORE, "shop/gate.py": ALLOWED})
    with BlobIndex(tmp_path / "index") as index:
        first = counted(root, "rename", index)
        commit(root, {"shop/web.py": "# first\n" + MORE["shop/web.py"], "shop/gate.py": ALLOWED + "# more\n"})
        monkeypatch.setattr("bot.migration.count._full_count", None)
        second = counted(root, "rename", index)
        assert second == counted(root, "rename", index)
    assert second.phases.keys() == first.phases.keys()
    assert second.files_with_references == first.files_with_references
    assert [(use.path, use.allowed) for use in second.allowed_uses] == [("shop/gate.py", "it is the gate")]


def test_what_is_left_is_counted_for_each_owner(tmp_path: Path) -> None:
    owners = "/shop/ @acme/web @maya\n/tests/ @reed\n/shop/gate.py\n"
    root = checkout(tmp_path / "shop", {**MORE, "shop/gate.py": ALLOWED})
    assert counted(root, "rename", None).by_owner is None
    commit(root, {".github/CODEOWNERS": owners})
    count = counted(root, "rename", None)
    whole = sum(one.references for one in count.phases.values()) + sum(count.unmatched_files.values())
    assert count.by_owner is not None
    assert count.by_owner["@acme/web"] == count.by_owner["@maya"] > 0
    assert sum(count.by_owner.values()) - count.by_owner["@maya"] == whole
    assert count.by_owner[""] > 0
