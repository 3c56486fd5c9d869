"""Access that is built at run time: keywords of `patch.multiple`, parts of names, code in strings, tables.

What can't be proved is left as it is, and listed.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice, takewhile
from operator import attrgetter

from codemods.edit.file_rewrite import FileRewrite
from codemods.link.links import SymbolMatch, dotted_meanings
from codemods.model.example import Example
from codemods.model.facts import LOAD, Mention, StringLiteral
from codemods.model.rules import Replacement
from codemods.rewrites.computed_names import is_computed

LAZY_MODULE = re.compile(
    rb"^(?:async )?def __getattr__\b|\b__getattr__\s*[,=]|modules\s*\[\s*__name__\s*\]", re.M
)


def decide(file: FileRewrite) -> None:
    for text in file.facts.strings:
        note_of = NOTES.get(text.context)
        for rule in file.links.rules.replace if note_of else ():
            note = note_of(file, text, rule) if note_of else ""
            if note:
                file.add_site(text.line, text.column, "dynamic", str(rule.old), False, note)
                break
    report_other_names(file)


# ---- a module with a name beside it


def named_attribute(file: FileRewrite, text: StringLiteral, rule: Replacement) -> str:
    """`spec(m, "Old")`, `patch.multiple(m, Old=…)`."""
    if not any(is_of_rule(file, match, rule) for match in matches_of(file, text)):
        return ""
    if text.context == "keyword":
        return f"it names {rule.old.dotted} by a keyword; rename that together with the module before it"
    return f"it takes {rule.old.dotted} by a string; rename that together with the module before it"


def matches_of(file: FileRewrite, text: StringLiteral) -> Iterator[SymbolMatch]:
    if text.owner_start < 0:
        found = file.find(tuple(text.value.split(".")))
        yield from [found] if found else []
        return
    mentions = file.facts.mentions
    first = bisect_left(mentions, text.owner_start, key=attrgetter("start"))
    for mention in takewhile(lambda one: one.start == text.owner_start, islice(mentions, first, None)):
        for parts in dotted_meanings(file.links.modules, file.path, file.facts, mention):
            found = file.find((*parts, text.value))
            if found and found.length > len(parts) - len(mention.attributes):
                yield found


def is_of_rule(file: FileRewrite, match: SymbolMatch, rule: Replacement) -> bool:
    """Whether it disappears with the old symbol; what a re-export keeps does not."""
    return (
        match.new_name is not None
        and file.links.rule_of(match) == rule
        and (not match.via_reexport or match.reached_through in file.links.old_modules)
    )


def other_name_of_module(file: FileRewrite) -> Iterator[tuple[int, int, SymbolMatch]]:
    """`x = m`, then `x.Old`."""
    names = {(one.name, one.scope) for one in file.facts.alias_assignments}
    for mention in file.facts.mentions if names else ():
        home = file.facts.binding_scope(mention.name, mention.scope)
        if (mention.name, home) in names and mention.attributes:
            for parts in dotted_meanings(file.links.modules, file.path, file.facts, mention):
                match = file.find(parts)
                if match and match.length > len(parts) - len(mention.attributes):
                    yield mention.line, mention.column, match


def report_other_names(file: FileRewrite) -> None:
    covered = {(site.line, site.column) for site in file.sites}
    for line, column, match in other_name_of_module(file):
        if (line, column) in covered:
            continue
        rule = file.links.rule_of(match)
        if is_of_rule(file, match, rule):
            note = f"it reaches {rule.old.dotted} through another name of the module"
            file.add_site(line, column, "dynamic", match.old_symbol, False, note)
    report_passed_modules(file)


def report_passed_modules(file: FileRewrite) -> None:
    """`for x in (m, other): x.Old`: a module that is passed on as a value, and an attribute of something unknown."""
    names = {rule.old.name: rule for rule in file.links.rules.replace if rule.old.name}
    found = [
        (mention, names[attribute.name])
        for mention in file.facts.mentions
        for attribute in mention.attributes
        if attribute.name in names and is_unknown(file, mention)
    ]
    passed = passed_modules(file) if found else set()
    for mention, rule in found:
        if rule.old.module in passed:
            note = f"it may reach {rule.old.dotted} through another name of the module"
            file.add_site(mention.line, mention.column, "dynamic", str(rule.old), False, note)


def passed_modules(file: FileRewrite) -> set[str]:
    """The deprecated modules that are given to something as a value."""
    owners = {text.owner_start for text in file.facts.strings}
    return {
        module
        for mention in file.facts.mentions
        if mention.role == LOAD and mention.start not in owners
        for parts in dotted_meanings(file.links.modules, file.path, file.facts, mention)
        if (module := ".".join(parts)) in file.links.old_modules and not is_computed(file, mention)
    }


def is_unknown(file: FileRewrite, mention: Mention) -> bool:
    return not any(True for _ in dotted_meanings(file.links.modules, file.path, file.facts, mention))


# ---- code and tables


def code_in_string(file: FileRewrite, text: StringLiteral, rule: Replacement) -> str:
    """Code that imports the symbol, or that is evaluated and names it."""
    if rule.old.name is None:
        return ""
    module, name = re.escape(rule.old.module), rf"\b{re.escape(rule.old.name)}\b"
    dotted = rf"(?<![\w.]){module}\.{re.escape(rule.old.name)}\b"
    imports = rf"\bfrom\s+{module}\s+import\b[^\n;]*(?:\([^)]*)?{name}"
    whole = rf"\bimport\s+{module}\b(?s:.*){dotted}"
    evaluated = rf"|{dotted}" if text.context == "code" else ""
    if re.search(rf"{imports}|{whole}{evaluated}", text.value):
        return f"code in a string names {rule.old.dotted}"
    return ""


def entry_of_table(file: FileRewrite, text: StringLiteral, rule: Replacement) -> str:
    """A name that a module's `__getattr__` may give, as lazy imports do."""
    if text.value == rule.old.name and LAZY_MODULE.search(file.source.text):
        last = rule.old.module.rpartition(".")[2].encode()
        if re.search(rb"\b" + re.escape(last) + rb"\b", file.source.text):
            return f"this module gives names when they are asked for; {text.value} may be {rule.old.dotted}"
    return code_in_string(file, text, rule)


def getter(file: FileRewrite, text: StringLiteral, rule: Replacement) -> str:
    """`attrgetter("Old")`, where the file has the module."""
    names = [binding.name for binding in file.bindings if ".".join(binding.origin) == rule.old.module]
    taken = text.value.split(".")
    if not names or rule.old.name not in taken:
        return ""
    behind = taken[: taken.index(rule.old.name)]
    named = not behind or behind[-1] in {*names, rule.old.module.rpartition(".")[2]}
    if named or rule.old.module in passed_modules(file):
        return f"it may take {rule.old.dotted} by a string"
    return ""


NOTES = {
    "argument": named_attribute,
    "keyword": named_attribute,
    "code": code_in_string,
    "doc": code_in_string,
    "plain": entry_of_table,
    "patch": code_in_string,
    "getter": getter,
}
"""By the context of a string: why it needs manual work."""

EXAMPLES = (
    Example(
        "another module's", 'import other\n\nf(other, "Old")\npatch.multiple(other, Old=1)\nx = ".Old"\n'
    ),
    Example(
        "a getter of something else's attribute",
        'import m\n\nattrgetter("x.Old")(y)\nTABLE = {"Old": "label"}\n',
    ),
    Example("prose", '"""See m.Old."""\nprint("m.Old failed: import it")\n'),
    Example("a dotted name that some function takes", 'f(x, "m.Old")\n', 'f(x, "n.New")\n', strings=True),
    Example(
        "one of several keywords of `patch.multiple`",
        "import m\n\npatch.multiple(m, Old=1, keep=2)\n",
        note="by a keyword",
    ),
    Example(
        "one of several keywords of `patch.multiple`, with the module as a string",
        'patch.multiple("m", Old=1, keep=2)\n',
        note="by a keyword",
    ),
    Example(
        "`DEFAULT` is given back under the keyword",
        "import m\n\nwith patch.multiple(m, Old=DEFAULT) as found: ...\n",
        note="by a keyword",
    ),
    Example(
        "a name beside its module, in a call of something unknown",
        'import m\n\nstub(m, "Old")\n',
        note="by a string",
    ),
    Example("a getter", 'import m\n\nsort(m, key=attrgetter("Old"))\n', note="by a string"),
    Example(
        "a module that is passed on as a value",
        "import m\n\nfor x in (m, other):\n    x.Old()\n",
        note="it may reach m.Old through another name of the module",
    ),
    Example(
        "code that is evaluated",
        'exec("from m import Old; Old()")\neval("m.Old()")\n',
        note="code in a string",
    ),
    Example(
        "code that runs elsewhere",
        'run([sys.executable, "-c", "import m; m.Old()"])\n',
        note="code in a string",
    ),
    Example(
        "an example in a docstring",
        'def f():\n    """\n    >>> from m import Old\n    >>> Old()\n    """\n',
        note="code in a string",
    ),
    Example(
        "a table of lazy imports",
        'LAZY = {"Old": ".m"}\n\n\ndef __getattr__(name):\n    return load(LAZY[name], name)\n',
        path="p.py",
        note="when they are asked for",
    ),
)
