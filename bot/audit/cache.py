"""An audit's findings, kept for the next audit and reused if no change since then affects them."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Sequence
from dataclasses import dataclass

from bot.audit.misleading_names import definition_words, imported_names
from bot.audit.surroundings import Surroundings
from bot.git.mirror import CommitTree
from bot.git.objects import PathChange
from bot.plan.plan import Plan
from bot.rewrite.blob_index import BlobIndex
from bot.rewrite.incremental_scan import PYTHON, ScanResult, changed_contents
from codemods.model.pickles import load_pickle
from codemods.model.rules import Rules
from codemods.model.tree import Tree


@dataclass(frozen=True)
class KeptAudit:
    commit: str
    surroundings: Surroundings
    sizes: tuple[int, int]
    """Files, and Python files among them."""


def keep_audit(rules: Rules, plan: Plan | None, kept: KeptAudit, index: BlobIndex) -> None:
    index.put(key(rules, plan), pickle.dumps(kept))


def reusable_audit(
    tree: Tree, rules: Rules, plan: Plan | None, scanned: ScanResult, index: BlobIndex
) -> KeptAudit | None:
    """None if the audit has to run again."""
    last_audit = load_pickle(index.get(key(rules, plan)), KeptAudit)
    if last_audit is None or scanned.changes is None or not isinstance(tree, CommitTree):
        return None
    if last_audit.commit != scanned.previous_commit or is_touched(
        last_audit.surroundings, rules, tree, scanned.changes
    ):
        return None
    return last_audit


def key(rules: Rules, plan: Plan | None) -> bytes:
    retired = [one for phase in plan.phases for one in phase.retire] if plan else []
    return b"audit 1 " + hashlib.sha256(repr((rules, retired)).encode(errors="surrogatepass")).digest()


def is_touched(
    surroundings: Surroundings, rules: Rules, tree: CommitTree, changed: Sequence[PathChange]
) -> bool:
    names = {one.old.name for one in rules.replace if one.old.name} | {
        one.name for one in surroundings.dangling
    }
    members = {each.member for one in surroundings.interfaces for each in one.differences} - {"", "__init__"}
    words = [*definition_words(names), *(f".{member}".encode() for member in sorted(members))]
    tails = {one.old.module.rpartition(".")[2] for one in rules.replace}
    return any(
        change.path in surroundings.files_read
        or any(word in old or word in new for word in words)
        or any(imported_names(old, tail) != imported_names(new, tail) for tail in tails)
        for change, old, new in changed_contents(tree, changed)
        if change.path.endswith(PYTHON)
    )


def updated_sizes(sizes: tuple[int, int], changed: Sequence[PathChange]) -> tuple[int, int]:
    """A change of Python files alone neither adds nor removes one."""
    difference = sum((change.status == "A") - (change.status == "D") for change in changed)
    return sizes[0] + difference, sizes[1]
