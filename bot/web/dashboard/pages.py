"""The pages: read from the store, so that they cost GitHub nothing but the visitor's permission."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bot.decide.history import RemainingAt
from bot.decide.pace import Pace, pace
from bot.store import Store
from bot.store.overview import WaitsFor
from bot.store.overviews import OverviewFilter, StoredOverview
from bot.web.dashboard import words
from bot.web.dashboard.as_json import migration_json, summary_json
from bot.web.dashboard.chart import HEIGHT, WIDTH, chart
from bot.web.error_pages import not_found
from bot.web.refusals import PageRefused
from bot.web.rendering import headers, page
from bot.web.visitor import VISITOR, Visitor
from bot.web.visitors import Visitors

ON_A_PAGE = 25
MOST_REPOSITORIES = 200
"""For how many GitHub is asked whether the visitor may read them."""
LAST_PAGE = 1_000
DECISIONS_ON_A_PAGE = 50
_NAME = "[A-Za-z0-9._-]+"
_SHARED: Mapping[str, Any] = {
    "words": words,
    "chart_of": chart,
    "width": WIDTH,
    "height": HEIGHT,
}


@dataclass(frozen=True)
class ListQuery:
    """What of all migrations is shown, as the address says."""

    waits_for: str
    repository: str
    page: int

    @property
    def is_filtered(self) -> bool:
        return bool(self.waits_for) or bool(self.repository)

    def address(self, **changes: str | int) -> str:
        wanted = {"state": self.waits_for, "repository": self.repository, "page": self.page, **changes}
        query = {name: value for name, value in wanted.items() if value and (name, value) != ("page", 1)}
        return "/?" + urlencode(query) if query else "/"


def dashboard_routes(visitors: Visitors, store: Store) -> list[web.RouteDef]:
    pages = Dashboard(visitors, store)
    return [
        web.get("/", pages.every_migration),
        web.get(f"/{{owner:{_NAME}}}/{{repo:{_NAME}}}/{{issue:[1-9][0-9]{{0,8}}}}", pages.one_migration),
    ]


class Dashboard:
    def __init__(self, visitors: Visitors, store: Store) -> None:
        self._visitors, self._overviews, self._decisions = visitors, store.overviews, store.decisions

    async def every_migration(self, request: web.Request) -> web.Response:
        visitor = request.get(VISITOR)
        if visitor is None:
            return _landing_page(request)
        query = _list_query(request)
        repositories, known = await self._readable(visitor)
        rows = await asyncio.to_thread(
            self._overviews.page,
            OverviewFilter(repositories.keys(), query.repository, query.waits_for),
            ON_A_PAGE * (query.page - 1),
            ON_A_PAGE + 1,
        )
        shown, more = rows[:ON_A_PAGE], len(rows) > ON_A_PAGE
        if _wants_json(request):
            following = query.address(page=query.page + 1) if more else None
            return _allow_revalidation(
                request,
                _json({"migrations": [summary_json(row) for row in shown], "next": following}),
            )
        counts = await asyncio.to_thread(
            self._overviews.counts, OverviewFilter(repositories.keys(), query.repository)
        )
        answer = page(
            request,
            "dashboard.html",
            rows=shown,
            more=more,
            query=query,
            counts=_in_order(counts),
            repositories=sorted(repositories.values(), key=str.lower),
            is_cut=known > MOST_REPOSITORIES,
            most_repositories=MOST_REPOSITORIES,
            **_SHARED,
        )
        return _allow_revalidation(request, answer)

    async def one_migration(self, request: web.Request) -> web.Response:
        stored = await self._find(request)
        speed = _pace(stored)
        decisions = await asyncio.to_thread(
            self._decisions.newest, stored.repo_id, stored.issue, DECISIONS_ON_A_PAGE
        )
        if _wants_json(request):
            return _allow_revalidation(request, _json(migration_json(stored, speed, decisions)))
        answer = page(
            request,
            "migration.html",
            stored=stored,
            one=stored.overview,
            pace=speed,
            decisions=decisions,
            **_SHARED,
        )
        return _allow_revalidation(request, answer)

    async def _readable(self, visitor: Visitor) -> tuple[Mapping[int, str], int]:
        """The repositories with a migration that the visitor may read, and how many have one."""
        known = await asyncio.to_thread(self._overviews.repositories)
        asked = [*known.items()][:MOST_REPOSITORIES]
        allowed = await asyncio.gather(*(self._visitors.may_read(visitor, repo_id) for repo_id, _ in asked))
        return dict(one for one, may in zip(asked, allowed, strict=True) if may), len(known)

    async def _find(self, request: web.Request) -> StoredOverview:
        """Raises the same where there is none and where the visitor may not see it."""
        visitor = request.get(VISITOR)
        if visitor is None:
            raise not_found()
        where = request.match_info
        name = f"{where['owner']}/{where['repo']}"
        for stored in await asyncio.to_thread(self._overviews.by_name, name, int(where["issue"])):
            if await self._visitors.may_read(visitor, stored.repo_id):
                return stored
        raise not_found()


def _landing_page(request: web.Request) -> web.Response:
    if _wants_json(request):
        raise PageRefused(401, "Nobody is signed in", "Sign in, and send the session's cookie.")
    return page(request, "home.html")


def _list_query(request: web.Request) -> ListQuery:
    number = request.query.get("page", "")
    at = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    return ListQuery(
        _word(request.query.get("state", "")),
        _word(request.query.get("repository", "")),
        max(1, min(at, LAST_PAGE)),
    )


def _word(text: str) -> str:
    """Of what names and states consist of: Postgres takes no NUL, for one."""
    return re.sub(r"[^A-Za-z0-9._/-]", "", text)[:200]


def _in_order(counts: Mapping[str, int]) -> list[tuple[WaitsFor, int]]:
    return [(state, counts[state]) for state in WaitsFor if state in counts]


def _pace(stored: StoredOverview) -> Pace | None:
    points = [RemainingAt(at, left) for at, left in stored.overview.burndown]
    return pace(points, stored.overview.left, time.time())


def _wants_json(request: web.Request) -> bool:
    accepted = request.headers.get("Accept", "")
    return "application/json" in accepted and "text/html" not in accepted


def _json(data: Mapping[str, object]) -> web.Response:
    return web.json_response(data, headers=headers())


def _allow_revalidation(request: web.Request, answer: web.Response) -> web.Response:
    """A browser keeps the page, and asks each time whether it is still the same."""
    kept = {"Cache-Control": "private, no-cache", "Vary": "Accept, Cookie"}
    answer.headers.update(kept)
    body = answer.text or ""
    answer.etag = hashlib.sha256(body.encode(errors="replace")).hexdigest()[:32]
    if any(one.value == answer.etag.value for one in request.if_none_match or () if answer.etag):
        unchanged = web.Response(status=304, headers={**headers(), **kept})
        unchanged.etag = answer.etag
        return unchanged
    return answer
