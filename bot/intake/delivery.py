"""A delivery as an event, with the requests in it, which are parsed once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.intake.event import Event
from bot.intake.payloads import Payload, parse
from bot.intake.ratchet_subjects import subjects_in
from bot.intake.requests import requests_in


def read_delivery(name: str, delivery: str, payload: Payload, at: float, digest: str = "") -> Event | None:
    """None if Drover doesn't use this event."""
    event = parse(name, delivery, payload)
    return event and with_what_it_asks(replace(_storable(event), at=at, digest=digest))


def _storable(event: Event) -> Event:
    """Without what JSON can say and no database keeps: NUL, and halves of a character."""
    texts = {name: value for name, value in vars(event).items() if isinstance(value, str)}
    odd: dict[str, Any] = {
        name: _UNSTORABLE.sub("\ufffd", text) for name, text in texts.items() if _UNSTORABLE.search(text)
    }
    return replace(event, **odd) if odd else event


_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def with_what_it_asks(event: Event) -> Event:
    return replace(event, requests=tuple(requests_in(event)), subjects=tuple(subjects_in(event)))


def queued_event(data: Mapping[str, Any]) -> Event:
    """The event that the engine kept; what an older version queued did not say what is asked for with it."""
    event = Event.from_json(data)
    return event if "requests" in data else with_what_it_asks(event)


def asked_by_others(event: Event, own_login: str) -> Event:
    """The event without what Drover's own edits and clicks, or boxes in other people's comments, ask for."""
    ours = event.sender == own_login
    requests = () if ours else event.requests
    return replace(
        event,
        requests=tuple(one for one in requests if one.source != "box" or event.author == own_login),
        subjects=tuple(one for one in event.subjects if not (ours and one.kind == "fix")),
    )
