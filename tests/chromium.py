"""Debian's Chromium, driven as a person would: the browser tests' only way in."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal, TypeVar

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, async_playwright

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENSHOTS = Path(__file__).parent.parent / "docs" / "screenshots"
WIDE = (1280, 900)
PHONE = (390, 844)


def require_chromium() -> None:
    """Where it is missing the tests are skipped, except in CI, where that would hide them."""
    if CHROMIUM.exists():
        return
    if os.environ.get("CI"):
        pytest.fail(f"{CHROMIUM} is missing: apt-get install chromium")
    pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    require_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


class Window:
    """A page, and what went wrong in it."""

    def __init__(self, context: BrowserContext, page: Page, url: str) -> None:
        self.context = context
        self.page = page
        self.url = url
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._heard)

    def _heard(self, message: ConsoleMessage) -> None:
        """A refusal that the page shows is no problem of the page's."""
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.problems.append(message.text)

    async def go(self, path: str) -> None:
        """Until the page is live: from then on it hears of every change."""
        await self.page.goto(f"{self.url}{path}")
        await self.page.wait_for_selector("html[data-live=on]")

    async def become(self, login: str) -> None:
        await self.page.get_by_label("Switch user").click()
        await self.page.locator(f'button[name=login][value="{login}"]').click()
        await self.page.wait_for_selector(f'summary[aria-label^="Signed in as {login}."]')
        await self.page.wait_for_selector("html[data-live=on]")

    async def label(self, name: str) -> None:
        await self.page.get_by_text("Labels", exact=True).click()
        await self.page.locator(f'.menu-box button[value="{name}"]').click()
        await self.page.locator(".side .label", has=self.page.locator(f'button[value="{name}"]')).wait_for()

    async def too_wide(self) -> bool:
        return bool(
            await self.page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
        )

    async def picture(self, name: str, of: Locator | None = None) -> None:
        """Kept only when asked for. Its fonts: the packages fonts-liberation and fonts-noto-color-emoji."""
        if not os.environ.get("UPDATE_SCREENSHOTS"):
            return
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await self.page.evaluate("scrollTo(0, 0)")
        if of is not None:
            await of.evaluate("(part) => scrollTo(0, part.getBoundingClientRect().top + scrollY - 16)")
        await self.page.screenshot(path=SCREENSHOTS / f"{name}.png", animations="disabled")


W = TypeVar("W", bound=Window)


@asynccontextmanager
async def window(
    kind: type[W],
    browser: Browser,
    url: str,
    size: tuple[int, int] = WIDE,
    scheme: Literal["light", "dark"] = "light",
) -> AsyncIterator[W]:
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, reduced_motion="reduce"
    )
    context.set_default_timeout(20_000)
    opened = kind(context, await context.new_page(), url)
    try:
        yield opened
    finally:
        await context.close()
    assert opened.problems == []
