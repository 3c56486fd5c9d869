"""Tokens that end in the middle, and an App that is suspended or removed while it works."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from sandbox.controls.faults import FaultKind
from sandbox.model.repositories import Protection
from tests.scenarios.test_trouble import BRANCH, started
from tests.world import PLAN, REPO, World

FETCH, PUSH = r"git-upload-pack$", r"git-receive-pack$"
DISCOVER = r"\.git/info/refs$"
MINT = r"/access_tokens$"


@pytest.mark.parametrize(
    ("method", "path", "times"), [("GET", DISCOVER, 2), ("POST", PUSH, 2), ("POST", r"/check-runs$", 1)]
)
async def test_a_token_that_ends_in_the_middle_is_renewed(
    here: World, method: str, path: str, times: int
) -> None:
    await here.settled()
    await here.push({"shop/d.py": "from shop.old import Old\n\nd = Old\n"}, "More")
    ended = here.forge.faults.answer("expired", times=times, method=method, path=path)
    await started(here)
    assert ended.left == 0
    assert len(here.pulls(BRANCH)) == 1
    assert not any("drover:crash" in one for one in here.comments())


async def test_a_token_that_ends_at_graphql_is_renewed(here: World) -> None:
    await here.push({".github/migrations/old.yml": f"{PLAN}merge: auto\n"}, "Plan")
    here.forge.repo(REPO).allow_auto_merge = True
    here.forge.repos.protect(REPO, "main", Protection(required_checks=("ci",)))
    await here.settled()
    ended = here.forge.faults.answer("expired", method="POST", path=r"^/graphql$")
    await started(here)
    (pull,) = here.pulls(BRANCH)
    assert pull.pull is not None
    await here.until(lambda: bool(pull.pull and pull.pull.auto_merge), "auto-merge is on")
    assert ended.left == 0


@pytest.mark.parametrize("path", [FETCH, PUSH])
async def test_all_tokens_that_end_at_once_are_renewed(here: World, path: str) -> None:
    await here.settled()
    await here.push({"shop/d.py": "from shop.old import Old\n\nd = Old\n"}, "More")

    async def expire() -> None:
        here.forge.tokens.expire_all()

    here.forge.faults.before(expire, times=2, path=path)
    await started(here)
    assert len(here.pulls(BRANCH)) == 1
    assert not any("drover:crash" in one for one in here.comments())


@pytest.mark.parametrize("trouble", ["403", "404"])
async def test_a_token_that_is_not_given_once_is_asked_for_again(here: World, trouble: FaultKind) -> None:
    await here.settled()
    here.forge.tokens.expire_all()
    here.forge.faults.answer(trouble, method="POST", path=MINT)
    await here.label("migration:phase-1")
    await here.settled()
    await here.nudge()
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open")
    await here.settled()


async def ended_in_the_middle(here: World, path: str, end: Callable[[], None]) -> None:
    """Pushed to and started; the access ends just before that request."""
    ended = asyncio.Event()

    async def access_ends() -> None:
        end()
        ended.set()

    await here.settled()
    here.forge.faults.before(access_ends, path=path)
    await here.push({"shop/d.py": "from shop.old import Old\n\nd = Old\n"}, "More")
    await here.label("migration:phase-1")
    await here.until(ended.is_set, "the access has ended")
    await here.settled()


async def open_once(here: World) -> None:
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open")
    await here.settled()
    assert len(here.pulls(BRANCH)) == 1
    assert not any("drover:crash" in one for one in here.comments())


@pytest.mark.parametrize("path", [FETCH, PUSH])
async def test_an_app_that_is_suspended_in_the_middle_goes_on_when_it_is_back(here: World, path: str) -> None:
    apps, one = here.forge.apps, here.installation
    await ended_in_the_middle(here, path, lambda: apps.suspend(one, by="boss"))
    apps.unsuspend(one, by="boss")
    await open_once(here)


@pytest.mark.parametrize("path", [FETCH, PUSH])
async def test_an_app_that_is_removed_in_the_middle_goes_on_when_it_is_installed_again(
    here: World, path: str
) -> None:
    apps, one = here.forge.apps, here.installation
    await ended_in_the_middle(here, path, lambda: apps.uninstall(one, by="boss"))
    apps.install(here.app, REPO)
    await open_once(here)
