"""What people asked for: label changes, commands in comments, boxes and buttons, and what is answered."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.decide.answer_limits import DAY, limit_requests
from bot.decide.facts import Closing, GivenAnswer, LabelChange, PendingRequest, PhaseFacts
from bot.decide.requests import UserRequest, from_text
from bot.decide.status import ADOPT
from bot.github import Comment, Issue, IssueEvent
from bot.look.commands_elsewhere import commands_on_other_pulls
from bot.markers.hidden import answered_requests, state_in
from bot.migration.context import TurnContext
from bot.report.answers import addressee
from bot.store import Migration


async def label_changes_in(context: TurnContext, events: Sequence[IssueEvent]) -> dict[str, LabelChange]:
    """The last thing that happened to each of our labels, and by whom."""
    last: dict[str, IssueEvent] = {}
    for event in events:
        if event.event in ("labeled", "unlabeled") and event.label and event.label.startswith(ADOPT):
            last[event.label] = event
    return {
        label: LabelChange(
            label,
            event.event == "labeled",
            await context.person(event.actor.login),
            event.created_at.timestamp(),
            event.id,
        )
        for label, event in last.items()
    }


async def skips_in(
    context: TurnContext, comments: Sequence[Comment], status_comment: Comment | None
) -> tuple[UserRequest, ...]:
    """Read from the comments each time: deleting the comment ends the skip. What counted when the status comment was
    written still does when whoever asked for it leaves."""
    known = state_in(status_comment.body).get("skips") if status_comment else None
    accepted = known if isinstance(known, list) else []
    requests = await _commands(context, comments, context.migration.issue, None)
    skips = [one for one in requests if one.verb == "skip"]
    return tuple([one for one in skips if one.id in accepted or (await context.person(one.by)).could_write])


def patterns_of(skips: Iterable[UserRequest]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path for one in skips for path in one.paths))


@dataclass(frozen=True)
class OpenRequests:
    pending: tuple[PendingRequest, ...]
    given_answers: tuple[GivenAnswer, ...]
    """That count against further ones."""
    answered_ids: frozenset[str]


async def pending_requests(
    context: TurnContext,
    migration: Migration,
    issue: Issue,
    comments: Sequence[Comment],
    phases: Sequence[PhaseFacts],
    others: Iterable[LabelChange | Closing],
) -> OpenRequests:
    """Commands in comments, and the boxes and buttons that the store holds, oldest first. `others`: what people did
    besides, who may have to be answered."""
    requests = await _commands(context, comments, issue.number, None)
    own = [comment for comment in comments if context.is_ours(comment)]
    stored = await asyncio.to_thread(context.store.requests.open_ones, migration)
    stored_requests = [request for one in stored if (request := UserRequest.from_json(one))]
    announced = {one.where for one in stored_requests if one.source == "comment"}
    for number, phase in _threads(phases).items():
        on_pull = await context.listings.comments_on(number, announced=number in announced)
        requests += await _commands(context, on_pull, number, phase)
        own += [comment for comment in on_pull if context.is_ours(comment)]
    read_ids = {one.id for one in requests}
    requests += [one for one in stored_requests if one.source != "comment"]
    requests += await commands_on_other_pulls(
        context, [one for one in stored_requests if one.source == "comment" and one.id not in read_ids]
    )
    answered, silenced = answered_ids(own), context.shared.cache.silenced_requests
    waiting = [one for one in requests if one.id not in answered and one.id not in silenced]
    pending = [PendingRequest(one, await context.person(one.by)) for one in waiting]
    context.answers = _answers_by_comment(own)
    asking = [*(one.actor for one in pending), *(one.by for one in others)]
    given = () if all(one.could_write for one in asking) else await _given_answers(context, own)
    found = limit_requests(pending, given)
    silenced.update((one.request.id, True) for one in found.silenced)
    return OpenRequests(found.taken_up, given, answered)


def _answers_by_comment(own: Iterable[Comment]) -> dict[int | None, Comment]:
    """By the comment with the commands."""
    ids = ((re.match(r"comment-([0-9]+)", id), one) for one in own for id in answered_requests(one.body))
    return {int(found[1]): one for found, one in ids if found}


async def _given_answers(context: TurnContext, own: Iterable[Comment]) -> tuple[GivenAnswer, ...]:
    """Those of the last two days to people who can't write."""
    since = time.time() - 2 * DAY
    found = [
        GivenAnswer(addressee(one.body), one.created_at.timestamp())
        for one in own
        if answered_requests(one.body)
    ]
    recent = [one for one in found if one.to and one.at > since]
    writers = {one.to for one in recent if (await context.person(one.to)).could_write}
    return tuple(one for one in recent if one.to not in writers)


def _threads(phases: Sequence[PhaseFacts]) -> dict[int, int | None]:
    """Our pull requests, each with the phase that a command on it means by default."""
    threads: dict[int, int | None] = {}
    for part in (part for phase in phases for part in phase.parts):
        if part.pull is not None:
            threads[part.pull.number] = part.phase.number
        for revert in part.reverts:
            of = revert.opened_for or part.phase.number
            threads[revert.pull.number] = None if revert.everything else of
    return threads


async def _commands(
    context: TurnContext, comments: Iterable[Comment], where: int, phase: int | None
) -> list[UserRequest]:
    found: list[UserRequest] = []
    for comment in comments:
        if comment.author.is_bot or context.is_ours(comment):
            continue
        at = comment.created_at.timestamp()
        requests = from_text(comment.body, comment.id, where, comment.author.login, at, phase)
        if requests and await _is_edited(context, comment):
            requests = [replace(one, verb="unknown", problem="edited") for one in requests]
        found += requests
    return found


async def _is_edited(context: TurnContext, comment: Comment) -> bool:
    """A reaction moves `updated_at` as well, ours too: then only its edits say."""
    if comment.updated_at <= comment.created_at:
        return False
    known, key = context.shared.cache.edited_comments, (comment.id, comment.updated_at)
    if key not in known:
        edits = await context.repo.comments.edits(comment)
        known[key] = bool(edits) or "graphql" in context.missing_features()
    return known[key]


def answered_ids(own_comments: Iterable[Comment]) -> frozenset[str]:
    return frozenset(id for comment in own_comments for id in answered_requests(comment.body))
