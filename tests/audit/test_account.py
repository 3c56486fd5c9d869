"""Every mention of an old name is explained: kept on purpose, something else of that name, manual work, unexplained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.audit.account import LARGEST, kept_mentions
from bot.audit.audit import Audit, audit
from bot.cli.results import audit_json
from bot.git.mirror import CommitTree
from bot.report.audit.comment import audit_text
from bot.report.audit.kept_mentions import kept_mentions_section
from bot.rewrite.blob_index import BlobIndex
from bot.rewrite.rewrite import folder_tree
from codemods.model.example import OTHER_FILES, parsed_symbol
from codemods.model.rules import Replacement, Rules, Style
from codemods.scan.mentions import SHOWN_LINES
from tests.audit.test_incremental_audit import repository_of
from tests.checkouts import checkout, commit

PURPOSE, OTHER = "on purpose", "something else"


def rules(old: str = "m:Old", new: str = "n:New", style: Style = "rename", **more: bool) -> Rules:
    return Rules((Replacement(parsed_symbol(old), parsed_symbol(new), style),), **more)  # type: ignore[arg-type]


def audited(folder: Path, files: dict[str, str | bytes], chosen: Rules) -> Audit:
    for path, text in {**OTHER_FILES, **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text if isinstance(text, bytes) else text.encode())
    return audit(folder_tree(folder), chosen)


def explained(found: Audit, path: str) -> list[tuple[str, str, tuple[int, ...]]]:
    return [
        (one.outcome, f"{one.why}: {one.which}" if one.which else one.why, one.lines)
        for one in found.mentions
        if one.path == path
    ]


PYTHON = {
    "an attribute": (
        "x.Old\nf().Old\n",
        [(OTHER, "an attribute of something else: x", (1,)), (OTHER, "an attribute of something else", (2,))],
    ),
    "a keyword": ("f(Old=1)\n", [(OTHER, "a keyword or a parameter", (1,))]),
    "another module's": (
        "from other import (\n    Old,\n)\nOld()\n",
        [(OTHER, "imported from another module: other", (2, 4))],
    ),
    "a definition": (
        "class Old: ...\nOld()\n",
        [(OTHER, "a definition of that name in this file", (1,)), (OTHER, "a name of this file's own", (2,))],
    ),
    "a string": ('x = "Old"\n', [(OTHER, "a string that only equals the name", (1,))]),
    "a longer text": ('x = """the\nOld one"""\n', [(PURPOSE, "text in a string", (2,))]),
    "a dotted text": (
        'x = "m.Old"\n',
        [("manual", "strings are left alone unless the plan has `also: [strings]`", (1,))],
    ),
    "a comment": (
        "x = 1  # Old\n",
        [(PURPOSE, "comments are left alone unless the plan has `also: [docs]`", (1,))],
    ),
    "the kept name": (
        "from n import New as Old\n\nOld()\n",
        [(PURPOSE, "the file keeps the old name for the new symbol", (1, 3))],
    ),
    "what is migrated": ("from m import Old\n\nOld()\n", []),
    "what is listed": (
        'from m import Other\n\neval("m.Old")\n',
        [("manual", "code in a string names m.Old", (3,))],
    ),
    "what nothing binds": (
        "Old()\n",
        [("unexplained", "nothing in this file binds Old; it may be m.Old", (1,))],
    ),
}


@pytest.mark.parametrize(("text", "expected"), PYTHON.values(), ids=list(PYTHON))
def test_a_mention_in_python_is_explained(
    tmp_path: Path, text: str, expected: list[tuple[str, str, tuple[int, ...]]]
) -> None:
    assert explained(audited(tmp_path, {"app.py": text}, rules()), "app.py") == expected


def test_what_is_taken_of_a_module_that_may_be_the_old_one_needs_manual_work(tmp_path: Path) -> None:
    text = 'x = import_module(half + ".b")\nx.Old()\n'

    assert explained(audited(tmp_path, {"app.py": text}, rules("a.b:Old")), "app.py") == [
        ("manual", "the module's name is put together when it runs; it may be a.b", (2,))
    ]


TEXTS = {
    "CHANGELOG.md": (PURPOSE, "history is left alone unless the plan has `also: [history]`"),
    "README.md": (PURPOSE, "documentation is left alone unless the plan has `also: [docs]`"),
    "notes.txt": (OTHER, "nothing in this file names m"),
    "settings.ini": (PURPOSE, "documentation is left alone unless the plan has `also: [docs]`"),
    ".github/migrations/plan.yml": (PURPOSE, "the plan names what it replaces"),
}


@pytest.mark.parametrize("path", TEXTS)
def test_a_mention_elsewhere_is_explained(tmp_path: Path, path: str) -> None:
    found = audited(tmp_path, {path: "The Old one\n"}, rules())

    assert explained(found, path) == [(*TEXTS[path], (1,))]


def test_a_mention_that_no_rule_covers_is_unexplained_and_needs_manual_work(tmp_path: Path) -> None:
    found = audited(tmp_path, {"deploy.sh": "gunicorn m:Old\n"}, rules())

    assert explained(found, "deploy.sh") == [("unexplained", "this kind of file isn't rewritten", (1,))]
    assert found.needs_manual_work


def test_the_deprecated_module_is_explained(tmp_path: Path) -> None:
    found = audited(tmp_path, {"m.py": "class Old: ...\n\n\ndef make(): return Old()\n"}, rules())

    assert explained(found, "m.py") == [
        (PURPOSE, "m defines it", (1,)),
        ("manual", "m itself uses Old, so Old can't be removed from there", (4,)),
    ]


@pytest.mark.parametrize("style", ["as", "alias", "rename"])
def test_after_the_migration_what_is_left_is_explained(tmp_path: Path, style: Style) -> None:
    text = {"as": "New as Old\n", "alias": "New\nOld = New\n", "rename": "New\n"}[style]
    used = "New" if style == "rename" else "Old"
    found = audited(tmp_path, {"app.py": f"from n import {text}\n{used}()\n"}, rules(style=style))

    assert {one.outcome for one in found.mentions if one.path != "a/b.py"} == {PURPOSE}
    assert not found.needs_manual_work


def test_what_a_command_in_settings_keeps_is_kept_on_purpose(tmp_path: Path) -> None:
    text = "run: python -c 'from n import New as Old; Old()'\n"
    found = audited(tmp_path, {"ci.yml": text, "words.yml": "Old: new\n"}, rules(docs=True))

    assert explained(found, "ci.yml") == [(PURPOSE, "the file keeps the old name for the new symbol", (1, 1))]
    assert explained(found, "words.yml") == [(OTHER, "a bare word in settings", (1,))]


def test_what_code_in_a_text_takes_of_the_module_is_listed_where_its_import_is(tmp_path: Path) -> None:
    text = "```python\nimport m as x\n\nx.Old()\n```\n\nThe Old one.\n"
    found = audited(tmp_path, {"use.md": text}, rules(docs=True))

    assert explained(found, "use.md") == [
        ("manual", "the code below takes Old of the module by another name", (4,)),
        (OTHER, "a bare word in documentation", (7,)),
    ]


def test_a_module_that_moves_is_explained_by_its_dotted_name_and_its_path(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "setup.txt": "a/b.py and a.b\n",
        "app.py": "# as in a.b\n",
        "prose.md": "b\n",
    }
    found = audited(tmp_path, files, rules("a.b", "a.n"))

    assert {one.path for one in found.mentions} == {"setup.txt", "app.py"}


def test_odd_files_are_explained(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "data.bin": b"\0Old",
        "big.txt": b"Old\n" * LARGEST,
        "latin.py": b"x = '\xe9'  # Old\n",
    }
    found = {one.path: one for one in audited(tmp_path, files, rules()).mentions}

    assert found["data.bin"].why == "the file is binary"
    assert (len(found["big.txt"].lines), found["big.txt"].count) == (SHOWN_LINES, LARGEST // 4)


def test_the_account_is_part_of_every_form_of_the_audit(tmp_path: Path) -> None:
    found = audited(tmp_path, {"notes.txt": "Old|news\n"}, rules())
    told = json.loads(json.dumps(audit_json(found, None)))

    assert [one for one in told["mentions"] if one["path"] == "notes.txt"] == [
        {
            "path": "notes.txt",
            "symbol": "m:Old",
            "outcome": OTHER,
            "why": "nothing in this file names m",
            "which": "",
            "lines": [1],
            "count": 1,
        }
    ]
    assert told["totals"]["mentions"] == {PURPOSE: 1, OTHER: 2}
    assert "#### What stays" in audit_text(found)
    assert "nothing in this file names m" in audit_text(found)


def test_an_account_that_follows_another_is_the_same(tmp_path: Path) -> None:
    root = checkout(tmp_path / "shop", {**OTHER_FILES, "app.py": "Old = 1\n", "notes.txt": "Old\n"})
    with BlobIndex(tmp_path / "index") as index, repository_of(root) as repository:
        audit(CommitTree(repository, "HEAD"), rules(), index=index)
        for work in ({"notes.txt": "new\n"}, {"app.py": "x.Old\n", "b.sh": "Old\n"}, {"app.py": None}):
            commit(root, work)
            tree = CommitTree(repository, "HEAD")
            assert audit(tree, rules(), index=index).mentions == audit(tree, rules()).mentions


def test_what_stays_is_one_short_section_of_a_comment(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {f"{number}.md": "Old `|` <b>\n" for number in range(30)}
    found = kept_mentions(audited(tmp_path, files, rules()).account)
    text = kept_mentions_section(found, "https://github.test/o/r", "c0ffee", 12)

    assert text.startswith("<details><summary>What stays (32)</summary>")
    assert "- 30 mentions in 30 files: documentation is left alone unless" in text
    assert (
        "- 1 mention in 1 file, something else of that name: a definition of that name in this file" in text
    )
    assert "(as at [`0.md:1`](https://github.test/o/r/blob/c0ffee/0.md" in text
    assert kept_mentions_section((), None, "c0ffee", 12) == ""
