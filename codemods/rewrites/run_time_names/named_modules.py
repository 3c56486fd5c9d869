"""A module that a file names by a string, and a name of it that is taken in some other way. It needs manual work."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codemods.edit.file_rewrite import FileRewrite
from codemods.link.import_meanings import dotted_meanings
from codemods.model.example import Example
from codemods.model.facts import ASSIGNED, PATCHED
from codemods.model.patterns import lazy_pattern
from codemods.model.rules import Replacement
from codemods.rewrites.run_time_names.dynamic_access import (
    attributes_of_results,
    module_of,
    strings_equal_to,
    unknown_owners,
)

Place = tuple[int, int]
LOADED_MODULES = lazy_pattern(
    rb"\bsys\s*\.\s*modules\b|[\"']sys\.modules[\"']|\bfrom[ \t]+sys[ \t]+import\b[^\n]*\bmodules\b"
)
FILLED_IN = rb"(?:\$\{?\w+\}?|\{[^{}\s]*\}|%s|%\(\w+\)s)"
"""What takes something else's place in a text: `$name`, `{name}`, `%s`."""


def decide(file: FileRewrite) -> None:
    for rule in file.links.rules.replace:
        module = tuple(rule.old.module.split("."))
        if rule.old.name and rule.old.module not in file.module_names and file.meaning(module) == module:
            covered = {site.line for site in file.sites if site.symbol == str(rule.old)}
            for (line, column), note in places_of(file, rule):
                if line not in covered:
                    covered.add(line)
                    file.add_site(line, column, "dynamic", str(rule.old), False, note)


def places_of(file: FileRewrite, rule: Replacement) -> Iterator[tuple[Place, str]]:
    """The text is read only where the facts say that it may matter: most files of a scan are not read again."""
    name, module = rule.old.name or "", rule.old.module
    named = [(one.line, one.column) for one in file.facts.strings if one.value == module]
    note = f"it uses {module} in sys.modules, where what is migrated uses {rule.new.module}"
    yield from ((one, note) for one in named if is_in_loaded_modules(file, module, one[0]))
    note = f"it replaces {module} as a whole, where what is migrated uses {rule.new.module}"
    yield from ((place, note) for place in replaced_modules(file, module))
    if named:
        note = f"a string names {module}, and this may be {rule.old.dotted}"
        places = [(one.line, one.column) for one in strings_equal_to(file, name)] if "." in module else []
        yield from ((place, note) for place in (*places, *unknown_attributes(file, name)))
    note = f"it may reach {rule.old.dotted} through its package"
    yield from ((place, note) for place in names_below_package(file, module, name))
    if any(name in one.value and "import" in one.value for one in file.facts.strings):
        note = f"code in a string is put together when it runs; it may import {rule.old.dotted}"
        found = imports_in_templates(file.source.text, module, name)
        yield from ((place_of(file, at), note) for at in found)
    if next(strings_equal_to(file, name), None):
        note = f"code is put together when it runs; it may import {rule.old.dotted}"
        yield from ((place_of(file, at), note) for at in names_in_templates(file.source.text, module))


def replaced_modules(file: FileRewrite, module: str) -> Iterator[Place]:
    """`patch("a.b")`, `patch.object(a, "b")`, `a.b = fake`"""
    for text in file.facts.strings:
        if text.context == "patch" and text.owner_start < 0 and text.value == module:
            yield text.line, text.column
    named = {text.owner_start: text.value for text in file.facts.strings if text.flags & (PATCHED | ASSIGNED)}
    for mention in file.facts.mentions:
        if mention.flags & ASSIGNED or mention.start in named:
            tail = (named[mention.start],) if mention.start in named else ()
            for parts in dotted_meanings(file.links.modules, file.path, file.facts, mention):
                if ".".join((*parts, *tail)) == module:
                    yield mention.line, mention.column


def is_in_loaded_modules(file: FileRewrite, module: str, line: int) -> bool:
    """Whether `sys.modules` stands before it, so near that it may be one of its keys."""
    start = file.source.line_starts[line - 1]
    near = 2_000 if "." in module else 120
    end = file.source.text.find(b"\n", start)
    return LOADED_MODULES.search(file.source.text, max(0, start - near), max(start, end)) is not None


def place_of(file: FileRewrite, at: int) -> Place:
    return file.source.position(at)


def unknown_attributes(file: FileRewrite, name: str) -> Iterator[Place]:
    yield from ((one.line, one.column) for one in unknown_owners(file, name))
    yield from attributes_of_results(file, name)


def may_be_taken(file: FileRewrite, name: str) -> bool:
    loose = any(one.name == name for one in file.facts.loose_attributes)
    return loose or next(unknown_owners(file, name), None) is not None


def names_below_package(file: FileRewrite, module: str, name: str) -> Iterator[Place]:
    """`getattr(p, "m").Old`, `reduce(getattr, ["m", "Old"], p)`, in a file that has the package."""
    package, _, last = module.rpartition(".")
    origins = {module_of(file, one) for one in file.bindings}
    taken = any(name in one.value for one in file.facts.strings) or may_be_taken(file, name)
    if not taken or not any(f"{origin}.".startswith(f"{package}.") for origin in origins if package):
        return
    text, quotes = file.source.text, rb"[\"']"
    if not any(quote + last.encode() in text for quote in (b"'", b'"')):
        return
    whole = quotes + f"{last}.{name}".encode() + rb"(?:\.[\w.]+)?" + quotes
    beside = quotes + last.encode() + quotes + rb"\s*,\s*(?=" + quotes + name.encode() + quotes + rb")"
    for match in re.finditer(whole + rb"|" + beside, text):
        yield place_of(file, match.start())
    if re.search(rb"\bgetattr\s*\([^()\n]*" + quotes + last.encode() + quotes, text):
        yield from unknown_attributes(file, name)
        for match in re.finditer(rb"\)\s*,\s*" + quotes + name.encode() + quotes, text):
            yield place_of(file, match.start())


def names_in_templates(text: bytes, module: str) -> Iterator[int]:
    """`"from p.q import {name}"`"""
    if any(form in text for form in (b"{", b"$", b"%")):
        head = rb"\bfrom[ \t]+" + re.escape(module.encode()) + rb"[ \t]+import[ \t]+"
        yield from (match.start() for match in re.finditer(head + FILLED_IN, text))


def imports_in_templates(text: bytes, module: str, name: str) -> Iterator[int]:
    """`f"from p.{name} import Old"`"""
    head = rb"\bfrom[ \t]+(?P<module>[\w.]*" + FILLED_IN + rb"(?:[\w.]|" + FILLED_IN + rb")*)[ \t]+import\b"
    for match in re.finditer(head + rb"[^\n;#\\]*?\b" + name.encode() + rb"\b", text):
        fixed = re.split(FILLED_IN, match["module"])
        if re.fullmatch(rb".*".join(map(re.escape, fixed)), module.encode()):
            yield match.start()


RULE = ("a.b:Old=a.n:New",)
EXAMPLES = (
    Example("another module's name", 'load("a.c")\nx.Old()\nf("Old")\n', replace=RULE),
    Example("nothing of the symbol", 'load("a.b")\nx.keep()\n', replace=RULE),
    Example("something else of the package", 'import a.c\n\nlog("b")\nx.Old()\n', replace=RULE),
    Example("a template for another module", 'exec(f"from c.{name} import Old")\n', replace=RULE),
    Example(
        "a function of any name that loads it",
        'load("a.b").Old()\n',
        replace=RULE,
        note="a string names a.b, and this may be a.b.Old",
    ),
    Example(
        "its name and the symbol's, as arguments with keywords",
        'load(module="a.b", name="Old")\n',
        replace=RULE,
        note="a string names a.b, and this may be a.b.Old",
    ),
    Example(
        "a test puts something else in its place",
        'def test():\n    with patch.dict("sys.modules", {"a.b": Mock()}):\n        run()\n',
        replace=RULE,
        note="it uses a.b in sys.modules, where what is migrated uses a.n",
    ),
    Example(
        "a test puts something else in its place, by a keyword",
        'def test():\n    with patch.dict("sys.modules", m=Mock(Old=1)):\n        run()\n',
        note="it uses m in sys.modules, where what is migrated uses n",
    ),
    *(
        Example(
            f"a test replaces the whole module: `{fake}`",
            f"import a.b\n\n{fake}\nOld\n",
            replace=RULE,
            note="it replaces a.b as a whole, where what is migrated uses a.n",
        )
        for fake in ('patch("a.b").start()', 'patch.object(a, "b").start()', "a.b = fake")
    ),
    Example(
        "a test sets what is loaded",
        'import sys\n\ndef test(monkeypatch):\n    monkeypatch.setitem(sys.modules, "a.b", Mock())\n',
        replace=RULE,
        note="it uses a.b in sys.modules, where what is migrated uses a.n",
    ),
    Example(
        "an attribute of its package by a string",
        'import a.b\n\ngetattr(a, "b").Old()\n',
        replace=RULE,
        note="it may reach a.b.Old through its package",
    ),
    Example(
        "the parts of its name in a list",
        'import a.b\n\nreduce(getattr, ["b", "Old"], a)\n',
        replace=RULE,
        note="it may reach a.b.Old through its package",
    ),
    Example(
        "a getter of the package",
        'import a.b\n\nattrgetter("b.Old.x")(a)\n',
        replace=RULE,
        note="a.b.Old",
    ),
    Example(
        "code that is put together, with a name that is a string elsewhere",
        'CODE = "from a.b import {name}"\n\nexec(CODE.format(name="Old"))\n',
        replace=RULE,
        note="it may import a.b.Old",
    ),
    Example(
        "code that is put together",
        'exec(f"from a.{name} import Old")\n',
        replace=RULE,
        note="it may import a.b.Old",
    ),
)
