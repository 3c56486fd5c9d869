"""A box is ticked when its comment is edited, whatever else moves the comment's `updated_at`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.look.late_ticks import LateTicks, late_ticks
from bot.markers.hidden import box_marker
from bot.store import Migration, Store, open_store
from tests.github.test_github import SandboxedApp, sandboxed_app

BOX = f"- [x] Start phase 1 {box_marker('start-1')}"


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[SandboxedApp]:
    async with sandboxed_app(tmp_path) as one:
        yield one


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path}/drover.db") as found:
        found.prepare()
        yield found


async def test_a_reaction_to_the_status_comment_makes_no_known_tick_late(
    sandbox: SandboxedApp, store: Store
) -> None:
    number = await sandbox.issue("t", "migration")
    migration = Migration(1, number, sandbox.installed.id, "acme/shop")
    comment = await sandbox.repo.comments.create(number, BOX.replace("[x]", "[ ]"))
    await sandbox.forge.issues.edit_comment("acme/shop", comment.id, BOX, by="maya")
    at = sandbox.forge.clock.seconds()

    async def late() -> LateTicks:
        (shown,) = await sandbox.repo.comments.of(number)
        context: Any = SimpleNamespace(repo=sandbox.repo, store=store)
        return await late_ticks(context, migration, shown)

    sandbox.forge.clock.advance(minutes=1)
    await sandbox.forge.issues.react("acme/shop", number, "heart", by="reed", comment_id=comment.id)
    found = await late()
    assert (found.boxes, found.editor) == (("start-1",), "maya")
    assert found.at == pytest.approx(at, abs=2)
    request = f"box-{comment.id}-start-1-d"
    store.requests.add_all([(migration, request, {"id": request, "box": "start-1"}, at)])
    assert (await late()).boxes == ()
