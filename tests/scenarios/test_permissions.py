"""What somebody was allowed to start stays, and a permission that GitHub does not tell is asked for again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.controls.faults import FaultKind
from sandbox.model.accounts import Actor, Role
from tests.world import REPO, World

PHASE_1 = "migration:phase-1"
BRANCH = "drover/1/phase-1"
PERMISSION = r"/collaborators/maya/permission$"


async def started(here: World) -> None:
    await here.label(PHASE_1)
    await here.until(lambda: "🔀 open" in here.status(), "the phase has its pull request")
    await here.settled()


async def restarted(here: World) -> None:
    """Nothing is remembered of what people could do before."""
    await here.stop_bot()
    await here.start_bot()
    await here.nudge()
    await here.settled()


def loses_rights(role: Role) -> Callable[[World], None]:
    return lambda here: here.forge.repos.set_role(REPO, "maya", role)


def has_another_name(here: World) -> None:
    here.forge.repos.rename_person("maya", "maya-smith")
    here.forge.people.add("maya")  # somebody else takes the old name


def is_deleted(here: World) -> None:
    here.forge.repos.delete_person("maya")


LEAVES = [
    *(pytest.param(loses_rights(role), id=role) for role in ("none", "read", "triage")),
    pytest.param(has_another_name, id="renamed"),
    pytest.param(is_deleted, id="deleted"),
]


@pytest.mark.parametrize("leaves", LEAVES)
async def test_a_phase_stays_open_when_whoever_started_it_leaves(
    here: World, leaves: Callable[[World], None]
) -> None:
    await started(here)
    leaves(here)
    await restarted(here)
    assert PHASE_1 in here.labels()
    (pull,) = here.pulls(BRANCH, state="open")
    await here.merge(pull.number, by="boss")
    await here.until(lambda: "✅ merged" in here.status(), "the migration goes on")
    await here.settled()
    assert PHASE_1 in here.labels()
    assert here.answers() == []


@pytest.mark.parametrize("leaves", LEAVES)
async def test_a_skip_stays_when_whoever_asked_for_it_leaves(
    here: World, leaves: Callable[[World], None]
) -> None:
    await here.comment("/migrate skip shop/b.py")
    await here.until(lambda: bool(here.answers()), "it is answered")
    await started(here)
    head = (await here.branches())[BRANCH]
    leaves(here)
    await restarted(here)
    assert (await here.branches())[BRANCH] == head
    await here.forge.issues.delete_comment(REPO, here.thread().comments[1].id, by="boss")
    await here.until(lambda: head not in here.pulls(BRANCH)[0].pull.head_sha, "without the comment, it ends")  # type: ignore[union-attr]
    await here.settled()


@pytest.mark.parametrize("trouble", ["403", "404", "500"])
async def test_a_permission_that_is_not_told_after_a_restart_changes_nothing(
    here: World, trouble: FaultKind
) -> None:
    await here.comment("/migrate skip shop/b.py")
    await here.until(lambda: bool(here.answers()), "it is answered")
    await started(here)
    branches, labels, said = await here.branches(), here.labels(), here.comments()
    here.forge.faults.answer(trouble, times=999, method="GET", path=PERMISSION)
    await restarted(here)
    assert await here.branches() == branches
    assert here.labels() >= labels
    assert here.comments() == said


@pytest.mark.parametrize("trouble", ["403", "404"])
async def test_a_permission_that_is_not_told_once_refuses_nothing(
    here: World, trouble: FaultKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.turn.turn.ASKED_AGAIN_AFTER", tuple(map(float, range(2, 600, 2))))
    outage = here.forge.faults.answer(trouble, times=999, method="GET", path=PERMISSION)
    for _ in range(3):
        await here.comment("/migrate help")
    await here.until(lambda: len(here.answers()) == 3, "help is given to everybody")
    await here.comment("/migrate start 1")
    await here.settled()
    assert here.pulls() == []
    outage.left = 0
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open, without another event")
    await here.settled()
    assert len(here.answers()) == 4


async def test_a_phase_that_another_app_asks_for_is_refused_at_once(here: World) -> None:
    """GitHub doesn't say what an App may do: 404, whenever it is asked."""
    helper = here.forge.apps.register("helper", "acme", permissions={"issues": "write"}, events=[])
    by = Actor(helper.bot, here.forge.apps.install(helper, REPO))
    await here.settled()
    await here.forge.issues.label(REPO, here.issue, PHASE_1, by=by)
    await here.until(lambda: PHASE_1 not in here.labels(), "the label is gone")
    await here.settled()
    assert here.pulls() == []
