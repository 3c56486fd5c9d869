"""How many answers people get: who can't write to the repository can't have it fill an issue. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.decide.facts import PendingRequest

MOST_ANSWERS = 3
"""Answers a day and issue for somebody who can't write."""
DAY = 86400.0
MOST_REQUESTS = 20
"""Requests that a turn takes up; the next turn takes up more."""


@dataclass(frozen=True)
class GivenAnswer:
    to: str
    at: float


@dataclass(frozen=True)
class LimitedRequests:
    heard: tuple[PendingRequest, ...]
    silenced: tuple[PendingRequest, ...]
    """Those that are never answered."""


def limit_reached(given: Iterable[GivenAnswer], login: str, at: float) -> bool:
    """Whether somebody had had all their answers in the day before."""
    return sum(one.to == login and one.at > at - DAY for one in given) >= MOST_ANSWERS


def limited(pending: Sequence[PendingRequest], given: Sequence[GivenAnswer]) -> LimitedRequests:
    """A comment has one answer, however many commands are in it. People whom GitHub doesn't know now come last."""
    answers, answered = [*given], set[tuple[str, int]]()
    heard: list[PendingRequest] = []
    silenced: list[PendingRequest] = []
    for one in sorted(pending, key=lambda one: (one.request.at, one.request.id)):
        request, comment = one.request, (one.request.id, one.request.ref or 0)
        if request.source == "comment":
            comment = ("", request.ref or 0)
        if not one.actor.could_write and comment not in answered:
            if limit_reached(answers, request.by, request.at):
                silenced.append(one)
                continue
            answers.append(GivenAnswer(request.by, request.at))
        answered.add(comment)
        heard.append(one)
    first = sorted(heard, key=lambda one: one.actor.is_unknown)[:MOST_REQUESTS]
    kept = sorted(first, key=lambda one: (one.request.at, one.request.id))
    return LimitedRequests(tuple(kept), tuple(silenced))
