"""A codemod by entry point: the one that docs/writing-a-codemod.md builds, installed as a package would be."""

from __future__ import annotations

import re
import sys
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path

import pytest

from bot.rewrite.rewrite import FileResult, rewrite
from bot.rewrite.scan import scan
from codemods.catalog.custom_codemods import codemod_folders
from codemods.catalog.reference_page import PAGE, page
from codemods.model.example import in_memory_tree
from codemods.model.rules import CustomCodemod, Replacement, Rules, Symbol

GUIDE = Path(__file__).parents[2] / "docs" / "writing-a-codemod.md"
BREAKS = "class Breaks:\n    def __init__(self, context): raise OSError('no')\n"
LEAVES = """
class Leaves:
    def __init__(self, context): pass
    def transform_module(self, module):
        if "leave" in module.code:
            import os
            os._exit(3)
        return module.with_changes(body=libcst.parse_module(module.code.replace("x =", "y =")).body)
"""
DROP = CustomCodemod("drop-argument", {"function": "fetch", "argument": "quiet"})


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)[0]
    (tmp_path / "our_codemods").mkdir()
    (tmp_path / "our_codemods" / "quiet.py").write_text(code + "\n\nimport libcst\n" + BREAKS + LEAVES)
    about = tmp_path / "our_codemods-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: our-codemods\nVersion: 1\n")
    points = "drop-argument = our_codemods.quiet:DropArgument\nbreaks = our_codemods.quiet:Breaks\n"
    points += "leaves = our_codemods.quiet:Leaves\n"
    (about / "entry_points.txt").write_text("[drover.codemods]\n" + points)
    monkeypatch.syspath_prepend(str(tmp_path))


class EditableFinder:
    """As an editable install leaves it: the package is found by a hook, and its folder is on no path."""

    folder: Path

    @classmethod
    def find_spec(cls, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        where = cls.folder / name / "__init__.py"
        return spec_from_file_location(name, where) if name == "edited_codemods" else None


def test_a_codemod_that_is_installed_editable_runs(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a process that reads files may read nothing but what Python runs on."""
    folder = tmp_path_factory.mktemp("editable")
    (folder / "edited_codemods").mkdir()
    (folder / "edited_codemods" / "__init__.py").write_text("")
    (tmp_path / "our_codemods" / "quiet.py").rename(folder / "edited_codemods" / "quiet.py")
    points = tmp_path / "our_codemods-1.dist-info" / "entry_points.txt"
    points.write_text(points.read_text().replace("our_codemods", "edited_codemods"))
    monkeypatch.setattr(EditableFinder, "folder", folder, raising=False)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, EditableFinder])
    assert str(folder / "edited_codemods") in codemod_folders()
    results = run({"a.py": "fetch(1, quiet=True)\n"}, Rules(codemods=(DROP,)))
    assert results["a.py"].content == b"fetch(1)\n"


def run(files: dict[str, str], rules: Rules) -> dict[str, FileResult]:
    return {result.path: result for result in rewrite(in_memory_tree(files), rules)}


def test_a_codemod_runs_with_its_options() -> None:
    files = {"a.py": "fetch(1, quiet=True)  # c\n", "b.py": "other(quiet=True)\n"}

    results = run(files, Rules(codemods=(DROP,)))

    assert results["a.py"].content == b"fetch(1)  # c\n"
    assert "b.py" not in results
    assert set(scan(in_memory_tree(files), Rules(codemods=(DROP,)))) == {"a.py"}


def test_a_file_that_is_migrated_too_gets_both_changes() -> None:
    files = {
        "m.py": "class Old: ...\n",
        "n.py": "class New: ...\n",
        "a.py": "from m import Old\nfetch(quiet=1)\n",
    }
    rules = Rules((Replacement(Symbol("m", "Old"), Symbol("n", "New")),), codemods=(DROP,))

    assert run(files, rules)["a.py"].content == b"from n import New as Old\nfetch()\n"


def test_a_codemod_that_ends_its_process_fails_only_its_file() -> None:
    files = {"a.py": "x = 1\n", "b.py": "x = 'leave'\n", "c.py": "x = 2\n"}

    results = run(files, Rules(codemods=(CustomCodemod("leaves"),)))

    assert (results["b.py"].status, results["b.py"].reason) == ("failed", "its process ended")
    assert (results["a.py"].content, results["c.py"].content) == (b"y = 1\n", b"y = 2\n")


def test_a_codemod_that_raises_fails_only_its_file() -> None:
    result = run({"a.py": "x = 1\n"}, Rules(codemods=(CustomCodemod("breaks"),)))["a.py"]

    assert (result.status, result.reason) == ("failed", "breaks raised OSError: no")


def test_a_codemod_that_is_not_installed_is_reported() -> None:
    result = run({"a.py": "x = 1\n"}, Rules(codemods=(CustomCodemod("nobody's"),)))["a.py"]

    assert "no codemod nobody's is installed (installed: breaks, drop-argument, leaves)" in result.reason


def test_the_documentation_is_what_the_examples_say() -> None:
    assert PAGE.read_text() == page(), "run `python -m codemods.catalog.reference_page`"
