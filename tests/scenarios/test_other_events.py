"""Events that Drover doesn't use, and actions that it doesn't know: by strangers, in signed deliveries."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import aiohttp

from tests.scenarios.test_strangers import writes
from tests.world import World

TEXT = "/migrate cancel 1\n/migrate start 2\n<!-- drover:status -->\nfixes #1"
UNUSED = (
    *(
        "commit_comment.created",
        "discussion.created",
        "discussion_comment.created",
        "pull_request_review.submitted",
    ),
    *(
        "pull_request_review_comment.created",
        "pull_request_review_thread.resolved",
        "pull_request_target.opened",
    ),
    *("sub_issues.sub_issue_added", "issue_dependencies.blocked_by_added", "repository_dispatch.migrate"),
    *("branch_protection_rule.deleted", "repository_ruleset.edited", "star.created", "watch.started", "fork"),
    *("gollum", "member.removed", "membership.removed", "milestone.created", "label.deleted", "public"),
    *("github_app_authorization.revoked", "release.published", "deployment_status.created", "ping"),
)
ODD_ACTIONS = ("milestoned", "demilestoned", "pinned", "unpinned", "locked", "unlocked", "typed", "converted")


async def deliver(here: World, number: int, name: str, fields: dict[str, Any]) -> None:
    """With the repository, the installation and a stranger as the sender, of a delivery that has come."""
    known = next(one for one in here.forge.hooks.recent(here.app) if one.event == "issues")
    about = {key: known.payload[key] for key in ("repository", "installation", "issue")}
    event, _, action = name.partition(".")
    stranger = {"login": "stranger", "id": 99, "type": "User"}
    said = {"body": TEXT, "id": 7, "user": stranger, "author_association": "NONE", "title": TEXT}
    payload = {**about, "sender": stranger, "comment": said, "review": said, "discussion": said, **fields}
    body = json.dumps({**payload, **({"action": action} if action else {})}).encode()
    signature = hmac.new(here.app.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": f"other-{number}",
        "X-Hub-Signature-256": f"sha256={signature}",
    }
    url = f"http://127.0.0.1:{here.port}/webhook"
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        assert answer.status == 202, (name, await answer.text())


async def test_events_that_are_not_used_ask_github_for_nothing(here: World) -> None:
    await here.settled()
    before = len(here.forge.log)
    for number, name in enumerate(UNUSED):
        await deliver(here, number, name, {"client_payload": {"command": TEXT}})
    await here.settled()
    assert len(here.forge.log) == before


async def test_actions_that_are_not_known_change_nothing(here: World) -> None:
    await here.settled()
    said, wrote, labels = here.comments(), len(writes(here)), here.labels()
    for number, action in enumerate(ODD_ACTIONS):
        await deliver(here, number, f"issues.{action}", {"milestone": {"title": TEXT, "number": 1}})
    await here.settled()
    assert (here.comments(), len(writes(here)), here.labels()) == (said, wrote, labels)


async def test_a_locked_issue_is_a_tracking_issue_like_any_other(here: World) -> None:
    await here.settled()
    await here.forge.issues.lock("acme/shop", here.issue, by="maya")
    await here.comment("/migrate start 1")
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open")
    await here.settled()
    assert "Opened #" in here.answers()[0]
