"""One file while its rewrite is decided: the decisions so far."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from codemods.edit.alias_assignment import (
    NewAssignment,
    assignment_edits,
    assignment_text,
    end_of_imports,
)
from codemods.edit.file_view import FileView, ImportBinding
from codemods.edit.imports.import_statements import (
    ABOUT_UNUSED,
    AliasOutcome,
    NewAlias,
    linter_pragma,
    remove_statement,
    rewrite_import,
)
from codemods.edit.imports.import_style import NO_STYLE, ImportStyle
from codemods.edit.joined_names import is_in_time, joining_edits, may_join
from codemods.edit.linter_pragmas import pragmas_for_types, said_behind
from codemods.link.member_uses import UseOfMember
from codemods.link.symbol_match import SymbolMatch
from codemods.model.edits import TextEdit
from codemods.model.facts import (
    BASE_CLASS,
    IMPORT,
    RUNS_LATER,
    Import,
    Mention,
    StringLiteral,
)
from codemods.model.modules import SCRIPT
from codemods.model.records import record
from codemods.model.site import Site

MAY_BE_READ = ("plain", "argument", "code", "getter", "item")
"""Strings by which `locals()`, `eval` and the like may find a name of the file."""


def names_it(text: StringLiteral, name: str) -> bool:
    return name in re.findall(r"\w+", text.value)


@record
class NewImport:
    """An import that the rewrite adds."""

    module: str
    name: str | None
    flags: int
    scope: int
    line: int


@record
class ReplacedCall:
    """A call whose callee is replaced."""

    mention: Mention
    match: SymbolMatch
    depth: int
    """How many attributes of the mention belong to the callee."""


@dataclass
class FileRewrite(FileView):
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
    interface_misfits: list[str] = field(default_factory=list)
    """Uses that the new class can't serve, as a question for a class that it isn't built on: `line 5: …`."""
    compared_interfaces: bool = False
    """Whether what the file uses of a class was compared with what the new one has."""
    fitting_calls: int = 0
    new_branches: list[TextEdit] = field(default_factory=list)
    """Statements that come in as a whole: those of a `__getattr__`."""
    loaded_modules: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Names of modules that are loaded by name: the module before and after."""
    moved_members: list[UseOfMember] = field(default_factory=list)
    staying: FileRewrite | None = None
    """What is decided about calls of symbols that stay; its edits and sites are here as well."""

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
        joined = {number: names for number, names in self.joined_names.items() if not self.is_changed(number)}
        for number in self.joined_names.keys() - joined:
            source = self.facts.imports[number]
            text = f"from {'.' * source.level}{source.module} import {', '.join(self.joined_names[number])}"
            added = self.added_statements.setdefault(number, [])
            added += [text] if text not in added else []
        removed = [number for number in self.outcomes if self.vanishes(number)]
        for number in sorted({*self.outcomes, *self.added_statements}):
            statement = self.facts.imports[number]
            outcomes_by_alias = self.outcomes.get(number, {})
            outcomes = [outcomes_by_alias.get(index, "keep") for index in range(len(statement.aliases))]
            crowded = number in removed and statement.column > 0 and self.block_vanishes(number, removed)
            pragmas = {
                **dict(pragmas_for_types(self, self.style, statement, outcomes)),
                **self.pragmas_of(statement),
            }
            if len(outcomes) == 1 and pragmas and outcomes[0] not in ("keep", "drop"):
                edits += said_behind(self, statement, pragmas[0])
            edits += rewrite_import(
                self.source, statement, outcomes, self.added_statements.get(number, ()), crowded, pragmas
            )
        for number, names in joined.items():
            edits += joining_edits(self.facts.imports[number], names)
        if self.new_assignments:
            edits += assignment_edits(self.source, self.new_assignments, self.style)
        return [edit for edit in edits if self.source.text[edit.start : edit.end] != edit.text]

    def is_changed(self, number: int) -> bool:
        """Whether an import changes by itself, so that no name can join it."""
        return number in self.outcomes or number in self.added_statements

    def pragmas_of(self, statement: Import) -> dict[int, bytes]:
        """The names that the statement's pragma goes along with. One about unused names is for those alone."""
        pragma = linter_pragma(self.source, statement)
        unused_only = ABOUT_UNUSED.match(pragma) is not None
        return {
            number: pragma
            for number, alias in enumerate(statement.aliases)
            if pragma and not (unused_only and self.is_read(statement.scope, alias.bound_name))
        }

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
