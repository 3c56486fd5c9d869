"""The uses of deprecated symbols, with their lines: at a commit, and new since another."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from bot.decide.ratchet import DeprecatedUse, RatchetFindings, WatchedMigration, new_uses, split_allowed
from bot.git.mirror import CommitTree
from bot.git.objects import PathChange
from bot.git.repository import Repository
from bot.plan.plan import Phase, Plan
from bot.rewrite.cached_tree import CachedTree
from bot.rewrite.file_result import FileSites
from bot.rewrite.rewrite import Index
from bot.rewrite.scan import scan
from codemods.link.member_uses import POSSIBLE
from codemods.model.records import record
from codemods.model.rules import Rules
from codemods.model.tree import Entry, Tree
from codemods.read.source import Unreadable, read_source
from codemods.rewrites.own_uses import OWN_USE

ALLOW_COMMENT = re.compile(rb"#\s*migration:\s*allow", re.IGNORECASE)

NO_NEW_USES = frozenset({OWN_USE, POSSIBLE})
"""The deprecated module itself may change, and what may be something else of that name is nobody's fault."""


@record
class UsesAtCommit:
    uses: tuple[DeprecatedUse, ...] = ()
    unreadable: Mapping[str, str] | None = None


def rules_without_phase(plan: Plan) -> Rules:
    return replace(plan.rules(Phase(0, "")), codemods=())


def uses_added(
    repository: Repository, guard: WatchedMigration, base: str, head: str, index: Index
) -> RatchetFindings:
    """The uses that `head` has and `base` had not. Only the files that differ are compared."""
    changes = repository.diff(base, head, renames=True)
    after = uses_at(
        repository, guard.plan, head, {one.new_path for one in changes if one.status != "D"}, index
    )
    if not after.uses:
        return RatchetFindings(guard, unreadable=after.unreadable or {})
    paths_before = {one.old_path for one in changes if one.status != "A"}
    before = uses_at(repository, guard.plan, base, paths_before, index)
    new, allowed = split_allowed(new_uses(before.uses, after.uses, old_paths(changes)))
    files_with_allowed_uses = frozenset(use.path for use in after.uses if use.allowed)
    return RatchetFindings(guard, new, allowed, after.unreadable or {}, files_with_allowed_uses)


def old_paths(changes: Iterable[PathChange]) -> dict[str, str]:
    return {one.new_path: one.old_path for one in changes if one.new_path != one.old_path}


def uses_at(
    repository: Repository, plan: Plan, commit: str, paths: Collection[str], index: Index
) -> UsesAtCommit:
    """Of these files alone; the others are looked at for what they re-export."""
    if not paths:
        return UsesAtCommit()
    tree = CachedTree(CommitTree(repository, commit), index)
    sites_by_file = scan(tree, rules_without_phase(plan), paths, index=index)
    unreadable = {path: sites.unparsable for path, sites in sites_by_file.items() if sites.unparsable}
    return UsesAtCommit(tuple(with_lines(tree, sites_by_file)), unreadable)


def allowed_uses(
    tree: Tree, sites_by_file: Mapping[str, FileSites], entries: Sequence[Entry] | None = None
) -> tuple[DeprecatedUse, ...]:
    """Of what was found in a tree, the uses that somebody allowed with a reason. `entries`: its files, where known."""
    files = tree.entries() if entries is None else entries
    read = tree.read([entry for entry in files if entry.path in sites_by_file])
    marked = [(entry, data) for entry, data in read if ALLOW_COMMENT.search(data)]
    return tuple(
        use for entry, data in marked for use in uses_in_file(entry, data, sites_by_file) if use.allowed
    )


def with_lines(tree: Tree, sites_by_file: Mapping[str, FileSites]) -> Iterator[DeprecatedUse]:
    entries = [
        entry for entry in tree.entries() if entry.path in sites_by_file and sites_by_file[entry.path].sites
    ]
    for entry, data in tree.read(entries):
        yield from uses_in_file(entry, data, sites_by_file)


def uses_in_file(
    entry: Entry, data: bytes, sites_by_file: Mapping[str, FileSites]
) -> Iterator[DeprecatedUse]:
    lines = lines_of(data)
    for site in sites_by_file[entry.path].sites:
        if site.kind in NO_NEW_USES:
            continue
        text = lines[site.line - 1] if 0 < site.line <= len(lines) else ""
        yield DeprecatedUse(
            entry.path, site.line, site.kind, site.symbol, text, site.safe, site.note, site.column
        )


def lines_of(data: bytes) -> list[str]:
    """Numbered as the sites are."""
    source = read_source(data)
    text = data if isinstance(source, Unreadable) else source.text
    return [line.decode("utf-8", "replace") for line in text.splitlines()]
