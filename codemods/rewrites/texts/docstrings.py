"""Whole dotted names in docstrings and comments, where documentation is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codemods.edit.file_rewrite import FileRewrite
from codemods.model.edits import TextEdit
from codemods.model.example import Example
from codemods.model.patterns import lazy_pattern
from codemods.model.rules import Rules
from codemods.read.comments import comments
from codemods.rewrites.run_time_names.quoted_code import FENCE
from codemods.rewrites.texts.document_imports import EXAMPLE
from codemods.rewrites.texts.document_leftovers import tells_of_deprecation
from codemods.rewrites.texts.documents import dotted_name_edits

FENCED = lazy_pattern(FENCE.pattern.encode(), FENCE.flags & ~re.UNICODE)


def decide(file: FileRewrite) -> None:
    if file.path not in file.links.files_with_dotted_names:
        return
    text, rules = file.source.text, file.links.rules
    edits = [
        (str(rule.old), edit)
        for number, rule in enumerate(rules.replace)
        if not file.defines_old(number)
        for edit in dotted_name_edits(text, rule)
        if rules.history or not tells_of_deprecation(text, edit.start, rule)
        if not EXAMPLE.match(text, text.rfind(b"\n", 0, edit.start) + 1)
    ]
    code = [match.span() for match in FENCED.finditer(text) if b"import" in match["code"]] if edits else []
    spans = [(text.start, text.end) for text in file.facts.strings if text.context == "doc"]
    if any(not within(edit, spans) and behind_a_hash(file.source.text, edit) for _, edit in edits):
        spans += [(start, start + len(text.encode())) for start, text in comments(file.source)]
    for symbol, edit in edits:
        is_free = not any(one.start < edit.end and edit.start < one.end for one in file.edits)
        if within(edit, spans) and not within(edit, code) and is_free:
            file.add_site(*file.source.position(edit.start), "doc", symbol)
            file.edits.append(edit)


def within(edit: TextEdit, spans: list[tuple[int, int]]) -> bool:
    return any(start <= edit.start and edit.end <= end for start, end in spans)


def behind_a_hash(text: bytes, edit: TextEdit) -> bool:
    line = max(text.rfind(b"\n", 0, edit.start), text.rfind(b"\r", 0, edit.start)) + 1
    return b"#" in text[line : edit.start]


def dotted_needles(rules: Rules) -> Iterator[bytes]:
    """What a file with something to do here must hold."""
    for rule in rules.replace if rules.docs else ():
        for separator in ".:" if rule.old.name else "":
            yield f"{rule.old.module}{separator}{rule.old.name}".encode()
        if not rule.old.name:
            yield rule.old.module.encode()


EXAMPLES = (
    Example("documentation is not asked for", '"""See m.Old."""\n# m.Old\n'),
    Example("a bare word is prose", '"""Old things."""\n# the Old one, m.Older, x.m.Old\n', docs=True),
    Example(
        "the old module says what replaces it",
        'class Old:\n    """Deprecated: m.Old is now n.New."""\n',
        docs=True,
        path="m.py",
    ),
    Example("any other string is none", 'x = "see # m.Old for more"\ny = b"m.Old"\n', docs=True),
    Example(
        "an example that is run holds code, not names",
        'def f():\n    """\n    >>> m.Old()\n    """\n',
        docs=True,
    ),
    Example(
        "a docstring of a module, a class, a function",
        '"""See :class:`m.Old`."""\n\nclass C:\n    """m.Old."""\n    def f(self):\n        "m:Old"\n',
        '"""See :class:`n.New`."""\n\nclass C:\n    """n.New."""\n    def f(self):\n        "n:New"\n',
        docs=True,
    ),
    Example(
        "a comment",
        "x = 1  # as m.Old.run() has it\n# m.Old, m.Old\ny = '#'  # m.Old",
        "x = 1  # as n.New.run() has it\n# n.New, n.New\ny = '#'  # n.New",
        docs=True,
    ),
    Example(
        "beside code that is rewritten",
        'from m import Old\n\ndef f(x):\n    # type: (Old) -> m.Old\n    """As m.Old has it."""  # m.Old\n    Old()\n',
        'from n import New\n\ndef f(x):\n    # type: (New) -> n.New\n    """As n.New has it."""  # n.New\n    New()\n',
        style="rename",
        docs=True,
    ),
    Example(
        "a module's name",
        '"""See a.b.keep and a.bc."""\n# a.b\n',
        '"""See a.n.keep and a.bc."""\n# a.n\n',
        replace=("a.b=a.n",),
        docs=True,
    ),
)
