"""Imports in documentation and settings, with the uses of what they bring in the same block of code or command."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from textwrap import dedent

from codemods.model.edits import TextEdit
from codemods.model.patterns import lazy_pattern
from codemods.model.rules import Replacement, Rules
from codemods.read.source import Unreadable, parse_python

PROMPT = lazy_pattern(rb"[ \t]*(?:(?:>>>|\.\.\.) )?")
EXAMPLE = lazy_pattern(rb"^[ \t]*(?:>>>|\.\.\.) [^\n]*", re.M)
IMPORTED = rb"(?<![\w.])import[ \t]+(?:[\w.]+[ \t]*,[ \t]*)*"
IMPORT_LINE = lazy_pattern(rb"[ \t]*(?:(?:>>>|\.\.\.) )?import[ \t]+")
LINE_END = lazy_pattern(rb"[ \t]*(?:\r?\n|\Z)")
FROM = lazy_pattern(rb"\bfrom[ \t]+[.\w]+[ \t]+\Z")
IMPORT = lazy_pattern(
    rb"\bfrom[ \t]+([\w.]+)[ \t]+import[ \t]+(\w+(?:[ \t]*,[ \t]*\w+)*)(?=[ \t]*(?:$|[\r\n#`\"';]))", re.M
)


def import_edits(text: bytes, rule: Replacement, rules: Rules) -> Iterator[TextEdit]:
    """Import statements, and in the same block of code the uses of what they bring."""
    if rule.old.name is None:
        return
    moved = {r.old.name: r for r in rules.replace if r.old.module == rule.old.module and r.old.name}
    for match in IMPORT.finditer(text):
        names = [name.strip().decode() for name in match.group(2).split(b",")]
        if match.group(1).decode() != rule.old.module or rule.old.name not in names:
            continue
        uses = {name: use_edits(text, match, name, moved[name]) for name in names if name in moved}
        lines = import_lines(text, match, names, moved, uses)
        if lines is not None:
            yield TextEdit(*match.span(), lines)
            for edits in uses.values():
                yield from edits or ()


def import_lines(
    text: bytes,
    match: re.Match[bytes],
    names: Sequence[str],
    moved: Mapping[str, Replacement],
    uses: Mapping[str, Sequence[TextEdit] | None],
) -> bytes | None:
    """The new statements, each on a line of its own; None if that line holds more than the import."""
    by_module: dict[str, list[str]] = {}
    for name in sorted(names, key=lambda one: one in moved):
        module = moved[name].new.module if name in moved else match.group(1).decode()
        follows = uses.get(name) is not None
        imported = imported_name(moved[name], name, follows) if name in moved else name
        by_module.setdefault(module, []).append(imported)
    prefix = line_before(text, match.start())
    if len(by_module) > 1 and not PROMPT.fullmatch(prefix):
        return None
    glue = (b"\r\n" if b"\r\n" in text else b"\n") + prefix
    return glue.join(
        f"from {module} import {', '.join(listed)}".encode() for module, listed in by_module.items()
    )


def use_edits(text: bytes, match: re.Match[bytes], name: str, rule: Replacement) -> list[TextEdit] | None:
    """The bare name as it is used below its import, up to the end of the block; None where it stays."""
    if rule.style == "as" or rule.new.name is None:
        return None
    start = match.end()
    if not PROMPT.fullmatch(line_before(text, match.start())):  # in a sentence, or in a command
        used = re.compile(rb"(?<![\w.])" + re.escape(name.encode()) + rb"(?!\w)")
        return None if used.search(text, start, paragraph_end(text, start)) else []
    word = re.compile(rb"(?<![\w.\"'])" + re.escape(name.encode()) + rb"(?![\w\"'])(?!\s*=(?!=))")
    is_example, end = b">>> " in line_before(text, start), end_of_block(text, start)
    if is_used_in_later_block(text, end, match.group(1), name.encode()):
        return None
    edits = []
    for use in word.finditer(text, start, end):
        line = line_before(text, use.start())
        is_code = not is_example or EXAMPLE.match(line)
        if is_code and b"#" not in line and line.count(b'"') % 2 == 0 and line.count(b"'") % 2 == 0:
            edits.append(TextEdit(*use.span(), rule.new.name.encode()))
    code = block_code(text[match.start() - len(line_before(text, match.start())) : end], is_example)
    return edits if len(edits) == count_reads(code, name, rule.new.name) else None


def is_used_in_later_block(text: bytes, start: int, module: bytes, name: bytes) -> bool:
    """Whether code further down relies on the import: it may be run after it."""
    again = (
        one.start() for one in IMPORT.finditer(text, start) if one.group(1) == module and name in one.group(2)
    )
    use = re.compile(rb"(?<![\w.\"'`])" + re.escape(name) + rb"[ \t]*[.(\[]")
    found = use.finditer(text, start, next(again, len(text)))
    return any(is_code_line(text, one.start()) for one in found)


def is_code_line(text: bytes, at: int) -> bool:
    """In a fence, an example, or indented as a literal block is."""
    return (
        bisect_right(fences(text), at) % 2 == 1
        or re.match(rb">>> |\.\.\. |[ ]{3}|\t", line_before(text, at)) is not None
    )


@lru_cache(maxsize=1)
def fences(text: bytes) -> list[int]:
    return [match.start() for match in re.finditer(rb"^[ \t]*(?:```|~~~)", text, re.M)]


def block_code(block: bytes, is_example: bool) -> str:
    if not is_example:
        return dedent(block.decode("utf-8", "replace"))
    lines = [match.group().lstrip() for match in EXAMPLE.finditer(block)]
    return "".join(f"{line[4:].decode('utf-8', 'replace')}\n" for line in lines)


def count_reads(code: str, name: str, new: str) -> int:
    """How often a name that the code imports is read in it; -1 where something else may have it, or the new one."""
    tree = parse_python(code.encode())
    if isinstance(tree, Unreadable):
        return -1
    nodes = [node for node in ast.walk(tree) if not isinstance(node, ast.keyword)]
    bound = [getattr(node, key, "") for node in nodes for key in ("arg", "name", "asname", "rest")]
    bound += [node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)]
    if bound.count(name) > 1 or new in bound:
        return -1
    return sum(isinstance(node, ast.Name) and node.id == name for node in nodes)


def line_before(text: bytes, at: int) -> bytes:
    """What stands before a place on its line."""
    return text[text.rfind(b"\n", 0, at) + 1 : at]


def paragraph_end(text: bytes, start: int) -> int:
    blank = re.compile(rb"\n[ \t\r]*\n").search(text, start)
    return blank.start() if blank else len(text)


def module_import_edits(text: bytes, rule: Replacement) -> Iterator[TextEdit]:
    """`import m` above uses of `m.Old` in the same block or command: the new module is imported there, or instead."""
    if rule.old.name is None or rule.old.module == rule.new.module:
        return
    module, new = rule.old.module.encode(), rule.new.module.encode()
    importing = IMPORTED + rb"(" + re.escape(module) + rb")(?=[ \t]*(?:[,;#\"'`\r]|$))"
    for match in re.finditer(importing, text, re.M):
        before = line_before(text, match.start())
        if FROM.search(before):
            continue
        end = (
            end_of_block(text, match.start(1))
            if PROMPT.fullmatch(before)
            else paragraph_end(text, match.end())
        )
        block = text[match.end() : end]
        uses = re.findall(rb"(?<![\w.])" + re.escape(module) + rb"\.(\w+)", block)
        if rule.old.name.encode() not in uses:
            continue
        if set(uses) == {rule.old.name.encode()}:
            yield TextEdit(*match.span(1), new)
        elif not re.search(rb"\bimport[ \t]+" + re.escape(new) + rb"\b", block):
            alone = IMPORT_LINE.fullmatch(before + text[match.start() : match.start(1)]) and LINE_END.match(
                text, match.end()
            )
            again = b"\n" + line_before(text, match.start(1)) if alone else b", "
            yield TextEdit(match.end(1), match.end(1), again + new)


def end_of_block(text: bytes, start: int) -> int:
    """Where the code ends that a line belongs to: at a fence, or at text that is indented less; behind the last
    example where it is one, since all of a text's examples share their names."""
    first = line_before(text, start)
    if b">>> " in first:
        return max(match.end() for match in EXAMPLE.finditer(text))
    indent = len(first) - len(first.lstrip(b" \t"))
    fenced = text[:start].count(b"\n```") % 2 or text.startswith(b"```")
    for line in re.finditer(rb"[^\n]*\n?", text[start:]):
        at, stripped = start + line.start(), line.group().strip()
        if line.start() == 0 or not stripped:
            continue
        inner = len(line.group()) - len(line.group().lstrip(b" \t"))
        if stripped.startswith((b"```", b"~~~")) or (not fenced and (inner < indent or inner == 0)):
            return at
    return len(text)


def imported_name(rule: Replacement, name: str, follows: bool) -> str:
    """`follows`: whether the uses below get the new name."""
    new = rule.new.name or name
    return new if follows or new == name else f"{new} as {name}"
