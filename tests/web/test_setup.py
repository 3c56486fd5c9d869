"""The set-up page: only who can read the log sets the server up, once, and every refusal says what to do."""

from __future__ import annotations

import asyncio
import html
import io
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import CookieJar, web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from bot.credentials_file import read_credentials
from bot.service import setup_application
from bot.settings import ServerSettings, has_credentials, read_settings
from bot.web.setup.progress import GOOD_FOR, Setup
from sandbox.forge import Forge
from sandbox.pages.routes import setup_pages
from sandbox.server import Server, serve
from tests.world import free_port

BROWSER = {"Accept": "text/html"}


@dataclass
class Operator:
    """Who sets it up, in one browser; GitHub is the sandbox."""

    client: TestClient[web.Request, web.Application]
    setup: Setup
    github: Server

    @property
    def forge(self) -> Forge:
        return self.github.forge

    def fields(self, **changes: str) -> dict[str, str]:
        return {
            "code": self.setup.code,
            "address": str(self.client.make_url("/")),
            "server": "enterprise",
            "server_url": self.github.url,
            "keep": "file",
            **changes,
        }

    async def get(self, path: str) -> tuple[int, str]:
        answer = await self.client.get(path, headers=BROWSER)
        return answer.status, html.unescape(await answer.text())

    async def send(self, **changes: str) -> tuple[int, str]:
        answer = await self.client.post("/setup", data=self.fields(**changes), headers=BROWSER)
        return answer.status, html.unescape(await answer.text())

    async def sent_to_github(self, **changes: str) -> tuple[URL, dict[str, Any]]:
        status, text = await self.send(**changes)
        assert status == 200, text
        action = re.search(r'action="([^"]+)"', text)
        given = re.search(r'name="manifest" value="(.+)">', text)
        assert action
        assert given
        return URL(action[1]), json.loads(given[1])

    def confirm(self, given: Mapping[str, Any], owner: str = "maya") -> str:
        """The code with which GitHub sends the person back."""
        return self.forge.apps.submit_manifest({**given}, by="maya", owner=owner)

    async def back(self, code: str, state: str) -> tuple[int, str]:
        return await self.get(
            f"/setup/created?{URL.build(query={'code': code, 'state': state}).query_string}"
        )


@asynccontextmanager
async def operator_of(server: ServerSettings, github: Server) -> AsyncIterator[Operator]:
    setup = Setup(server)
    test_server = TestServer(setup_application(setup))
    async with TestClient(test_server, cookie_jar=CookieJar(unsafe=True)) as client:
        yield Operator(client, setup, github)


@pytest.fixture
async def github(tmp_path: Path) -> AsyncIterator[Server]:
    server = await serve(Forge(tmp_path / "forge"), pages=setup_pages)
    server.forge.people.add("maya")
    server.forge.people.add("acme", kind="Organization")
    await server.forge.repos.create("maya/shop", {"a": "1"})
    await server.forge.repos.create("acme/store", {"a": "1"})
    yield server
    await server.close()


@pytest.fixture
async def operator(github: Server, tmp_path: Path) -> AsyncIterator[Operator]:
    async with operator_of(ServerSettings(data_dir=tmp_path / "data"), github) as one:
        yield one


async def test_without_an_app_the_first_page_says_what_to_do(operator: Operator) -> None:
    status, text = await operator.get("/")
    assert (status, "Find the set-up code" in text) == (200, True)
    assert (await operator.client.get("/healthz")).status == 200
    for path in ("/readyz", "/webhook"):
        assert (await operator.client.get(path)).status == 503


async def test_the_credentials_are_written_for_the_owner_alone_and_it_goes_on_with_them(
    operator: Operator,
) -> None:
    action, given = await operator.sent_to_github()
    code = operator.confirm(given)
    status, text = await operator.back(code, action.query["state"])
    assert (status, "The App Drover is created" in text) == (200, True)
    (app,) = operator.forge.apps.registered.values()
    assert f"/apps/{app.slug}/installations/new" in text
    folder = operator.setup.server.data_dir
    assert (folder / "credentials.json").stat().st_mode & 0o777 == 0o600
    settings = await operator.setup.settings
    assert (settings.app_id, settings.private_key) == (str(app.id), app.private_key)
    assert (settings.webhook_secret, settings.client_id) == (app.webhook_secret, app.client_id)
    assert settings.api_url == operator.github.api_url
    again = read_settings({"DATA_DIR": str(folder)})
    assert (again.app_id, again.client_secret, again.public_url) == (
        settings.app_id,
        app.client_secret,
        settings.public_url,
    )
    for secret in (app.private_key.splitlines()[1], app.webhook_secret, app.client_secret):
        assert secret not in text


async def test_the_manifest_has_the_permissions_events_and_addresses(operator: Operator) -> None:
    action, given = await operator.sent_to_github(address="http://localhost:9000/")
    assert str(action.with_query(None)) == f"{operator.github.url}/settings/apps/new"
    assert given["hook_attributes"] == {"url": "http://localhost:9000/webhook", "active": True}
    assert given["callback_urls"] == ["http://localhost:9000/sign-in/callback"]
    assert given["redirect_url"] == str(operator.client.make_url("/setup/created"))
    assert given["default_permissions"]["workflows"] == "write"
    assert "merge_group" in given["default_events"]
    action, _ = await operator.sent_to_github(account="organization", organization="acme")
    assert action.path == "/organizations/acme/settings/apps/new"


async def test_credentials_that_are_shown_once_are_never_written(operator: Operator) -> None:
    action, given = await operator.sent_to_github(keep="show")
    _, text = await operator.back(operator.confirm(given), action.query["state"])
    shown = dict(re.findall(r"(?m)^(?:.*<code>)?([A-Z_]+)=(\S+)$", text))
    (app,) = operator.forge.apps.registered.values()
    settings = read_settings({**shown, "DATA_DIR": str(operator.setup.server.data_dir)})
    assert (settings.private_key, settings.webhook_secret) == (app.private_key, app.webhook_secret)
    assert settings.client_secret == app.client_secret
    assert not has_credentials({"DATA_DIR": str(operator.setup.server.data_dir)})
    assert (await operator.setup.settings).app_id == str(app.id)


async def test_credentials_that_cant_be_written_are_shown_instead(github: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    async with operator_of(ServerSettings(data_dir=tmp_path / "file" / "data"), github) as operator:
        action, given = await operator.sent_to_github()
        _, text = await operator.back(operator.confirm(given), action.query["state"])
        assert "couldn't be written to" in text
        assert "not a directory" in text
        assert "GITHUB_WEBHOOK_SECRET=" in text
        assert operator.setup.settings.done()


async def test_a_page_that_has_been_used_is_closed_for_good(operator: Operator) -> None:
    action, given = await operator.sent_to_github()
    code = operator.confirm(given)
    await operator.back(code, action.query["state"])
    for status, text in (
        await operator.back(code, action.query["state"]),
        await operator.get("/setup"),
        await operator.send(),
    ):
        assert (status, "closed for good" in text) == (410, True)


async def test_of_two_set_ups_at_once_one_is_carried_out(operator: Operator) -> None:
    begun: list[tuple[str, str, str]] = []
    for name in ("One", "Two"):
        action, given = await operator.sent_to_github()
        cookies = operator.client.session.cookie_jar.filter_cookies(operator.client.make_url("/setup"))
        code = operator.confirm({**given, "name": name})
        begun.append((code, action.query["state"], cookies["drover-setup"].value))
    operator.client.session.cookie_jar.clear()

    async def back(code: str, state: str, browser: str) -> int:
        at = URL("/setup/created").with_query(code=code, state=state)
        answer = await operator.client.get(at, headers={"Cookie": f"drover-setup={browser}"})
        return answer.status

    assert sorted(await asyncio.gather(*(back(*one) for one in begun))) == [200, 410]


async def test_until_drover_has_started_with_its_app_the_pages_say_so(operator: Operator) -> None:
    action, given = await operator.sent_to_github()
    await operator.back(operator.confirm(given), action.query["state"])
    assert "Drover is starting" in (await operator.get("/"))[1]
    assert "Drover is installed" in (await operator.get("/installed?installation_id=1"))[1]


async def test_who_cant_read_the_log_cant_set_it_up(operator: Operator) -> None:
    for code in ("", "aaaa-bbbb-cccc-dddd", operator.setup.code[:-1], "ü"):
        status, text = await operator.send(code=code)
        assert (status, "isn't the set-up code" in text) == (422, True)
        assert operator.setup.code not in text
    spelled = operator.setup.code.upper().replace("-", " ")
    assert (await operator.send(code=spelled))[0] == 200


async def test_a_code_for_another_browser_is_refused(operator: Operator) -> None:
    action, given = await operator.sent_to_github()
    code = operator.confirm(given)
    state = action.query["state"]
    wrong = [await operator.back(code, "somebody-elses")]
    operator.client.session.cookie_jar.clear()
    wrong.append(await operator.back(code, state))
    for status, text in wrong:
        assert (status, "wasn't begun in this browser" in text) == (403, True)
    assert read_credentials(operator.setup.server.data_dir) == {}
    assert not operator.setup.settings.done()


async def test_a_set_up_that_takes_too_long_is_begun_again(operator: Operator) -> None:
    action, given = await operator.sent_to_github()
    code, state = operator.confirm(given), action.query["state"]
    begun = operator.setup._begun[state]
    operator.setup._begun[state] = replace(begun, at=begun.at - GOOD_FOR - 1)
    assert (await operator.back(code, state))[0] == 403


async def test_a_code_that_github_doesnt_know_is_told(operator: Operator) -> None:
    action, given = await operator.sent_to_github()
    state = action.query["state"]
    code = operator.confirm(given)
    operator.forge.clock.advance(minutes=61)
    for one in (code, "0" * 40, "../../user", ""):
        status, text = await operator.back(one, state)
        assert (status, "Delete the App that was created" in text) == (410, True)
    assert operator.forge.missing == []


async def test_a_server_that_cant_be_reached_is_told_before_an_app_is_made(operator: Operator) -> None:
    for address, why in (
        (f"http://127.0.0.1:{free_port()}", "can't be reached from this machine (connection refused)"),
        (str(operator.client.make_url("/")), "doesn't answer as a GitHub server does (status 404)"),
    ):
        status, text = await operator.send(server_url=address)
        assert status == 422
        assert why in text


async def test_a_server_that_goes_away_meanwhile_can_be_asked_again(operator: Operator) -> None:
    action, given = await operator.sent_to_github()
    code, state = operator.confirm(given), action.query["state"]
    operator.forge.faults.answer("502", method="POST", path=r"/conversions$")
    status, text = await operator.back(code, state)
    assert (status, "reload this page to try again" in text) == (502, True)
    assert (await operator.back(code, state))[0] == 200


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"server": "github.com"}, "GitHub can't reach localhost"),
        ({"server": "github.com", "address": "http://192.168.0.7:8080"}, "your private network"),
        ({"server": "github.com", "address": "http://nas.local"}, "your private network"),
        ({"address": "https://drover.example.com/path"}, "without a path"),
        ({"address": ""}, "without a path"),
        ({"server_url": "http://github.example.com"}, "Use https"),
        ({"server_url": "our server"}, "Enter your server's address"),
        ({"account": "organization"}, "Enter the organization's name"),
        ({"account": "organization", "organization": "a/../b"}, "Enter the organization's name"),
    ],
)
async def test_what_cant_work_is_said_at_its_field(
    operator: Operator, changes: dict[str, str], says: str
) -> None:
    changes = {"address": "http://localhost:8080", **changes}
    status, text = await operator.send(**changes)
    assert status == 422
    assert says in text
    assert f'value="{changes["address"]}"' in text


async def test_a_form_that_is_none_is_refused(operator: Operator) -> None:
    for data, kind, status in (
        (b"{}", "application/json", 415),
        (b"a=1&" * 60, "application/x-www-form-urlencoded", 400),
        (b"\xff=\xff", "application/x-www-form-urlencoded", 400),
        (b"a=" + b"x" * 2**21, "application/x-www-form-urlencoded", 413),
    ):
        headers = {**BROWSER, "Content-Type": kind}
        answer = await operator.client.post("/setup", data=io.BytesIO(data), headers=headers)
        assert answer.status == status
