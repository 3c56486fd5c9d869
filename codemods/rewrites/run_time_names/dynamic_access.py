"""Access that is built at run time: keywords of `patch.multiple`, names beside their module, modules passed as values.

What can't be proved is left as it is, and listed.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice, takewhile
from operator import attrgetter

from codemods.edit.file_rewrite import FileRewrite
from codemods.edit.file_view import ImportBinding
from codemods.link.import_meanings import dotted_meanings
from codemods.link.symbol_match import SymbolMatch
from codemods.model.facts import LOAD, Mention, StringLiteral
from codemods.model.patterns import lazy_pattern
from codemods.model.rules import Replacement
from codemods.read.run_time_names.pickled_names import is_pickled
from codemods.rewrites.examples import dynamic_access as dynamic_access_examples
from codemods.rewrites.run_time_names.computed_names import is_computed

READS_NAMES = lazy_pattern(rb"\.__(?:qual)?name__\b")
OF_MODULE = lazy_pattern(rb"\.__module__\b")
SHOWS_OBJECTS = lazy_pattern(rb"\brepr\s*\(|\bstr\s*\(|!r\b|%r")
REPR = lazy_pattern(rb"\brepr\s*\(")
CLASS_SHOWN = r"(?s)<class '.*|[\w.]*(?:'>)?"
SHOWN = r"(?s)<(?:class ')?(?:[\w.]+\.)?{0}\b.*|(?:[\w.]+\.)?{0}(?:\(.*|'>)?"
"""What `repr` gives for an object or a class, or the end of it."""


def decide(file: FileRewrite) -> None:
    for text in file.facts.strings:
        note_of = NOTES.get(text.context)
        for rule in file.links.rules.replace if note_of else ():
            note = (note_of(file, text, rule) if note_of else "") or name_of_class(file, text, rule)
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
        found = file.find(tuple(text.value.replace(".__dict__", "").split(".")))
        yield from [found] if found else []
        return
    mentions = file.facts.mentions
    first = bisect_left(mentions, text.owner_start, key=attrgetter("start"))
    for mention in takewhile(lambda one: one.start == text.owner_start, islice(mentions, first, None)):
        for parts in dotted_meanings(file.links.modules, file.path, file.facts, mention):
            found = file.find((*(part for part in parts if part != "__dict__"), text.value))
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
    report_given_modules(file)


def report_given_modules(file: FileRewrite) -> None:
    """`get().Old`, where `get` of another file returns the module."""
    for given in file.links.given_modules.get(file.path, ()):
        for rule in file.links.rules.replace:
            if (given.module, given.name) == (rule.old.module, rule.old.name):
                note = f"it reaches {rule.old.dotted} through what {given.function} gives"
                if not any((one.line, one.symbol) == (given.line, str(rule.old)) for one in file.sites):
                    file.add_site(given.line, given.column, "dynamic", str(rule.old), False, note)


def report_passed_modules(file: FileRewrite) -> None:
    """`for x in (m, other): x.Old`: a module that is passed on as a value, and an attribute of something unknown."""
    passed = passed_modules(file)
    for rule in file.links.rules.replace if passed else ():
        if rule.old.name is None or rule.old.module not in passed:
            continue
        places = [(one.line, one.column) for one in unknown_owners(file, rule.old.name)]
        places += [(text.line, text.column) for text in strings_equal_to(file, rule.old.name)]
        for line, column in (*places, *attributes_of_results(file, rule.old.name)):
            note = f"it may reach {rule.old.dotted} through another name of the module"
            file.add_site(line, column, "dynamic", str(rule.old), False, note)


def unknown_owners(file: FileRewrite, name: str) -> Iterator[Mention]:
    for mention in file.facts.mentions:
        if any(one.name == name for one in mention.attributes) and is_unknown(file, mention):
            yield mention


def strings_equal_to(file: FileRewrite, name: str) -> Iterator[StringLiteral]:
    """`dict(getmembers(m))["Old"]`, `getattr(parameter, "Old")`, `exec("x.Old()", {"x": m})`"""
    known = {mention.start for mention in file.facts.mentions if not is_unknown(file, mention)}
    for text in file.facts.strings:
        loose = text.context == "attribute" and text.owner_start not in known
        is_name = text.value == name and (loose or text.context in ("plain", "item"))
        if is_name or (text.context == "code" and re.search(rf"\.\s*{re.escape(name)}\b", text.value)):
            yield text


def attributes_of_results(file: FileRewrite, name: str) -> Iterator[tuple[int, int]]:
    """`when(m).Old()`, `MODULES["m"].Old`"""
    for match in re.finditer(rb"[)\]]\s*\.\s*" + name.encode() + rb"\b", file.source.text):
        yield file.source.position(match.start())


def passed_modules(file: FileRewrite) -> set[str]:
    """The deprecated modules that are given to something as a value, or that a class imports."""
    owners = {text.owner_start for text in file.facts.strings}
    packages = {module.partition(".")[0] for module in file.links.old_modules}
    names = {one.name for one in file.bindings if one.origin[0] in packages}
    members = {".".join(one.origin) for one in file.bindings if file.facts.scopes[one.scope].kind == "class"}
    return (members & file.links.old_modules) | {
        module
        for mention in (file.facts.mentions if names else ())
        if mention.role == LOAD and mention.name in names and mention.start not in owners
        for parts in dotted_meanings(file.links.modules, file.path, file.facts, mention)
        if (module := ".".join(parts)) in file.links.old_modules and not is_computed(file, mention)
    }


def is_unknown(file: FileRewrite, mention: Mention) -> bool:
    return not any(True for _ in dotted_meanings(file.links.modules, file.path, file.facts, mention))


def item_of_module(file: FileRewrite, text: StringLiteral, rule: Replacement) -> str:
    """`m.REGISTRY["Old"]`"""
    if text.value != rule.old.name:
        return ""
    for mention in file.facts.mentions:
        if mention.start == text.owner_start:
            for parts in dotted_meanings(file.links.modules, file.path, file.facts, mention):
                heads = {".".join(parts[:count]) for count in range(1, len(parts))}
                if rule.old.module in heads:
                    return f"it may take {rule.old.dotted} by its name"
    return ""


def name_of_class(file: FileRewrite, text: StringLiteral, rule: Replacement) -> str:
    """`type(x).__name__ == "Old"`"""
    old, new = rule.old.name or "", rule.new.name or ""
    if text.context not in ("plain", "argument", "item"):
        return ""
    is_own = rule.old.module in file.module_names  # what the class itself gives stays
    if text.value == rule.old.module and old and not is_own and OF_MODULE.search(line_of(file, text)):
        return f"it may be compared with the module of {rule.old.dotted}, which becomes {rule.new.module}"
    if old == new:
        return ""
    shows = REPR if text.value == old else SHOWS_OBJECTS
    number = file.links.rules.replace.index(rule)
    if (
        not is_own
        and shows.search(file.source.text)
        and re.fullmatch(SHOWN.format(re.escape(old)), text.value)
        and not is_of_other_module(file, text.value, rule)
        and (number not in file.links.shown_alike or re.fullmatch(CLASS_SHOWN, text.value))
    ):
        return f"it may be how an object of {rule.old.dotted} is shown, which becomes {rule.new.name}"
    if number in file.links.registered_classes and (text.value == old or is_labelled(file, text, old)):
        return file.links.registered_classes[number].why
    if text.value == old and READS_NAMES.search(file.source.text):
        if new.endswith(old) and file.source.text.endswith(b".endswith(", 0, text.start):
            return ""
        return f"it may be compared with the name of {rule.old.dotted}, which becomes {rule.new.name}"
    return ""


def line_of(file: FileRewrite, text: StringLiteral) -> bytes:
    whole = file.source.text
    end = whole.find(b"\n", text.end)
    return whole[whole.rfind(b"\n", 0, text.start) + 1 : end if end >= 0 else len(whole)]


def is_of_other_module(file: FileRewrite, value: str, rule: Replacement) -> bool:
    """Whether it is the dotted name of something in another module."""
    module = value.rpartition(".")[0]
    return module != rule.old.module and file.links.modules.is_known(module)


def is_labelled(file: FileRewrite, text: StringLiteral, name: str) -> bool:
    """`"shop.Old"`, where that is no dotted name of a module."""
    label, _, last = text.value.rpartition(".")
    known = any((one.line, one.column) == (text.line, text.column) for one in file.sites)
    return last == name and label.isidentifier() and not known and not file.links.modules.is_known(label)


def loaded_top(file: FileRewrite, text: StringLiteral, rule: Replacement) -> str:
    """`__import__("a.b").b.Old`"""
    if rule.old.name is None:
        loads = f"{text.value}.".startswith(f"{rule.old.module}.")
        return f"it loads {text.value}, and gives {text.value.partition('.')[0]}" if loads else ""
    if text.value != rule.old.module:
        return ""
    taken = re.search(rb"(?:\.|[\"'])" + rule.old.name.encode() + rb"\b", file.source.text)
    return f"what it uses of {rule.old.module} is known only at run time" if taken else ""


def name_beside_module(file: FileRewrite, text: StringLiteral, rule: Replacement) -> str:
    """A name in a table of modules; of a module that gives names when they are asked for, lazy exports decide."""
    listed = any(one.symbol == str(rule.old) and one.line == text.line for one in file.sites)
    if text.value == rule.old.name and not listed and is_beside_module(file, text, rule.old.module):
        return f"it stands beside {rule.old.module}, and may be {rule.old.dotted}"
    return ""


def is_beside_module(file: FileRewrite, text: StringLiteral, module: str) -> bool:
    """`("m", "Old")`, `{"Old": "m"}`, `{"m": ["Old"]}`"""
    name = rb"[\"']" + re.escape(module.encode()) + rb"[\"']"
    before = file.source.text[max(0, text.start - len(module) - 40) : text.start]
    after = file.source.text[text.end : text.end + len(module) + 40]
    return bool(
        re.search(name + rb"\s*[,:]\s*[\[({]?\s*\Z", before) or re.match(rb"\s*:\s*[\[(]?\s*" + name, after)
    )


def getter(file: FileRewrite, text: StringLiteral, rule: Replacement) -> str:
    """`attrgetter("Old")`, where the file has the module."""
    names = [one.name for one in file.bindings if module_of(file, one) == rule.old.module]
    taken = text.value.split(".")
    if not names or rule.old.name not in taken:
        return ""
    behind = taken[: taken.index(rule.old.name)]
    named = not behind or behind[-1] in {*names, rule.old.module.rpartition(".")[2]}
    if named or rule.old.module in passed_modules(file):
        return f"it may take {rule.old.dotted} by a string"
    return ""


def module_of(file: FileRewrite, binding: ImportBinding) -> str:
    return file.alias(binding).name if binding.binds_root else ".".join(binding.origin)


def pickled(file: FileRewrite, text: StringLiteral, rule: Replacement) -> str:
    if is_pickled(text.value, rule.old.module, rule.old.name or ""):
        return f"a pickle loads {rule.old.dotted} by its name"
    return ""


NOTES = {
    "bytes": pickled,
    "argument": named_attribute,
    "keyword": named_attribute,
    "loaded top": loaded_top,
    "item": item_of_module,
    "plain": name_beside_module,
    "getter": getter,
}
"""By the context of a string: why it needs manual work."""


EXAMPLES = dynamic_access_examples.EXAMPLES
