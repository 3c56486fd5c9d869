"""git against the small GitHub: its rules on pushes, its trouble, tokens that end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from bot.git.mirror import Mirror, Mirrors
from bot.git.objects import NewCommit, Person
from bot.git.remote import AcceptedPush, RejectedPush, RemoteFailed
from sandbox.model.repositories import Protection, RuleSet
from tests.github.test_github import SandboxedApp, sandboxed_app

T = TypeVar("T")
ANN = Person("Ann", "ann@example.org", datetime(2026, 1, 1, tzinfo=UTC))
BRANCH = "refs/heads/drover/7/phase-1"


class MirrorSetup:
    def __init__(self, sandbox: SandboxedApp, home: Path) -> None:
        self.sandbox, self.mirrors = sandbox, Mirrors(home / "data", 1 << 40)

    async def do(self, what: Callable[[Mirror], T], token: str | None = None) -> T:
        details = await self.sandbox.repo.details()
        with_token = token or await self.sandbox.installation.token()

        def work() -> T:
            with self.mirrors.open(details.id, details.clone_url, with_token) as mirror:
                mirror.remote._sleep = lambda _: None
                return what(mirror)

        return await asyncio.to_thread(work)

    async def push(self, path: str, ref: str, token: str | None = None) -> AcceptedPush | RejectedPush:
        def work(mirror: Mirror) -> AcceptedPush | RejectedPush:
            base = mirror.fetch_branch("main")
            (new,) = mirror.commits(base, [NewCommit("x", {path: b"new\n"}, ANN)])
            return mirror.remote.push([f"+{new}:{ref}"])

        return await self.do(work, token)


@asynccontextmanager
async def workplace(home: Path) -> AsyncIterator[MirrorSetup]:
    async with sandboxed_app(home) as sandbox:
        sandbox.forge.lag.first_read = False  # git is run without the turn that asks again
        yield MirrorSetup(sandbox, home)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[MirrorSetup]:
    async with workplace(tmp_path) as one:
        yield one


async def test_a_branch_is_pushed_and_seen_over_the_api(here: MirrorSetup) -> None:
    assert await here.push("b.py", BRANCH) == AcceptedPush((BRANCH,))
    ref = await here.sandbox.repo.refs.get(BRANCH)
    assert ref is not None
    seen = here.sandbox.forge.repo("acme/shop").git
    assert await seen.run("show", f"{ref.sha}:b.py") == b"new\n"


async def test_a_protected_branch_says_that_it_is_one(here: MirrorSetup) -> None:
    here.sandbox.forge.repos.protect(
        "acme/shop", "main", Protection(required_checks=("ci",), enforce_admins=True)
    )
    rejected = await here.push("b.py", "refs/heads/main")
    assert isinstance(rejected, RejectedPush)
    assert (rejected.kind, rejected.ref) == ("declined", "refs/heads/main")
    assert "protected branch" in rejected.reason.lower()


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (RuleSet(creation=True), "creations being restricted"),
        (RuleSet(restricted_paths=("b.*",)), "File path is restricted: b.py"),
        (RuleSet(largest_file=2), "File size limit exceeded: b.py"),
    ],
)
async def test_a_rule_set_refuses_a_push(here: MirrorSetup, rules: RuleSet, says: str) -> None:
    here.sandbox.forge.repos.add_rule_set("acme/shop", rules)
    rejected = await here.push("b.py", BRANCH)
    assert isinstance(rejected, RejectedPush)
    assert rejected.kind == "declined"
    assert says in rejected.reason


async def test_workflows_need_a_permission_of_their_own(here: MirrorSetup) -> None:
    rejected = await here.push(".github/workflows/ci.yml", BRANCH)
    assert isinstance(rejected, RejectedPush)
    assert rejected.kind == "declined"
    assert "workflow" in rejected.reason


async def test_a_push_with_read_access_is_denied(here: MirrorSetup) -> None:
    here.sandbox.installed.permissions = {"metadata": "read", "contents": "read"}
    assert isinstance(await here.push("b.py", BRANCH), RejectedPush)


async def test_an_expired_token_is_denied_and_a_new_one_is_not(here: MirrorSetup) -> None:
    old = await here.sandbox.installation.token()
    here.sandbox.forge.clock.advance(hours=2)
    with pytest.raises(RemoteFailed) as raised:
        await here.push("b.py", BRANCH, token=old)
    assert raised.value.reason == "unauthorized"
    assert isinstance(await here.push("b.py", BRANCH), AcceptedPush)


@pytest.mark.parametrize("trouble", ["502", "500"])
async def test_trouble_over_the_connection_is_tried_again(here: MirrorSetup, trouble: str) -> None:
    here.sandbox.forge.faults.answer(trouble, times=1, path=r"\.git/info/refs")  # type: ignore[arg-type]
    here.sandbox.forge.faults.answer(trouble, times=1, path=r"\.git/git-receive-pack")  # type: ignore[arg-type]
    assert isinstance(await here.push("b.py", BRANCH), AcceptedPush)


async def test_a_server_that_keeps_failing_is_unreachable(here: MirrorSetup) -> None:
    here.sandbox.forge.faults.answer("502", times=50, path=r"\.git/")
    with pytest.raises(RemoteFailed) as raised:
        await here.push("b.py", BRANCH)
    assert raised.value.reason == "unreachable"


async def test_a_deleted_repository_is_missing(here: MirrorSetup) -> None:
    details = await here.sandbox.repo.details()
    token = await here.sandbox.installation.token()
    await here.sandbox.forge.repos.delete("acme/shop", by="acme")

    def work() -> None:
        with here.mirrors.open(details.id, details.clone_url, token) as mirror:
            mirror.fetch_branch("main")

    with pytest.raises(RemoteFailed) as raised:
        await asyncio.to_thread(work)
    assert raised.value.reason in ("missing", "denied")


async def test_a_renamed_repository_is_reached_by_its_new_address_alone(here: MirrorSetup) -> None:
    old = (await here.sandbox.repo.details()).clone_url
    await here.sandbox.forge.repos.rename("acme/shop", "store", by="acme")
    new = (await here.sandbox.installation.repo_by_id((await here.sandbox.repo.details()).id)).clone_url
    token = await here.sandbox.installation.token()

    def work(url: str) -> str:
        with here.mirrors.open(1, url, token) as mirror:
            mirror.remote._sleep = lambda _: None
            return mirror.fetch_branch("main")

    assert await asyncio.to_thread(work, new) == await here.sandbox.forge.repos.tip("acme/store")
    with pytest.raises(RemoteFailed) as raised:
        await asyncio.to_thread(work, old)
    assert raised.value.reason == "unreachable"


async def test_somebody_elses_earlier_push_is_not_overwritten(here: MirrorSetup) -> None:
    def work(mirror: Mirror) -> tuple[str, str]:
        base = mirror.fetch_branch("main")
        one, other = (mirror.commits(base, [NewCommit(name, {name: b""}, ANN)])[0] for name in "xy")
        assert isinstance(mirror.remote.push([f"{one}:{BRANCH}"], {BRANCH: None}), AcceptedPush)
        return one, other

    one, other = await here.do(work)
    name = BRANCH.removeprefix("refs/heads/")
    theirs = await here.sandbox.forge.repos.push("acme/shop", {"z": b""}, "mine", by="maya", branch=name)
    rejected = await here.do(lambda mirror: mirror.remote.push([f"+{other}:{BRANCH}"], {BRANCH: one}))
    assert isinstance(rejected, RejectedPush)
    assert rejected.kind == "stale"
    seen = await here.sandbox.repo.refs.get(BRANCH)
    assert seen is not None
    assert seen.sha == theirs
