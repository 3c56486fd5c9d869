"""Looks at what people asked: labels, commands in comments, boxes and buttons, and what was answered already."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.decide.facts import Asked, Gesture, PhaseFacts
from bot.decide.requests import Intent, from_text, ticked
from bot.decide.status import ADOPT
from bot.github import Comment, Issue, IssueEvent
from bot.look.other_pulls import elsewhere
from bot.migration.context import Desk
from bot.store import Migration

_ANSWER = re.compile(r"<!-- drover:answer (?P<id>[a-z0-9-]+) -->")


async def gestures_in(desk: Desk, events: Sequence[IssueEvent]) -> dict[str, Gesture]:
    """The last thing that happened to each of our labels, and by whom."""
    last: dict[str, IssueEvent] = {}
    for event in events:
        if event.event in ("labeled", "unlabeled") and event.label and event.label.startswith(ADOPT):
            last[event.label] = event
    return {
        label: Gesture(
            label,
            event.event == "labeled",
            await desk.person(event.actor.login),
            event.created_at.timestamp(),
            event.id,
        )
        for label, event in last.items()
    }


async def skipped_in(desk: Desk, comments: Sequence[Comment]) -> tuple[str, ...]:
    """Read from the comments each time: who deletes the comment takes it back."""
    found: list[str] = []
    for intent in _commands(desk, comments, desk.migration.issue, None):
        if intent.verb == "skip" and (await desk.person(intent.by)).may_write:
            found += intent.paths
    return tuple(dict.fromkeys(found))


async def asked_now(
    desk: Desk,
    migration: Migration,
    issue: Issue,
    comments: Sequence[Comment],
    phases: Sequence[PhaseFacts],
    status_comment: Comment | None,
) -> tuple[tuple[Asked, ...], tuple[str, ...]]:
    """Commands in comments, and the boxes and buttons that the store holds, oldest first."""
    intents = list(_commands(desk, comments, issue.number, None))
    answered = set(answered_in(desk, comments))
    stored = await asyncio.to_thread(desk.store.open_intents, migration)
    kept = [Intent.from_json(one.intent) for one in stored]
    told = {one.where for one in kept if one.source == "comment"}
    for number, here in _threads(phases).items():
        on_pull = await desk.listings.comments_on(number, told=number in told)
        intents += _commands(desk, on_pull, number, here)
        answered |= answered_in(desk, on_pull)
    heard = {one.id for one in intents}
    intents += [one for one in kept if one.source != "comment"]
    intents += await elsewhere(desk, [one for one in kept if one.source == "comment" and one.id not in heard])
    waiting = [one for one in intents if one.id not in answered]
    people = {one.by: await desk.person(one.by) for one in waiting}
    asked = sorted(
        (Asked(one, people[one.by]) for one in waiting), key=lambda one: (one.intent.at, one.intent.id)
    )
    return tuple(asked), await _late_ticks(desk, migration, status_comment)


def _threads(phases: Sequence[PhaseFacts]) -> dict[int, int | None]:
    """Each pull request of ours, and the phase that a command on it means where it names none."""
    threads: dict[int, int | None] = {}
    for part in (part for phase in phases for part in phase.parts):
        if part.pull is not None:
            threads[part.pull.number] = part.phase.number
        for undoing in part.undoing:
            threads[undoing.pull.number] = None if undoing.everything else part.phase.number
    return threads


def _commands(desk: Desk, comments: Iterable[Comment], where: int, here: int | None) -> Iterable[Intent]:
    for comment in comments:
        if comment.author.is_bot or desk.is_ours(comment):
            continue
        at = comment.created_at.timestamp()
        edited = comment.updated_at > comment.created_at
        for intent in from_text(comment.body, comment.id, where, comment.author.login, at, here):
            yield replace(intent, verb="unknown", problem="edited") if edited else intent


def answered_in(desk: Desk, comments: Iterable[Comment]) -> frozenset[str]:
    ours = (comment for comment in comments if desk.is_ours(comment))
    return frozenset(match["id"] for comment in ours for match in _ANSWER.finditer(comment.body))


async def _late_ticks(desk: Desk, migration: Migration, comment: Comment | None) -> tuple[str, ...]:
    """Ticks that we see and nobody has told us of yet."""
    if comment is None:
        return ()
    known = await asyncio.to_thread(
        desk.store.box_intents, migration, comment.id, comment.updated_at.timestamp() - 5
    )
    return tuple(sorted(ticked(comment.body) - known))
