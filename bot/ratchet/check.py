"""The ratchet: the check run `drover / ratchet` on pull requests and merge groups, and its button.

Level-triggered as the rest: whatever asked for it, the check is brought to what the head, the plans and the merge
base say now, and where it says that already nothing is done.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Literal

from cachetools import LRUCache

from bot.decide.ratchet import (
    RATCHET,
    Conclusion,
    LaterSubjects,
    RatchetWatch,
    SkipReason,
    Subject,
    TrackedIssue,
    conclusion,
    ratchet_watch,
)
from bot.decide.status import ADOPT, PAUSED
from bot.git.process import GitTooLarge
from bot.github import (
    Action,
    Annotation,
    AppDetails,
    CheckRun,
    GitHubError,
    Issue,
    MustWait,
    NotFound,
    NotInstalled,
    Output,
    PullRequest,
)
from bot.markers.hidden import answered_requests, ratchet_in
from bot.migration.context import TurnContext, open_context
from bot.migration.issue_plan import load_issue_plan
from bot.migration.shared_state import SharedState
from bot.plan.branch_names import migration_branch
from bot.plan.plan import Plan
from bot.publish.phase_pull import report_verification
from bot.publish.signed_commits import delete_private_ref
from bot.ratchet.comparison import compare_uses
from bot.ratchet.fix import is_fixed, may_fix, private_ref, push_fix
from bot.ratchet.pushed_commits import prove_pushed
from bot.report import ratchet as words
from bot.report.proof_check import pushed_commits_proof
from bot.report.ratchet import BUTTON, NewUseNote, RatchetReport
from bot.store import Migration

log = logging.getLogger("drover.ratchet")
AT_ONCE = 20
"""How many pull requests are checked again at a time when a plan changes…"""
PACE = 60.0
"""… and the seconds until the next are."""
QUEUED = re.compile(r"gh-readonly-queue/.+/pr-(?P<number>[0-9]+)-[0-9a-f]{40,64}")


class Ratchet:
    def __init__(self, shared: SharedState, app: Callable[[], Awaitable[AppDetails]]) -> None:
        self.shared, self._app = shared, app
        self._seen: LRUCache[tuple[int, str], str] = LRUCache(20_000)
        self._given: dict[int, list[float]] = {}

    async def hold(self, subject: Subject) -> LaterSubjects:
        """Check a subject; the subjects to check after it."""
        try:
            return await self._hold(subject)
        except MustWait as wait:
            log.warning("%s: %s", subject.repo, wait)
            return LaterSubjects((subject,), wait.until + 1)
        except (NotFound, NotInstalled) as gone:
            log.info("%s: %s", subject.repo, gone)
            return LaterSubjects()

    async def gave_up(self, subject: Subject, error: str) -> None:
        """Report the failure after several tries, so that nobody waits for a check or an answer."""
        try:
            context = await self._context(subject)
            if context is not None and subject.kind == "head" and not subject.head:
                pull = await pull_of(context, subject)
                subject = replace(subject, head=pull.head_sha if pull else "")
            if context is not None and subject.kind in ("head", "group") and subject.head:
                known = await latest_run(context, subject.head)
                if known is not None or await _is_waited_for(context, subject):
                    said = words.ratchet_crashed(error)
                    await report(context, subject.head, known, "neutral", said, False)
            elif context is not None and subject.kind == "fix" and (pull := await pull_of(context, subject)):
                await _refuse(context, subject, pull.number, words.fix_crashed(error))
        except GitHubError as trouble:
            log.warning("%s: can't report a crash: %s", subject.repo, trouble)

    async def _context(self, subject: Subject) -> TurnContext | None:
        app = await self._app()
        place = Migration(subject.repo_id, subject.number, subject.installation, subject.repo)
        return await open_context(self.shared, place, app.id, app.bot_login)

    async def _hold(self, subject: Subject) -> LaterSubjects:
        context = await self._context(subject)
        if context is None or context.info.archived:
            return LaterSubjects()
        match subject.kind:
            case "all":
                return LaterSubjects(await self._all(context, subject))
            case "fix":
                await _fix(context, subject)
            case "group":
                await self._group(context, subject)
            case "head":
                await self._head(context, subject)
        return LaterSubjects()

    async def _all(self, context: TurnContext, subject: Subject) -> tuple[Subject, ...]:
        """The open pull requests whose check is missing, or was made for another plan: some now, the rest later."""
        watched = await watched_migrations(context)
        found: list[Subject] = []
        given = self._given_lately(context.info.id)
        for pull in await context.repo.pulls.find(base=context.info.default_branch, state="open"):
            if not await self._is_new(context, watched, pull):
                continue
            if len(given) >= AT_ONCE:
                return (*found, replace(subject, not_before=given[0] + PACE))
            given.append(time.time())
            found.append(
                replace(subject, kind="head", head=pull.head_sha, number=pull.number, not_before=0.0)
            )
        return tuple(found)

    def _given_lately(self, repo_id: int) -> list[float]:
        """When the last pull requests were checked, however often all of them were requested."""
        earlier = self._given.get(repo_id, [])
        lately = self._given[repo_id] = [at for at in earlier if at > time.time() - PACE]
        return lately

    async def _is_new(self, context: TurnContext, watched: RatchetWatch, pull: PullRequest) -> bool:
        key = (context.info.id, pull.head_sha)
        digests = _without_own_pulls(watched, await is_excused(context, pull)).digests
        if self._seen.get(key) == digests[0]:
            return False
        known = await latest_run(context, pull.head_sha)
        if known is not None and is_complete(known, digests):
            self._seen[key] = digests[0]
            return False
        return True

    async def _head(self, context: TurnContext, subject: Subject) -> None:
        pull = await pull_of(context, subject)
        if pull is None or pull.state != "open" or subject.head not in ("", pull.head_sha):
            return
        if pull.base_ref == context.info.default_branch:
            await self._report(context, replace(subject, head=pull.head_sha), pull, group=False)

    async def _group(self, context: TurnContext, subject: Subject) -> None:
        """A group that brings Drover's own pull request is Drover's own. For one that is gone nobody waits."""
        there = await context.repo.refs.get(f"refs/heads/{subject.ref}") if subject.ref else None
        if subject.ref and (there is None or there.sha != subject.head):
            return
        queued = QUEUED.fullmatch(subject.ref)
        pull = await _existing(context, int(queued["number"])) if queued else None
        await self._report(context, subject, pull, group=True)

    async def _report(
        self, context: TurnContext, subject: Subject, pull: PullRequest | None, *, group: bool
    ) -> None:
        """1. what has a say  2. what stands there already  3. compare  4. report"""
        head = subject.head
        ours = pull is not None and await is_excused(context, pull, group=group)
        watched = _without_own_pulls(await watched_migrations(context), ours)
        known = await latest_run(context, head)
        if known is not None and is_complete(known, watched.digests) and not subject.recheck:
            self._seen[context.info.id, head] = watched.digest
            return
        if watched.skip_reason is not None:
            if known is not None or await is_required(context):
                await report(
                    context,
                    head,
                    known,
                    "success",
                    words.excuse_report(watched.skip_reason, watched.digest),
                    False,
                )
        else:
            try:
                await report_comparison(context, subject, pull, watched, known, group=group)
            except GitTooLarge as trouble:
                log.warning("%s: %s can't be compared: %s", subject.repo, head, trouble)
                end: Conclusion = "failure" if watched.may_fail else "neutral"
                await report(context, head, known, end, words.too_large(watched.digest), False)
        self._seen[context.info.id, head] = watched.digest


async def report_comparison(
    context: TurnContext,
    subject: Subject,
    pull: PullRequest | None,
    watched: RatchetWatch,
    known: CheckRun | None,
    *,
    group: bool,
) -> None:
    since = replace(subject, base=await last_own_commit(context, subject, pull))
    found, made = await compare_uses(context, since, watched)
    may_push = pull is not None and not pull.from_fork and not is_ours(context, pull)
    button = bool(made.commits.shas) and not group and may_push
    said = words.ratchet_report(
        found, made.fix, watched.digest, repo_url=context.info.html_url, head=subject.head, button=button
    )
    await report(context, subject.head, known, conclusion(found), said, button)
    if pull is not None and is_ours(context, pull) and not group:
        await report_pushed(context, pull, since, watched)


# What has a say


async def watched_migrations(context: TurnContext) -> RatchetWatch:
    issues = await context.repo.issues.find(label=ADOPT)
    return ratchet_watch([await _tracked_issue(context, issue) for issue in issues])


async def _tracked_issue(context: TurnContext, issue: Issue) -> TrackedIssue:
    comments = await context.repo.comments.of(issue.number)
    planned = await load_issue_plan(context, issue, [one for one in comments if context.is_ours(one)])
    plan = planned.plan if isinstance(planned.plan, Plan) else None
    return TrackedIssue(issue.number, PAUSED in issue.labels, plan, planned.digests)


def _without_own_pulls(watched: RatchetWatch, ours: bool) -> RatchetWatch:
    excuse: SkipReason | None = "ours" if ours else watched.skip_reason
    return RatchetWatch(watched.migrations, excuse)


async def is_excused(context: TurnContext, pull: PullRequest, *, group: bool = False) -> bool:
    """Our own changes are; what somebody has pushed to a phase's branch is not."""
    if not is_ours(context, pull):
        return False
    branch = migration_branch(pull.head_ref)
    if group or branch is None or branch.phase is None:
        return True
    origin = await context.branch_origin(pull.head_sha)
    return origin is not None and not origin.other_commits


async def last_own_commit(context: TurnContext, subject: Subject, pull: PullRequest | None) -> str:
    """Of a phase's branch: what people have pushed on top of it is compared with that."""
    if pull is None or subject.base or not is_ours(context, pull):
        return subject.base
    origin = await context.branch_origin(subject.head)
    return origin.last_own_commit if origin is not None else ""


def is_ours(context: TurnContext, pull: PullRequest) -> bool:
    ours = pull.author.login == context.login and not pull.from_fork
    return ours and pull.head_ref.startswith("drover/")


async def _is_waited_for(context: TurnContext, subject: Subject) -> bool:
    """Drover's own pull requests get the check only where it is required."""
    pull = await pull_of(context, subject) if subject.kind == "head" else None
    return pull is None or not is_ours(context, pull) or await is_required(context)


async def is_required(context: TurnContext) -> bool:
    required = await context.repo.branches.required_checks(context.info.default_branch)
    return any(one.context == RATCHET for one in required)


async def pull_of(context: TurnContext, subject: Subject) -> PullRequest | None:
    """The pull request by its number, else an open one with that head, else the one of that branch."""
    if subject.number:
        return await _existing(context, subject.number)
    pulls = await context.repo.pulls.find(base=context.info.default_branch, state="open")
    at_head = next((pull for pull in pulls if pull.head_sha == subject.head), None)
    if at_head is not None or not subject.ref:
        return at_head
    return next((pull for pull in pulls if pull.head_ref == subject.ref and not pull.from_fork), None)


async def _existing(context: TurnContext, number: int) -> PullRequest | None:
    try:
        return await context.repo.pulls.get(number)
    except NotFound:
        return None


# What people push on top of a phase's commits


async def report_pushed(
    context: TurnContext, pull: PullRequest, since: Subject, watched: RatchetWatch
) -> None:
    """Verify it, as far as that goes without running it."""
    branch = migration_branch(pull.head_ref)
    plan = next((one.plan for one in watched.migrations if branch and one.issue == branch.issue), None)
    if plan is None or not since.base:
        return
    index = context.shared.index
    found = await context.with_mirror(
        lambda mirror: prove_pushed(mirror, plan, since.base, since.head, index)
    )
    verdict: Literal["success", "failure"] = "failure" if found.troubles else "success"
    await report_verification(context, since.head, pushed_commits_proof(found.files, found.troubles), verdict)


# The check run


async def latest_run(context: TurnContext, head: str) -> CheckRun | None:
    runs = await context.repo.check_runs.of(head, name=RATCHET, app_id=context.app_id)
    return max(runs, key=lambda run: run.id, default=None)


def is_complete(known: CheckRun, digests: Sequence[str]) -> bool:
    said = ratchet_in(known.summary)
    if said is None or known.status != "completed":
        return False
    return said.digest in digests and known.annotations_count >= said.notes


async def report(
    context: TurnContext,
    head: str,
    known: CheckRun | None,
    end: Conclusion,
    told: RatchetReport,
    button: bool,
) -> None:
    """The one that stands there is brought up to date. GitHub only adds annotations: where some would have to go,
    a new run takes its place."""
    notes = tuple(_annotation(note) for note in told.notes)
    there = await _annotated_lines(context, known)
    actions = [Action(*BUTTON)] if button else []
    if known is not None and there == _places(notes)[: len(there)]:
        rest = Output(told.title, told.summary, told.text, notes[len(there) :])
        await context.repo.check_runs.update(known.id, conclusion=end, output=rest, actions=actions)
        return
    output = Output(told.title, told.summary, told.text, notes)
    await context.repo.check_runs.create(RATCHET, head, conclusion=end, output=output, actions=actions)


async def _annotated_lines(context: TurnContext, known: CheckRun | None) -> list[tuple[str, int, str]]:
    if known is None or not known.annotations_count:
        return []
    return _places(await context.repo.check_runs.annotations(known.id))


def _places(notes: Sequence[Annotation]) -> list[tuple[str, int, str]]:
    return [(note.path, note.start_line, note.message) for note in notes]


def _annotation(note: NewUseNote) -> Annotation:
    level: Literal["failure", "warning"] = "failure" if note.fails else "warning"
    return Annotation(note.path, note.line, note.line, level, note.text, note.title)


# The button


async def _fix(context: TurnContext, subject: Subject) -> None:
    """1. is it done already  2. may it be done  3. make it  4. push it  5. where not, say why"""
    pull = await pull_of(context, subject)
    if await is_fixed(context, subject, pull):
        await delete_private_ref(context, private_ref(subject))
        return
    watched = await watched_migrations(context)
    why = await may_fix(context, subject, pull, watched.migrations)
    if not why and pull is not None:
        _, made = await compare_uses(context, subject, watched)
        why = await push_fix(context, subject, pull.head_ref, made) if made.commits.shas else words.NOTHING
    if why and pull is not None:
        await _refuse(context, subject, pull.number, why)


async def _refuse(context: TurnContext, subject: Subject, number: int, why: str) -> None:
    said = await context.repo.comments.of(number)
    if not any(subject.press in answered_requests(one.body) for one in said if context.is_ours(one)):
        await context.repo.comments.create(number, words.fix_answer(subject.by, subject.press, why))
