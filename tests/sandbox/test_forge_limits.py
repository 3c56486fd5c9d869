"""Rate limits and ordered faults."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.controls.faults import FaultKind
from sandbox.controls.limits import SecondaryLimitStatus
from tests.sandbox_client import Shop, open_shop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as one:
        yield one


async def test_every_request_counts_and_a_304_is_free(shop: Shop) -> None:
    first = await shop.api("GET", shop.at)
    again = await shop.api("GET", shop.at, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, "")
    assert again.headers["X-RateLimit-Remaining"] == first.headers["X-RateLimit-Remaining"] == "4999"
    await shop.forge.issues.open(shop.repo, "New", by="alice")
    changed = await shop.api("GET", shop.at, headers={"If-None-Match": first.headers["ETag"]})
    assert (changed.status, changed.headers["X-RateLimit-Used"]) == (200, "2")


async def test_an_etag_is_of_one_token_and_knows_nothing_of_further_pages(shop: Shop) -> None:
    at = f"{shop.at}/issues?per_page=1"
    await shop.forge.issues.open(shop.repo, "First", by="alice")
    first = await shop.api("GET", at)
    etag = {"If-None-Match": first.headers["ETag"]}
    await shop.forge.issues.open(shop.repo, "Second", by="alice")
    again = await shop.api("GET", f"{at}&direction=asc", headers=etag)
    assert (again.status, "Link" in again.headers) == (304, False)
    other = await shop.as_user("alice")("GET", f"{at}&direction=asc", headers=etag)
    assert other.status == 200
    assert "Link" in other.headers


@pytest.mark.parametrize(("repositories", "limit"), [(1, 5_000), (20, 5_000), (21, 5_050), (3_000, 12_500)])
async def test_an_installations_hourly_limit_grows_with_its_repositories(
    shop: Shop, repositories: int, limit: int
) -> None:
    shop.installation.repositories |= set(range(1_000_000, 1_000_000 + repositories - 1))
    reply = await shop.api("GET", shop.at)
    assert reply.headers["X-RateLimit-Limit"] == str(limit)


async def test_requesting_the_rate_limit_is_free(shop: Shop) -> None:
    for _ in range(3):
        told = await shop.api.get("/rate_limit")
    assert told["resources"]["core"]["used"] == 0


async def test_an_exceeded_hourly_limit_resets_after_the_hour(shop: Shop) -> None:
    shop.forge.limits.exhaust(f"installation {shop.installation.id}")
    reply = await shop.api("GET", shop.at)
    assert (reply.status, reply.headers["X-RateLimit-Remaining"]) == (403, "0")
    assert "rate limit exceeded" in reply.body["message"]
    await shop.as_user("alice").get(shop.at)
    shop.forge.clock.advance(minutes=59)
    token = await shop.as_app().post(f"/app/installations/{shop.installation.id}/access_tokens")
    shop.api.token = token["token"]
    assert (await shop.api("GET", shop.at)).status == 403
    shop.forge.clock.advance(minutes=2)
    shop.api.token = (await shop.as_app().post(f"/app/installations/{shop.installation.id}/access_tokens"))[
        "token"
    ]
    await shop.api.get(shop.at)


async def test_an_ordered_limit_ends_soon_by_the_clock_of_its_answer(shop: Shop) -> None:
    shop.forge.clock.advance(minutes=30)
    shop.forge.faults.answer("primary-403", retry_after=2)
    reply = await shop.api("GET", shop.at)
    sent = parsedate_to_datetime(reply.headers["Date"]).timestamp()
    assert 1 <= int(reply.headers["X-RateLimit-Reset"]) - sent <= 2
    assert (await shop.api("GET", shop.at)).status == 200


async def test_more_than_eighty_comments_a_minute_are_refused(shop: Shop) -> None:
    issue = await shop.forge.issues.open(shop.repo, "Track", by="alice")
    at = f"{shop.at}/issues/{issue.number}/comments"
    replies = [await shop.api("POST", at, {"body": str(number)}) for number in range(81)]
    assert [one.status for one in replies] == [201] * 80 + [403]
    assert "secondary rate limit" in replies[-1].body["message"]
    wait = int(replies[-1].headers["Retry-After"])
    assert 0 < wait <= 61
    shop.forge.clock.advance(seconds=wait)
    assert (await shop.api("POST", at, {"body": "later"})).status == 201


@pytest.mark.parametrize("told", ["403", "429", "422"])
async def test_a_secondary_limit_is_reported_in_one_of_three_ways(
    shop: Shop, told: SecondaryLimitStatus
) -> None:
    shop.forge.limits.refused_as = told
    shop.forge.limits.create(f"installation {shop.installation.id}", 80)
    reply = await shop.api("POST", f"{shop.at}/issues", {"title": "x"})
    assert reply.status == int(told)
    assert ("Retry-After" in reply.headers) is (told != "422")
    assert reply.body.get("errors", [{}])[0].get("code") == ("abuse" if told == "422" else None)
    assert (await shop.api("GET", shop.at)).status == 200


async def test_refused_requests_cost_points_too(shop: Shop) -> None:
    forge = shop.forge
    forge.limits.points_a_minute["core"] = 12
    at, label = f"{shop.at}/labels", {"name": "x", "color": "ffffff"}
    assert [(await shop.api("POST", at, label)).status for _ in range(3)] == [201, 422, 403]
    forge.clock.advance(seconds=59)
    refused = await shop.api("GET", shop.at)
    assert (refused.status, forge.limits.hits["points"]) == (403, 2)
    forge.clock.advance(seconds=int(refused.headers["Retry-After"]))
    assert (await shop.api("GET", shop.at)).status == 200


async def test_limits_that_are_not_enforced_are_still_counted(shop: Shop) -> None:
    shop.forge.limits.points_a_minute["core"], shop.forge.limits.enforce_secondary = 1, False
    for _ in range(3):
        await shop.api.get(shop.at)
    assert shop.forge.limits.hits["points"] == 2


async def test_more_than_five_hundred_comments_an_hour_are_refused(shop: Shop) -> None:
    who = f"installation {shop.installation.id}"
    for _ in range(7):
        shop.forge.limits.create(who, 70)
        shop.forge.clock.advance(minutes=2)
    replies = [await shop.api("POST", f"{shop.at}/issues", {"title": str(number)}) for number in range(11)]
    assert [one.status for one in replies] == [201] * 10 + [403]
    assert int(replies[-1].headers["Retry-After"]) > 2400


async def test_requests_that_end_in_404_count(shop: Shop) -> None:
    shop.forge.limits.points_a_minute["core"] = 1
    assert [(await shop.api("GET", f"{shop.at}/nothing")).status for _ in range(2)] == [404, 403]
    shop.forge.missing.clear()


async def test_unauthenticated_callers_have_sixty_requests_an_hour(shop: Shop) -> None:
    replies = [await shop.anonymous()("GET", "/meta") for _ in range(61)]
    assert [one.status for one in replies] == [200] * 60 + [403]


async def test_graphql_has_its_own_points(shop: Shop) -> None:
    assert (await asks(shop, "{ rateLimit { used remaining cost } }"))["data"]["rateLimit"] == {
        "used": 1,
        "remaining": 4999,
        "cost": 1,
    }
    known = (await shop.api.get("/rate_limit"))["resources"]
    assert (known["graphql"]["used"], known["core"]["used"]) == (1, 0)
    shop.forge.limits.exhaust(f"installation {shop.installation.id}", "graphql")
    assert (await asks(shop, "{ viewer { login } }"))["errors"][0]["type"] == "RATE_LIMIT"
    assert (await shop.api("GET", shop.at)).status == 200


async def test_a_mutation_costs_five_points(shop: Shop) -> None:
    shop.forge.limits.points_a_minute["graphql"] = 6
    nothing = 'mutation { markPullRequestReadyForReview(input: {pullRequestId: "x"}) { clientMutationId } }'
    assert (await asks(shop, nothing))["errors"][0]["type"] == "NOT_FOUND"
    assert (await asks(shop, "{ viewer { login } }"))["data"]
    assert "secondary rate limit" in (await asks(shop, "{ viewer { login } }"))["message"]


async def asks(shop: Shop, query: str) -> Any:
    headers = {"Authorization": f"Bearer {shop.api.token}"}
    async with shop.session.post(shop.server.graphql_url, json={"query": query}, headers=headers) as reply:
        return await reply.json()


async def test_too_many_concurrent_requests_are_refused(shop: Shop) -> None:
    shop.forge.limits.concurrent = 3
    tip = await shop.forge.repos.tip(shop.repo)
    usage = shop.forge.limits.usage(f"installation {shop.installation.id}")
    async with shop.repo.lock:
        waiting = [
            asyncio.create_task(
                shop.api("POST", f"{shop.at}/git/refs", {"ref": f"refs/heads/b{number}", "sha": tip})
            )
            for number in range(3)
        ]
        async with asyncio.timeout(10):
            while usage.running < 3:
                await asyncio.sleep(0.01)
        assert (await shop.api("GET", shop.at)).status == 403
    assert [one.status for one in await asyncio.gather(*waiting)] == [201, 201, 201]
    assert (await shop.api("GET", shop.at)).status == 200


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        ("500", 500),
        ("502", 502),
        ("429", 429),
        ("secondary-403", 403),
        ("secondary-429", 429),
        ("secondary-422", 422),
        ("primary-403", 403),
        ("expired", 401),
    ],
)
async def test_an_ordered_fault_happens_once_where_it_matches(
    shop: Shop, trouble: FaultKind, status: int
) -> None:
    shop.forge.faults.answer(trouble, method="POST", path="/issues$")
    await shop.api.get(f"{shop.at}/issues")
    assert (await shop.api("POST", f"{shop.at}/issues", {"title": "x"})).status == status
    assert shop.repo.issues == {}
    assert (await shop.api("POST", f"{shop.at}/issues", {"title": "x"})).status == 201


async def test_a_request_whose_answer_is_cut_still_takes_effect(shop: Shop) -> None:
    shop.forge.faults.answer("cut", path="/issues$")
    with pytest.raises(aiohttp.ClientError):
        await shop.api("POST", f"{shop.at}/issues", {"title": "x"})
    assert len(shop.repo.issues) == 1


async def test_a_request_whose_answer_is_lost_still_takes_effect(shop: Shop) -> None:
    shop.forge.faults.answer("502-done", path="/issues$")
    assert (await shop.api("POST", f"{shop.at}/issues", {"title": "x"})).status == 502
    assert len(shop.repo.issues) == 1


async def test_a_callback_runs_before_a_matching_request(shop: Shop) -> None:
    await shop.forge.repos.push(shop.repo, {"a.py": "1\n"}, "A", by="wendy", branch="a")
    pull = await shop.forge.pulls.open(shop.repo, "a", title="A", by="wendy")

    async def push() -> None:
        await shop.forge.repos.push(shop.repo, {"a.py": "2\n"}, "B", by="wendy", branch="a")

    assert pull.pull
    head = pull.pull.head_sha
    shop.forge.faults.before(push, method="PUT", path="/merge$")
    reply = await shop.api("PUT", f"{shop.at}/pulls/{pull.number}/merge", {"sha": head})
    assert (reply.status, reply.body["message"]) == (
        409,
        "Head branch was modified. Review and try the merge again.",
    )


async def test_an_older_server_lacks_features(shop: Shop) -> None:
    issue = await shop.forge.issues.open(shop.repo, "Track", by="alice")
    for part in ("reactions", "statuses", "graphql"):
        shop.forge.faults.switch_off(part)
    at = f"{shop.at}/issues/{issue.number}/reactions"
    assert (await shop.api("POST", at, {"content": "eyes"})).status == 404
    assert (await shop.api("GET", f"{shop.at}/commits/main/status")).status == 404
    async with shop.session.post(
        shop.server.graphql_url,
        json={"query": "{viewer{login}}"},
        headers={"Authorization": f"Bearer {shop.api.token}"},
    ) as reply:
        assert reply.status == 404
    assert shop.forge.missing == []
    shop.forge.faults.clear()
    assert (await shop.api("POST", at, {"content": "eyes"})).status == 201


async def test_pages_have_link_headers(shop: Shop) -> None:
    for number in range(7):
        shop.forge.issues.create_label(shop.repo, f"label {number}", by="alice")
    first = await shop.api("GET", f"{shop.at}/labels?per_page=3")
    assert len(first.body) == 3
    links = first.headers["Link"]
    assert 'page=2>; rel="next"' in links
    assert 'page=3>; rel="last"' in links
    middle = await shop.api("GET", f"{shop.at}/labels?per_page=3&page=2")
    assert 'page=1>; rel="prev"' in middle.headers["Link"]
    last = await shop.api("GET", f"{shop.at}/labels?per_page=3&page=3")
    assert len(last.body) == 1
    assert "next" not in last.headers["Link"]
    beyond = await shop.api("GET", f"{shop.at}/labels?per_page=3&page=9")
    assert beyond.body == []


async def test_link_headers_keep_the_query(shop: Shop) -> None:
    for number in range(2):
        await shop.forge.issues.open(shop.repo, f"{number}", by="alice", labels=["a & b", "ünd"])
    first = await shop.api("GET", f"{shop.at}/issues?per_page=1&labels=a%20%26%20b,%C3%BCnd")
    following = first.headers["Link"].partition(">")[0].removeprefix("<").removeprefix(shop.server.api_url)
    assert [one["number"] for one in (await shop.api.get(following))] == [1]


async def test_invalid_json_is_a_400(shop: Shop) -> None:
    async with shop.session.post(
        f"{shop.server.api_url}{shop.at}/issues",
        data=b"{",
        headers={"Authorization": f"Bearer {shop.api.token}"},
    ) as reply:
        assert reply.status == 400
        assert (await reply.json())["message"] == "Problems parsing JSON"
