"""Names that are read by strings: by code that is run, by `globals()`, by a template that is filled."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from codemods.model.patterns import lazy_pattern
from codemods.read.name_walk import last_name
from codemods.read.source import Source
from codemods.read.top_level import word_starts

READS_BY_STRINGS = lazy_pattern(
    rb"(?<![.\w])(?<!def )(?:(?:globals|locals|eval|exec)\s*\(|(?:vars|dir)\s*\(\s*\))"
    rb"|(?:f_(?:globals|locals)|__globals__|co_names)\b"
    rb"|mark\.(?:skipif|xfail)\s*\(\s*[\"']|[pP]rofile\.run\s*\("
    rb"|(?:modules\s*(?:\[|\.get\s*\()|(?:import_module|__import__)\s*\()\s*__name__\b"
)
READERS_BY_PART: dict[bytes, tuple[str, ...]] = {
    b"globals": ("globals", "f_globals", "__globals__"),
    b"locals": ("locals", "f_locals"),
    b"eval": ("eval",),
    b"exec": ("exec",),
    b"vars": ("vars",),
    b"dir": ("dir",),
    b"co_names": ("co_names",),
    b"modules": ("modules",),
    b"import_": ("import_module", "__import__"),
    b"mark.": ("mark",),
    b"rofile.run": ("profile", "cProfile"),
}
"""What each form begins with, by what a text with one of these holds: most texts hold few of the parts."""


@lru_cache(maxsize=1)
def reads_by_strings(text: bytes) -> bool:
    """The last answer is kept: several decisions about a file ask."""
    return any(
        READS_BY_STRINGS.match(text, at)
        for part, readers in READERS_BY_PART.items()
        if part in text
        for at in word_starts(text, readers)
    )


LISTS_NAMES = lazy_pattern(
    rb"(?<![.\w])(?:globals|locals|vars|dir)\s*\(\s*\)\s*(?:\.\s*(?:items|keys|values|copy)\s*\(|(?=[^\s.\[=]))"
)


def lists_its_names(text: bytes) -> bool:
    """Whether all names of the module may be gone through: one more would be found there."""
    return reads_by_strings(text) and LISTS_NAMES.search(text) is not None


DOTTED = lazy_pattern(r"[\w.:]*")
OWNER = lazy_pattern(r"(?<![\w.])([^\W\d]\w*)\.[^\W\d]")
WORD = lazy_pattern(r"\w+")


def owners_in_strings(source: Source) -> Iterator[str]:
    """What stands before a dot in a string, where names are read by strings: `exec("m.Old()")`. One that is a dotted
    name alone counts only where it is evaluated."""
    for text, is_evaluated in strings_beside_readers(source):
        if is_evaluated or not DOTTED.fullmatch(text):
            yield from OWNER.findall(text)


def is_word_in_strings(source: Source, word: str) -> bool:
    """Whether a string has the word, where names are read by strings."""
    return word.encode() in source.text and any(
        word in WORD.findall(text) for text, _ in strings_beside_readers(source)
    )


def strings_beside_readers(source: Source) -> Iterator[tuple[str, bool]]:
    """The strings of a file that reads names by strings, and whether they are evaluated. Those of `eval` come twice."""
    if not reads_by_strings(source.text):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Expr):
            node.value._is_prose = True  # type: ignore[attr-defined]
        if isinstance(node, ast.Call) and last_name(node.func) in ("eval", "exec", "compile"):
            yield from ((text_of(argument), True) for argument in node.args)
        elif isinstance(node, ast.expr) and not hasattr(node, "_is_prose"):
            yield text_of(node), False


def text_of(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
