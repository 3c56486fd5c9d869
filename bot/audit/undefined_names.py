"""Names that are imported from a deprecated module although it doesn't define them: where each lives now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.audit.misleading_names import DanglingImport, dangling
from bot.audit.outlines import Outlines
from bot.rewrite.blob_index import BlobIndex
from codemods.model.rules import Replacement, Rules, Symbol
from codemods.model.tree import Tree


@dataclass(frozen=True)
class UndefinedName:
    old: Symbol
    modules: tuple[str, ...]
    """Those of the tree that define the name."""
    imports: tuple[DanglingImport, ...]

    @property
    def replacement(self) -> Replacement | None:
        """Where only one module defines it."""
        return (
            Replacement(self.old, Symbol(self.modules[0], self.old.name)) if len(self.modules) == 1 else None
        )


def undefined_names(
    tree: Tree, outlines: Outlines, replacements: Sequence[Replacement], index: BlobIndex | None
) -> tuple[UndefinedName, ...]:
    """But those that a replacement names already."""
    named = {one.old for one in replacements} | {
        Symbol(one.old.module) for one in replacements if not one.old.name
    }
    found: dict[Symbol, list[DanglingImport]] = {}
    for one in dangling(tree, outlines, Rules.of(replacements), index):
        symbol = Symbol(one.module, one.name)
        if symbol not in named and Symbol(one.module) not in named:
            found.setdefault(symbol, []).append(one)
    return tuple(
        UndefinedName(symbol, tuple(filter(is_importable, imports[0].lives)), tuple(imports))
        for symbol, imports in sorted(found.items(), key=str)
    )


def is_importable(module: str) -> bool:
    return all(part.isidentifier() for part in module.split("."))
