"""Fixtures: a world, with the bot in this process or not yet started."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from bot.service import tune_gc
from tests.world import World, world

# Where the tests' Postgres has its socket; it must be ours alone.
_SOCKETS = Path(tempfile.gettempdir()) / f"drover-run-{os.getuid()}"
_SOCKETS.mkdir(mode=0o700, exist_ok=True)
os.environ.setdefault("XDG_RUNTIME_DIR", str(_SOCKETS))

# A shell that starts the tests in the background has them ignore Ctrl-C, and so would what they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("drover", derandomize=True, deadline=None, max_examples=100)
settings.load_profile("drover")


def pytest_collection_finish() -> None:
    """As `serve` does: most tests do its work in this process."""
    tune_gc()


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[World]:
    """The forge and the repository; the bot is not started."""
    async with world(tmp_path) as here:
        yield here


@pytest.fixture
async def here(place: World) -> World:
    """With the bot running in this process, and the tracking issue adopted."""
    await place.start_bot()
    await place.open_issue()
    await place.label("migration")
    await place.until(lambda: place.status_comment() is not None, "the status comment is there")
    return place
