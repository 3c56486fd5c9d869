"""Sign-in by GitHub's own word: who somebody is, what they may read, and every way in that is refused."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from aiohttp import ClientResponse, CookieJar, web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from bot.intake.connections import note_headers
from bot.settings import Settings
from bot.store import Migration, Store, open_store
from bot.web.error_pages import error_pages
from bot.web.routes import page_routes
from bot.web.sign_in import local_path
from bot.web.visitor import VISITOR
from bot.web.visitors import SESSION_SECONDS, Visitors
from sandbox.forge import Forge
from sandbox.model.accounts import App
from sandbox.pages.routes import setup_pages
from sandbox.server import Server, serve
from tests.web.test_dashboard import SHOP
from tests.world import free_port

BROWSER = {"Accept": "text/html"}
SESSION = "drover-session"


@dataclass
class SignedIn:
    """A browser in front of Drover; GitHub is the sandbox, on whose pages `login` is the viewer."""

    client: TestClient[web.Request, web.Application]
    visitors: Visitors
    github: Server
    app: App
    store: Store

    @property
    def forge(self) -> Forge:
        return self.github.forge

    async def get(self, path: str) -> tuple[int, str]:
        answer = await self.client.get(path, headers=BROWSER, allow_redirects=False)
        return answer.status, html.unescape(await answer.text())

    async def leave_for_github(self, to: str = "/") -> URL:
        answer = await self.client.get("/sign-in", params={"to": to}, allow_redirects=False)
        assert answer.status == 303
        return URL(answer.headers["Location"])

    def agree(self, asked: URL, login: str = "maya") -> URL:
        """Where GitHub sends them then."""
        query, oauth = asked.query, self.forge.oauth
        user = self.forge.people.get(login)
        code = oauth.authorize(oauth.app(query["client_id"]), user, "", query["code_challenge"])
        return URL("/sign-in/callback").with_query(code=code, state=query["state"])

    async def come_back(self, at: URL) -> ClientResponse:
        answer = await self.client.get(at, headers=BROWSER, allow_redirects=False)
        await answer.read()
        return answer

    async def sign_in(self, login: str = "maya", to: str = "/") -> ClientResponse:
        return await self.come_back(self.agree(await self.leave_for_github(to), login))

    async def may_read(self, name: str) -> tuple[int, str]:
        return await self.get(f"/probe/{self.forge.repo(name).id}")

    def session(self) -> str:
        found = self.client.session.cookie_jar.filter_cookies(self.client.make_url("/")).get(SESSION)
        return found.value if found else ""


@asynccontextmanager
async def drover(settings: Settings, github: Server, app: App) -> AsyncIterator[SignedIn]:
    visitors = Visitors(settings)

    async def probe(request: web.Request) -> web.Response:
        visitor = request.get(VISITOR)
        allowed = visitor and await visitors.may_read(visitor, int(request.match_info["id"]))
        return web.Response(text=f"{visitor.login if visitor else 'nobody'}: {allowed}")

    application = web.Application(middlewares=[note_headers, error_pages])
    visitors.join(application)
    with TemporaryDirectory() as folder, open_store(f"sqlite:///{folder}/drover.db") as store:
        store.prepare()
        routes = page_routes(settings, visitors, store)
        application.add_routes([*routes, web.get("/probe/{id}", probe)])
        async with TestClient(TestServer(application), cookie_jar=CookieJar(unsafe=True)) as client:
            app.callback_urls = [str(client.make_url("/sign-in/callback"))]
            yield SignedIn(client, visitors, github, app, store)


@pytest.fixture
async def github(tmp_path: Path) -> AsyncIterator[Server]:
    server = await serve(Forge(tmp_path / "forge"), pages=setup_pages)
    for login in ("maya", "reed", "stranger"):
        server.forge.people.add(login)
    server.forge.people.add("acme", kind="Organization")
    for name, private in (("acme/open", False), ("acme/secret", True), ("acme/elsewhere", True)):
        await server.forge.repos.create(name, {"a": "1"}, private=private)
        server.forge.repos.set_role(name, "maya", "write")
        server.forge.repos.set_role(name, "reed", "read")
    yield server
    assert server.forge.crashes == []
    assert server.forge.missing == []
    await server.close()


@pytest.fixture
def app(github: Server) -> App:
    app = github.forge.apps.register("drover", "acme", permissions={"metadata": "read"})
    github.forge.apps.install(app, "acme/open", "acme/secret")
    return app


@pytest.fixture
def settings(github: Server, app: App) -> Settings:
    return Settings(
        app_id=str(app.id),
        private_key=app.private_key,
        webhook_secret=app.webhook_secret,
        client_id=app.client_id,
        client_secret=app.client_secret,
        api_url=github.api_url,
    )


@pytest.fixture
async def pages(settings: Settings, github: Server, app: App) -> AsyncIterator[SignedIn]:
    async with drover(settings, github, app) as one:
        yield one


async def test_who_signs_in_reads_what_github_lets_them_read(pages: SignedIn) -> None:
    assert "Sign in with GitHub" in (await pages.get("/"))[1]
    assert await pages.may_read("acme/secret") == (200, "nobody: None")
    answer = await pages.sign_in(to="/acme/open/1")
    assert (answer.status, answer.headers["Location"]) == (303, "/acme/open/1")
    assert await pages.may_read("acme/open") == (200, "maya: True")
    assert await pages.may_read("acme/secret") == (200, "maya: True")
    assert await pages.may_read("acme/elsewhere") == (200, "maya: False")
    assert "Sign out" in (await pages.get("/"))[1]


async def test_the_dashboard_shows_what_github_lets_them_read(pages: SignedIn) -> None:
    for name in ("acme/open", "acme/secret"):
        one = Migration(pages.forge.repo(name).id, 5, 7, name)
        pages.store.overviews.keep(one, name, SHOP, 1.0)
    assert "acme" not in (await pages.get("/"))[1]
    for login, sees in (("reed", True), ("stranger", False)):
        await pages.sign_in(login)
        text = (await pages.get("/"))[1]
        assert "acme/open#5" in text
        assert ("acme/secret#5" in text) is sees
        assert (await pages.get("/acme/secret/5"))[0] == (200 if sees else 404)


async def test_a_stranger_reads_no_private_repository(pages: SignedIn) -> None:
    await pages.sign_in("stranger")
    assert await pages.may_read("acme/open") == (200, "stranger: True")
    assert await pages.may_read("acme/secret") == (200, "stranger: False")


async def test_the_session_is_short_sealed_and_out_of_a_scripts_reach(pages: SignedIn) -> None:
    answer = await pages.sign_in()
    (cookie,) = [one for one in answer.headers.getall("Set-Cookie") if one.startswith(SESSION)]
    for word in ("HttpOnly", "SameSite=Lax", f"Max-Age={SESSION_SECONDS}", "Path=/"):
        assert word in cookie
    assert "Secure" not in cookie
    (token,) = [one for one in pages.forge.tokens._tokens if one.startswith("ghu_")]
    assert token not in cookie
    assert "maya" not in cookie


async def test_under_https_cookies_are_sent_under_https_only(pages: SignedIn) -> None:
    headers = {"X-Forwarded-Proto": "https"}
    answer = await pages.client.get("/sign-in", headers=headers, allow_redirects=False)
    assert "Secure" in answer.headers["Set-Cookie"]


async def test_githubs_word_is_asked_for_again_after_minutes(pages: SignedIn) -> None:
    await pages.sign_in("reed")
    assert await pages.may_read("acme/secret") == (200, "reed: True")
    pages.forge.repos.set_role("acme/secret", "reed", "none")
    asked = len(pages.forge.log)
    assert await pages.may_read("acme/secret") == (200, "reed: True")
    assert len(pages.forge.log) == asked
    pages.visitors._answers.clear()
    assert await pages.may_read("acme/secret") == (200, "reed: False")


async def test_a_cookie_that_was_changed_or_made_with_another_secret_is_worth_nothing(
    pages: SignedIn, settings: Settings, github: Server, app: App
) -> None:
    await pages.sign_in()
    session = pages.session()
    flipped = session[:20] + ("A" if session[20] != "A" else "B") + session[21:]
    async with drover(replace(settings, client_secret="another"), github, app) as other:
        for client, value in ((pages.client, flipped), (pages.client, "x"), (other.client, session)):
            client.session.cookie_jar.clear()
            answer = await client.get("/probe/1", headers={"Cookie": f"{SESSION}={value}"})
            assert await answer.text() == "nobody: None"


async def test_a_session_ends_with_its_token(pages: SignedIn) -> None:
    await pages.sign_in()
    pages.forge.clock.advance(hours=9)
    status, text = await pages.may_read("acme/open")
    assert (status, "Your sign-in has ended" in text) == (401, True)
    assert await pages.may_read("acme/open") == (200, "nobody: None")


async def test_who_signs_out_is_signed_out_wherever_the_cookie_went(pages: SignedIn) -> None:
    await pages.sign_in()
    session = pages.session()
    answer = await pages.client.post("/sign-out", allow_redirects=False)
    assert (answer.status, pages.session()) == (303, "")
    kept = await pages.client.get("/probe/1", headers={"Cookie": f"{SESSION}={session}"})
    assert await kept.text() == "nobody: None"
    assert not [one for one in pages.forge.tokens._tokens if one.startswith("ghu_")]


async def test_a_sign_in_of_another_browser_is_refused(pages: SignedIn) -> None:
    back = pages.agree(await pages.leave_for_github())
    for at in (back.update_query(state="theirs"), back.without_query_params("state")):
        assert (await pages.come_back(at)).status == 403
    pages.client.session.cookie_jar.clear()
    answer = await pages.come_back(back)
    assert answer.status == 403
    assert "begun in this browser" in await answer.text()
    assert pages.session() == ""


async def test_a_code_works_once_and_only_with_its_proof(pages: SignedIn) -> None:
    used = pages.agree(await pages.leave_for_github())
    assert (await pages.come_back(used)).status == 303
    pages.client.session.cookie_jar.clear()
    mine, theirs = await pages.leave_for_github(), pages.agree(await pages.leave_for_github())
    stolen = theirs.update_query(state=mine.query["state"])
    for at in (stolen, pages.agree(await pages.leave_for_github()).update_query(code="0" * 20)):
        answer = await pages.come_back(at)
        assert answer.status == 403
    assert pages.session() == ""


async def test_who_declines_is_told(pages: SignedIn) -> None:
    state = (await pages.leave_for_github()).query["state"]
    at = URL("/sign-in/callback").with_query(error="access_denied", state=state)
    answer = await pages.come_back(at)
    assert (answer.status, "GitHub says that you declined" in await answer.text()) == (403, True)


async def test_a_changed_client_secret_is_named(pages: SignedIn) -> None:
    back = pages.agree(await pages.leave_for_github())
    pages.app.client_secret = "rotated"
    answer = await pages.come_back(back)
    assert (answer.status, "GITHUB_CLIENT_SECRET" in await answer.text()) == (403, True)


async def test_where_github_doesnt_answer_nothing_is_shown(pages: SignedIn) -> None:
    await pages.sign_in()
    pages.forge.faults.answer("502", path=r"/repos/acme/secret$")
    status, text = await pages.may_read("acme/secret")
    assert (status, "GitHub can't be asked right now" in text) == (503, True)
    assert await pages.may_read("acme/secret") == (200, "maya: True")


async def test_without_oauth_credentials_sign_in_is_off_and_says_so(
    settings: Settings, github: Server, app: App
) -> None:
    async with drover(replace(settings, client_secret=""), github, app) as pages:
        assert "Sign-in is off here" in (await pages.get("/"))[1]
        for path in ("/sign-in", "/sign-in/callback?code=1&state=1"):
            status, text = await pages.get(path)
            assert (status, "GITHUB_CLIENT_SECRET" in text) == (404, True)
        assert await pages.may_read("acme/open") == (200, "nobody: None")


async def test_on_this_machine_everybody_reads_everything_and_no_other_site_does(
    settings: Settings, github: Server, app: App
) -> None:
    async with drover(replace(settings, dashboard="open"), github, app) as pages:
        assert await pages.may_read("acme/secret") == (200, ": True")
        rebound = await pages.client.get("/probe/1", headers={"Host": f"evil.example:{free_port()}"})
        assert await rebound.text() == "nobody: None"


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/acme/shop/1", "/acme/shop/1"),
        ("/?state=open&page=2", "/?state=open&page=2"),
        ("//evil.example", "/"),
        ("/sign-in/callback?code=1", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\nb", "/"),
        ("", "/"),
    ],
)
def test_nobody_is_sent_to_another_site(path: str, leads_to: str) -> None:
    assert local_path(path) == leads_to
