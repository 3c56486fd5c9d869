"""What one turn works with: the repository as it is now, and what was worked out about commits, which never changes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from cachetools import LRUCache

from bot.audit.outlines import Outlines
from bot.decide.facts import (
    Actor,
    ChangesInTree,
    CheckResult,
    LabelChange,
    PhaseFacts,
    PlanProblem,
    RemainingReference,
    Role,
)
from bot.git.author import NAME
from bot.git.mirror import CommitTree, Mirror, Mirrors
from bot.git.remote import RemoteFailed
from bot.github import (
    App,
    CheckRun,
    Comment,
    Forbidden,
    GitCommit,
    Installation,
    Issue,
    NotFound,
    Repo,
    RepoDetails,
    Unavailable,
)
from bot.markers.hidden import is_status
from bot.markers.trailers import built_from
from bot.migration.count import MigrationCount, count_references
from bot.migration.job import CommandsJob
from bot.migration.listings import GitHubCache, Listings
from bot.migration.owners import slice_is_touched
from bot.migration.plan_source import LoadedPlan, check_against_tree, find_plan
from bot.migration.staleness import phase_is_touched
from bot.plan.plan import Plan
from bot.rewrite.blob_index import BlobIndex
from bot.settings import Settings
from bot.store import Migration, PhaseProblem, Store
from codemods.model.modules import find_modules
from codemods.model.rules import modules_of

T = TypeVar("T")
PROOF = "drover / proof"
TOUCHED = "its files changed on the default branch"
_ROLES: dict[str, Role] = {
    "admin": "admin",
    "maintain": "maintain",
    "write": "write",
    "triage": "triage",
    "read": "read",
}


@dataclass(frozen=True)
class SharedState:
    """What every turn of this process shares."""

    settings: Settings
    store: Store
    github: App
    mirrors: Mirrors
    index: BlobIndex
    plans: LRUCache[tuple[int, str, int, str], LoadedPlan] = field(default_factory=lambda: LRUCache(64))
    plan_problems: LRUCache[tuple[object, ...], PlanProblem | None] = field(
        default_factory=lambda: LRUCache(64)
    )
    changed_files: LRUCache[tuple[object, ...], bool] = field(default_factory=lambda: LRUCache(1024))
    """Whether a phase's files changed between two commits."""
    counts: LRUCache[tuple[int, str, str], MigrationCount] = field(default_factory=lambda: LRUCache(64))
    reported_new_uses: LRUCache[tuple[str, str], bool] = field(default_factory=lambda: LRUCache(4096))
    branch_origins: LRUCache[str, BranchOrigin | None] = field(default_factory=lambda: LRUCache(4096))
    settled_checks: LRUCache[str, tuple[CheckResult, ...]] = field(default_factory=lambda: LRUCache(1024))
    """What a commit's checks said twice."""
    obstacles: LRUCache[tuple[int, str, str], tuple[RemainingReference, ...]] = field(
        default_factory=lambda: LRUCache(64)
    )
    """What a head without any reference left still shows against the end."""
    roles: LRUCache[tuple[int, str], Role] = field(default_factory=lambda: LRUCache(4096))
    """What GitHub last said of a person in a repository."""
    github_cache: GitHubCache = field(default_factory=GitHubCache)
    stopping: threading.Event = field(default_factory=threading.Event)
    """Set when the process stops: what takes long is left, for the next one to begin again."""
    changes_in_tree: LRUCache[tuple[str, str | None, str], ChangesInTree] = field(
        default_factory=lambda: LRUCache(1024)
    )
    """By the merge, the merge that took it back, and the default branch's head."""


@dataclass(frozen=True)
class BranchOrigin:
    """What a phase's branch was made from, as its commits say."""

    base: str
    plan_digest: str
    last_own_commit: str
    """The newest commit on it that is ours."""
    other_commits: tuple[str, ...]
    """Commits of people on top of it, the oldest first."""
    message: str
    """Of the newest that is ours."""


class TurnContext:
    def __init__(
        self,
        shared: SharedState,
        migration: Migration,
        installation: Installation,
        repo: Repo,
        info: RepoDetails,
        head: str,
        app_id: int,
        login: str,
    ) -> None:
        self.shared, self.migration, self.installation, self.repo = shared, migration, installation, repo
        self.info, self.head, self.app_id, self.login = info, head, app_id, login
        self.store = shared.store
        self.jobs: list[CommandsJob] = []
        """What this turn asks for that is carried out apart from it."""
        self._people: dict[str, Actor] = {}
        self.listings = self.fresh_listings()

    # people

    async def person(self, login: str) -> Actor:
        """Asked of GitHub once a turn."""
        if login not in self._people:
            self._people[login] = await self._asked(login)
        return self._people[login]

    async def _asked(self, login: str) -> Actor:
        if login == self.login:
            return Actor(login, "none", is_drover=True)
        key = (self.info.id, login)
        try:
            said = await self.repo.permission(login)
        except (NotFound, Forbidden, Unavailable):
            return Actor(login, "unknown", previous_role=self.shared.roles.get(key, "unknown"))
        self.shared.roles[key] = _ROLES.get(said.role) or _ROLES.get(said.permission) or "none"
        return Actor(login, self.shared.roles[key])

    def is_ours(self, comment: Comment) -> bool:
        return comment.author.login == self.login

    def is_status(self, comment: Comment) -> bool:
        return self.is_ours(comment) and is_status(comment.body)

    def fresh_listings(self) -> Listings:
        """For what is done now, and not only said of a moment ago."""
        return Listings(self.shared.github_cache, self.repo, self.info.id, self.migration.issue, self.login)

    def missing_features(self) -> set[str]:
        return {str(feature) for feature in self.installation.features.missing}

    # git

    async def with_mirror(self, do: Callable[[Mirror], T]) -> T:
        """In a thread, with the mirror open and the default branch's head in it; once more where the token ended."""
        token = await self.installation.token()
        try:
            return await asyncio.to_thread(self._with_mirror, do, token)
        except RemoteFailed as failed:
            if failed.reason != "unauthorized":
                raise
        token = await self.installation.renewed_token(token)
        return await asyncio.to_thread(self._with_mirror, do, token)

    def _with_mirror(self, do: Callable[[Mirror], T], token: str) -> T:
        with self.shared.mirrors.open(self.info.id, self.info.clone_url, token) as mirror:
            if not mirror.has(self.head):
                mirror.fetch_branch(self.info.default_branch)
            mirror.remote.ensure(self.head)
            return do(mirror)

    # the plan and the count

    async def load_plan(self, issue: Issue) -> LoadedPlan:
        key = (self.info.id, self.head, issue.number, issue.body)
        if key not in self.shared.plans:
            self.shared.plans[key] = await self.with_mirror(
                lambda mirror: find_plan(mirror, self.head, issue.number, issue.body)
            )
        return self.shared.plans[key]

    async def plan_problem(
        self, planned: LoadedPlan, plan: Plan, phases: tuple[PhaseFacts, ...]
    ) -> PlanProblem | None:
        """What the tree says against the plan, for the phases that still have to run."""
        to_run = tuple(one.phase.number for one in phases if all(part.pull is None for part in one.parts))
        key = (self.info.id, self.head, planned.digest, to_run)
        if key not in self.shared.plan_problems:
            self.shared.plan_problems[key] = await self._wrong(plan, to_run)
        return self.shared.plan_problems[key]

    async def _wrong(self, plan: Plan, to_run: tuple[int, ...]) -> PlanProblem | None:

        def check(mirror: Mirror) -> PlanProblem | None:
            tree = CommitTree(mirror, self.head)
            paths = [entry.path for entry in tree.entries()]
            outlines = Outlines(
                tree, find_modules(paths, plan.roots, modules_of(plan.replace)), self.shared.index
            )
            return check_against_tree(plan, paths, outlines.is_defined, to_run)

        return await self.with_mirror(check)

    async def count(self, planned: LoadedPlan, plan: Plan, at: str | None = None) -> MigrationCount:
        """At the default branch's head, or at a commit that it was at."""
        commit = at or self.head
        key = (self.info.id, commit, planned.digest)
        if key not in self.shared.counts:
            self.shared.counts[key] = await self.with_mirror(lambda mirror: self._count(mirror, plan, commit))
        return self.shared.counts[key]

    def _count(self, mirror: Mirror, plan: Plan, commit: str) -> MigrationCount:
        mirror.remote.ensure(commit)
        return count_references(mirror, plan, commit, index=self.shared.index)

    # a phase's branch

    async def branch_origin(self, sha: str) -> BranchOrigin | None:
        if sha not in self.shared.branch_origins:
            self.shared.branch_origins[sha] = await self._origin(sha)
        return self.shared.branch_origins[sha]

    async def _origin(self, head: str) -> BranchOrigin | None:
        """Back over what people put on top, to the newest of our commits."""
        sha, people = head, list[str]()
        for _ in range(100):
            commit = await self.repo.commits.get(sha)
            if commit is None or not commit.parents:
                return None
            built = built_from(commit.message)
            if built is not None and await self.is_own(commit):
                return BranchOrigin(*built, sha, tuple(people[::-1]), commit.message)
            people.append(sha)
            sha = commit.parents[0]
        return None

    async def is_own_head(self, sha: str) -> bool:
        commit = await self.repo.commits.get(sha)
        return commit is not None and await self.is_own(commit)

    async def is_own(self, commit: GitCommit) -> bool:
        """Made by the App, or recorded when it was pushed: a commit that a person has rewritten is theirs."""
        if commit.user is not None and commit.user.login == self.login and commit.verified:
            return True
        return commit.author.name == NAME or await asyncio.to_thread(
            self.store.pushed_heads.contains, self.info.id, commit.sha
        )

    async def outdated(self, planned: LoadedPlan, facts: PhaseFacts, made: BranchOrigin | None) -> str:
        """Why the branch is to be made anew; empty where a reviewer would see the same."""
        phase, pull = facts.phase, facts.pull
        if made is None or not isinstance(planned.plan, Plan):
            return ""
        if made.plan_digest not in planned.digests_of(phase):
            return "the plan changed"
        if pull is not None and pull.base_branch != self.info.default_branch:
            return "another branch is the default one"
        if made.base == self.head:
            return ""
        if pull is not None and pull.mergeable is False:
            return "it no longer merges"
        key = self._touching(planned, facts, made)
        if key not in self.shared.changed_files:
            self.shared.changed_files[key] = await self._touched(planned, planned.plan, facts, made)
        return TOUCHED if self.shared.changed_files[key] else ""

    def _touching(self, planned: LoadedPlan, facts: PhaseFacts, made: BranchOrigin) -> tuple[object, ...]:
        number, one = facts.phase.number, facts.slice
        return self.info.id, made.base, self.head, planned.digest, number, one, made.last_own_commit

    def note_unchanged(self, planned: LoadedPlan, facts: PhaseFacts, made: BranchOrigin) -> None:
        """Made anew it would be what it is: nobody's approval is lost for that."""
        self.shared.changed_files[self._touching(planned, facts, made)] = False

    async def _touched(self, planned: LoadedPlan, plan: Plan, facts: PhaseFacts, made: BranchOrigin) -> bool:
        """1. what is left of it in files that changed  2. what others' changes make of files that did not"""
        phase, one = facts.phase, facts.slice
        now = await self.count(planned, plan)
        left = now.files_with_references

        def changed(mirror: Mirror) -> bool:
            mirror.remote.ensure(made.base, made.last_own_commit)
            if not phase_is_touched(mirror, plan, phase, left, made.base, self.head, made.last_own_commit):
                return False
            if one.key:
                return slice_is_touched(mirror, plan, phase, one, made.base, self.head, made.last_own_commit)
            return True

        if await self.with_mirror(changed):
            return True
        then = await self.count(planned, plan, made.base)
        return now.fingerprints.get(phase.number) != then.fingerprints.get(phase.number)

    async def proof_check(self, sha: str) -> CheckRun | None:
        """It is written once for a head."""
        known, key = self.shared.github_cache.proof_checks, (self.info.id, sha)
        if key not in known:
            runs = await self.repo.check_runs.of(sha, name=PROOF, app_id=self.app_id)
            if not runs:
                return None
            known[key] = runs[0]
        return known[key]

    # trouble

    def failure_key(self, digest: str, label_change: LabelChange | None) -> str:
        """What a trouble is about: with another base, another plan or another asking it is tried anew."""
        return f"{self.head}/{digest}/{label_change.event_id if label_change else 0}"

    def failure(
        self, issue: int, phase: int, slice_key: str, digests: Sequence[str], label_change: LabelChange | None
    ) -> PhaseProblem | None:
        over = [self.failure_key(digest, label_change) for digest in digests]
        return self.store.phase_problems.get(self.info.id, issue, phase, slice_key, over)


async def open_context(
    shared: SharedState, migration: Migration, app_id: int, login: str
) -> TurnContext | None:
    """None where the repository has no commit yet."""
    installation = shared.github.installation(migration.installation)
    info = await installation.repo_by_id(migration.repo_id)
    repo = installation.repo_named(info.full_name)
    head = await repo.refs.get(f"refs/heads/{info.default_branch}")
    if head is None:
        return None
    return TurnContext(shared, migration, installation, repo, info, head.sha, app_id, login)
