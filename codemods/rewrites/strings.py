"""Dotted names in string literals: `mock.patch` targets, `import_module`, settings."""

from __future__ import annotations

import re

from codemods.edit.file_rewrite import FileRewrite
from codemods.link.links import SymbolMatch
from codemods.model.example import Example
from codemods.model.facts import StringLiteral

DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*[.:][^\W\d]\w*(?:\.[^\W\d]\w*)*")
SINGLE = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


def decide(file: FileRewrite) -> None:
    for text in file.facts.strings:
        if text.context in ("patch", "module", "plain"):
            decide_text(file, text)


def decide_text(file: FileRewrite, text: StringLiteral) -> None:
    whole = SINGLE.fullmatch(text.value) if text.context == "module" else DOTTED.fullmatch(text.value)
    if whole is None:
        return
    parts = tuple(re.split(r"[.:]", text.value))
    tail = tuple(attribute.name for attribute in text.attributes)
    found = file.links.find_text((*parts, *tail))
    if found is None or (found.via_reexport and found.new_name is None):
        return
    kind = "string" if text.context == "plain" else text.context
    if not file.links.rules.strings:
        if kind != "string":
            file.add_site_at(text, kind, found, "strings are not asked for: add strings to `also`")
        return
    trouble = found.trouble or (
        "" if text.content_start >= 0 else "it is put together from parts, or has escapes"
    )
    if found.length > len(parts):
        trouble = trouble or tail_trouble(text, found, len(parts))
    file.add_site_at(text, kind, found, trouble)
    if not trouble:
        replace_name(file, text, found, len(parts))


def tail_trouble(text: StringLiteral, found: SymbolMatch, count: int) -> str:
    return "" if found.length == count + 1 else "the name is put together in a way that can't be followed"


def replace_name(file: FileRewrite, text: StringLiteral, found: SymbolMatch, count: int) -> None:
    if found.length > count:
        attribute = text.attributes[0]
        file.replace(text.content_start, text.content_start + len(text.value.encode()), found.new_module)
        name = (
            file.source.text[attribute.start : attribute.end].rindex(attribute.name.encode())
            + attribute.start
        )
        file.replace(name, attribute.end, found.new_name or attribute.name)
        return
    separators = [match.group() for match in re.finditer(r"[.:]", text.value)]
    taken = prefix_length(text.value, found.length)
    new = found.new_dotted
    if found.new_name and ":" in separators[: found.length - 1]:
        new = f"{found.new_module}:{found.new_name}"
    file.replace(text.content_start, text.content_start + len(text.value[:taken].encode()), new)


def prefix_length(value: str, count: int) -> int:
    ends = [match.start() for match in re.finditer(r"[.:]", value)]
    return ends[count - 1] if count - 1 < len(ends) else len(value)


EXAMPLES = (
    Example(
        "text that holds the name among others",
        'x = "see m.Old for more"\nlog("m.Old failed: %s")\n',
        strings=True,
    ),
    Example(
        "a docstring, a comment, code in a string",
        'def f():\n    """m.Old"""\n    # m.Old\n    run("from m import Old")\n',
        strings=True,
    ),
    Example("a longer name", 'patch("m.Older")\npatch("xm.Old")\n', strings=True),
    Example("`Literal` holds values, not names", 'x: Literal["m.Old"]\n', strings=False),
    Example("strings are not asked for", 'patch("m.Old")\n', note="add strings"),
    Example("put together from parts", 'patch("m." "Old")\n', strings=True, note="put together"),
    Example(
        "a patch target moves with the symbol", 'patch("m.Old.run")\n', 'patch("n.New.run")\n', strings=True
    ),
    Example(
        "a setting",
        'ENGINE = "m.Old"\nENTRY = "m:Old"\n',
        'ENGINE = "n.New"\nENTRY = "n:New"\n',
        strings=True,
    ),
    Example(
        "a module loaded by name, with what is taken of it",
        'importlib.import_module("m").Old\n',
        'importlib.import_module("n").New\n',
        strings=True,
    ),
    Example(
        "a patch of a consumer that keeps its name",
        'patch("c.Old")\n',
        strings=True,
        other_files={"c.py": "from m import Old\n"},
    ),
    Example(
        "a patch of a consumer moves when that binding is renamed",
        'patch("c.Old")\n',
        'patch("c.New")\n',
        strings=True,
        style="rename",
        other_files={"c.py": "from m import Old\n\nOld()\n"},
    ),
    Example(
        "a whole module",
        'import_module("a.b")\nsys.modules["a.b"]\npatch("a.b.keep")\n',
        'import_module("a.n")\nsys.modules["a.n"]\npatch("a.n.keep")\n',
        strings=True,
        replace=("a.b=a.n",),
        other_files={"a/n.py": "class Old: ...\ndef keep(): ...\n"},
    ),
)
