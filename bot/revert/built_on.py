"""Which later phases build on what is to be reverted, read from the trees: they have to be reverted before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.audit.outline import Outline, read_outline
from bot.git.author import NAMELESS
from bot.git.repository import Repository
from bot.report.revert_pull import DependentPhase
from bot.revert.inverse import MergedPart, invert, newest_first
from codemods.model.modules import Modules, find_modules
from codemods.model.rules import Rules, modules_of

DOCUMENTS = (".md", ".mdx", ".rst", ".txt")
"""What names a module in these doesn't use it."""


@dataclass(frozen=True)
class LostNames:
    """What a later phase took from a module: some names, or all that it had."""

    module: str
    names: frozenset[str] | None
    """None: the module is gone, or only redirects."""


def built_on(
    repository: Repository,
    head: str,
    wanted: Sequence[MergedPart],
    others: Sequence[MergedPart],
    rules: Rules,
) -> dict[MergedPart, DependentPhase]:
    """Those of the others that were merged later and changed the same files, or took away what the inverse brings back;
    and those that build on these. The newest comes first, as they are reverted."""
    found: dict[MergedPart, DependentPhase] = {}
    while True:
        reverted = [*wanted, *found]
        first = min((part.order for part in reverted), default=(0.0, 0))
        later = [part for part in others if part not in found and part.order > first]
        inverse = InverseEffects(repository, head, reverted, rules) if later else None
        new = {part: one for part in later if inverse and (one := inverse.dependent(part)) is not None}
        if not new:
            return dict(sorted(found.items(), key=lambda item: item[0].order, reverse=True))
        found |= new


class InverseEffects:
    """The files that an inverse changes, or can't change, and what they use again after it."""

    def __init__(
        self, repository: Repository, head: str, reverted: Sequence[MergedPart], rules: Rules
    ) -> None:
        self.repository, self.head, self.rules = repository, head, rules
        self.changed_by = {part: paths_of(repository, part) for part in reverted}
        inverse = invert(repository, head, newest_first(reverted), "", NAMELESS)
        self.after = inverse.head
        self.changed = {change.path for change in repository.diff(head, self.after)}
        self.paths = self.changed | {one.path for one in inverse.conflicts}
        self.tree_paths = [entry.path for entry in repository.entries(self.after)]

    def dependent(self, part: MergedPart) -> DependentPhase | None:
        own = paths_of(self.repository, part)
        before = [paths for one, paths in self.changed_by.items() if one.order < part.order]
        shared = sorted(own & self.paths & {path for paths in before for path in paths})
        modules = find_modules(
            sorted({*self.tree_paths, *own}), self.rules.roots, modules_of(self.rules.replace)
        )
        lost = list(self._lost_names(part, own, modules))
        users = sorted(path for path in self.changed if lost and self._uses(path, lost, modules))
        if not shared and not users:
            return None
        names = tuple(dict.fromkeys(one.module for one in lost)) if users else ()
        return DependentPhase(part.phase or 0, part.title, part.slice, names, tuple(users), tuple(shared))

    def _lost_names(self, part: MergedPart, own: frozenset[str], modules: Modules) -> Iterator[LostNames]:
        """What modules defined before the phase, and define no longer."""
        for step in part.steps:
            for path in sorted(path for path in own if path.endswith(".py")):
                before, now = self._outline(step.before, path), self._outline(self.head, path)
                if before is None or before.is_redirect:
                    continue
                for module in modules.names_by_path.get(path, ()):
                    if now is None or now.is_redirect:
                        yield LostNames(module, None)
                    elif names := defined_in(before) - defined_in(now):
                        yield LostNames(module, names)

    def _outline(self, revision: str, path: str) -> Outline | None:
        data = self.repository.blob(revision, path)
        return None if data is None else read_outline(data)

    def _uses(self, path: str, lost: Sequence[LostNames], modules: Modules) -> bool:
        after, before = (self.repository.blob(at, path) or b"" for at in (self.after, self.head))
        if path.endswith(DOCUMENTS):
            return False
        gone = [one.module.encode() for one in lost if one.names is None]
        if any(after.count(module) > before.count(module) for module in gone):
            return True
        if not path.endswith((".py", ".pyi")):
            return False
        new = imported_names(path, after, modules) - imported_names(path, before, modules)
        return any(is_lost(one, lost) for one in new)


def paths_of(repository: Repository, part: MergedPart) -> frozenset[str]:
    return frozenset(
        change.path for step in part.steps for change in repository.diff(step.before, step.after)
    )


def defined_in(outline: Outline) -> frozenset[str]:
    return frozenset(member.name for member in outline.members if member.kind != "import")


def imported_names(path: str, data: bytes, modules: Modules) -> frozenset[tuple[str, str]]:
    """Module and name of each import; no name where the module itself is imported."""
    found = ((modules.absolute(path, one.level, one.module), one.name) for one in read_outline(data).imports)
    return frozenset((module, name) for module, name in found if module)


def is_lost(wanted: tuple[str, str], lost: Sequence[LostNames]) -> bool:
    module, name = wanted
    for one in lost:
        if one.module == module and (one.names is None or name == "*" or name in one.names):
            return True
        if one.module == f"{module}.{name}" and one.names is None:
            return True
    return False
