"""What this process has computed about commits, or asked GitHub about people: bounded in bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from cachetools import LRUCache, TTLCache

from bot.decide.facts import BreakingUse, ChangesInTree, CheckResult, PlanProblem, RemainingReference, Role
from bot.decide.plan_file import PlanFile
from bot.github import Content
from bot.migration.branch_origin import BranchOrigin
from bot.migration.count import MigrationCount
from bot.migration.listings import GitHubCache
from bot.migration.sized_cache import lru_cache_of, ttl_cache_of

RULES_CHANGE_AFTER = 6 * 3600.0
"""Seconds after which something that rules have refused is tried again."""

LABELS_READ_AFTER = 3600.0
"""Seconds after which it is asked again whether all labels are there that were."""


@dataclass(frozen=True)
class CommitCache:
    plan_files: LRUCache[tuple[int, str], tuple[PlanFile, ...]] = field(
        default_factory=lambda: lru_cache_of(64)
    )
    """By the repository and the commit."""
    plan_problems: LRUCache[tuple[object, ...], PlanProblem | None] = field(
        default_factory=lambda: lru_cache_of(64)
    )
    counts: LRUCache[tuple[int, str, str], MigrationCount] = field(
        default_factory=lambda: lru_cache_of(64, 16 * 2**20)
    )
    """By the repository, the commit and the plan's digest."""
    changed_files: LRUCache[tuple[object, ...], bool] = field(default_factory=lambda: lru_cache_of(1024))
    """Whether a phase's files changed between two commits."""
    reported_new_uses: LRUCache[tuple[str, str], bool] = field(default_factory=lambda: lru_cache_of(4096))
    """By the two commits between which they came."""
    branch_origins: LRUCache[str, BranchOrigin | None] = field(default_factory=lambda: lru_cache_of(4096))
    """By the head of the branch."""
    settled_checks: LRUCache[str, tuple[CheckResult, ...]] = field(default_factory=lambda: lru_cache_of(1024))
    """What two readings of a commit's checks agreed on."""
    obstacles: LRUCache[tuple[int, str, str], tuple[RemainingReference, ...]] = field(
        default_factory=lambda: lru_cache_of(64)
    )
    """What keeps a migration open at a commit without any reference left."""
    breaking_uses: LRUCache[tuple[int, str, str, int], tuple[BreakingUse, ...]] = field(
        default_factory=lambda: lru_cache_of(64)
    )
    """What the retirement of a phase's modules would break, by the commit and the plan's digest."""
    changes_in_tree: LRUCache[tuple[str, str | None, str], ChangesInTree] = field(
        default_factory=lambda: lru_cache_of(1024)
    )
    """By the merge, the merge that reverted it, and the default branch's head."""
    undeletable_branches: TTLCache[tuple[int, str, str], bool] = field(
        default_factory=lambda: ttl_cache_of(4096, RULES_CHANGE_AFTER)
    )
    """By the repository, the ref and its commit: where rules keep them."""
    edited_comments: LRUCache[tuple[int, datetime], bool] = field(default_factory=lambda: lru_cache_of(4096))
    """By the comment and its last update."""
    unreported_proofs: LRUCache[tuple[int, str], bool] = field(default_factory=lambda: lru_cache_of(1024))
    """By the repository and the head: what GitHub refused to show, or what was tried again already."""
    reactions: LRUCache[tuple[int, Content], bool] = field(default_factory=lambda: lru_cache_of(4096))
    """Those that Drover has put on a comment."""
    silenced_requests: LRUCache[str, bool] = field(default_factory=lambda: lru_cache_of(4096))
    """Those that are never answered."""
    labels: TTLCache[int, frozenset[str]] = field(
        default_factory=lambda: ttl_cache_of(4096, LABELS_READ_AFTER)
    )
    """Those of a repository, as they were read."""
    roles: LRUCache[tuple[int, str], Role] = field(default_factory=lambda: lru_cache_of(4096))
    """What GitHub last said of a person in a repository."""
    unknown_since: LRUCache[tuple[int, str], float] = field(default_factory=lambda: lru_cache_of(4096))
    """When it was first asked about a person in vain."""
    github_cache: GitHubCache = field(default_factory=GitHubCache)
