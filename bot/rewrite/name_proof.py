"""Whether every name still refers to what it did before, or to its replacement: by the compiled code of both."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import CodeType, MappingProxyType
from unicodedata import is_normalized

from codemods.link.links import Links
from codemods.link.patched_globals import find_patched
from codemods.link.symbol_match import call_target
from codemods.model.edits import TextEdit, spans_after
from codemods.model.modules import SCRIPT
from codemods.read.bytecode import NameQuery, Value, all_names, compile_text, names_in
from codemods.read.name_flow import ClassBinding, NameFlow, NameRead, name_flow
from codemods.read.source import Source, Unreadable, check_python, parses
from codemods.read.top_level import Excerpt

MANGLED = re.compile(r"\A_[^\W_]\w*?(?=__)")
"""What Python puts before a private name in a class."""
FALLBACKS = ("unbound", "builtin")
"""What an unbound name can be: being always bound now is fine."""


def changed_names(
    before: Source, after: Source, edits: Sequence[TextEdit], removed: Collection[TextEdit] = ()
) -> frozenset[str]:
    """All that the edits take away or write. `removed`: arguments that go, with the names in them."""
    names = names_in([before.text[edit.start : edit.end] for edit in edits if edit not in removed])
    return names | names_in([after.text[start:end] for start, end in spans_after(edits)])


def compile_held(source: Source, names: frozenset[str]) -> tuple[CodeType | None, Unreadable | None]:
    """The code of what holds the names, if this Python can compile it; and why the text, or the rest, doesn't parse."""
    held = held_parts(source, names)
    code = compile_text(held.text_with_gaps_closed)
    if code is None or (held.left_out and not parses(held.rest)):
        return None, check_python(source.text)
    return code, None


def held_parts(source: Source, names: frozenset[str]) -> Excerpt:
    """The whole where the names could stand in other spellings, too."""
    if "*" in names or not is_spelled_once(source):
        return Excerpt(source.text, ())
    return source.statements.holding(names | {MANGLED.sub("", name) for name in names})


def name_trouble(
    comparison: NameComparison,
    before: Source,
    after: Source,
    names: frozenset[str],
    held_after: CodeType | None,
) -> str | None:
    """Empty if all is well; None if this Python can't compile the file. What holds none of the names can't tell
    anything about them: the whole is compiled only where that is not enough."""
    held_trouble = None
    if "*" not in names and all(map(is_spelled_once, (before, after))):
        held = compile_text(held_parts(before, names).text_with_gaps_closed)
        held_trouble = trouble_between(comparison, names, held, held_after)
    if held_trouble == "":
        return ""
    trouble = trouble_between(comparison, names, compile_text(before.text), compile_text(after.text))
    return held_trouble if trouble is None else trouble


def is_spelled_once(source: Source) -> bool:
    """Whether every name is written as Python sees it: it takes `Ｏld` for `Old`."""
    return source.text.isascii() or is_normalized("NFKC", source.text.decode("utf-8", "replace"))


def trouble_between(
    comparison: NameComparison, names: frozenset[str], before: CodeType | None, after: CodeType | None
) -> str | None:
    links = comparison.links
    if before is None or after is None:
        return None
    if "*" in names:
        names |= all_names(before) | all_names(after)

    def absolute(level: int, module: str) -> str:
        found = links.modules.absolute(comparison.path, level, module)
        return found.removeprefix(SCRIPT) if found else f"{'.' * level}{module}"

    question = NameQuery(names, absolute, lambda module: _given_by_star(links, module))
    return comparison.trouble(name_flow(before, question), name_flow(after, question))


def _given_by_star(links: Links, module: str) -> frozenset[str] | None:
    defined = links.module_names.get(module)
    if defined is None or defined.incomplete:
        return None
    return frozenset(name for name in defined.names if defined.star_exports(name))


class NameComparison:
    """Before against after, by what the rules say replaces what."""

    def __init__(
        self, links: Links, path: str, loaded_modules: Mapping[str, tuple[str, str]] = MappingProxyType({})
    ) -> None:
        self.links, self.path, self.loaded_modules = links, path, loaded_modules
        self.own = frozenset(
            rule.new
            for rule in links.rules.replace
            if rule.new.name and path in links.modules.paths_by_name.get(rule.new.module, ())
        )
        """The new symbols that this very file defines."""
        moved = [use for use in links.members.get(path, ()) if not use.trouble]
        rules = [links.rules.members[use.rule_number] for use in moved]
        self.members = {rule.old: rule.new for rule in rules}
        """Names of members that change in this file."""
        self._equal_reads: set[tuple[object, ...]] = set()
        """Reads before and after of which one is what the other should be: most are like one before."""

    def trouble(self, before: NameFlow, after: NameFlow) -> str:
        for place in dict.fromkeys((*before.scopes, *after.scopes)):
            trouble = self._reads(before.reads.get(place, []), after.reads.get(place, []))
            trouble = trouble or self._compare_bindings(
                before.bound.get(place, []), after.bound.get(place, [])
            )
            if trouble:
                return trouble
        return ""

    def _reads(self, before: Sequence[NameRead], after: Sequence[NameRead]) -> str:
        for old, new in zip(before, after, strict=False):
            if trouble := self._read(old, new):
                return trouble
        if len(before) != len(after):
            longer = max(before, after, key=len)
            extra = longer[min(len(before), len(after))]
            return f"line {extra.line}: {extra.name} would be read where it wasn't, or no longer"
        return ""

    def _compare_bindings(self, before: Sequence[ClassBinding], after: Sequence[ClassBinding]) -> str:
        """What a class binds are its attributes: their names stay."""
        pairs = [(old.name, new.name) for old, new in zip(before, after, strict=False)]
        if len(before) != len(after) or any(new not in (old, self.members.get(old)) for old, new in pairs):
            at = (after or before)[0]
            return f"line {at.line}: the attributes of the class would change"
        for old, new in zip(before, after, strict=True):
            if trouble := self._read(
                NameRead(old.point, old.name, old.values, ()), NameRead(new.point, new.name, new.values, ())
            ):
                return trouble
        return ""

    def _read(self, old: NameRead, new: NameRead) -> str:
        key = (*old[1:], *new[1:])
        if key in self._equal_reads:
            return ""
        trouble = self._read_trouble(old, new)
        if not trouble:
            self._equal_reads.add(key)
        return trouble

    def _read_trouble(self, old: NameRead, new: NameRead) -> str:
        meant = [self._allowed_values(self._own(value, old.name, 0), old.attributes) for value in old.values]
        found = {self._reference(self._own(value, new.name, 1), new.attributes) for value in new.values}
        for one in found:
            if not any(one in those for those in meant):
                return f"line {new.line}: {new.name} would {_stands_for(one)}"
        for those in meant:
            if found.isdisjoint(those) and not any(one[0] in FALLBACKS for one in those):
                return f"line {new.line}: {new.name} would no longer {_stands_for(min(those))}"
        return ""

    def _own(self, value: Value, name: str, side: int) -> Value:
        """`side`: 0 before, 1 after."""
        if value[0] == "stored" and name in self.loaded_modules:
            return ("module", self.loaded_modules[name][side], "")
        if value[:2] in (("stored", ""), ("none", "")):
            for symbol in self.own:
                if symbol.name == name:
                    return ("symbol", symbol.module, name)
        if value[0] == "star" and (value[1], name) in self.links.symbols:
            return ("symbol", value[1], name)
        return value

    def _allowed_values(self, value: Value, attributes: tuple[str, ...]) -> set[Value]:
        """What this may be after the change."""
        found: set[Value] = set()
        for names in {attributes, tuple(self.members.get(name, name) for name in attributes)}:
            found.add(self._reference(value, names))
            parts = _parts(value, names)
            found.update(self._module_value(one) for one in (self._replacements_of(parts) if parts else ()))
        return found

    def _replacements_of(self, parts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        links = self.links
        found = links.find(parts) or find_patched(links, parts)
        if found is not None:
            yield (*found.new_dotted.split("."), *parts[found.length :])
            target = call_target(links.rule_of(found))
            if target is not None and len(parts) == found.length:
                yield tuple(target.dotted.split("."))
        for rule in links.rules.replace:
            if parts == tuple(rule.old.module.split(".")):
                yield tuple(rule.new.module.split("."))
        for count in range(1, len(parts)):
            key, rest = (".".join(parts[:count]), parts[count]), parts[count + 1 :]
            for number in {links.symbols.get(key), links.aliases.get(key)} - {None}:
                rule = links.rules.replace[number or 0]
                yield (*rule.new.dotted.split("."), *rest)
                if key not in links.own_symbols or key[0] == rule.new.module:
                    yield (*parts[:count], rule.new.name or "", *rest)
                target = call_target(rule)
                if target is not None:
                    yield (*target.dotted.split("."), *rest)
            behind = links.reexports.get(key)
            if behind and behind != ".".join(parts[: count + 1]):
                yield from self._replacements_of((*behind.split("."), *rest))

    def _reference(self, value: Value, attributes: tuple[str, ...]) -> Value:
        parts = _parts(value, attributes)
        if parts:
            return self._module_value(parts)
        if value[0] in ("unbound", "none"):
            return value  # nothing is reached through it
        return (value[0], value[1], ".".join((value[2], *attributes)))

    def _module_value(self, parts: tuple[str, ...]) -> Value:
        """Under the first name of its module, where it has several."""
        modules = self.links.modules
        for count in range(len(parts), 0, -1):
            paths = modules.paths_by_name.get(".".join(parts[:count]))
            if paths:
                name = modules.name_of(paths[0])
                return ("symbol", ".".join((name, *parts[count:])), "")
        return ("symbol", ".".join(parts), "")


def _parts(value: Value, attributes: tuple[str, ...]) -> tuple[str, ...]:
    """As one dotted name; empty for what no import has brought."""
    kind, first, second = value
    if kind == "module":
        return (*first.split("."), *attributes)
    return (*first.split("."), second, *attributes) if kind == "symbol" else ()


def _stands_for(value: Value) -> str:
    kind, first, _ = value
    if kind == "unbound":
        return "be bound to nothing"
    if kind == "builtin":
        return f"be the builtin {first}"
    if kind == "symbol":
        return f"be {first}"
    return "be what another statement binds"
