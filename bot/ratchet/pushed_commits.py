"""What can be shown, without running it, of what people have pushed on top of a phase's commits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.audit.outline import read_outline
from bot.audit.outlines import Outlines
from bot.git.mirror import CommitTree
from bot.git.objects import PathChange
from bot.git.repository import Repository
from bot.plan.plan import Plan
from bot.rewrite.type_proof import findings_in, new_findings
from bot.rewrite.uses import rules_without_phase
from codemods.model.contents import LARGEST
from codemods.model.modules import Modules, find_modules
from codemods.model.rules import Rules, Symbol, modules_of
from codemods.model.tree import Index
from codemods.read.source import Source, check_python, read_source
from codemods.types.source_folder import SourceFolder
from codemods.types.type_server import TypesUnavailable

PYTHON = (".py", ".pyi")


@dataclass(frozen=True)
class PushedProof:
    files: tuple[str, ...]
    troubles: Mapping[str, str]
    """By file: what is wrong there, and wasn't before."""


def prove_pushed(repository: Repository, plan: Plan, base: str, head: str, index: Index) -> PushedProof:
    """1. each file parses  2. its new imports lead somewhere  3. of plans with members: no new finding of the types"""
    changes = [one for one in repository.diff(base, head) if one.status != "D" and one.path.endswith(PYTHON)]
    tree = CommitTree(repository, head)
    rules = rules_without_phase(plan)
    modules = find_modules([one.path for one in tree.entries()], plan.roots, modules_of(plan.replace))
    outlines = Outlines(tree, modules)
    troubles: dict[str, str] = {}
    for change in changes:
        trouble = file_trouble(repository, outlines, change)
        if trouble:
            troubles[change.path] = trouble
    if rules.members:
        sound = [one.path for one in changes if one.path not in troubles]
        troubles |= type_troubles(repository, rules, modules, (base, head), sound, index)
    return PushedProof(tuple(one.path for one in changes), troubles)


def file_trouble(repository: Repository, outlines: Outlines, change: PathChange) -> str:
    before = repository.content(change.old_blob, LARGEST + 1) or b""
    after = repository.content(change.new_blob, LARGEST + 1) or b""
    if unparsable(after):
        return "" if before and unparsable(before) else unparsable(after)
    known = {(one.level, one.module, one.name) for one in read_outline(before).imports}
    for one in read_outline(after).imports:
        module = outlines.modules.absolute(change.path, one.level, one.module)
        is_new = (one.level, one.module, one.name) not in known
        names = is_new and bool(module) and one.name not in ("", "*")
        if names and outlines.is_defined(Symbol(module or "", one.name)) is False:
            return f"line {one.line}: {module} doesn't define {one.name}"
    return ""


def unparsable(data: bytes) -> str:
    source = read_source(data)
    broken = check_python(source.text) if isinstance(source, Source) else source
    return str(broken) if broken else ""


def type_troubles(
    repository: Repository,
    rules: Rules,
    modules: Modules,
    commits: tuple[str, str],
    paths: Sequence[str],
    index: Index,
) -> dict[str, str]:
    """Nothing where the checker is missing: then no member was migrated either."""
    try:
        before, after = (
            findings_in(sources_at(repository, commit, modules, index), paths) for commit in commits
        )
    except TypesUnavailable:
        return {}
    found = {
        path: new_findings(rules, before.get(path, Counter()), after.get(path, Counter())) for path in paths
    }
    return {path: f"{new[0].text} ({new[0].kind})" for path, new in found.items() if new}


def sources_at(repository: Repository, commit: str, modules: Modules, index: Index) -> SourceFolder:
    tree = CommitTree(repository, commit)
    return SourceFolder(tree, {entry.path: entry for entry in tree.entries()}, modules, index)
