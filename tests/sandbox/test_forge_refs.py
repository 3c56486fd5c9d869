"""Refs, commits and trees: what can be updated, and what is verified."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from sandbox.access.refusals import Refusal
from sandbox.git.fast_import import Content, FileWithMode
from sandbox.git.signing import web_public_key
from sandbox.model.repositories import Protection, RuleSet
from tests.sandbox_client import PERMISSIONS, Shop, open_shop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as one:
        yield one


async def side_commit(shop: Shop, **files: str) -> str:
    """Create a commit on top of main that is on no branch."""
    tip = await shop.forge.repos.tip(shop.repo)
    sha = await shop.forge.repos.push(
        shop.repo, files or {"x": "1"}, "Side", by="wendy", branch="tmp", onto=tip
    )
    await shop.forge.repos.delete_branch(shop.repo, "tmp", by="wendy")
    return sha


async def test_a_ref_is_updated_only_forward_unless_forced(shop: Shop) -> None:
    tip = await shop.forge.repos.tip(shop.repo)
    one, other = await side_commit(shop, a="1"), await side_commit(shop, b="1")
    await shop.api.post(f"{shop.at}/git/refs", {"ref": "refs/heads/b", "sha": tip})
    at = f"{shop.at}/git/refs/heads/b"
    await shop.api.patch(at, {"sha": one})
    reply = await shop.api("PATCH", at, {"sha": other})
    assert (reply.status, reply.body["message"]) == (422, "Update is not a fast forward")
    assert (await shop.api.patch(at, {"sha": other, "force": True}))["object"]["sha"] == other


@pytest.mark.parametrize(
    ("ref", "sha", "says"),
    [
        ("refs/heads/main", None, "Reference already exists"),
        ("heads/x", None, "Reference name must start with 'refs/'"),
        ("refs/x", None, "is not a valid ref name"),
        ("refs/heads/a..b", None, "is not a valid ref name"),
        ("refs/heads/x", "1" * 40, "Object does not exist"),
        ("refs/heads/main/x", None, "Reference update failed"),
        ("refs/pull/1/head", None, "hidden ref"),
    ],
)
async def test_an_invalid_ref_is_refused(shop: Shop, ref: str, sha: str | None, says: str) -> None:
    tip = await shop.forge.repos.tip(shop.repo)
    reply = await shop.api("POST", f"{shop.at}/git/refs", {"ref": ref, "sha": sha or tip})
    assert reply.status == 422
    assert says in reply.body["message"]


async def test_updating_a_missing_ref_is_refused(shop: Shop) -> None:
    tip = await shop.forge.repos.tip(shop.repo)
    assert (await shop.api("GET", f"{shop.at}/git/ref/heads/none")).status == 404
    for method, body in (("PATCH", {"sha": tip}), ("DELETE", None)):
        reply = await shop.api(method, f"{shop.at}/git/refs/heads/none", body)
        assert (reply.status, reply.body["message"]) == (422, "Reference does not exist")
    assert await shop.api.get(f"{shop.at}/git/matching-refs/heads/none") == []


async def test_private_refs_fire_no_events(shop: Shop) -> None:
    sha = await side_commit(shop)
    await shop.forge.drained()
    shop.received.events.clear()
    await shop.api.post(f"{shop.at}/git/refs", {"ref": "refs/drover/1/objects", "sha": sha})
    await shop.forge.drained()
    assert shop.received.names() == []
    found = await shop.api.get(f"{shop.at}/git/matching-refs/drover/")
    assert [one["ref"] for one in found] == ["refs/drover/1/objects"]


async def test_branches_can_have_unusual_names(shop: Shop) -> None:
    tip = await shop.forge.repos.tip(shop.repo)
    for name in ("-dash", "a b".replace(" ", "é"), "x#1", "100%", "drover/1/phase-1"):
        made = await shop.api.post(f"{shop.at}/git/refs", {"ref": f"refs/heads/{name}", "sha": tip})
        there = (
            made["url"]
            .removeprefix(shop.server.api_url)
            .replace("/git/", "/git/ref/", 1)
            .replace("ref/refs", "ref")
        )
        assert (await shop.api.get(there))["ref"] == f"refs/heads/{name}"
        assert await shop.repo.git.resolve(name) == tip
        await shop.forge.repos.push(shop.repo, {"q": name}, "Q", by="wendy", branch=name)
    assert len(await shop.api.get(f"{shop.at}/branches")) == 6


async def test_an_apps_commit_without_author_is_verified(shop: Shop, tmp_path: Path) -> None:
    sha = await side_commit(shop)
    tree = (await shop.repo.git.commit(sha)).tree
    body = {
        "message": "Batch 1\n\nDrover-Batch: 1",
        "tree": tree,
        "parents": [await shop.forge.repos.tip(shop.repo)],
    }
    made = await shop.api.post(f"{shop.at}/git/commits", body)
    assert made["verification"]["verified"]
    assert made["author"]["name"] == "drover[bot]"
    assert made["committer"]["name"] == "GitHub"
    shown = await shop.api.get(f"{shop.at}/commits/{made['sha']}")
    assert (shown["author"]["login"], shown["committer"]["login"]) == ("drover[bot]", "web-flow")
    signers = tmp_path / "signers"
    signers.write_text(f"noreply@github.com {web_public_key()}\n")
    checked = subprocess.run(
        ["git", "-c", f"gpg.ssh.allowedSignersFile={signers}", "verify-commit", "--raw", made["sha"]],
        cwd=shop.repo.git.path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("who", ["author", "committer"])
async def test_a_commit_with_an_explicit_author_is_not_verified(shop: Shop, who: str) -> None:
    tip = await shop.repo.git.commit(await shop.forge.repos.tip(shop.repo))
    body = {"message": "m", "tree": tip.tree, "parents": [tip.sha]}
    person = {"name": "A", "email": "a@example.com", "date": "2026-01-02T03:04:05+02:00"}
    made = await shop.api.post(f"{shop.at}/git/commits", {**body, who: person})
    assert (made["verification"]["verified"], made["verification"]["reason"]) == (False, "unsigned")
    assert (made[who]["name"], made[who]["date"]) == ("A", "2026-01-02T01:04:05Z")
    by_person = await shop.as_user("wendy").post(f"{shop.at}/git/commits", body)
    assert not by_person["verification"]["verified"]


async def test_a_commit_of_missing_objects_is_refused(shop: Shop) -> None:
    tip = await shop.repo.git.commit(await shop.forge.repos.tip(shop.repo))
    at = f"{shop.at}/git/commits"
    assert (await shop.api("POST", at, {"message": "m", "tree": "0" * 40, "parents": []})).status == 422
    assert (
        await shop.api("POST", at, {"message": "m", "tree": tip.tree, "parents": [tip.tree]})
    ).status == 422
    assert (await shop.api("POST", at, {"message": "m"})).status == 422


async def test_a_tree_is_changed_entry_by_entry(shop: Shop) -> None:
    tip = await shop.repo.git.commit(await shop.forge.repos.tip(shop.repo))
    entries = [
        {"path": "shop/engine.py", "mode": "100644", "type": "blob", "sha": None},
        {"path": "deep/er/new.py", "mode": "100755", "type": "blob", "content": "x\n"},
    ]
    made = await shop.api.post(f"{shop.at}/git/trees", {"base_tree": tip.tree, "tree": entries})
    found = await shop.api.get(f"{shop.at}/git/trees/{made['sha']}?recursive=1")
    paths = {one["path"]: one["mode"] for one in found["tree"]}
    assert "shop/engine.py" not in paths
    assert paths["deep/er/new.py"] == "100755"
    assert paths["deep/er"] == "040000"


RULES = Protection(required_checks=("ci / tests",), pull_request_required=True)


async def test_a_protected_branch_changes_only_through_pull_requests(shop: Shop) -> None:
    shop.forge.repos.protect(shop.repo, "main", RULES)
    sha = await side_commit(shop)
    reply = await shop.api("PATCH", f"{shop.at}/git/refs/heads/main", {"sha": sha})
    assert (reply.status, reply.body["message"]) == (422, "Changes must be made through a pull request.")
    with pytest.raises(Refusal):
        await shop.forge.repos.push(shop.repo, {"a": "1"}, "A", by="wendy")
    await shop.forge.repos.push(shop.repo, {"a": "1"}, "Alice may", by="alice")
    branch = await shop.api.get(f"{shop.at}/branches/main")
    assert branch["protected"]
    assert branch["protection"]["required_status_checks"]["contexts"] == ["ci / tests"]


async def test_a_protected_branch_can_be_neither_forced_nor_deleted(shop: Shop) -> None:
    await shop.forge.repos.create_branch(shop.repo, "stable", by="alice")
    shop.forge.repos.protect(shop.repo, "stable", Protection(enforce_admins=True))
    sha = await side_commit(shop)
    await shop.forge.repos.push(shop.repo, {"a": "1"}, "On", by="wendy", branch="stable")
    for who in ("wendy", "alice"):
        with pytest.raises(Refusal, match="Cannot force-push"):
            await shop.forge.repos.update_ref(shop.repo, "refs/heads/stable", sha, by=who, force=True)
        with pytest.raises(Refusal, match="Cannot delete"):
            await shop.forge.repos.delete_branch(shop.repo, "stable", by=who)


@pytest.mark.parametrize(
    ("rules", "refused"),
    [
        (RuleSet(creation=True), "creations being restricted"),
        (RuleSet(pull_request=True), "Changes must be made through a pull request"),
        (RuleSet(restricted_paths=("x",)), "File path is restricted: x"),
        (RuleSet(largest_file=0, branches="other"), None),
    ],
)
async def test_a_rule_set_refuses_a_new_branch(shop: Shop, rules: RuleSet, refused: str | None) -> None:
    sha = await side_commit(shop)
    shop.forge.repos.add_rule_set(shop.repo, rules)
    reply = await shop.api("POST", f"{shop.at}/git/refs", {"ref": "refs/heads/b", "sha": sha})
    assert reply.status == (422 if refused else 201)
    assert (refused or "refs/heads/b") in str(reply.body)


async def test_a_rule_set_keeps_a_branch_from_being_forced_and_deleted(shop: Shop) -> None:
    one, other = await side_commit(shop, a="1"), await side_commit(shop, b="1")
    await shop.api.post(f"{shop.at}/git/refs", {"ref": "refs/heads/b", "sha": one})
    shop.forge.repos.add_rule_set(shop.repo, RuleSet(force_pushes=True, deletion=True))
    at = f"{shop.at}/git/refs/heads/b"
    forced = await shop.api("PATCH", at, {"sha": other, "force": True})
    assert (forced.status, "Cannot force-push to this branch" in forced.body["message"]) == (422, True)
    deleted = await shop.api("DELETE", at)
    assert (deleted.status, "Cannot delete this branch" in deleted.body["message"]) == (422, True)
    kinds = [one["type"] for one in await shop.api.get(f"{shop.at}/rules/branches/b")]
    assert kinds == ["deletion", "non_fast_forward"]


async def test_the_default_branch_cannot_be_deleted(shop: Shop) -> None:
    with pytest.raises(Refusal, match="default branch"):
        await shop.forge.repos.delete_branch(shop.repo, "main", by="alice")


async def test_changing_workflows_needs_the_permission(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        sha = await side_commit(shop, **{".github/workflows/ci.yml": "on: push\n"})
        reply = await shop.api("POST", f"{shop.at}/git/refs", {"ref": "refs/heads/ci", "sha": sha})
        assert (reply.status, reply.body["message"]) == (403, "Resource not accessible by integration")
    async with open_shop(tmp_path / "other", permissions={**PERMISSIONS, "workflows": "write"}) as shop:
        sha = await side_commit(shop, **{".github/workflows/ci.yml": "on: push\n"})
        await shop.api.post(f"{shop.at}/git/refs", {"ref": "refs/heads/ci", "sha": sha})


async def test_a_push_event_lists_commits_and_files(shop: Shop) -> None:
    before = await shop.forge.repos.tip(shop.repo)
    files = {"shop/engine.py": None, "shop/motor.py": "class Engine:\n    pass\n", "README.md": "# New\n"}
    after = await shop.forge.repos.push(shop.repo, files, "Rename\n\nbody\n", by="wendy")
    await shop.forge.drained()
    (push,) = shop.received.of("push")
    assert (push["before"], push["after"], push["ref"]) == (before, after, "refs/heads/main")
    (commit,) = push["commits"]
    assert commit["modified"] == ["README.md"]
    assert commit["added"] == ["shop/motor.py"]
    assert commit["removed"] == ["shop/engine.py"]
    assert push["head_commit"]["id"] == after
    assert (push["created"], push["deleted"], push["forced"]) == (False, False, False)
    assert commit["author"]["username"] == "wendy"


async def test_push_events_mark_created_forced_and_deleted_refs(shop: Shop) -> None:
    tip = await shop.forge.repos.tip(shop.repo)
    await shop.forge.repos.push(shop.repo, {"a": "1"}, "A", by="wendy", branch="b")
    await shop.forge.repos.push(shop.repo, {"a": "2"}, "A", by="wendy", branch="b", onto=tip)
    await shop.forge.repos.delete_branch(shop.repo, "b", by="wendy")
    await shop.forge.drained()
    names = [name for name in shop.received.names() if name in ("create", "push", "delete")]
    assert names == ["create", "push", "push", "push", "delete"]
    pushes = shop.received.of("push")
    assert [(one["created"], one["forced"], one["deleted"]) for one in pushes] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    assert pushes[2]["head_commit"] is None


ODD: Mapping[str, Content] = {
    "with space.py": "1",
    "ünï/côde.py": "2",
    "-dash.py": "3",
    'quo"te\\back.py': "4",
    "new\nline.py": "5",
    "tab\there.py": "6",
    "link": FileWithMode(b"README.md", "120000"),
    "run.sh": FileWithMode(b"#!/bin/sh\n", "100755"),
}


async def test_a_symlink_is_followed(shop: Shop) -> None:
    files = {
        "docs/in": FileWithMode(b"../README.md", "120000"),
        "docs/out": FileWithMode(b"/etc/passwd", "120000"),
    }
    await shop.forge.repos.push(shop.repo, files, "Links", by="wendy")
    inside = await shop.api.get(f"{shop.at}/contents/docs/in")
    outside = await shop.api.get(f"{shop.at}/contents/docs/out")
    assert (inside["type"], inside["path"]) == ("file", "README.md")
    assert (outside["type"], outside["target"]) == ("symlink", "/etc/passwd")


async def test_unusual_file_names_survive(shop: Shop) -> None:
    sha = await shop.forge.repos.push(shop.repo, ODD, "Odd", by="wendy")
    shown = await shop.api.get(f"{shop.at}/commits/{sha}")
    assert {one["filename"] for one in shown["files"]} == set(ODD)
    for file in shown["files"]:
        there = file["contents_url"].removeprefix(shop.server.api_url)
        shown_path = (await shop.api.get(there))["path"]
        assert shown_path == ("README.md" if file["filename"] == "link" else file["filename"])
    sha = await shop.forge.repos.push(shop.repo, {"link": "a file now\n", "README.md": None}, "T", by="wendy")
    shown = await shop.api.get(f"{shop.at}/commits/{sha}")
    assert {one["filename"]: one["status"] for one in shown["files"]} == {
        "link": "changed",
        "README.md": "removed",
    }


async def test_a_comparison_counts_commits_ahead_and_behind(shop: Shop) -> None:
    await shop.forge.repos.create_branch(shop.repo, "old", by="wendy")
    await shop.forge.repos.push(shop.repo, {"a.py": "1\n"}, "Ahead", by="wendy")
    same = await shop.api.get(f"{shop.at}/compare/main...main")
    ahead = await shop.api.get(f"{shop.at}/compare/old...main")
    behind = await shop.api.get(f"{shop.at}/compare/main...old")
    await shop.forge.repos.push(shop.repo, {"b.py": "1\n"}, "Beside", by="wendy", branch="old")
    both = await shop.api.get(f"{shop.at}/compare/old...main")
    assert [one["status"] for one in (same, ahead, behind, both)] == [
        "identical",
        "ahead",
        "behind",
        "diverged",
    ]
    assert (both["ahead_by"], both["behind_by"]) == (1, 1)
    assert [one["filename"] for one in both["files"]] == ["a.py"]


async def test_an_empty_repository_is_reported_as_empty(shop: Shop) -> None:
    await shop.forge.repos.create("alice/empty")
    reply = await shop.as_user("alice")("GET", "/repos/alice/empty/commits")
    assert (reply.status, reply.body["message"]) == (409, "Git Repository is empty.")
    assert (await shop.as_user("alice").get("/repos/alice/empty/branches")) == []
    await shop.forge.repos.push("alice/empty", {"a": "1"}, "First", by="alice")
    assert len(await shop.as_user("alice").get("/repos/alice/empty/commits")) == 1


async def test_a_repository_can_be_created_from_a_local_one(shop: Shop) -> None:
    await shop.forge.repos.push(shop.repo, {"a": "1"}, "A", by="wendy", branch="side")
    copy = await shop.forge.repos.create("sam/copy", source=shop.repo.git.path)
    assert await copy.git.refs("refs/heads") == await shop.repo.git.refs("refs/heads")
    assert (await shop.anonymous().get("/repos/sam/copy/branches/side"))["name"] == "side"


async def test_many_files_are_committed_at_once(shop: Shop) -> None:
    files = {f"pkg/m{number}.py": f"x = {number}\n" for number in range(3000)}
    await shop.forge.repos.push(shop.repo, files, "Many", by="wendy", branch="many")
    tree = await shop.api.get(f"{shop.at}/git/trees/many?recursive=1")
    assert len(tree["tree"]) == 3000 + 1 + 8
    pull = await shop.forge.pulls.open(shop.repo, "many", title="Many", by="wendy")
    shown = await shop.api.get(f"{shop.at}/pulls/{pull.number}")
    assert (shown["changed_files"], shown["additions"]) == (3000, 3000)
