"""Repositories with their issues, pull requests and protected branches."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sandbox.git.repository import Git
from sandbox.model.accounts import Actor, App, Role, User
from sandbox.model.checks import CheckRun, CheckSuite, CommitStatus, WorkflowRun
from sandbox.model.comments import Comment, Edit, Reaction
from sandbox.model.labels import Label
from sandbox.model.reviews import Review

MergeMethod = Literal["merge", "squash", "rebase"]
State = Literal["open", "closed"]


@dataclass(eq=False)
class IssueEvent:
    """An event in an issue's timeline."""

    id: int
    event: str
    actor: User
    created_at: datetime
    app: App | None = None
    label: Label | None = None
    commit_id: str | None = None
    rename: tuple[str, str] | None = None
    reviewer: User | None = None
    assignee: User | None = None
    review: Review | None = None
    """The review that was dismissed."""


@dataclass(frozen=True)
class AutoMerge:
    actor: Actor
    method: MergeMethod
    title: str | None = None
    message: str | None = None


@dataclass(frozen=True)
class MergeTest:
    """Whether a head commit merges cleanly into a base commit."""

    base: str
    head: str
    tree: str | None
    """The merged tree; None for a conflict."""
    rebases: bool


@dataclass(eq=False)
class PullRequest:
    head_repo: Repository | None
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    draft: bool = False
    merged_at: datetime | None = None
    merged_by: User | None = None
    merge_commit_sha: str | None = None
    merge_test: MergeTest | None = None
    auto_merge: AutoMerge | None = None
    maintainer_can_modify: bool = False
    reviewers: list[User] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)


@dataclass(eq=False)
class Issue:
    """An issue or a pull request."""

    id: int
    repo: Repository
    number: int
    title: str
    body: str | None
    user: User
    created_at: datetime
    updated_at: datetime
    app: App | None = None
    state: State = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    closed_by: User | None = None
    locked: bool = False
    labels: list[Label] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    events: list[IssueEvent] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    pull: PullRequest | None = None

    @property
    def is_pull(self) -> bool:
        return self.pull is not None


@dataclass(frozen=True)
class Protection:
    """The rules of a protected branch."""

    required_checks: tuple[str, ...] = ()
    strict: bool = False
    approvals: int = 0
    dismiss_stale: bool = False
    linear_history: bool = False
    allow_force_pushes: bool = False
    allow_deletions: bool = False
    enforce_admins: bool = False
    pull_request_required: bool = False
    merge_queue: bool = False


@dataclass(frozen=True)
class RuleSet:
    """Rules over the branches that match a pattern. Apps don't bypass them."""

    branches: str = "*"
    """As `fnmatch` has it."""
    creation: bool = False
    deletion: bool = False
    force_pushes: bool = False
    pull_request: bool = False
    linear_history: bool = False
    merge_methods: tuple[MergeMethod, ...] = ()
    """Those that are allowed; none for all."""
    restricted_paths: tuple[str, ...] = ()
    """Paths that no push may change, in any ref."""
    largest_file: int = 0
    """In bytes; 0 for any size."""


@dataclass(eq=False)
class Repository:
    id: int
    owner: User
    name: str
    git: Git
    created_at: datetime
    pushed_at: datetime
    updated_at: datetime
    default_branch: str = "main"
    private: bool = False
    free_plan: bool = False
    """Private, of an owner on the free plan: no rules, no drafts."""
    archived: bool = False
    description: str | None = None
    parent: Repository | None = None
    roles: dict[str, Role] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    """By lower-case name: for GitHub, `Bug` and `bug` are the same label."""
    issues: dict[int, Issue] = field(default_factory=dict)
    left: dict[int, Issue | None] = field(default_factory=dict)
    """Removed issues by number: the transferred issue, or None for a deleted one."""
    protections: dict[str, Protection] = field(default_factory=dict)
    rule_sets: list[RuleSet] = field(default_factory=list)
    suites: dict[int, CheckSuite] = field(default_factory=dict)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    statuses: list[CommitStatus] = field(default_factory=list)
    workflow_runs: dict[int, WorkflowRun] = field(default_factory=dict)
    allow_merge_commit: bool = True
    allow_squash_merge: bool = True
    allow_rebase_merge: bool = True
    allow_auto_merge: bool = False
    delete_branch_on_merge: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while refs are updated."""

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    @property
    def pulls(self) -> list[Issue]:
        return [issue for issue in self.issues.values() if issue.pull]


@dataclass(frozen=True)
class PullSize:
    """The size of a pull request."""

    commits: int = 0
    additions: int = 0
    deletions: int = 0
    files: int = 0
