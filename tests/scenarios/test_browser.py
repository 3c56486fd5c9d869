"""The whole story, as a person lives it: through the pages only, against the real bot, to the closed issue."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Locator, expect

from sandbox.demo import RunningDemo, running_demo
from sandbox.sample.setup import NAME
from tests.chromium import PHONE, Window, chromium, window

pytestmark = pytest.mark.browser
SOON = 60_000
"""Milliseconds that the bot has for one thing, on a machine that does other things too."""
ISSUE = f"/{NAME}/issues/1"


class MayasBrowser(Window):
    """Who maintains the shop, in front of her browser."""

    @property
    def status(self) -> Locator:
        return self.page.locator(".comment .body", has_text="Drover keeps this comment up to date")

    def phase(self, number: int) -> Locator:
        """Its row in the status comment."""
        name = self.page.locator("td:nth-child(2)", has_text=re.compile(rf"^{number}\. "))
        return self.status.locator("tr", has=name)

    async def left(self) -> int:
        text = await self.status.locator("strong", has_text="left").first.inner_text()
        found = re.fullmatch(r"([\d,]+) of [\d,]+ references? left", text)
        assert found, text
        return int(found[1].replace(",", ""))

    async def tick(self, words: str) -> None:
        await self.go(ISSUE)
        item = self.page.locator("li.task", has_text=words)
        box = self.status.locator(item).locator("input")
        await box.wait_for(state="attached", timeout=SOON)
        fold = self.status.locator("details", has=item).locator("summary")
        if await fold.count():
            await fold.click()
        async with self.page.expect_response(lambda answer: answer.request.method == "POST"):
            await box.click()

    async def open_pull(self, words: str) -> str:
        """By its link on the issue, as soon as that appears."""
        await self.go(ISSUE)
        link = self.page.locator("[data-part=mentioned] a", has_text=words).last
        await link.wait_for(timeout=SOON)
        path = await link.get_attribute("href")
        assert path
        await self.go(path)
        return path

    async def merge(self, button: str = "Merge pull request") -> None:
        """Once the shop's own tests have passed on it."""
        await expect(self.page.locator(".merge")).to_contain_text("All checks have passed", timeout=SOON)
        await self.page.get_by_role("button", name=button).click()
        await self.page.get_by_role("heading", name="Merged").wait_for()

    async def expect_state(self, number: int, state: str) -> None:
        await self.go(ISSUE)
        await expect(self.phase(number)).to_contain_text(state, timeout=SOON)


@pytest.fixture
async def demo() -> AsyncIterator[RunningDemo]:
    async with running_demo() as demo:
        yield demo
        for comment in demo.forge.issue(NAME, 1).comments:
            print(f"{comment.user.login}:\n{comment.body}\n")
        print(demo.bot.log_tail(80))


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def maya(browser: Browser, demo: RunningDemo) -> AsyncIterator[MayasBrowser]:
    async with window(MayasBrowser, browser, demo.server.url) as opened:
        yield opened


async def test_a_migration_is_finished_through_the_pages(
    maya: MayasBrowser, browser: Browser, demo: RunningDemo
) -> None:
    await adopts_the_issue(maya)
    await looks_at_it_in_the_dark_and_on_a_phone(browser, demo)
    await starts_the_first_phase(maya)
    await reviews_and_merges_it(maya)
    await merges_the_manual_work(maya)
    await fixes_a_new_use_by_its_button(maya)
    await reverts_a_phase_by_its_button(maya)
    await reverts_a_phase_by_its_checkbox(maya)
    await carry_out(maya, 2, "Merge pull request")
    await carry_out(maya, 3, "Merge pull request")
    await maya.expect_state(4, "ready")
    await looks_at_the_dashboard(browser, demo)
    await goes_on_to_the_end(maya)
    await sees_it_on_the_dashboard(maya)
    assert demo.forge.missing == []


async def adopts_the_issue(maya: MayasBrowser) -> None:
    await maya.go(ISSUE)
    await maya.label("migration")
    await maya.status.wait_for(timeout=SOON)
    assert await maya.left() > 0
    await maya.picture("issue")


async def looks_at_it_in_the_dark_and_on_a_phone(browser: Browser, demo: RunningDemo) -> None:
    url = demo.server.url
    async with (
        window(MayasBrowser, browser, url, scheme="dark") as dark,
        window(MayasBrowser, browser, url, PHONE) as phone,
    ):
        for name, opened in (("dark", dark), ("phone", phone)):
            await opened.go(ISSUE)
            await opened.picture(f"issue-{name}", opened.status.locator("xpath=ancestor::article"))
            assert not await opened.too_wide()
            table = opened.status.locator("table").first
            assert await table.evaluate("(table) => table.scrollWidth <= table.clientWidth"), (
                "its last column is cut"
            )


async def starts_the_first_phase(maya: MayasBrowser) -> None:
    await maya.label("migration:phase-1")
    await maya.open_pull("phase 1")
    await maya.picture("pull-request", maya.page.locator(".headline"))


async def looks_at_the_dashboard(browser: Browser, demo: RunningDemo) -> None:
    """In the light, in the dark and on a phone: the phase that waits, and what it waits for."""
    url = demo.bot.url
    async with (
        window(Window, browser, url) as light,
        window(Window, browser, url, scheme="dark") as dark,
        window(Window, browser, url, PHONE) as phone,
    ):
        for name, opened in (("", light), ("-dark", dark), ("-phone", phone)):
            for page, path in (("dashboard", "/"), ("migration", f"/{NAME}/1")):
                await opened.page.goto(f"{url}{path}")
                await expect(opened.page.locator(".needs")).to_contain_text("Phase 4 (Unit tests")
                await opened.picture(f"{page}{name}")
                assert not await opened.too_wide()


async def reviews_and_merges_it(maya: MayasBrowser) -> None:
    page = await maya.open_pull("phase 1")
    await maya.go(f"{page}/files")
    await maya.page.get_by_text("from shop.agents.user_execution_engine import").first.wait_for()
    await maya.picture("diff", maya.page.locator(".file").nth(1))
    await maya.go(f"{page}/checks")
    await maya.page.get_by_role("heading", name="drover / proof").wait_for(timeout=SOON)
    await maya.picture("proof", maya.page.locator("article", has_text="drover / proof"))
    await maya.go(page)
    await maya.merge()
    await maya.expect_state(1, "merged")
    await maya.status.get_by_text("Burndown").click()
    await expect(maya.status.locator("svg.chart")).to_be_visible()
    await expect(maya.phase(1).locator("td").nth(2)).to_have_text("10/10")
    await maya.picture("status", maya.status.locator("xpath=ancestor::article"))


async def merges_the_manual_work(maya: MayasBrowser) -> None:
    """Ivo's pull request has it: what is left for people is done before the module is retired."""
    await maya.open_pull("Untangle shop/admin")
    await maya.merge("Squash and merge")


async def fixes_a_new_use_by_its_button(maya: MayasBrowser) -> None:
    """Noor's pull request adds a use of the old class: the ratchet says so at its line, and fixes it when asked."""
    await maya.go(f"/{NAME}/pull/2/files")
    await maya.page.locator(".annotation", has_text="New use of").first.wait_for(timeout=SOON)
    await maya.picture("ratchet", maya.page.locator(".file").nth(1))
    await maya.go(f"/{NAME}/pull/2/checks")
    await maya.page.get_by_role("button", name="Fix it").click()
    await maya.page.get_by_role("heading", name="No new uses").wait_for(timeout=SOON)


async def reverts_a_phase_by_its_button(maya: MayasBrowser) -> None:
    await maya.go(ISSUE)
    before = await maya.left()
    page = await maya.open_pull("phase 1")
    await maya.go(f"{page}/checks")
    await maya.page.get_by_role("button", name="Revert").click()
    await maya.page.get_by_role("alert").filter(has_text="Sent “Revert").wait_for()
    await maya.open_pull("Revert phase 1")
    await maya.merge("Squash and merge")
    await maya.expect_state(1, "reverted")
    assert await maya.left() > before
    await maya.tick("Start phase 1")
    await maya.expect_state(1, "open")
    await maya.open_pull("phase 1")
    await maya.merge("Rebase and merge")
    await maya.expect_state(1, "merged")


async def reverts_a_phase_by_its_checkbox(maya: MayasBrowser) -> None:
    await carry_out(maya, 2, "Squash and merge")
    await maya.tick("Revert phase 2")
    await maya.open_pull("Revert phase 2")
    await maya.merge()
    await maya.expect_state(2, "reverted")


async def goes_on_to_the_end(maya: MayasBrowser) -> None:
    for number in (4, 5):
        await carry_out(maya, number, "Merge pull request")
    await maya.go(ISSUE)
    await expect(maya.page.locator(".headline .state")).to_have_text("Closed", timeout=SOON)
    assert await maya.left() == 0
    await maya.picture("finished", maya.page.locator(".comment").last)


async def sees_it_on_the_dashboard(maya: MayasBrowser) -> None:
    """The last step of the walkthrough: on the bot's own pages."""
    await expect(maya.status).to_contain_text("Finished.", timeout=SOON)
    await maya.page.locator(".walk a", has_text="the dashboard").last.click()
    await expect(maya.page.get_by_role("heading", level=1)).to_have_text("Migrations")
    row = maya.page.locator(".migration", has_text=f"{NAME}#1")
    await expect(row).to_contain_text("Finished")
    await expect(row).to_contain_text("100 %")
    await row.get_by_role("heading").get_by_role("link").click()
    await expect(maya.page.locator(".phases")).to_contain_text("5. Retire")
    await maya.go(ISSUE)
    await expect(maya.page.locator(".walk summary")).to_contain_text("finished the walkthrough")


async def carry_out(maya: MayasBrowser, number: int, button: str) -> None:
    await maya.tick(f"Start phase {number}")
    await maya.expect_state(number, "open")
    await maya.open_pull(f"phase {number}")
    await maya.merge(button)
    await maya.expect_state(number, "merged")
