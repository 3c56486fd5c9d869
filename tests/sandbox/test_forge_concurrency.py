"""Concurrent actions: the forge and git agree, whatever the order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from sandbox.access.refusals import Refusal
from sandbox.model.repositories import MergeMethod
from tests.sandbox_client import Shop, open_shop

Verb = Callable[[], Awaitable[object]]


def verbs(shop: Shop, login: str, dice: random.Random, text: str) -> list[Verb]:
    forge, repo = shop.forge, shop.repo
    branch, path = f"b{dice.randrange(3)}", f"f{dice.randrange(4)}.py"
    number = dice.choice([one.number for one in repo.pulls] or [0])
    methods: tuple[MergeMethod, ...] = ("merge", "squash", "rebase")
    method = dice.choice(methods)
    return [
        lambda: forge.repos.push(repo, {path: text}, text, by=login, branch=branch),
        lambda: forge.repos.push(repo, {path: text}, text, by=login),
        lambda: forge.repos.push(repo, {path: text}, text, by=login, branch=branch, onto="main"),
        lambda: forge.repos.delete_branch(repo, branch, by=login),
        lambda: forge.pulls.open(repo, branch, title=text, by=login),
        lambda: forge.pulls.merge(repo, number, by=login, method=method),
        lambda: forge.issues.close(repo, number, by=login),
        lambda: forge.issues.reopen(repo, number, by=login),
        lambda: forge.issues.comment(repo, number, "hello", by=login),
        lambda: shop.api("GET", f"{shop.at}/pulls/{number}"),
    ]


async def wander(shop: Shop, login: str, dice: random.Random) -> None:
    """Do random actions as one person; refusals are expected."""
    for step in range(12):
        with suppress(Refusal):
            await dice.choice(verbs(shop, login, dice, f"{login} {step}\n"))()


@pytest.mark.parametrize("seed", [1, 2, 13])
async def test_concurrent_actions_leave_a_consistent_state(tmp_path: Path, seed: int) -> None:
    async with open_shop(tmp_path) as shop:
        dice = [random.Random(seed * 10 + at) for at in range(4)]
        people = ("alice", "wendy", "alice", "wendy")
        await asyncio.gather(*(wander(shop, who, one) for who, one in zip(people, dice, strict=True)))
        await shop.forge.idle()
        assert shop.forge.crashes == []
        await shop.repo.git.run("fsck", "--strict", "--no-dangling")
        heads = await shop.repo.git.refs("refs/heads")
        for one in shop.repo.pulls:
            assert one.pull
            assert await shop.repo.git.ref(f"refs/pull/{one.number}/head") == one.pull.head_sha
            if one.state == "open":
                assert heads[f"refs/heads/{one.pull.head_ref}"] == one.pull.head_sha
            if one.pull.merged_at and one.pull.merge_commit_sha:
                assert await shop.repo.git.is_ancestor(one.pull.merge_commit_sha, heads["refs/heads/main"])
        open_heads = [one.pull.head_ref for one in shop.repo.pulls if one.pull and one.state == "open"]
        assert len(open_heads) == len(set(open_heads))
        follows_itself(shop)


def follows_itself(shop: Shop) -> None:
    """Return whether each push starts where the previous one on its branch ended."""
    ends: dict[str, str] = {}
    for push in shop.received.of("push"):
        assert ends.get(push["ref"], push["before"]) == push["before"]
        ends[push["ref"]] = push["after"]
