"""The check runner, which runs a repository's own tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.ci.runner import RunnerSettings
from sandbox.model.repositories import Protection
from tests.sandbox_client import Shop, open_shop

BROKEN = {"shop/users.py": "from shop.engine import Motor\n"}


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as one:
        yield one


@pytest.fixture
def settings(shop: Shop) -> RunnerSettings:
    return shop.forge.runner.enable(shop.repo, "python -m unittest -q")


async def push(shop: Shop, files: dict[str, Any] | None = None, branch: str = "work") -> str:
    return await shop.forge.repos.push(
        shop.repo, files or {"more.py": "1\n"}, f"On {branch}", by="wendy", branch=branch
    )


async def reported(shop: Shop, ref: str = "work") -> list[Any]:
    await shop.forge.idle()
    return list((await shop.api.get(f"{shop.at}/commits/{ref}/check-runs"))["check_runs"])


async def test_passing_tests_make_the_check_pass(shop: Shop, settings: RunnerSettings) -> None:
    await push(shop)
    (run,) = await reported(shop)
    assert (run["name"], run["conclusion"], run["app"]["slug"]) == ("ci / tests", "success", "github-actions")
    names = [name for name in shop.received.names() if name.startswith(("check", "workflow"))]
    assert names == [
        "check_suite.requested",
        "workflow_run.requested",
        "check_run.created",
        "workflow_run.in_progress",
        "check_run.completed",
        "check_suite.completed",
        "workflow_run.completed",
    ]


async def test_failing_tests_make_the_check_fail_with_their_output(
    shop: Shop, settings: RunnerSettings
) -> None:
    await push(shop, BROKEN)
    (run,) = await reported(shop)
    assert run["conclusion"] == "failure"
    assert "cannot import name 'Motor'" in run["output"]["text"]
    (told,) = shop.received.of("workflow_run", "completed")
    assert told["workflow_run"]["conclusion"] == "failure"


async def test_a_pull_request_that_breaks_the_tests_is_unstable(shop: Shop, settings: RunnerSettings) -> None:
    await push(shop, BROKEN)
    issue = await shop.forge.pulls.open(shop.repo, "work", title="Work", by="wendy")
    await shop.forge.idle()
    await shop.api.get(f"{shop.at}/pulls/{issue.number}")
    await shop.forge.drained()
    assert (await shop.api.get(f"{shop.at}/pulls/{issue.number}"))["mergeable_state"] == "unstable"


async def test_a_tree_is_tested_once_and_the_report_says_so(shop: Shop, settings: RunnerSettings) -> None:
    await push(shop, branch="one")
    await shop.forge.idle()
    await push(shop, branch="two")
    (run,) = await reported(shop, "two")
    assert shop.forge.runner.executed == 1
    assert "this tree was tested before" in run["output"]["title"]


async def test_a_flaky_failure_passes_on_rerun(shop: Shop, settings: RunnerSettings) -> None:
    settings.flaky = 1
    sha = await push(shop)
    assert [one["conclusion"] for one in await reported(shop)] == ["failure"]
    (workflow,) = (await shop.api.get(f"{shop.at}/actions/runs?head_sha={sha}"))["workflow_runs"]
    await shop.api.post(f"{shop.at}/actions/runs/{workflow['id']}/rerun-failed-jobs")
    assert [one["conclusion"] for one in await reported(shop)] == ["success"]
    again = await shop.api.get(f"{shop.at}/actions/runs/{workflow['id']}")
    assert (again["run_attempt"], again["conclusion"]) == (2, "success")
    refused = await shop.api("POST", f"{shop.at}/actions/runs/{workflow['id']}/rerun-failed-jobs", {})
    assert refused.status == 403


async def test_a_gated_check_stays_queued_until_released(shop: Shop, settings: RunnerSettings) -> None:
    settings.gate = asyncio.Event()
    sha = await push(shop)
    async with asyncio.timeout(10):
        while not shop.forge.checks.runs_on(shop.repo, sha):
            await asyncio.sleep(0.01)
    listed = await shop.api.get(f"{shop.at}/commits/{sha}/check-runs")
    assert [one["status"] for one in listed["check_runs"]] == ["queued"]
    settings.gate.set()
    assert [one["conclusion"] for one in await reported(shop)] == ["success"]


async def test_a_silent_runner_reports_nothing(shop: Shop, settings: RunnerSettings) -> None:
    settings.silent = True
    await push(shop)
    assert await reported(shop) == []


async def test_a_check_can_fail_by_a_files_content(shop: Shop, settings: RunnerSettings) -> None:
    settings.fail_where = ("shop/engine.py", r"class Motor")
    await push(shop)
    assert [one["conclusion"] for one in await reported(shop)] == ["success"]
    await push(shop, {"shop/engine.py": "class Motor:\n    pass\n\n\nEngine = Motor\n"})
    assert [one["conclusion"] for one in await reported(shop)] == ["failure"]


async def test_the_suite_reads_as_completed_between_two_jobs(shop: Shop, settings: RunnerSettings) -> None:
    settings.then = (("ci / late", "python -c pass"),)
    await push(shop)
    assert {one["name"]: one["conclusion"] for one in await reported(shop)} == {
        "ci / tests": "success",
        "ci / late": "success",
    }
    names = [name for name in shop.received.names() if name.endswith("completed")]
    assert names == [
        "check_run.completed",
        "check_suite.completed",
        "check_run.completed",
        "check_suite.completed",
        "workflow_run.completed",
    ]


async def test_a_missing_command_makes_the_check_fail(shop: Shop) -> None:
    shop.forge.runner.enable(shop.repo, "no-such-command --now")
    await push(shop)
    (run,) = await reported(shop)
    assert (run["conclusion"], run["output"]["title"]) == ("failure", "Cannot run no-such-command")


async def test_a_command_that_never_ends_is_killed(shop: Shop) -> None:
    forever = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"
    shop.forge.runner.enable(shop.repo, f'python -c "{forever}"', timeout=0.5)
    await push(shop)
    (run,) = await reported(shop)
    assert (run["conclusion"], run["output"]["title"]) == ("failure", "Tests took too long")
    assert not list((shop.forge.home / "checkouts").iterdir())


async def test_closing_the_forge_ends_running_jobs(tmp_path: Path) -> None:
    mark = tmp_path / "running"
    sleeper = f"import pathlib, time; pathlib.Path({str(mark)!r}).touch(); time.sleep(600)"
    async with open_shop(tmp_path) as shop:
        shop.forge.runner.enable(shop.repo, f'python -c "{sleeper}"')
        await push(shop)
        async with asyncio.timeout(20):
            while not mark.exists():
                await asyncio.sleep(0.01)
        assert shop.forge.runner.busy
    assert not shop.forge.runner.busy
    assert not list((shop.forge.home / "checkouts").iterdir())


async def test_an_existing_head_is_tested_on_request(shop: Shop, settings: RunnerSettings) -> None:
    await shop.forge.runner.run_now(shop.repo, by="alice")
    assert [one["conclusion"] for one in await reported(shop, "main")] == ["success"]


async def test_a_forks_head_is_tested_in_the_base_repository(shop: Shop, settings: RunnerSettings) -> None:
    fork = await shop.forge.repos.fork(shop.repo, by="sam")
    sha = await shop.forge.repos.push(fork, BROKEN, "Sam's", by="sam", branch="idea")
    await shop.forge.pulls.open(shop.repo, "sam:idea", title="Idea", by="sam")
    assert [one["conclusion"] for one in await reported(shop, sha)] == ["failure"]


async def test_the_merge_queue_waits_for_the_runner(shop: Shop, settings: RunnerSettings) -> None:
    shop.forge.repos.protect(shop.repo, "main", Protection(required_checks=("ci / tests",), merge_queue=True))
    for branch, files in (("good", {"more.py": "1\n"}), ("bad", BROKEN)):
        await push(shop, files, branch)
        issue = await shop.forge.pulls.open(shop.repo, branch, title=branch, by="wendy")
        await shop.forge.queue.add(shop.repo, issue.number, by="wendy")
    await shop.forge.idle()
    merged = [one.title for one in shop.repo.pulls if one.pull and one.pull.merged_at]
    assert merged == ["good"]


async def test_jobs_run_a_few_at_a_time(shop: Shop, settings: RunnerSettings) -> None:
    for number in range(6):
        await push(shop, {f"f{number}.py": "1\n"}, f"b{number}")
    await shop.forge.idle()
    assert shop.forge.runner.executed == 6
    assert {run.conclusion for run in shop.repo.check_runs.values()} == {"success"}
