"""The page that `audit --html` writes, as a browser shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checkouts import checkout
from tests.chromium import PHONE, WIDE, chromium
from tests.command_line import IMPORT, PAIR, SHOP, run

LONG = "shop/" + "a_folder_with_a_long_name/" * 6 + "a_module_with_a_long_name_too.py"
DYNAMIC = "import shop.engine\ngetattr(shop.engine, str())\n"


@pytest.mark.browser
async def test_the_page_of_an_audit_fits_a_screen_and_a_phone(tmp_path: Path) -> None:
    shop = checkout(tmp_path / "shop", {**SHOP, LONG: IMPORT + DYNAMIC})
    page = tmp_path / "audit.html"
    assert run("audit", "--replace", PAIR, "--html", page, root=shop).status == 1
    async with chromium() as browser:
        for width, height in (WIDE, PHONE):
            opened = await browser.new_page(viewport={"width": width, "height": height})
            await opened.goto(page.as_uri())
            assert await opened.get_by_text("Needs manual work (1)").is_visible()
            assert await opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
            why = opened.locator("td", has_text="the name is computed").first
            box = await why.bounding_box()
            assert box
            assert box["x"] + box["width"] <= width, "it is read without scrolling to the side"
