"""Modules of which a file takes what is known only at run time: `getattr(c, name)`, `vars(c)`, `dir(c)`."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from codemods.model.patterns import lazy_pattern
from codemods.read.source import parse_python
from codemods.read.top_level import word_starts

LOADED = (
    rb"(?:\w+\.)*(?:modules\s*\[|import_module\s*\(|__import__\s*\()\s*[\"'](?P<name>[\w.]+)[\"']\s*[)\]]"
)
MODULE = rb"\(\s*(?:" + LOADED + rb"|(?P<dotted>[A-Za-z_][\w.]*))"
NOT_WRITTEN_OUT = rb"\s*,(?!\s*[rRbBuU]?[\"'][^\"'\n]*[\"']\s*[,)])"
TAKES = (
    *((form, re.escape(form[:-1]) + MODULE + NOT_WRITTEN_OUT) for form in (b"attr(", b"patch.object(")),
    *(
        (form, re.escape(form[:-1]) + MODULE + rb"\s*[,)]")
        for form in (b"vars(", b"dir(", b"getmembers(", b"getmembers_static(")
    ),
)
FORMS = (
    b"attr(",
    b"patch.object(",
    b"vars(",
    b"dir(",
    b"getmembers(",
    b"getmembers_static(",
    b".__dict__",
    b".__getattribute__(",
    b"ImportError",
    b"AttributeError",
    b"suppress(",
    b"f_globals",
    b"f_locals",
    b"__globals__",
)
"""One of them is in each file that takes something in this way."""
COMPUTED_ITEM = rb"\s*(?:\[|\.\s*get\s*\()(?!\s*[\"'])"
OF_UNKNOWN = (
    *(
        (
            form,
            rb"attr\(\s*(?:\w+\.)*" + re.escape(form) + rb"\s*[^\n\"']{0,200}?[\])]\s*,(?!\s*[\"'])",
        )
        for form in (b"modules[", b"import_module(")
    ),
    *((form, form + COMPUTED_ITEM) for form in (b"f_globals", b"f_locals", b"__globals__")),
    (b"__main__", rb"attr\(\s*(?:\w+\.)*modules\[[\"']__main__[\"']\]" + NOT_WRITTEN_OUT),
)
"""What takes names of a module that isn't named there. As `TAKES`, compiled for the first file that holds a form."""
FUNCTION = lazy_pattern(rb"^[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)", re.M)
STATEMENT = lazy_pattern(
    rb"[ \t]*(?:\w+[ \t]*:[ \t]*)?((?:from[ \t]+[\w. \t]+[ \t])?import\b[ \t]*"
    rb"(?:\([^()]{0,4000}\)|(?:[\w., \t]|\\\r?\n){1,4000}))"
)
ALL_OF_IT = (b".__dict__", b".__getattribute__(")
BEFORE = lazy_pattern(rb"(?<![\w.)\]])[A-Za-z_][\w.]*\Z")
LONGEST, LONGEST_IMPORT = 100, 4_000
NEVER_MODULES = frozenset({b"self", b"cls", b"obj", b"instance", b"args", b"kwargs"})
FILLS = (
    rb"\bglobals\s*\(\s*\)\s*(?:\.\s*update\s*\(|\[(?!\s*[\"'][^\"'\n]*[\"']\s*\]))"
    rb"|\bsetattr\s*\(\s*(?:\w+\.)*modules\s*\[\s*__name__\s*\]"
    rb"|\bvars\s*\(\s*\)\s*(?:\.\s*update\s*\(|\[)"
)
LOADS_COMPUTED = rb"\b(?:import_module|__import__)\s*\((?!\s*[\"'][^\"'\n]*[\"']\s*[,)])"


class TakenModule(NamedTuple):
    """As a file's imports and what is written say: `module` is None for what a plain import binds."""

    level: int
    module: str | None
    name: str


class TakenNames(NamedTuple):
    """What a file may take without writing out what."""

    modules: tuple[TakenModule, ...] = ()
    takers: tuple[str, ...] = ()
    """Functions that take names of a module which isn't named in them."""
    fills_line: int = 0
    """Where it gives its own names the values of all that the modules of its package have; 0 where it doesn't."""


def taken_names(data: bytes) -> TakenNames:
    roots, names = written_modules(data)
    found = {*named_modules(names), *imported_modules(data, roots)}
    return TakenNames(
        tuple(sorted(found, key=repr)), tuple(sorted(set(takers_of_unknown(data)))), fills_line(data)
    )


def fills_line(data: bytes) -> int:
    if not any(loader in data for loader in (b"import_module", b"__import__")):
        return 0
    filling = re.search(FILLS, data) if re.search(LOADS_COMPUTED, data) else None
    return data.count(b"\n", 0, filling.start()) + 1 if filling else 0


def names_asked_for(data: bytes, names: Collection[str]) -> Iterator[tuple[TakenModule, str]]:
    """What a file asks of modules that may not have it: `hasattr(c, "New")`, an import or an attribute in a `try`."""
    for name in names:
        if name.encode() in data:
            yield from ((one, name) for one in {*asked_for(data, name)})


def asked_for(data: bytes, name: str) -> Iterator[TakenModule]:
    quoted = re.compile(rb"attr" + MODULE + rb"\s*,\s*[\"']" + re.escape(name.encode()) + rb"[\"']")
    found = list(quoted.finditer(data))
    dotted = {match["dotted"] for match in found if match["dotted"]}
    dotted.update(names_before(data, b"." + name.encode()) if b"AttributeError" in data else ())
    yield from named_modules(text_of(match["name"]) for match in found if match["name"])
    yield from imported_modules(data, dotted)
    yield from sources_of(data, name) if b"ImportError" in data or b"suppress(" in data else ()


def takers_of_unknown(data: bytes) -> Iterator[str]:
    taken = sorted(
        match.start() for form, pattern in OF_UNKNOWN if form in data for match in re.finditer(pattern, data)
    )
    functions = list(FUNCTION.finditer(data)) if taken else []
    for at in taken:
        number = bisect_right(functions, at, key=re.Match.start) - 1
        yield from [text_of(functions[number][1])] if number >= 0 else []


def gives_name(data: bytes, name: str, takers: Collection[str]) -> bool:
    """Whether one of these functions is called with the name in a string."""
    either = b"|".join(re.escape(one.encode()) for one in sorted(takers))
    quoted = rb"[\"']" + re.escape(name.encode()) + rb"[\"']"
    return re.search(rb"\b(?:" + either + rb")\s*\([^()]{0,200}" + quoted, data) is not None


def written_modules(data: bytes) -> tuple[set[bytes], set[str]]:
    """The dotted names that may be modules, and the names in strings that are."""
    found = [match for form, pattern in TAKES if form in data for match in re.finditer(pattern, data)]
    dotted = {match["dotted"] for match in found if match["dotted"]}
    dotted.update(before for form in ALL_OF_IT for before in names_before(data, form))
    return dotted, {text_of(match["name"]) for match in found if match["name"]}


def names_before(data: bytes, form: bytes) -> Iterator[bytes]:
    at = data.find(form)
    while at >= 0:
        if before := BEFORE.search(data, max(0, at - LONGEST), at):
            yield before[0]
        at = data.find(form, at + 1)


def sources_of(data: bytes, name: str) -> Iterator[TakenModule]:
    """The modules that `from` imports bring a name from."""
    for node in imports_with(data, name):
        if isinstance(node, ast.ImportFrom) and any(one.name == name for one in node.names):
            yield TakenModule(node.level, node.module or "", "")


def imports_with(data: bytes, name: str) -> Iterator[ast.stmt]:
    """The imports that have a word."""
    for at in word_starts(data, [name]):
        opening = data.rfind(b"(", max(0, at - LONGEST_IMPORT), at)
        is_listed = opening >= 0 and data[max(0, opening - LONGEST) : opening].rstrip(b" \t").endswith(
            b"import"
        )
        start = data.rfind(b"\n", 0, opening if is_listed else at) + 1
        statement = STATEMENT.match(data, max(start, at - LONGEST_IMPORT))
        if statement and statement.end() > at:
            parsed = parse_python(statement[1])
            yield from parsed.body if isinstance(parsed, ast.Module) else ()


def named_modules(names: Iterable[str]) -> Iterator[TakenModule]:
    yield from (TakenModule(0, None, name) for name in names)


def imported_modules(data: bytes, dotted_names: Iterable[bytes]) -> Iterator[TakenModule]:
    for dotted in {text_of(one) for one in dotted_names if one.partition(b".")[0] not in NEVER_MODULES}:
        root, dot, rest = dotted.partition(".")
        for node in imports_with(data, root):
            for alias in node.names if isinstance(node, (ast.Import, ast.ImportFrom)) else ():
                bound = alias.asname or alias.name.partition(".")[0]
                if isinstance(node, ast.ImportFrom) and root == (alias.asname or alias.name):
                    yield TakenModule(node.level, node.module or "", alias.name + dot + rest)
                elif isinstance(node, ast.Import) and root == bound:
                    yield TakenModule(0, None, (alias.name if alias.asname else root) + dot + rest)


def text_of(name: bytes) -> str:
    return name.decode("utf-8", "replace")
