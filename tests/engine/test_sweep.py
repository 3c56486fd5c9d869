"""A sweep finds every migration, whatever is wrong with one repository or installation."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.github import Unavailable, WaitPolicy
from bot.store import Migration, Store, open_store
from bot.store.repositories import KnownRepository
from bot.turn.redelivery import Redelivery
from bot.turn.sweep import Sweep
from tests.github_server import START, Answer, FakeGitHub, ReceivedRequest, fake_github

MINUTES = 10.0
ISSUE: dict[str, Any] = {
    "number": 5,
    "id": 1,
    "title": "t",
    "state": "open",
    "labels": [{"name": "migration"}],
}


@pytest.fixture
async def at() -> AsyncIterator[FakeGitHub]:
    async with fake_github(WaitPolicy(longest=60)) as made:
        made.server.answers("GET /app/hook/deliveries", Answer([]))
        yield made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path}/drover.db") as found:
        found.prepare()
        yield found


def sweep(at: FakeGitHub, store: Store) -> Sweep:
    redelivery = Redelivery(at.app, store.positions, 60.0)
    return Sweep(store, at.app, redelivery, MINUTES, at.time.clock.now)


def repository(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"r{number}",
        "owner": {"login": "o"},
        "default_branch": "main",
        "clone_url": "",
        "html_url": "",
        **changes,
    }


def installations(at: FakeGitHub, *numbers: int) -> None:
    found = [{"id": one, "account": {"login": "o", "id": 1, "type": "User"}} for one in numbers]
    at.server.answers("GET /app/installations", Answer(found))


def repositories(at: FakeGitHub, *found: dict[str, Any]) -> None:
    at.server.answers("GET /installation/repositories", Answer({"repositories": list(found)}))
    for one in found:
        at.server.answers(f"GET /repos/o/{one['name']}/issues", Answer([ISSUE]))


async def swept(at: FakeGitHub, store: Store) -> list[str]:
    return [f"{one.full_name}#{one.issue}" for one in await sweep(at, store).run()]


BROKEN = [
    Answer({"message": "Resource not accessible by integration"}, 403),
    Answer({"message": "Not Found"}, 404),
    Answer({"message": "Issues are disabled for this repo"}, 410),
    Answer({"message": "Repository access blocked"}, 451),
    Answer({"message": "Server Error"}, 500),
    Answer(b"<html>Unicorn!</html>", 502),
]


@pytest.mark.parametrize("answer", BROKEN, ids=lambda one: str(one.status))
async def test_a_repository_that_cannot_be_read_stops_no_other(
    at: FakeGitHub, store: Store, caplog: pytest.LogCaptureFixture, answer: Answer
) -> None:
    installations(at, 7)
    repositories(at, repository(1), repository(2), repository(3))
    at.server.answers("GET /repos/o/r2/issues", answer)
    assert await swept(at, store) == ["o/r1#5", "o/r3#5"]
    assert "o/r2" in caplog.text


@pytest.mark.parametrize(
    "answer",
    [
        Answer({"message": "This installation has been suspended"}, 403),
        Answer({"message": "Not Found"}, 404),
        Answer({"message": "Server Error"}, 500),
    ],
    ids=lambda one: str(one.status),
)
async def test_an_installation_without_a_token_stops_no_other(
    at: FakeGitHub, store: Store, caplog: pytest.LogCaptureFixture, answer: Answer
) -> None:
    installations(at, 6, 7)
    repositories(at, repository(1))
    at.server.answers("POST /app/installations/6/access_tokens", answer)
    assert await swept(at, store) == ["o/r1#5"]
    assert "installation 6" in caplog.text


async def test_an_installation_whose_quota_is_used_up_stops_no_other(
    at: FakeGitHub, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    used_up = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(START + 3000))}
    installations(at, 6, 7)
    repositories(at, repository(1))
    at.server.answers(
        "GET /installation/repositories",
        Answer({"message": "API rate limit exceeded"}, 403, used_up),
        Answer({"repositories": [repository(1)]}),
    )
    assert await swept(at, store) == ["o/r1#5"]
    assert "installation 6" in caplog.text


async def test_archived_repositories_and_those_without_issues_are_skipped(
    at: FakeGitHub, store: Store
) -> None:
    installations(at, 7)
    repositories(at, repository(1, archived=True), repository(2, has_issues=False), repository(3))
    assert await swept(at, store) == ["o/r3#5"]
    assert at.server.times("GET /repos/o/r1/issues") == at.server.times("GET /repos/o/r2/issues") == 0


async def test_migrations_in_the_store_are_swept_though_github_lists_none(
    at: FakeGitHub, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store.looks.ask(Migration(1, 5, 7, "o/r1"))
    for list_ in ("GET /app/installations", "GET /app/hook/deliveries"):
        at.server.answers(list_, Answer({"message": "Server Error"}, 500))
    assert await swept(at, store) == ["o/r1#5"]
    assert "500" in caplog.text


async def test_a_sweep_that_finds_nothing_since_github_is_down_is_tried_again(
    at: FakeGitHub, store: Store
) -> None:
    at.server.answers("GET /app/installations", Answer({"message": "Server Error"}, 500))
    with pytest.raises(Unavailable):
        await sweep(at, store).run()


async def test_an_issue_that_was_closed_long_ago_is_not_looked_at(at: FakeGitHub, store: Store) -> None:
    installations(at, 7)
    repositories(at, repository(1))
    closed = {**ISSUE, "state": "closed", "closed_at": _iso(START - 91 * 86400)}
    recent = {**ISSUE, "number": 6, "state": "closed", "closed_at": _iso(START - 89 * 86400)}
    at.server.answers("GET /repos/o/r1/issues", Answer([closed, recent]))
    assert await swept(at, store) == ["o/r1#6"]


def _iso(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


MANY = 3000


class Organization:
    """Its repositories, listed page by page, and what was asked of it."""

    def __init__(self, at: FakeGitHub, repositories: int) -> None:
        self._at, self._before = at, 0
        self.all = [repository(number) for number in range(1, repositories + 1)]
        installations(at, 7)
        at.server.answers("GET /installation/repositories", self._page)
        for one in self.all:
            at.server.answers(f"GET /repos/o/{one['name']}/issues", Answer([]))

    def _page(self, asked: ReceivedRequest) -> Answer:
        page, at = int(asked.query.get("page", "1")), self._at.server.url
        following = f'<{at}/api/v3/installation/repositories?page={page + 1}>; rel="next"'
        more = {"link": following} if page * 100 < len(self.all) else {}
        return Answer({"repositories": self.all[(page - 1) * 100 : page * 100]}, headers=more)

    def adopt(self, number: int) -> None:
        self._at.server.answers(f"GET /repos/o/r{number}/issues", Answer([ISSUE]))

    def asked(self) -> list[str]:
        """Since the last time, of what counts against the installation's limit."""
        new = [str(one) for one in self._at.server.asked[self._before :]]
        self._before = len(self._at.server.asked)
        return [one for one in new if " /app" not in one]

    async def hour(self, store: Store) -> list[str]:
        """What is asked in an hour of sweeps."""
        self.asked()
        for _ in range(int(60 / MINUTES)):
            await sweep(self._at, store).run()
            self._at.time.now += MINUTES * 60
        return self.asked()


async def test_thousands_of_repositories_at_rest_cost_few_requests(at: FakeGitHub, store: Store) -> None:
    organization = Organization(at, MANY)
    known = [KnownRepository(one["id"], f"o/{one['name']}") for one in organization.all]
    store.repositories.keep(7, known, START - 3600)
    store.repositories.note_read(known, START - 3600)
    asked = [await organization.hour(store), await organization.hour(store)]
    assert [len(one) < 300 for one in asked] == [True, True]
    read = [one for hour in asked for one in hour if one.endswith("/issues")]
    assert len(read) == len(set(read)) >= 2 * MANY / 24


async def test_a_new_repository_is_read_at_once_and_an_old_one_in_turn(at: FakeGitHub, store: Store) -> None:
    organization = Organization(at, 40)
    assert await swept(at, store) == []
    organization.adopt(3)
    assert await swept(at, store) == ["o/r3#5"]
    organization.all.append(repository(41))
    organization.adopt(41)
    assert await sweep(at, store).migrations_of(7, again=False) == [Migration(41, 5, 7, "o/r41")]
    assert len(await sweep(at, store).migrations_of(7, again=True)) == 2
    assert len(await sweep(at, store).migrations_of(8, again=True)) == 2


async def test_many_migrations_are_looked_at_in_turn(at: FakeGitHub, store: Store) -> None:
    installations(at, 7)
    repositories(at)
    for number in range(15):
        number_of_look = store.looks.ask(Migration(number, 5, 7, f"o/r{number}"))
        store.looks.begin(Migration(number, 5, 7, f"o/r{number}"), number_of_look)
    looked_at = []
    for _ in range(2):
        due = await sweep(at, store).run()
        assert len(due) == 10
        for one in due:
            store.looks.begin(one, store.looks.ask(one))
        looked_at += [one.repo_id for one in due]
    assert looked_at[:15] == list(range(15))
    for number in (3, 4):  # as where an upgrade drops a look that was waiting
        store.looks.drop(number, 5, store.looks.ask(Migration(number, 5, 7, f"o/r{number}")))
    assert [one.repo_id for one in await sweep(at, store).run()][:3] == [3, 4, 5]


async def test_first_reading_leaves_half_of_the_hour_for_what_is_known(at: FakeGitHub, store: Store) -> None:
    organization = Organization(at, 40)
    left = iter(range(2508, 0, -1))

    def answer(asked: ReceivedRequest) -> Answer:
        told = {"x-ratelimit-limit": "5000", "x-ratelimit-reset": str(int(START + 3600))}
        return Answer([], headers={**told, "x-ratelimit-remaining": str(next(left))})

    for one in organization.all:
        at.server.answers(f"GET /repos/o/{one['name']}/issues", answer)
    await sweep(at, store).run()
    assert len([one for one in organization.asked() if one.endswith("/issues")]) < 40
    assert store.repositories.unread(7, 1)


async def test_a_repository_that_did_not_answer_is_asked_again_by_the_next_sweep(
    at: FakeGitHub, store: Store
) -> None:
    Organization(at, 30)
    for number in (20, 30):
        at.server.answers(f"GET /repos/o/r{number}/issues", *[Answer({}, 502)] * 5, Answer([ISSUE]))
    assert await swept(at, store) == []
    assert await swept(at, store) == ["o/r20#5", "o/r30#5"]
