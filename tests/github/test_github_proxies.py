"""What the environment says of the way to GitHub: its proxies count, and a password for another program does not."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from bot.github import App, Unavailable, WaitPolicy
from bot.github.proxies import proxy_for
from bot.github.sites import exchange
from tests.github_server import PRIVATE_KEY, Answer, FakeGitHub, fake_github

ISSUE = {"number": 1, "id": 1, "title": "t", "state": "open"}
NAMES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")
ELSEWHERE = "http://github.invalid/api/v3"


@pytest.fixture
async def at(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeGitHub]:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    async with fake_github() as made:
        yield made


async def read_issue(api_url: str, at: FakeGitHub) -> None:
    async with aiohttp.ClientSession() as session:
        patience = WaitPolicy(tries=1)
        app = App(session, "12", PRIVATE_KEY, api_url, patience=patience, clock=at.time.clock)
        await app.installation(7).repo("o", "r").issues.get(1)


async def test_what_netrc_holds_for_github_changes_no_request(
    at: FakeGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many keep a token there for git."""
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login maya password hers\ndefault login maya password hers\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    at.server.answers("GET /repos/o/r/issues/1", Answer(ISSUE))
    await read_issue(f"{at.server.url}/api/v3", at)
    assert at.server.asked[-1].headers["authorization"] == "token ghs_secret1"
    at.server.answers("GET /", Answer({}, headers={"X-GitHub-Request-Id": "1"}))
    async with aiohttp.ClientSession() as session:
        await exchange(session, "GET", f"{at.server.url}/")
    assert "authorization" not in at.server.asked[-1].headers


async def test_requests_go_through_the_proxy_and_show_it_its_password(
    at: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", at.server.url.replace("://", "://corp:p%40ss@"))
    at.server.answers(f"GET {ELSEWHERE.removesuffix('/api/v3')}/api/v3/repos/o/r/issues/1", Answer(ISSUE))
    at.server.answers("GET /repos/o/r/issues/1", Answer(ISSUE))
    await read_issue(ELSEWHERE, at)
    asked = at.server.asked[-1]
    assert asked.headers["host"] == "github.invalid"
    assert asked.headers["authorization"] == "token ghs_secret1"
    shown = base64.b64decode(asked.headers["proxy-authorization"].removeprefix("Basic ")).decode()
    assert shown == "corp:p@ss"


async def test_the_hosts_of_no_proxy_are_asked_directly(
    at: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    at.server.answers("GET /repos/o/r/issues/1", Answer(ISSUE))
    await read_issue(f"{at.server.url}/api/v3", at)
    assert at.server.times("GET /repos/o/r/issues/1") == 1


async def test_a_proxy_that_cannot_be_reached_keeps_its_password_to_itself(
    at: FakeGitHub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("http_proxy", "http://corp:secret@127.0.0.1:9")
    with pytest.raises(Unavailable) as problem:
        await read_issue(ELSEWHERE, at)
    assert "secret" not in str(problem.value) + caplog.text


@pytest.mark.parametrize("address", ["proxy.example:3128", "http://proxy.example:3128"])
def test_a_proxy_may_be_named_without_its_scheme(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("https_proxy", address)
    monkeypatch.delenv("no_proxy", raising=False)
    assert proxy_for(URL("https://api.github.com/app")) == URL("http://proxy.example:3128")
    assert proxy_for(URL("http://api.github.com/app")) is None
