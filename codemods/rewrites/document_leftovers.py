"""What stays in documentation: history, the text that says what is deprecated, and code that can't be rewritten."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codemods.model.example import Example
from codemods.model.rules import Replacement

SETTINGS = (".toml", ".yaml", ".yml", ".ini", ".cfg")
HISTORY = re.compile(
    r"(?:^|[-_. ])(?:changelogs?|changes|news|newsfragments|history|release[-_ ]?notes|whats[-_]?new|"
    r"migrat(?:e|ing|ion)|upgrad(?:e|es|ing))(?:[-_. ]|$)",
    re.IGNORECASE,
)
DEPRECATION = re.compile(rb"deprecat|\brenamed\b|\bformerly\b|\bobsolete\b", re.IGNORECASE)
DIRECTIVE = re.compile(rb"[ \t]*\.\.[ \t]+(?:deprecated|versionchanged|versionremoved)::")
NEAR = 2000
"""How many bytes of text may belong together: an import and its block of code, the words of a line."""
NO_EDIT = "this import in the documentation can't be rewritten in place"


def is_history(path: str) -> bool:
    """A changelog, a migration guide: it says what was."""
    return not path.endswith(SETTINGS) and any(HISTORY.search(part) for part in path.split("/"))


def tells_of_deprecation(text: bytes, start: int, rule: Replacement) -> bool:
    """Whether a line says what replaces the symbol, or that it is deprecated."""
    line = line_around(text, start)
    new = rule.new.name or rule.new.module
    old = rule.old.name or rule.old.module
    rest = re.sub(rb"[\w.]*\b" + re.escape(old.encode()) + rb"\b", b"", line)
    if old != new and re.search(rb"(?<!\w)" + re.escape(new.encode()) + rb"(?!\w)", rest):
        return True
    return DEPRECATION.search(rest) is not None or below_directive(text, start)


def line_around(text: bytes, at: int) -> bytes:
    """What stands near a place on its line, which may be as long as the text."""
    end = text.find(b"\n", at, at + NEAR)
    start = text.rfind(b"\n", max(0, at - NEAR), at) + 1
    return text[start or max(0, at - NEAR) : end if end >= 0 else at + NEAR]


def below_directive(text: bytes, start: int) -> bool:
    """Whether a line belongs to `.. deprecated::`."""
    line_start = text.rfind(b"\n", 0, start) + 1
    indent = indentation(text[line_start : min(start, line_start + NEAR)] + b".")
    for line in reversed(text[max(0, line_start - NEAR) : line_start].splitlines()):
        if line.strip() and indentation(line) < indent:
            return DIRECTIVE.match(line) is not None
    return DIRECTIVE.match(text, line_start) is not None


def indentation(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" \t"))


def leftovers(text: bytes, rule: Replacement) -> Iterator[tuple[int, str]]:
    """Code that names the symbol in a way that is not rewritten: where, and why."""
    module = re.escape(rule.old.module.encode())
    if rule.old.name is None:
        return
    name = rb"\b" + re.escape(rule.old.name.encode()) + rb"\b"
    listed = rb"\bfrom[ \t]+" + module + rb"[ \t]+import[ \t]*(?:\([^)]*|[^\n(]*)" + name
    for match in re.finditer(listed, text):
        yield match.start(), NO_EDIT
    for match in re.finditer(rb"\bimport[ \t]+" + module + rb"[ \t]+as[ \t]+(\w+)", text):
        use = rb"(?<![\w.])" + match.group(1) + rb"\." + name
        if re.search(use, text[match.end() : match.end() + NEAR]):
            yield match.start(), f"the code below takes {rule.old.name} of the module by another name"
    for match in re.finditer(rb"\bfrom[ \t]+" + module + rb"[ \t]+import[ \t]+\*", text):
        if re.search(name, text[match.end() : match.end() + NEAR]):
            yield match.start(), f"the code below may take {rule.old.name} by this star import"
    inside = rb"^[ \t]*\.\.[ \t]+(?:\w+:)?(?:current)?module::[ \t]*" + module + rb"[ \t]*$"
    if re.search(inside, text, re.M):
        for match in re.finditer(rb"^[ \t]*\.\.[ \t]+(?:\w+:)?auto\w+::[ \t]*" + name, text, re.M):
            yield match.start(), f"this directive looks for {rule.old.name} in {rule.old.module}"


EXAMPLES = (
    Example(
        "what was is history",
        "## 2.0\n\nUse `m.Old`.\n",
        path="CHANGELOG.md",
        docs=True,
    ),
    Example("a guide that leads from the old one", "`m.Old` it was.\n", path="docs/migrating.md", docs=True),
    Example(
        "a line that says what replaces it",
        "`m.Old` is now `n.New`.\n\n- m.Old is deprecated\n",
        path="README.md",
        docs=True,
    ),
    Example(
        "a directive",
        ".. deprecated:: 2.0\n   As m.Old was hard to say.\n",
        path="docs/index.rst",
        docs=True,
    ),
    Example(
        "an import over several lines",
        "```python\nfrom m import (\n    Old,\n)\n```\n",
        path="README.md",
        docs=True,
        note="can't be rewritten in place",
    ),
    Example(
        "code that names the module otherwise",
        "```python\nimport m as x\nx.Old()\n```\n",
        path="README.md",
        docs=True,
        note="by another name",
    ),
    Example(
        "a star import in a block of code",
        "```python\nfrom m import *\nOld()\n```\n",
        path="README.md",
        docs=True,
        note="by this star import",
    ),
    Example(
        "a directive that looks the name up in its module",
        ".. currentmodule:: m\n\n.. autoclass:: Old\n",
        path="docs/api.rst",
        docs=True,
        note="looks for Old in m",
    ),
    Example(
        "settings, where they are not asked for",
        '[project.scripts]\nrun = "m:Old"\n',
        path="pyproject.toml",
        note="also: [docs]",
    ),
    Example(
        "history is asked for",
        "## 2.0\n\nUse `m.Old`.\n",
        "## 2.0\n\nUse `n.New`.\n",
        path="CHANGELOG.md",
        docs=True,
        history=True,
    ),
)
