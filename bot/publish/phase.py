"""Creates or updates a phase's branch and pull request. Safe to repeat after a kill at any step.

Commits that exist already from the same base and plan are used again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from bot.commands.finish_files import FinishedFiles, finish_files, isolated_runner
from bot.decide.facts import PhaseFacts, PlanOrigin
from bot.git.mirror import Mirror
from bot.git.repository import Repository
from bot.github import GitCommit
from bot.markers.trailers import is_same_but_for_trial, is_same_message, migration_name
from bot.migration.branch_origin import BranchOrigin
from bot.migration.context import TurnContext
from bot.migration.owners import owners_for
from bot.migration.plan_source import LoadedPlan
from bot.migration.staleness import FILES_CHANGED, USES_CHANGED, note_unchanged
from bot.plan.branch_names import phase_branch
from bot.plan.plan import Phase, Plan
from bot.publish.phase_commits import BuiltPhase, Finish, PhaseRequest, build_phase, with_commits
from bot.publish.phase_pull import phase_pull, report_proof, report_proof_again, tell_reviewers
from bot.publish.refused_push import refused_push
from bot.publish.replay import DoesNotApply, replay
from bot.publish.signed_commits import (
    BranchUpdate,
    LocalCommits,
    RefusedUpdate,
    UpdatedBranch,
    delete_private_ref,
    local_commits,
    update_branch,
)
from bot.publish.trial import TrialAttempt, trial_attempt, with_messages
from bot.report import branch_problems
from bot.report.left_out import every_file_fails

MOST_COMMITS = 1000
"""The most commits of ours on a branch; above that, none is used again."""


@dataclass(frozen=True)
class PublishedPhase:
    number: int
    head: str
    changed: bool


@dataclass(frozen=True)
class NotPublished:
    """An expected end: why nothing was published."""

    text: str
    passing: bool = False
    """Somebody else was faster: another look sees what they did."""
    hopeless: bool = False
    """Every file has been tried, and there is nothing to publish."""
    refused: bool = False
    """By GitHub: with another commit of the default branch it would be refused again."""


@dataclass(frozen=True)
class PhaseBranch:
    """The phase's branch as it is now."""

    name: str
    head: str | None
    origin: BranchOrigin | None

    @property
    def private(self) -> str:
        """Where the objects lie until the branch holds them."""
        return f"refs/{self.name}"


@dataclass(frozen=True)
class PublishRequest:
    """A phase or a slice of it to publish."""

    planned: LoadedPlan
    plan: Plan
    facts: PhaseFacts
    discard: bool = False
    """Drop people's commits on the branch."""
    regenerate: bool = False
    """Even if a reviewer would see the same."""


@dataclass(frozen=True)
class Publication:
    """A request, with the current branch and what is to be built for it."""

    request: PublishRequest
    branch: PhaseBranch
    build: PhaseRequest
    trial: TrialAttempt | None

    @property
    def facts(self) -> PhaseFacts:
        return self.request.facts


async def publish(context: TurnContext, request: PublishRequest) -> PublishedPhase | NotPublished:
    """1. what is there  2. build it  3. the branch, with people's commits on top  4. pull request, proof"""
    branch = await _branch_now(context, request.facts)
    if branch.head and branch.origin is None and not request.discard:
        return NotPublished(branch_problems.foreign_commits(branch.name, request.facts.phase.number))
    publication = _publication(context, request, branch)
    built, commits = await context.with_mirror(lambda mirror: _build_from_base(mirror, context, publication))
    if not built.commits:
        return _nothing_built(publication, built)
    if await _is_the_same(context, publication, commits):
        return await _described_again(context, publication, built, commits.head)
    kept = [] if request.discard else await _commits_to_keep(context, branch, commits)
    if _is_whole(kept, commits):
        await delete_private_ref(context, branch.private)
        verified = all(commit.verified for commit in kept)
        there = UpdatedBranch(branch.head or kept[-1].sha, tuple(one.sha for one in kept), verified)
        return await _show_result(context, publication, built, there, changed=False)
    updated = await _update_branch(context, publication, commits, kept)
    if isinstance(updated, NotPublished):
        return updated
    return await _show_result(context, publication, built, updated, changed=True)


async def verify(context: TurnContext, request: PublishRequest) -> None:
    """Rebuild the phase from the commit that its branch was built on, and report the verification again."""
    pull, facts = request.facts.pull, request.facts
    if pull is not None and pull.state == "merged":
        facts = replace(facts, branch=pull.head)
    branch = await _branch_now(context, facts)
    if branch.head is None:
        return
    if branch.origin is None:
        await report_proof_again(context, None, branch.head)
        return
    publication = _publication(context, request, branch)
    publication = replace(publication, build=replace(publication.build, base=branch.origin.base))
    built, commits = await context.with_mirror(lambda mirror: _build_from_base(mirror, context, publication))
    kept = await _commits_to_keep(context, branch, commits) if built.commits else []
    result = None
    if built.commits and _is_whole(kept, commits):
        verified = all(commit.verified for commit in kept)
        result = replace(with_commits(built.made, [one.sha for one in kept]), verified=verified)
    await report_proof_again(context, result, branch.head)


async def _branch_now(context: TurnContext, facts: PhaseFacts) -> PhaseBranch:
    name = phase_branch(context.migration.issue, facts.phase.number, facts.slice.key)
    return PhaseBranch(
        name, facts.branch, await context.branch_origin(facts.branch) if facts.branch else None
    )


def _publication(context: TurnContext, request: PublishRequest, branch: PhaseBranch) -> Publication:
    facts, planned = request.facts, request.planned
    digest = digest_for(planned, facts.phase, branch.origin)
    trial = trial_attempt(request.plan, facts, branch.origin, digest, context.head, request.discard)
    build = PhaseRequest(
        request.plan,
        facts.phase,
        trial.base if trial else context.head,
        migration_name(context.info.full_name, context.migration.issue),
        context.identity,
        digest,
        slice=facts.slice,
        skipped=tuple(planned.skipped_patterns),
        hold=trial.hold if trial else None,
        finish=_finish(context),
    )
    return Publication(request, branch, build, trial)


def _finish(context: TurnContext) -> Finish:
    settings, stopping = context.shared.settings, context.shared.stopping

    def finish(repository: Repository, base: str, plan: Plan, files: Mapping[str, bytes]) -> FinishedFiles:
        runner = isolated_runner(settings.run_commands != "off", settings.command_paths, stopping)
        return finish_files(runner, repository, base, plan, files)

    return finish


def digest_for(planned: LoadedPlan, phase: Phase, origin: BranchOrigin | None) -> str:
    """The one that the branch carries where it is of the same plan: its commits stay what they are."""
    digests = planned.digests_of(phase)
    return origin.plan_digest if origin is not None and origin.plan_digest in digests else digests[0]


def _build_from_base(
    mirror: Mirror, context: TurnContext, publication: Publication
) -> tuple[BuiltPhase, LocalCommits]:
    build, trial = publication.build, publication.trial
    mirror.remote.ensure(build.base)
    build = replace(build, owners=owners_for(mirror, build.base, build.plan, build.phase))
    built = build_phase(mirror, build, index=context.shared.index)
    commits = list(built.commits)
    if trial:
        numbers = [batch.number for batch in built.made.batches]
        plain = [mirror.commit(sha).message for sha in commits]
        commits = with_messages(mirror, build.base, commits, trial.messages(built.cut, numbers, plain))
    return built, local_commits(mirror, build.base, commits)


def _nothing_built(publication: Publication, built: BuiltPhase) -> NotPublished:
    if publication.trial and (excluded := publication.trial.excluded_files(built.cut)):
        return NotPublished(every_file_fails(excluded), hopeless=True)
    return NotPublished(
        branch_problems.nothing_changed(len(built.made.unchanged_files) + len(built.made.manual))
    )


async def _is_the_same(context: TurnContext, publication: Publication, commits: LocalCommits) -> bool:
    """Whether a reviewer would see in it what they see now, file by file, from what to what."""
    origin, request = publication.branch.origin, publication.request
    if publication.trial is not None or request.regenerate:
        return False
    if origin is None or request.facts.outdated_reason not in (FILES_CHANGED, USES_CHANGED):
        return False

    def same(mirror: Mirror) -> bool:
        mirror.remote.ensure(origin.base, origin.last_own_commit)
        return mirror.diff(origin.base, origin.last_own_commit) == mirror.diff(commits.base, commits.head)

    if not await context.with_mirror(same):
        return False
    note_unchanged(context, request.planned, request.facts, origin)
    return True


async def _described_again(
    context: TurnContext, publication: Publication, built: BuiltPhase, head: str
) -> PublishedPhase:
    """The branch stays; what the pull request says of the rest of the tree may have changed."""
    facts, origin = publication.facts, publication.branch.origin
    commits = [await context.repo.commits.get(batch.sha) for batch in facts.batches]
    known = [one for one in commits if one is not None]
    if (
        facts.pull is not None
        and origin is not None
        and facts.outdated_reason == USES_CHANGED
        and len(known) == len(built.made.batches)
    ):
        result = replace(
            with_commits(built.made, [one.sha for one in known]),
            base=origin.base,
            uses_at=built.made.base,
            verified=all(one.verified for one in known),
            plan_origin=await _plan_origin(context, publication.request.planned.origin),
        )
        await phase_pull(context, result, publication.branch.name, facts.pull.draft)
    number = facts.pull.number if facts.pull else 0
    return PublishedPhase(number, publication.branch.head or head, False)


async def _commits_to_keep(
    context: TurnContext, branch: PhaseBranch, commits: LocalCommits
) -> list[GitCommit]:
    """The branch's own commits, from its start, that are already what they would become."""
    row: list[GitCommit] = []
    same_base = branch.origin is not None and branch.origin.base == commits.base
    sha = branch.origin.last_own_commit if branch.origin and same_base else commits.base
    while sha != commits.base:
        commit = await context.repo.commits.get(sha)
        if commit is None or not commit.parents or len(row) > MOST_COMMITS:
            return []
        row.append(commit)
        sha = commit.parents[0]
    same = zip(row[::-1], commits.messages, commits.trees, strict=False)
    return [commit for commit, _, _ in takewhile(_is_alike, same)]


def _is_alike(pair: tuple[GitCommit, str, str]) -> bool:
    commit, message, tree = pair
    return commit.tree == tree and is_same_but_for_trial(commit.message, message)


def _is_whole(kept: Sequence[GitCommit], commits: LocalCommits) -> bool:
    """Whether all that is to be on the branch is there, down to what is known of a trial."""
    return len(kept) == len(commits.shas) and is_same_message(kept[-1].message, commits.messages[-1])


async def _update_branch(
    context: TurnContext, publication: Publication, commits: LocalCommits, kept: Sequence[GitCommit]
) -> UpdatedBranch | NotPublished:
    branch, discard = publication.branch, publication.request.discard
    people = branch.origin.other_commits if branch.origin and not discard else ()
    replayed = await context.with_mirror(lambda mirror: replay(mirror, commits.head, people))
    if isinstance(replayed, DoesNotApply):
        return NotPublished(
            branch_problems.commit_conflicts(replayed.sha, replayed.subject, replayed.author, replayed.files)
        )
    new = tuple(kept[: len(commits.shas) - 1])
    update = BranchUpdate(branch.name, branch.head, commits, branch.private, new, replayed)
    updated = await update_branch(context, update)
    return await _not_published(context, update, updated) if isinstance(updated, RefusedUpdate) else updated


async def _not_published(context: TurnContext, update: BranchUpdate, refused: RefusedUpdate) -> NotPublished:
    """Where the default branch stands elsewhere by now, another look makes it from there."""
    if refused.kind == "moved":
        return NotPublished(branch_problems.branch_moved(update.branch), passing=True)
    passing = False
    if refused.kind == "objects":
        now = await context.repo.refs.get(f"refs/heads/{context.info.default_branch}")
        passing = now is None or now.sha != context.head
    why = await refused_push(context, update.branch, update.commits, refused.reason)
    return NotPublished(why, passing=passing, refused=True)


async def _plan_origin(context: TurnContext, origin: PlanOrigin) -> PlanOrigin:
    """With whoever changed the file last: it counts as theirs."""
    if not origin.file or origin.approval is None:
        return origin
    last = await context.repo.commits.newest_on(origin.file, context.head)
    by = last.user.login if last is not None and last.user is not None else ""
    return replace(origin, approval=replace(origin.approval, by=by))


async def _show_result(
    context: TurnContext,
    publication: Publication,
    built: BuiltPhase,
    updated: UpdatedBranch,
    *,
    changed: bool,
) -> PublishedPhase:
    """On the pull request, by the check run, and to those who have reviewed what was there before."""
    origin, trial = publication.branch.origin, publication.trial
    result = replace(
        with_commits(built.made, updated.commits),
        verified=updated.verified,
        plan_origin=await _plan_origin(context, publication.request.planned.origin),
    )
    in_trial = trial is not None and not trial.course(built.cut).trial.complete
    draft = in_trial or publication.request.plan.pull_requests.draft
    pull = await phase_pull(context, result, publication.branch.name, draft)
    await report_proof(context, result, updated.head)
    if changed and origin is not None and (trial is None or trial.known is None):
        await tell_reviewers(context, pull, origin, (publication.build.base, updated.commits[-1]))
    return PublishedPhase(pull.number, updated.head, changed)
