"""A wait that GitHub asks for is shown on every status comment that it delays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.store import Migration
from bot.turn.wait_notices import WaitNotices
from tests.github_server import Answer, FakeGitHub, fake_github

UNTIL = datetime(2026, 1, 1, 12, 30, tzinfo=UTC)


@pytest.fixture
async def at() -> AsyncIterator[FakeGitHub]:
    async with fake_github() as made:
        yield made


async def notices_of(at: FakeGitHub, *issues: int) -> WaitNotices:
    """With the status comments of these issues, whose ids are ten times the issues' numbers."""
    found, repo = WaitNotices(), at.installation.repo("o", "r")
    for issue in issues:
        body = {
            "id": 10 * issue,
            "body": "<!-- drover:status -->\n\n## Title",
            "user": {"id": 1, "login": "drover[bot]"},
        }
        at.server.answers(f"GET /repos/o/r/issues/{issue}/comments", Answer([body]))
        at.server.answers(f"PATCH /repos/o/r/issues/comments/{10 * issue}", Answer(body))
        (comment,) = await repo.comments.of(issue)
        found.remember(Migration(1, issue, 7, "o/r"), repo, comment)
    return found


async def test_a_status_comment_that_cannot_be_written_stops_no_other(at: FakeGitHub) -> None:
    notices = await notices_of(at, 1, 2)
    at.server.answers(
        "PATCH /repos/o/r/issues/comments/10", Answer({"message": "Resource not accessible"}, 403)
    )
    await notices.show(7, UNTIL, "GitHub asks us to wait")
    assert at.server.times("PATCH /repos/o/r/issues/comments/20") == 1


async def test_every_status_comment_says_the_wait_however_many_there_are(at: FakeGitHub) -> None:
    """What is remembered is bounded by the comments alone, not by the client that they are written with."""
    issues = range(1, 101)
    notices = await notices_of(at, *issues)
    await notices.show(7, UNTIL, "GitHub asks us to wait")
    written = [at.server.times(f"PATCH /repos/o/r/issues/comments/{10 * issue}") for issue in issues]
    assert written == [1] * len(issues)


async def test_the_migrations_of_other_installations_do_not_wait(at: FakeGitHub) -> None:
    notices = await notices_of(at, 1)
    await notices.show(8, UNTIL, "GitHub asks us to wait")
    assert at.server.times("PATCH /repos/o/r/issues/comments/10") == 0
    assert not notices.is_new_on(Migration(1, 1, 7, "o/r"))


async def test_a_notice_is_new_until_the_next_turn_begins(at: FakeGitHub) -> None:
    notices, one = await notices_of(at, 1), Migration(1, 1, 7, "o/r")
    await notices.show(7, UNTIL, "GitHub asks us to wait")
    repo = at.installation.repo("o", "r")
    notices.remember(one, repo, (await repo.comments.of(1))[0])  # read before the notice
    assert notices.is_new_on(one)
    notices.begin_turn(one)
    assert not notices.is_new_on(one)


async def test_a_deleted_migration_is_not_written_to(at: FakeGitHub) -> None:
    notices = await notices_of(at, 1)
    notices.forget(Migration(1, 1, 7, "o/r"))
    await notices.show(7, UNTIL, "GitHub asks us to wait")
    assert at.server.times("PATCH /repos/o/r/issues/comments/10") == 0
