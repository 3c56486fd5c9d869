"""The GraphQL API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.model.repositories import Protection
from tests.sandbox_client import Shop, open_shop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as one:
        yield one


async def ask(shop: Shop, query: str, token: str | None = None, **variables: Any) -> Any:
    headers = {"Authorization": f"Bearer {token or shop.api.token}"}
    body = {"query": query, "variables": variables}
    async with shop.session.post(shop.server.graphql_url, json=body, headers=headers) as reply:
        assert reply.status == 200
        return await reply.json()


EDITS = """
query Edits($id: ID!, $first: Int = 10) {
  node(id: $id) {
    ... on IssueComment {
      body
      userContentEdits(first: $first) {
        totalCount
        nodes { editedAt diff editor { login } deletedAt }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""


async def test_the_edits_of_a_comment_are_listed_newest_first(shop: Shop) -> None:
    await shop.forge.issues.open(shop.repo, "Track", by="alice")
    made = await shop.api.post(f"{shop.at}/issues/1/comments", {"body": "- [ ] one\n- [ ] two\n"})
    none = await ask(shop, EDITS, id=made["node_id"], first=5)
    assert none["data"]["node"]["userContentEdits"]["totalCount"] == 0
    await shop.forge.issues.tick(shop.repo, 1, "one", by="wendy", comment_id=made["id"])
    await shop.forge.issues.tick(shop.repo, 1, "two", by="alice", comment_id=made["id"])
    edits = (await ask(shop, EDITS, id=made["node_id"], first=2))["data"]["node"]["userContentEdits"]
    assert edits["totalCount"] == 3
    assert edits["pageInfo"]["hasNextPage"]
    assert [(one["editor"]["login"], one["diff"]) for one in edits["nodes"]] == [
        ("alice", "- [x] one\n- [x] two\n"),
        ("wendy", "- [x] one\n- [ ] two\n"),
    ]


AUTO = """
mutation($input: EnablePullRequestAutoMergeInput!) {
  enablePullRequestAutoMerge(input: $input) { pullRequest { number autoMergeRequest { mergeMethod enabledBy { login } } } }
}
"""


async def pull_request(shop: Shop) -> Any:
    await shop.forge.repos.push(shop.repo, {"a": "1"}, "A", by="wendy", branch="work")
    return await shop.api.post(
        f"{shop.at}/pulls", {"title": "Work", "head": "work", "base": "main", "draft": False}
    )


async def test_auto_merge_can_be_enabled(shop: Shop) -> None:
    shop.forge.repos.protect(shop.repo, "main", Protection(required_checks=("ci",)))
    pull = await pull_request(shop)
    wanted = {"pullRequestId": pull["node_id"], "mergeMethod": "SQUASH"}
    refused = await ask(shop, AUTO, input=wanted)
    assert refused["data"]["enablePullRequestAutoMerge"] is None
    assert refused["errors"][0]["type"] == "UNPROCESSABLE"
    shop.forge.repos.allow(shop.repo, auto_merge=True)
    done = (await ask(shop, AUTO, input=wanted))["data"]["enablePullRequestAutoMerge"]["pullRequest"]
    assert done == {
        "number": 1,
        "autoMergeRequest": {"mergeMethod": "SQUASH", "enabledBy": {"login": "drover"}},
    }
    shown = await shop.api.get(f"{shop.at}/pulls/1")
    assert shown["auto_merge"]["merge_method"] == "squash"


async def test_a_pull_request_can_be_converted_to_a_draft_and_back(shop: Shop) -> None:
    pull = await pull_request(shop)
    for name, draft in (("convertPullRequestToDraft", True), ("markPullRequestReadyForReview", False)):
        query = f'mutation {{ {name}(input: {{pullRequestId: "{pull["node_id"]}"}}) {{ pullRequest {{ isDraft }} }} }}'
        assert (await ask(shop, query))["data"][name]["pullRequest"]["isDraft"] is draft
        assert (await shop.api.get(f"{shop.at}/pulls/1"))["draft"] is draft


async def test_a_mutation_without_permission_is_an_error(shop: Shop) -> None:
    pull = await pull_request(shop)
    token = shop.forge.tokens.personal(shop.forge.people.get("rita"))
    query = f'mutation {{ convertPullRequestToDraft(input: {{pullRequestId: "{pull["node_id"]}"}}) {{ clientMutationId }} }}'
    answer = await ask(shop, query, token)
    assert answer["errors"][0]["type"] == "FORBIDDEN"
    assert (await ask(shop, "{ viewer { login } }", token))["data"] == {"viewer": {"login": "rita"}}


async def test_a_query_can_use_aliases_and_arguments(shop: Shop) -> None:
    await pull_request(shop)
    query = """
    query($owner: String!, $name: String!) {
      here: repository(owner: $owner, name: $name) {
        nameWithOwner
        one: pullRequest(number: 1) { title state isDraft headRefName }
      }
    }
    """
    answer = await ask(shop, query, owner="alice", name="shop")
    assert answer["data"]["here"] == {
        "nameWithOwner": "alice/shop",
        "one": {"title": "Work", "state": "OPEN", "isDraft": False, "headRefName": "work"},
    }


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("{ nothing { x } }", "Field 'nothing' doesn't exist on type 'Query'"),
        ("{ viewer { shoeSize } }", "Field 'shoeSize' doesn't exist on type 'User'"),
        ('{ node(id: "PR_OTk5") { id } }', "Could not resolve to a node"),
        ("{ viewer { login }", "Parse error"),
        ("", "Parse error"),
    ],
)
async def test_unknown_nodes_and_fields_are_errors(shop: Shop, query: str, says: str) -> None:
    token = shop.forge.tokens.personal(shop.forge.people.get("rita"))
    answer = await ask(shop, query, token)
    assert says in answer["errors"][0]["message"]


async def test_graphql_needs_a_token(shop: Shop) -> None:
    async with shop.session.post(shop.server.graphql_url, json={"query": "{ viewer { login } }"}) as reply:
        assert reply.status == 401


async def test_ordered_faults_apply_to_graphql(shop: Shop) -> None:
    shop.forge.faults.answer("secondary-403", path="graphql")
    headers = {"Authorization": f"Bearer {shop.api.token}"}
    statuses = []
    for _ in range(2):
        async with shop.session.post(
            shop.server.graphql_url, json={"query": "{ viewer { login } }"}, headers=headers
        ) as reply:
            statuses.append(reply.status)
    assert statuses == [403, 200]
