"""What every page has: its headers, its errors in plain words, and a look that can be kept."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.setting_values import InvalidSetting
from bot.settings import Settings, read_settings
from bot.store import open_store
from bot.web.error_pages import error_pages
from bot.web.routes import page_routes
from bot.web.visitors import Visitors
from tests.engine.test_settings import GOOD

Client = TestClient[web.Request, web.Application]
BROWSER = {"Accept": "text/html,application/xhtml+xml"}
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


async def crash(_request: web.Request) -> web.Response:
    raise RuntimeError("ghs_secret")


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    settings = Settings(app_id="1", private_key="key", webhook_secret="secret")
    app = web.Application(middlewares=[error_pages])
    with open_store(f"sqlite:///{tmp_path / 'drover.db'}") as store:
        routes = page_routes(settings, Visitors(settings), store)
        app.add_routes([*routes, web.get("/crash", crash)])
        async with TestClient(TestServer(app)) as client:
            yield client


async def test_no_page_can_run_a_script_or_be_framed(client: Client) -> None:
    for path in ("/", "/nothing/here/1/2", "/crash"):
        answer = await client.get(path, headers=BROWSER)
        assert answer.content_type == "text/html"
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "<script" not in await answer.text()


async def test_the_look_is_kept_until_it_changes(client: Client) -> None:
    text = await (await client.get("/", headers=BROWSER)).text()
    for address in re.findall(r'"(/static/[^"]+)"', text):
        answer = await client.get(address)
        assert answer.status == 200
        assert "immutable" in answer.headers["Cache-Control"]


async def test_an_unknown_address_is_told_in_plain_words(client: Client) -> None:
    answer = await client.get("/no/such/page/9", headers=BROWSER)
    assert answer.status == 404
    assert "There's nothing here" in (await answer.text()).replace("&#39;", "'")
    answer = await client.post("/", headers=BROWSER)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET,HEAD")


async def test_a_program_gets_errors_as_json(client: Client) -> None:
    answer = await client.get("/no/such/page/9")
    assert (await answer.json())["message"].startswith("There's nothing here.")


async def test_a_crash_shows_a_page_without_its_details(client: Client) -> None:
    answer = await client.get("/crash", headers=BROWSER)
    text = await answer.text()
    assert answer.status == 500
    assert "reload the page" in text
    assert "ghs_secret" not in text


@pytest.mark.parametrize("host", ["0.0.0.0", "drover.example.com", ""])
def test_the_pages_are_open_to_everybody_only_on_this_machine(host: str) -> None:
    with pytest.raises(InvalidSetting, match="DASHBOARD=open"):
        read_settings({**GOOD, "DASHBOARD": "open", "HOST": host})
    assert read_settings({**GOOD, "DASHBOARD": "open", "HOST": "127.0.0.1"}).dashboard == "open"
