from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bot.rewrite import blob_index as index_module
from bot.rewrite.blob_index import BlobIndex, sources_version


def opened(folder: Path, **options: int | str) -> BlobIndex:
    return BlobIndex(folder / "cache" / "index.sqlite", **options)  # type: ignore[arg-type]


def test_a_value_is_found_at_once_and_after_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as index:
        index.put(b"blob", b"facts")
        assert index.get(b"blob") == b"facts"
        assert index.get(b"other") is None
    with opened(tmp_path) as index:
        assert index.get(b"blob") == b"facts"


def test_the_last_value_of_a_key_counts(tmp_path: Path) -> None:
    with opened(tmp_path) as index:
        index.put(b"blob", b"old")
        index.put(b"blob", b"new")
    with opened(tmp_path) as index:
        index.put(b"blob", b"newest")
    assert opened(tmp_path).get(b"blob") == b"newest"


def test_another_version_of_the_codemods_drops_the_index(tmp_path: Path) -> None:
    with opened(tmp_path, version="1") as index:
        index.put(b"blob", b"facts")
    with opened(tmp_path, version="2") as index:
        assert index.get(b"blob") is None


def test_an_older_process_that_still_runs_does_not_mix_its_findings_in(tmp_path: Path) -> None:
    older = opened(tmp_path, version="1")
    older.put(b"old", b"facts")
    with opened(tmp_path, version="2") as newer:
        newer.put(b"new", b"facts")
    older.close()
    with opened(tmp_path, version="2") as newer:
        assert (newer.get(b"old"), newer.get(b"new")) == (None, None)


def test_the_version_is_that_of_the_codemods_source() -> None:
    assert len(sources_version()) == 64


def test_its_size_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "BUFFER", 200_000)
    with opened(tmp_path, limit=1_000_000) as index:
        for number in range(3_000):
            index.put(str(number).encode(), number.to_bytes(2, "big") * 1_000)
    assert index.size() < 1_500_000
    with opened(tmp_path) as index:
        assert index.get(b"2999") == (2999).to_bytes(2, "big") * 1_000
        assert index.get(b"0") is None


def test_the_least_recently_used_value_is_dropped_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "today", lambda: 1)
    with opened(tmp_path) as index:
        index.put(b"used", b"x" * 50_000)
        index.put(b"unused", b"x" * 50_000)
    monkeypatch.setattr(index_module, "today", lambda: 2)
    with opened(tmp_path) as index:
        assert index.get(b"used")
    with opened(tmp_path, limit=150_000) as index:
        index.put(b"new", b"x" * 50_000)
    with opened(tmp_path) as index:
        assert [bool(index.get(key)) for key in (b"used", b"unused", b"new")] == [True, False, True]


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "index.sqlite").write_bytes(content)
    with opened(tmp_path) as index:
        index.put(b"blob", b"facts")
    with opened(tmp_path) as index:
        assert index.get(b"blob") == b"facts"


def test_a_file_that_is_damaged_while_in_use_is_a_miss(tmp_path: Path) -> None:
    with opened(tmp_path) as index:
        for number in range(500):
            index.put(str(number).encode(), b"x" * 2_000)
    file = tmp_path / "cache" / "index.sqlite"
    index = opened(tmp_path)
    file.write_bytes(file.read_bytes()[:4096] + b"\xff" * 100_000)
    assert index.get(b"1") is None
    index.put(b"blob", b"facts")
    index.close()
    with opened(tmp_path) as index:
        index.put(b"blob", b"facts")
        assert index.get(b"blob") == b"facts"


def test_an_unwritable_folder_gives_an_empty_index(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with opened(tmp_path) as index:
        index.put(b"blob", b"facts")
        assert index.get(b"other") is None


def test_threads_share_one(tmp_path: Path) -> None:
    with opened(tmp_path) as index:

        def work(name: int) -> None:
            for number in range(300):
                index.put(f"{name} {number}".encode(), b"x" * 100)
                assert index.get(f"{name} {number}".encode())

        threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with opened(tmp_path) as index:
        assert all(index.get(f"{name} 299".encode()) for name in range(4))


PROCESS = """
import sys
from pathlib import Path
from bot.rewrite import blob_index as index
index.BUFFER = 50_000
with index.BlobIndex(Path(sys.argv[1])) as found:
    for number in range(int(sys.argv[3])):
        found.put(f"{sys.argv[2]} {number}".encode(), b"x" * 1000)
        if number == 200:
            print("on the way", flush=True)
"""


def started(file: Path, name: str, count: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS, str(file), name, str(count)], stdout=subprocess.PIPE
    )


def test_processes_share_one(tmp_path: Path) -> None:
    file = tmp_path / "index.sqlite"
    both = [started(file, name, 1000) for name in "ab"]
    assert [process.communicate() and process.returncode for process in both] == [0, 0]
    with BlobIndex(file) as index:
        assert all(index.get(f"{name} {number}".encode()) for name in "ab" for number in (0, 500, 999))


def test_a_process_that_is_killed_leaves_a_sound_index(tmp_path: Path) -> None:
    file = tmp_path / "index.sqlite"
    with started(file, "a", 10_000_000) as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    with BlobIndex(file) as index:
        assert index.get(b"a 0") == b"x" * 1000
        index.put(b"blob", b"facts")
        assert index.get(b"blob") == b"facts"
