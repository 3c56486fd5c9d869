"""What is shown of a revert's files without running them: that they compile, that imports resolve, that names stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from bot.audit.outline import Outline, OutlineImport, read_outline
from bot.audit.outlines import Outlines
from bot.decide.phase_result import ProofLine
from bot.git.mirror import CommitTree
from bot.git.objects import NO_OBJECT, PathChange
from bot.git.repository import Repository
from bot.revert.inverse import MergeStep
from bot.rewrite.blob_index import BlobIndex
from bot.rewrite.name_proof import NameComparison, changed_names, compile_held, name_trouble
from codemods.link.links import Links
from codemods.model.edits import TextEdit
from codemods.model.modules import find_modules
from codemods.model.rules import Rules, Symbol, modules_of
from codemods.read.source import Source, Unreadable, check_python, read_source
from codemods.scan.joint_changes import link_joint_changes
from codemods.scan.survey import survey_tree
from codemods.workers.processes import FailedTask, run_in_processes

PYTHON = (".py", ".pyi")
_LINE_AND_NAME = re.compile(r"line (?P<line>[0-9]+): (?P<name>\w+) ")


@dataclass(frozen=True)
class RevertProof:
    files: tuple[str, ...]
    as_before: int
    """Files that are byte for byte what they were before what is reverted."""
    with_later_work: int
    lines: tuple[ProofLine, ...]
    failures: Mapping[str, str]
    """What can't be shown of a file, and so is not to be pushed."""


@dataclass(frozen=True)
class FileCheck:
    parses: bool | None
    names_stand: bool | None = None
    trouble: str = ""


CheckTask = tuple[str, bytes, bytes | None, bool]
"""A file, its text after and now, and whether somebody has worked in it since."""


def prove_revert(
    repository: Repository,
    head: str,
    reverted: str,
    steps: Sequence[MergeStep],
    rules: Rules | None,
    index: BlobIndex | None = None,
) -> RevertProof:
    """`steps`: what is reverted, the newest first. Without rules, names aren't compared."""
    return _RevertCheck(repository, head, reverted, steps, rules, index).proof()


class _RevertCheck:
    def __init__(
        self,
        repository: Repository,
        head: str,
        reverted: str,
        steps: Sequence[MergeStep],
        rules: Rules | None,
        index: BlobIndex | None,
    ) -> None:
        self.repository, self.head, self.reverted = repository, head, reverted
        self.rules, self.compares_names, self.index = rules or Rules(), rules is not None, index
        self.changes = {change.path: change for change in repository.diff(head, reverted)}
        self.original: dict[str, tuple[PathChange, str]] = {}
        """The oldest step that changed a file, and the commit before it."""
        self.oldest = steps[-1].before
        for step in reversed(steps):
            for change in repository.diff(step.before, step.after):
                self.original.setdefault(change.path, (change, step.before))

    def proof(self) -> RevertProof:
        exact = {path for path in self.changes if self._is_as_before(path)}
        checks = dict(self._check_files(exact))
        failures = {path: one.trouble for path, one in checks.items() if one.trouble}
        resolving = {path: self._dangling_import(path) for path in checks if path not in failures}
        failures |= {path: why for path, why in resolving.items() if why}
        failures |= dict(self._lost_by_others(failures))
        lines = [
            _line("as_before", [True if path in exact else None for path in self.changes]),
            _line("parses", [one.parses for one in checks.values()]),
            _line("names_stand", [one.names_stand for one in checks.values()]),
            _line("imports_resolve", [None if why is None else not why for why in resolving.values()]),
        ]
        return RevertProof(
            tuple(self.changes),
            len(exact),
            len(self.changes) - len(exact),
            tuple(one for one in lines if one.shown),
            failures,
        )

    def _is_as_before(self, path: str) -> bool:
        change, _ = self.original.get(path, (None, ""))
        now = self.changes[path]
        blob = NO_OBJECT if now.status == "D" else now.new_blob
        return change is not None and blob == (NO_OBJECT if change.status == "A" else change.old_blob)

    # each file by itself

    def _check_files(self, exact: set[str]) -> Iterator[tuple[str, FileCheck]]:
        paths = [path for path, one in self.changes.items() if path.endswith(PYTHON) and one.status != "D"]
        worked_in = [path for path in paths if path not in exact]
        links = self._links() if worked_in and self.compares_names else None
        tasks = (
            (path, self._text(self.reverted, path) or b"", self._text(self.head, path), path in worked_in)
            for path in paths
        )
        for (path, _, _, _), found in run_in_processes(check_file, links, tasks, 1):
            yield path, FileCheck(False, None, found.reason) if isinstance(found, FailedTask) else found

    def _links(self) -> Links:
        survey = survey_tree(self._tree, self.rules, self.index)
        return link_joint_changes(survey)

    def _text(self, revision: str, path: str) -> bytes | None:
        return self.repository.blob(revision, path)

    # imports

    @cached_property
    def _tree(self) -> CommitTree:
        return CommitTree(self.repository, self.reverted)

    @cached_property
    def _outlines(self) -> Outlines:
        return self._outlines_of(self._tree)

    def _outlines_of(self, tree: CommitTree) -> Outlines:
        paths = [entry.path for entry in tree.entries()]
        modules = find_modules(paths, self.rules.roots, modules_of(self.rules.replace))
        return Outlines(tree, modules, self.index)

    def _dangling_import(self, path: str) -> str | None:
        """Of the imports that the revert brings back, one that leads nowhere, or to a redirect that was none. None:
        it brings back no import."""
        now = self._outline(self.head, path)
        known = {_import_key(one) for one in now.imports} if now else set()
        new = [
            one for one in self._outlines.read_files([path])[path].imports if _import_key(one) not in known
        ]
        return next((why for one in new if (why := self._import_trouble(path, one))), "") if new else None

    def _import_trouble(self, path: str, one: OutlineImport) -> str:
        module = self._outlines.modules.absolute(path, one.level, one.module)
        if not module:
            return ""
        symbol = Symbol(module, one.name if one.name not in ("", "*") else None)
        if self._outlines.is_defined(symbol) is False and self._was_defined(path, symbol):
            what = f"{module} no longer defines {one.name}" if symbol.name else f"{module} is gone"
            return f"line {one.line}: {what}"
        found = self._outlines.module_outline(module)
        if found and found[1].is_redirect and not self._was_redirect(path, found[0]):
            return f"line {one.line}: {module} is only a redirect now"
        return ""

    def _was_defined(self, path: str, symbol: Symbol) -> bool:
        """Before what is reverted; what led nowhere then may do so again."""
        _, before = self.original.get(path, (None, self.oldest))
        if before not in self._before:
            self._before[before] = self._outlines_of(CommitTree(self.repository, before))
        return self._before[before].is_defined(symbol) is not False

    def _was_redirect(self, path: str, module_path: str) -> bool:
        _, before = self.original.get(path, (None, self.oldest))
        outline = self._outline(before, module_path)
        return outline is not None and outline.is_redirect

    @cached_property
    def _before(self) -> dict[str, Outlines]:
        return {}

    def _outline(self, revision: str, path: str) -> Outline | None:
        data = self.repository.blob(revision, path)
        return None if data is None else read_outline(data)

    # others

    def _lost_by_others(self, failed: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Files that the revert takes a name from which another file imports by now."""
        python = [entry for entry in self._tree.entries() if entry.path.endswith(PYTHON)]
        for path in self.changes:
            if not path.endswith(PYTHON) or path in failed:
                continue
            gone = self._names_gone(path)
            holding = self._tree.grep([name.encode() for name in sorted(gone)], python) if gone else set()
            for other in sorted(holding):
                if line := self._line_importing(other, path, gone):
                    yield path, f"{other}:{line[0]} imports {line[1]} from it by now"
                    break

    def _names_gone(self, path: str) -> frozenset[str]:
        before, after = self._outline(self.head, path), self._outline(self.reverted, path)
        if before is None or before.unreadable or (after and (after.has_getattr or after.star_imports)):
            return frozenset()
        bound = frozenset(member.name for member in after.members) if after else frozenset()
        return frozenset(member.name for member in before.members) - bound

    def _line_importing(self, other: str, path: str, names: frozenset[str]) -> tuple[int, str] | None:
        modules = self._outlines.modules
        own = modules.names_by_path.get(path) or find_modules([path]).names_by_path[path]
        for one in self._outlines.read_files([other])[other].imports:
            if one.name in names and modules.absolute(other, one.level, one.module) in own:
                return one.line, one.name
        return None


def _import_key(one: OutlineImport) -> tuple[int, str, str]:
    return one.level, one.module, one.name


def _line(what: str, answers: Sequence[bool | None]) -> ProofLine:
    return ProofLine(what, answers.count(True), answers.count(None))


def check_file(links: Links | None, task: CheckTask) -> FileCheck:
    path, after, now, worked_in = task
    source = read_source(after)
    broken = source if isinstance(source, Unreadable) else check_python(source.text)
    if isinstance(source, Unreadable) or broken:
        return FileCheck(
            False if worked_in else None, None, f"it would not parse: {broken}" if worked_in else ""
        )
    before = read_source(now) if now is not None else None
    if not worked_in or links is None or not isinstance(before, Source):
        return FileCheck(True)
    names = changed_names(source, before, line_edits(source.text, before.text))
    held = compile_held(before, names)[0]
    trouble = name_trouble(NameComparison(links, path), source, before, names, held)
    if not trouble:
        return FileCheck(True, None if trouble is None else True)
    found = _LINE_AND_NAME.match(trouble)
    where = f"line {found['line']}: {found['name']}" if found else "a name"
    return FileCheck(True, False, f"{where} would refer to something else, since later work uses it")


def line_edits(before: bytes, after: bytes) -> list[TextEdit]:
    """What turns one text into the other, in whole lines."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    return [
        TextEdit(starts[a], starts[b], b"".join(new[c:d]))
        for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if kind != "equal"
    ]
