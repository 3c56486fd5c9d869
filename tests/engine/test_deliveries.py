"""Which migrations a delivery concerns, and which it can't make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bot.engine.work import EventNeeds
from bot.github import AppDetails, Delivery
from bot.intake.delivery import with_what_it_asks
from bot.intake.event import Event
from bot.store import Migration, Store, open_store
from bot.turn.app_identity import AppIdentity
from bot.turn.deliveries import Deliveries
from bot.turn.replays import MOST_AN_HOUR, Replays

KNOWN = Migration(1, 5, 7, "acme/shop")
OTHER = Migration(1, 8, 7, "acme/shop")
EVENT = Event("d-1", "status", 7, 1, "acme/shop", "maya", False)


class KnownIdentity(AppIdentity):
    def __init__(self) -> None:
        self._details = AppDetails(1, "drover", "Drover", "", {}, ())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path}/drover.db") as found:
        found.prepare()
        for one in (KNOWN, OTHER):
            found.looks.ask(one)
        yield found


class AdoptedIssues:
    """The issues that carry the label on GitHub."""

    def __init__(self, *numbers: int) -> None:
        self.numbers, self.asked = numbers, list[int]()

    async def __call__(self, migration: Migration) -> bool:
        self.asked.append(migration.issue)
        return migration.issue in self.numbers


class DeliveriesOfGitHub:
    """What GitHub says that it has sent."""

    def __init__(self, *guids: str) -> None:
        self.guids, self.asked = guids, 0

    async def deliveries(self, since: datetime) -> list[Delivery]:
        self.asked += 1
        return [Delivery(1, one, "check_run", None, 200, False, since, 7, 1) for one in self.guids]


async def migrations_of(installation: int, *, again: bool) -> list[Migration]:
    raise AssertionError("nothing here is about an installation")


def deliveries(store: Store, adopted: AdoptedIssues | None = None) -> Deliveries:
    replays = Replays(DeliveriesOfGitHub(), store.clicks)
    return Deliveries(store, KnownIdentity(), migrations_of, adopted or AdoptedIssues(), replays)


def looked_at(store: Store, event: Event) -> list[int] | None:
    (found,) = deliveries(store).needs([with_what_it_asks(event)])
    return None if found is None else [one.issue for one in found.looks]


def test_what_happens_on_the_default_branch_concerns_every_migration(store: Store) -> None:
    assert looked_at(store, EVENT) == [5, 8]


def test_what_happens_on_a_phases_branch_concerns_its_migration(store: Store) -> None:
    assert looked_at(store, replace(EVENT, kind="create", ref="drover/5/phase-1")) == [5]


@pytest.mark.parametrize("issue", ["6", "0", "99999999999999999999"])
@pytest.mark.parametrize("kind", ["create", "status", "check_suite.completed", "pull_request.opened"])
def test_a_branchs_name_alone_makes_no_migration(store: Store, issue: str, kind: str) -> None:
    assert looked_at(store, replace(EVENT, kind=kind, ref=f"drover/{issue}/phase-1")) == []
    assert store.migrations.all() == [KNOWN, OTHER]


def test_a_branch_of_a_fork_is_not_drovers(store: Store) -> None:
    event = replace(EVENT, kind="pull_request.closed", ref="drover/5/phase-1", sha="a", from_fork=True)
    assert looked_at(store, event) == []


def test_a_comment_on_an_issue_concerns_that_issue_alone(store: Store) -> None:
    comment = replace(EVENT, kind="issue_comment.created", comment=3, text="hello")
    assert looked_at(store, replace(comment, issue=5)) == [5]
    assert looked_at(store, replace(comment, issue=6)) == []
    assert looked_at(store, replace(comment, issue=6, tracking=True)) == [6]


PRESS = replace(
    EVENT,
    kind="check_run.requested_action",
    ref="drover/6/phase-1",
    text="drover / proof",
    button="regenerate",
    check_run=3,
)


async def test_a_button_on_a_migration_that_the_store_lost_is_kept(store: Store) -> None:
    event = with_what_it_asks(PRESS)
    assert deliveries(store).needs([event]) == [None]
    found = await deliveries(store, AdoptedIssues(6)).find_needs(event)
    assert [one.issue for one in found.looks] == [6]
    assert [(one.issue, request.verb) for one, request in found.requests] == [(6, "regenerate")]


async def test_a_button_on_the_branch_of_an_ordinary_issue_asks_for_nothing(store: Store) -> None:
    adopted = AdoptedIssues(5)
    assert await deliveries(store, adopted).find_needs(with_what_it_asks(PRESS)) == EventNeeds()
    assert adopted.asked == [6]


def test_what_people_ask_for_needs_no_request_to_github_where_the_migration_is_known(store: Store) -> None:
    event = with_what_it_asks(replace(PRESS, ref="drover/5/phase-1"))
    (found,) = deliveries(store).needs([event])
    assert found is not None
    assert [(one.issue, request.verb) for one, request in found.requests] == [(5, "regenerate")]
    ours = replace(event, sender="drover[bot]")
    assert deliveries(store).needs([ours]) == [replace(found, requests=())]


def test_what_concerns_an_installation_is_asked_of_github(store: Store) -> None:
    assert deliveries(store).needs([replace(EVENT, kind="installation.created"), EVENT])[0] is None


CLICK = with_what_it_asks(replace(PRESS, ref="drover/5/phase-1", digest="0f" * 32, at=1000.0))


async def test_a_click_that_comes_again_under_another_id_is_one_that_github_knows_of(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.turn.replays.PAUSES", (0.0, 0.0))
    github = DeliveriesOfGitHub("d-1", "d-3")
    replays = Replays(github, store.clicks)
    assert store.clicks.record_all([CLICK]) == set()
    assert store.clicks.record_all([CLICK]) == set()
    assert not await replays.is_replay(CLICK)
    assert github.asked == 0
    forged, second = replace(CLICK, delivery="d-2"), replace(CLICK, delivery="d-3")
    assert store.clicks.record_all([forged, second]) == {"d-2", "d-3"}
    assert await replays.is_replay(forged)
    assert not await replays.is_replay(second)


async def test_many_replays_cost_few_requests(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.turn.replays.PAUSES", (0.0,))
    github = DeliveriesOfGitHub()
    replays = Replays(github, store.clicks)
    store.clicks.record_all([CLICK])
    for number in range(2 * MOST_AN_HOUR):
        assert await replays.is_replay(replace(CLICK, delivery=f"forged-{number}"))
    assert github.asked == MOST_AN_HOUR


def test_what_is_named_on_github_is_no_click() -> None:
    comment = replace(EVENT, kind="issue_comment.created", on_pull=True, comment=3, issue=9, text="/migrate")
    assert with_what_it_asks(comment).requests
    assert not with_what_it_asks(comment).is_click
    assert CLICK.is_click
    fix = replace(PRESS, text="drover / ratchet", button="fix", sha="c0ffee")
    assert with_what_it_asks(fix).is_click
