"""One file while its rewrite is decided: what is known about it, and the decisions so far."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from codemods.edit.alias_assignment import (
    NewAssignment,
    assignment_edits,
    assignment_text,
    end_of_imports,
)
from codemods.edit.import_statements import (
    ABOUT_UNUSED,
    AliasOutcome,
    NewAlias,
    linter_pragma,
    remove_statement,
    rewrite_import,
)
from codemods.edit.import_style import NO_STYLE, ImportStyle
from codemods.edit.joined_names import is_in_time, joining_edits, may_join
from codemods.link.links import NEIGHBOUR, Links, SymbolMatch, origin_of
from codemods.link.member_uses import UseOfMember
from codemods.link.patched_globals import find_patched, state_troubles
from codemods.model.edits import TextEdit
from codemods.model.facts import (
    BASE_CLASS,
    DECLARED,
    IMPORT,
    LOAD,
    RUNS_LATER,
    Alias,
    FileFacts,
    Import,
    Mention,
    StringLiteral,
)
from codemods.model.modules import SCRIPT
from codemods.model.site import Site
from codemods.read.source import Source

RUN_AS_SCRIPT = re.compile(rb"\A#!|^if[ \t]+__name__[ \t]*==", re.M)

MAY_BE_READ = ("plain", "argument", "code", "getter", "item")
"""Strings by which `locals()`, `eval` and the like may find a name of the file."""


def names_it(text: StringLiteral, name: str) -> bool:
    return name in re.findall(r"\w+", text.value)


def is_script(text: bytes) -> bool:
    """Whether a file says that it is run by itself."""
    return RUN_AS_SCRIPT.search(text) is not None


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class NewImport:
    """An import that the rewrite adds."""

    module: str
    name: str | None
    flags: int
    scope: int
    line: int


@dataclass(frozen=True)
class ReplacedCall:
    """A call whose callee is replaced."""

    mention: Mention
    match: SymbolMatch
    depth: int
    """How many attributes of the mention belong to the callee."""


@dataclass
class FileRewrite:
    path: str
    source: Source
    facts: FileFacts
    links: Links
    style: ImportStyle = NO_STYLE
    keeps_names: bool = False
    """Whether every name stays what it is and no import is dropped, since the proof rejected the file otherwise."""
    sites: list[Site] = field(default_factory=list)
    edits: list[TextEdit] = field(default_factory=list)
    outcomes: dict[int, dict[int, AliasOutcome]] = field(default_factory=dict)
    added_statements: dict[int, list[str]] = field(default_factory=dict)
    joined_names: dict[int, list[str]] = field(default_factory=dict)
    """By an import that stays as it is: the names that come in."""
    new_assignments: list[NewAssignment] = field(default_factory=list)
    new_imports: list[NewImport] = field(default_factory=list)
    replaced_calls: list[ReplacedCall] = field(default_factory=list)
    retargeted: set[int] = field(default_factory=set)
    """Where calls start that call something else than the new symbol."""
    removed_arguments: set[TextEdit] = field(default_factory=set)
    rebuilt_classes: list[ReplacedCall] = field(default_factory=list)
    """Base classes that are replaced."""
    renamed_globals: dict[str, str] = field(default_factory=dict)
    """Names of the module's own level that became others."""
    misfits: list[str] = field(default_factory=list)
    """Calls whose arguments don't fit the new signature."""
    fitting_calls: int = 0
    new_branches: list[TextEdit] = field(default_factory=list)
    """Statements that come in as a whole: those of a `__getattr__`."""
    loaded_modules: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Names of modules that are loaded by name: the module before and after."""
    moved_members: list[UseOfMember] = field(default_factory=list)
    staying: FileRewrite | None = None
    """What is decided about calls of symbols that stay; its edits and sites are here as well."""

    # ---- what is known

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
    def strings_by_owner(self) -> dict[int, StringLiteral]:
        """`getattr(m, "Old")`: the string by the place of the mention that it belongs to."""
        return {text.owner_start: text for text in self.facts.strings if text.context == "attribute"}

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
        for (bound_in, mentioned), mentions in self.mentions_by_scope.items():
            if mentioned == name and bound_in != home and self.reaches_out(mentions, bound_in, home):
                return False
        return True

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

    # ---- what is decided

    @property
    def sites_in_order(self) -> tuple[Site, ...]:
        return tuple(sorted(set(self.sites), key=lambda site: (site.line, site.column, site.kind)))

    def add_site(
        self, line: int, column: int, kind: str, symbol: str, safe: bool = True, note: str = ""
    ) -> None:
        self.sites.append(Site(line, column, kind, symbol, safe, note))

    def add_site_at(
        self,
        at: Import | Mention | StringLiteral,
        kind: str,
        match: SymbolMatch,
        trouble: str = "",
        note: str = "",
    ) -> None:
        self.add_site(at.line, at.column, kind, match.old_symbol, not trouble, trouble or note)

    def add_alias_site(
        self, binding: ImportBinding, match: SymbolMatch, trouble: str = "", note: str = ""
    ) -> None:
        alias = self.alias(binding)
        self.add_site(alias.line, alias.column, "import", match.old_symbol, not trouble, trouble or note)

    def add_calls(self, uses: Iterable[Mention], match: SymbolMatch, depth: int = 0) -> None:
        """Of uses that follow the symbol: those that call it, or build a class on it."""
        for use in uses:
            if len(use.attributes) == depth and use.call:
                self.replaced_calls.append(ReplacedCall(use, match, depth))
            elif len(use.attributes) == depth and use.flags & BASE_CLASS:
                self.rebuilt_classes.append(ReplacedCall(use, match, depth))

    def replace(self, start: int, end: int, text: str) -> None:
        self.edits.append(TextEdit(start, end, text.encode()))

    def extend(self, start: int, end: int, suffix: str) -> None:
        """Appends to the text of a span, as it is or as an edit leaves it."""
        for number, edit in enumerate(self.edits):
            if (edit.start, edit.end) == (start, end):
                self.edits[number] = edit._replace(text=edit.text + suffix.encode())
                return
        self.edits.append(TextEdit(start, end, self.source.text[start:end] + suffix.encode()))

    def set_outcome(self, binding: ImportBinding, outcome: AliasOutcome) -> None:
        self.outcomes.setdefault(binding.statement, {})[binding.alias] = outcome
        if isinstance(outcome, NewAlias):
            self.record_import(binding, outcome)

    def add_statement(self, binding: ImportBinding, text: str, new: NewAlias | None = None) -> None:
        texts = self.added_statements.setdefault(binding.statement, [])
        if text not in texts:
            texts.append(text)
        if new is not None:
            self.record_import(binding, new)

    def join(self, binding: ImportBinding, new: NewAlias, uses: Sequence[Mention]) -> bool:
        """Puts a new name into an import of its module that is there; False where none can take it."""
        own, module = self.statement(binding), new.module or ""
        left_alone = self.style.sorter or self.links.rules.format == "off"
        for number, other in enumerate(() if left_alone else self.facts.imports):
            can_change = number not in self.outcomes and all(
                one.match is None for one in self.bindings if one.statement == number
            )
            if (
                can_change
                and may_join(self.source, other, own, module, new.name)
                and is_in_time(other, own, uses)
            ):
                self.joined_names.setdefault(number, []).append(new.name)
                self.set_outcome(binding, "drop")
                self.record_import(binding, new)
                return True
        return False

    def add_assignment(self, binding: ImportBinding, value: str) -> None:
        """`Old = New`, below the imports where it's the module's own, else behind its import."""
        statement = self.statement(binding)
        name = self.alias(binding).bound_name
        if statement.scope or statement.column:
            self.add_statement(binding, assignment_text(name, value, statement.column, self.style))
            return
        self.new_assignments.append(
            NewAssignment(name, value, statement.start, statement.end, self.first_use(binding))
        )

    def first_use(self, binding: ImportBinding) -> int:
        """Where the name is first read behind its import while the module is loaded; a function that stands before
        the last import may be called there."""
        start, end = self.statement(binding).start, end_of_imports(self.source)
        uses: list[Mention | StringLiteral] = [
            use for use in self.mentions(binding.scope, binding.name) if use.role != IMPORT
        ]
        uses += [
            text
            for text in self.facts.strings
            if text.context in MAY_BE_READ and names_it(text, binding.name)
        ]
        read = [use.start for use in uses if not use.flags & RUNS_LATER or use.start < end]
        return min((one for one in read if one > start), default=sys.maxsize)

    def is_read_between_imports(self, binding: ImportBinding) -> bool:
        """Whether an assignment of the name would have to stand before another import."""
        statement, first_use = self.statement(binding), self.first_use(binding)
        if statement.scope or statement.column:
            return False
        later = any(one.scope == 0 and one.start > first_use for one in self.facts.imports)
        return later and statement.start < first_use < end_of_imports(self.source)

    def record_import(self, binding: ImportBinding, new: NewAlias) -> None:
        statement = self.statement(binding)
        module = (
            new.name
            if new.module is None
            else self.links.modules.absolute(self.path, *split_level(new.module))
        )
        module = (module or "").removeprefix(SCRIPT)
        name = None if new.module is None else new.name
        self.new_imports.append(NewImport(module, name, statement.flags, statement.scope, statement.line))

    def module_as_written(self, module: str, statement: Import) -> str:
        """The module as a `from` names it: relative where the statement was, bare where that names a script's neighbour."""
        if not statement.level and self.links.modules.is_beside(self.path, statement.module or ""):
            return self.links.modules.beside(self.path, module) or module
        if statement.level:
            near = self.links.modules.relative(self.path, module)
            if near is not None:
                return "." * near[0] + near[1]
        return module

    def all_edits(self) -> list[TextEdit]:
        """The edits of import statements, now that every name in them is decided."""
        edits = list(self.edits)
        removed = [number for number in self.outcomes if self.vanishes(number)]
        for number in sorted({*self.outcomes, *self.added_statements}):
            statement = self.facts.imports[number]
            outcomes_by_alias = self.outcomes.get(number, {})
            outcomes = [outcomes_by_alias.get(index, "keep") for index in range(len(statement.aliases))]
            crowded = number in removed and statement.column > 0 and self.block_vanishes(number, removed)
            edits += rewrite_import(
                self.source,
                statement,
                outcomes,
                self.added_statements.get(number, ()),
                crowded,
                self.names_with_pragma(statement),
            )
        for number, names in self.joined_names.items():
            edits += joining_edits(self.facts.imports[number], names)
        if self.new_assignments:
            edits += assignment_edits(self.source, self.new_assignments, self.style)
        return [edit for edit in edits if self.source.text[edit.start : edit.end] != edit.text]

    def names_with_pragma(self, statement: Import) -> list[int]:
        """The names that the statement's pragma goes along with. One about unused names is for those alone."""
        if self.style == NO_STYLE:
            return []
        pragma = linter_pragma(self.source, statement)
        unused_only = ABOUT_UNUSED.match(pragma) is not None
        return [
            number
            for number, alias in enumerate(statement.aliases)
            if pragma and not (unused_only and self.is_read(statement.scope, alias.bound_name))
        ]

    def is_read(self, scope: int, name: str) -> bool:
        return any(mention.role != IMPORT for mention in self.mentions(scope, name))

    def vanishes(self, number: int) -> bool:
        outcomes = self.outcomes[number]
        count = len(self.facts.imports[number].aliases)
        return (
            not self.added_statements.get(number)
            and [outcomes.get(index) for index in range(count)] == ["drop"] * count
        )

    def block_vanishes(self, number: int, removed: list[int]) -> bool:
        scope = self.facts.imports[number].scope
        return sum(self.facts.imports[other].scope == scope for other in removed) > 1

    def remove_statement(self, start: int, end: int, needed: bool) -> None:
        self.edits += remove_statement(self.source, start, end, needed)


def split_level(module: str) -> tuple[int, str]:
    bare = module.lstrip(".")
    return len(module) - len(bare), bare
