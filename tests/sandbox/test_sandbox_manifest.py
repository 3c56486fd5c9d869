"""Creating an App from a manifest: posted, confirmed by a person, exchanged for secrets, installed."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any

import jwt
import pytest
import yaml
from aiohttp import ClientResponse, ClientSession, CookieJar
from yarl import URL

from sandbox.access.refusals import Refusal
from sandbox.forge import Forge
from sandbox.pages.routes import setup_pages
from sandbox.server import serve
from sandbox.topics.app_manifests import read_manifest

MANIFEST: Mapping[str, Any] = {
    "name": "Drover",
    "url": "https://example.com",
    "redirect_url": "http://127.0.0.1:5000/setup/done?from=page",
    "setup_url": "http://127.0.0.1:5000/setup/installed",
    "hook_attributes": {"url": "http://127.0.0.1:5000/webhook"},
    "default_permissions": {"issues": "write", "contents": "write"},
    "default_events": ["issues", "push"],
}
SITE = "http://127.0.0.1:5000"


class Browser:
    """A browser that doesn't follow redirects, so that tests can check them."""

    def __init__(self, session: ClientSession, forge: Forge) -> None:
        self._session, self.forge = session, forge

    async def post(self, path: str, origin: str | None = None, **form: str) -> ClientResponse:
        mine = origin is None
        headers = {
            "Origin": origin or self.forge.url,
            "Sec-Fetch-Site": "same-origin" if mine else "cross-site",
        }
        answer = await self._session.post(
            f"{self.forge.url}{path}", data=form, headers=headers, allow_redirects=False
        )
        await answer.read()
        return answer

    async def get(self, path: str) -> str:
        async with self._session.get(f"{self.forge.url}{path}") as answer:
            assert answer.status == 200, path
            return await answer.text()

    async def propose(self, manifest: object = MANIFEST, at: str = "/settings/apps/new?state=abc") -> str:
        """Open the confirmation page."""
        answer = await self.post(at, origin=SITE, manifest=json.dumps(manifest))
        assert answer.status == 303
        return answer.headers["Location"]

    async def confirm(self, page: str, **changed: str) -> ClientResponse:
        html = await self.get(page)
        form = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', html)}
        to = re.search(r'class="narrow" method="post" action="([^"]+)"', html)
        assert to
        kept = {name: form[name] for name in ("proposal", "state", "name") if name in form}
        return await self.post(to[1], **{**kept, **changed})

    async def convert(self, code: str) -> tuple[int, Any]:
        async with self._session.post(f"{self.forge.api}/app-manifests/{code}/conversions") as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def forge(tmp_path: Path) -> AsyncIterator[Forge]:
    forge = Forge(tmp_path)
    server = await serve(forge, pages=partial(setup_pages))
    forge.people.add("alice")
    forge.people.add("bob")
    forge.people.add("acme", kind="Organization")
    await forge.repos.create("alice/shop", {"a": "1"})
    await forge.repos.create("acme/store", {"a": "1"})
    yield forge
    await server.close()


@pytest.fixture
async def alice(forge: Forge) -> AsyncIterator[Browser]:
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        yield Browser(session, forge)


async def test_from_the_manifest_to_the_installed_app(alice: Browser, forge: Forge) -> None:
    page = await alice.propose()
    assert "Create GitHub App for alice" in await alice.get(page)
    sent = await alice.confirm(page, name="Drover of Alice")
    back = URL(sent.headers["Location"])
    assert (sent.status, str(back.with_query(None))) == (302, "http://127.0.0.1:5000/setup/done")
    assert (back.query["from"], back.query["state"]) == ("page", "abc")
    status, made = await alice.convert(back.query["code"])
    assert (status, made["slug"], made["owner"]["login"]) == (201, "drover-of-alice", "alice")
    assert made["pem"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert made["webhook_secret"]
    await installs(alice, made["slug"])
    (one,) = forge.apps.installations.values()
    assert [repo.full_name for repo in forge.apps.repositories_of(one)] == ["alice/shop"]
    assert one.app.webhook_url == "http://127.0.0.1:5000/webhook"
    assert await speaks_as_app(alice, made) == "drover-of-alice"


async def installs(alice: Browser, slug: str) -> None:
    page = f"/apps/{slug}/installations/new"
    html = await alice.get(page)
    assert "alice/shop" in html
    assert "acme/store" not in html
    assert (await alice.post(page)).status == 422
    sent = await alice.post(page, repository="alice/shop")
    there = URL(sent.headers["Location"])
    assert (there.path, there.query["setup_action"]) == ("/setup/installed", "install")
    assert "alice/shop" in await alice.get(f"/apps/{slug}")


async def speaks_as_app(alice: Browser, made: Mapping[str, Any]) -> str:
    now = int(alice.forge.clock.seconds())
    claims = {"iss": str(made["id"]), "iat": now - 60, "exp": now + 300}
    token = jwt.encode(claims, made["pem"], algorithm="RS256")
    headers = {"Authorization": f"Bearer {token}"}
    async with ClientSession() as session, session.get(f"{alice.forge.api}/app", headers=headers) as answer:
        return str((await answer.json())["slug"])


async def test_a_code_is_exchanged_once_within_the_hour(alice: Browser, forge: Forge) -> None:
    codes = []
    for name in ("One", "Two"):
        sent = await alice.confirm(await alice.propose(), name=name)
        codes.append(URL(sent.headers["Location"]).query["code"])
    assert (await alice.convert(codes[0]))[0] == 201
    assert (await alice.convert(codes[0]))[0] == 404
    forge.clock.advance(minutes=61)
    assert (await alice.convert(codes[1]))[0] == 404
    assert (await alice.convert("0" * 40))[0] == 404


async def test_a_manifest_is_confirmed_once(alice: Browser) -> None:
    page = await alice.propose()
    await alice.confirm(page)
    answer = await alice.post("/settings/apps/manifest", proposal=URL(page).query["proposal"], name="Again")
    assert answer.status == 404


async def test_a_confirmation_from_another_site_is_refused(alice: Browser, forge: Forge) -> None:
    page = await alice.propose()
    proposal = URL(page).query["proposal"]
    answer = await alice.post("/settings/apps/manifest", origin=SITE, proposal=proposal, name="Sly")
    assert answer.status == 403
    assert forge.apps.registered == {}


async def test_an_invalid_name_is_refused_and_can_be_corrected(alice: Browser) -> None:
    page = await alice.propose()
    for name in ("", "  ", "x" * 35):
        assert (await alice.confirm(page, name=name)).status == 422
    assert (await alice.confirm(page, name="x" * 34)).status == 302


async def test_a_name_can_be_used_once(alice: Browser) -> None:
    assert (await alice.confirm(await alice.propose(), name="Drover Ünïted")).status == 302
    assert (await alice.confirm(await alice.propose(), name="drover  ünïted!")).status == 422


async def test_only_an_owner_creates_an_app_for_an_organization(alice: Browser, forge: Forge) -> None:
    at = "/organizations/acme/settings/apps/new"
    answer = await alice.post(at, origin=SITE, manifest=json.dumps(MANIFEST))
    page = answer.headers["Location"]
    assert (await alice.post("/organizations/acme/settings/apps/manifest", proposal=page[-16:])).status == 404
    forge.repos.set_role("acme/store", "alice", "admin")
    assert "Create GitHub App for acme" in await alice.get(page)
    sent = await alice.confirm(page)
    assert "state" not in URL(sent.headers["Location"]).query
    assert next(iter(forge.apps.registered.values())).owner.login == "acme"


async def test_only_its_owner_installs_a_private_app(alice: Browser, forge: Forge) -> None:
    forge.repos.set_role("acme/store", "alice", "admin")
    for public in (True, False):
        name = f"Public {public}"
        await alice.confirm(await alice.propose({**MANIFEST, "public": public}), name=name)
        html = await alice.get(f"/apps/public-{str(public).lower()}/installations/new")
        assert ("acme/store" in html) is public


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"url": ""}, "url must be set"),
        ({"url": "javascript:alert(1)"}, "url must be an http(s) address"),
        ({"redirect_url": "//elsewhere"}, "redirect_url must be an http(s) address"),
        ({"redirect_url": "http://[::1"}, "redirect_url must be an http(s) address"),
        ({"redirect_url": "http://a; script-src *"}, "redirect_url must be an http(s) address"),
        ({"setup_url": "http://user:word@a"}, "setup_url must be an http(s) address"),
        ({"hook_attributes": {"active": True}}, "hook_attributes.url must be set"),
        ({"hook_attributes": [1]}, "hook_attributes is not an object"),
        ({"name": 7}, "name is not a text"),
        ({"default_permissions": ["issues"]}, "default_permissions is not an object"),
        ({"default_permissions": {"issues": "own"}}, "included in the list: issues: own"),
        ({"default_events": "push"}, "default_events is not a list of names"),
        ({"default_events": ["status"]}, "Default events unsupported: status"),
    ],
)
def test_a_manifests_errors_are_named(changed: Mapping[str, object], says: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_manifest({**MANIFEST, **changed})
    assert refused.value.status == 422
    assert any(says in error["message"] for error in refused.value.errors or ())


async def test_an_invalid_manifest_is_reported_on_the_page(alice: Browser) -> None:
    for text in ("", "{", "[]", "null", '"x"', json.dumps({**MANIFEST, "url": ""})):
        answer = await alice.post("/settings/apps/new", origin=SITE, manifest=text)
        assert answer.status == 422
    assert "url must be set" in await answer.text()


@pytest.mark.parametrize("host", ["localhost:5000", "[::1]:80", "drover.example.com", "10.0.0.1"])
def test_a_manifest_can_redirect_to_any_http_host(host: str) -> None:
    assert read_manifest({**MANIFEST, "redirect_url": f"https://{host}/x?y=1"}).redirect_url


def test_the_projects_manifest_is_valid() -> None:
    given = yaml.safe_load((Path(__file__).parents[2] / "app.yml").read_text())
    assert read_manifest(given).name == "Drover"
    with pytest.raises(Refusal):
        read_manifest({**given, "default_permissions": {}})
