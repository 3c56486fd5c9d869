"""Names that are made of a class's own: `"visit_" + type(x).__name__`, `REGISTER[cls.__name__.lower()]`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Set
from typing import NamedTuple

from codemods.model.patterns import lazy_pattern
from codemods.read.comments import is_in_comment

FORMS = (b".__name__", b".__qualname__")
NEAR = 160
"""Bytes before and behind the name of a class that bear on it."""
OWNER = rb"(?:type\([^()\n]*\)|[\w.]+)\.__(?:qual)?name__"
CHANGE = rb"(?P<change>(?:\s*\.\s*\w+\([^()\n]*\))*)"
TEMPLATES = tuple(
    re.compile(form.replace(b"{NAME}", OWNER + CHANGE))
    for form in (
        rb"[fF][\"'](?P<prefix>\w*)\{{NAME}(?:![rs])?\}(?P<suffix>\w*)[\"']",
        rb"[\"'](?P<prefix>\w+)[\"']\s*\+\s*{NAME}(?:\s*\+\s*[\"'](?P<suffix>\w+)[\"'])?",
        rb"{NAME}\s*\+\s*[\"'](?P<suffix>\w+)[\"']",
        rb"[\"'](?P<prefix>\w*)%s(?P<suffix>\w*)[\"']\s*%\s*\(?\s*{NAME}",
        rb"[\"'](?P<prefix>\w*)\{\w*\}(?P<suffix>\w*)[\"']\s*\.\s*format\(\s*{NAME}",
    )
)
LOOKS_UP = lazy_pattern(rb"\b(?:getattr|hasattr|globals|vars|import_module|import_string|__dict__|locate)\b")
INSIDE = rb"(?P<inside>(?:(?!\]\s*[=:,\]]|\b(?:in|for|if)\b)[^\n]){0,100}?)"
TABLES = (
    re.compile(
        rb"(?P<table>[A-Za-z_]\w{2,})\s*(?:\[|\.\s*(?:get|pop|setdefault)\()" + INSIDE + OWNER + CHANGE
    ),
    re.compile(
        rb"(?P<table>[A-Za-z_]\w*)\s*(?::[^=\n]*)?=\s*\{\s*(?P<inside>)(?P<each>\w+)\.__(?:qual)?name__"
        + CHANGE
        + rb"\s*:\s*(?P=each)\b"
    ),
)
STORES = lazy_pattern(rb"[^\]\n]*\]\s*=(?!=)")
QUOTED = lazy_pattern(rb"[\"']([^\"'\n]*)[\"']")
CAPITAL = lazy_pattern(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class MadeName(NamedTuple):
    """What is put around the name of a class, or the table in which something has it for a key."""

    prefix: str
    suffix: str
    table: str
    change: str
    """What the name goes through before; empty where it stays as it is."""
    is_kept: bool = False
    """Whether the table is filled there."""

    def names(self, name: str) -> frozenset[str]:
        return frozenset(f"{self.prefix}{one}{self.suffix}" for one in forms_of(name, self.change))


def made_names(data: bytes) -> frozenset[MadeName]:
    found: set[MadeName] = set()
    looks_up = LOOKS_UP.search(data) is not None if any(form in data for form in FORMS) else False
    for form in FORMS:
        at = data.find(form)
        while at >= 0:
            start = max(data.rfind(b"\n", 0, at) + 1, at - NEAR)
            end = data.find(b"\n", at)
            window = data[start : min(end if end >= 0 else len(data), at + NEAR)]
            found.update(made_in(window, at - start, looks_up=looks_up))
            at = data.find(form, at + 1)
    return frozenset(found)


def made_in(window: bytes, at: int, *, looks_up: bool) -> Iterator[MadeName]:
    for pattern in TEMPLATES if looks_up else ():
        for match in pattern.finditer(window):
            parts = match.groupdict(b"")
            prefix, suffix = parts.get("prefix") or b"", parts["suffix"] or b""
            is_looked_up = prefix or LOOKS_UP.search(window) is not None
            if match.start() <= at < match.end() and (prefix or suffix) and is_looked_up:
                yield MadeName(
                    prefix.decode(), suffix.decode(), "", parts["change"].decode("utf-8", "replace")
                )
    for pattern in TABLES:
        for match in pattern.finditer(window):
            if match.start() <= at < match.end():
                change = match["inside"].strip() + match["change"].strip()
                is_kept = pattern is not TABLES[0] or STORES.match(window, match.end()) is not None
                yield MadeName("", "", match["table"].decode(), change.decode("utf-8", "replace"), is_kept)


def forms_of(name: str, change: str) -> Set[str]:
    """What may become of a name: all ways in which its words are written, where it doesn't stay as it is."""
    if not change:
        return {name}
    found = {name}
    for piece in QUOTED.findall(change.encode()):
        text = piece.decode()
        if text and name not in (text, ""):
            found |= {name.removesuffix(text), name.removeprefix(text)}
    forms: set[str] = set()
    for one in found:
        words = CAPITAL.sub("_", one).lower()
        forms |= {one, one.lower(), one.upper(), words, words.upper(), words.replace("_", "-")}
    return forms - {name}


def places_of_names(data: bytes, names: Collection[str]) -> Iterator[tuple[int, str]]:
    """Where something is defined under one of these names, or has it for all of a string."""
    either = b"|".join(re.escape(one.encode()) for one in sorted(names, key=len, reverse=True))
    pattern = re.compile(rb"\b(?:def|class)[ \t]+(" + either + rb")\b|([\"'])(" + either + rb")\2")
    for match in pattern.finditer(data) if names else ():
        if not is_in_comment(data, match.start()):
            yield match.start(), (match[1] or match[3]).decode()


def places_of_keys(data: bytes, table: str, keys: Collection[str]) -> Iterator[tuple[int, str]]:
    """Where a table is asked for one of these keys, or written out with them."""
    word, either = re.escape(table.encode()), b"|".join(re.escape(one.encode()) for one in sorted(keys))
    quoted = rb"[\"'](?P<key>" + either + rb")[\"']"
    taken = (
        rb"\b"
        + word
        + rb"\s*(?:\[|\.\s*\w+\()\s*"
        + quoted
        + rb"|"
        + quoted.replace(b"key", b"other")
        + rb"\s+(?:not\s+)?in\s+(?:\w+\.)*"
        + word
        + rb"\b"
    )
    written_out = re.search(rb"\b" + word + rb"\b[^=\n]{0,80}=\s*[\w.]*[{(]", data) is not None
    pattern = re.compile(
        taken + (rb"|" + quoted.replace(b"key", b"item") + rb"\s*:" if written_out else rb"")
    )
    for match in pattern.finditer(data) if keys else ():
        if not is_in_comment(data, match.start()):
            key = next(filter(None, match.groupdict().values()))
            yield match.start(), key.decode()
