"""What Prometheus reads, who may read it, and what is built on it."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import aiohttp
import pytest
import yaml
from prometheus_client import REGISTRY

from bot import metrics
from tests.world import ROOT, World, free_port


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/repos/acme/shop/issues/12/comments", "/repos/{owner}/{repo}/issues/{n}/comments"),
        ("/api/v3/repos/acme/shop/pulls/3", "/repos/{owner}/{repo}/pulls/{n}"),
        ("/repos/12345678901234567890/7/issues", "/repos/{owner}/{repo}/issues"),
        (f"/repos/acme/shop/commits/{'a' * 40}/check-runs", "/repos/{owner}/{repo}/commits/{n}/check-runs"),
        ("/repos/acme/shop/commits/main/status", "/repos/{owner}/{repo}/commits/{name}"),
        ("/repos/acme/shop/git/refs/heads/feature/abc", "/repos/{owner}/{repo}/git/refs/{name}"),
        ("/repos/acme/shop/contents/src/secret/plan", "/repos/{owner}/{repo}/contents/{name}"),
        ("/repos/acme/shop/collaborators/maya/permission", "/repos/{owner}/{repo}/collaborators/{name}"),
        ("/repositories/17/issues/1", "/repositories/{n}/issues/{n}"),
        ("/users/maya", "/users/{name}"),
        ("/app/installations/5/access_tokens", "/app/installations/{n}/access_tokens"),
        ("/graphql", "/graphql"),
    ],
)
def test_a_route_names_no_repository_no_person_and_no_branch(path: str, route: str) -> None:
    assert metrics.route_of(path) == route


async def read(url: str, token: str = "") -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status, await answer.text()


async def test_metrics_say_what_was_done_and_only_to_whom_they_are_for(place: World) -> None:
    port = free_port()
    place.extra = {"METRICS_TOKEN": "let-me-read", "METRICS_PORT": str(port), "LOG_FORMAT": "json"}
    await place.launch()
    await place.open_issue()
    await place.label("migration")
    await place.until(lambda: place.status_comment() is not None, "the status comment is there")
    public = f"http://127.0.0.1:{place.port}/metrics"
    assert await read(public) == (401, "The metrics need METRICS_TOKEN as a bearer token.\n")
    assert (await read(public, "let-me-rea"))[0] == 401
    status, text = await read(public, "let-me-read")
    assert status == 200
    assert (await read(f"http://127.0.0.1:{port}/metrics"))[0] == 200
    assert (await read(f"http://127.0.0.1:{port}/webhook"))[0] == 404
    assert 'drover_turns_total{outcome="acted"}' in text
    assert re.search(
        r'drover_github_requests_total\{method="POST",route="/repos/\{owner\}/\{repo\}/issues/\{n\}/comments"',
        text,
    )
    assert 'drover_migrations{state="active"} 1.0' in text
    assert re.search(r'drover_github_remaining\{installation="\d+",resource="core"\} \d', text)
    assert not re.search(r"acme|shop|maya", text)
    each_line_says_what_it_is_about(place)


def each_line_says_what_it_is_about(place: World) -> None:
    lines = [json.loads(line) for line in (place.home / "bot.log").read_text().splitlines()]
    taken = [one for one in lines if one["name"] == "drover.intake"]
    assert taken
    assert [one for one in taken if not (one["delivery"] and one["repository"] == "acme/shop")] == []
    assert {one["issue"] for one in taken if "(issues." in one["message"]} == {place.issue}


async def test_without_a_token_metrics_are_for_this_machine_alone(place: World) -> None:
    place.extra = {"HOST": "0.0.0.0"}
    await place.start_bot()
    assert (await read(f"http://127.0.0.1:{place.port}/metrics"))[0] == 404


def named_metrics(text: str) -> set[str]:
    return {re.sub(r"_(bucket|total|sum|count)$", "", name) for name in re.findall(r"\bdrover_\w+", text)}


def known_metrics() -> set[str]:
    return {one.name for one in REGISTRY.collect() if one.name.startswith("drover_")}


@pytest.mark.parametrize(
    "file", ["deploy/prometheus/alerts.yml", "deploy/grafana/drover.json", "docs/operating.md"]
)
def test_every_metric_that_is_named_exists(file: str) -> None:
    text = (ROOT / file).read_text()
    assert named_metrics(text)
    assert named_metrics(text) - known_metrics() == set()


def test_every_metric_is_documented() -> None:
    assert known_metrics() - named_metrics((ROOT / "docs/operating.md").read_text()) == set()


def test_the_first_crash_of_each_kind_is_an_increase() -> None:
    """Prometheus takes a counter that appears with 1 for one that was 1 before."""
    fresh = "from bot import metrics; print(metrics.text().decode())"
    text = subprocess.run([sys.executable, "-c", fresh], cwd=ROOT, capture_output=True, text=True).stdout
    counted = {
        kind
        for file in (ROOT / "bot").rglob("*.py")
        for kind in re.findall(r'metrics\.failures\.labels\("(\w+)"\)', file.read_text())
    }
    assert counted
    assert [kind for kind in counted if f'drover_failures_total{{kind="{kind}"}} 0.0' not in text] == []
    assert 'drover_turns_total{outcome="crashed"} 0.0' in text


def test_the_alerts_and_the_dashboard_are_whole() -> None:
    rules = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"][0]["rules"]
    for rule in rules:
        assert rule["expr"].count("(") == rule["expr"].count(")")
        assert {"summary", "what_to_do"} <= set(rule["annotations"])
        assert rule["labels"]["severity"] in ("warning", "critical")
    panels = json.loads((ROOT / "deploy/grafana/drover.json").read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(target["expr"] for panel in panels for target in panel["targets"])
