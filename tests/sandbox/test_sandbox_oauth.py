"""Signing in through an App: the page, the code for a token, and what the token reaches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from sandbox.forge import Forge
from sandbox.model.accounts import App
from sandbox.pages.routes import setup_pages
from sandbox.server import serve
from tests.sandbox_client import Client

CALLBACK = "http://127.0.0.1:5000/callback"
# From RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@dataclass
class Page:
    """A person's browser; alice is the viewer."""

    session: aiohttp.ClientSession
    forge: Forge
    app: App

    async def ask(self, **query: str) -> tuple[int, str]:
        url = URL(f"{self.forge.url}/login/oauth/authorize").with_query(
            {"client_id": self.app.client_id, **query}
        )
        async with self.session.get(url) as answer:
            return answer.status, await answer.text()

    async def answer(self, answer: str = "yes", **fields: str) -> URL:
        form = {"client_id": self.app.client_id, "state": "abc", "answer": answer, **fields}
        async with self.session.post(
            f"{self.forge.url}/login/oauth/authorize",
            data=form,
            headers={"Origin": self.forge.url, "Sec-Fetch-Site": "same-origin"},
            allow_redirects=False,
        ) as sent:
            return URL(sent.headers["Location"])

    async def exchange(self, code: str, **fields: str) -> dict[str, str]:
        form = {"client_id": self.app.client_id, "client_secret": self.app.client_secret, "code": code}
        async with self.session.post(
            f"{self.forge.url}/login/oauth/access_token", data={**form, **fields}
        ) as sent:
            assert sent.status == 200
            found: dict[str, str] = await sent.json()
            return found

    async def token(self) -> str:
        return (await self.exchange((await self.answer()).query["code"]))["access_token"]


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    forge = Forge(tmp_path)
    server = await serve(forge, pages=setup_pages)
    forge.people.add("alice")
    for name in ("alice/shop", "alice/diary"):
        await forge.repos.create(name, {"a": "1"}, private=True)
    app = forge.apps.register("Drover", "alice", permissions={})
    app.callback_urls = [CALLBACK, "http://127.0.0.1:5000/other"]
    forge.apps.install(app, "alice/shop")
    async with aiohttp.ClientSession() as session:
        yield Page(session, forge, app)
    await server.close()


async def test_who_agrees_is_sent_back_with_a_code_that_works_once(page: Page) -> None:
    status, text = await page.ask()
    assert (status, "Authorize Drover" in text) == (200, True)
    back = await page.answer()
    assert (str(back.with_query(None)), back.query["state"]) == (CALLBACK, "abc")
    assert (await page.exchange(back.query["code"]))["access_token"].startswith("ghu_")
    assert await page.exchange(back.query["code"]) == {"error": "bad_verification_code"}
    late = (await page.answer()).query["code"]
    page.forge.clock.advance(minutes=11)
    assert await page.exchange(late) == {"error": "bad_verification_code"}


async def test_who_declines_is_sent_back_without_one(page: Page) -> None:
    assert dict((await page.answer("no")).query) == {"error": "access_denied", "state": "abc"}


async def test_people_are_sent_to_the_apps_own_addresses_only(page: Page) -> None:
    for uri, status in ((app_uri, 200) for app_uri in page.app.callback_urls):
        assert (await page.ask(redirect_uri=uri))[0] == status
    assert (await page.ask(redirect_uri="http://127.0.0.1:5000/callback/evil"))[0] == 422
    assert (await page.ask(client_id="Iv1.unknown"))[0] == 404
    code = (await page.answer(redirect_uri=page.app.callback_urls[1])).query["code"]
    assert await page.exchange(code, redirect_uri=CALLBACK) == {"error": "redirect_uri_mismatch"}


async def test_a_code_with_a_challenge_needs_its_verifier(page: Page) -> None:
    assert (await page.ask(code_challenge=CHALLENGE))[0] == 422
    assert (await page.ask(code_challenge=CHALLENGE, code_challenge_method="S256"))[0] == 200
    for verifier, error in (
        (VERIFIER, None),
        ("wrong", "bad_verification_code"),
        ("", "bad_verification_code"),
    ):
        code = (await page.answer(code_challenge=CHALLENGE)).query["code"]
        assert (await page.exchange(code, code_verifier=verifier)).get("error") == error


async def test_a_wrong_secret_is_refused(page: Page) -> None:
    code = (await page.answer()).query["code"]
    assert await page.exchange(code, client_secret="no") == {"error": "incorrect_client_credentials"}


async def test_the_token_reaches_what_both_the_person_and_the_app_reach(page: Page) -> None:
    api = Client(page.session, page.forge.api, await page.token())
    assert (await api.get("/user"))["login"] == "alice"
    assert (await api.get("/repos/alice/shop"))["full_name"] == "alice/shop"
    assert (await api("GET", "/repos/alice/diary")).status == 404
    page.forge.clock.advance(hours=9)
    assert (await api("GET", "/user")).status == 401


async def test_the_app_can_revoke_it(page: Page) -> None:
    token = await page.token()
    api, own = (Client(page.session, page.forge.api, one) for one in (token, None))
    at, body = f"/applications/{page.app.client_id}/token", {"access_token": token}
    wrong = {"Authorization": aiohttp.encode_basic_auth(page.app.client_id, "wrong")}
    assert (await own("DELETE", at, body, wrong)).status == 401
    right = {"Authorization": aiohttp.encode_basic_auth(page.app.client_id, page.app.client_secret)}
    assert (await own("DELETE", at, body, right)).status == 204
    assert (await api("GET", "/user")).status == 401
    assert (await own("DELETE", at, body, right)).status == 404
