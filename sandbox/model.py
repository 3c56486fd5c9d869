"""What the small GitHub holds: people, Apps, repositories, issues, pull requests and what checks say."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sandbox.git import Git

Json = dict[str, Any]
Kind = Literal["User", "Bot", "Organization"]
Role = Literal["none", "read", "triage", "write", "maintain", "admin"]
MergeMethod = Literal["merge", "squash", "rebase"]
State = Literal["open", "closed"]
StatusState = Literal["error", "failure", "pending", "success"]
Verdict = Literal["APPROVE", "REQUEST_CHANGES", "COMMENT"]

ROLES: tuple[Role, ...] = ("none", "read", "triage", "write", "maintain", "admin")
REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


@dataclass(eq=False)
class User:
    id: int
    login: str
    created_at: datetime
    kind: Kind = "User"
    name: str | None = None
    email: str = ""
    """The address its commits carry: how a commit finds its person."""


@dataclass(eq=False)
class App:
    id: int
    slug: str
    name: str
    owner: User
    bot: User
    permissions: dict[str, str]
    events: list[str]
    webhook_url: str | None
    webhook_secret: str
    private_key: str
    public_key: str
    client_id: str
    client_secret: str
    created_at: datetime
    description: str = ""
    external_url: str = "https://example.com"
    setup_url: str | None = None
    """Where a person is sent who has installed it."""
    public: bool = True
    """One that is not can be installed by its owner only."""


@dataclass(eq=False)
class Installation:
    id: int
    app: App
    account: User
    permissions: dict[str, str]
    events: list[str]
    created_at: datetime
    updated_at: datetime
    repositories: set[int] = field(default_factory=set)
    suspended_at: datetime | None = None
    suspended_by: User | None = None


@dataclass(frozen=True)
class Actor:
    """Whose name stands on what is done, and the App it is done through."""

    user: User
    installation: Installation | None = None

    @property
    def app(self) -> App | None:
        return self.installation.app if self.installation else None


@dataclass(eq=False)
class Label:
    id: int
    name: str
    color: str = "ededed"
    description: str | None = None
    default: bool = False


@dataclass(eq=False)
class Reaction:
    id: int
    user: User
    content: str
    created_at: datetime


@dataclass(frozen=True)
class Edit:
    """A text as it stood after one edit, newest last."""

    body: str
    editor: User
    at: datetime


@dataclass(eq=False)
class Comment:
    id: int
    user: User
    body: str
    created_at: datetime
    updated_at: datetime
    app: App | None = None
    reactions: list[Reaction] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)


@dataclass(eq=False)
class IssueEvent:
    """What happened to an issue, as its timeline tells it."""

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
    """Whose approval no longer counts."""


@dataclass(eq=False)
class Review:
    id: int
    user: User
    body: str
    state: Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"]
    commit_id: str
    submitted_at: datetime


@dataclass(frozen=True)
class AutoMerge:
    actor: Actor
    method: MergeMethod
    title: str | None = None
    message: str | None = None


@dataclass(frozen=True)
class MergeTest:
    """Whether a head merges cleanly into a base: true for these two commits only."""

    base: str
    head: str
    tree: str | None
    """The merged tree; None where they conflict."""
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
    """An issue, or a pull request: they share numbers, texts, labels and comments."""

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
class Annotation:
    path: str
    start_line: int
    end_line: int
    level: str
    message: str
    title: str | None = None
    raw_details: str | None = None
    start_column: int | None = None
    end_column: int | None = None


@dataclass(frozen=True)
class Action:
    """A button on a check run."""

    label: str
    description: str
    identifier: str


@dataclass(eq=False)
class CheckSuite:
    id: int
    app: App
    head_sha: str
    head_branch: str | None
    created_at: datetime
    updated_at: datetime
    before: str | None = None
    rerequestable: bool = True


@dataclass(eq=False)
class CheckRun:
    id: int
    suite: CheckSuite
    name: str
    started_at: datetime
    status: str = "queued"
    conclusion: str | None = None
    completed_at: datetime | None = None
    details_url: str | None = None
    external_id: str = ""
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[Annotation] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)


@dataclass(eq=False)
class Status:
    id: int
    sha: str
    state: StatusState
    context: str
    description: str | None
    target_url: str | None
    creator: User
    created_at: datetime


@dataclass(eq=False)
class WorkflowRun:
    id: int
    number: int
    name: str
    path: str
    suite: CheckSuite
    event: str
    actor: User
    title: str
    created_at: datetime
    updated_at: datetime
    status: str = "queued"
    conclusion: str | None = None
    attempt: int = 1


@dataclass(frozen=True)
class Protection:
    """What a protected branch asks for."""

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
    archived: bool = False
    description: str | None = None
    parent: Repository | None = None
    roles: dict[str, Role] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    """By lower-case name: GitHub takes `Bug` and `bug` for one label."""
    issues: dict[int, Issue] = field(default_factory=dict)
    left: dict[int, Issue | None] = field(default_factory=dict)
    """Those that are here no more: what they became in another repository, None for deleted ones."""
    protections: dict[str, Protection] = field(default_factory=dict)
    suites: dict[int, CheckSuite] = field(default_factory=dict)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)
    workflow_runs: dict[int, WorkflowRun] = field(default_factory=dict)
    allow_merge_commit: bool = True
    allow_squash_merge: bool = True
    allow_rebase_merge: bool = True
    allow_auto_merge: bool = False
    delete_branch_on_merge: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while refs move."""

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    @property
    def pulls(self) -> list[Issue]:
        return [issue for issue in self.issues.values() if issue.pull]
