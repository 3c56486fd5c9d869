"""How a repository wants its imports written: where each is placed, and how long its line may be."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from codemods.model.records import record

FUTURE, STDLIB, THIRD_PARTY = "FUTURE", "STDLIB", "THIRDPARTY"
FIRST_PARTY, LOCAL_FOLDER = "FIRSTPARTY", "LOCALFOLDER"
SECTIONS = (FUTURE, STDLIB, THIRD_PARTY, FIRST_PARTY, LOCAL_FOLDER)
NEWER_THAN_THIS_PYTHON = frozenset({"annotationlib", "compression", "string.templatelib"})
REMOVED_FROM_PYTHON = frozenset(
    [
        "asynchat",
        "asyncore",
        "audioop",
        "binhex",
        "cgi",
        "cgitb",
        "chunk",
        "crypt",
        "distutils",
        "formatter",
        "imghdr",
        "imp",
        "macpath",
        "mailcap",
        "msilib",
        "nis",
        "nntplib",
        "ossaudiodev",
        "parser",
        "pipes",
        "smtpd",
        "sndhdr",
        "spwd",
        "sunau",
        "symbol",
        "telnetlib",
        "uu",
        "xdrlib",
        "_dummy_threading",
        "dummy_threading",
        "lib2to3",
    ]
)
STANDARD_LIBRARY = sys.stdlib_module_names | NEWER_THAN_THIS_PYTHON | REMOVED_FROM_PYTHON


@record
class ImportStyle:
    """What isort's or ruff's configuration says of imports. Without a sorter only the line length counts; isort does
    what is about imports itself, and for it the rest says nothing."""

    sorter: Literal["", "isort", "ruff"] = ""
    isort_settings: str = ""
    is_stub: bool = False
    line_length: int = 0
    """0: no configuration says how long."""
    code_length: int = 0
    """Of the longest line of code that the repository's formatter or linter allows; 0: none looks at it."""
    is_formatted: bool = False
    """Whether black or ruff's formatter runs, which wants a blank line below the imports of any block."""
    aligns_continuations: bool = False
    """Whether the linter looks at what continuation lines are aligned with (E127, E128)."""
    comma_keeps_lines: bool = True
    """A list that ends with a comma stays one name a line."""
    wraps_aliases: bool = False
    """A list of names with an `as` in it gets one name a line."""
    single_lines: bool = False
    single_line_exclusions: frozenset[str] = frozenset()
    combines_as: bool = False
    mixes_kinds: bool = False
    """`import` and `from` are sorted together."""
    from_first: bool = False
    order_by_type: bool = True
    case_sensitive: bool = False
    by_length: bool = False
    straight_by_length: bool = False
    to_top: frozenset[str] = frozenset()
    closest_first: bool = False
    """`.a` before `..a`."""
    sections: tuple[str, ...] = SECTIONS
    separate: tuple[str, ...] = ()
    """Modules whose first name starts with one of these stand behind the others, in the order given."""
    default_section: str = THIRD_PARTY
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By section: the modules that are said to be in it."""
    first_party: frozenset[str] = frozenset()
    """What lies in the folders that modules are imported from."""
    headings: Mapping[str, str] = field(default_factory=dict)
    """By section: the comment over its first import."""
    no_lines_before: frozenset[str] = frozenset()
    lines_after_imports: int = -1
    lines_between_types: int = 0
    constants: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    lowercase_variables: bool = False
    """A variable of a function that is spelled like a class is a finding (N806)."""
    allowed_in: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By the code of a finding that the linter looks for (F401, TC001): the patterns of the files that may have it."""
    imports_alone_in_packages: bool = False
    """So is an assignment in a package's `__init__.py` (RUF067)."""


NO_STYLE = ImportStyle()
