"""The names of `--replace`, looked up in the tree: a wrong one is refused with a suggestion."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from bot.audit.outlines import Outlines
from bot.cli.errors import CommandError
from bot.rewrite.blob_index import BlobIndex
from codemods.model.modules import find_modules
from codemods.model.rules import Replacement, Symbol, modules_of
from codemods.model.tree import Tree


class TreeNames:
    """What a tree defines."""

    def __init__(
        self,
        tree: Tree,
        replacements: Collection[Replacement],
        roots: tuple[str, ...] | None,
        index: BlobIndex | None = None,
        work_tree: Path | None = None,
    ) -> None:
        """`work_tree`: the checkout, where the tree is a commit of it."""
        self.replacements = [of_class(one) for one in replacements]
        self.work_tree = work_tree
        self.paths = [entry.path for entry in tree.entries()]
        self.modules = find_modules(self.paths, roots, modules_of(replacements))
        self.outlines = Outlines(tree, self.modules, index)

    def check(self) -> None:
        """Raises `CommandError` for a target that does not exist, and for a name written as a module."""
        for one in self.replacements:
            self.refuse_dotted(one.old)
            self.refuse_dotted(one.new)
            if self.outlines.is_defined(one.new) is False:
                raise CommandError(self.missing(one.new), self.suggestion(one.new))

    def doubts(self) -> list[str]:
        """Targets outside the tree that are spelt nearly like one inside: probably mistakes."""
        outside = [one.new for one in self.replacements if self.outlines.is_defined(one.new) is None]
        return [
            f"Note: `{new.module}` is not in this repository, so it is treated as a library. Did you mean `{near}`?"
            for new in outside
            if (near := self.nearest(new))
        ]

    def check_used(self, symbols: Iterable[str]) -> None:
        """Raises `CommandError` for an old name that is neither defined nor, as these say, referred to."""
        used = set(symbols)
        for old in self.undefined():
            if not is_used(old, used):
                nowhere = f"none of the {len(self.paths):,} files here defines or uses `{old}`"
                raise CommandError(nowhere, self.suggestion(old))

    def undefined(self) -> list[Symbol]:
        """Old names that the tree does not define: a library's, removed ones, and mistakes."""
        return [one.old for one in self.replacements if not self.outlines.is_defined(one.old)]

    def refuse_dotted(self, symbol: Symbol) -> None:
        module, _, name = symbol.module.rpartition(".")
        if symbol.name or not module or self.outlines.is_defined(symbol):
            return
        if self.modules.is_known(module) and self.outlines.is_defined(Symbol(module, name)):
            raise CommandError(f"`{symbol}` is not a module", f"Did you mean `{module}:{name}`?")

    def missing(self, symbol: Symbol) -> str:
        if symbol.name and self.outlines.is_defined(Symbol(symbol.module)):
            return f"`{symbol.module}` doesn't define `{symbol.name}`"
        return f"there's no module `{symbol.module}`"

    def suggestion(self, symbol: Symbol) -> str:
        if path := self.uncommitted(symbol.module):
            return f"`{path}` isn't in the commit that is read: commit it first."
        near = self.nearest(symbol)
        if near and near not in [one.old for one in self.replacements if one.new == symbol]:
            return f"Did you mean `{near}`?"
        return "Write it as package.module:Name, with the module as an import would name it."

    def uncommitted(self, module: str) -> str | None:
        """The file of a module that only the work tree has."""
        stem = module.replace(".", "/")
        paths = [
            f"{root}/{stem}{end}".lstrip("/")
            for root in self.modules.roots
            for end in (".py", "/__init__.py")
        ]
        here = [path for path in paths if self.work_tree and (self.work_tree / path).is_file()]
        return next((path for path in here if path not in self.paths), None)

    def nearest(self, symbol: Symbol) -> Symbol | None:
        """A name that the tree defines and that is spelt like this one."""
        if self.modules.is_known(symbol.module):
            name = closest(symbol.name or "", self.names_in(symbol.module))
            if name or not symbol.name:
                return Symbol(symbol.module, name) if name else None
        if symbol.name:
            holders = [one for one in self.same_last_part(symbol) if symbol.name in self.names_in(one)]
            if holders:
                return Symbol(closest(symbol.module, holders, 0.0) or holders[0], symbol.name)
        module = closest(symbol.module, self.modules.paths_by_name)
        if module is None or not symbol.name:
            return Symbol(module) if module else None
        name = closest(symbol.name, self.names_in(module))
        return Symbol(module, name) if name else None

    def same_last_part(self, symbol: Symbol) -> list[str]:
        """Modules whose last part is the symbol's, or nearly."""
        last = symbol.module.rpartition(".")[2]
        likely = difflib.get_close_matches(symbol.module, self.modules.paths_by_name, n=5, cutoff=0.5)
        return [*likely, *(one for one in self.modules.paths_by_name if one.rpartition(".")[2] == last)][:20]

    def names_in(self, module: str) -> list[str]:
        found = self.outlines.module_outline(module)
        return [member.name for member in found[1].members] if found else []


def is_used(symbol: Symbol, used: Iterable[str]) -> bool:
    """Of a module, also what is in it."""
    inside = () if symbol.name else (f"{symbol.module}:", f"{symbol.module}.")
    return any(one == str(symbol) or one.startswith(inside) for one in used)


def closest(word: str, words: Iterable[str], cutoff: float = 0.6) -> str | None:
    return next(iter(difflib.get_close_matches(word, list(words), n=1, cutoff=cutoff)), None)


def of_class(one: Replacement) -> Replacement:
    """Of `module:Class.member`, the class: what a class has is looked up when it is migrated."""
    return replace(one, old=class_symbol(one.old), new=class_symbol(one.new))


def class_symbol(symbol: Symbol) -> Symbol:
    return Symbol(symbol.module, symbol.name.partition(".")[0]) if symbol.name else symbol
