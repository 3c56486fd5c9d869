"""The account of what is left: every mention of an old name in any file of the tree, and why it isn't migrated."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.decide.facts import KeptMentions
from bot.git.mirror import CommitTree
from bot.rewrite.blob_index import BlobIndex
from bot.rewrite.incremental_scan import ScanResult, deprecated_files
from codemods.model.modules import find_modules
from codemods.model.pickles import load_pickle
from codemods.model.rules import Rules, modules_of
from codemods.model.site import Site
from codemods.model.tree import Entry, Tree
from codemods.scan.mentions import MentionedFile, MentionGroup, explain_mentions, mention_needles

FILE_MODES = ("100644", "100755")
LARGEST = 2**20
"""Bytes from which on a file's mentions are not looked at one by one."""

Account = Mapping[str, tuple[MentionGroup, ...]]
"""By path."""


@dataclass(frozen=True)
class KeptAccount:
    """An account as it is kept, for the one after it."""

    commit: str
    account: Account
    deprecated_files: frozenset[str]


def account_of(tree: Tree, rules: Rules, scanned: ScanResult, index: BlobIndex | None = None) -> Account:
    """With an index, only what changed since the account before is looked at again."""
    key = b"account 1 " + hashlib.sha256(repr(rules).encode(errors="surrogatepass")).digest()
    last = load_pickle(index.get(key), KeptAccount) if index else None
    if last is not None and scanned.changes is not None and last.commit == scanned.previous_commit:
        kept = update_kept(tree, rules, scanned, last)
    else:
        kept = from_nothing(tree, rules, scanned)
    if index and isinstance(tree, CommitTree) and kept != last:
        index.put(key, pickle.dumps(kept))
    return kept.account


def from_nothing(tree: Tree, rules: Rules, scanned: ScanResult) -> KeptAccount:
    entries = [entry for entry in tree.entries() if entry.mode in FILE_MODES]
    deprecated = scanned.deprecated_files
    if deprecated is None:
        paths = [entry.path for entry in entries]
        deprecated = deprecated_files(find_modules(paths, rules.roots, modules_of(rules.symbols)), rules)
    searched = scanned.searched_tree or tree
    needles = mention_needles(rules)
    holding = searched.grep(needles, entries) if needles else set()
    explained = explain(tree, rules, scanned, [one for one in entries if one.path in holding], deprecated)
    return KeptAccount(commit_of(tree), dict(explained), deprecated)


def update_kept(tree: Tree, rules: Rules, scanned: ScanResult, last: KeptAccount) -> KeptAccount:
    changes = scanned.changes or ()
    changed = [Entry(one.path, one.new_blob, one.new_mode) for one in changes if one.status != "D"]
    needles = mention_needles(rules)
    read = [entry for entry, data in tree.read(changed) if any(needle in data for needle in needles)]
    paths = {one.path for one in changes}
    account = {path: groups for path, groups in last.account.items() if path not in paths}
    account.update(explain(tree, rules, scanned, read, last.deprecated_files))
    return KeptAccount(commit_of(tree), dict(sorted(account.items())), last.deprecated_files)


def explain(
    tree: Tree, rules: Rules, scanned: ScanResult, entries: Iterable[Entry], deprecated: frozenset[str]
) -> Iterable[tuple[str, tuple[MentionGroup, ...]]]:
    for entry, data in tree.read(entries):
        found = scanned.sites_by_file.get(entry.path)
        if found and found.unparsable:
            continue  # it is listed as such
        text = data if len(data) <= LARGEST else data[:LARGEST]
        file = MentionedFile(entry.path, text, found.sites if found else (), entry.path in deprecated)
        groups = explain_mentions(file, rules)
        if groups:
            yield entry.path, groups


def kept_mentions(account: Account) -> tuple[KeptMentions, ...]:
    """What needs no manual work, by its explanation, the most frequent first."""
    grouped: dict[tuple[bool, str], list[MentionGroup]] = {}
    for groups in account.values():
        for one in groups:
            if one.outcome in ("on purpose", "something else"):
                grouped.setdefault((one.outcome == "on purpose", one.why), []).append(one)
    found = [
        KeptMentions(
            on_purpose,
            why,
            sum(one.count for one in groups),
            len({one.path for one in groups}),
            groups[0].path,
            groups[0].lines[0],
        )
        for (on_purpose, why), groups in grouped.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.count, one.why)))


def account_of_files(tree: Tree, rules: Rules, sites_by_path: Mapping[str, Sequence[Site]]) -> Account:
    """Of these files alone, where their references are known."""
    entries = [entry for entry in tree.entries() if entry.path in sites_by_path]
    return {
        entry.path: groups
        for entry, data in tree.read(entries)
        if (
            groups := explain_mentions(
                MentionedFile(entry.path, data[:LARGEST], sites_by_path[entry.path]), rules
            )
        )
    }


def commit_of(tree: Tree) -> str:
    return tree.commit if isinstance(tree, CommitTree) else ""
