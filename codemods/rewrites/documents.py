"""Dotted names in documentation and settings: Markdown, reStructuredText, TOML, YAML, INI.

Only whole dotted names, and import statements of names that all move; a bare word is prose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from codemods.model.edits import TextEdit
from codemods.model.example import Example
from codemods.model.rules import Replacement, Rules
from codemods.model.site import Site

SUFFIXES = (".md", ".markdown", ".rst", ".toml", ".yaml", ".yml", ".ini", ".cfg")
PLANS = ".github/migrations/"
BEFORE = rb"(?<![\w./:\\-])"
BEHIND = rb"(?![\w-])"
IMPORT = re.compile(
    rb"\bfrom[ \t]+([\w.]+)[ \t]+import[ \t]+(\w+(?:[ \t]*,[ \t]*\w+)*)(?=[ \t]*(?:$|[\r\n#`\"';]))", re.M
)


@dataclass(frozen=True)
class DocumentRules:
    """The rules as they are looked for in text."""

    rules: Rules

    @cached_property
    def needles(self) -> tuple[bytes, ...]:
        return tuple(dict.fromkeys(rule.old.module.encode() for rule in self.rules.replace))

    def decide(self, text: bytes) -> tuple[list[TextEdit], list[Site]]:
        edits: dict[int, TextEdit] = {}
        sites: list[Site] = []
        for rule in self.rules.replace:
            for edit in (*dotted_name_edits(text, rule), *import_edits(text, rule, self.rules)):
                if not any(other.start < edit.end and edit.start < other.end for other in edits.values()):
                    edits[edit.start] = edit
                    line = text.count(b"\n", 0, edit.start) + 1
                    column = edit.start - (text.rfind(b"\n", 0, edit.start) + 1)
                    sites.append(Site(line, column, "doc", str(rule.old), True))
        return [edits[start] for start in sorted(edits)], sorted(
            sites, key=lambda site: (site.line, site.column)
        )


def is_document(path: str) -> bool:
    """A migration's plan is none: it has to go on naming what it replaces."""
    return path.endswith(SUFFIXES) and not path.startswith(PLANS)


def dotted_name_edits(text: bytes, rule: Replacement) -> Iterator[TextEdit]:
    module = re.escape(rule.old.module.encode())
    if rule.old.name is None:
        end = rb"(?=[.:]\w)" if "." not in rule.old.module else BEHIND
        for match in re.finditer(BEFORE + module + end, text):
            yield TextEdit(*match.span(), rule.new.module.encode())
        return
    name = re.escape(rule.old.name.encode())
    for match in re.finditer(BEFORE + module + rb"([.:])" + name + BEHIND, text):
        new = rule.new.module.encode() + match.group(1) + (rule.new.name or "").encode()
        yield TextEdit(*match.span(), new)


def import_edits(text: bytes, rule: Replacement, rules: Rules) -> Iterator[TextEdit]:
    if rule.old.name is None:
        return
    moved = {r.old.name: r for r in rules.replace if r.old.module == rule.old.module and r.old.name}
    for match in IMPORT.finditer(text):
        names = [name.strip().decode() for name in match.group(2).split(b",")]
        if match.group(1).decode() != rule.old.module or not all(name in moved for name in names):
            continue
        if len({moved[name].new.module for name in names}) == 1:
            listed = ", ".join(imported_name(moved[name], name) for name in names)
            yield TextEdit(*match.span(), f"from {rule.new.module} import {listed}".encode())


def imported_name(rule: Replacement, name: str) -> str:
    new = rule.new.name or name
    return f"{new} as {name}" if rule.style == "as" and new != name else new


EXAMPLES = (
    Example("a bare word is prose", "Old things, `Old`, and m.Older.\n", path="README.md", docs=True),
    Example("a path or an address", "see src/m.Old and https://x.org/m.Old\n", path="README.md", docs=True),
    Example("documentation is not asked for", "Use `m.Old`.\n", path="README.md"),
    Example(
        "a whole dotted name",
        "Use `m.Old`, as in m.Old.run().\n",
        "Use `n.New`, as in n.New.run().\n",
        path="README.md",
        docs=True,
    ),
    Example(
        "an entry point",
        '[project.scripts]\nrun = "m:Old"\n',
        '[project.scripts]\nrun = "n:New"\n',
        path="pyproject.toml",
        docs=True,
    ),
    Example(
        "an import in a block of code",
        "```python\nfrom m import Old\n```\n",
        "```python\nfrom n import New\n```\n",
        style="rename",
        path="docs/use.rst",
        docs=True,
    ),
    Example("a setting", "engine: m.Old\n", "engine: n.New\n", path="settings.yaml", docs=True),
)
