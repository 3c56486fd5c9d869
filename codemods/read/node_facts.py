"""Facts from syntax nodes: names, calls, imports and strings with their positions in the text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

from codemods.model.facts import (
    IN_FORMATTED_STRING,
    Alias,
    AliasAssignment,
    Argument,
    Attribute,
    Call,
    Import,
    Mention,
    Scope,
    StringLiteral,
    place_of,
)
from codemods.model.patterns import lazy_pattern
from codemods.read.name_walk import NameNode, ScopeBuilder
from codemods.read.scopes import ScopeWalk
from codemods.read.source import Source
from codemods.read.strings import LiteralNode, content_start_of

PLAIN_CHAIN = lazy_pattern(rb"[\w.\x80-\xff]+")
RUNS_CODE = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
_GAP = rb"(?:[ \t\f]|\\?\r?\n|\\?\r)*"
OVER_LINES = lazy_pattern(rb"[\w\x80-\xff]+(?:" + _GAP + rb"\." + _GAP + rb"[\w\x80-\xff]+)*")
"""With nothing between the names that would be lost: no comment, no parenthesis."""


def span(source: Source, node: ast.expr | ast.stmt | ast.alias | ast.keyword) -> tuple[int, int]:
    starts = source.line_starts
    return (
        starts[node.lineno - 1] + node.col_offset,
        starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0),
    )


def import_fact(source: Source, node: ast.Import | ast.ImportFrom, scope: int, flags: int) -> Import:
    aliases = tuple(Alias(a.name, a.asname, *span(source, a), a.lineno, a.col_offset) for a in node.names)
    level, module = (node.level, node.module or "") if isinstance(node, ast.ImportFrom) else (0, None)
    return Import(node.lineno, node.col_offset, *span(source, node), level, module, aliases, scope, flags)


def mention_fact(source: Source, name_node: NameNode, moved: Mapping[int, int]) -> Mention:
    """`moved`: by id() of a node, its offset where the tree has it wrong."""
    node, name = name_node.node, name_node.name
    start, exact = position_of(source, name_node, moved)
    end = start + len(name.encode())
    in_formatted = id(node) in moved
    return Mention(
        name,
        name_node.role,
        name_node.scope,
        *source.position(start),
        start,
        end,
        read_chain(source, end, name_node.attributes)
        if in_formatted
        else tuple(attribute_fact(source, attribute, start) for attribute in name_node.attributes),
        call_fact(source, name_node.call, name_node.flags, in_formatted) if name_node.call else None,
        name_node.flags,
        not exact or source.text[start:end] != name.encode(),
    )


def position_of(source: Source, name_node: NameNode, moved: Mapping[int, int]) -> tuple[int, bool]:
    """The offset of a name, and whether it can be rewritten there."""
    node = name_node.node
    if id(node) in moved:
        return moved[id(node)], True
    if isinstance(node, (ast.Name, ast.arg)):
        return source.offset(node.lineno, node.col_offset), True
    return position_in_statement(source, name_node), False


def attribute_fact(source: Source, node: ast.Attribute, root: int) -> Attribute:
    start, end = span(source, node)
    text = source.text
    plain = PLAIN_CHAIN.fullmatch(text, root, end) or OVER_LINES.fullmatch(text, root, end)
    return Attribute(node.attr, start, end, plain is not None)


def read_chain(source: Source, at: int, attributes: Iterable[ast.Attribute]) -> tuple[Attribute, ...]:
    """The attributes of a name in a formatted string, whose positions the tree doesn't have."""
    found = []
    for attribute in attributes:
        match = re.compile(rb"\s*\.\s*" + attribute.attr.encode()).match(source.text, at)
        if match is None:
            break
        at = match.end()
        found.append(Attribute(attribute.attr, match.start(), at))
    return tuple(found)


def position_in_statement(source: Source, name_node: NameNode) -> int:
    """The position of a name that a statement binds, as in `def Old` or `except E as Old`."""
    start, end = span(source, name_node.node)  # type: ignore[arg-type]
    word = re.compile(rb"(?<![\w.])" + re.escape(name_node.name.encode()) + rb"(?!\w)")
    match = word.search(source.text, start, end)
    return match.start() if match else start


def call_fact(source: Source, node: ast.Call, flags: int, in_formatted: bool) -> Call:
    """In a formatted string, whose places the tree does not hold, only what is passed is said."""
    taken_by, parent = getattr(node, "_taken", ("", node))
    if in_formatted:
        named = [Argument(one.arg, one.arg is None, -1, -1, -1) for one in node.keywords]
        plain = [Argument(None, isinstance(one, ast.Starred), -1, -1, -1) for one in node.args]
        return Call(-1, (*plain, *named), place=IN_FORMATTED_STRING, taken_by=taken_by)
    arguments = [positional_argument(source, argument) for argument in node.args]
    arguments += [keyword_argument(source, keyword) for keyword in node.keywords]
    start, end = span(source, node)
    return Call(
        end,
        tuple(sorted(arguments, key=lambda argument: argument.start)),
        start,
        place_of(flags),
        taken_by,
        span(source, parent)[0],
        getattr(node, "_argument_of", ""),
    )


def positional_argument(source: Source, node: ast.expr) -> Argument:
    start, end = span(source, node)
    return Argument(None, isinstance(node, ast.Starred), start, end, start, is_simple(node))


def keyword_argument(source: Source, node: ast.keyword) -> Argument:
    start, end = span(source, node)
    keyword_end = start + len((node.arg or "").encode())
    return Argument(node.arg, node.arg is None, start, end, keyword_end, is_simple(node.value))


def is_simple(node: ast.expr) -> bool:
    return not any(isinstance(inner, RUNS_CODE) for inner in ast.walk(node))


def string_fact(source: Source, literal: LiteralNode) -> StringLiteral:
    node = literal.node
    start, end = span(source, node)
    attributes = tuple(tail_fact(source, one) for one in literal.attributes)
    owner_start = source.offset(literal.owner.lineno, literal.owner.col_offset) if literal.owner else -1
    return StringLiteral(
        node.lineno,
        node.col_offset,
        start,
        end,
        literal.value,
        literal.context,
        owner_start,
        literal.scope,
        literal.content_start,
        attributes,
        literal.flags,
        literal.package,
        literal.bound_name,
    )


def tail_fact(source: Source, node: ast.Attribute | ast.Constant | ast.keyword) -> Attribute:
    """What is taken of a module that is loaded by name: an attribute, or the name of one."""
    start, end = span(source, node)
    if isinstance(node, ast.Attribute):
        return Attribute(node.attr, start, end)
    if isinstance(node, ast.keyword):
        return Attribute(node.arg or "", start, start + len((node.arg or "").encode()))
    content = content_start_of(source, node)
    name = str(node.value)
    return Attribute(name, content, content + len(name.encode()), content >= 0)


def alias_assignments(source: Source, walk: ScopeWalk, names: frozenset[str]) -> Iterator[AliasAssignment]:
    """`Old = New` and `x = a.b` as statements of their own."""
    for node, scope, flags in walk.name_assignments:
        target, value = node.targets[0], dotted_name(node.value)
        if len(node.targets) > 1 or not isinstance(target, ast.Name) or not value:
            continue
        if target.id in names or (scope == 0 and value.partition(".")[0] in names):
            yield AliasAssignment(target.id, value, scope, node.lineno, *span(source, node), flags)


def dotted_name(node: ast.expr) -> str:
    """`a.b` as it is written; empty for anything else."""
    if isinstance(node, ast.Attribute):
        head = dotted_name(node.value)
        return head and f"{head}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def scope_fact(source: Source, builder: ScopeBuilder, names: frozenset[str]) -> Scope:
    start, end = builder.start, builder.end
    is_module = builder.parent < 0
    return Scope(
        builder.kind,
        builder.parent,
        0 if is_module else source.offset(*start),
        len(source.text) if is_module else source.offset(*end),
        {name: frozenset(roles) for name, roles in builder.bindings.items() if is_module or name in names},
        {name: kind for name, kind in builder.declared.items() if name in names},
    )
