"""Which deliveries call for a word about how to start."""

from __future__ import annotations

from typing import Any

import pytest

from bot.intake.delivery import queued_event, read_delivery
from bot.intake.first_steps import MOST_WELCOMED, FirstSteps, first_steps

BASE = {"installation": {"id": 3}, "sender": {"login": "maya", "type": "User"}}


def told(name: str, **payload: Any) -> tuple[FirstSteps, ...]:
    event = read_delivery(name, "d-1", {**BASE, **payload}, 1.0)
    return first_steps(queued_event(event.as_json())) if event else ()


def repositories(count: int) -> list[dict[str, Any]]:
    return [{"id": number, "full_name": f"o/r{number}"} for number in range(count)]


def test_each_repository_that_gets_the_app_is_welcomed() -> None:
    assert told("installation", action="created", repositories=repositories(2)) == (
        FirstSteps(3, "o/r0"),
        FirstSteps(3, "o/r1"),
    )
    added = told("installation_repositories", action="added", repositories_added=repositories(1))
    assert added == (FirstSteps(3, "o/r0"),)


def test_one_of_very_many_repositories_is_so_that_somebody_is_told() -> None:
    assert told("installation", action="created", repositories=repositories(0)) == ()
    assert (
        len(told("installation", action="created", repositories=repositories(MOST_WELCOMED))) == MOST_WELCOMED
    )
    many = told("installation", action="created", repositories=repositories(5_000))
    assert many == (FirstSteps(3, "o/r0"),)


@pytest.mark.parametrize("action", ["deleted", "suspend", "unsuspend", "new_permissions_accepted"])
def test_only_a_new_installation_counts(action: str) -> None:
    assert told("installation", action=action, repositories=repositories(1)) == ()
    removed = repositories(1)
    assert told("installation_repositories", action="removed", repositories_removed=removed) == ()


def comment(text: str, sender: str = "User", action: str = "created", **issue: Any) -> tuple[FirstSteps, ...]:
    return told(
        "issue_comment",
        action=action,
        repository={"id": 7, "full_name": "o/r", "default_branch": "main"},
        issue={"number": 5, "labels": [], **issue},
        comment={"id": 9, "body": text, "user": {"login": "maya"}},
        sender={"login": "maya", "type": sender},
    )


def test_who_commands_on_an_ordinary_issue_is_told_what_to_do() -> None:
    assert comment("Please:\n/migrate audit") == (FirstSteps(3, "o/r", 5, "maya"),)


def test_nobody_else_is() -> None:
    assert comment("What is `/migrate audit`?") == ()
    assert comment("/migrate audit", sender="Bot") == ()
    assert comment("/migrate audit", action="edited") == ()
    assert comment("/migrate audit", labels=[{"name": "migration"}]) == ()
    assert comment("/migrate audit", pull_request={}) == ()
