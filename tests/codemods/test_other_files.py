"""What names a symbol outside of Python's files and the documentation is migrated or listed, never passed over."""

from __future__ import annotations

import pytest

from bot.rewrite.rewrite import FileResult, rewrite
from bot.rewrite.scan import scan
from codemods.model.example import OTHER_FILES, InMemoryTree, parsed_symbol
from codemods.model.rules import Replacement, Rules
from codemods.rewrites.texts.other_files import MOST_LINES
from codemods.workers.processes import IN_THIS_PROCESS

RULE = Replacement(parsed_symbol("m:Old"), parsed_symbol("n:New"), "rename")
MODULE = Replacement(parsed_symbol("a.b"), parsed_symbol("a.n"), "rename")
USE = "from m import Old\n\nOld()\n"


def run(files: dict[str, str | bytes], *rules: Replacement, **more: bool) -> dict[str, FileResult]:
    tree = tree_of(files)
    chosen = Rules(rules or (RULE,), **more)  # type: ignore[arg-type]
    return {one.path: one for one in rewrite(tree, chosen, processes=IN_THIS_PROCESS)}


def tree_of(files: dict[str, str | bytes]) -> InMemoryTree:
    whole = {**OTHER_FILES, **files}
    return InMemoryTree(
        {path: text if isinstance(text, bytes) else text.encode() for path, text in whole.items()}
    )


def listed(result: FileResult | None) -> list[int]:
    return [site.line for site in result.sites if not site.safe] if result else []


@pytest.mark.parametrize(
    "first",
    [
        "#!/usr/bin/env python3\n",
        "#!/usr/bin/python\n",
        "#! /usr/bin/env -S python3.12 -u\n",
        "#!/usr/bin/env -S uv run --script\n",
    ],
)
def test_a_script_without_a_suffix_is_python(first: str) -> None:
    result = run({"bin/tool": first + USE})["bin/tool"]

    assert result.content == (first + USE).replace("m import", "n import").replace("Old", "New").encode()


def test_a_script_of_a_shell_is_no_python() -> None:
    results = run({"bin/tool": "#!/bin/sh\npython -c 'from m import Old; Old()'\n", "bin/other": "Old\n"})

    assert (results["bin/tool"].status, listed(results["bin/tool"])) == ("skipped", [2])
    assert "bin/other" not in results


@pytest.mark.parametrize(
    ("path", "text", "lines"),
    [
        ("use.ipynb", '["from m import Old\\n",\n "x = 1\\n",\n "Old()"]\n', [1, 3]),
        ("fast.pyx", "from m cimport Old\n\ncdef Old x = Old()\n", [1, 3]),
        ("Dockerfile", 'RUN pip install .\nCMD ["python", "-m", "m", "--class", "Old"]\n', [2]),
        ("deploy.sh", "gunicorn m:Old\n", [1]),
        ("page.html", "<p>Old</p>\n{{ m.Old }}\n", [1, 2]),
        ("settings.json", '{"engine": "m.Old", "older": "m.Older"}\n', [1]),
        ("Makefile", "run:\n\tpython -c 'import m; m.Old()'\n", [2]),
        ("Vagrantfile", "import m\n", []),
        ("mail.txt", "Old news from m\n", []),
        ("other.sh", "python -m mm Old\nx.m.Old\n", []),
    ],
)
def test_the_lines_that_name_a_symbol_are_listed(path: str, text: str, lines: list[int]) -> None:
    results = run({path: text})

    assert listed(results.get(path)) == lines
    assert all(one.content is None for one in results.values())


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("python -m a.b\n", [1]),
        ("python -c 'from a import b'\n", [1]),
        ("omit = a/b.py\n", []),
        ("python -m a.bc\npython -m x.a.b\n", []),
    ],
)
def test_the_lines_that_name_a_module_are_listed(text: str, lines: list[int]) -> None:
    assert listed(run({"run.sh": text}, MODULE).get("run.sh")) == lines


def test_a_binary_file_is_none() -> None:
    assert "data.bin" not in run({"data.bin": b"\0\1 m.Old \xff"})


def test_a_huge_file_lists_its_first_lines() -> None:
    assert len(listed(run({"big.json": "m.Old\n" * 5000})["big.json"])) == MOST_LINES


def test_settings_are_listed_where_they_are_not_asked_for() -> None:
    files: dict[str, str | bytes] = {
        "pyproject.toml": '[tool.pytest.ini_options]\nfilterwarnings = ["ignore::m.Old"]\n',
        "setup.cfg": "[options.entry_points]\nconsole_scripts =\n    tool = m:Old\n",
        "README.md": "See `m.Old`.\n",
        ".github/migrations/plan.yml": "replace: [{old: m:Old, new: n:New}]\n",
        "plan.yml": "# Ours.\ntitle: m.Old goes\nreplace: [{old: m:Old, new: n:New}]\n",
        "plans/second.yaml": "title: m.Old\nreplace:  # in one step\n\n  - old: m:Old\n    new: n:New\n",
    }

    results = run(files)

    assert {path: listed(one) for path, one in results.items()} == {"pyproject.toml": [2], "setup.cfg": [3]}
    assert {path for path, one in run(files, docs=True).items() if one.status == "changed"} == {
        "pyproject.toml",
        "setup.cfg",
        "README.md",
    }


@pytest.mark.parametrize(
    "path",
    [
        *("CHANGELOG.md", "docs/changelog.rst", "NEWS.rst", "HISTORY.md", "CHANGES.md", "changes/1.2.rst"),
        *("docs/release-notes.md", "docs/whatsnew/2.0.rst", "docs/migrating_to_2.md", "UPGRADING.md"),
    ],
)
def test_history_stays(path: str) -> None:
    assert path not in run({path: "Use `m.Old`.\n"}, docs=True)
    assert run({path: "Use `m.Old`.\n"}, docs=True, history=True)[path].status == "changed"


@pytest.mark.parametrize("path", ["docs/exchanges.md", "docs/newsletter.md", "docs/use.md", "changes.yml"])
def test_what_only_sounds_like_history_is_migrated(path: str) -> None:
    assert run({path: "Use: m.Old\n"}, docs=True)[path].status == "changed"


def test_a_module_of_one_word_is_migrated_in_documentation_where_it_is_code() -> None:
    text = "Import legacy data from legacy.\n\n    from legacy import x\n    import legacy\n    legacy.x()\n"
    rule = Replacement(parsed_symbol("legacy"), parsed_symbol("modern"), "rename")

    result = run({"docs/use.rst": text, "legacy.py": "x = 1\n", "modern.py": "x = 1\n"}, rule, docs=True)

    assert result["docs/use.rst"].content == (
        b"Import legacy data from legacy.\n\n    from modern import x\n    import modern\n    modern.x()\n"
    )


@pytest.mark.parametrize("data", [b"\x80\x03cm\nOld\nq\x00.", b"\x80\x04\x8c\x01m\x8c\x03Old\x93."])
def test_a_pickle_that_loads_the_symbol_is_listed(data: bytes) -> None:
    result = run({"data.pkl": data, "other.pkl": data.replace(b"Old", b"Odd")})

    assert [site.note for site in result["data.pkl"].sites] == [
        "it is a pickle, which loads m.Old by its name"
    ]
    assert "other.pkl" not in result


def test_a_scan_lists_what_a_rewrite_lists() -> None:
    files: dict[str, str | bytes] = {"deploy.sh": "gunicorn m:Old\n", "bin/tool": "#!/usr/bin/python\n" + USE}
    rules = Rules((RULE,))

    found = scan(tree_of(files), rules, processes=IN_THIS_PROCESS)

    assert {path: one.sites for path, one in found.items()} == {
        path: one.sites for path, one in run(files).items()
    }
