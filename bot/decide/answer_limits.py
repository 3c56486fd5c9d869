"""How many answers people get: who can't write to the repository can't have it fill an issue. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.decide.facts import GivenAnswer, PendingRequest

MOST_ANSWERS = 3
"""Answers a day and issue for somebody who can't write."""
MOST_ANSWERS_TO_ALL = 12
"""Answers a day and issue for all who can't write together."""
DAY = 86400.0
MOST_REQUESTS = 20
"""Requests that a turn takes up; the next turn takes up more."""


@dataclass(frozen=True)
class LimitedRequests:
    taken_up: tuple[PendingRequest, ...]
    silenced: tuple[PendingRequest, ...]
    """Those that are never answered."""


def limit_reached(given: Sequence[GivenAnswer], login: str, at: float) -> bool:
    """Whether somebody who can't write gets no further answer to what they asked then."""
    that_day = [one.to for one in given if one.at > at - DAY]
    return that_day.count(login) >= MOST_ANSWERS or len(that_day) >= MOST_ANSWERS_TO_ALL


def limit_requests(pending: Sequence[PendingRequest], given: Sequence[GivenAnswer]) -> LimitedRequests:
    """A comment has one answer, however many commands are in it. People whom GitHub doesn't know now come last."""
    answers, answered = [*given], set[str | int]()
    taken_up: list[PendingRequest] = []
    silenced: list[PendingRequest] = []
    for one in sorted(pending, key=_by_time):
        request, answer = one.request, one.request.comment or one.request.id
        if not one.actor.could_write and answer not in answered:
            if limit_reached(answers, request.by, request.at):
                silenced += [] if one.actor.may_become_known else [one]
                continue
            answers.append(GivenAnswer(request.by, request.at))
        answered.add(answer)
        taken_up.append(one)
    first = sorted(taken_up, key=lambda one: one.actor.is_unknown)[:MOST_REQUESTS]
    return LimitedRequests(tuple(sorted(first, key=_by_time)), tuple(silenced))


def _by_time(one: PendingRequest) -> tuple[float, str]:
    return one.request.at, one.request.id
