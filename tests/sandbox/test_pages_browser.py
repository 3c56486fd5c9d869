"""The web pages in a real browser: live updates, keyboard, small screens."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from sandbox.forge import Forge
from sandbox.model.accounts import Actor
from sandbox.model.checks import CheckRunAction, RunChange
from sandbox.pages.routes import setup_pages
from sandbox.pages.walkthrough import Walkthrough, migration_steps
from sandbox.sample.setup import NAME, create_sample
from sandbox.server import serve
from tests.chromium import PHONE, Window, chromium, window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
ISSUE = f"/{NAME}/issues/1"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def forge(tmp_path: Path) -> AsyncIterator[Forge]:
    forge = Forge(tmp_path)
    walk = Walkthrough(NAME, "maya", "Try it", migration_steps)
    server = await serve(forge, pages=partial(setup_pages, walk=walk))
    await create_sample(forge, checks=False)
    yield forge
    await server.close()


@pytest_asyncio.fixture(loop_scope="module")
async def maya(browser: Browser, forge: Forge) -> AsyncIterator[Window]:
    async with window(Window, browser, forge.url) as opened:
        yield opened


async def test_a_label_is_added_with_two_clicks_and_removed_with_one(maya: Window, forge: Forge) -> None:
    issue = forge.issue(NAME, 1)
    await maya.go(ISSUE)
    await maya.label("migration")
    assert [label.name for label in issue.labels] == ["migration"]
    await maya.page.get_by_role("button", name="Remove label migration").click()
    await maya.page.get_by_text("None yet").first.wait_for()
    assert issue.labels == []


async def test_a_task_is_ticked_by_a_click(maya: Window, forge: Forge) -> None:
    await maya.go(ISSUE)
    box = maya.page.locator("li.task", has_text="mission-critical").locator("input")
    await box.click()
    await maya.page.locator(".box-head", has_text="edited").wait_for()
    assert await box.is_checked()
    assert "- [x] the mission-critical tests" in (forge.issue(NAME, 1).body or "")


async def test_a_refused_tick_is_reported_and_cleared(maya: Window, forge: Forge) -> None:
    await maya.go(ISSUE)
    await maya.become("sam")
    await maya.page.get_by_text("Labels", exact=True).click()
    await maya.page.locator('.menu-box button[value="migration"]').click()
    await maya.page.get_by_role("alert").filter(has_text="triage access").wait_for()
    assert forge.issue(NAME, 1).labels == []


async def test_others_changes_appear_without_losing_typed_text(maya: Window, forge: Forge) -> None:
    await maya.go(ISSUE)
    field = maya.page.get_by_label("Add a comment")
    await field.fill("half a sent")
    await field.focus()
    await maya.page.evaluate("scrollTo(0, 120)")
    await forge.issues.comment(NAME, 1, "<details><summary>More</summary>\n\ninside\n\n</details>", by="ivo")
    await maya.page.get_by_text("More", exact=True).click()
    await field.focus()
    await forge.issues.label(NAME, 1, "migration", by="ivo")
    await maya.page.locator(".event", has_text="added the label").wait_for()
    await maya.page.keyboard.type("ence")
    assert await field.input_value() == "half a sentence"
    assert await maya.page.get_by_text("inside", exact=True).is_visible()
    await maya.page.get_by_role("button", name="Comment", exact=True).click()
    await maya.page.locator(".comment", has_text="half a sentence").wait_for()
    assert await field.input_value() == ""


async def test_a_text_being_edited_survives_others_changes(maya: Window, forge: Forge) -> None:
    await maya.go(ISSUE)
    opening = maya.page.locator("#issue-1")
    await opening.locator(".edit > summary").click()
    await opening.get_by_label("Text").fill("mine")
    await forge.issues.react(NAME, 1, "heart", by="ivo")
    await opening.get_by_role("button", name="heart: 1").wait_for()
    assert await opening.get_by_label("Text").input_value() == "mine"
    await opening.get_by_role("button", name="Save").click()
    await opening.locator(".body", has_text="mine").wait_for()


async def test_everything_can_be_done_by_keyboard(maya: Window, forge: Forge) -> None:
    keys = maya.page.keyboard
    await maya.go(ISSUE)
    await keys.press("Tab")
    assert await maya.page.evaluate("document.activeElement.textContent") == "Skip to content"
    await maya.page.locator("summary", has_text="Labels").focus()
    await keys.press("Enter")
    for _ in range(3):
        await keys.press("Tab")
    await keys.press("Enter")
    await maya.page.locator(".side .label", has_text="migration").last.wait_for()
    assert await maya.page.evaluate("document.activeElement.closest('[data-part=labels]') !== null")
    await keys.press("Escape")
    await maya.page.get_by_label("Add a comment").focus()
    await keys.type("by hand")
    await keys.press("Control+Enter")
    await maya.page.locator(".comment", has_text="by hand").wait_for()


async def test_the_page_updates_after_a_merge(maya: Window, forge: Forge) -> None:
    await maya.go(f"/{NAME}/pull/3")
    await maya.page.get_by_role("button", name="Squash and merge").click()
    await maya.page.get_by_role("heading", name="Merged").wait_for()
    await maya.page.get_by_role("button", name="Delete branch").click()
    await maya.page.get_by_role("button", name="Delete branch").wait_for(state="detached")


async def test_a_pressed_check_button_notifies_the_app(maya: Window, forge: Forge) -> None:
    repo = forge.repo(NAME)
    app = forge.apps.register("Proof", "acme", permissions={"checks": "write"}, events=["check_run"])
    one = forge.apps.install(app, repo)
    head = repo.issues[3].pull
    assert head
    actions = [CheckRunAction("Revert", "Reverts it", "revert")]
    change = RunChange(name="proof", status="completed", conclusion="success", actions=actions)
    await forge.checks.create_run(repo, head.head_sha, change, by=Actor(app.bot, one))
    await maya.go(f"/{NAME}/pull/3/checks")
    await maya.page.get_by_role("button", name="Revert").click()
    await maya.page.get_by_role("alert").filter(has_text="Sent “Revert” to Proof").wait_for()
    event, action, payload = forge.hooks.fired[-1]
    assert (event, action, payload["requested_action"]) == (
        *("check_run", "requested_action"),
        {"identifier": "revert"},
    )


async def test_another_sites_manifest_is_confirmed_and_redirects_back(maya: Window, forge: Forge) -> None:
    manifest = '{"name": "Drover", "url": "http://setup.test", "redirect_url": "http://setup.test/done"}'
    form = f"<form method=post action='{forge.url}/settings/apps/new?state=s1'><input name=manifest value='{manifest}'>"
    page = f"{form}<button>Create</button></form>"
    await maya.page.route(
        "http://setup.test/**", lambda route: route.fulfill(body=page, content_type="text/html")
    )
    await maya.page.goto("http://setup.test/")
    await maya.page.get_by_role("button", name="Create").click()
    await maya.page.get_by_label("GitHub App name").fill("Drover of Maya")
    await maya.picture("manifest")
    await maya.page.get_by_role("button", name="Create GitHub App for maya").click()
    await maya.page.wait_for_url(re.compile(r"^http://setup\.test/done\?code=\w+&state=s1$"))
    assert [app.name for app in forge.apps.registered.values()] == ["Drover of Maya"]


PAGES = (
    *("", "/issues", "/issues/1", "/pulls", "/pull/2", "/pull/2/files", "/pull/2/commits"),
    *("/pull/2/checks", "/commits/main", "/branches", "/tree/main/shop", "/blob/main/shop/app.py"),
)


async def test_no_page_is_wider_than_a_phone(browser: Browser, forge: Forge) -> None:
    wide = "| a | b |\n| - | - |\n| " + "x" * 300 + " | y |\n\n`" + "z" * 200 + "`"
    await forge.issues.comment(NAME, 1, wide, by="ivo")
    async with window(Window, browser, forge.url, PHONE) as phone:
        for page in PAGES:
            await phone.go(f"/{NAME}{page}")
            assert not await phone.too_wide(), page


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_text_has_enough_contrast(
    browser: Browser, forge: Forge, scheme: Literal["light", "dark"]
) -> None:
    async with window(Window, browser, forge.url, scheme=scheme) as opened:
        for page in PAGES:
            await opened.go(f"/{NAME}{page}")
            assert await opened.page.evaluate(FAINT) == [], page


FAINT = """() => {
  const parts = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const found = parts(getComputedStyle(at).backgroundColor);
      if (found.length === 3 || found[3] === 1) return found;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll("main *, header *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest("[disabled], .unseen")) continue;
    const style = getComputedStyle(element);
    if (!style.color.startsWith("rgb")) continue;
    const [dark, bright] = [light(parts(style.color)), light(behind(element))].sort((a, b) => a - b);
    const ratio = (bright + 0.05) / (dark + 0.05);
    if (ratio < 4.5) faint.push(`${element.textContent.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return faint;
}"""
