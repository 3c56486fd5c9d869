"""A file is read for its words; for a star import alone only where that can bring something of the tree."""

from __future__ import annotations

import pytest

from codemods.model.modules import find_modules
from codemods.model.rules import Replacement, Rules, Symbol
from codemods.read.words import SearchedNames
from codemods.scan.reading_filter import ReadingFilter, StarImportsOnly
from codemods.scan.search_words import words_of

RULES = Rules((Replacement(Symbol("lib.old", "Old"), Symbol("app.new", "New")),))
MODULES = find_modules(["app/__init__.py", "app/new.py", "app/sub/__init__.py", "app/sub/x.py"])
WORTH = ReadingFilter(words_of(RULES), RULES, MODULES)


@pytest.mark.parametrize(
    "text",
    [
        "x = Old\n",
        "from lib.old import Other\n",
        "from lib.\\\n old import *\n",
        "from \\\n  app import *\n",
        "from lib.old import *\n",
        "import *\n",
        "from x import os; import *\n",
    ],
)
def test_a_file_is_read_if_it_has_a_word_or_may_have_one(text: str) -> None:
    assert WORTH.star_imports_only(text.encode()) is None


@pytest.mark.parametrize(
    ("text", "sources", "leads_in"),
    [
        ("x = Older\n", (), False),
        ("from spack.package import *\n", ((0, "spack.package"),), False),
        ("if x: from json import *\ntry:\n    from . import *\nexcept: ...\n", ((0, "json"), (1, "")), True),
        ("from ..new import *\n", ((2, "new"),), True),
        ("from .... import *\n", ((4, ""),), False),
        ("from app.sub import *\n", ((0, "app.sub"),), True),
    ],
)
def test_a_star_import_counts_if_its_module_is_in_the_tree(
    text: str, sources: tuple[tuple[int, str], ...], leads_in: bool
) -> None:
    found = WORTH.star_imports_only(text.encode())
    assert found == StarImportsOnly(sources)
    assert WORTH.imports_from_tree("app/sub/x.py", found) is leads_in


def test_a_module_that_the_rules_name_counts_though_it_is_a_librarys() -> None:
    no_words = ReadingFilter(SearchedNames(frozenset({"Zzz"}), frozenset({"yyy"})), RULES, MODULES)
    found = no_words.star_imports_only(b"from lib.old import *\n")
    assert found == StarImportsOnly(((0, "lib.old"),))
    assert found is not None
    assert no_words.imports_from_tree("app/sub/x.py", found)


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("x = 1  # the Old one\n# Old\n", False),
        ("x = 1  # type: Old\n", True),
        ("x = '#', Old\n", True),
        ('"""\n  # Old\n"""\n', False),
        ("x = f('#')  # Old\n", True),
        ("y = 1  # no\rx = Old\n", True),
        ("from lib.old import Other  # Old\n", True),
        ("vars(old)\n", True),
        ("older, xold = vars(older), getattr(xold, 'a')\n", False),
        ("from json import *\n", True),
    ],
)
def test_a_changed_file_is_read_again_unless_a_word_is_left_in_comments_only(
    text: str, is_read: bool
) -> None:
    assert WORTH.is_read(text.encode()) is is_read
