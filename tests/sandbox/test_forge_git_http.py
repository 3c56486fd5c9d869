"""git over HTTP, with the real git client."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from sandbox.model.repositories import Protection
from tests.sandbox_client import PERMISSIONS, Shop, open_shop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path) as one:
        yield one


class Clone:
    """A local clone."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def __call__(self, *args: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        env = {
            **os.environ,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
        }
        for who in ("AUTHOR", "COMMITTER"):
            env |= {f"GIT_{who}_NAME": "Wendy", f"GIT_{who}_EMAIL": "w@example.com"}
        return await asyncio.to_thread(
            subprocess.run,
            ["git", *args],
            cwd=self.path,
            env=env,
            input=stdin,
            capture_output=True,
            check=False,
        )

    async def ok(self, *args: str) -> str:
        done = await self(*args)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    async def commit(self, **files: str) -> str:
        for name, content in files.items():
            file = self.path / name.replace("__", "/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        await self.ok("add", "-A")
        await self.ok("commit", "-q", "-m", f"Change {', '.join(files)}")
        return await self.ok("rev-parse", "HEAD")


async def clone(shop: Shop, folder: Path, *options: str, token: str | None = None) -> Clone:
    folder.mkdir(exist_ok=True)
    target = folder / "clone"
    await Clone(folder).ok("clone", "-q", *options, shop.clone_url(token), str(target))
    return Clone(target)


async def test_shallow_and_partial_clones_work(shop: Shop, tmp_path: Path) -> None:
    await shop.forge.repos.push(shop.repo, {"a.py": "1\n"}, "Second", by="wendy")
    one = await clone(shop, tmp_path / "one", "--depth=1", "--filter=blob:none", "--no-checkout")
    assert await one.ok("rev-list", "--count", "HEAD") == "1"
    missing = await one.ok("rev-list", "--objects", "--missing=print", "HEAD")
    assert "?" in missing
    assert await one.ok("show", "HEAD:a.py") == "1"
    first = await shop.repo.git.revisions("--max-parents=0", "main")
    await one.ok("fetch", "-q", "--depth=1", "origin", first[0])


async def test_a_push_fires_webhooks_and_updates_pull_requests(shop: Shop, tmp_path: Path) -> None:
    one = await clone(
        shop, tmp_path / "one", token=shop.forge.tokens.personal(shop.forge.people.get("wendy"))
    )
    await one.ok("checkout", "-q", "-b", "work")
    first = await one.commit(a="1\n")
    await one.ok("push", "-q", "origin", "work")
    issue = await shop.forge.pulls.open(shop.repo, "work", title="Work", by="wendy")
    second = await one.commit(b="1\n")
    await one.ok("push", "-q", "origin", "work")
    assert issue.pull
    assert issue.pull.head_sha == second
    await one.ok("push", "-q", "origin", ":work")
    assert issue.state == "closed"
    await shop.forge.drained()
    names = [name for name in shop.received.names() if not name.startswith(("check", "installation"))]
    assert names == [
        "create",
        "push",
        "pull_request.opened",
        "push",
        "pull_request.synchronize",
        "push",
        "delete",
        "pull_request.closed",
    ]
    assert shop.received.of("push")[0]["after"] == first
    assert shop.received.of("push")[0]["pusher"]["name"] == "wendy"


async def test_objects_pushed_to_a_private_ref_are_available_in_the_api(shop: Shop, tmp_path: Path) -> None:
    one = await clone(shop, tmp_path / "one")
    sha = await one.commit(a="1\n")
    await one.ok("push", "-q", "origin", "HEAD:refs/drover/1/objects")
    tree = await one.ok("rev-parse", "HEAD^{tree}")
    parent = await one.ok("rev-parse", "HEAD^")
    made = await shop.api.post(f"{shop.at}/git/commits", {"message": "m", "tree": tree, "parents": [parent]})
    assert made["verification"]["verified"]
    assert made["sha"] != sha


async def test_what_an_app_has_just_created_is_not_there_for_the_first_request(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.controls.lag.FIRST_READ_SECONDS", 60.0)
    shop.forge.lag.first_read = True
    one = await clone(shop, tmp_path / "one")
    tip = await one.ok("rev-parse", "HEAD")
    await shop.api.post(f"{shop.at}/git/refs", {"ref": "refs/heads/fresh", "sha": tip})
    statuses = [(await shop.api("GET", f"{shop.at}/git/ref/heads/fresh")).status for _ in range(2)]
    assert statuses == [404, 200]
    fetches = [await one("fetch", "-q", "origin", "fresh") for _ in range(2)]
    assert [done.returncode == 0 for done in fetches] == [False, True]
    assert b"not our ref" in fetches[0].stderr
    await shop.forge.repos.create_branch(shop.repo, "of-a-person", by="wendy")
    assert (await shop.api("GET", f"{shop.at}/git/ref/heads/of-a-person")).status == 200


@pytest.mark.parametrize("login", ["tom", "rita", "sam"])
async def test_pushing_needs_write_access(shop: Shop, tmp_path: Path, login: str) -> None:
    token = shop.forge.tokens.personal(shop.forge.people.get(login))
    one = await clone(shop, tmp_path / "one", token=token)
    await one.commit(a="1\n")
    done = await one("push", "origin", "HEAD:work")
    assert done.returncode != 0
    assert await shop.repo.git.ref("refs/heads/work") is None


async def test_pushing_needs_authentication(shop: Shop, tmp_path: Path) -> None:
    one = await clone(shop, tmp_path / "one")
    await one.ok("remote", "set-url", "origin", f"{shop.server.url}/alice/shop.git")
    await one.ok("fetch", "-q")
    await one.commit(a="1\n")
    assert (await one("push", "origin", "HEAD:work")).returncode != 0


async def test_a_private_repository_can_be_cloned_only_with_access(tmp_path: Path) -> None:
    async with open_shop(tmp_path, private=True) as shop:
        await clone(shop, tmp_path / "one")
        for url in (f"{shop.server.url}/alice/shop.git", shop.clone_url("ghs_wrong")):
            assert (await Clone(tmp_path)("ls-remote", url)).returncode != 0
        stranger = shop.forge.tokens.personal(shop.forge.people.get("sam"))
        assert (await Clone(tmp_path)("ls-remote", shop.clone_url(stranger))).returncode != 0


async def test_an_expired_token_is_refused(shop: Shop, tmp_path: Path) -> None:
    one = await clone(shop, tmp_path / "one")
    await one.commit(a="1\n")
    shop.forge.tokens.expire_all()
    assert (await one("push", "origin", "HEAD:work")).returncode != 0


async def test_branch_protection_applies_to_git(shop: Shop, tmp_path: Path) -> None:
    token = shop.forge.tokens.personal(shop.forge.people.get("wendy"))
    one = await clone(shop, tmp_path / "one", token=token)
    await one.commit(a="1\n")
    shop.forge.repos.protect(shop.repo, "main", Protection(pull_request_required=True))
    done = await one("push", "origin", "HEAD:main", "HEAD:refs/heads/work")
    assert b"GH006: Protected branch update failed for refs/heads/main" in done.stderr
    assert b"Changes must be made through a pull request" in done.stderr
    assert await shop.repo.git.ref("refs/heads/work")
    shop.forge.repos.protect(shop.repo, "main", Protection())
    await one.ok("push", "-q", "origin", "HEAD:main")
    await one.ok("reset", "-q", "--hard", "HEAD^")
    await one.commit(b="1\n")
    done = await one("push", "--force", "origin", "HEAD:main")
    assert b"Cannot force-push to this branch" in done.stderr


async def test_refs_of_pull_requests_cannot_be_pushed(shop: Shop, tmp_path: Path) -> None:
    one = await clone(shop, tmp_path / "one")
    await one.commit(a="1\n")
    await one.ok("push", "-q", "origin", "HEAD:refs/heads/work")
    await shop.forge.pulls.open(shop.repo, "work", title="Work", by="wendy")
    await one.ok("fetch", "-q", "origin", "refs/pull/1/head")
    done = await one("push", "origin", "HEAD~1:refs/pull/1/head", "--force")
    assert b"deny updating a hidden ref" in done.stderr


async def test_pushing_workflows_needs_the_permission(shop: Shop, tmp_path: Path) -> None:
    one = await clone(shop, tmp_path / "one")
    await one.commit(**{".github__workflows__ci.yml": "on: push\n"})
    done = await one("push", "origin", "HEAD:work")
    assert (
        b"refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml`"
        in done.stderr
    )
    shop.installation.permissions["workflows"] = "write"
    url = shop.clone_url(shop.forge.apps.token(shop.installation).text)
    await one.ok("push", "-q", url, "HEAD:work")


async def test_an_app_needs_contents_permission_to_push(tmp_path: Path) -> None:
    async with open_shop(tmp_path, permissions={**PERMISSIONS, "contents": "read"}) as shop:
        one = await clone(shop, tmp_path / "one")
        await one.commit(a="1\n")
        assert (await one("push", "origin", "HEAD:work")).returncode != 0


async def test_a_large_push_arrives_in_chunks(shop: Shop, tmp_path: Path) -> None:
    one = await clone(shop, tmp_path / "one")
    (one.path / "big.bin").write_bytes(os.urandom(6 * 1024 * 1024))
    await one.commit(a="1\n")
    await one.ok("push", "-q", "origin", "HEAD:work")
    other = await clone(shop, tmp_path / "two", "--branch=work")
    assert (other.path / "big.bin").stat().st_size == 6 * 1024 * 1024


async def test_one_of_two_concurrent_pushes_is_rejected(shop: Shop, tmp_path: Path) -> None:
    clones = [await clone(shop, tmp_path / name) for name in ("one", "two")]
    for number, one in enumerate(clones):
        await one.commit(**{f"f{number}": "1\n"})
    done = await asyncio.gather(*(one("push", "origin", "HEAD:main") for one in clones))
    assert sorted(one.returncode for one in done) == [0, 1]


async def test_many_branches_in_one_push(shop: Shop, tmp_path: Path) -> None:
    one = await clone(shop, tmp_path / "one")
    await one.commit(a="1\n")
    await one.ok("push", "-q", "origin", *(f"HEAD:refs/heads/b{number}" for number in range(40)))
    assert len(await shop.repo.git.refs("refs/heads")) == 41


async def test_git_follows_a_renamed_repository(shop: Shop, tmp_path: Path) -> None:
    one = await clone(shop, tmp_path / "one")
    await shop.forge.repos.rename(shop.repo, "store", by="alice")
    await one.commit(a="1\n")
    await one.ok("push", "-q", "origin", "HEAD:work")
    asked = f"{shop.server.url}/alice/shop/info/refs?service=git-upload-pack"
    async with shop.session.get(asked, allow_redirects=False) as reply:
        there = f"{shop.server.url}/alice/store.git/info/refs?service=git-upload-pack"
        assert (reply.status, reply.headers["Location"]) == (301, there)


def children() -> set[str]:
    """Return the running child processes."""
    tasks = Path("/proc/self/task").iterdir()
    return {child for task in tasks for child in (task / "children").read_text().split()}


async def ended(before: set[str]) -> None:
    async with asyncio.timeout(10):
        while children() - before:
            await asyncio.sleep(0.01)


async def test_a_client_that_disconnects_while_fetching_leaves_no_process(shop: Shop) -> None:
    before = children()
    host, _, port = shop.server.url.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    tip = await shop.forge.repos.tip(shop.repo)
    head = f"POST /alice/shop.git/git-upload-pack HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n"
    kind = "Content-Type: application/x-git-upload-pack-request\r\n\r\n"
    line = f"0032want {tip}\n"
    writer.write(f"{head}{kind}{len(line):x}\r\n{line}\r\n".encode())
    await writer.drain()
    async with asyncio.timeout(10):
        while not children() - before:
            await asyncio.sleep(0.01)
    writer.close()
    await writer.wait_closed()
    await ended(before)
    await shop.api.get(shop.at)


async def test_a_push_that_is_killed_midway_changes_nothing(shop: Shop, tmp_path: Path) -> None:
    one = await clone(shop, tmp_path / "one")
    (one.path / "big.bin").write_bytes(os.urandom(4 * 1024 * 1024))
    await one.commit(a="1\n")
    before = children()
    started = asyncio.Event()

    async def note() -> None:
        started.set()

    shop.forge.faults.before(note, method="POST", path="git-receive-pack", times=2)
    push = await asyncio.create_subprocess_exec(
        *("git", "push", "-q", "origin", "HEAD:work"),
        cwd=one.path,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    await started.wait()
    os.killpg(push.pid, signal.SIGKILL)
    await push.wait()
    await ended(before)
    assert await shop.repo.git.ref("refs/heads/work") is None
    await one.ok("push", "-q", "origin", "HEAD:work")


async def test_ordered_faults_apply_to_git(shop: Shop, tmp_path: Path) -> None:
    shop.forge.faults.answer("502", path="git-upload-pack|info/refs")
    assert (await Clone(tmp_path)("ls-remote", shop.clone_url())).returncode != 0
    assert (await Clone(tmp_path)("ls-remote", shop.clone_url())).returncode == 0


async def test_an_interrupted_fetch_can_be_retried(shop: Shop, tmp_path: Path) -> None:
    shop.forge.faults.answer("cut", method="POST", path="git-upload-pack", times=2)
    assert (await Clone(tmp_path)("clone", "-q", shop.clone_url(), "one")).returncode != 0
    shop.forge.faults.clear()
    assert (await Clone(tmp_path)("clone", "-q", shop.clone_url(), "two")).returncode == 0


async def test_a_push_whose_answer_is_lost_still_takes_effect(shop: Shop, tmp_path: Path) -> None:
    one = await clone(shop, tmp_path / "one")
    sha = await one.commit(a="1\n")
    shop.forge.faults.answer("cut", method="POST", path="git-receive-pack")
    assert (await one("push", "origin", "HEAD:work")).returncode != 0
    assert await shop.repo.git.ref("refs/heads/work") == sha


async def test_only_repositories_are_served(shop: Shop) -> None:
    for path in ("/alice/none.git/info/refs", "/alice/..%2f..%2fetc.git/info/refs"):
        async with shop.session.get(f"{shop.server.url}{path}?service=git-upload-pack") as reply:
            assert reply.status in (401, 404)
    with pytest.raises(aiohttp.ClientResponseError):
        async with shop.session.get(
            f"{shop.server.url}/alice/shop.git/info/refs?service=x", raise_for_status=True
        ):
            pass
