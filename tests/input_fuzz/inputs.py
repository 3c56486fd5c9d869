"""What strangers send, read by the functions that read it: none may fail in a way that its caller doesn't expect."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from bot.decide.requests import from_text, newly_ticked
from bot.intake.delivery import read_delivery
from bot.intake.payloads import SUBSCRIBED
from bot.markers import hidden, trailers
from bot.plan.plan import Plan, PlanErrors
from bot.plan.read import read_plan
from bot.report.text import code, inert, plain

REFUSED = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What a delivery is refused for with 400 (`bot/intake/webhook.py`)."""
EVENTS = sorted(SUBSCRIBED)


def delivery(data: bytes) -> None:
    """The first byte chooses the event."""
    name = EVENTS[data[0] % len(EVENTS)] if data else EVENTS[0]
    try:
        event = read_delivery(name, "d-1", json.loads(data[1:]), 1.0)
    except REFUSED:
        return
    if event is not None:
        json.dumps(event.as_json()).encode()


def plan(data: bytes) -> None:
    found = read_plan(data.decode("utf-8", "replace"), "plan.yml", slug="fuzzed")
    assert isinstance(found, Plan | PlanErrors)


def comment(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    from_text(text, comment=1, where=5, by="maya", at=1.0)
    newly_ticked(text, text[len(text) // 2 :])
    hidden.is_status(text)
    trailers.commit_trailers(text)
    code(text)
    assert "<!--" not in plain(text)
    inert(text)


TARGETS: Mapping[str, Callable[[bytes], None]] = {"delivery": delivery, "plan": plan, "comment": comment}
SEEDS: Mapping[str, tuple[bytes, ...]] = {
    "delivery": (
        b'\x00{"action":"created","installation":{"id":7},"repository":{"id":1,"full_name":"o/r"},'
        b'"sender":{"login":"maya","type":"User"},"issue":{"number":5},"comment":{"id":1,"body":"/migrate status"}}',
        b'\x05{"ref":"refs/heads/main","after":"0","installation":{"id":7},"repository":{"id":1,'
        b'"full_name":"o/r","default_branch":"main"},"sender":{"login":"maya","type":"User"},"commits":[]}',
    ),
    "plan": (
        b"title: A\nreplace:\n  - old: a.b:C\n    new: a.d:E\nphases:\n  - name: One\n    paths: ['**']\n    batch: 2\n",
    ),
    "comment": (
        b"/migrate start 2 --force\n- [x] Start phase 1 <!-- drover:box start-1 -->\n```\n/migrate help\n```",
    ),
}
