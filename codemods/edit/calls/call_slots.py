"""Where the arguments of a call stand, with their parentheses, commas and comments; and lists of arguments as edits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from codemods.model.edits import TextEdit
from codemods.model.facts import Argument
from codemods.model.patterns import lazy_pattern

PIECE = lazy_pattern(rb"#[^\r\n]*|\\\r?\n|[\s(]+|[),]")
INDENTED = lazy_pattern(rb"[ \t]*")


class Slot(NamedTuple):
    """The place of one argument."""

    start: int
    end: int
    """With the parentheses around it, without its comma."""
    comma: int
    """Behind its comma; -1 where there is none."""


class CallText(NamedTuple):
    opening: int
    """Behind the opening parenthesis."""
    slots: tuple[Slot, ...]
    closing: int
    """The closing parenthesis."""


def call_text(text: bytes, callee_end: int, arguments: Sequence[Argument], end: int) -> CallText | None:
    """None where an argument is a bare generator, which shares the call's parentheses."""
    opening = text.find(b"(", skip_to_parenthesis(text, callee_end))
    if arguments and arguments[0].start <= opening:
        return None
    slots = []
    at = opening + 1
    for argument in arguments:
        start = first_code(text, at, argument.start)
        slot_end, comma = behind(text, argument.end, end - 1)
        slots.append(Slot(start, slot_end, comma))
        at = comma if comma >= 0 else slot_end
    return CallText(opening + 1, tuple(slots), end - 1)


def skip_to_parenthesis(text: bytes, at: int) -> int:
    """Over what may stand between a callee and the parenthesis: those around the callee, comments, line ends."""
    while match := re.compile(rb"[\s)]+|#[^\r\n]*|\\\r?\n").match(text, at):
        at = match.end()
    return at


def first_code(text: bytes, at: int, until: int) -> int:
    while at < until and (match := re.compile(rb"\s+|#[^\r\n]*|\\\r?\n").match(text, at)):
        at = match.end()
    return min(at, until)


def behind(text: bytes, at: int, closing: int) -> tuple[int, int]:
    """The end of an argument behind its own parentheses, and what is behind its comma."""
    end = at
    while at < closing and (match := PIECE.match(text, at)):
        piece = match.group()
        at = match.end()
        if piece == b")":
            end = at
        elif piece == b",":
            return end, at
    return end, -1


def removal(text: bytes, call: CallText, numbers: Sequence[int]) -> list[TextEdit] | None:
    """Removes these arguments with their commas; None where a comment would go with them."""
    kept = [number for number in range(len(call.slots)) if number not in numbers]
    edits: list[TextEdit] = []
    for number in numbers:
        slot = call.slots[number]
        following = next((one for one in kept if one > number), None)
        if following is not None:
            edits.append(TextEdit(slot.start, call.slots[number + 1].start, b""))
            continue
        last = call.slots[-1]
        if kept:
            edits.append(TextEdit(call.slots[kept[-1]].end, last.end, b""))
        else:
            edits.append(TextEdit(slot.start, last.comma if last.comma >= 0 else last.end, b""))
        break
    lost = any(b"#" in text[edit.start : edit.end] for edit in edits)
    return None if lost else edits


def addition(text: bytes, call: CallText, kept: Sequence[int], added: Sequence[str]) -> list[TextEdit]:
    """Appends arguments behind the kept ones: on lines of their own where the last one has its own."""
    if not kept:
        at = call.slots[0].start if call.slots else call.opening
        return [TextEdit(at, at, ", ".join(added).encode())]
    slot = call.slots[kept[-1]]
    line_start = text.rfind(b"\n", 0, slot.start) + 1
    own_line = line_start >= call.opening and not text[line_start : slot.start].strip()
    if not own_line or kept[-1] != len(call.slots) - 1:
        return [TextEdit(slot.end, slot.end, "".join(f", {one}" for one in added).encode())]
    indent = INDENTED.match(text, line_start)
    margin = b"\n" + (indent.group() if indent else b"")
    if text[line_start - 2 : line_start] == b"\r\n":
        margin = b"\r" + margin
    lines = b"".join(margin + one.encode() + b"," for one in added)
    end_of_line = text.find(b"\n", max(slot.comma, slot.end))
    end_of_line -= text[end_of_line - 1 : end_of_line] == b"\r"
    if slot.comma >= 0:
        rest = text[slot.comma : end_of_line].strip()
        if end_of_line < call.closing and (not rest or rest.startswith(b"#")):
            return [TextEdit(end_of_line, end_of_line, lines)]
        return [TextEdit(slot.end, slot.end, "".join(f", {one}" for one in added).encode())]
    if end_of_line < call.closing:
        return [TextEdit(slot.end, slot.end, b","), TextEdit(end_of_line, end_of_line, lines[:-1])]
    return [TextEdit(slot.end, slot.end, b"," + lines[:-1])]
