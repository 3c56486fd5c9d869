"""What each mention of an old name is that nothing migrates: kept on purpose, something else of that name, manual work.

It looks at the text alone: the references have been found already, and this says what the rest is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Literal

from codemods.model.records import record
from codemods.model.rules import Replacement, Rules
from codemods.model.site import Site
from codemods.rewrites.texts.document_leftovers import SETTINGS, is_history, tells_of_deprecation
from codemods.rewrites.texts.documents import is_document, is_plan
from codemods.rewrites.texts.other_files import PYTHON_SUFFIXES, is_python_script, is_text, word

Outcome = Literal["manual", "unexplained", "on purpose", "something else"]
UNEXPLAINED_KINDS = ("mention", "unbound")
SHOWN_LINES = 20
MOST_MENTIONS = 5_000
"""Mentions of one name in a file that are looked at one by one; further ones are taken for what the last of them is."""
NEAR = 200
"""How many bytes before a mention bear on it."""
STRING_OR_COMMENT = (
    rb"#[^\n]*"
    rb'|"""(?:[^"\\]|\\.|"(?!""))*"""'
    rb"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    rb'|"(?:[^"\\\n]|\\.)*"'
    rb"|'(?:[^'\\\n]|\\.)*'"
)
FROM = re.compile(
    rb"^[ \t]*from[ \t]+([.\w]+)[ \t]+import\b[ \t]*(?:\([^)]*|[^\n(\\]*(?:\\\n[^\n\\]*)*)", re.M
)
PLAIN_IMPORT = re.compile(rb"[ \t]*import\b")
ATTRIBUTE_OF = re.compile(rb"([\w.\]\)\"']*)\s*\.\s*\Z")
DEFINITION = re.compile(rb"\b(?:class|def)[ \t]+\Z")
KEYWORD = re.compile(rb"[(,][ \t\r\n]*\Z")


Explanation = tuple[Outcome, str, str]


@record
class MentionGroup:
    """Mentions in one file that have the same explanation."""

    path: str
    symbol: str
    outcome: Outcome
    why: str
    which: str
    """What else of that name is meant, where that is known."""
    lines: tuple[int, ...]
    """The first of them."""
    count: int


@record
class MentionedFile:
    path: str
    data: bytes
    sites: Sequence[Site]
    defines_old: bool = False
    """Whether it is a deprecated module."""
    said_by_line: dict[tuple[int, Replacement], Explanation | Literal["migrated"] | None] = field(
        default_factory=dict, repr=False, compare=False
    )
    """What its references say, as far as it was asked for."""

    @cached_property
    def line_starts(self) -> list[int]:
        return [0, *accumulate(map(len, self.data.splitlines(keepends=True)))]

    @cached_property
    def sites_by_line(self) -> dict[int, list[Site]]:
        found: dict[int, list[Site]] = {}
        for site in self.sites:
            found.setdefault(site.line, []).append(site)
        return found

    @property
    def is_python(self) -> bool:
        return self.path.endswith(PYTHON_SUFFIXES) or is_python_script(self.data)

    @cached_property
    def from_imports(self) -> list[tuple[int, int, str]]:
        """Where each `from` import starts and ends, and its module."""
        return [
            (*match.span(), match.group(1).decode("utf-8", "replace")) for match in FROM.finditer(self.data)
        ]

    def imported_from(self, at: int) -> str:
        """The module of the `from` import that a place is in; empty where it is in none."""
        number = bisect_right(self.from_imports, (at, 0, "")) - 1
        if number < 0:
            return ""
        start, end, module = self.from_imports[number]
        return module if start <= at < end else ""

    def line(self, at: int) -> int:
        return bisect_right(self.line_starts, at)

    def before_on_line(self, at: int) -> bytes:
        """What stands close before a place: a line may be as long as the file."""
        return self.data[max(self.line_starts[self.line(at) - 1], at - NEAR) : at]

    def is_in_plain_import(self, at: int) -> bool:
        return PLAIN_IMPORT.match(self.data, self.line_starts[self.line(at) - 1], at) is not None


@dataclass
class Explanations:
    """Of one file, grouped."""

    file: MentionedFile
    lines: dict[tuple[str, Outcome, str, str], list[int]] = field(default_factory=dict)

    def add(self, at: int, symbol: str, explanation: Explanation) -> None:
        self.lines.setdefault((symbol, *explanation), []).append(self.file.line(at))

    def groups(self) -> Iterator[MentionGroup]:
        for key, lines in self.lines.items():
            yield MentionGroup(self.file.path, *key, tuple(lines[:SHOWN_LINES]), len(lines))


def mention_needles(rules: Rules) -> tuple[bytes, ...]:
    """What a file with a mention holds."""
    found = [form for rule in rules.replace for form in forms_of(rule)]
    return tuple(dict.fromkeys(found))


def forms_of(rule: Replacement) -> list[bytes]:
    if rule.old.name:
        return [rule.old.name.encode()]
    module = rule.old.module
    return [form.encode() for form in dict.fromkeys((module, module.replace(".", "/")))]


def explain_mentions(file: MentionedFile, rules: Rules) -> tuple[MentionGroup, ...]:
    found = Explanations(file)
    for rule in rules.replace:
        if not any(form in file.data for form in forms_of(rule)):
            continue
        if not is_text(file.data):
            found.add(0, str(rule.old), ("on purpose", "the file is binary", ""))
        elif file.is_python:
            explain_python(found, rules, rule)
        else:
            explain_text(found, rules, rule)
    return tuple(found.groups())


def pattern_of(rule: Replacement) -> re.Pattern[bytes]:
    if rule.old.name:
        return word(rule.old.name)
    parts = [re.escape(part.encode()) for part in rule.old.module.split(".")]
    if len(parts) == 1:
        return re.compile(
            rb"(?<![\w.])(?:(?<=import )|(?<=from )|(?=" + parts[0] + rb"[.:/]\w))" + parts[0] + rb"(?!\w)"
        )
    return re.compile(rb"(?<![\w.])" + rb"[./]".join(parts) + rb"(?!\w)")


def from_sites(file: MentionedFile, at: int, rule: Replacement) -> Explanation | Literal["migrated"] | None:
    """What the references on a line say; None where there is none of this symbol."""
    line = file.line(at)
    if (line, rule) not in file.said_by_line:
        file.said_by_line[line, rule] = said_of_line(file.sites_by_line.get(line, ()), rule)
    return file.said_by_line[line, rule]


def said_of_line(on_line: Sequence[Site], rule: Replacement) -> Explanation | Literal["migrated"] | None:
    sites = [one for one in on_line if is_of(one, rule)]
    if not sites:
        return None
    left = next((site for site in sites if not site.safe), None)
    if left is None:
        return "migrated"
    return "unexplained" if left.kind in UNEXPLAINED_KINDS else "manual", left.note, ""


def is_of(site: Site, rule: Replacement) -> bool:
    old = str(rule.old)
    return site.symbol == old or site.symbol.startswith((f"{old}:", f"{old}."))


# ---- files that aren't Python


def explain_text(found: Explanations, rules: Rules, rule: Replacement) -> None:
    last: Explanation | None = None
    for number, match in enumerate(pattern_of(rule).finditer(found.file.data)):
        said = from_sites(found.file, match.start(), rule)
        if said != "migrated":
            if last is None or number < MOST_MENTIONS:
                last = text_explanation(found.file, rules, rule, match.start())
            found.add(match.start(), str(rule.old), said or last)


def text_explanation(file: MentionedFile, rules: Rules, rule: Replacement, at: int) -> Explanation:
    path = file.path
    if is_plan(path, file.data):
        return "on purpose", "the plan names what it replaces", ""
    if b"/" in file.data[at : at + len(rule.old.module)] and rule.old.name is None:
        return "on purpose", "the path of the module's file", ""
    if not is_document(path):
        return "something else", f"nothing in this file names {rule.old.module}", ""
    if is_history(path) and not rules.history:
        return "on purpose", "history is left alone unless the plan has `also: [history]`", ""
    listed = next(
        (one.note for one in file.sites if one.kind == "doc" and not one.safe and is_of(one, rule)), ""
    )
    if listed and file.before_on_line(at).endswith(b"."):
        return "manual", listed, ""
    if not rules.docs:
        return "on purpose", "documentation is left alone unless the plan has `also: [docs]`", ""
    if BoundNames(file, rule).keeps_name:
        return "on purpose", "the file keeps the old name for the new symbol", ""
    if path.endswith(SETTINGS):
        return "something else", "a bare word in settings", ""
    if not rules.history and tells_of_deprecation(file.data, at, rule):
        return "on purpose", "the text says what is deprecated or what replaces it", ""
    return "something else", "a bare word in documentation", ""


# ---- Python


def explain_python(found: Explanations, rules: Rules, rule: Replacement) -> None:
    file, pattern = found.file, pattern_of(rule)
    if all(from_sites(file, match.start(), rule) == "migrated" for match in pattern.finditer(file.data)):
        return
    names = BoundNames(file, rule)
    last: Explanation | None = None
    for number, (at, token, inner) in enumerate(mentions_in_python(file.data, pattern)):
        said = from_sites(file, at, rule)
        if said == "migrated":
            continue
        if last is None or number < MOST_MENTIONS:
            last = quoted_explanation(rules, rule, token, inner) if inner else names.explanation(at)
        found.add(at, str(rule.old), said or last)


def mentions_in_python(
    data: bytes, pattern: re.Pattern[bytes]
) -> Iterator[tuple[int, bytes, re.Match[bytes] | None]]:
    """Where they are, and for those in a string or a comment, that and the place in it."""
    scanner = re.compile(STRING_OR_COMMENT + rb"|" + pattern.pattern, re.DOTALL)
    for match in scanner.finditer(data):
        token = match.group()
        if token[:1] not in (b"#", b'"', b"'"):
            yield match.start(), token, None
            continue
        for inner in pattern.finditer(token):
            yield match.start() + inner.start(), token, inner


def quoted_explanation(rules: Rules, rule: Replacement, token: bytes, inner: re.Match[bytes]) -> Explanation:
    if token[:1] == b"#":
        left_alone = "comments are left alone unless the plan has `also: [docs]`"
        return "on purpose", "a bare word in a comment" if rules.docs else left_alone, ""
    text = token.strip(b"\"'")
    if text == inner.group() and rule.old.name:
        return "something else", "a string that only equals the name", ""
    if re.search(re.escape(rule.old.dotted.replace(":", ".").encode()), text) and not rules.strings:
        return "on purpose", "strings are left alone unless the plan has `also: [strings]`", ""
    return "on purpose", "text in a string", ""


@record
class BoundNames:
    """What a file calls by the old name."""

    file: MentionedFile
    rule: Replacement

    @cached_property
    def keeps_name(self) -> bool:
        """`from n import New as Old`, `Old = New`: what `as` and `alias` leave."""
        old, new = self.rule.old.name, self.rule.new.name
        if not old or not new:
            return False
        kept = rf"\b{re.escape(new)}\s+as\s+{re.escape(old)}\b|^\s*{re.escape(old)}\s*=\s*{re.escape(new)}\b"
        return re.search(kept.encode(), self.file.data, re.M) is not None

    @cached_property
    def migrated_import(self) -> bool:
        """Whether an import of it is migrated, so that other uses of the name follow or are kept."""
        return any(
            site.kind in ("import", "star") and site.safe and is_of(site, self.rule)
            for site in self.file.sites
        )

    @cached_property
    def other_origin(self) -> str:
        """The module that an import of the same name brings it from."""
        for match in word(self.rule.old.name or "").finditer(self.file.data):
            module = self.file.imported_from(match.start())
            if module and from_sites(self.file, match.start(), self.rule) is None:
                return module
        return ""

    @cached_property
    def known_at_run_time(self) -> str:
        """Why an attribute of that name may be the symbol, where the file loads a module that may be its own."""
        sites = (one for one in self.file.sites if one.kind == "dynamic" and is_of(one, self.rule))
        return next((one.note for one in sites if not one.safe), "")

    def explanation(self, at: int) -> Explanation:
        data, before = self.file.data, self.file.before_on_line(at)
        end = at + len(self.rule.old.name or self.rule.old.module)
        behind = data[end : end + 80]
        module = self.file.imported_from(at)
        if module:
            return self.of_import(module, before)
        if self.file.is_in_plain_import(at):
            return "something else", "an import of another module", ""
        owner = ATTRIBUTE_OF.search(before) if before.rstrip().endswith(b".") else None
        if owner and self.known_at_run_time:
            return "manual", self.known_at_run_time, ""
        if owner:
            whose = owner.group(1).decode("utf-8", "replace")
            return "something else", "an attribute of something else", whose if whose.isidentifier() else ""
        if self.file.defines_old:
            return "on purpose", f"{self.rule.old.module} defines it", ""
        if DEFINITION.search(before):
            return "something else", "a definition of that name in this file", ""
        if re.match(rb"[ \t]*=(?!=)", behind) and KEYWORD.search(data[max(0, at - NEAR) : at]):
            return "something else", "a keyword or a parameter", ""
        return self.of_name(before)

    def of_import(self, module: str, before: bytes) -> Explanation:
        new = self.rule.new.name
        if new and re.search(rb"\b" + re.escape(new.encode()) + rb"\s+as\s+\Z", before):
            return "on purpose", "the file keeps the old name for the new symbol", ""
        if self.file.defines_old:
            return "on purpose", f"{self.rule.old.module} passes it on", ""
        if self.rule.style != "rename":
            return "on purpose", "imported from a module that goes on offering the name", module
        return "something else", "imported from another module", module

    def of_name(self, before: bytes) -> Explanation:
        if self.keeps_name or self.migrated_import:
            return "on purpose", "the file keeps the old name for the new symbol", ""
        if self.other_origin:
            return "something else", "imported from another module", self.other_origin
        return "something else", "a name of this file's own", ""
