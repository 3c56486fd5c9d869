"""`POST /webhook`: only what GitHub signed gets in, and only once."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.intake.bodies import LIMIT
from bot.intake.delivery import read_delivery
from bot.intake.event import Event
from bot.intake.payloads import SUBSCRIBED, parse
from bot.intake.webhook import EnqueueResult, webhook

SECRET = "it is a secret"
PREVIOUS = "the secret before"
ISSUE = {
    "action": "labeled",
    "installation": {"id": 3},
    "repository": {"id": 7, "full_name": "o/r"},
    "sender": {"login": "maya", "type": "User"},
    "issue": {"number": 5, "labels": [{"name": "migration"}]},
    "label": {"name": "migration:phase-1"},
}


@dataclass
class WebhookClient:
    client: TestClient[web.Request, web.Application]
    queued: list[Event] = field(default_factory=list)

    async def post(self, payload: Any, **changes: str | None) -> int:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        headers = {
            "X-GitHub-Event": "issues",
            "X-GitHub-Delivery": "d-1",
            "Content-Type": "application/json",
            "X-Hub-Signature-256": "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest(),
        }
        for name, value in changes.items():
            headers[name.replace("_", "-")] = value or ""
        async with self.client.post("/webhook", data=io.BytesIO(body), headers=headers) as answer:
            await answer.read()
            return answer.status


@pytest.fixture
async def webhook_client() -> AsyncIterator[WebhookClient]:
    queued: list[Event] = []

    async def enqueue(event: Event) -> EnqueueResult:
        queued.append(event)
        return EnqueueResult.QUEUED

    app = web.Application()
    app.router.add_post("/webhook", webhook((SECRET, PREVIOUS), enqueue))
    async with TestClient(TestServer(app)) as client:
        yield WebhookClient(client, queued)


async def test_a_signed_delivery_is_queued(webhook_client: WebhookClient) -> None:
    assert await webhook_client.post(ISSUE) == 202
    (event,) = webhook_client.queued
    assert (event.kind, event.issue, event.tracking, event.sender) == ("issues.labeled", 5, True, "maya")
    assert Event.from_json(json.loads(json.dumps(event.as_json()))) == event


async def test_while_secrets_are_rotated_either_is_accepted(webhook_client: WebhookClient) -> None:
    signature = hmac.new(PREVIOUS.encode(), json.dumps(ISSUE).encode(), hashlib.sha256).hexdigest()
    assert await webhook_client.post(ISSUE, X_Hub_Signature_256=f"sha256={signature}") == 202
    assert await webhook_client.post(ISSUE, X_Hub_Signature_256=f"sha256={signature[::-1]}") == 401
    assert len(webhook_client.queued) == 1


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "sha256=" + "0" * 64,
        "sha1=" + hmac.new(SECRET.encode(), json.dumps(ISSUE).encode(), hashlib.sha1).hexdigest(),
        hmac.new(SECRET.encode(), json.dumps(ISSUE).encode(), hashlib.sha256).hexdigest(),
        "sha256=ü",
    ],
)
async def test_a_delivery_without_a_sha_256_signature_does_nothing(
    webhook_client: WebhookClient, signature: str | None
) -> None:
    assert await webhook_client.post(ISSUE, X_Hub_Signature_256=signature) == 401
    assert webhook_client.queued == []


async def test_a_sha_1_signature_alone_is_not_enough(webhook_client: WebhookClient) -> None:
    digest = hmac.new(SECRET.encode(), json.dumps(ISSUE).encode(), hashlib.sha1).hexdigest()
    assert await webhook_client.post(ISSUE, X_Hub_Signature_256=None, X_Hub_Signature=f"sha1={digest}") == 401


async def test_the_signature_is_checked_before_the_payload(webhook_client: WebhookClient) -> None:
    assert await webhook_client.post(b"{not json", X_Hub_Signature_256="sha256=0") == 401
    assert await webhook_client.post(b"{not json") == 400


@pytest.mark.parametrize(
    "payload", [[], "x", 1, {"installation": 3}, {**ISSUE, "issue": {}}, {**ISSUE, "issue": None}]
)
async def test_a_payload_that_github_does_not_document_is_refused(
    webhook_client: WebhookClient, payload: Any
) -> None:
    assert await webhook_client.post(payload) in (400, 202)
    assert webhook_client.queued == []


async def test_a_deeply_nested_payload_is_refused(webhook_client: WebhookClient) -> None:
    assert await webhook_client.post(b'{"a":' * 100_000) == 400


async def test_a_delivery_of_25_megabytes_is_the_largest(webhook_client: WebhookClient) -> None:
    assert await webhook_client.post(b" " * (LIMIT + 1)) == 413
    assert webhook_client.queued == []


@pytest.mark.parametrize("name", ["X-GitHub-Delivery", "X-GitHub-Event"])
async def test_a_delivery_without_its_name_is_refused(webhook_client: WebhookClient, name: str) -> None:
    assert await webhook_client.post(ISSUE, **{name.replace("-", "_"): "../../x y"}) == 400


async def test_an_event_that_nothing_depends_on_is_acknowledged_and_not_queued(
    webhook_client: WebhookClient,
) -> None:
    for event in ("star", "milestone", "label", "discussion", "discussion_comment", "commit_comment"):
        assert await webhook_client.post(ISSUE, X_GitHub_Event=event) == 202
    for event in ("pull_request_review", "pull_request_review_comment", "pull_request_review_thread"):
        assert await webhook_client.post(ISSUE, X_GitHub_Event=event) == 202
    assert await webhook_client.post({**ISSUE, "issue": {"number": 5, "labels": []}}) == 202
    assert webhook_client.queued == []


COMMENT = {"issue": {"number": 9}, "comment": {"id": 1, "body": "hi", "user": {"login": "m", "type": "User"}}}
DROVERS = {"issue": {"number": 9}, "comment": {"id": 1, "body": "hi", "user": {"login": "d", "type": "Bot"}}}


@pytest.mark.parametrize(
    ("event", "payload", "read"),
    [
        ("push", {"ref": "refs/heads/main", "after": "a"}, True),
        ("push", {"ref": "refs/heads/drover/5/phase-1", "after": "a"}, True),
        ("push", {"ref": "refs/heads/feature", "after": "a"}, False),
        ("push", {"ref": "refs/tags/v1", "after": "a"}, False),
        ("status", {"sha": "a", "branches": [{"name": "feature"}]}, False),
        ("status", {"sha": "a", "branches": []}, True),
        ("status", {"sha": "a", "branches": [{"name": f"feature-{n}"} for n in range(9)]}, False),
        ("status", {"sha": "a", "branches": [{"name": f"feature-{n}"} for n in range(10)]}, True),
        (
            "check_suite",
            {"action": "requested", "check_suite": {"head_sha": "a", "head_branch": "main"}},
            False,
        ),
        (
            "check_suite",
            {"action": "completed", "check_suite": {"head_sha": "a", "head_branch": "main"}},
            True,
        ),
        (
            "workflow_run",
            {"action": "completed", "workflow_run": {"head_sha": "a", "head_branch": "x"}},
            False,
        ),
        (
            "issue_comment",
            {"issue": {"number": 9, "pull_request": {}}, "comment": {"id": 1, "body": "hi"}},
            False,
        ),
        (
            "issue_comment",
            {"issue": {"number": 9, "pull_request": {}}, "comment": {"id": 1, "body": "/MIGRATE"}},
            True,
        ),
        ("issue_comment", {"action": "created", **COMMENT}, False),
        ("issue_comment", {"action": "edited", **COMMENT}, False),
        ("issue_comment", {**COMMENT, "changes": {"body": {"from": "/migrate skip a.py"}}}, True),
        ("issue_comment", {"action": "edited", **DROVERS}, True),
        ("issue_comment", {"action": "deleted", **DROVERS}, True),
    ],
)
def test_only_events_about_the_default_branch_or_drovers_are_read(
    event: str, payload: dict[str, Any], read: bool
) -> None:
    repository = {"id": 2, "full_name": "o/r", "default_branch": "main"}
    whole = {"installation": {"id": 1}, "repository": repository, **payload}
    assert (parse(event, "d", whole) is not None) is read


@pytest.mark.parametrize(
    ("association", "private", "sender", "outside"),
    [
        ("NONE", False, "m", True),
        ("CONTRIBUTOR", False, "m", True),
        ("MEMBER", False, "m", False),
        ("NONE", True, "m", False),
        ("NONE", False, "somebody else, who may edit it", False),
    ],
)
def test_who_has_no_more_to_do_with_a_public_repository_than_everybody_is_outside(
    association: str, private: bool, sender: str, outside: bool
) -> None:
    comment = {"id": 1, "body": "/migrate", "user": {"login": "m"}, "author_association": association}
    repository = {"id": 2, "full_name": "o/r", "private": private}
    payload = {"issue": {"number": 9}, "comment": comment, "repository": repository}
    event = parse("issue_comment", "d", {"installation": {"id": 1}, "sender": {"login": sender}, **payload})
    assert event is not None
    assert event.by_outsider is outside


@pytest.mark.parametrize(
    ("fork", "changes", "read"),
    [
        (True, {"title": {"from": "a"}}, False),
        (True, {"base": {"ref": {"from": "a"}}}, True),
        (False, {"title": {"from": "a"}}, True),
    ],
)
def test_another_title_of_a_forks_pull_request_is_nobodys_business(
    fork: bool, changes: dict[str, Any], read: bool
) -> None:
    head = {"ref": "x", "sha": "1" * 40, "repo": {"id": 3 if fork else 2}}
    pull = {"number": 9, "head": head, "user": {"login": "m"}, "author_association": "NONE"}
    payload = {
        "installation": {"id": 1},
        "repository": {"id": 2, "full_name": "o/r", "private": False},
        "action": "edited",
        "sender": {"login": "m"},
        "pull_request": pull,
        "changes": changes,
    }
    event = parse("pull_request", "d", payload)
    assert (event is not None) is read
    if event is not None:
        assert event.by_outsider is fork


@pytest.mark.parametrize("number", [0, -1, 2**31, 10**25, 1e999, float("nan")])
async def test_an_issue_number_that_github_never_gives_is_refused(
    webhook_client: WebhookClient, number: float
) -> None:
    assert (
        await webhook_client.post({**ISSUE, "issue": {"number": number, "labels": [{"name": "migration"}]}})
        == 400
    )
    assert webhook_client.queued == []


@pytest.mark.parametrize("whose", ["installation", "repository"])
@pytest.mark.parametrize("number", [2**63, 10**400, 1e999])
async def test_an_id_that_no_database_holds_is_refused(
    webhook_client: WebhookClient, whose: str, number: float
) -> None:
    assert await webhook_client.post({**ISSUE, whose: {"id": number, "full_name": "o/r"}}) == 400


@pytest.mark.parametrize("branch", [f"drover/{'9' * 20}/phase-1", f"drover/5/phase-{'9' * 5000}"])
def test_a_branch_with_a_number_out_of_range_asks_for_nothing(branch: str) -> None:
    payload = {
        "action": "rerequested",
        "check_run": {"id": 1, "head_sha": "a", "name": "drover / proof", "external_id": branch},
        "installation": {"id": 1},
        "repository": {"id": 2, "full_name": "o/r", "default_branch": "main"},
    }
    event = read_delivery("check_run", "d", payload, 1.0)
    assert event is not None
    assert event.requests == ()


@pytest.mark.parametrize(("head", "from_fork"), [({"id": 2}, False), ({"id": 3}, True), (None, True)])
def test_a_pull_request_says_whether_its_branch_is_in_another_repository(
    head: object, from_fork: bool
) -> None:
    pull = {"number": 9, "head": {"ref": "drover/5/phase-1", "sha": "a", "repo": head}}
    payload = {
        "action": "opened",
        "pull_request": pull,
        "installation": {"id": 1},
        "repository": {"id": 2, "full_name": "o/r", "default_branch": "main"},
    }
    event = parse("pull_request", "d", payload)
    assert event is not None
    assert event.from_fork is from_fork


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"X_Hub_Signature_256": "sha256=0"}, "the SHA-256 signature is missing or wrong"),
        ({"X_GitHub_Event": "No Event"}, "X-GitHub-Delivery or X-GitHub-Event is missing or malformed"),
        ({"X_GitHub_Event": "push"}, "the payload is not what GitHub documents for this event"),
    ],
)
async def test_a_refused_delivery_is_logged(
    webhook_client: WebhookClient, caplog: pytest.LogCaptureFixture, changes: dict[str, str], why: str
) -> None:
    await webhook_client.post(ISSUE, X_GitHub_Delivery="d-42", **changes)
    (line,) = (one.getMessage() for one in caplog.records if one.name == "drover.intake")
    assert line.startswith("delivery d-42 (")
    assert line.endswith(f") refused: {why}")
    assert SECRET not in line


async def test_a_strangers_headers_are_logged_without_control_characters(
    webhook_client: WebhookClient, caplog: pytest.LogCaptureFixture
) -> None:
    await webhook_client.post(
        ISSUE, X_GitHub_Delivery="d-42 ;[31m" + 200 * "x", X_Hub_Signature_256="sha256=0"
    )
    (line,) = (one.getMessage() for one in caplog.records if one.name == "drover.intake")
    assert line.startswith("delivery d-42???31mxxx")
    assert len(line) < 200


def test_a_webhook_needs_a_secret() -> None:
    with pytest.raises(ValueError, match="secret"):
        webhook(("",), None)  # type: ignore[arg-type]


def test_every_event_that_is_read_has_a_reader() -> None:
    minimal = {"installation": {"id": 1}, "repository": {"id": 2, "full_name": "o/r"}}
    assert parse("star", "d", minimal) is None
    assert {"push", "issues", "issue_comment", "pull_request", "check_run"} <= SUBSCRIBED
