"""Issues, labels, comments, reactions and tasks, and who may change them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.access.refusals import Refusal
from sandbox.topics.references import named_issues
from sandbox.topics.task_lists import task_items, with_task_ticked
from tests.sandbox_client import Shop, open_shop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as one:
        yield one


async def test_labelling_needs_the_triage_role(shop: Shop) -> None:
    issue = await shop.forge.issues.open(shop.repo, "Track", by="rita", labels=["ignored"])
    assert issue.labels == []
    with pytest.raises(Refusal, match="triage"):
        await shop.forge.issues.label(shop.repo, issue.number, "migration", by="rita")
    await shop.forge.issues.label(shop.repo, issue.number, "migration", by="tom")
    assert [label.name for label in issue.labels] == ["migration"]


async def test_adding_a_label_twice_fires_one_event(shop: Shop) -> None:
    issue = await shop.forge.issues.open(shop.repo, "Track", by="alice")
    for name in ("Migration", "migration"):
        await shop.api.post(f"{shop.at}/issues/1/labels", {"labels": [name]})
    assert [one.event for one in issue.events] == ["labeled"]
    await shop.forge.drained()
    assert shop.received.names().count("issues.labeled") == 1


async def test_the_timeline_says_who_labelled(shop: Shop) -> None:
    await shop.forge.issues.open(shop.repo, "Track", by="alice")
    await shop.forge.issues.label(shop.repo, 1, "migration:phase-1", by="tom")
    await shop.api.delete(f"{shop.at}/issues/1/labels/migration%3Aphase-1")
    events = await shop.api.get(f"{shop.at}/issues/1/events")
    assert [(one["event"], one["actor"]["login"], one["label"]["name"]) for one in events] == [
        ("labeled", "tom", "migration:phase-1"),
        ("unlabeled", "drover[bot]", "migration:phase-1"),
    ]
    assert events[1]["performed_via_github_app"]["slug"] == "drover"


async def test_a_label_that_is_not_on_the_issue_cannot_be_removed(shop: Shop) -> None:
    await shop.forge.issues.open(shop.repo, "Track", by="alice")
    reply = await shop.api("DELETE", f"{shop.at}/issues/1/labels/none")
    assert (reply.status, reply.body["message"]) == (404, "Label does not exist")


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ({"name": "x" * 51}, "name"),
        ({"name": "x", "description": "d" * 101}, "description"),
        ({"name": "x", "color": "#fff"}, "color"),
        ({"name": "  "}, "name"),
    ],
)
async def test_labels_have_maximum_lengths(shop: Shop, label: dict[str, str], field: str) -> None:
    reply = await shop.api("POST", f"{shop.at}/labels", label)
    assert (reply.status, reply.body["message"]) == (422, "Validation Failed")
    assert reply.body["errors"][0]["field"] == field


async def test_label_names_are_case_insensitive(shop: Shop) -> None:
    await shop.api.post(f"{shop.at}/labels", {"name": "Bug"})
    reply = await shop.api("POST", f"{shop.at}/labels", {"name": "bug"})
    assert reply.status == 422
    assert reply.body["errors"] == [{"resource": "Label", "code": "already_exists", "field": "name"}]


async def test_labels_with_special_characters_can_be_addressed(shop: Shop) -> None:
    for name in ("a/b", "ümlaut & co", "100%", "?", "🚀 go"):
        shop.forge.issues.create_label(shop.repo, name, by="alice")
    listed = await shop.api.get(f"{shop.at}/labels")
    for label in listed:
        there = label["url"].removeprefix(shop.server.api_url)
        assert (await shop.api.get(there))["name"] == label["name"]


async def test_issues_listed_by_label_include_pull_requests(shop: Shop) -> None:
    await shop.forge.issues.open(shop.repo, "One", by="alice", labels=["migration"])
    await shop.forge.issues.open(shop.repo, "Two", by="alice")
    await shop.forge.repos.push(shop.repo, {"a": "1"}, "A", by="wendy", branch="a")
    await shop.forge.pulls.open(shop.repo, "a", title="Three", by="wendy")
    listed = await shop.api.get(f"{shop.at}/issues?state=all")
    assert [one["number"] for one in listed] == [3, 2, 1]
    assert "pull_request" in listed[0]
    assert "pull_request" not in listed[1]
    assert [one["title"] for one in await shop.api.get(f"{shop.at}/issues?labels=Migration")] == ["One"]


async def test_an_empty_body_becomes_null(shop: Shop) -> None:
    made = await shop.api.post(f"{shop.at}/issues", {"title": "Track", "body": ""})
    assert made["body"] is None
    await shop.api.patch(f"{shop.at}/issues/1", {"body": "now"})
    assert (await shop.api.patch(f"{shop.at}/issues/1", {"body": ""}))["body"] is None


async def test_a_closed_issue_says_who_closed_it_and_why(shop: Shop) -> None:
    await shop.forge.issues.open(shop.repo, "Track", by="alice")
    await shop.api.patch(f"{shop.at}/issues/1", {"state": "closed", "state_reason": "not_planned"})
    found = await shop.api.get(f"{shop.at}/issues/1")
    assert (found["state"], found["state_reason"], found["closed_by"]["login"]) == (
        "closed",
        "not_planned",
        "drover[bot]",
    )
    await shop.forge.issues.reopen(shop.repo, 1, by="alice")
    found = await shop.api.get(f"{shop.at}/issues/1")
    assert (found["state"], found["state_reason"], found["closed_at"]) == ("open", "reopened", None)


async def test_without_write_access_people_edit_only_their_own_texts(shop: Shop) -> None:
    await shop.forge.issues.open(shop.repo, "Track", by="alice")
    mine = await shop.forge.issues.comment(shop.repo, 1, "mine", by="rita")
    theirs = await shop.forge.issues.comment(shop.repo, 1, "theirs", by="alice")
    await shop.forge.issues.edit_comment(shop.repo, mine.id, "mine still", by="rita")
    with pytest.raises(Refusal):
        await shop.forge.issues.edit_comment(shop.repo, theirs.id, "no", by="rita")
    await shop.forge.issues.edit_comment(shop.repo, mine.id, "wendy was here", by="wendy")
    assert [edit.editor.login for edit in mine.edits] == ["rita", "rita", "wendy"]


@pytest.mark.parametrize("body", ["", "  \n", "x" * 65_537])
async def test_a_comment_can_be_neither_empty_nor_too_long(shop: Shop, body: str) -> None:
    await shop.forge.issues.open(shop.repo, "Track", by="alice")
    reply = await shop.api("POST", f"{shop.at}/issues/1/comments", {"body": body})
    assert (reply.status, reply.body["message"]) == (422, "Validation Failed")


async def test_a_comment_can_have_githubs_maximum_length(shop: Shop) -> None:
    await shop.forge.issues.open(shop.repo, "Track", by="alice")
    made = await shop.api.post(f"{shop.at}/issues/1/comments", {"body": "ü" * 65_536})
    assert len((await shop.api.get(f"{shop.at}/issues/comments/{made['id']}"))["body"]) == 65_536


async def test_a_comment_without_a_body_names_the_missing_field(shop: Shop) -> None:
    await shop.forge.issues.open(shop.repo, "Track", by="alice")
    reply = await shop.api("POST", f"{shop.at}/issues/1/comments", {})
    assert (reply.status, reply.body["message"]) == (422, 'Invalid request.\n\n"body" wasn\'t supplied.')


async def test_commenting_on_a_locked_issue_needs_write_access(shop: Shop) -> None:
    await shop.forge.issues.open(shop.repo, "Track", by="alice")
    await shop.forge.issues.lock(shop.repo, 1, by="alice")
    with pytest.raises(Refusal, match="locked"):
        await shop.forge.issues.comment(shop.repo, 1, "hello", by="rita")
    with pytest.raises(Refusal, match="locked"):
        await shop.forge.issues.react(shop.repo, 1, "eyes", by="rita")
    await shop.forge.issues.comment(shop.repo, 1, "hello", by="wendy")
    await shop.forge.issues.react(shop.repo, 1, "eyes", by="wendy")


async def test_triage_locks_nothing(shop: Shop) -> None:
    await shop.forge.issues.open(shop.repo, "Track", by="alice")
    with pytest.raises(Refusal):
        await shop.forge.issues.lock(shop.repo, 1, by="tom")


async def test_what_people_did_is_under_their_new_name_or_nobodys(shop: Shop) -> None:
    await shop.forge.issues.open(shop.repo, "Track", by="alice")
    await shop.forge.issues.label(shop.repo, 1, "one", by="wendy")
    await shop.forge.issues.label(shop.repo, 1, "two", by="tom")
    shop.forge.repos.rename_person("wendy", "wanda")
    shop.forge.repos.delete_person("tom")
    told = await shop.api.get(f"{shop.at}/issues/1/events")
    assert [one["actor"] and one["actor"]["login"] for one in told] == ["wanda", None]
    said = await shop.api.get(f"{shop.at}/collaborators/wanda/permission")
    assert said["role_name"] == "write"
    for login in ("wendy", "tom"):
        reply = await shop.api("GET", f"{shop.at}/collaborators/{login}/permission")
        assert reply.status == 404


async def test_the_timeline_has_assignments_and_locks(shop: Shop) -> None:
    issue = await shop.forge.issues.open(shop.repo, "Track", by="alice")
    for logins in (["wendy", "tom"], ["tom"]):
        await shop.forge.issues.assign(shop.repo, issue.number, logins, by="alice")
    for locked in (True, True, False):
        await shop.forge.issues.lock(shop.repo, issue.number, by="alice", locked=locked)
    told = await shop.api.get(f"{shop.at}/issues/{issue.number}/events")
    assert [(one["event"], one.get("assignee", {}).get("login")) for one in told] == [
        ("assigned", "wendy"),
        ("assigned", "tom"),
        ("unassigned", "wendy"),
        ("locked", None),
        ("unlocked", None),
    ]


async def test_comments_can_be_listed_since_a_time(shop: Shop) -> None:
    await shop.forge.issues.open(shop.repo, "Track", by="alice")
    await shop.forge.issues.comment(shop.repo, 1, "old", by="alice")
    shop.forge.clock.advance(hours=2)
    await shop.forge.issues.comment(shop.repo, 1, "new", by="alice")
    listed = await shop.as_user("alice").get(f"{shop.at}/issues/1/comments")
    since = listed[1]["created_at"]
    assert [
        one["body"] for one in await shop.as_user("alice").get(f"{shop.at}/issues/1/comments?since={since}")
    ] == ["new"]


async def test_the_same_reaction_twice_counts_once(shop: Shop) -> None:
    await shop.forge.issues.open(shop.repo, "Track", by="alice")
    made = await shop.forge.issues.comment(shop.repo, 1, "/migrate status", by="alice")
    at = f"{shop.at}/issues/comments/{made.id}/reactions"
    assert [(await shop.api("POST", at, {"content": "eyes"})).status for _ in range(2)] == [201, 200]
    assert (await shop.api("POST", at, {"content": "shrug"})).status == 422
    assert (await shop.api.get(f"{shop.at}/issues/comments/{made.id}"))["reactions"]["eyes"] == 1


async def test_ticking_a_task_fires_an_edit_with_the_old_text(shop: Shop) -> None:
    await shop.forge.issues.open(shop.repo, "Track", by="alice")
    made = await shop.forge.issues.comment(
        shop.repo, 1, "- [ ] start <!-- 1 -->\n- [ ] revert\n", by=shop.forge.actor("drover[bot]")
    )
    await shop.forge.issues.tick(shop.repo, 1, "revert", by="wendy", comment_id=made.id)
    assert made.body == "- [ ] start <!-- 1 -->\n- [x] revert\n"
    await shop.forge.drained()
    (payload,) = shop.received.of("issue_comment", "edited")
    assert payload["changes"]["body"]["from"] == "- [ ] start <!-- 1 -->\n- [ ] revert\n"
    assert (payload["sender"]["login"], payload["comment"]["user"]["login"]) == ("wendy", "drover[bot]")
    with pytest.raises(Refusal):
        await shop.forge.issues.tick(shop.repo, 1, 0, by="rita", comment_id=made.id)


def test_tasks_are_found_where_markdown_has_them() -> None:
    text = "- [ ] one\n  * [X] two\n1. [x] three\n- [x]no\ntext [ ] no\n"
    assert task_items(text) == [(False, "one"), (True, "two"), (True, "three")]
    assert with_task_ticked(text, 0).startswith("- [x] one\n")
    assert "* [ ] two" in with_task_ticked(text, "two", on=False)
    with pytest.raises(Refusal):
        with_task_ticked(text, 9)


async def test_an_edit_without_changes_fires_no_event(shop: Shop) -> None:
    await shop.forge.issues.open(shop.repo, "Track", "body", by="alice")
    await shop.forge.issues.edit(shop.repo, 1, title="Track", body="body", by="alice")
    await shop.forge.drained()
    assert "issues.edited" not in shop.received.names()


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("see #1", {1: False}),
        ("Fixes #1, see GH-2", {1: True, 2: False}),
        ("closes: alice/shop#1", {1: True}),
        ("resolves https://github.com/alice/shop/issues/2", {2: True}),
        ("Drover-Migration: alice/shop#5", {5: False}),
        ("Drover-Migration: alice/shop/5", {}),
        ("other/shop#1 x#1 &#1 prefixes #3", {3: False}),
    ],
)
def test_a_text_names_issues_as_github_reads_it(message: str, named: dict[int, bool]) -> None:
    assert named_issues(message, "alice/shop") == named


async def test_each_commit_that_names_an_issue_is_listed_on_it(shop: Shop) -> None:
    await shop.forge.issues.open(shop.repo, "Bug", by="rita")
    sha = await shop.forge.repos.push(shop.repo, {"a": "1"}, "See #1", by="wendy", branch="side")
    await shop.forge.repos.create_branch(shop.repo, "again", by="wendy", at=sha)
    events = await shop.api.get(f"{shop.at}/issues/1/events")
    assert [(one["event"], one["commit_id"], one["actor"]["login"]) for one in events] == [
        ("referenced", sha, "wendy")
    ]


async def test_closing_keywords_on_the_default_branch_close_an_issue(shop: Shop) -> None:
    issue = await shop.forge.issues.open(shop.repo, "Track", by="alice")
    await shop.forge.repos.push(shop.repo, {"a": "1"}, "Fixes #1", by="wendy", branch="side")
    assert issue.state == "open"
    await shop.forge.repos.push(shop.repo, {"a": "1"}, "It fixes #1", by="wendy")
    assert (issue.state, issue.closed_by and issue.closed_by.login) == ("closed", "wendy")


async def test_subscribers_receive_every_change(shop: Shop) -> None:
    changes = shop.forge.subscribe()
    await shop.forge.issues.open(shop.repo, "Track", by="alice")
    change = await anext(changes)
    assert (change.event, change.action, change.repo, change.number) == ("issues", "opened", "alice/shop", 1)
    await changes.aclose()


async def test_a_removed_issue_redirects_and_keeps_its_number(shop: Shop) -> None:
    for title in ("Deleted", "Moved", "Hidden"):
        await shop.forge.issues.open(shop.repo, title, by="alice")
    shop.forge.people.add("bob")
    await shop.forge.repos.create("bob/near", {"a": "a"})
    await shop.forge.repos.create("bob/far", {"a": "a"}, private=True)
    for name in ("bob/near", "bob/far"):
        shop.forge.repos.set_role(name, "alice", "admin")
    await shop.forge.removals.delete(shop.repo, 1, by="alice")
    near = await shop.forge.removals.transfer(shop.repo, 2, "bob/near", by="alice")
    await shop.forge.removals.transfer(shop.repo, 3, "bob/far", by="alice")

    deleted, hidden = (
        await shop.api("GET", f"{shop.at}/issues/1"),
        await shop.api("GET", f"{shop.at}/issues/3"),
    )
    moved = await shop.api("GET", f"{shop.at}/issues/2/comments")

    assert (deleted.status, deleted.body["message"]) == (410, "This issue was deleted")
    assert hidden.status == 404
    assert (moved.status, near.number) == (301, 1)
    assert moved.headers["Location"].endswith(f"/repositories/{near.repo.id}/issues/1/comments")
    assert (await shop.forge.issues.open(shop.repo, "Next", by="alice")).number == 4
    await shop.forge.drained()
    names = shop.received.names()
    assert names.count("issues.deleted") == 1
    assert names.count("issues.transferred") == 2
