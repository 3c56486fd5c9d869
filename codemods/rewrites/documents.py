"""Dotted names in documentation and settings: Markdown, reStructuredText, TOML, YAML, INI.

Only whole dotted names, and import statements of names that all move; a bare word is prose.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from textwrap import dedent

from codemods.model.edits import TextEdit
from codemods.model.example import Example
from codemods.model.rules import Replacement, Rules
from codemods.model.site import Site
from codemods.read.source import Unreadable, parse_python
from codemods.rewrites.document_leftovers import leftovers, tells_of_deprecation

SUFFIXES = (".md", ".mdx", ".markdown", ".rst", ".toml", ".yaml", ".yml", ".ini", ".cfg")
PLANS = ".github/migrations/"
BEFORE = rb"(?<![\w./:\\-])"
BEHIND = rb"(?![\w-])"
PROMPT = re.compile(rb"[ \t]*(?:(?:>>>|\.\.\.) )?")
EXAMPLE = re.compile(rb"^[ \t]*(?:>>>|\.\.\.) [^\n]*", re.M)
CODE_LINE = rb"^[ \t]*(?:>>> |\.\.\. )?"
NAME_FOLLOWS = re.compile(
    rb"(?:\b(?:ignore|error|default|always|module|once):[^:\r\n\"']*|!!python/[\w/]+):\Z"
)
"""What stands before the category in `filterwarnings`, and before a Python name in YAML."""
IMPORT = re.compile(
    rb"\bfrom[ \t]+([\w.]+)[ \t]+import[ \t]+(\w+(?:[ \t]*,[ \t]*\w+)*)(?=[ \t]*(?:$|[\r\n#`\"';]))", re.M
)


@dataclass(frozen=True)
class DocumentRules:
    """The rules, prepared for a search in text."""

    rules: Rules
    unclear: Mapping[Replacement, str] = field(default_factory=dict)
    """Those that may mean something else where the text lies, and why."""
    is_prose: bool = True
    """Text for people, not settings."""

    @cached_property
    def needles(self) -> tuple[bytes, ...]:
        return tuple(dict.fromkeys(rule.old.module.encode() for rule in self.rules.replace))

    def decide(self, text: bytes) -> tuple[list[TextEdit], list[Site]]:
        edits: dict[int, TextEdit] = {}
        sites: list[Site] = []
        for rule in self.rules.replace:
            for edit in document_edits(text, rule, self.rules):
                if overlaps(edit, edits.values()) or self.stays(text, edit, rule):
                    continue
                edits[edit.start] = edit
                sites.append(site_at(text, edit.start, rule))
            for start, why in () if rule.is_of_member else leftovers(text, rule):
                if not overlaps(TextEdit(start, start + 1, b""), edits.values()):
                    sites.append(site_at(text, start, rule, why))
        for rule, why in self.unclear.items():
            sites += [site_at(text, edit.start, rule, why) for edit in document_edits(text, rule, self.rules)]
        return [edits[start] for start in sorted(edits)], sorted(
            sites, key=lambda site: (site.line, site.column)
        )

    def stays(self, text: bytes, edit: TextEdit, rule: Replacement) -> bool:
        return self.is_prose and not self.rules.history and tells_of_deprecation(text, edit.start, rule)


def overlaps(edit: TextEdit, others: Iterable[TextEdit]) -> bool:
    return any(other.start < edit.end and edit.start < other.end for other in others)


def site_at(text: bytes, start: int, rule: Replacement, trouble: str = "") -> Site:
    line = text.count(b"\n", 0, start) + 1
    column = start - (text.rfind(b"\n", 0, start) + 1)
    return Site(line, column, "doc", str(rule.old), not trouble, trouble)


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
            yield TextEdit(*match.span(), rule.new.module.encode())
        return
    name = re.escape(rule.old.name.encode())
    for match in re.finditer(rb"(?<![\w./\\-])" + module + rb"([.:])" + name + BEHIND, text):
        line_start = text.rfind(b"\n", 0, match.start()) + 1
        if text[match.start() - 1 : match.start()] == b":" and not NAME_FOLLOWS.search(
            text, line_start, match.start()
        ):
            continue
        new = rule.new.module.encode() + match.group(1) + (rule.new.name or "").encode()
        yield TextEdit(*match.span(), new)


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
    if not PROMPT.fullmatch(line_before(text, match.start())):
        return []  # in a sentence
    start = match.end()
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


def module_import_edits(text: bytes, rule: Replacement) -> Iterator[TextEdit]:
    """`import m` above uses of `m.Old` in the same block: the new module is imported there, or instead."""
    if rule.old.name is None or rule.old.module == rule.new.module:
        return
    module, new = rule.old.module.encode(), rule.new.module.encode()
    for match in re.finditer(CODE_LINE + rb"import[ \t]+(" + re.escape(module) + rb")[ \t]*\r?$", text, re.M):
        block = text[match.end() : end_of_block(text, match.start(1))]
        uses = re.findall(rb"(?<![\w.])" + re.escape(module) + rb"\.(\w+)", block)
        if rule.old.name.encode() not in uses:
            continue
        if set(uses) == {rule.old.name.encode()}:
            yield TextEdit(*match.span(1), new)
        elif not re.search(rb"\bimport[ \t]+" + re.escape(new) + rb"\b", block):
            again = b"\n" + line_before(text, match.start(1)) + new
            yield TextEdit(match.end(1), match.end(1), again)


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
    Example("a setting", "engine: m.Old\n", "engine: n.New\n", path="settings.yaml", docs=True),
)
