"""The dashboard: what needs somebody first, for those who may read it, and the same as JSON."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.settings import Settings
from bot.store import Migration, Store, open_store
from bot.store.decisions import Decision
from bot.store.overview import EventOverview, Need, Overview, OwnerLeft, PhaseOverview, WaitsFor
from bot.web.error_pages import error_pages
from bot.web.routes import page_routes
from bot.web.visitor import Visitor
from bot.web.visitors import Visitors
from tests.world import ROOT

Client = TestClient[web.Request, web.Application]
BROWSER = {"Accept": "text/html,application/xhtml+xml"}
PROGRAM = {"Accept": "application/json"}
DAY = 86400.0
NOW = time.time()
SHOP = Overview(
    title="Old becomes New",
    repo_url="https://github.com/acme/shop",
    default_branch="main",
    head="a" * 40,
    left=40,
    whole=100,
    needs=(
        Need(WaitsFor.REVIEW, "Phase 2 (Two): review and merge #12.", 2, 12),
        Need(WaitsFor.MANUAL_WORK, "3 references need manual work."),
    ),
    phases=(
        PhaseOverview(1, "One", "merged", 60, 60, 9, "passed"),
        PhaseOverview(2, "Two", "open", 0, 40, 12, "passed"),
    ),
    burndown=tuple((NOW - days * DAY, left) for days, left in ((10, 100), (8, 90), (4, 60), (1, 40))),
    owners=(OwnerLeft("@acme/web", 30), OwnerLeft("", 10)),
    has_owners=True,
    events=(EventOverview(NOW - DAY, "phase 1 merged", "maya", 9),),
)


class OnlyOdd(Visitors):
    """Somebody who may read every second repository."""

    async def visitor(self, request: web.Request) -> Visitor | None:
        return Visitor("maya") if "signed-in" in request.cookies else None

    async def may_read(self, visitor: Visitor, repo_id: int) -> bool:
        return visitor.login == "maya" and repo_id % 2 == 1


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'drover.db'}") as store:
        store.prepare()
        yield store


@pytest.fixture
async def client(store: Store) -> AsyncIterator[Client]:
    settings = Settings(app_id="1", private_key="key", webhook_secret="secret")
    app = web.Application(middlewares=[error_pages])
    visitors = OnlyOdd(settings)
    visitors.join(app)
    app.add_routes(page_routes(settings, visitors, store))
    async with TestClient(TestServer(app), cookies={"signed-in": "1"}) as client:
        yield client


def keep(
    store: Store, repo_id: int = 1, issue: int = 5, name: str = "acme/shop", **changes: object
) -> Migration:
    one = Migration(repo_id, issue, 7, name)
    store.overviews.keep(one, name, replace(SHOP, **changes), NOW)  # type: ignore[arg-type]
    return one


async def text_of(client: Client, path: str) -> str:
    answer = await client.get(path, headers=BROWSER)
    assert answer.status == 200, await answer.text()
    return (await answer.text()).replace("&#39;", "'")


async def test_the_list_says_what_each_waits_for(client: Client, store: Store) -> None:
    keep(store)
    text = await text_of(client, "/")
    for said in (
        '<a href="/acme/shop/5"><bdi>Old becomes New</bdi></a>',
        '<a href="https://github.com/acme/shop/issues/5">acme/shop#5</a>',
        "Waits for review",
        'review and merge <a href="https://github.com/acme/shop/pull/12">#12</a>.',
        "3 references need manual work.",
        "40 of 100 references left",
        'aria-label="Burndown: from 100 to 40 references left"',
    ):
        assert said in text


async def test_a_migration_has_a_page_of_its_own(client: Client, store: Store) -> None:
    keep(store)
    text = await text_of(client, "/Acme/Shop/5")
    for said in (
        "40 of 100 references left</strong>, 60 % migrated",
        "about 7 days",
        "6 references a day since",
        "From 100 references left to 40, in 5 counts.",
        "60/60",
        '<a href="https://github.com/acme/shop/pull/9">#9</a>',
        "@acme/web",
        "nobody",
        "Phase 1 merged</bdi> by <bdi>maya</bdi>",
        '<a class="button go" href="https://github.com/acme/shop/issues/5">',
    ):
        assert said in text


async def test_its_page_says_what_drover_did_and_why(client: Client, store: Store) -> None:
    one = keep(store)
    assert "What Drover did" not in await text_of(client, "/acme/shop/5")
    store.decisions.record(one, "acme/shop", Decision(NOW, "closed #9", "<b>maya</b> asked"))
    text = await text_of(client, "/acme/shop/5")
    assert "Closed #9</bdi><br>" in text
    assert "&lt;b&gt;maya&lt;/b&gt; asked" in text
    (shown,) = (await (await client.get("/acme/shop/5", headers=PROGRAM)).json())["decisions"]
    assert (shown["what"], shown["why"]) == ("closed #9", "<b>maya</b> asked")


async def test_too_few_counts_say_nothing_about_the_rest(client: Client, store: Store) -> None:
    keep(store, burndown=SHOP.burndown[:1])
    text = await text_of(client, "/acme/shop/5")
    assert "The counts so far don't say how long the rest will take." in text
    assert "at the pace so far" not in text


async def test_programs_get_the_same_as_json(client: Client, store: Store) -> None:
    keep(store)
    one = await (await client.get("/acme/shop/5", headers=PROGRAM)).json()
    every = await (await client.get("/", headers=PROGRAM)).json()
    assert (one["repository"], one["issue"], one["waits_for"]) == ("acme/shop", 5, "review")
    assert one["references"] == {"left": 40, "most": 100}
    assert one["needs"][0]["pull_request"] == 12
    assert one["phases"][0]["state"] == "merged"
    assert one["owners"][1] == {"owner": None, "references": 10}
    assert one["pace"]["references_per_day"] == pytest.approx(6, abs=0.01)
    assert one["burndown"][0]["left"] == 100
    assert every["next"] is None
    (row,) = every["migrations"]
    assert row == {name: one[name] for name in row}


async def test_unknown_and_forbidden_look_the_same(client: Client, store: Store) -> None:
    keep(store, repo_id=2, name="acme/secret")
    keep(store)
    for headers in (BROWSER, PROGRAM):
        forbidden = await client.get("/acme/secret/5", headers=headers)
        unknown = await client.get("/acme/nothing/5", headers=headers)
        assert (forbidden.status, unknown.status) == (404, 404)
        assert await forbidden.text() == await unknown.text()
    listed = await text_of(client, "/")
    assert "acme/secret" not in listed
    assert "acme/shop" in listed
    assert "acme/secret" not in await text_of(client, "/?repository=acme/secret")


async def test_nothing_is_shown_where_nobody_is_signed_in(client: Client, store: Store) -> None:
    keep(store)
    client.session.cookie_jar.clear()
    text = await text_of(client, "/")
    assert "Drover is running" in text
    assert "acme" not in text
    assert (await client.get("/", headers=PROGRAM)).status == 401
    assert (await client.get("/acme/shop/5", headers=BROWSER)).status == 404


async def test_what_needs_somebody_stands_first_on_pages_that_end(client: Client, store: Store) -> None:
    finished = (Need(WaitsFor.NOTHING, "Finished."),)
    broken = (Need(WaitsFor.FIX, "Checks failed."),)
    for issue in range(1, 31):
        keep(store, issue=issue, needs=finished)
    keep(store, issue=31, needs=broken)
    keep(store, repo_id=3, issue=1, name="acme/web")
    found, path = [], "/"
    while path:
        every = await (await client.get(path, headers=PROGRAM)).json()
        found += [(row["repository"], row["issue"]) for row in every["migrations"]]
        path = every["next"]
    assert found[:2] == [("acme/shop", 31), ("acme/web", 1)]
    assert len(found) == len(set(found)) == 32
    assert "Next</a>" in await text_of(client, "/")
    assert "Previous</a>" in await text_of(client, "/?page=2")
    assert "No migration is shown" in await text_of(client, "/?page=99")


async def test_the_list_is_filtered_by_state_and_repository(client: Client, store: Store) -> None:
    keep(store)
    keep(store, repo_id=3, issue=1, name="acme/web", needs=(Need(WaitsFor.FIX, "Checks failed."),))
    text = await text_of(client, "/?state=review")
    assert "acme/shop#5" in text
    assert "acme/web#1" not in text
    assert '<a href="/?state=fix">Needs a fix <span>1</span></a>' in text
    assert "acme/shop#5" not in await text_of(client, "/?repository=ACME/web")
    assert "No migration is shown" in await text_of(client, "/?state=review&repository=acme/web")
    for odd in ("/?state=%22%3E%3Cscript%3E", "/?page=-1", "/?page=999999999999", "/?repository=%00%27"):
        text = await text_of(client, odd)
        assert "<script" not in text
        assert "%00" not in text
    assert (await client.get("/acme/sh%00op/5", headers=BROWSER)).status == 404


async def test_names_show_as_they_are_and_do_nothing(client: Client, store: Store) -> None:
    odd = "<img src=x onerror=alert(1)> \" ' {{ 7*7 }} עברית"
    keep(
        store,
        title=odd,
        default_branch=odd,
        needs=(Need(WaitsFor.REVIEW, f"{odd} #12", 2, 12),),
        phases=(PhaseOverview(1, odd, odd, 1, 2, 3, odd), PhaseOverview(1, odd, odd, 1, 2, 3, odd, odd)),
        owners=(OwnerLeft(odd, 3),),
        events=(EventOverview(NOW, odd, odd, 3),),
    )
    for path in ("/", "/acme/shop/5"):
        text = await text_of(client, path)
        assert "<img src=x" not in text
        assert "&lt;img src=x onerror=alert(1)&gt; &#34; ' {{ 7*7 }} עברית" in text


async def test_a_page_that_did_not_change_is_not_sent_again(client: Client, store: Store) -> None:
    keep(store)
    for path in ("/", "/acme/shop/5"):
        answer = await client.get(path, headers=BROWSER)
        assert answer.headers["Cache-Control"] == "private, no-cache"
        again = await client.get(path, headers={**BROWSER, "If-None-Match": answer.headers["ETag"]})
        assert (again.status, await again.text()) == (304, "")
    keep(store, left=39)
    assert (await client.get("/", headers={**BROWSER, "If-None-Match": answer.headers["ETag"]})).status == 200


async def test_a_forgotten_migration_is_gone(client: Client, store: Store) -> None:
    one = keep(store)
    store.migrations.forget(one)
    assert (await client.get("/acme/shop/5", headers=BROWSER)).status == 404
    assert "There's no migration yet" in await text_of(client, "/")


async def test_a_renamed_repository_is_found_by_its_new_name(client: Client, store: Store) -> None:
    one = keep(store)
    store.overviews.keep(one, "acme/store", SHOP, NOW + 1)
    assert "Old becomes New" in await text_of(client, "/acme/store/5")
    assert (await client.get("/acme/shop/5", headers=BROWSER)).status == 404


async def test_every_key_is_documented(client: Client, store: Store) -> None:
    store.decisions.record(keep(store), "acme/shop", Decision(NOW, "closed #9", "maya asked"))
    documented = set(re.findall(r"`([a-z_-]+)`", (ROOT / "docs" / "dashboard.md").read_text()))
    one = await (await client.get("/acme/shop/5", headers=PROGRAM)).json()
    every = await (await client.get("/", headers=PROGRAM)).json()
    assert keys_in([one, every]) - documented == set()
    assert {str(state) for state in WaitsFor} - documented == set()


def keys_in(data: object) -> set[str]:
    if isinstance(data, list):
        return {key for one in data for key in keys_in(one)}
    if isinstance(data, dict):
        return {*data, *keys_in([*data.values()])}
    return set()
