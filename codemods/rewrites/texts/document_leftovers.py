"""What stays in documentation: history, the text that says what is deprecated, and code that can't be rewritten."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codemods.model.example import Example
from codemods.model.patterns import lazy_pattern
from codemods.model.rules import Replacement

SETTINGS = (".toml", ".yaml", ".yml", ".ini", ".cfg")
DATA = (*SETTINGS, ".json", ".jsonl")
"""Files whose values a program reads."""
HISTORY = lazy_pattern(
    r"(?:^|[-_. ])(?:changelogs?|changes|news|newsfragments|history|release[-_ ]?notes|whats[-_]?new|"
    r"migrat(?:e|ing|ion)|upgrad(?:e|es|ing))(?:[-_. ]|$)",
    re.IGNORECASE,
)
DEPRECATION = lazy_pattern(rb"deprecat|\brenamed\b|\bformerly\b|\bobsolete\b", re.IGNORECASE)
DIRECTIVE = lazy_pattern(rb"[ \t]*\.\.[ \t]+(?:deprecated|versionchanged|versionremoved)::")
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


def leftovers(text: bytes, rule: Replacement, is_prose: bool) -> Iterator[tuple[int, str]]:
    """What names the symbol in a way that is not rewritten: where, and why."""
    module = re.escape(rule.old.module.encode())
    yield from imports_of_parent(text, rule)
    if rule.old.name is None:
        yield from () if is_prose else settings_of_module(text, rule.old.module)
        return
    name = rb"\b" + re.escape(rule.old.name.encode()) + rb"\b"
    listed = rb"\bfrom[ \t]+" + module + rb"[ \t]+import[ \t]*(?:\([^)]*|[^\n(]*)" + name
    for match in re.finditer(listed, text):
        yield match.start(), NO_EDIT
    for match in re.finditer(rb"\bimport[ \t]+" + module + rb"[ \t]+as[ \t]+(\w+)", text):
        if is_taken_of(match.group(1), rule.old.name, text, match.end()):
            yield match.start(), f"the code below takes {rule.old.name} of the module by another name"
    for match in re.finditer(rb"\bfrom[ \t]+" + module + rb"[ \t]+import[ \t]+\*", text):
        if re.search(name, text[match.end() : match.end() + NEAR]):
            yield match.start(), f"the code below may take {rule.old.name} by this star import"
    yield from in_directives(text, module, name, rule)
    if not is_prose:
        yield from named_apart(text, module, name, rule)
        yield from behind_colon(text, module, name, rule)


def is_taken_of(module: bytes, name: str, text: bytes, start: int) -> bool:
    use = rb"(?<![\w.])" + module + rb"\." + re.escape(name.encode()) + rb"\b"
    return re.search(use, text[start : start + NEAR]) is not None


def imports_of_parent(text: bytes, rule: Replacement) -> Iterator[tuple[int, str]]:
    """`from p import m`, for the module itself or for what is taken of it below."""
    package, _, last = (re.escape(part.encode()) for part in rule.old.module.rpartition("."))
    statement = (
        rb"\bfrom[ \t]+" + package + rb"[ \t]+import\b[^\n;#]*?\b" + last + rb"\b(?:[ \t]+as[ \t]+(\w+))?"
    )
    for match in re.finditer(statement, text) if package else ():
        if rule.old.name is None:
            yield match.start(), NO_EDIT
        elif is_taken_of(match.group(1) or last, rule.old.name, text, match.end()):
            yield match.start(), f"the code below takes {rule.old.name} of the module by another name"


def in_directives(text: bytes, module: bytes, name: bytes, rule: Replacement) -> Iterator[tuple[int, str]]:
    """What Sphinx and mkdocstrings look up in a module that another line names."""
    why = f"this directive looks for {rule.old.name} in {rule.old.module}"
    path = module.replace(b"\\.", b"/") + rb"\.py"
    heads = [
        rb"^[ \t]*(?:\.\.[ \t]+automodule::|:::)[ \t]*" + module + rb"[ \t]*$",
        rb"^[ \t]*\.\.[ \t]+literalinclude::.*\b" + path + rb"[ \t]*$",
    ]
    parts = rule.old.module.split(".")
    for count in range(len(parts), 0, -1):
        inside, rest = (
            rb"\.".join(re.escape(one.encode()) for one in some) for some in (parts[:count], parts[count:])
        )
        current = rb"^[ \t]*\.\.[ \t]+(?:\w+:)?(?:current)?module::[ \t]*" + inside + rb"[ \t]*$"
        if re.search(current, text, re.M):
            taken = (rest + rb"\." if rest else b"") + name
            for match in re.finditer(rb"^[ \t]*\.\.[ \t]+(?:\w+:)?auto\w+::[ \t]*" + taken, text, re.M):
                yield match.start(), why
            heads += [] if rest else [rb"^[ \t]*\.\.[ \t]+autosummary::.*$"]
    for head in re.finditer(b"|".join(heads), text, re.M):
        for match in re.finditer(name, text[: end_of_indented(text, head)][head.end() :]):
            yield head.end() + match.start(), why


def end_of_indented(text: bytes, head: re.Match[bytes]) -> int:
    """Where the lines end that are indented deeper than the line of a match."""
    indent, at = indentation(head.group()), head.end()
    for line in text[at : at + NEAR].splitlines(keepends=True):
        if line.strip() and indentation(line) <= indent:
            break
        at += len(line)
    return at


def value(word: bytes) -> re.Pattern[bytes]:
    """A word that is the whole of a setting, or of an element in its list."""
    return re.compile(
        rb"(?:^|[=:\[,{(\"'-])[ \t]*([\"']?)(?P<word>" + word + rb")\1[ \t]*(?=$|[\r,\]})#;])", re.M
    )


def named_apart(text: bytes, module: bytes, name: bytes, rule: Replacement) -> Iterator[tuple[int, str]]:
    """`module: m` and `class: Old`."""
    if value(module).search(text):
        for match in value(name).finditer(text):
            yield (
                match.start("word"),
                f"this setting may mean {rule.old.name} of {rule.old.module}, which another one names",
            )


def behind_colon(text: bytes, module: bytes, name: bytes, rule: Replacement) -> Iterator[tuple[int, str]]:
    """Where it isn't rewritten, since a colon may make it something else's part."""
    for match in re.finditer(rb"(?<=:)" + module + rb"[.:]" + name, text):
        yield match.start(), f"this setting may name {rule.old.dotted}"


def settings_of_module(text: bytes, module: str) -> Iterator[tuple[int, str]]:
    """`[mypy-m.*]`, the module of a filter of warnings: a pattern, of which the new module is no matter of course."""
    if "." in module:
        for match in re.finditer(rb"(?<=[-:])" + re.escape(module.encode()) + rb"(?![\w-])", text):
            yield match.start(), f"this setting is about {module}"


def values_equal_to(text: bytes, name: str) -> Iterator[int]:
    """Where a value or a key of some data is the name alone: `"Old"`, `kind: Old`, `- Old`, `kind = Old`."""
    word = re.escape(name.encode())
    quoted = rb"(?P<quote>[\"'])" + word + rb"(?P=quote)"
    plain = rb"(?<=[:=-])[ \t]+" + word + rb"(?=[ \t]*(?:#[^\n]*)?\r?$)|^[ \t]*(?:- )?" + word + rb"(?=:)"
    for match in re.finditer(quoted + rb"|" + plain, text, re.M):
        yield match.end() - len(name) - len(match["quote"] or b"")


REGISTERED = {"m.py": "class Old(metaclass=Registry): ...\n"}
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
        "code that takes the module of its package",
        "```python\nfrom a import b\nb.Old()\n```\n",
        replace=("a.b:Old=a.n:New",),
        path="README.md",
        docs=True,
        note="by another name",
    ),
    Example(
        "code that takes a module that moves of its package",
        "```python\nfrom a import c, b as x\nx.keep()\n```\n",
        replace=("a.b=a.n",),
        path="README.md",
        docs=True,
        note="can't be rewritten in place",
    ),
    Example(
        "the members of a directive",
        ".. automodule:: m\n   :members: Old, keep\n\nOld.\n",
        path="docs/api.rst",
        docs=True,
        note="looks for Old in m",
    ),
    Example(
        "a table of a module's members",
        ".. currentmodule:: m\n\n.. autosummary::\n   :toctree:\n\n   Old\n",
        path="docs/api.rst",
        docs=True,
        note="looks for Old in m",
    ),
    Example(
        "a directive that looks below a package",
        ".. currentmodule:: a\n\n.. autoclass:: b.Old\n",
        replace=("a.b:Old=a.n:New",),
        path="docs/api.rst",
        docs=True,
        note="looks for Old in a.b",
    ),
    Example(
        "a part of the module's file",
        ".. literalinclude:: ../a/b.py\n   :pyobject: Old\n\nSee a.b.\n",
        replace=("a.b:Old=a.n:New",),
        path="docs/api.rst",
        docs=True,
        note="looks for Old in a.b",
    ),
    Example(
        "a whole name behind a colon",
        "engine: !name:m.Old\n",
        path="settings.yaml",
        docs=True,
        note="may name m.Old",
    ),
    Example(
        "a setting that names the module, and one that names the symbol",
        "engine:\n  module: m\n  class: Old\n  about: the Old one\n",
        path="settings.yaml",
        docs=True,
        note="may mean Old of m",
    ),
    Example(
        "a setting about a module that moves",
        "[mypy-a.b.*]\nignore_errors = true\n",
        replace=("a.b=a.n",),
        path="mypy.ini",
        docs=True,
        note="about a.b",
    ),
    Example(
        "settings, where they are not asked for",
        '[project.scripts]\nrun = "m:Old"\n',
        path="pyproject.toml",
        note="also: [docs]",
    ),
    *(
        Example(
            f"a value by which a register of classes may find it: {text!r}",
            text,
            path=path,
            other_files=REGISTERED,
            note="Registry may find m.Old by its name",
        )
        for path, text in (
            ("settings.yaml", "engine: Old  # the old one\n"),
            ("settings.yml", "engines:\n  - Old\n"),
            ("settings.toml", 'engine = "Old"\n'),
            ("settings.ini", "engine = Old\n"),
        )
    ),
    *(
        Example(f"other words beside such a class: {text!r}", text, path=path, other_files=REGISTERED)
        for path, text in (("settings.yaml", "a: Old news\nb: Older\n# Old\n"), ("README.md", "kind: Old\n"))
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
