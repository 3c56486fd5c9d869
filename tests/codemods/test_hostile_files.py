"""Files that were written to take long, or much memory: each is listed with the reason, and costs the others nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.rewrite.blob_index import BlobIndex
from bot.rewrite.incremental_scan import facts_of_change
from bot.rewrite.rewrite import rewrite
from bot.rewrite.scan import scan
from codemods.model.contents import LARGEST
from codemods.model.example import InMemoryTree, parsed_symbol
from codemods.model.rules import Replacement, Rules
from codemods.read.extract import TOO_MANY
from codemods.scan.mentions import MentionedFile, explain_mentions
from codemods.scan.search_words import words_of
from codemods.workers.processes import MOST_BYTES, run_in_processes
from tests.git_server import Upstream
from tests.report.test_hostile_texts import PARSERS_PASSES, one_pass, seconds_of

RULES = Rules((Replacement(parsed_symbol("m:Old"), parsed_symbol("n:New"), "rename"),), docs=True)
IMPORT = "from m import Old\n"
SOUND = {"m.py": "class Old: ...\n", "n.py": "class New: ...\n", "app.py": f"{IMPORT}Old()\n"}
TOO_LARGE = "it is larger than 4 MB"
LONG = "it took longer than 0.3 seconds"
LISTED = {
    "a large file": ("x.py", f"{IMPORT}Old()\n# {'x' * LARGEST}", TOO_LARGE),
    "a large document": ("x.md", f"`m.Old`\n{'x' * LARGEST}", TOO_LARGE),
    "a large file of another kind": ("x.txt", f"{'x' * LARGEST}\nOld", TOO_LARGE),
    "many names": ("x.py", IMPORT + "x = Old()\n" * 11_000, TOO_MANY),
    "many imports of the symbol": (
        "x.py",
        f"from m import ({', '.join(f'Old as o{n}' for n in range(1_100))})\n",
        TOO_MANY,
    ),
    "imports without an end, in a document": ("x.md", "m.Old\n" + "from m import (\n" * 60_000, LONG),
    "one line of references": ("x.md", "`m.Old` " * 40_000, LONG),
    "one line of references, in data": ("x.json", "m.Old " * 80_000, LONG),
}


def tree_of(path: str, text: str) -> InMemoryTree:
    return InMemoryTree({name: one.encode() for name, one in {**SOUND, path: text}.items()})


@pytest.mark.parametrize("name", LISTED)
def test_what_takes_too_much_is_listed_with_the_reason(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path, text, reason = LISTED[name]
    for module in ("documents", "other_files") if reason == LONG else ():
        monkeypatch.setattr(f"bot.rewrite.{module}.SECONDS_PER_FILE", 0.3)
    tree = tree_of(path, text)

    results = {one.path: one for one in rewrite(tree, RULES)}
    scanned = scan(tree, RULES)[path]

    assert (results[path].status, results[path].reason) == ("skipped", reason)
    assert reason in {scanned.unparsable, *(site.note for site in scanned.sites)}
    assert results["app.py"].status == "changed"


CROWDED = {
    "one line": "Old ",
    "imports on one line": "from m import Old, ",
    "strings": '"Old ',
    "deprecated": "deprecated Old ",
}


@pytest.mark.parametrize("path", ["x.py", "x.md"])
@pytest.mark.parametrize("name", CROWDED)
def test_what_is_left_is_explained_in_a_time_that_grows_with_the_length(name: str, path: str) -> None:
    text = (CROWDED[name] * 20_000).encode()
    most = PARSERS_PASSES * one_pass()
    rules = replace(RULES, docs=False)
    assert seconds_of(lambda: explain_mentions(MentionedFile(path, text, ()), rules), most) < most


def test_brackets_in_settings_are_not_parsed_without_end() -> None:
    tree = tree_of("x.toml", f"engine = 'm:Old'\nb = {'[' * 20_000}{']' * 20_000}\n")

    results = {one.path: one for one in rewrite(tree, RULES)}

    assert results["x.toml"].status == "changed"
    assert results["x.toml"].content == tree.files["x.toml"].replace(b"m:Old", b"n:New")


def test_a_pushed_file_that_takes_too_long_is_left_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.rewrite.incremental_scan.SECONDS_PER_FILE", 0.3)

    facts = facts_of_change((IMPORT + "x = [" + "Old, " * 400_000 + "]\n").encode(), words_of(RULES))

    assert facts.unreadable == LONG


def length_of(_: None, content: bytes) -> int:
    return len(content)


def test_files_that_wait_for_their_turn_have_a_bound_in_bytes() -> None:
    read: list[int] = []

    def contents() -> Iterator[bytes]:
        for _ in range(3 * MOST_BYTES // LARGEST):
            read.append(LARGEST)
            yield bytes(LARGEST)

    done = 0
    for _, length in run_in_processes(length_of, None, contents(), 2):
        assert length == LARGEST
        assert (len(read) - done) * LARGEST <= MOST_BYTES + LARGEST
        done += 1
    assert done == len(read)


@pytest.mark.parametrize("others", [0, 60])
def test_of_a_large_file_only_the_start_is_kept(
    others: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few files are asked for one by one, many are streamed."""
    from bot.git.mirror import CommitTree
    from bot.git.repository import Repository

    monkeypatch.setattr("bot.git.mirror.LARGEST", 10)
    upstream = Upstream(tmp_path)
    upstream.commit({"a.py": "a" * 5000, "b.py": "b", **{f"{n}.py": f"{n}" for n in range(others)}})
    with Repository(upstream.bare) as repository:
        tree = CommitTree(repository, "main")
        found = {entry.path: content for entry, content in tree.read(tree.entries())}

    assert found["a.py"] == b"a" * 11
    assert found["b.py"] == b"b"
    assert len(found) == 2 + others


@pytest.mark.parametrize("with_index", [False, True])
@pytest.mark.parametrize(
    ("rest", "status", "reason"),
    [
        ("def f(x):\n    global x\n", "changed", ""),
        ("def f(Old):\n    global Old\n", "skipped", "line 3: name 'Old' is parameter and global"),
    ],
)
def test_a_scope_error_counts_only_in_what_is_read(
    rest: str, status: str, reason: str, with_index: bool, tmp_path: Path
) -> None:
    tree = InMemoryTree({path: text.encode() for path, text in {**SOUND, "x.py": IMPORT + rest}.items()})
    with BlobIndex(tmp_path / "index.sqlite") as index:
        results = {one.path: one for one in rewrite(tree, RULES, index=index if with_index else None)}
    assert (results["x.py"].status, results["x.py"].reason) == (status, reason)
