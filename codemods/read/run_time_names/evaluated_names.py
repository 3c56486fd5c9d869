"""Names that are read by strings: by code that is run, by `globals()`, by a template that is filled."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.read.source import Source
from codemods.read.top_level import word_starts

READS_BY_STRINGS = re.compile(
    rb"(?<![.\w])(?<!def )(?:(?:globals|locals|eval|exec)\s*\(|(?:vars|dir)\s*\(\s*\))|f_(?:globals|locals)\b"
    rb"|(?:modules\s*(?:\[|\.get\s*\()|(?:import_module|__import__)\s*\()\s*__name__\b"
)
READERS = (
    *("globals", "locals", "eval", "exec", "vars", "dir", "f_globals", "f_locals"),
    *("modules", "import_module", "__import__"),
)


def reads_by_strings(text: bytes) -> bool:
    return any(READS_BY_STRINGS.match(text, at) for at in word_starts(text, READERS))


OWNER = re.compile(r"(?<![\w.])([^\W\d]\w*)\s*\.")


def owners_in_strings(source: Source) -> Iterator[str]:
    """What stands before a dot in any string, where names are read by strings: `exec("m.Old()")`."""
    if reads_by_strings(source.text):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from OWNER.findall(node.value)
