"""Which deliveries ask something of the ratchet, and what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.decide.ratchet import RATCHET, Subject
from bot.decide.requests import UserRequest
from bot.intake.delivery import asked_by_others, with_what_it_asks
from bot.intake.event import Event
from bot.intake.payloads import parse

SHA = "a" * 40
EVENT = Event("d-1", "push", 7, 1, "acme/shop", "maya", False, sha=SHA, ref="feature")
OWN = "drover[bot]"


def asked(event: Event) -> list[Subject]:
    return list(asked_by_others(with_what_it_asks(event), OWN).subjects)


def requests_of(event: Event) -> list[UserRequest]:
    return list(with_what_it_asks(event).requests)


@pytest.mark.parametrize(
    "event",
    [
        EVENT,
        replace(EVENT, kind="pull_request.closed", issue=3),
        replace(EVENT, kind="pull_request.labeled", issue=3),
        replace(EVENT, kind="merge_group.destroyed"),
        replace(EVENT, kind="check_run.created", text=RATCHET),
        replace(EVENT, kind="check_run.rerequested", text="drover / proof"),
        replace(EVENT, kind="check_run.requested_action", text="drover / proof", button="fix"),
        replace(EVENT, kind="check_run.requested_action", text=RATCHET, button="revert"),
        replace(EVENT, kind="check_run.requested_action", text=RATCHET, button="fix", sender=OWN),
        replace(EVENT, kind="pull_request.opened", sha=None),
    ],
    ids=lambda event: event.kind,
)
def test_an_event_without_a_new_head_requests_no_check(event: Event) -> None:
    assert asked(event) == []


@pytest.mark.parametrize("action", ["opened", "synchronize", "reopened", "ready_for_review", "edited"])
def test_a_pull_requests_head_is_checked(action: str) -> None:
    (subject,) = asked(replace(EVENT, kind=f"pull_request.{action}", issue=3))
    assert (subject.kind, subject.number, subject.head, subject.recheck) == ("head", 3, SHA, False)


def test_a_merge_group_is_compared_with_the_base_of_its_payload() -> None:
    group = {
        "head_sha": SHA,
        "head_ref": f"refs/heads/gh-readonly-queue/main/pr-3-{'b' * 40}",
        "base_sha": "b" * 40,
    }
    payload = {
        "action": "checks_requested",
        "merge_group": group,
        "repository": {"id": 1, "full_name": "acme/shop"},
        "installation": {"id": 7},
    }
    event = parse("merge_group", "d-1", payload)
    assert event is not None
    (subject,) = asked(event)
    assert (subject.kind, subject.head, subject.base) == ("group", SHA, "b" * 40)


def push(**said: object) -> Event:
    payload = {
        "ref": "refs/heads/main",
        "after": SHA,
        "repository": {"id": 1, "full_name": "acme/shop", "default_branch": "main"},
        "installation": {"id": 7},
        **said,
    }
    event = parse("push", "d-1", payload)
    assert event is not None
    return event


@pytest.mark.parametrize(
    "said",
    [
        {"commits": [{"added": [], "modified": [".github/migrations/old.yml"]}]},
        {"commits": [{"removed": [".github/migrations/old.yml"]}, {}]},
        {"commits": [], "forced": True},
        {"commits": [{}] * 2048},
    ],
    ids=["changed", "removed", "forced", "more than GitHub lists"],
)
def test_a_push_that_may_change_a_plan_asks_for_every_open_pull_request(said: dict[str, object]) -> None:
    assert [one.kind for one in asked(push(**said))] == ["all"]


def test_another_push_asks_for_none() -> None:
    assert asked(push(commits=[{"modified": ["shop/a.py", "x/.github/migrations/old.yml"]}])) == []


@pytest.mark.parametrize(
    ("action", "label", "kinds"),
    [
        ("edited", None, ["all"]),
        ("closed", None, ["all"]),
        ("labeled", "migration:paused", ["all"]),
        ("unlabeled", "migration", ["all"]),
        ("labeled", "migration:phase-1", []),
        ("assigned", None, []),
    ],
)
def test_an_issue_asks_where_its_plan_may_be_another(
    action: str, label: str | None, kinds: list[str]
) -> None:
    payload = {
        "action": action,
        "issue": {"number": 5, "labels": [{"name": "migration"}]},
        "label": {"name": label} if label else None,
        "repository": {"id": 1, "full_name": "acme/shop"},
        "installation": {"id": 7},
    }
    event = parse("issues", "d-1", payload)
    assert event is not None
    assert [one.kind for one in asked(event)] == kinds


def test_a_rerequested_check_compares_again() -> None:
    again = replace(EVENT, kind="check_run.rerequested", text=RATCHET)
    assert [(one.kind, one.recheck) for one in asked(again)] == [("head", True)]
    queued = replace(again, ref="gh-readonly-queue/main/pr-3-b")
    assert [(one.kind, one.recheck) for one in asked(queued)] == [("group", True)]


def test_each_click_has_a_name_of_its_own() -> None:
    press = replace(EVENT, kind="check_run.requested_action", text=RATCHET, button="fix", check_run=9)
    (one,), (other,) = asked(press), asked(replace(press, delivery="d-2"))
    assert (one.kind, one.by, one.press, other.press) == ("fix", "maya", "fix-9-d-1", "fix-9-d-2")


def test_run_again_as_a_whole_drovers_suite_reports_the_proof_and_the_commands() -> None:
    event = replace(EVENT, kind="check_suite.rerequested", button="rerun", ref="drover/5/phase-1")
    (request,) = requests_of(event)
    assert (request.verb, request.phase, request.where, request.everything) == ("verify", 1, 5, True)
    assert requests_of(replace(event, ref=None)) == requests_of(replace(event, ref="main")) == []


def test_the_ratchets_buttons_on_a_phases_branch_are_not_the_proofs() -> None:
    event = replace(EVENT, kind="check_run.rerequested", button="rerun", ref="drover/5/phase-1", check_run=9)
    assert requests_of(replace(event, text=RATCHET)) == []
    assert [one.verb for one in requests_of(replace(event, text="drover / proof"))] == ["verify"]
