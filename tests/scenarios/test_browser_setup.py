"""From nothing to the first pull request, by clicking: an empty data folder, the set-up page, the App, a label."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from sandbox.forge import Forge
from sandbox.pages.routes import setup_pages
from sandbox.server import Server, serve
from tests.chromium import PHONE, WIDE, Window, chromium, window
from tests.world import FILES, ROOT, free_port

pytestmark = pytest.mark.browser
SOON = 60_000
REPO = "maya/shop"
FIVE_MINUTES = 300.0


@dataclass
class BareServer:
    """`drover serve` without an App, in an empty folder."""

    url: str
    folder: Path
    log: Path

    def code(self) -> str | None:
        found = re.search(r"The set-up code is ([a-z0-9-]+)", self.log.read_text())
        return found[1] if found else None


@contextmanager
def bare_server(home: Path, api_url: str) -> Iterator[BareServer]:
    port, log, folder = free_port(), home / "bot.log", home / "data"
    environment = {
        **{name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ},
        "HOME": str(home),
        "DATA_DIR": str(folder),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "GITHUB_API_URL": api_url,
        "WRITE_PAUSE": "0",
        "LOG_FORMAT": "text",
        "LOG_LEVEL": "ERROR",
    }
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "app.py", "serve"], cwd=ROOT, env=environment, stdout=out, stderr=out
        )
    try:
        yield BareServer(f"http://127.0.0.1:{port}", folder, log)
        process.terminate()
        assert process.wait(30) == 0, log.read_text()
    finally:
        process.kill()
        process.wait()


class Operator(Window):
    """Maya, who sets Drover up for her own repository; `url` is GitHub's, `server` Drover's."""

    server: BareServer

    async def open(self, path: str) -> None:
        await self.page.goto(f"{self.server.url}{path}")

    async def until(self, holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + SOON / 1000
        while not holds():
            assert time.monotonic() < deadline, self.server.log.read_text()
            await self.page.wait_for_timeout(50)

    async def press(self, button: str) -> None:
        await self.page.locator("main").get_by_role("button", name=button).click()


@pytest.fixture
async def github(tmp_path: Path) -> AsyncIterator[Server]:
    server = await serve(Forge(tmp_path / "forge"), pages=setup_pages)
    server.forge.people.add("maya")
    files = {path: text.encode() for path, text in FILES.items()}
    await server.forge.repos.create(REPO, files, private=True)
    yield server
    assert server.forge.missing == []
    assert server.forge.crashes == []
    await server.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def test_from_an_empty_folder_to_the_first_pull_request(
    browser: Browser, github: Server, tmp_path: Path
) -> None:
    with bare_server(tmp_path, github.api_url) as server:
        async with window(Operator, browser, github.url) as maya:
            maya.server = server
            await maya.until(server.code)
            began = time.monotonic()
            await creates_the_app(maya)
            await installs_it(maya)
            await starts_the_first_phase(maya)
            took = time.monotonic() - began
            print(f"from the first page to the pull request: {took:.1f} s")
            assert took < FIVE_MINUTES
            await signs_in(maya)
            await finds_the_set_up_closed(maya)
        assert (server.folder / "credentials.json").stat().st_mode & 0o777 == 0o600
        assert "Traceback" not in server.log.read_text()


async def creates_the_app(maya: Operator) -> None:
    await maya.open("/")
    await maya.page.get_by_role("link", name="Set up Drover").click()
    await maya.page.get_by_label("Set-up code").fill("a guess")
    await maya.press("Continue")
    await expect(maya.page.get_by_text("isn't the set-up code of this server")).to_be_visible()
    await maya.page.get_by_label("Set-up code").fill(maya.server.code() or "")
    await maya.press("Continue")
    await maya.page.get_by_role("heading", name="Create the App on GitHub").wait_for()
    await maya.page.set_viewport_size({"width": WIDE[0], "height": 560})
    await maya.picture("setup")
    await maya.page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    await maya.press("Create it on")
    await maya.press("Create GitHub App for maya")
    await maya.page.get_by_role("heading", name="The App Drover is created").wait_for()


async def installs_it(maya: Operator) -> None:
    await maya.page.get_by_role("link", name="Install Drover").click()
    await maya.page.get_by_label(REPO).check()
    await maya.press("Install")
    await maya.page.get_by_role("heading", name="Drover is installed").wait_for()


async def starts_the_first_phase(maya: Operator) -> None:
    await maya.go(f"/{REPO}/issues")
    issue = maya.page.get_by_role("link", name="Finish a migration with Drover")
    await issue.wait_for(timeout=SOON)
    await issue.click()
    await maya.page.wait_for_selector("html[data-live=on]")
    await maya.label("migration")
    await maya.page.locator("strong", has_text="is ready to start").wait_for(timeout=SOON)
    await maya.label("migration:phase-1")
    pull = maya.page.locator("[data-part=mentioned] a", has_text="phase 1").last
    await pull.wait_for(timeout=SOON)
    await pull.click()
    await expect(maya.page.locator(".headline .state")).to_have_text("Open")


async def signs_in(maya: Operator) -> None:
    """Her repository is private: who isn't signed in learns nothing of it."""
    await maya.open(f"/{REPO}/1")
    await maya.page.get_by_role("heading", name="There's nothing here").wait_for()
    await maya.page.get_by_role("link", name="Sign in with GitHub").click()
    await maya.press("Cancel")
    await maya.page.get_by_text("GitHub says that you declined").wait_for()
    await maya.page.get_by_role("link", name="Sign in again").click()
    await maya.press("Authorize Drover")
    await maya.page.get_by_role("heading", name="Old becomes New").wait_for()
    assert maya.page.url == f"{maya.server.url}/{REPO}/1"
    await maya.page.get_by_role("button", name="Sign out").click()
    await maya.page.get_by_role("link", name="Sign in with GitHub").wait_for()


async def finds_the_set_up_closed(maya: Operator) -> None:
    await maya.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    await maya.open("/setup")
    await maya.page.get_by_text("closed for good").wait_for()
    assert not await maya.too_wide()
