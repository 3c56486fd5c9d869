"""Every write of the client, refused in each way: one attempt, an error that says why, and never a crash of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from bot.github import GitHubError, MustWait, OutcomeUnknown, Unavailable, WaitPolicy
from tests.client_calls import CALLS, GRAPHQL_CALLS
from tests.github_server import Answer, FakeGitHub, fake_github

WRITES = sorted(one for one in CALLS if not one.startswith("GET ") and not one.endswith("/access_tokens"))
REFUSALS = {
    "403": Answer({"message": "Resource not accessible by integration"}, 403),
    "422": Answer({"message": "Validation Failed", "errors": [{"code": "custom", "message": "No"}]}, 422),
    "404": Answer({"message": "Not Found"}, 404),
    "451": Answer({"message": "Repository access blocked"}, 451),
}
HARMLESS = {
    "DELETE /repos/o/r/git/refs/heads/b": {"404", "422"},
    "DELETE /repos/o/r/issues/1/labels/migration": {"404"},
    "PATCH /repos/o/r/issues/comments/5": {"404", "451"},
    "POST /repos/o/r/check-suites/8/rerequest": {"403", "404", "422"},
    "POST /repos/o/r/actions/runs/4/rerun-failed-jobs": {"403", "404", "422"},
}
"""What the client answers with a value: it is off already, it was deleted, or it can't be run again."""


@pytest.fixture
async def at() -> AsyncIterator[FakeGitHub]:
    async with fake_github(WaitPolicy(longest=1)) as made:
        yield made


@pytest.mark.parametrize("status", sorted(REFUSALS))
@pytest.mark.parametrize("call", WRITES)
async def test_a_refused_write_is_tried_once_and_says_why(at: FakeGitHub, call: str, status: str) -> None:
    at.server.answers("GET /repos/o/r/pulls", Answer([]))
    at.server.answers("GET /repos/o/r/issues/comments/5", REFUSALS[status])
    at.server.answers(call, REFUSALS[status])
    if status in HARMLESS.get(call, ()):
        await CALLS[call](at)
    else:
        with pytest.raises(GitHubError) as refused:
            await CALLS[call](at)
        assert not isinstance(refused.value, Unavailable | OutcomeUnknown | MustWait)
        assert refused.value.status == int(status)
        assert REFUSALS[status].body["message"] in str(refused.value)
    assert at.server.times(call) == 1


@pytest.mark.parametrize("kind", ["FORBIDDEN", "UNPROCESSABLE", "NOT_FOUND"])
@pytest.mark.parametrize("mutation", sorted(one for one in GRAPHQL_CALLS if one != "userContentEdits"))
async def test_a_refused_mutation_is_tried_once(at: FakeGitHub, mutation: str, kind: str) -> None:
    refused = Answer({"data": None, "errors": [{"type": kind, "message": "Refused"}]})
    at.server.answers("POST /api/graphql", refused)
    with suppress(GitHubError):
        await GRAPHQL_CALLS[mutation](at)
    assert at.server.times("POST /api/graphql") == 1
