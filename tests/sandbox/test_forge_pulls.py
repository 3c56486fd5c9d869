"""Pull requests: opening, merging, and what pushes do to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.access.refusals import Refusal
from sandbox.model.repositories import Issue, MergeMethod, Protection, PullRequest
from tests.sandbox_client import Shop, open_shop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as one:
        yield one


async def pull_request(
    shop: Shop, branch: str = "work", *messages: str, draft: bool = False
) -> tuple[Issue, PullRequest]:
    for at, message in enumerate(messages or ("First\n\nwhy",)):
        await shop.forge.repos.push(
            shop.repo, {f"{branch}{at}.py": f"{at}\n"}, message, by="wendy", branch=branch
        )
    issue = await shop.forge.pulls.open(shop.repo, branch, title="Work", body="Body", by="wendy", draft=draft)
    assert issue.pull
    return issue, issue.pull


async def looked_at(shop: Shop, number: int) -> Any:
    """Return the pull request once its mergeability is known."""
    await shop.api.get(f"{shop.at}/pulls/{number}")
    await shop.forge.drained()
    return await shop.api.get(f"{shop.at}/pulls/{number}")


async def test_mergeable_is_unknown_on_the_first_request(shop: Shop) -> None:
    issue, _ = await pull_request(shop)
    first = await shop.api.get(f"{shop.at}/pulls/{issue.number}")
    assert (first["mergeable"], first["mergeable_state"]) == (None, "unknown")
    await shop.forge.drained()
    second = await shop.api.get(f"{shop.at}/pulls/{issue.number}")
    assert (second["mergeable"], second["mergeable_state"], second["rebaseable"]) == (True, "clean", True)
    await shop.forge.repos.push(shop.repo, {"README.md": "other\n"}, "Main moves", by="wendy")
    assert (await shop.api.get(f"{shop.at}/pulls/{issue.number}"))["mergeable"] is None


async def test_a_conflict_makes_a_pull_request_unmergeable(shop: Shop) -> None:
    await shop.forge.repos.push(shop.repo, {"README.md": "theirs\n"}, "Theirs", by="wendy", branch="work")
    issue = await shop.forge.pulls.open(shop.repo, "work", title="Work", by="wendy")
    await shop.forge.repos.push(shop.repo, {"README.md": "ours\n"}, "Ours", by="wendy")
    shown = await looked_at(shop, issue.number)
    assert (shown["mergeable"], shown["mergeable_state"]) == (False, "dirty")
    for method in ("merge", "squash", "rebase"):
        reply = await shop.api("PUT", f"{shop.at}/pulls/{issue.number}/merge", {"merge_method": method})
        assert (reply.status, reply.body["message"]) == (405, "Pull Request is not mergeable")


@pytest.mark.parametrize(
    ("method", "parents", "subjects"),
    [
        ("merge", 2, ["Merge pull request #1 from alice/work", "Two", "One", "Beside"]),
        ("squash", 1, ["Work (#1)", "Beside"]),
        ("rebase", 1, ["Two", "One", "Beside"]),
    ],
)
async def test_each_merge_method_creates_its_commits(
    shop: Shop, method: MergeMethod, parents: int, subjects: list[str]
) -> None:
    issue, pull = await pull_request(shop, "work", "One", "Two\n\nbody")
    await shop.forge.repos.push(shop.repo, {"beside.py": "1\n"}, "Beside", by="wendy")
    sha = await shop.forge.pulls.merge(shop.repo, issue.number, by="alice", method=method)
    assert await shop.forge.repos.tip(shop.repo) == sha == pull.merge_commit_sha
    tip = await shop.repo.git.commit(sha)
    assert len(tip.parents) == parents
    log = await shop.repo.git.commits(await shop.repo.git.revisions("--topo-order", "main"))
    assert [one.message.partition("\n")[0] for one in log][: len(subjects)] == subjects
    for path in ("work0.py", "work1.py", "beside.py"):
        assert await shop.repo.git.read(sha, path) is not None
    shown = await shop.api.get(f"{shop.at}/pulls/{issue.number}")
    assert (shown["merged"], shown["state"], shown["merged_by"]["login"]) == (True, "closed", "alice")
    assert shown["changed_files"] == 2
    assert (await shop.api.get(f"{shop.at}/commits/{sha}/pulls"))[0]["number"] == issue.number


async def test_a_squash_has_githubs_default_message(shop: Shop) -> None:
    issue, _ = await pull_request(shop, "several", "One\n\nwhy", "Two")
    sha = await shop.forge.pulls.merge(shop.repo, issue.number, by="alice", method="squash")
    assert (await shop.repo.git.commit(sha)).message == "Work (#1)\n\n* One\n\nwhy\n\n* Two"
    issue, _ = await pull_request(shop, "single", "Only\n\nthis")
    sha = await shop.forge.pulls.merge(shop.repo, issue.number, by="alice", method="squash")
    assert (await shop.repo.git.commit(sha)).message == "Only (#2)\n\nthis"
    issue, _ = await pull_request(shop, "own")
    sha = await shop.forge.pulls.merge(
        shop.repo, issue.number, by="alice", method="squash", title="T", message="M"
    )
    made = await shop.repo.git.commit(sha)
    assert made.message == "T\n\nM"
    assert (made.author.name, made.committer.name, made.signature is None) == ("Wendy", "GitHub", False)


async def test_a_rebase_keeps_the_authors(shop: Shop) -> None:
    issue, _ = await pull_request(shop, "work", "One", "Two")
    sha = await shop.forge.pulls.merge(shop.repo, issue.number, by="alice", method="rebase")
    made = await shop.repo.git.commit(sha)
    assert (made.author.name, made.committer.name) == ("Wendy", "Alice")


async def test_merging_fires_push_then_closed(shop: Shop) -> None:
    issue, _ = await pull_request(shop)
    await shop.forge.drained()
    shop.received.events.clear()
    await shop.api.put(f"{shop.at}/pulls/{issue.number}/merge")
    await shop.forge.drained()
    names = [name for name in shop.received.names() if not name.startswith("check")]
    assert names == ["push", "pull_request.closed"]
    (closed,) = shop.received.of("pull_request", "closed")
    assert closed["pull_request"]["merged"]
    assert closed["pull_request"]["merge_commit_sha"] == await shop.forge.repos.tip(shop.repo)


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"sha": "1" * 40}, 409, "Head branch was modified. Review and try the merge again."),
        ({"merge_method": "squash"}, 405, "Squash merges are not allowed on this repository."),
        ({"merge_method": "theirs"}, 422, "Invalid request"),
    ],
)
async def test_an_invalid_merge_is_refused(shop: Shop, body: dict[str, str], status: int, says: str) -> None:
    issue, _ = await pull_request(shop)
    shop.forge.repos.allow(shop.repo, squash_merge=False)
    reply = await shop.api("PUT", f"{shop.at}/pulls/{issue.number}/merge", body)
    assert reply.status == status
    assert says in reply.body["message"]


async def test_a_draft_is_not_merged_until_it_is_ready(shop: Shop) -> None:
    issue, _ = await pull_request(shop, draft=True)
    with pytest.raises(Refusal, match="draft"):
        await shop.forge.pulls.merge(shop.repo, issue.number, by="alice")
    await shop.forge.pulls.set_draft(shop.repo, issue.number, False, by="wendy")
    await shop.forge.pulls.merge(shop.repo, issue.number, by="alice")
    await shop.forge.drained()
    assert "pull_request.ready_for_review" in shop.received.names()


async def test_merging_needs_write_access(shop: Shop) -> None:
    issue, _ = await pull_request(shop)
    for login in ("tom", "rita", "sam"):
        with pytest.raises(Refusal):
            await shop.forge.pulls.merge(shop.repo, issue.number, by=login)


async def test_merging_twice_is_refused(shop: Shop) -> None:
    issue, _ = await pull_request(shop)
    await shop.forge.pulls.merge(shop.repo, issue.number, by="alice")
    assert (await shop.api("PUT", f"{shop.at}/pulls/{issue.number}/merge")).status == 405


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"head": "none", "base": "main"}, {"field": "head", "code": "invalid"}),
        ({"head": "work", "base": "none"}, {"field": "base", "code": "invalid"}),
        ({"head": "main", "base": "main"}, {"code": "custom", "message": "No commits between main and main"}),
        ({"head": "work", "base": "main"}, {"message": "A pull request already exists for alice:work."}),
    ],
)
async def test_an_invalid_pull_request_is_refused(
    shop: Shop, body: dict[str, str], says: dict[str, str]
) -> None:
    await pull_request(shop)
    reply = await shop.api("POST", f"{shop.at}/pulls", {"title": "x", **body})
    assert (reply.status, reply.body["message"]) == (422, "Validation Failed")
    assert says.items() <= reply.body["errors"][0].items()


async def test_a_push_updates_the_pull_request(shop: Shop) -> None:
    issue, pull = await pull_request(shop)
    before = pull.head_sha
    after = await shop.forge.repos.push(shop.repo, {"more.py": "1\n"}, "More", by="wendy", branch="work")
    assert pull.head_sha == after
    assert await shop.repo.git.ref(f"refs/pull/{issue.number}/head") == after
    await shop.forge.drained()
    (told,) = shop.received.of("pull_request", "synchronize")
    assert (told["before"], told["after"]) == (before, after)
    assert told["pull_request"]["changed_files"] == 2


async def test_deleting_the_branch_closes_the_pull_request_for_good(shop: Shop) -> None:
    issue, pull = await pull_request(shop)
    await shop.forge.repos.delete_branch(shop.repo, "work", by="wendy")
    assert (issue.state, pull.merged_at) == ("closed", None)
    reply = await shop.api("PATCH", f"{shop.at}/pulls/{issue.number}", {"state": "open"})
    assert reply.status == 422
    assert "branch has been deleted" in reply.body["errors"][0]["message"]
    await shop.forge.repos.create_branch(shop.repo, "work", by="wendy", at=pull.head_sha)
    await shop.api.patch(f"{shop.at}/pulls/{issue.number}", {"state": "open"})


async def test_the_timeline_has_deleted_and_restored_branches(shop: Shop) -> None:
    issue, head = await pull_request(shop)
    number = issue.number
    await shop.forge.pulls.merge(shop.repo, number, by="wendy")
    await shop.forge.repos.delete_branch(shop.repo, head.head_ref, by="wendy")
    await shop.forge.repos.create_branch(shop.repo, head.head_ref, by="wendy", at=head.head_sha)
    await shop.forge.repos.delete_branch(shop.repo, head.head_ref, by="wendy")
    await shop.forge.repos.create_branch(shop.repo, head.head_ref, by="wendy")
    told = [one["event"] for one in await shop.api.get(f"{shop.at}/issues/{number}/events")]
    assert told == ["merged", "closed", "head_ref_deleted", "head_ref_restored", "head_ref_deleted"]


async def test_a_push_dismisses_approvals_where_the_branch_requires_it(shop: Shop) -> None:
    rules = Protection(approvals=1, dismiss_stale=True)
    shop.forge.repos.protect(shop.repo, "main", rules)
    issue, pull = await pull_request(shop)
    await shop.forge.pulls.review(shop.repo, issue.number, "APPROVE", by="alice")
    await shop.forge.repos.push(shop.repo, {"b.py": "2\n"}, "More", by="wendy", branch=pull.head_ref)
    assert pull.reviews[0].state == "DISMISSED"
    told = await shop.api.get(f"{shop.at}/issues/{issue.number}/timeline")
    assert [one["event"] for one in told if one["event"] not in ("committed", "labeled")] == [
        "reviewed",
        "review_dismissed",
    ]
    await shop.forge.hooks.drained()
    reviews = [action for event, action, _ in shop.forge.hooks.fired if event == "pull_request_review"]
    assert reviews == ["submitted", "dismissed"]
    refused = await shop.as_user("wendy")("PUT", f"{shop.at}/pulls/{issue.number}/merge")
    assert (refused.status, "approving review" in refused.body["message"]) == (405, True)


async def test_a_branch_forced_while_closed_prevents_reopening(shop: Shop) -> None:
    issue, _ = await pull_request(shop)
    await shop.forge.issues.close(shop.repo, issue.number, by="wendy")
    await shop.forge.repos.push(shop.repo, {"x": "1"}, "Else", by="wendy", branch="work", onto="main")
    reply = await shop.api("PATCH", f"{shop.at}/pulls/{issue.number}", {"state": "open"})
    assert "force-pushed or recreated" in reply.body["errors"][0]["message"]


async def test_pushing_the_head_to_the_base_merges_the_pull_request(shop: Shop) -> None:
    issue, pull = await pull_request(shop)
    await shop.forge.repos.update_ref(shop.repo, "refs/heads/main", pull.head_sha, by="alice")
    assert (issue.state, pull.merged_by and pull.merged_by.login) == ("closed", "alice")
    assert pull.merge_commit_sha == pull.head_sha


async def test_forcing_the_head_back_into_the_base_closes_the_pull_request(shop: Shop) -> None:
    issue, pull = await pull_request(shop)
    tip = await shop.forge.repos.tip(shop.repo)
    await shop.forge.repos.update_ref(shop.repo, "refs/heads/work", tip, by="wendy", force=True)
    assert (issue.state, pull.merged_at) == ("closed", None)


async def test_the_files_exclude_changes_on_the_base_branch(shop: Shop) -> None:
    issue, _ = await pull_request(shop, "work", "One", "Two")
    await shop.forge.repos.push(shop.repo, {"beside.py": "1\n"}, "Beside", by="wendy")
    files = await shop.api.get(f"{shop.at}/pulls/{issue.number}/files")
    assert [one["filename"] for one in files] == ["work0.py", "work1.py"]
    assert files[0]["patch"] == "@@ -0,0 +1 @@\n+0"
    commits = await shop.api.get(f"{shop.at}/pulls/{issue.number}/commits")
    assert [one["commit"]["message"] for one in commits] == ["One", "Two"]


async def test_a_pull_request_can_come_from_a_fork(shop: Shop) -> None:
    fork = await shop.forge.repos.fork(shop.repo, by="sam")
    sha = await shop.forge.repos.push(fork, {"sam.py": "1\n"}, "Sam's", by="sam", branch="idea")
    issue = await shop.forge.pulls.open(shop.repo, "sam:idea", title="Idea", by="sam")
    shown = await looked_at(shop, issue.number)
    assert (shown["head"]["repo"]["full_name"], shown["head"]["label"], shown["mergeable"]) == (
        "sam/shop",
        "sam:idea",
        True,
    )
    run = await shop.api.post(f"{shop.at}/check-runs", {"name": "drover / ratchet", "head_sha": sha})
    assert run["pull_requests"] == []
    newer = await shop.forge.repos.push(fork, {"sam.py": "2\n"}, "More", by="sam", branch="idea")
    assert issue.pull
    assert issue.pull.head_sha == newer
    await shop.forge.pulls.merge(shop.repo, issue.number, by="alice", method="squash")
    assert await shop.repo.git.read("main", "sam.py") == b"2\n"


async def test_a_pull_request_survives_the_deletion_of_its_fork(shop: Shop) -> None:
    fork = await shop.forge.repos.fork(shop.repo, by="sam")
    await shop.forge.repos.push(fork, {"sam.py": "1\n"}, "Sam's", by="sam", branch="idea")
    issue = await shop.forge.pulls.open(shop.repo, "sam:idea", title="Idea", by="sam")
    await shop.forge.repos.delete(fork, by="sam")
    shown = await looked_at(shop, issue.number)
    assert (shown["head"]["repo"], shown["head"]["label"], shown["mergeable"]) == (None, "unknown:idea", True)
    await shop.forge.pulls.merge(shop.repo, issue.number, by="alice", method="squash")


async def test_a_pull_request_is_retargeted_when_its_merged_base_is_deleted(shop: Shop) -> None:
    below, _ = await pull_request(shop, "below")
    await shop.forge.repos.push(
        shop.repo, {"above.py": "1\n"}, "Above", by="wendy", branch="above", onto="below"
    )
    above = await shop.forge.pulls.open(shop.repo, "above", "below", title="Above", by="wendy")
    await shop.forge.pulls.merge(shop.repo, below.number, by="alice")
    await shop.forge.repos.delete_branch(shop.repo, "below", by="wendy")
    assert above.pull
    assert (above.state, above.pull.base_ref) == ("open", "main")
    await shop.forge.drained()
    (edited,) = shop.received.of("pull_request", "edited")
    assert edited["changes"]["base"]["ref"]["from"] == "below"


async def test_opening_from_a_branch_needs_write_access_to_it(shop: Shop) -> None:
    await shop.forge.repos.push(shop.repo, {"a": "1"}, "A", by="wendy", branch="work")
    with pytest.raises(Refusal):
        await shop.forge.pulls.open(shop.repo, "work", title="Mine", by="sam")


async def test_required_checks_and_reviews_block_a_merge(shop: Shop) -> None:
    rules = Protection(required_checks=("ci",), approvals=1, dismiss_stale=True)
    shop.forge.repos.protect(shop.repo, "main", rules)
    issue, pull = await pull_request(shop)
    assert (await looked_at(shop, issue.number))["mergeable_state"] == "blocked"
    with pytest.raises(Refusal, match='Required status check "ci" is expected'):
        await shop.forge.pulls.merge(shop.repo, issue.number, by="wendy")
    await shop.forge.checks.set_status(shop.repo, pull.head_sha, "success", "ci", by="wendy")
    with pytest.raises(Refusal, match="approving review"):
        await shop.forge.pulls.merge(shop.repo, issue.number, by="wendy")
    with pytest.raises(Refusal, match="your own pull request"):
        await shop.forge.pulls.review(shop.repo, issue.number, "APPROVE", by="wendy")
    await shop.forge.pulls.review(shop.repo, issue.number, "APPROVE", by="alice")
    assert (await looked_at(shop, issue.number))["mergeable_state"] == "clean"
    await shop.forge.repos.push(shop.repo, {"more.py": "1\n"}, "More", by="wendy", branch="work")
    await shop.forge.checks.set_status(shop.repo, pull.head_sha, "success", "ci", by="wendy")
    assert [review.state for review in pull.reviews] == ["DISMISSED"]
    with pytest.raises(Refusal, match="approving review"):
        await shop.forge.pulls.merge(shop.repo, issue.number, by="wendy")
    await shop.forge.pulls.merge(shop.repo, issue.number, by="alice")


async def test_an_approval_without_write_access_does_not_count(shop: Shop) -> None:
    shop.forge.repos.protect(shop.repo, "main", Protection(approvals=1))
    issue, _ = await pull_request(shop)
    await shop.forge.pulls.review(shop.repo, issue.number, "APPROVE", by="rita")
    with pytest.raises(Refusal, match="approving review"):
        await shop.forge.pulls.merge(shop.repo, issue.number, by="wendy")


async def test_a_strict_branch_requires_an_up_to_date_head(shop: Shop) -> None:
    shop.forge.repos.protect(shop.repo, "main", Protection(strict=True))
    issue, _ = await pull_request(shop)
    await shop.forge.repos.push(shop.repo, {"beside.py": "1\n"}, "Beside", by="alice")
    assert (await looked_at(shop, issue.number))["mergeable_state"] == "behind"


async def test_auto_merge_merges_when_the_check_passes(shop: Shop) -> None:
    shop.forge.repos.protect(shop.repo, "main", Protection(required_checks=("ci",)))
    shop.forge.repos.allow(shop.repo, auto_merge=True)
    issue, pull = await pull_request(shop)
    await shop.forge.pulls.enable_auto_merge(shop.repo, issue.number, by="wendy", method="squash")
    await shop.forge.checks.set_status(shop.repo, pull.head_sha, "failure", "ci", by="alice")
    await shop.forge.drained()
    assert issue.state == "open"
    await shop.forge.checks.set_status(shop.repo, pull.head_sha, "success", "ci", by="alice")
    await shop.forge.drained()
    assert (pull.merged_by and pull.merged_by.login, issue.state) == ("wendy", "closed")


async def test_auto_merge_is_refused_when_clean_or_not_allowed(shop: Shop) -> None:
    issue, _ = await pull_request(shop)
    with pytest.raises(Refusal, match="not allowed"):
        await shop.forge.pulls.enable_auto_merge(shop.repo, issue.number, by="wendy")
    shop.forge.repos.allow(shop.repo, auto_merge=True)
    with pytest.raises(Refusal, match="clean status"):
        await shop.forge.pulls.enable_auto_merge(shop.repo, issue.number, by="wendy")


async def test_the_head_branch_is_deleted_after_the_merge_if_configured(shop: Shop) -> None:
    shop.forge.repos.allow(shop.repo, delete_branch_on_merge=True)
    issue, pull = await pull_request(shop)
    await shop.forge.pulls.merge(shop.repo, issue.number, by="alice")
    assert await shop.repo.git.ref("refs/heads/work") is None
    assert pull.merged_at


async def test_a_merge_queue_merges_what_passes_and_removes_what_fails(shop: Shop) -> None:
    shop.forge.repos.protect(shop.repo, "main", Protection(required_checks=("gate",), merge_queue=True))
    for branch, state in (("good", "success"), ("bad", "failure")):
        issue, pull = await pull_request(shop, branch)
        entry = await shop.forge.queue.add(shop.repo, issue.number, by="wendy")
        await shop.forge.checks.set_status(shop.repo, entry.head_sha, state, "gate", by="alice")  # type: ignore[arg-type]
        await shop.forge.drained()
        assert (pull.merged_at is not None) == (state == "success")
    groups = [(one["action"], one.get("reason")) for one in shop.received.of("merge_group")]
    assert groups == [
        ("checks_requested", None),
        ("destroyed", "merged"),
        ("checks_requested", None),
        ("destroyed", "invalidated"),
    ]
    assert await shop.repo.git.refs("refs/heads/gh-readonly-queue") == {}


async def test_pull_requests_are_listed_by_head_base_and_state(shop: Shop) -> None:
    issue, _ = await pull_request(shop)
    await pull_request(shop, "other")
    await shop.forge.issues.close(shop.repo, issue.number, by="alice")
    at = f"{shop.at}/pulls"
    assert [one["number"] for one in await shop.api.get(at)] == [2]
    assert [one["number"] for one in await shop.api.get(f"{at}?state=all&head=alice:work&base=main")] == [1]
    assert await shop.api.get(f"{at}?state=all&head=sam:work") == []


async def test_of_two_identical_pull_requests_one_is_refused(shop: Shop) -> None:
    await shop.forge.repos.push(shop.repo, {"a": "1"}, "A", by="wendy", branch="work")
    body = {"title": "Work", "head": "work", "base": "main"}
    replies = await asyncio.gather(*(shop.api("POST", f"{shop.at}/pulls", body) for _ in range(5)))
    assert sorted(one.status for one in replies) == [201, 422, 422, 422, 422]
    refs = {"ref": "refs/heads/new", "sha": await shop.forge.repos.tip(shop.repo)}
    replies = await asyncio.gather(*(shop.api("POST", f"{shop.at}/git/refs", refs) for _ in range(5)))
    assert sorted(one.status for one in replies) == [201, 422, 422, 422, 422]


async def test_concurrent_merges_run_one_after_the_other(shop: Shop) -> None:
    pulls = [(await pull_request(shop, f"b{number}"))[0].number for number in range(4)]
    await asyncio.gather(*(shop.api.put(f"{shop.at}/pulls/{number}/merge") for number in pulls))
    for number in range(4):
        assert await shop.repo.git.read("main", f"b{number}0.py") is not None
