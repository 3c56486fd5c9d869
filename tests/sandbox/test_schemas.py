"""Every answer and webhook of a broad scenario matches GitHub's own API description."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp

from sandbox.model.repositories import Protection
from sandbox.render.node_ids import node_id
from sandbox.rest.routes import ROUTES, find
from tests.asked import asked, graphql_texts
from tests.sandbox_client import EVENTS, Shop, open_shop
from tests.schemas import deviations, find_operation, is_described, payload_deviations
from tests.world import manifest, world

OURS = {"/meta", "/repos/{owner}/{repo}/contents"}


async def test_answers_and_webhooks_are_as_github_describes_them(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        for part in (look_around, talk, hand_in, report, administer, go_wrong, leave):
            await part(shop)
        await shop.forge.idle()
        described = [one for one in shop.forge.log if one.template]
        found = deviations(described) + payload_deviations(shop.forge.hooks.fired)
        assert not found, "\n".join(str(one) for one in found)
        assert shop.forge.missing == ["GET /repos/alice/shop/nothing/here"]
        assert unasked(shop) == []
        fired = {event for event, _, _ in shop.forge.hooks.fired}
        assert fired >= set(shop.app.events) | {"installation", "installation_repositories"}


def unasked(shop: Shop) -> list[str]:
    """Return the routes that the scenario doesn't cover."""
    asked = {(one.method, one.template) for one in shop.forge.log}
    return [f"{one.method} {one.template}" for one in ROUTES if (one.method, one.template) not in asked]


async def test_the_bot_asks_for_nothing_that_github_or_the_sandbox_lacks(tmp_path: Path) -> None:
    """Run a phase from its label to its revert and compare every request with the description."""
    async with world(tmp_path) as here:
        await here.start_bot()
        await here.open_issue()
        for name in ("migration", "migration:phase-1"):
            await here.label(name)
            await here.settled()
        await here.comment("/migrate status")
        (pull,) = here.pulls()
        await here.merge(pull.number)
        await here.settled()
        await here.comment("/migrate revert 1")
        await here.settled()
        assert len(here.pulls()) == 2
        found = deviations(here.forge.log) + payload_deviations(here.forge.hooks.fired)
        assert not found, "\n".join(str(one) for one in found)
        assert here.forge.missing == []
        assert here.forge.crashes == []


def test_every_route_is_one_that_github_has() -> None:
    unknown = [
        f"{one.method} {one.template}"
        for one in ROUTES
        if one.template not in OURS and not is_described(one.method, one.template)
    ]
    assert unknown == []


REDIRECTED = "/repositories/{}"
"""GitHub redirects requests for renamed repositories here; its description omits it."""


def test_every_address_that_the_bot_can_ask_is_one_that_github_and_the_sandbox_have() -> None:
    every = [one for one in asked() if one.template != REDIRECTED]
    assert len(every) > 50
    assert [one for one in every if find(one.method, one.example) is None] == []
    assert [one for one in every if find_operation(one.method, one.example) is None] == []


def test_an_address_that_nobody_has_is_found_in_the_source(tmp_path: Path) -> None:
    (tmp_path / "topic.py").write_text(
        "class Topic:\n"
        "    def __init__(self, endpoint):\n"
        "        self._client, self._at = endpoint.client, f'{endpoint.at}/topics'\n"
        "    async def of(self, number):\n"
        "        return await self._list(f'{self._at}/{number}')\n"
        "    async def _list(self, at):\n"
        "        await self._client.write('PUT', f'{at}/x', {})\n"
        "        return await _optional(self._client.write, at)\n"
    )
    found = {(one.method, one.template) for one in asked(tmp_path)}
    assert found == {("PUT", "/repos/{}/{}/topics/{}/x"), ("POST", "/repos/{}/{}/topics/{}")}
    assert [find(one.method, one.example) for one in asked(tmp_path)] == [None, None]


def test_every_event_that_the_bot_listens_to_is_one_that_the_scenario_fires() -> None:
    _, events = manifest()
    assert set(events) <= set(EVENTS)


async def test_every_graphql_text_of_the_bot_is_answered_by_the_sandbox(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        shop.forge.repos.protect(shop.repo, "main", Protection(required_checks=("gate",)))
        shop.forge.repos.allow(shop.repo, auto_merge=True)
        issue = await shop.forge.issues.open(shop.repo, "Track", by="alice")
        comment = await shop.forge.issues.comment(shop.repo, issue.number, "a", by="alice")
        await shop.forge.issues.edit_comment(shop.repo, comment.id, "b", by="alice")
        await shop.forge.repos.push(shop.repo, {"a": "1"}, "A", by="wendy", branch="work")
        pull = await shop.forge.pulls.open(shop.repo, "work", title="Work", by="wendy")
        texts = graphql_texts()
        assert len(texts) > 3
        for text in texts:
            node = node_id("PR", pull.id) if text.startswith("mutation") else node_id("IC", comment.id)
            said = await _graphql(shop, text, id=node, method="SQUASH")
            assert "errors" not in said, (text, said)
        assert shop.forge.missing == []


async def _graphql(shop: Shop, text: str, **variables: str) -> Any:
    headers = {"Authorization": f"Bearer {shop.api.token}"}
    body = {"query": text, "variables": variables}
    async with shop.session.post(shop.server.graphql_url, json=body, headers=headers) as reply:
        return await reply.json()


def test_a_deviation_is_found_in_a_request_an_answer_and_a_path() -> None:
    def exchange(method: str, path: str, request: object, answer: object, **query: str) -> SimpleNamespace:
        return SimpleNamespace(
            method=method, path=path, request=request, answer=answer, status=200, query=query
        )

    found = deviations(
        [
            exchange("GET", "/repos/a/b/nothing/here", None, {}),
            exchange("GET", "/repos/a/b/labels", None, [{"name": "bug"}], per_pag="3"),
            exchange("PATCH", "/repos/a/b/pulls/1", {"titel": "x"}, None),
        ]
    )
    told = [str(one) for one in found]
    assert "GET /repos/a/b/nothing/here: GitHub has no such operation" in told
    assert "GET /repos/{owner}/{repo}/labels 200: no such query parameter: per_pag" in told
    assert "GET /repos/{owner}/{repo}/labels 200: [].color: Field required" in told
    assert (
        "PATCH /repos/{owner}/{repo}/pulls/{pull_number} 200 request: GitHub has no such key: titel" in told
    )


# the scenario


async def look_around(shop: Shop) -> None:
    app, api, at = shop.as_app(), shop.api, shop.at
    await app.get("/app")
    await app.get("/app/installations")
    await app.post(f"/app/installations/{shop.installation.id}/access_tokens", {"repositories": ["shop"]})
    await app.get(f"{at}/installation")
    await app.get("/app/hook/config")
    await api.get("/installation/repositories")
    await api.get("/rate_limit")
    await api.get("/meta")
    await shop.as_user("alice").get("/user")
    await api.get(at)
    for path in ("branches", "branches/main", "commits", "commits/main", "contents", "contents/shop"):
        await api.get(f"{at}/{path}")
    await api.get(f"{at}/contents/shop/engine.py?ref=main")
    await api.get(f"{at}/git/ref/heads/main")
    await api.get(f"{at}/git/matching-refs/heads/")
    tree = await api.get(f"{at}/git/trees/main?recursive=1")
    blob = next(one for one in tree["tree"] if one["type"] == "blob")
    await api.get(f"{at}/git/blobs/{blob['sha']}")
    await shop.as_user("alice").get(f"{at}/collaborators/wendy/permission")
    await shop.as_user("alice").get("/users/wendy")
    await shop.forge.drained()
    deliveries = await app.get("/app/hook/deliveries?per_page=2")
    await app.get(f"/app/hook/deliveries/{deliveries[0]['id']}")
    await app.post(f"/app/hook/deliveries/{deliveries[0]['id']}/attempts")


async def talk(shop: Shop) -> None:
    api, at = shop.api, shop.at
    await api.post(f"{at}/labels", {"name": "migration", "color": "0e8a16", "description": "a plan"})
    await api.post(f"{at}/labels", {"name": "spare", "color": "ededed"})
    await api.patch(f"{at}/labels/spare", {"new_name": "extra", "color": "ff0000", "description": "d"})
    await api.get(f"{at}/labels/extra")
    await api.get(f"{at}/labels")
    issue = await shop.as_user("alice").post(
        f"{at}/issues",
        {"title": "Track", "body": "- [ ] start", "labels": ["migration"], "assignees": ["wendy"]},
    )
    on = f"{at}/issues/{issue['number']}"
    await api.get(on)
    await api.get(f"{at}/issues?labels=migration&state=open&per_page=5")
    await api.patch(on, {"title": "Track it", "body": "- [x] start"})
    await api.post(f"{on}/labels", {"labels": ["extra", "migration:phase-1"]})
    await api.delete(f"{on}/labels/extra")
    comment = await api.post(f"{on}/comments", {"body": "Hello"})
    told = f"{at}/issues/comments/{comment['id']}"
    await api.get(told)
    await api.patch(told, {"body": "Hello again"})
    await api.get(f"{on}/comments")
    await api.post(f"{told}/reactions", {"content": "eyes"})
    await api.get(f"{told}/reactions")
    await api.post(f"{on}/reactions", {"content": "+1"})
    await api.get(f"{on}/reactions")
    await api.delete(told)
    await api.patch(on, {"state": "closed", "state_reason": "completed"})
    await api.patch(on, {"state": "open"})
    await api.get(f"{on}/events")
    await api.get(f"{on}/timeline")


async def hand_in(shop: Shop) -> None:
    api, at = shop.api, shop.at
    tip = await shop.forge.repos.tip(shop.repo)
    base = await shop.repo.git.commit(tip)
    blob = await shop.repo.git.write_blob(b"x = 1\n")
    entry = {"path": "shop/new.py", "mode": "100644", "type": "blob", "sha": blob}
    tree = await api.post(f"{at}/git/trees", {"base_tree": base.tree, "tree": [entry]})
    commit = await api.post(f"{at}/git/commits", {"message": "New", "tree": tree["sha"], "parents": [tip]})
    await api.post(f"{at}/git/refs", {"ref": "refs/heads/drover/1/phase-1", "sha": commit["sha"]})
    pull = await api.post(
        f"{at}/pulls",
        {"title": "Phase 1", "head": "drover/1/phase-1", "base": "main", "body": "b", "draft": True},
    )
    on = f"{at}/pulls/{pull['number']}"
    await shop.forge.pulls.set_draft(shop.repo, pull["number"], False, by="alice")
    await api.get(f"{at}/pulls?head=alice:drover/1/phase-1&base=main&state=all")
    await api.patch(on, {"title": "Phase 1 of 4", "body": "better"})
    await api.post(f"{at}/issues/{pull['number']}/labels", {"labels": ["phase"]})
    await api.post(f"{at}/issues/{pull['number']}/comments", {"body": "From the App, on what it opened"})
    await shop.as_user("alice").post(f"{on}/requested_reviewers", {"reviewers": ["wendy"]})
    await shop.forge.pulls.review(shop.repo, pull["number"], "APPROVE", "fine", by="wendy")
    await api.get(f"{on}/reviews")
    await shop.forge.repos.push(
        shop.repo, {"shop/more.py": "y = 2\n"}, "More", by="wendy", branch="drover/1/phase-1"
    )
    await api.get(f"{on}/files")
    await api.get(f"{on}/commits")
    await api.get(on)
    await shop.forge.drained()
    await api.get(on)
    await api.get(f"{at}/compare/main...drover/1/phase-1")
    merged = await api.put(f"{on}/merge", {"merge_method": "squash"})
    await api.get(on)
    await api.get(f"{at}/commits/{merged['sha']}/pulls")
    await api.delete(f"{at}/git/refs/heads/drover/1/phase-1")
    await api.post(f"{at}/git/refs", {"ref": "refs/heads/side", "sha": tip})
    await api.patch(f"{at}/git/refs/heads/side", {"sha": commit["sha"], "force": True})
    await shop.forge.repos.fork(shop.repo, by="sam")
    await shop.forge.repos.push("sam/shop", {"shop/sam.py": "s = 1\n"}, "Sam's", by="sam", branch="idea")
    fork = await shop.as_user("sam").post(
        f"{at}/pulls", {"title": "Idea", "head": "sam:idea", "base": "main"}
    )
    await api.patch(f"{at}/pulls/{fork['number']}", {"state": "closed"})


async def report(shop: Shop) -> None:
    api, at = shop.api, shop.at
    settings = shop.forge.runner.enable(shop.repo, "python -m unittest -q")
    sha = await shop.forge.repos.push(
        shop.repo, {"shop/late.py": "z = 3\n"}, "Late", by="wendy", branch="side2"
    )
    await shop.forge.pulls.open(shop.repo, "side2", title="Side", by="wendy")
    note = {
        "path": "shop/late.py",
        "start_line": 1,
        "end_line": 1,
        "annotation_level": "warning",
        "message": "look",
        "title": "t",
    }
    button = {"label": "Revert", "description": "Revert it", "identifier": "revert"}
    run = await api.post(
        f"{at}/check-runs",
        {
            "name": "drover / proof",
            "head_sha": sha,
            "status": "in_progress",
            "external_id": "1",
            "details_url": "https://example.com",
            "output": {"title": "t", "summary": "s", "text": "x", "annotations": [note]},
            "actions": [button],
        },
    )
    one = f"{at}/check-runs/{run['id']}"
    await api.patch(
        one, {"status": "completed", "conclusion": "success", "output": {"title": "t", "summary": "s"}}
    )
    await api.get(one)
    await api.get(f"{one}/annotations")
    await shop.forge.checks.press(shop.repo, run["id"], "revert", by="wendy")
    await shop.forge.checks.rerequest_run(shop.repo, run["id"], by="wendy")
    await api.get(f"{at}/commits/{sha}/check-runs")
    suites = await api.get(f"{at}/commits/{sha}/check-suites")
    await api.post(f"{at}/check-suites/{suites['check_suites'][0]['id']}/rerequest")
    await api.post(f"{at}/statuses/{sha}", {"state": "success", "context": "x", "description": "d"})
    await api.get(f"{at}/commits/{sha}/statuses")
    await api.get(f"{at}/commits/{sha}/status")
    await shop.forge.idle()
    runs = await api.get(f"{at}/actions/runs?head_sha={sha}")
    number = runs["workflow_runs"][0]["id"]
    await api.get(f"{at}/actions/runs/{number}")
    settings.flaky = 1
    other = await shop.forge.repos.push(
        shop.repo, {"shop/last.py": "q = 3\n"}, "Last", by="wendy", branch="side2"
    )
    await shop.forge.idle()
    runs = await api.get(f"{at}/actions/runs?head_sha={other}")
    await api.post(f"{at}/actions/runs/{runs['workflow_runs'][0]['id']}/rerun-failed-jobs")
    await shop.forge.idle()


async def administer(shop: Shop) -> None:
    alice, at, forge = shop.as_user("alice"), shop.at, shop.forge
    forge.repos.protect(shop.repo, "main", Protection(required_checks=("ci / tests",), approvals=1))
    await alice.get(f"{at}/branches/main/protection/required_status_checks")
    await alice.get(f"{at}/branches/main")
    await alice.get(f"{at}/rules/branches/main")
    forge.repos.set_role(shop.repo, "sam", "maintain")
    forge.repos.allow(shop.repo, auto_merge=True, delete_branch_on_merge=True)
    forge.repos.protect(shop.repo, "main", Protection(required_checks=("gate",), merge_queue=True))
    forge.runner.disable(shop.repo)
    await forge.repos.push(shop.repo, {"a.py": "1\n"}, "Auto", by="wendy", branch="auto")
    pull = await forge.pulls.open(shop.repo, "auto", title="Auto", by="wendy")
    await forge.pulls.enable_auto_merge(shop.repo, pull.number, by="wendy", method="squash")
    await forge.pulls.disable_auto_merge(shop.repo, pull.number, by="wendy")
    entry = await forge.queue.add(shop.repo, pull.number, by="wendy")
    await forge.checks.set_status(shop.repo, entry.head_sha, "success", "gate", by="alice")
    await forge.drained()
    assert pull.pull
    assert pull.pull.merged_at
    forge.repos.protect(shop.repo, "main", None)
    manifest = {
        "name": "Second",
        "url": "https://example.com",
        "hook_attributes": {"url": "https://example.com/w"},
    }
    code = forge.apps.submit_manifest(manifest, by="alice")
    await shop.anonymous().post(f"/app-manifests/{code}/conversions")
    token = forge.tokens.for_user_of(shop.app, forge.people.get("alice"))
    own = {"Authorization": aiohttp.encode_basic_auth(shop.app.client_id, shop.app.client_secret)}
    at_app, body = f"/applications/{shop.app.client_id}/token", {"access_token": token.text}
    assert (await shop.anonymous()("DELETE", at_app, body, own)).status == 204


async def go_wrong(shop: Shop) -> None:
    api, at = shop.api, shop.at
    assert (await api("GET", f"{at}/nothing/here")).status == 404
    assert (await api("GET", f"{at}/issues/999")).status == 404
    assert (await api("POST", f"{at}/labels", {"name": "migration"})).status == 422
    assert (await api("POST", f"{at}/pulls", {"title": "x", "head": "none", "base": "main"})).status == 422
    assert (await shop.as_user("rita")("POST", f"{at}/labels", {"name": "x"})).status == 403
    assert (await shop.anonymous()("GET", "/user")).status == 401


async def leave(shop: Shop) -> None:
    forge, repo = shop.forge, shop.repo
    other = await forge.repos.create("alice/other", {"a": "1"})
    forge.apps.add_repository(shop.installation, other)
    forge.apps.remove_repository(shop.installation, other)
    await forge.repos.create_branch(repo, "trunk", by="alice")
    await forge.repos.set_default_branch(repo, "trunk", by="alice")
    await forge.repos.rename(repo, "store", by="alice")
    await forge.repos.archive(repo, by="alice")
    await forge.repos.archive(repo, by="alice", archived=False)
    forge.apps.suspend(shop.installation)
    forge.apps.unsuspend(shop.installation)
    forge.apps.accept_permissions(shop.installation)
    forge.issues.delete_label(repo, "migration", by="alice")
    await forge.repos.transfer(repo, "wendy", by="alice")
    forge.apps.uninstall(shop.installation)
