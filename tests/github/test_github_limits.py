"""GitHub's limits, and what breaks between it and us."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator
from email.utils import formatdate
from typing import Any

import pytest

from bot.github import (
    Clock,
    Invalid,
    MustWait,
    NotFound,
    NotInstalled,
    OutcomeUnknown,
    Unauthorized,
    Unavailable,
    WaitPolicy,
)
from bot.github.limits import refusal
from bot.github.waits import points_free_at
from tests.github_server import START, Answer, FakeGitHub, ReceivedRequest, fake_github

ISSUE = {"number": 1, "id": 1, "title": "t", "state": "open"}
COMMENT = {"id": 5, "body": "hello"}
AT = "/repos/o/r"
SECONDARY = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"
DISGUISES = [
    Answer({"message": "You have exceeded a secondary rate limit."}, 403, {"retry-after": "30"}),
    Answer({"message": "No.", "documentation_url": SECONDARY}, 403, {"retry-after": "30"}),
    Answer({"message": "Too many requests"}, 429, {"retry-after": "30"}),
    Answer({"message": "Validation Failed", "errors": [{"code": "abuse"}]}, 422, {"retry-after": "30"}),
]
HTML = b"<html>Unicorn!</html>"


@pytest.fixture
async def at() -> AsyncIterator[FakeGitHub]:
    async with fake_github() as made:
        yield made


def repo(at: FakeGitHub) -> Any:
    return at.installation.repo("o", "r")


@pytest.mark.parametrize("disguise", DISGUISES, ids=["403", "403 by its manual", "429", "422"])
async def test_every_kind_of_secondary_limit_is_waited_for(at: FakeGitHub, disguise: Answer) -> None:
    at.server.answers(f"POST {AT}/issues/1/comments", disguise, Answer(COMMENT, 201))
    comment = await repo(at).comments.create(1, "hello")
    assert comment.id == 5
    assert at.time.now - START >= 30
    assert at.server.times(f"POST {AT}/issues/1/comments") == 2


async def test_a_wait_is_reported_before_it_begins(at: FakeGitHub) -> None:
    at.server.answers(f"GET {AT}/issues/1", DISGUISES[2], Answer(ISSUE))
    await repo(at).issues.get(1)
    assert [(who, until) for who, until, _ in at.told] == [(7, 30.0)]


async def test_a_short_wait_is_not_reported(at: FakeGitHub) -> None:
    at.server.answers(f"GET {AT}/issues/1", Answer({}, 429, {"retry-after": "2"}), Answer(ISSUE))
    await repo(at).issues.get(1)
    assert at.told == []


async def test_without_a_hint_a_minute_is_waited_and_then_twice_as_long(at: FakeGitHub) -> None:
    bare = Answer({"message": "You have exceeded a secondary rate limit"}, 403)
    at.server.answers(f"GET {AT}/issues/1", bare, bare, bare, Answer(ISSUE))
    await repo(at).issues.get(1)
    assert [round(one) for one in at.time.slept] == [60, 120, 240]


async def test_the_primary_limit_is_waited_for_by_githubs_clock(at: FakeGitHub) -> None:
    """Ours is ten minutes fast."""
    headers = {
        "x-ratelimit-limit": "5000",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(int(START) - 600 + 90),
        "date": formatdate(START - 600, usegmt=True),
    }
    at.server.answers(
        f"GET {AT}/issues/1", Answer({"message": "API rate limit exceeded"}, 403, headers), Answer(ISSUE)
    )
    await repo(at).issues.get(1)
    assert 90 <= at.time.now - START <= 93


async def test_the_last_requests_of_the_hour_are_kept_for_reports(at: FakeGitHub) -> None:
    headers = {
        "x-ratelimit-limit": "5000",
        "x-ratelimit-remaining": "15",
        "x-ratelimit-reset": str(int(START) + 900),
    }
    fresh = {**headers, "x-ratelimit-remaining": "4999", "x-ratelimit-reset": str(int(START) + 4500)}
    at.server.answers(f"GET {AT}/issues/1", Answer(ISSUE, headers=headers), Answer(ISSUE, headers=fresh))
    written = []

    async def tell(installation: int, until: Any, why: str) -> None:
        at.server.answers(f"PATCH {AT}/issues/comments/5", Answer(COMMENT))
        written.append(await repo(at).comments.update(5, "GitHub asks us to wait"))

    at.installation.client.limits._on_wait = tell
    await repo(at).issues.get(1)
    await repo(at).issues.get(1)
    assert len(written) == 1
    assert at.time.now - START >= 900


async def test_a_wait_for_github_can_be_reported_on_github(at: FakeGitHub) -> None:
    at.server.answers(f"GET {AT}/issues/1", DISGUISES[0], Answer(ISSUE))
    at.server.answers(f"PATCH {AT}/issues/comments/5", Answer(COMMENT))

    async def tell(installation: int, until: Any, why: str) -> None:
        for _ in range(10):
            await repo(at).comments.update(5, f"{why} until {until}")

    at.installation.client.limits._on_wait = tell
    assert await repo(at).issues.get(1)
    edits = [asked.at for asked in at.server.asked if asked.method == "PATCH"]
    assert edits == [START, START + 1, START + 2]
    assert at.server.asked[-1].at >= START + 30


async def test_a_wait_of_drovers_own_is_reported_only_where_it_is_long(at: FakeGitHub) -> None:
    at.server.answers(f"GET {AT}/issues/1", Answer(ISSUE))
    at.waits._points[7] = [(START, 850)]
    await repo(at).issues.get(1)
    assert at.time.now >= START + 60
    assert at.told == []


async def test_a_long_wait_of_drovers_own_is_reported_with_few_requests() -> None:
    async with fake_github(WaitPolicy(longest_own=120)) as at:
        at.server.answers(f"PATCH {AT}/issues/comments/5", Answer(COMMENT))
        at.waits._writes[7] = [(START, True)] * 480

        async def tell(installation: int, until: Any, why: str) -> None:
            for _ in range(10):
                await repo(at).comments.update(5, why)

        at.installation.client.limits._on_wait = tell
        with pytest.raises(MustWait):
            await repo(at).comments.create(1, "hello")
        assert at.server.times(f"PATCH {AT}/issues/comments/5") == 3


async def test_reporting_a_wait_stops_when_it_is_refused_too(at: FakeGitHub) -> None:
    at.server.answers(f"GET {AT}/issues/1", DISGUISES[0], Answer(ISSUE))
    at.server.answers(f"PATCH {AT}/issues/comments/5", DISGUISES[2])

    async def tell(installation: int, until: Any, why: str) -> None:
        await repo(at).comments.update(5, why)

    at.installation.client.limits._on_wait = tell
    assert await repo(at).issues.get(1)
    assert at.server.times(f"PATCH {AT}/issues/comments/5") == 1


async def test_a_used_up_hour_is_known_to_every_process(at: FakeGitHub) -> None:
    headers = {
        "x-ratelimit-limit": "5000",
        "x-ratelimit-remaining": "3",
        "x-ratelimit-reset": str(int(START) + 900),
    }
    fresh = {**headers, "x-ratelimit-remaining": "4999", "x-ratelimit-reset": str(int(START) + 4500)}
    at.server.answers(f"GET {AT}/issues/1", Answer(ISSUE, headers=headers), Answer(ISSUE, headers=fresh))
    await repo(at).issues.get(1)
    await repo(at).issues.get(1)
    assert at.waits.wait_until(7) == (START + 900, "the hour's requests to GitHub are used up")


async def test_a_cancelled_wait_blocks_nobody(at: FakeGitHub) -> None:
    at.waits.set_wait(7, START + 500, "long")
    forever = asyncio.Event()

    async def sleep(_: float) -> None:
        await forever.wait()

    limits = at.installation.client.limits
    limits.clock = Clock(lambda: at.time.now, sleep)
    at.server.answers(f"POST {AT}/issues/1/comments", Answer(COMMENT, 201))
    waiting = asyncio.create_task(repo(at).comments.create(1, "x"))
    async with asyncio.timeout(30):
        while not limits._writing.locked() or not at.told:
            await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    limits.clock = at.time.clock
    assert (await repo(at).comments.create(1, "y")).id == 5


async def test_the_wait_of_one_process_is_obeyed_by_another(at: FakeGitHub) -> None:
    at.waits.set_wait(7, START + 50, "another process was told")
    at.server.answers(f"GET {AT}/issues/1", Answer(ISSUE))
    await repo(at).issues.get(1)
    assert at.server.asked[-1].at >= START + 50


async def test_a_refusal_is_shared_with_other_processes(at: FakeGitHub) -> None:
    at.server.answers(f"GET {AT}/issues/1", DISGUISES[0], Answer(ISSUE))
    await repo(at).issues.get(1)
    known = at.waits.wait_until(7)
    assert known is not None
    assert known[0] == START + 30


async def test_the_limit_of_one_installation_does_not_hold_up_another(at: FakeGitHub) -> None:
    at.waits.set_wait(8, START + 500, "the other")
    at.server.answers(f"GET {AT}/issues/1", Answer(ISSUE))
    await repo(at).issues.get(1)
    assert at.time.now == START


async def test_a_wait_too_long_to_sit_out_is_handed_back() -> None:
    async with fake_github(WaitPolicy(longest=60)) as at:
        at.server.answers(f"GET {AT}/issues/1", Answer({}, 429, {"retry-after": "600"}))
        with pytest.raises(MustWait) as raised:
            await repo(at).issues.get(1)
        assert raised.value.until == START + 600
        assert at.time.now == START
        assert [until for _, until, _ in at.told] == [600.0]


async def test_by_default_a_wait_of_seconds_is_sat_out_and_a_longer_one_handed_back() -> None:
    """What waits holds a slot that others need; a wait of Drover's own would begin again with every try."""
    async with fake_github(WaitPolicy()) as at:
        short, long = Answer({}, 429, {"retry-after": "5"}), Answer({}, 429, {"retry-after": "6"})
        at.server.answers(f"GET {AT}/issues/1", short, Answer(ISSUE), long)
        await repo(at).issues.get(1)
        with pytest.raises(MustWait):
            await repo(at).issues.get(1)
        assert [round(one) for one in at.time.slept] == [5]


async def test_requests_are_not_repeated_forever(at: FakeGitHub) -> None:
    at.server.answers(f"GET {AT}/issues/1", DISGUISES[2])
    with pytest.raises(MustWait):
        await repo(at).issues.get(1)
    assert at.server.times(f"GET {AT}/issues/1") == 5


async def test_writes_go_one_after_another_with_a_second_between(at: FakeGitHub) -> None:
    at.server.answers(f"POST {AT}/issues/1/comments", Answer(COMMENT, 201))
    await asyncio.gather(*[repo(at).comments.create(1, str(number)) for number in range(5)])
    times = [asked.at for asked in at.server.asked if asked.path.endswith("comments")]
    assert all(later - earlier >= 1 for earlier, later in itertools.pairwise(times))
    assert at.server.most_at_once == 1


async def test_a_second_lies_between_two_writes_of_any_kind(at: FakeGitHub) -> None:
    ref = {"ref": "refs/heads/x", "object": {"sha": "1"}}
    at.server.answers(f"PATCH {AT}/issues/1", Answer(ISSUE))
    at.server.answers(f"POST {AT}/git/refs", Answer(ref, 201))
    at.server.answers(f"DELETE {AT}/git/refs/heads/x", Answer(status=204))
    at.server.answers(f"POST {AT}/issues/1/labels", Answer([], 200))
    await repo(at).issues.close(1)
    await repo(at).refs.create("refs/heads/x", "1")
    await repo(at).issues.add_labels(1, "migration")
    await repo(at).refs.delete("refs/heads/x")
    times = [asked.at for asked in at.server.asked if not asked.path.endswith("access_tokens")]
    assert all(later - earlier >= 1 for earlier, later in itertools.pairwise(times))


async def test_the_second_between_two_tries_of_a_write_begins_at_the_answer(at: FakeGitHub) -> None:
    """Of a request that took long to arrive, too."""

    def takes_long(_: ReceivedRequest) -> Answer:
        at.time.now += 0.4
        return Answer({"message": "Object does not exist"}, 422)

    ref = {"ref": "refs/heads/x", "object": {"sha": "1"}}
    at.server.answers(f"POST {AT}/git/refs", Answer(ref, 201))
    at.server.answers(f"DELETE {AT}/git/refs/heads/x", takes_long, takes_long, Answer(status=204))
    await repo(at).refs.create("refs/heads/x", "1")
    await repo(at).refs.delete("refs/heads/x")
    times = [asked.at for asked in at.server.asked if asked.method == "DELETE"]
    assert [later - earlier >= 1.4 for earlier, later in itertools.pairwise(times)] == [True, True]


async def test_the_second_between_two_writes_is_over_all_workers(at: FakeGitHub) -> None:
    """A second App object is what another process has: only the waits are shared."""
    other = at.another_process()
    at.server.answers(f"POST {AT}/issues/1/comments", Answer(COMMENT, 201))
    for number in range(6):
        app = (at.app, other)[number % 2]
        await app.installation(7).repo("o", "r").comments.create(1, "x")
    times = [asked.at for asked in at.server.asked if asked.path.endswith("comments")]
    assert all(later - earlier >= 1 for earlier, later in itertools.pairwise(times))


async def test_no_more_than_the_content_that_github_takes_in_an_hour() -> None:
    async with fake_github(WaitPolicy(pause=0.001, longest_own=10_000)) as at:
        at.server.answers(f"POST {AT}/issues/1/comments", Answer(COMMENT, 201))
        for _ in range(500):
            await repo(at).comments.create(1, "x")
        times = [asked.at for asked in at.server.asked if asked.path.endswith("comments")]
        for index, start in enumerate(times):
            assert sum(time < start + 60 for time in times[index:]) <= 80
            assert sum(time < start + 3600 for time in times[index:]) <= 500


async def test_reads_go_at_once_but_not_all_at_once(at: FakeGitHub) -> None:
    at.server.answers(f"GET {AT}/issues/1", Answer(ISSUE))
    await at.installation.token()
    at.server.open.clear()
    reading = asyncio.gather(*[repo(at).issues.get(1) for _ in range(50)])
    async with asyncio.timeout(30):
        while at.server.at_once < 8:
            await asyncio.sleep(0.01)
    at.server.open.set()
    await reading
    assert at.server.most_at_once == 8


async def test_no_more_than_the_points_of_a_minute(at: FakeGitHub) -> None:
    at.server.answers(f"GET {AT}/issues/1", Answer(ISSUE))
    for _ in range(900):
        await repo(at).issues.get(1)
    times = [asked.at for asked in at.server.asked if asked.path.endswith("issues/1")]
    assert sum(time < START + 60 for time in times) <= 850


async def test_the_points_of_a_minute_are_counted_over_all_workers(at: FakeGitHub) -> None:
    at.server.answers(f"GET {AT}/issues/1", Answer(ISSUE))
    workers = [at.app, at.another_process(), at.another_process()]
    for number in range(900):
        await workers[number % 3].installation(7).repo("o", "r").issues.get(1)
    times = [asked.at for asked in at.server.asked if asked.path.endswith("issues/1")]
    assert 700 < sum(time < START + 60 for time in times) <= 850


def test_points_are_free_again_after_a_minute_and_the_seconds_in_which_they_may_be_spent() -> None:
    points = [(float(second), 25) for second in range(4)]
    assert points_free_at(points, 10.0, most=125) == 10.0
    assert points_free_at(points, 10.0, most=100) == 66.0
    assert points_free_at(points, 10.0, most=50) == 68.0


@pytest.mark.parametrize(
    "answer",
    [
        (403, {}, {"message": "Resource not accessible by integration"}),
        (403, {"x-ratelimit-remaining": "4000"}, {"message": "Repository was archived so is read-only."}),
        (422, {}, {"message": "Validation Failed", "errors": [{"code": "invalid"}]}),
        (422, {}, {"message": "Validation Failed", "errors": ["abuse of a string"]}),
        (404, {"retry-after": "5"}, {}),
        (500, {"retry-after": "5"}, {}),
        (200, {"x-ratelimit-remaining": "0"}, {}),
        (403, {}, None),
    ],
)
def test_other_refusals_are_no_limits(answer: tuple[int, dict[str, str], Any]) -> None:
    assert refusal(*answer, now=START) is None


@pytest.mark.parametrize(
    "error",
    [
        {"type": "RATE_LIMITED"},
        {"type": "RATE_LIMIT", "extensions": {"code": "graphql_rate_limit"}},
        {"extensions": {"code": "graphql_rate_limit"}},
    ],
)
async def test_a_graphql_limit_is_a_limit_though_it_is_a_200(at: FakeGitHub, error: dict[str, Any]) -> None:
    limited = {"errors": [{**error, "message": "API rate limit exceeded"}]}
    reset = {
        "x-ratelimit-limit": "5000",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(int(START) + 77),
    }
    at.server.answers("POST /api/graphql", Answer(limited, 200, reset), Answer({"data": {"ok": 1}}))
    assert await at.installation.client.graphql("query { ok }") == {"ok": 1}
    assert at.time.now >= START + 77


@pytest.mark.parametrize(
    "answer", [Answer({}, 500), Answer(HTML, 502), Answer(HTML, 200), Answer(ISSUE, cut=True)]
)
async def test_a_read_is_asked_again_after_a_broken_answer(at: FakeGitHub, answer: Answer) -> None:
    at.server.answers(f"GET {AT}/issues/1", answer, answer, Answer(ISSUE))
    assert (await repo(at).issues.get(1)).number == 1
    assert len(at.time.slept) == 2


async def test_a_server_that_stays_broken_is_unavailable(at: FakeGitHub) -> None:
    at.server.answers(f"GET {AT}/issues/1", Answer({}, 503))
    with pytest.raises(Unavailable):
        await repo(at).issues.get(1)
    assert at.server.times(f"GET {AT}/issues/1") == 5


async def test_an_unreachable_server_is_unavailable(at: FakeGitHub) -> None:
    at.installation.client.api_url = at.installation.client.api_url.with_port(1)
    with pytest.raises(Unavailable):
        await repo(at).comments.create(1, "x")


@pytest.mark.parametrize("answer", [Answer({}, 500), Answer(HTML, 502), Answer(COMMENT, 201, cut=True)])
async def test_a_comment_that_may_have_been_written_is_not_written_again(
    at: FakeGitHub, answer: Answer
) -> None:
    at.server.answers(f"POST {AT}/issues/1/comments", answer)
    with pytest.raises(OutcomeUnknown):
        await repo(at).comments.create(1, "x")
    assert at.server.times(f"POST {AT}/issues/1/comments") == 1


async def test_an_edit_is_repeated(at: FakeGitHub) -> None:
    at.server.answers(f"PATCH {AT}/issues/comments/5", Answer(COMMENT, cut=True), Answer(COMMENT))
    assert await repo(at).comments.update(5, "x")


async def test_a_pull_request_that_may_have_been_opened_is_looked_for(at: FakeGitHub) -> None:
    pull = {
        "number": 3, "id": 3, "title": "t", "state": "open",
        "head": {"ref": "b", "sha": "1", "repo": {"id": 1}}, "base": {"ref": "main", "sha": "2", "repo": {"id": 1}},
    }  # fmt: skip
    at.server.answers(f"POST {AT}/pulls", Answer(pull, 201, cut=True))
    at.server.answers(f"GET {AT}/pulls", Answer([pull]))
    assert (await repo(at).pulls.create("t", "b", "main")).number == 3
    assert at.server.times(f"POST {AT}/pulls") == 1
    assert at.server.asked[-1].query["head"] == "o:b"


async def test_a_token_serves_until_five_minutes_before_its_end(at: FakeGitHub) -> None:
    at.server.answers(f"GET {AT}/issues/1", Answer(ISSUE))
    for minutes in (0, 54, 56):
        at.time.now = START + minutes * 60
        await repo(at).issues.get(1)
    assert at.server.tokens == 2


async def test_many_at_once_ask_for_one_token(at: FakeGitHub) -> None:
    at.server.answers(f"GET {AT}/issues/1", Answer(ISSUE))
    await asyncio.gather(*[repo(at).issues.get(1) for _ in range(30)], at.installation.token())
    assert at.server.tokens == 1


async def test_a_refused_token_is_renewed_once(at: FakeGitHub) -> None:
    at.server.answers(f"POST {AT}/issues/1/comments", Answer(COMMENT, 201))
    await at.installation.token()
    at.time.now += 60
    at.server.refused_tokens.add("ghs_secret1")
    await repo(at).comments.create(1, "x")
    assert at.server.tokens == 2
    assert at.server.times(f"POST {AT}/issues/1/comments") == 2


async def test_a_refused_token_says_nothing_of_the_installations_limit(at: FakeGitHub) -> None:
    anonymous = {
        "x-ratelimit-limit": "60",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(int(START) + 3000),
        "x-ratelimit-resource": "core",
    }
    refused = Answer({"message": "Bad credentials"}, 401, anonymous)
    at.server.answers(f"GET {AT}/issues/1", refused, Answer(ISSUE))
    assert (await repo(at).issues.get(1)).number == 1
    assert at.time.now - START < 60, "nothing waits for the limit of requests without a token"
    assert at.installation.client.limits.has_half_left()


async def test_a_new_token_that_is_not_known_everywhere_yet_is_sent_again(at: FakeGitHub) -> None:
    refused = Answer({"message": "Bad credentials"}, 401)
    at.server.answers(f"GET {AT}/issues/1", refused, refused, Answer(ISSUE))
    assert (await repo(at).issues.get(1)).number == 1
    assert at.server.tokens == 1
    assert at.time.now - START < 5


async def test_a_new_token_that_stays_refused_is_renewed(at: FakeGitHub) -> None:
    at.server.answers(f"GET {AT}/issues/1", Answer(ISSUE))
    at.server.refused_tokens.add("ghs_secret1")
    assert (await repo(at).issues.get(1)).number == 1
    assert at.server.tokens == 2


async def test_a_token_that_is_refused_again_is_an_error(at: FakeGitHub) -> None:
    at.server.refused_tokens |= {"ghs_secret1", "ghs_secret2"}
    with pytest.raises(Unauthorized):
        await repo(at).issues.get(1)
    assert at.server.tokens == 2


@pytest.mark.parametrize("status", [403, 404])
async def test_a_removed_or_suspended_app_is_reported(at: FakeGitHub, status: int) -> None:
    refused = Answer({"message": "This installation has been suspended"}, status)
    at.server.answers("POST /app/installations/7/access_tokens", refused)
    with pytest.raises(NotInstalled):
        await repo(at).issues.get(1)


async def test_what_a_suspended_app_is_told_says_nothing_of_its_limits(at: FakeGitHub) -> None:
    used_up = {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-limit": "60",
        "x-ratelimit-reset": str(int(START) + 3000),
    }
    suspended = Answer({"message": "This installation has been suspended"}, 403, used_up)
    at.server.answers(f"GET {AT}/issues/1", suspended, Answer(ISSUE))
    with pytest.raises(NotInstalled):
        await repo(at).issues.get(1)
    assert (await repo(at).issues.get(1)).number == 1
    assert at.time.now == START
    assert at.installation.client.limits.has_half_left()


async def test_no_message_contains_a_secret(at: FakeGitHub, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    at.server.answers(f"GET {AT}/issues/1", Answer({}, 500), Answer({"message": "no"}, 403))
    with pytest.raises(Exception, match="403") as raised:
        await repo(at).issues.get(1)
    token = await at.installation.token()
    shown = [
        repr(raised.value),
        str(raised.value),
        caplog.text,
        repr(at.installation),
        repr(at.app),
        repr(repo(at)),
    ]
    shown += [repr(await at.installation._token.current()), repr(raised.traceback)]
    assert token.startswith("ghs_secret")
    secrets = ("ghs_secret", "PRIVATE")
    assert [text for text in shown for secret in secrets if secret in text] == []


async def test_what_has_not_changed_is_asked_for_by_its_etag(at: FakeGitHub) -> None:
    def answer(asked: ReceivedRequest) -> Answer:
        if asked.headers.get("if-none-match") == 'W/"v1"':
            return Answer(None, 304)
        return Answer(ISSUE, headers={"etag": 'W/"v1"'})

    at.server.answers(f"GET {AT}/issues/1", answer)
    assert await repo(at).issues.get(1) == await repo(at).issues.get(1)
    assert at.server.asked[-1].headers["if-none-match"] == 'W/"v1"'


async def test_an_etag_is_sent_only_with_the_token_that_it_was_given_to(at: FakeGitHub) -> None:
    at.server.answers(f"GET {AT}/issues/1", Answer(ISSUE, headers={"etag": '"v1"'}))
    await repo(at).issues.get(1)
    at.time.now += 3500
    await repo(at).issues.get(1)
    assert at.server.tokens == 2
    assert "if-none-match" not in at.server.asked[-1].headers


async def test_the_apps_own_lists_are_asked_for_without_etags(at: FakeGitHub) -> None:
    at.server.answers("GET /app/installations", Answer([], headers={"etag": '"v1"'}))
    for _ in range(2):
        await at.app.installations()
    assert "if-none-match" not in at.server.asked[-1].headers


async def test_a_second_page_is_seen_when_the_first_was_exactly_full(at: FakeGitHub) -> None:
    """The ETag of a page ignores the link to the next one, and a 304 has no link."""
    items = [{**COMMENT, "id": number} for number in range(100)]
    more: list[dict[str, Any]] = []

    def answer(asked: ReceivedRequest) -> Answer:
        if asked.query.get("page") == "2":
            return Answer(more)
        if asked.headers.get("if-none-match") == '"full"':
            return Answer(None, 304)
        following = f'<{at.server.url}/api/v3{AT}/issues/1/comments?page=2>; rel="next"'
        return Answer(items, headers={"etag": '"full"', **({"link": following} if more else {})})

    at.server.answers(f"GET {AT}/issues/1/comments", answer)
    assert len(await repo(at).comments.of(1)) == 100
    more.append({**COMMENT, "id": 100})
    assert len(await repo(at).comments.of(1)) == 101


async def test_one_installations_cache_is_not_anothers(at: FakeGitHub) -> None:
    at.server.answers(f"GET {AT}/issues/1", Answer(ISSUE, headers={"etag": '"v1"'}))
    await repo(at).issues.get(1)
    await at.app.installation(8).repo("o", "r").issues.get(1)
    assert "if-none-match" not in at.server.asked[-1].headers


async def test_the_size_of_the_cache_is_limited(at: FakeGitHub) -> None:
    big = {**ISSUE, "body": "x" * 1_000_000}
    for number in range(40):
        at.server.answers(f"GET {AT}/issues/{number}", Answer(big, headers={"etag": f'"{number}"'}))
        await repo(at).issues.get(number)
    assert 0 < at.installation.client._etags.currsize <= 16 * 2**20


async def test_every_page_is_read(at: FakeGitHub) -> None:
    def answer(asked: ReceivedRequest) -> Answer:
        page = int(asked.query.get("page", "1"))
        items = [{**COMMENT, "id": page * 10 + number} for number in range(2)]
        following = f'<{at.server.url}/api/v3{AT}/issues/1/comments?page={page + 1}>; rel="next"'
        return Answer(items, headers={"link": following} if page < 3 else {})

    at.server.answers(f"GET {AT}/issues/1/comments", answer)
    assert [comment.id for comment in await repo(at).comments.of(1)] == [10, 11, 20, 21, 30, 31]


async def test_a_renamed_repository_is_followed_with_the_same_method(at: FakeGitHub) -> None:
    moved = f"{at.server.url}/api/v3/repositories/9/issues/1/comments"
    at.server.answers(f"POST {AT}/issues/1/comments", Answer({}, 301, {"location": moved}))
    at.server.answers("POST /repositories/9/issues/1/comments", Answer(COMMENT, 201))
    assert (await repo(at).comments.create(1, "x")).id == 5
    assert at.server.asked[-1].body == {"body": "x"}


async def test_the_token_goes_to_no_other_server(at: FakeGitHub) -> None:
    elsewhere = {"location": "http://127.0.0.2:9/evil"}
    at.server.answers(f"GET {AT}/issues/1", Answer({}, 302, elsewhere))
    with pytest.raises(Exception, match="another server"):
        await repo(at).issues.get(1)
    evil = {"link": '<http://127.0.0.2:9/evil>; rel="next"'}
    at.server.answers(f"GET {AT}/issues/1/comments", Answer([], headers=evil))
    with pytest.raises(Exception, match="another server"):
        await repo(at).comments.of(1)


@pytest.mark.parametrize(
    "name", ["feature/a b", "100%", "what?#", "ünï/cödé", "a&b=c", "..", "%2e%2e%2f", "+"]
)
async def test_odd_names_arrive_as_they_are(at: FakeGitHub, name: str) -> None:
    from urllib.parse import unquote

    assert await repo(at).refs.get(f"refs/heads/{name}") is None
    assert unquote(at.server.asked[-1].path) == f"{AT}/git/ref/heads/{name}"
    at.server.answers(f"GET {AT}/issues", Answer([]))
    assert await repo(at).labels.get(name) is None
    assert unquote(at.server.asked[-1].path) == f"{AT}/labels/{name}"
    assert await repo(at).issues.find(label=name) == []
    assert at.server.asked[-1].query["labels"] == name


async def test_missing_reactions_are_reported_once_and_tried_again_after_hours(
    at: FakeGitHub,
) -> None:
    at.server.version = "3.10.4"
    asked = f"POST {AT}/issues/comments/5/reactions"
    at.server.answers(f"GET {AT}/issues/comments/5", Answer(COMMENT))
    assert await repo(at).reactions.to_comment(5, "eyes") is None
    assert at.server.times(asked) == 3
    assert await repo(at).reactions.to_comment(5, "eyes") is None
    assert at.server.times(asked) == 3
    assert at.installation.features.missing == {"reactions"}
    at.time.now += 7 * 3600
    at.server.answers(asked, Answer({"id": 1, "content": "eyes", "user": None}, 201))
    assert await repo(at).reactions.to_comment(5, "eyes") is not None
    assert at.installation.features.missing == set()
    assert at.missed == ["reactions"]


@pytest.mark.parametrize("version", ["", "3.19.0"])
async def test_a_404_of_a_server_that_has_all_of_it_switches_nothing_off(
    at: FakeGitHub, version: str
) -> None:
    at.server.version = version
    at.server.answers(f"GET {AT}/issues/comments/5", Answer(COMMENT))
    assert await repo(at).reactions.to_comment(5, "eyes") is None
    assert at.installation.features.missing == set()
    assert at.missed == []


@pytest.mark.parametrize("version", ["", "3.19.0", "3.10.4"])
async def test_statuses_that_were_found_before_are_not_taken_for_missing(
    at: FakeGitHub, version: str
) -> None:
    """A failed status that can't be read must not look like no status."""
    at.server.version = version
    failed = {"context": "ci", "state": "failure", "updated_at": None}
    there = Answer({"state": "failure", "sha": "abc", "total_count": 1, "statuses": [failed]})
    missing = Answer({"message": "Not Found"}, 404)
    at.server.answers(f"GET {AT}/commits/abc", Answer({"sha": "abc"}))
    at.server.answers(f"GET {AT}/commits/abc/status", there, missing)
    assert (await repo(at).statuses.combined("abc")).state == "failure"
    with pytest.raises(Unavailable):
        await repo(at).statuses.combined("abc")
    assert at.missed == []


async def test_a_temporary_404_for_the_statuses_is_retried(at: FakeGitHub) -> None:
    missing = Answer({"message": "Not Found"}, 404)
    none = Answer({"state": "pending", "sha": "abc", "total_count": 0, "statuses": []})
    at.server.answers(f"GET {AT}/commits/abc", Answer({"sha": "abc"}))
    at.server.answers(f"GET {AT}/commits/abc/status", missing, missing, none)
    assert (await repo(at).statuses.combined("abc")).statuses == ()


async def test_a_deleted_comment_is_not_a_missing_feature(at: FakeGitHub) -> None:
    with pytest.raises(NotFound):
        await repo(at).reactions.to_comment(5, "eyes")
    assert at.missed == []


async def test_a_server_without_graphql_and_statuses_is_used_without_them(at: FakeGitHub) -> None:
    from bot.github.issues import comment

    at.server.version = "2.22.0"
    at.server.answers(f"GET {AT}/commits/abc", Answer({"sha": "abc"}))
    assert (await repo(at).statuses.combined("abc")).statuses == ()
    assert await repo(at).comments.edits(comment(COMMENT)) == ()
    assert sorted(at.missed) == ["graphql", "statuses"]


async def test_a_refusal_says_what_github_said(at: FakeGitHub) -> None:
    said = {
        "message": "Validation Failed",
        "errors": [{"resource": "Issue", "field": "title", "code": "missing_field"}],
    }
    at.server.answers(f"POST {AT}/issues/1/comments", Answer(said, 422))
    with pytest.raises(Invalid, match="missing_field") as raised:
        await repo(at).comments.create(1, "")
    assert raised.value.codes == {"missing_field"}


@pytest.mark.parametrize("hours", [-3, 5])
async def test_a_clock_that_is_hours_off_is_set_by_githubs(at: FakeGitHub, hours: int) -> None:
    """The App's key is refused for its times, and taken with those of the answer's date."""
    import jwt

    def answer(asked: ReceivedRequest) -> Answer:
        claims = jwt.decode(
            asked.headers["authorization"].removeprefix("bearer "), options={"verify_signature": False}
        )
        theirs = at.time.now + hours * 3600
        if claims["iat"] <= theirs < claims["exp"] <= theirs + 600:
            return Answer({"id": 1, "name": "Drover"}, headers={"date": formatdate(theirs, usegmt=True)})
        return Answer({"message": "'Expiration time' claim"}, 401, {"date": formatdate(theirs, usegmt=True)})

    at.server.answers("GET /app", answer)
    assert (await at.app.details()).name == "Drover"
    assert (await at.app.details()).name == "Drover"
    assert at.server.times("GET /app") == 3


def test_a_wait_given_as_a_date_is_understood() -> None:
    headers = {"retry-after": formatdate(START + 40, usegmt=True), "date": formatdate(START, usegmt=True)}
    wait = refusal(429, headers, {}, now=5.0)
    assert wait is not None
    assert wait.until == 45.0


@pytest.mark.parametrize("told", ["soon", "-5", "²", "9" * 5000, ""])
def test_a_wait_that_makes_no_sense_is_a_minute(told: str) -> None:
    wait = refusal(429, {"retry-after": told}, {}, now=5.0)
    assert wait is not None
    assert wait.until == 65.0


def test_a_wait_is_no_longer_than_a_day() -> None:
    wait = refusal(429, {"retry-after": "999999999"}, {}, now=0.0)
    assert wait is not None
    assert wait.until == 86_400


async def test_a_clock_far_ahead_does_not_ask_for_a_token_each_time(at: FakeGitHub) -> None:
    at.server.answers(f"GET {AT}/issues/1", Answer(ISSUE))
    at.server.token_seconds = -7200
    for _ in range(5):
        await repo(at).issues.get(1)
    assert at.server.tokens == 1


async def test_fields_that_an_older_graphql_lacks_are_left_out(at: FakeGitHub) -> None:
    from bot.github.pulls import pull

    unknown = {"errors": [{"message": "Field 'x' doesn't exist", "extensions": {"code": "undefinedField"}}]}
    at.server.answers("POST /api/graphql", Answer(unknown))
    end = {"ref": "b", "sha": "1", "repo": {"id": 1}}
    draft = pull({"number": 3, "id": 3, "title": "t", "state": "open", "head": end, "base": end})
    assert not await repo(at).pulls.set_draft(draft, False)
    assert await repo(at).pulls.auto_merge(draft)
    assert at.missed == []
