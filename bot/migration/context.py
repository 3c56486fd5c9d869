"""What one turn works with: the repository as it is now, who people are, the mirror, the plan and the count."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from bot.audit.outlines import Outlines
from bot.decide.checks import PROOF
from bot.decide.facts import (
    Actor,
    LabelChange,
    PhaseFacts,
    PlanProblem,
    Role,
)
from bot.decide.plan_file import PlanFile
from bot.decide.progress import WorkProgress
from bot.git.author import Identity, bot_identity
from bot.git.mirror import CommitTree, Mirror
from bot.git.remote import AcceptedPush, RejectedPush, RemoteFailed
from bot.github import (
    CheckRun,
    Comment,
    GitCommit,
    Installation,
    Refusal,
    Repo,
    RepoDetails,
    Unavailable,
)
from bot.github.new_objects import TRIES
from bot.markers.hidden import is_status
from bot.migration.branch_origin import BranchOrigin, find_origin
from bot.migration.commands_job import CommandsJob
from bot.migration.commit_cache import RULES_CHANGE_AFTER
from bot.migration.count import MigrationCount, count_references
from bot.migration.listings import Listings
from bot.migration.own_commits import AppAuthor
from bot.migration.plan_source import LoadedPlan, check_against_tree, plan_files
from bot.migration.shared_state import SharedState
from bot.plan.plan import Plan
from bot.store import Migration, PhaseProblem
from codemods.model.modules import find_modules
from codemods.model.rules import modules_of

ANY_BASE = "any"
"""For what GitHub refuses: it would refuse it on every commit of the default branch."""
T = TypeVar("T")
_ROLES: dict[str, Role] = {
    "admin": "admin",
    "maintain": "maintain",
    "write": "write",
    "triage": "triage",
    "read": "read",
}


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
        identity: Identity,
    ) -> None:
        self.shared, self.migration, self.installation, self.repo = shared, migration, installation, repo
        self.info, self.head, self.app_id, self.login = info, head, app_id, login
        self.identity = identity
        """Whose name the commits bear that git makes."""
        self.store = shared.store
        self.jobs: list[CommandsJob] = []
        """What this turn asks for that is carried out apart from it."""
        self.answers: dict[int | None, Comment] = {}
        """What Drover answered, by the comment with the commands."""
        self.count_progress: WorkProgress | None = None
        """Of the count that is running."""
        self._people: dict[str, Actor] = {}
        self.listings = self.fresh_listings()

    # people

    async def person(self, login: str) -> Actor:
        """Asked of GitHub once a turn."""
        if login not in self._people:
            self._people[login] = await self._ask_role(login)
        return self._people[login]

    async def _ask_role(self, login: str) -> Actor:
        if login == self.login:
            return Actor(login, "none", is_drover=True)
        if login.endswith("[bot]"):  # an App has no role: GitHub says that it isn't a user
            return Actor(login, "none")
        key, cache, now = (self.info.id, login), self.shared.cache, time.time()
        try:
            said = await self.repo.permission(login)
        except (Refusal, Unavailable):
            unknown_for = now - cache.unknown_since.setdefault(key, now)
            return Actor(login, "unknown", False, cache.roles.get(key, "unknown"), unknown_for)
        cache.unknown_since.pop(key, None)
        cache.roles[key] = _ROLES.get(said.role) or _ROLES.get(said.permission) or "none"
        return Actor(login, cache.roles[key])

    def is_ours(self, comment: Comment) -> bool:
        return comment.author.login == self.login

    def is_status(self, comment: Comment) -> bool:
        return self.is_ours(comment) and is_status(comment.body)

    def fresh_listings(self) -> Listings:
        """Listings that are read again, for actions that must not rely on earlier ones."""
        return Listings(
            self.shared.cache.github_cache, self.repo, self.info.id, self.migration.issue, self.login
        )

    def missing_features(self) -> set[str]:
        return {str(feature) for feature in self.installation.features.missing}

    # git

    async def with_mirror(self, do: Callable[[Mirror], T]) -> T:
        """In a thread, with the mirror open and the default branch's head in it; again where the token ended, or where
        not every server of GitHub's has yet what is new."""
        token = await self.installation.token()
        for times in TRIES:
            try:
                return await asyncio.to_thread(self._with_mirror, do, token)
            except RemoteFailed as failed:
                if failed.reason not in ("unauthorized", "missing"):
                    raise
                await self.installation.wait_for_servers(times)
                if failed.reason == "unauthorized":
                    token = await self.installation.renewed_token(token)
        return await asyncio.to_thread(self._with_mirror, do, token)

    def _with_mirror(self, do: Callable[[Mirror], T], token: str) -> T:
        with self.shared.mirrors.open(self.info.id, self.info.clone_url, token) as mirror:
            if not mirror.has(self.head):
                mirror.fetch_branch(self.info.default_branch)
            mirror.remote.ensure(self.head)
            return do(mirror)

    async def push(
        self, refspec: str, lease: Mapping[str, str | None] | None = None
    ) -> AcceptedPush | RejectedPush:
        """`lease`: where the refs have to be now."""
        loop = asyncio.get_running_loop()

        async def before_write() -> None:
            await self.shared.github.before_write()

        def push(mirror: Mirror) -> AcceptedPush | RejectedPush:
            asyncio.run_coroutine_threadsafe(before_write(), loop).result()
            return mirror.remote.push([refspec], force_with_lease=lease)

        return await self.with_mirror(push)

    # the plan and the count

    async def plan_files(self) -> tuple[PlanFile, ...]:
        key = (self.info.id, self.head)
        if key not in self.shared.cache.plan_files:
            self.shared.cache.plan_files[key] = await self.with_mirror(
                lambda mirror: plan_files(mirror, self.head)
            )
        return self.shared.cache.plan_files[key]

    async def plan_problem(
        self, planned: LoadedPlan, plan: Plan, phases: tuple[PhaseFacts, ...]
    ) -> PlanProblem | None:
        """The errors of the plan in this tree, for the phases that still have to run."""
        to_run = tuple(one.phase.number for one in phases if all(part.pull is None for part in one.parts))
        key = (self.info.id, self.head, planned.digest, to_run)
        if key not in self.shared.cache.plan_problems:
            self.shared.cache.plan_problems[key] = await self._check_plan(plan, to_run)
        return self.shared.cache.plan_problems[key]

    async def _check_plan(self, plan: Plan, to_run: tuple[int, ...]) -> PlanProblem | None:

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
        if key not in self.shared.cache.counts:
            self.shared.cache.counts[key] = await self.with_mirror(
                lambda mirror: self._count(mirror, plan, commit)
            )
        return self.shared.cache.counts[key]

    def _count(self, mirror: Mirror, plan: Plan, commit: str) -> MigrationCount:
        mirror.remote.ensure(commit)
        started = time.time()

        def progress(done: int, total: int) -> None:
            self.count_progress = WorkProgress(started, done, total)

        try:
            return count_references(mirror, plan, commit, progress=progress, index=self.shared.index)
        finally:
            self.count_progress = None

    # a phase's branch

    async def branch_origin(self, sha: str) -> BranchOrigin | None:
        if sha not in self.shared.cache.branch_origins:
            self.shared.cache.branch_origins[sha] = await find_origin(self.repo, sha, self.is_own)
        return self.shared.cache.branch_origins[sha]

    async def is_own_head(self, sha: str) -> bool:
        commit = await self.repo.commits.get(sha)
        return commit is not None and await self.is_own(commit)

    async def is_own(self, commit: GitCommit) -> bool:
        """Whether the App made the commit, or pushed it; a commit that a person has rewritten is theirs."""
        if AppAuthor(self.login, self.identity).made(commit):
            return True
        return await asyncio.to_thread(self.store.pushed_heads.contains, self.info.id, commit.sha)

    async def proof_check(self, sha: str) -> CheckRun | None:
        """The check run, cached because it seldom changes."""
        known = self.shared.cache.github_cache.proof_checks.get((self.info.id, sha))
        return known or await self.read_proof_check(sha)

    async def lacks_proof(self, sha: str) -> bool:
        """Whether a head of ours has no report, and it isn't known that it can't be reported."""
        if await self.proof_check(sha) is not None or not await self.is_own_head(sha):
            return False
        return (self.info.id, sha) not in self.shared.cache.unreported_proofs

    async def read_proof_check(self, sha: str) -> CheckRun | None:
        runs = await self.repo.check_runs.of(sha, name=PROOF, app_id=self.app_id)
        return self.keep_proof_check(runs[0]) if runs else None

    def keep_proof_check(self, run: CheckRun) -> CheckRun:
        self.shared.cache.github_cache.proof_checks[self.info.id, run.head_sha] = run
        return run

    # failures

    def failure(
        self, issue: int, phase: int, slice_key: str, digests: Sequence[str], label_change: LabelChange | None
    ) -> PhaseProblem | None:
        key = (self.info.id, issue, phase, slice_key)
        here, anywhere = (
            self.store.phase_problems.get(*key, [failure_key(base, one, label_change) for one in digests])
            for base in (self.head, ANY_BASE)
        )
        refused_lately = anywhere is not None and time.time() - anywhere.at < RULES_CHANGE_AFTER
        return here or (anywhere if refused_lately else None)


def failure_key(base: str, digest: str, label_change: LabelChange | None) -> str:
    """What a failure is about: with another base, plan or label change the phase is tried again."""
    return f"{base}/{digest}/{label_change.event_id if label_change else 0}"


async def open_context(
    shared: SharedState, migration: Migration, app_id: int, login: str
) -> TurnContext | None:
    """None if the repository has no commit yet."""
    installation = shared.github.installation(migration.installation)
    info = await installation.repo_by_id(migration.repo_id)
    repo = installation.repo_named(info.full_name)
    head = await repo.refs.get(f"refs/heads/{info.default_branch}")
    if head is None:
        return None
    identity = await _identity(shared, repo, info, login)
    return TurnContext(shared, migration, installation, repo, info, head.sha, app_id, login, identity)


async def _identity(shared: SharedState, repo: Repo, info: RepoDetails, login: str) -> Identity:
    """Asked of GitHub once a process."""
    if login not in shared.identities:
        user = await repo.user(login)
        shared.identities[login] = bot_identity(login, user.id if user else 0, info.html_url)
    return shared.identities[login]
