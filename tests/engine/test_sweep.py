"""A sweep finds every migration, whatever is wrong with one repository or installation."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.github import Unavailable, WaitPolicy
from bot.store import Migration, Store, opened
from bot.turn.redelivery import Redelivery
from bot.turn.sweep import Sweep
from tests.github_server import START, Answer, FakeGitHub, fake_github

ISSUE = {"number": 5, "id": 1, "title": "t", "state": "open", "labels": [{"name": "migration"}]}


@pytest.fixture
async def at() -> AsyncIterator[FakeGitHub]:
    async with fake_github(WaitPolicy(longest=60)) as made:
        made.server.answers("GET /app/hook/deliveries", Answer([]))
        yield made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(f"sqlite:///{tmp_path}/drover.db") as found:
        found.prepare()
        yield found


def sweep(at: FakeGitHub, store: Store) -> Sweep:
    return Sweep(store, at.app, Redelivery(at.app, store.positions, 60.0))


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
    closed = {**ISSUE, "state": "closed", "closed_at": _iso(time.time() - 91 * 86400)}
    recent = {**ISSUE, "number": 6, "state": "closed", "closed_at": _iso(time.time() - 89 * 86400)}
    at.server.answers("GET /repos/o/r1/issues", Answer([closed, recent]))
    assert await swept(at, store) == ["o/r1#6"]


def _iso(moment: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
