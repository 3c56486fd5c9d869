"""Names that are read by strings: by code that is run, by `globals()`, by a template that is filled."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.read.name_walk import last_name
from codemods.read.source import Source
from codemods.read.top_level import word_starts

READS_BY_STRINGS = re.compile(
    rb"(?<![.\w])(?<!def )(?:(?:globals|locals|eval|exec)\s*\(|(?:vars|dir)\s*\(\s*\))"
    rb"|(?:f_(?:globals|locals)|__globals__|co_names)\b"
    rb"|(?:modules\s*(?:\[|\.get\s*\()|(?:import_module|__import__)\s*\()\s*__name__\b"
)
READERS = (
    *("globals", "locals", "eval", "exec", "vars", "dir", "f_globals", "f_locals", "__globals__", "co_names"),
    *("modules", "import_module", "__import__"),
)


def reads_by_strings(text: bytes) -> bool:
    return any(READS_BY_STRINGS.match(text, at) for at in word_starts(text, READERS))


DOTTED = re.compile(r"[\w.:]*")
OWNER = re.compile(r"(?<![\w.])([^\W\d]\w*)\.[^\W\d]")


def owners_in_strings(source: Source) -> Iterator[str]:
    """What stands before a dot in a string, where names are read by strings: `exec("m.Old()")`. One that is a dotted
    name alone counts only where it is evaluated."""
    if not reads_by_strings(source.text):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Expr):
            node.value._is_prose = True  # type: ignore[attr-defined]
        if isinstance(node, ast.Call) and last_name(node.func) in ("eval", "exec", "compile"):
            for argument in node.args:
                yield from OWNER.findall(text_of(argument))
        elif (
            isinstance(node, ast.expr)
            and not hasattr(node, "_is_prose")
            and not DOTTED.fullmatch(text_of(node))
        ):
            yield from OWNER.findall(text_of(node))


def text_of(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
