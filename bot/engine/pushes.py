"""Pushes that follow each other closely are looked at together, once nobody has pushed for a moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace

from bot.decide.ratchet import Subject
from bot.engine.enqueue import Asked, asked_checks, asked_looks, delivery_id
from bot.engine.state import current
from bot.intake.event import Event
from bot.store import Migration

VISIBLE_AFTER = 1.0
"""Seconds after a push until GitHub surely shows it."""
MOST_PAUSES = 12
"""The most pauses that a series of pushes is waited for."""


def note_pushes(events: Iterable[Event]) -> None:
    state = current()
    last = {event.repo_id: event.at for event in events if state.push_pause and event.kind == "push"}
    for repo, at in last.items():
        state.store.pushes.note(repo, at, state.push_pause)


def look_due(event: Event) -> float | None:
    """When to look after an event: a push waits for others. None for at once."""
    pause = current().push_pause if event.kind == "push" else 0.0
    return event.at + pause if pause else None


def asked_by(found: Iterable[tuple[Event, Iterable[Migration]]]) -> list[Asked]:
    """The looks that events ask for: one for each migration, another for its pushes, and a later one for what people
    from outside write again and again."""
    at_once: dict[Migration, Event] = {}
    pushed: dict[Migration, Event] = {}
    later: dict[Migration, Asked] = {}
    for event, migrations in found:
        for one in migrations:
            if look_due(event) is not None:
                pushed[one] = event
            elif event.by_outsider and (due := current().outsider_looks.due(one.key, event.at)):
                later[one] = _for_a_moment(one, event, due)
            else:
                at_once[one] = event
    looks = zip(asked_looks(at_once), at_once.values(), strict=True)
    return [
        *({**look, "by": delivery_id(event.delivery)} for look, event in looks),
        *(look for one, push in pushed.items() for look in _after_push(one, push)),
        *(look for one, look in later.items() if one not in at_once),
    ]


def checks_by(event: Event, subjects: Sequence[Subject]) -> list[Asked]:
    """What an event asks the ratchet for. Of what one person from outside pushes again and again, the latest commits
    are checked once a minute."""
    by = delivery_id(event.delivery)
    if not (event.by_outsider and subjects):
        return asked_checks(subjects, by, look_due(event))
    due = current().outsider_looks.due((event.repo_id, event.sender), event.at)
    return asked_checks(subjects if due is None else [replace(one, head="") for one in subjects], by, due)


def _for_a_moment(migration: Migration, event: Event, at: float) -> Asked:
    return {"migration": asdict(migration), "number": 0, "at": at, "by": delivery_id(event.delivery)}


def _after_push(migration: Migration, push: Event) -> list[Asked]:
    """One look for a series of pushes, and none if a look has begun since this push."""
    number = current().store.looks.ask_unless_begun_since(migration, push.at + VISIBLE_AFTER)
    by = delivery_id(push.delivery)
    look = {"migration": asdict(migration), "number": number, "at": look_due(push), "by": by}
    return [look] if number else []


async def series_goes_on_until(repo_id: int) -> float | None:
    """None if the series of pushes is over."""
    state = current()
    longest = MOST_PAUSES * state.push_pause
    end = await asyncio.to_thread(state.store.pushes.series_end, repo_id, state.push_pause, longest)
    return end if end > time.time() else None
