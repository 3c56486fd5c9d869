"""A cache that an older version filled, or that is damaged, is dropped and found again: never misread, never an error."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bot.audit.audit import Audit, audit, plan_rules
from bot.git.mirror import CommitTree
from bot.migration.count import MigrationCount, count_references
from bot.rewrite.blob_index import BlobIndex
from codemods.model.pickles import load_pickle
from codemods.workers.processes import IN_THIS_PROCESS
from tests.audit.test_incremental_audit import MORE, read, repository_of
from tests.checkouts import checkout, commit

OLD_CACHE = Path(__file__).parents[1] / "data" / "da8d3fe" / "index.sqlite"
CLASSES = (b"bot.", b"codemods.")


def found(root: Path, index: BlobIndex | None) -> tuple[MigrationCount, Audit]:
    plan = read()
    with repository_of(root) as repository:
        head = repository.resolve("HEAD") or ""
        tree = CommitTree(repository, head)
        counted = count_references(repository, plan, head, processes=IN_THIS_PROCESS, index=index)
        return counted, audit(tree, plan_rules(plan), plan, processes=IN_THIS_PROCESS, index=index)


def kept(file: Path) -> Mapping[bytes, bytes]:
    with sqlite3.connect(file) as database:
        rows = dict(database.execute("SELECT key, value FROM found").fetchall())
    database.close()
    return rows


def write(file: Path, values: Mapping[bytes, bytes]) -> None:
    with sqlite3.connect(file) as database:
        database.executemany(
            "UPDATE found SET value = ? WHERE key = ?", [(value, key) for key, value in values.items()]
        )
    database.close()


def test_a_cache_of_an_older_version_is_dropped_as_a_whole(tmp_path: Path) -> None:
    root = checkout(tmp_path / "shop", MORE)
    shutil.copy(OLD_CACHE, tmp_path / "index")
    old = kept(tmp_path / "index")
    assert any(key.startswith(b"count 2 ") for key in old)
    with BlobIndex(tmp_path / "index") as index:
        assert [key for key in old if index.get(key) is not None] == []
        assert found(root, index) == found(root, None)


def test_what_an_older_process_writes_into_the_same_file_is_not_read(tmp_path: Path) -> None:
    older = BlobIndex(tmp_path / "index", version="older")
    with BlobIndex(tmp_path / "index", version="newer") as newer:
        older.put(b"key", b"value of another shape")
        older.close()
        assert newer.get(b"key") is None


DAMAGES: Mapping[str, Callable[[bytes], bytes]] = {
    "its modules are gone": lambda value: renamed(value, lambda name: name[:-2] + b"x" + name[-1:]),
    "it is cut off": lambda value: value[: len(value) // 2],
    "it is empty": lambda _: b"",
    "it is no pickle": lambda value: b"\xff\x00garbage" + value,
    "it holds another thing": lambda _: b"\x80\x04K\x01.",
    "its class has another shape": lambda _: b"\x80\x04\x8c\x08builtins\x8c\x05rangeK\x01\x85R.",
}


def renamed(value: bytes, name: Callable[[bytes], bytes]) -> bytes:
    for one in CLASSES:
        value = value.replace(one, name(one))
    return value


@pytest.mark.parametrize("damage", DAMAGES)
def test_an_unreadable_pickle_is_computed_again(tmp_path: Path, damage: str) -> None:
    root = checkout(tmp_path / "shop", MORE)
    with BlobIndex(tmp_path / "index") as index:
        found(root, index)
    with BlobIndex(tmp_path / "index") as index:
        for key in kept(tmp_path / "index"):
            value = index.get(key) or b""
            if value.startswith(b"\x80"):
                index.put(key, DAMAGES[damage](value))
        commit(root, {"shop/web.py": "# first\n" + MORE["shop/web.py"]})
        assert found(root, index) == found(root, None)
        assert found(root, index) == found(root, None)


@pytest.mark.parametrize("byte", [0, 4, 40, -1])
def test_a_corrupt_value_is_computed_again(tmp_path: Path, byte: int) -> None:
    root = checkout(tmp_path / "shop", MORE)
    with BlobIndex(tmp_path / "index") as index:
        found(root, index)
    damaged = {}
    for key, value in kept(tmp_path / "index").items():
        at = byte % len(value)
        damaged[key] = value[:at] + bytes([value[at] ^ 0x41]) + value[at + 1 :]
    write(tmp_path / "index", damaged)
    with BlobIndex(tmp_path / "index") as index:
        assert [key for key in damaged if index.get(key) is not None] == []
        assert found(root, index) == found(root, None)


def test_a_pickle_of_a_class_that_was_renamed_is_missing() -> None:
    assert load_pickle(b"\x80\x04\x8c\x16codemods.model.pickles\x8c\x04Gone\x93.", object) is None
    assert load_pickle(b"ccodemods.model.pickles\nGone\n.", object) is None
    assert load_pickle(b"ccodemods.gone\nGone\n.", object) is None
    assert load_pickle(None, object) is None
