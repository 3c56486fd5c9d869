"""Only people who can write say whether a migration goes on or is paused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.decide.actions import AddLabel, Answer, RemoveLabel
from bot.decide.facts import PERMISSION_PATIENCE, Actor, GivenAnswer, LabelChange
from bot.decide.next_actions import next_actions
from bot.decide.standing_labels import standing_labels
from bot.decide.status import ADOPT, PAUSED, status
from bot.report.answers import answer
from tests.decide.test_decide_status import facts

MAYA, TRIA = Actor("maya", "write"), Actor("tria", "triage")
US, LEFT = Actor("drover[bot]", "none", is_drover=True), Actor("left", "none")
UNKNOWN = Actor("new", "unknown")
STILL_UNKNOWN = replace(UNKNOWN, unknown_for=PERMISSION_PATIENCE)
BOTH, NONE = frozenset({ADOPT, PAUSED}), frozenset[str]()
NOW = 10_000.0


def change(label: str, added: bool, by: Actor, at: float = NOW - 10) -> dict[str, LabelChange]:
    return {label: LabelChange(label, added, by, at, 7)}


@pytest.mark.parametrize("label", [ADOPT, PAUSED])
def test_what_triage_changed_is_as_it_was(label: str) -> None:
    removed = standing_labels(BOTH - {label}, change(label, False, TRIA), BOTH)
    assert (removed.labels, [one.label for one in removed.contested]) == (BOTH, [label])
    added = standing_labels(BOTH, change(label, True, TRIA), BOTH - {label})
    assert (added.labels, [one.label for one in added.contested]) == (BOTH - {label}, [label])


@pytest.mark.parametrize("by", [MAYA, US])
@pytest.mark.parametrize("added", [True, False])
def test_what_somebody_with_write_access_changed_stays(by: Actor, added: bool) -> None:
    labels = BOTH if added else BOTH - {PAUSED}
    found = standing_labels(labels, change(PAUSED, added, by), BOTH - labels)
    assert (found.labels, found.contested) == (labels, ())


def test_a_label_stays_when_whoever_added_it_leaves() -> None:
    found = standing_labels(BOTH, change(ADOPT, True, LEFT), BOTH)
    assert (found.labels, found.contested) == (BOTH, ())


def test_a_label_stays_off_when_whoever_removed_it_leaves() -> None:
    found = standing_labels(NONE, change(ADOPT, False, LEFT), NONE)
    assert (found.labels, found.contested) == (NONE, ())


def test_what_an_older_version_accepted_without_saying_so_stays() -> None:
    found = standing_labels(BOTH, change(ADOPT, True, LEFT), None)
    assert (found.labels, found.contested) == (BOTH, ())


def test_whose_permission_is_not_known_yet_changes_nothing_and_is_refused_later() -> None:
    added = change(ADOPT, True, UNKNOWN, at=NOW - 10 * PERMISSION_PATIENCE)
    assert standing_labels(BOTH, added, frozenset({PAUSED})).labels == {PAUSED}
    assert standing_labels(BOTH, added, frozenset({PAUSED})).contested == ()
    later = standing_labels(BOTH, change(ADOPT, True, STILL_UNKNOWN), frozenset({PAUSED}))
    assert [one.label for one in later.contested] == [ADOPT]


def test_it_is_said_once_and_the_label_put_back() -> None:
    (one,) = change(ADOPT, False, TRIA).values()
    given = facts(contested_labels=(one,))
    first, second, *_ = next_actions(given, status(given))
    assert isinstance(first, Answer)
    assert answer(first) == (
        "@tria **Can't stop tracking this issue.** You need write access to this repository."
    )
    assert second == AddLabel(ADOPT)
    again = facts(contested_labels=(one,), answered_ids=frozenset({"label-7"}))
    assert next_actions(again, status(again))[0] == AddLabel(ADOPT)
    often = facts(contested_labels=(one,), given_answers=(GivenAnswer("tria", NOW - 20),) * 3)
    assert next_actions(often, status(often))[0] == AddLabel(ADOPT)


def test_an_issue_that_somebody_without_write_access_labelled_is_not_tracked() -> None:
    (one,) = change(ADOPT, True, TRIA).values()
    given = facts(adopted=False, labels=frozenset(), contested_labels=(one,))
    refused, removed = next_actions(given, status(given))
    assert isinstance(refused, Answer)
    assert "**Can't track this issue.**" in answer(refused)
    assert removed == RemoveLabel(ADOPT)
