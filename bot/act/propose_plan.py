"""Open a pull request that adds the proposed plan as a file."""

from __future__ import annotations

import re
from functools import partial

from bot.act.answer import answer
from bot.act.audit_text import named_pairs
from bot.audit.proposal import propose
from bot.decide.actions import Answer, ProposePlan
from bot.decide.requests import UserRequest
from bot.git.mirror import CommitTree, Mirror
from bot.git.objects import NewCommit
from bot.look.look import Snapshot
from bot.markers.trailers import migration_name, migration_trailer
from bot.migration.context import TurnContext
from bot.migration.owners import owners_at
from bot.migration.plan_source import FOLDER
from bot.publish.open_pull import NotOpened, PullRequestDraft, open_pull
from bot.publish.signed_commits import LocalCommits, local_commits
from bot.report.plan_pull import plan_pull_body, plan_pull_title
from bot.report.pull_request import with_signing
from codemods.model.rules import Replacement


async def propose_plan(context: TurnContext, snapshot: Snapshot, action: ProposePlan) -> str:
    issue = await context.repo.issues.get(context.migration.issue)
    return await answer(context, await _open_plan_pull(context, action.request, issue.body))


async def _open_plan_pull(context: TurnContext, request: UserRequest, body: str) -> Answer:
    pairs = named_pairs(body)
    if not pairs:
        return Answer(request, "refused", "nothing named")
    path = f"{FOLDER}/{slug(pairs[0])}.yml"
    issue = context.migration.issue
    commits = await context.with_mirror(lambda mirror: _commit(mirror, context, pairs, path))
    title, text = plan_pull_title(path), plan_pull_body(issue)
    draft = PullRequestDraft(f"drover/{issue}/plan", commits, title, partial(with_signing, text))
    opened = await open_pull(context, draft)
    if isinstance(opened, NotOpened):
        return Answer(request, "failed", "not proposed", opened.why)
    return Answer(request, "done", "proposed", number=opened.number)


def _commit(mirror: Mirror, context: TurnContext, pairs: tuple[Replacement, ...], path: str) -> LocalCommits:
    owners = owners_at(mirror, context.head)
    text = propose(CommitTree(mirror, context.head), pairs, owners=owners, index=context.shared.index)
    origin = migration_name(context.info.full_name, context.migration.issue)
    message = f"Add the plan {path}\n\n{migration_trailer(origin)}\n"
    new = NewCommit(
        message=message, changes={path: text.encode()}, author=context.identity.at(mirror, context.head)
    )
    return local_commits(mirror, context.head, mirror.commits(context.head, [new]))


def slug(one: Replacement) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", one.old.name or one.old.module.rpartition(".")[2])
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:60] or "migration"
