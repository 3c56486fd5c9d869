"""One file as the rules see it: what its names, imports and mentions mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from codemods.link.import_meanings import origin_of
from codemods.link.links import Links
from codemods.link.patched_globals import find_patched, state_troubles
from codemods.link.symbol_match import SymbolMatch
from codemods.link.symbol_table import NEIGHBOUR
from codemods.model.facts import DECLARED, LOAD, PATCHED, Alias, FileFacts, Import, Mention, StringLiteral
from codemods.model.modules import SCRIPT
from codemods.model.patterns import lazy_pattern
from codemods.model.records import record
from codemods.read.run_time_names.evaluated_names import (
    is_word_in_strings,
    owners_in_strings,
)
from codemods.read.source import Source
from codemods.read.top_level import word_starts

RUN_AS_SCRIPT = lazy_pattern(rb"\A#!|^if[ \t]+__name__[ \t]*==", re.M)


def is_script(text: bytes) -> bool:
    """Whether a file says that it is run by itself."""
    return RUN_AS_SCRIPT.search(text) is not None


@record
class ImportBinding:
    """A name that an import statement binds, and what it means."""

    statement: int
    alias: int
    name: str
    scope: int
    origin: tuple[str, ...]
    binds_root: bool
    """`import a.b`: only the first component is bound."""
    match: SymbolMatch | None

    def brings(self, match: SymbolMatch) -> bool:
        """Whether it is an import of the very symbol that replaces the old one."""
        origin = (self.origin[0].removeprefix(SCRIPT), *self.origin[1:])
        return origin == (*match.new_module.split("."), match.new_name or "") and not self.binds_root


@dataclass
class FileView:
    path: str
    source: Source
    facts: FileFacts
    links: Links

    @cached_property
    def module_names(self) -> tuple[str, ...]:
        return self.links.modules.names_by_path.get(self.path, ())

    @cached_property
    def bindings(self) -> tuple[ImportBinding, ...]:
        return tuple(self.read_bindings())

    def read_bindings(self) -> Iterator[ImportBinding]:
        for number, statement in enumerate(self.facts.imports):
            if statement.is_star:
                continue
            for index, alias in enumerate(statement.aliases):
                origin = origin_of(self.links.modules, self.path, statement, alias.name, alias.asname)
                if origin is None:
                    continue
                root = statement.module is None and alias.asname is None
                dotted = tuple(alias.name.split(".")) if root else origin
                match = self.find(dotted, len(dotted) if statement.module is None else len(dotted) - 1)
                if match and match.length < len(alias.name.split(".") if root else origin):
                    match = None
                if match and match.as_script:
                    match = None if self.is_only_imported else self.as_script(statement, match)
                yield ImportBinding(number, index, alias.bound_name, statement.scope, origin, root, match)

    def find(self, parts: tuple[str, ...], known_modules: int = 0) -> SymbolMatch | None:
        """As `Links.find`, for a name as this file sees it."""
        return self.seen_from_here(self.links.find(self.meaning(parts), known_modules))

    def find_patched(self, parts: tuple[str, ...]) -> SymbolMatch | None:
        """As `Links.find_patched`. Of a file, all that belongs to one symbol follows it, or nothing does."""
        match = find_patched(self.links, self.meaning(parts)) if self.links.patched_globals else None
        return match and replace(
            match, trouble=match.trouble or self.state_troubles.get(match.rule_number, "")
        )

    @cached_property
    def state_troubles(self) -> dict[int, str]:
        """By a rule's number: why its symbol can't be replaced in this file, which changes or uses what that reads."""
        return state_troubles(self.links, self.path, self.facts)

    def patch_trouble(self, text: StringLiteral, match: SymbolMatch) -> str:
        """Why a string that names what a test replaces can't name the new symbol."""
        is_patch = text.context == "patch" or text.flags & PATCHED
        old = self.links.rules.replace[match.rule_number].old
        is_own = old.name is not None and match.reached_through == old.module
        return self.links.late_readers.get(match.rule_number, "") if is_patch and is_own else ""

    def find_text(self, parts: tuple[str, ...]) -> SymbolMatch | None:
        """As `Links.find_text`, for a dotted string as this file sees it."""
        return self.seen_from_here(self.links.find_text(self.meaning(parts)))

    def meaning(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        return self.links.modules.meaning(self.path, parts)

    def seen_from_here(self, match: SymbolMatch | None) -> SymbolMatch | None:
        modules = self.links.modules
        if match is not None and match.rule_number in self.state_troubles:
            match = replace(match, trouble=match.trouble or self.state_troubles[match.rule_number])
        if match is None or match.new_module not in modules.rivals.by_name:
            return match
        here = modules.module_meant_by(self.path, match.new_module)
        if here == match.new_module:
            return match
        paths = modules.paths_by_name.get(here, ("one of several modules",))
        return replace(match, trouble=match.trouble or f"from here, {match.new_module} means {paths[0]}")

    @cached_property
    def is_only_imported(self) -> bool:
        """Whether it can't be run as a script: a relative import, outside of any block, would fail there."""
        return any(one.level and one.scope == 0 and one.column == 0 for one in self.facts.imports)

    def as_script(self, statement: Import, match: SymbolMatch) -> SymbolMatch:
        """A script's import of a module beside it can become one of another module beside it."""
        modules = self.links.modules
        importable = modules.beside(self.path, match.new_module) or not modules.is_known(match.new_module)
        alone = not modules.is_package_folder(self.path) or is_script(self.source.text)
        if match.trouble == NEIGHBOUR and statement.module and not statement.is_star and importable and alone:
            return replace(match, trouble="")
        return match

    @cached_property
    def bindings_by_name(self) -> dict[tuple[int, str], list[ImportBinding]]:
        groups: dict[tuple[int, str], list[ImportBinding]] = {}
        for binding in self.bindings:
            groups.setdefault((binding.scope, binding.name), []).append(binding)
        return groups

    def homes_below(self, name: str) -> list[int]:
        """The scopes within the module's in which imports bind the name."""
        return [scope for scope, bound in self.bindings_by_name if scope and bound == name]

    @cached_property
    def mentions_by_scope(self) -> dict[tuple[int, str], list[Mention]]:
        """Mentions by the scope that binds them."""
        groups: dict[tuple[int, str], list[Mention]] = {}
        for mention in self.facts.mentions:
            home = self.facts.binding_scope(mention.name, mention.scope)
            if mention.role == DECLARED:
                home = 0 if self.facts.scopes[mention.scope].declared.get(mention.name) == "global" else home
            groups.setdefault((home, mention.name), []).append(mention)
        return groups

    @cached_property
    def owners_in_strings(self) -> frozenset[str]:
        return frozenset(owners_in_strings(self.source))

    def is_used_in_code(self, name: str) -> bool:
        """Whether something of it may be taken by code in a string: where it stands before a dot, but not as a name."""
        text = self.source.text
        known = {one.start for one in self.facts.mentions if one.name == name}
        places = (at for at in word_starts(text, [name]) if text.startswith(b".", at + len(name.encode())))
        return any(at not in known for at in places) and name in self.owners_in_strings

    @cached_property
    def strings_by_owner(self) -> dict[int, StringLiteral]:
        """`getattr(m, "Old")`: the string by the place of the mention that it belongs to."""
        return {text.owner_start: text for text in self.facts.strings if text.context == "attribute"}

    def blocked_reexport(self, name: str, scope: int) -> str:
        """Why other files still need the old symbol in this one."""
        reasons = [self.links.blocked_reexports.get((module, name), "") for module in self.module_names]
        return next(filter(None, reasons), "") if scope == 0 else ""

    def defines_old(self, rule_number: int) -> bool:
        """Whether this is the module of the deprecated symbol: what it says about itself stays."""
        old = self.links.rules.replace[rule_number].old
        return old.name is not None and self.path in self.links.modules.paths_by_name.get(old.module, ())

    def mentions(self, scope: int, name: str) -> list[Mention]:
        return self.mentions_by_scope.get((scope, name), [])

    def statement(self, binding: ImportBinding) -> Import:
        return self.facts.imports[binding.statement]

    def alias(self, binding: ImportBinding) -> Alias:
        return self.statement(binding).aliases[binding.alias]

    def roles(self, scope: int, name: str) -> frozenset[str]:
        return self.facts.scopes[scope].bindings.get(name, frozenset())

    def scopes_between(self, scope: int, home: int) -> Iterator[int]:
        """The scopes from `scope` outwards, up to but not with `home`."""
        while scope >= 0 and scope != home:
            yield scope
            scope = self.facts.scopes[scope].parent

    def is_shadowed(self, name: str, mentions: Iterable[Mention], home: int) -> bool:
        """Whether `name`, bound in `home`, would mean something else at one of the mentions."""
        for mention in mentions:
            for scope in self.scopes_between(mention.scope, home):
                here = self.facts.scopes[scope]
                if name in here.declared or (
                    name in here.bindings and (scope == mention.scope or here.kind != "class")
                ):
                    return True
        return False

    def is_free(self, name: str, home: int) -> bool:
        """Whether `name` can be bound in `home` without changing what existing code means."""
        if name in self.facts.scopes[home].bindings or name in self.facts.scopes[home].declared:
            return False
        if home == 0 and any((module, name) in self.links.names_below_stars for module in self.module_names):
            return False
        for (bound_in, mentioned), mentions in self.mentions_by_scope.items():
            if mentioned == name and bound_in != home and self.reaches_out(mentions, bound_in, home):
                return False
        return not is_word_in_strings(self.source, name)

    def reaches_out(self, mentions: Iterable[Mention], bound_in: int, home: int) -> bool:
        """A mention in `home` or below it that is bound further out, or nowhere."""
        for mention in mentions:
            if mention.role != LOAD and mention.role != DECLARED:
                continue
            inner = list(self.scopes_between(mention.scope, -1))
            if home in inner and bound_in not in inner[: inner.index(home)]:
                return True
        return False

    def chain_end(self, mention: Mention, depth: int) -> int:
        return mention.attributes[depth - 1].end if depth else mention.end

    def is_plain(self, mention: Mention, depth: int) -> bool:
        """Nothing but names and dots, so that it can be replaced as a whole."""
        if mention.position_unknown:
            return False
        return depth == 0 or mention.attributes[depth - 1].is_plain
