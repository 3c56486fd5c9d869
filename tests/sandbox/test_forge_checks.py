"""Check runs, check suites and commit statuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.access.refusals import Refusal
from tests.sandbox_client import Client, Shop, open_shop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as one:
        yield one


async def run_on_main(shop: Shop, **more: Any) -> Any:
    sha = await shop.forge.repos.tip(shop.repo)
    return await shop.api.post(f"{shop.at}/check-runs", {"name": "drover / proof", "head_sha": sha, **more})


def note(line: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "path": "a.py",
        "start_line": line,
        "end_line": line,
        "annotation_level": "warning",
        "message": "m",
        **more,
    }


def output(*annotations: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"output": {"title": "T", "summary": "S", "annotations": list(annotations), **more}}


BUTTON = {"label": "Revert", "description": "Revert it", "identifier": "revert"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"status": "completed"},
        {"conclusion": "great"},
        {"status": "asleep"},
        output(*[note()] * 51),
        output(note(annotation_level="loud")),
        output(note(title="t" * 256)),
        output(note(message="ü" * 32_769)),
        output(note(start_line=3, end_line=1)),
        output(note(start_line=1, end_line=2, start_column=1)),
        output({"path": "a.py"}),
        output(summary="s" * 65_536),
        {"output": {"title": "no summary"}},
        {"actions": [BUTTON] * 4},
        {"actions": [{**BUTTON, "label": "x" * 21}]},
        {"actions": [{**BUTTON, "identifier": "x" * 21}]},
        {"actions": [{**BUTTON, "description": "x" * 41}]},
        {"actions": [{"label": "x"}]},
        {"head_sha": "1" * 40},
    ],
)
async def test_an_invalid_check_run_is_refused(shop: Shop, wrong: dict[str, Any]) -> None:
    sha = await shop.forge.repos.tip(shop.repo)
    reply = await shop.api("POST", f"{shop.at}/check-runs", {"name": "x", "head_sha": sha, **wrong})
    assert reply.status == 422
    assert shop.repo.check_runs == {}


async def test_annotations_accumulate_over_requests(shop: Shop) -> None:
    run = await run_on_main(shop, status="in_progress", **output(*[note(line) for line in range(1, 51)]))
    at = f"{shop.at}/check-runs/{run['id']}"
    await shop.api.patch(at, output(*[note(line) for line in range(51, 101)]))
    done = await shop.api.patch(at, {"conclusion": "neutral", **output(note(101))})
    assert (done["output"]["annotations_count"], done["status"]) == (101, "completed")
    assert len(await shop.api.get(f"{at}/annotations?per_page=100")) == 100
    assert [one["start_line"] for one in await shop.api.get(f"{at}/annotations?per_page=100&page=2")] == [101]


async def test_a_check_run_fires_created_and_completed(shop: Shop) -> None:
    run = await run_on_main(shop, status="in_progress")
    await shop.api.patch(f"{shop.at}/check-runs/{run['id']}", {"conclusion": "success"})
    await shop.forge.drained()
    assert shop.received.names()[1:] == ["check_run.created", "check_run.completed", "check_suite.completed"]
    (suite,) = shop.received.of("check_suite", "completed")
    assert suite["check_suite"]["conclusion"] == "success"


async def test_a_pressed_button_notifies_only_its_app(shop: Shop) -> None:
    other = shop.forge.apps.register(
        "Other", "alice", permissions={"checks": "write"}, events=["check_run"], webhook_url=shop.received.url
    )
    shop.forge.apps.install(other, shop.repo)
    run = await run_on_main(shop, actions=[BUTTON])
    with pytest.raises(Refusal):
        await shop.forge.checks.press(shop.repo, run["id"], "revert", by="tom")
    with pytest.raises(Refusal):
        await shop.forge.checks.press(shop.repo, run["id"], "unknown", by="wendy")
    await shop.forge.checks.press(shop.repo, run["id"], "revert", by="wendy")
    await shop.forge.drained()
    (told,) = shop.received.of("check_run", "requested_action")
    assert told["requested_action"] == {"identifier": "revert"}
    assert (told["sender"]["login"], told["check_run"]["app"]["slug"]) == ("wendy", "drover")


async def test_buttons_stay_until_they_are_replaced(shop: Shop) -> None:
    run = await run_on_main(shop, actions=[BUTTON])
    at = f"{shop.at}/check-runs/{run['id']}"
    await shop.api.patch(at, output())
    assert shop.forge.checks.run(shop.repo, run["id"]).actions
    await shop.api.patch(at, {"actions": []})
    assert shop.forge.checks.run(shop.repo, run["id"]).actions == []


async def test_an_app_can_update_only_its_own_check_runs(shop: Shop) -> None:
    sha = await shop.forge.repos.tip(shop.repo)
    body = {"name": "x", "head_sha": sha}
    assert (await shop.as_user("alice")("POST", f"{shop.at}/check-runs", body)).status == 403
    run = await run_on_main(shop)
    other = shop.forge.apps.register("Other", "alice", permissions={"checks": "write"})
    token = shop.forge.apps.token(shop.forge.apps.install(other, shop.repo)).text
    client = Client(shop.session, shop.server.api_url, token)
    assert (await client("PATCH", f"{shop.at}/check-runs/{run['id']}", {"status": "queued"})).status == 403


async def test_a_newer_run_of_the_same_name_replaces_the_older(shop: Shop) -> None:
    await run_on_main(shop, conclusion="failure")
    await run_on_main(shop, conclusion="success")
    listed = await shop.api.get(f"{shop.at}/commits/main/check-runs")
    assert [one["conclusion"] for one in listed["check_runs"]] == ["success"]
    every = await shop.api.get(f"{shop.at}/commits/main/check-runs?filter=all")
    assert every["total_count"] == 2
    named = await shop.api.get(f"{shop.at}/commits/main/check-runs?check_name=other")
    assert named["check_runs"] == []


async def test_a_push_requests_a_check_suite_from_each_app(shop: Shop) -> None:
    sha = await shop.forge.repos.push(shop.repo, {"a": "1"}, "A", by="wendy", branch="work")
    await shop.forge.drained()
    (asked,) = shop.received.of("check_suite", "requested")
    suite = asked["check_suite"]
    assert (suite["head_sha"], suite["head_branch"], suite["status"]) == (sha, "work", "queued")
    listed = await shop.api.get(f"{shop.at}/commits/work/check-suites")
    assert listed["total_count"] == 1


async def test_a_check_suite_can_be_rerequested(shop: Shop) -> None:
    run = await run_on_main(shop, conclusion="failure")
    await shop.forge.checks.rerequest_suite(shop.repo, run["check_suite"]["id"], by="wendy")
    await shop.forge.checks.rerequest_run(shop.repo, run["id"], by="wendy")
    await shop.forge.drained()
    assert shop.received.names()[-2:] == ["check_suite.rerequested", "check_run.rerequested"]
    (suite,) = (await shop.api.get(f"{shop.at}/commits/main/check-suites"))["check_suites"]
    assert (suite["status"], suite["conclusion"]) == ("queued", None)
    await run_on_main(shop, conclusion="success")
    (suite,) = (await shop.api.get(f"{shop.at}/commits/main/check-suites"))["check_suites"]
    assert (suite["status"], suite["conclusion"]) == ("completed", "success")


async def test_the_combined_status_is_the_worst_of_the_latest(shop: Shop) -> None:
    sha = await shop.forge.repos.tip(shop.repo)
    at = f"{shop.at}/commits/{sha}/status"
    assert (await shop.api.get(at))["state"] == "pending"
    for context, state in (("a", "failure"), ("b", "success"), ("a", "success")):
        await shop.api.post(f"{shop.at}/statuses/{sha}", {"state": state, "context": context})
    combined = await shop.api.get(at)
    assert (combined["state"], combined["total_count"]) == ("success", 2)
    await shop.api.post(f"{shop.at}/statuses/{sha}", {"state": "error", "context": "b"})
    assert (await shop.api.get(at))["state"] == "failure"
    assert len(await shop.api.get(f"{shop.at}/commits/{sha}/statuses")) == 4
    reply = await shop.api("POST", f"{shop.at}/statuses/{sha}", {"state": "fine"})
    assert reply.status == 422


async def test_a_status_event_names_ten_branches_at_most(shop: Shop) -> None:
    sha = await shop.forge.repos.tip(shop.repo)
    for number in range(12):
        await shop.forge.repos.create_branch(shop.repo, f"b{number}", by="wendy")
    await shop.forge.checks.set_status(shop.repo, sha, "success", by="alice")
    await shop.forge.drained()
    (event,) = shop.received.of("status")
    assert len(event["branches"]) == 10


async def test_a_check_run_lists_its_pull_requests(shop: Shop) -> None:
    sha = await shop.forge.repos.push(shop.repo, {"a": "1"}, "A", by="wendy", branch="work")
    issue = await shop.forge.pulls.open(shop.repo, "work", title="Work", by="wendy")
    run = await shop.api.post(f"{shop.at}/check-runs", {"name": "x", "head_sha": sha})
    assert [one["number"] for one in run["pull_requests"]] == [issue.number]
