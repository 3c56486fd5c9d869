"""Dotted names that end with a member of a class: in strings, docstrings and comments."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from typing import Literal, NamedTuple

from codemods.read.comments import comments
from codemods.read.name_walk import last_name
from codemods.read.source import Source
from codemods.read.strings import content_start_of

Where = Literal["patch", "text", "doc"]
TAKES_NAME = frozenset({"patch", "setattr", "delattr", "spy", "stub"})
"""Functions that look up what a string names."""


class DottedMember(NamedTuple):
    where: Where
    prefix: str
    """What should be a class, with its module."""
    name: str
    start: int
    """Of the member's name; -1 in a string with escapes."""
    node_line: int


def dotted_members(source: Source, tree: ast.Module, members: Collection[str]) -> Iterator[DottedMember]:
    words = "|".join(re.escape(name) for name in sorted(members))
    dotted = re.compile(rf"((?:[^\W\d]\w*\.)*[^\W\d]\w*[.:][^\W\d]\w*)\.({words})((?:\.[^\W\d]\w*)*)")
    targets = {id(one.args[0]) for one in ast.walk(tree) if is_lookup(one) and isinstance(one, ast.Call)}
    docs = {id(one) for one in docstrings(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            match = dotted.fullmatch(node.value)
            if match:
                start = content_start_of(source, node)
                at = start + len(node.value[: match.start(2)].encode()) if start >= 0 else -1
                where: Where = "patch" if id(node) in targets else "text"
                yield DottedMember(where, match[1], match[2], at, node.lineno)
    yield from in_documentation(source, tree, words)


def is_lookup(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and bool(node.args) and last_name(node.func) in TAKES_NAME


def docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield first.value


def in_documentation(source: Source, tree: ast.Module, words: str) -> Iterator[DottedMember]:
    """Whole dotted names, as in other documentation."""
    dotted = re.compile(
        rf"(?<![\w./\\:-])((?:[^\W\d]\w*\.)*[^\W\d]\w*[.:][^\W\d]\w*)\.({words})(?![\w-])".encode()
    )
    if not dotted.search(source.text):
        return
    starts = source.line_starts
    spans = [
        (
            starts[one.lineno - 1] + one.col_offset,
            starts[(one.end_lineno or 1) - 1] + (one.end_col_offset or 0),
        )
        for one in docstrings(tree)
    ]
    spans += [(start, start + len(text.encode())) for start, text in comments(source)]
    for start, end in spans:
        for match in dotted.finditer(source.text, start, end):
            prefix, name = match[1].decode("utf-8", "replace"), match[2].decode()
            yield DottedMember("doc", prefix, name, match.start(2), source.position(match.start())[0])
