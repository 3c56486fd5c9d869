"""Dotted names in documentation and settings: Markdown, reStructuredText, TOML, YAML, INI.

Only whole dotted names, and import statements of names that all move; a bare word is prose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from functools import cached_property

from codemods.model.edits import TextEdit
from codemods.model.example import Example
from codemods.model.patterns import lazy_pattern
from codemods.model.records import record
from codemods.model.rules import Replacement, Rules
from codemods.model.site import Site
from codemods.rewrites.texts.document_imports import import_edits, module_import_edits
from codemods.rewrites.texts.document_leftovers import leftovers, tells_of_deprecation, values_equal_to

SUFFIXES = (".md", ".mdx", ".markdown", ".rst", ".toml", ".yaml", ".yml", ".ini", ".cfg")
PLANS = ".github/migrations/"
BEFORE = rb"(?<![\w./\\-])"
BEHIND = rb"(?![\w-])"
CODE_LINE = rb"^[ \t]*(?:>>> |\.\.\. )?"
NAME_FOLLOWS = lazy_pattern(
    rb"(?:\b(?:ignore|error|default|always|module|once):[^:\r\n\"']*|!!python/[\w/]+):\Z"
)
"""What stands before the category in `filterwarnings`, and before a Python name in YAML."""


@record
class DocumentRules:
    """The rules, prepared for a search in text."""

    rules: Rules
    unclear: Mapping[Replacement, str] = field(default_factory=dict)
    """Those that may mean something else where the text lies, and why."""
    is_prose: bool = True
    """Text for people, not settings."""
    found_by_name: Mapping[tuple[Replacement, str], str] = field(default_factory=dict)
    """Classes that a value of this file may stand for, with that value, and why."""

    @cached_property
    def needles(self) -> tuple[bytes, ...]:
        modules = dict.fromkeys(rule.old.module for rule in self.rules.replace)
        parents = (package for one in modules if (package := one.rpartition(".")[0]))
        below = (form for one in parents for form in (f"from {one} import", f"module:: {one}"))
        return tuple(one.encode() for one in (*modules, *(value for _, value in self.found_by_name), *below))

    def decide(self, text: bytes) -> tuple[list[TextEdit], list[Site]]:
        edits: dict[int, TextEdit] = {}
        sites: list[Site] = []
        for rule in self.rules.replace:
            for edit in document_edits(text, rule, self.rules):
                if overlaps(edit, edits.values()) or self.stays(text, edit, rule):
                    continue
                edits[edit.start] = edit
                sites.append(site_at(text, edit.start, rule))
            for start, why in () if rule.is_of_member else leftovers(text, rule, self.is_prose):
                if not overlaps(TextEdit(start, start + 1, b""), edits.values()):
                    sites.append(site_at(text, start, rule, why))
        for rule, why in self.unclear.items():
            sites += [site_at(text, edit.start, rule, why) for edit in document_edits(text, rule, self.rules)]
        sites += self.sites_of_values(text)
        return [edits[start] for start in sorted(edits)], sorted(
            sites, key=lambda site: (site.line, site.column)
        )

    def sites_of_values(self, text: bytes) -> Iterator[Site]:
        for (rule, value), why in self.found_by_name.items():
            yield from (site_at(text, start, rule, why) for start in values_equal_to(text, value))

    def stays(self, text: bytes, edit: TextEdit, rule: Replacement) -> bool:
        return self.is_prose and not self.rules.history and tells_of_deprecation(text, edit.start, rule)


def overlaps(edit: TextEdit, others: Iterable[TextEdit]) -> bool:
    return any(other.start < edit.end and edit.start < other.end for other in others)


def site_at(text: bytes, start: int, rule: Replacement, trouble: str = "") -> Site:
    line = text.count(b"\n", 0, start) + 1
    column = start - (text.rfind(b"\n", 0, start) + 1)
    return Site(line, column, "doc", str(rule.old), not trouble, trouble)


PLAN = lazy_pattern(rb"^replace:(?:[\s\[{-]|#[^\n]*\n){1,200}old:\s", re.M)


def is_plan(path: str, text: bytes) -> bool:
    """Also one that lies elsewhere, as the command line takes it."""
    is_yaml = path.endswith((".yml", ".yaml"))
    return path.startswith(PLANS) or (is_yaml and PLAN.search(text) is not None)


def is_document(path: str) -> bool:
    """Whether the file is documentation. A migration's plan isn't: it has to keep naming what it replaces."""
    return path.endswith(SUFFIXES) and not path.startswith(PLANS)


def document_edits(text: bytes, rule: Replacement, rules: Rules) -> Iterator[TextEdit]:
    yield from dotted_name_edits(text, rule)
    yield from import_edits(text, rule, rules)
    yield from module_import_edits(text, rule)


def dotted_name_edits(text: bytes, rule: Replacement) -> Iterator[TextEdit]:
    module = re.escape(rule.old.module.encode())
    if rule.old.name is None:
        end = rb"(?=[.:]\w)" if "." not in rule.old.module else BEHIND
        if "." not in rule.old.module:
            for match in re.finditer(
                CODE_LINE + rb"(?:from|import)[ \t]+(" + module + rb")(?= import \w| as \w|[ \t\r]*$)",
                text,
                re.M,
            ):
                yield TextEdit(*match.span(1), rule.new.module.encode())
        for match in re.finditer(BEFORE + module + end, text):
            if not follows_colon(text, match.start()):
                yield TextEdit(*match.span(), rule.new.module.encode())
        return
    name = re.escape(rule.old.name.encode())
    for match in re.finditer(BEFORE + module + rb"([.:])" + name + BEHIND, text):
        if follows_colon(text, match.start()):
            continue
        new = rule.new.module.encode() + match.group(1) + (rule.new.name or "").encode()
        yield TextEdit(*match.span(), new)


def follows_colon(text: bytes, at: int) -> bool:
    """Whether a colon before it makes it another thing's part, and not that of a filter or a tag."""
    line_start = text.rfind(b"\n", 0, at) + 1
    return text[at - 1 : at] == b":" and not NAME_FOLLOWS.search(text, line_start, at)


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
    Example(
        "a later block of code goes on with the name: it stays for that",
        "```python\nfrom m import Old\n\nOld()\n```\n\nOld things.\n\n```python\nOld.run()\n```\n",
        "```python\nfrom n import New as Old\n\nOld()\n```\n\nOld things.\n\n```python\nOld.run()\n```\n",
        style="rename",
        path="docs/use.md",
        docs=True,
    ),
    Example(
        "a later block of code imports it again",
        "```python\nfrom m import Old\n\nOld()\n```\n\n```python\nfrom m import Old\n\nOld.run()\n```\n",
        "```python\nfrom n import New\n\nNew()\n```\n\n```python\nfrom n import New\n\nNew.run()\n```\n",
        style="rename",
        path="docs/use.md",
        docs=True,
    ),
    Example(
        "Markdown with components",
        "<Note>\n\n```python\nfrom m import Old\n\nOld()\n```\n\n</Note>\n",
        "<Note>\n\n```python\nfrom n import New\n\nNew()\n```\n\n</Note>\n",
        style="rename",
        path="docs/use.mdx",
        docs=True,
    ),
    Example(
        "what an import in a block of code brings is used below it",
        "Old is old.\n\n```python\nfrom m import Old, keep\n\nx = Old(Old=1)  # Old\n```\n\nOld as well.\n",
        "Old is old.\n\n```python\nfrom m import keep\nfrom n import New\n\nx = New(Old=1)  # Old\n```\n\nOld as well.\n",
        style="rename",
        path="README.md",
        docs=True,
    ),
    Example(
        "the name is bound again below, or stands in a formatted string: it stays",
        "```python\nfrom m import Old\n\ndef f(Old=Old): return Old\n```\n\n"
        '```python\nfrom m import Old\nprint(f"{Old.y}")\n```\n\nUse `from m import Old`.\n',
        "```python\nfrom n import New as Old\n\ndef f(Old=Old): return Old\n```\n\n"
        '```python\nfrom n import New as Old\nprint(f"{Old.y}")\n```\n\nUse `from n import New`.\n',
        style="rename",
        path="README.md",
        docs=True,
    ),
    Example(
        "an example that is run",
        "Use::\n\n    >>> from m import Old\n    >>> Old().run()\n    1\n\nOld it is.\n",
        "Use::\n\n    >>> from n import New\n    >>> New().run()\n    1\n\nOld it is.\n",
        style="rename",
        path="docs/use.rst",
        docs=True,
    ),
    Example(
        "the examples of a text share their names",
        "Use it.\n\n>>> from m import Old\n>>> x = Old()\n\nOld it is:\n\n>>> Old().run()\n1\n",
        "Use it.\n\n>>> from n import New\n>>> x = New()\n\nOld it is:\n\n>>> New().run()\n1\n",
        style="rename",
        path="docs/use.rst",
        docs=True,
    ),
    Example(
        "the import of a module above its uses",
        "```python\nimport m\nm.Old()\n```\n\n```python\nimport m\nm.Old(m.keep)\n```\n",
        "```python\nimport n\nn.New()\n```\n\n```python\nimport m\nimport n\nn.New(m.keep)\n```\n",
        path="README.md",
        docs=True,
    ),
    Example(
        "a command imports it and uses it",
        "steps:\n  - run: python -c 'from m import Old; Old()'\n  - run: python -c 'from m import Old'\n",
        "steps:\n  - run: python -c 'from n import New as Old; Old()'\n  - run: python -c 'from n import New'\n",
        style="rename",
        path="ci.yaml",
        docs=True,
    ),
    Example(
        "a command of several pieces",
        'start = ["from m import Old", "Old()"]\n',
        'start = ["from n import New as Old", "Old()"]\n',
        style="rename",
        path="settings.toml",
        docs=True,
    ),
    Example(
        "a command imports the module",
        "run = python -c 'import m; m.Old()'\n\ntry = python -c 'import sys, m; m.Old(m.keep)'\n",
        "run = python -c 'import n; n.New()'\n\ntry = python -c 'import sys, m, n; n.New(m.keep)'\n",
        path="tox.ini",
        docs=True,
    ),
    Example(
        "a filter of warnings",
        "[pytest]\nfilterwarnings =\n    ignore::m.Old\n    error:some text:m.Old:m\n",
        "[pytest]\nfilterwarnings =\n    ignore::n.New\n    error:some text:n.New:m\n",
        path="pytest.ini",
        docs=True,
    ),
    Example(
        "a Python name in YAML",
        "engine: !!python/name:m.Old\n",
        "engine: !!python/name:n.New\n",
        path="settings.yaml",
        docs=True,
    ),
    Example(
        "a filter of warnings of a module that moves",
        "[pytest]\nfilterwarnings =\n    ignore::a.b.Old\n",
        "[pytest]\nfilterwarnings =\n    ignore::a.n.Old\n",
        replace=("a.b=a.n",),
        path="pytest.ini",
        docs=True,
    ),
    Example("a setting", "engine: m.Old\n", "engine: n.New\n", path="settings.yaml", docs=True),
)
