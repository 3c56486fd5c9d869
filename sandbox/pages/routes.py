"""The routes of all pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.forge import Forge
from sandbox.pages.apps import app_routes
from sandbox.pages.code import code_routes
from sandbox.pages.home import home_routes
from sandbox.pages.issues import issue_routes
from sandbox.pages.live_updates import live_routes
from sandbox.pages.oauth import oauth_routes
from sandbox.pages.pulls import pull_routes
from sandbox.pages.site import Site
from sandbox.pages.walkthrough import DASHBOARD, Walkthrough, migration_steps

__all__ = ["Walkthrough", "migration_steps", "setup_pages"]


def setup_pages(app: web.Application, forge: Forge, walk: Walkthrough | None = None) -> None:
    site = Site(forge, walk)
    if walk is not None and walk.dashboard:
        app.add_routes([web.get(DASHBOARD, _to_dashboard(walk))])
    for routes in (
        live_routes,
        oauth_routes,
        app_routes,
        home_routes,
        issue_routes,
        pull_routes,
        code_routes,
    ):
        app.add_routes(routes(site))
    app.router.add_route("*", r"/{rest:(?!api/)[\s\S]*}", site.page(site.not_found_page))


def _to_dashboard(walk: Walkthrough) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def leave(_request: web.Request) -> web.Response:
        walk.visit(DASHBOARD)
        return web.Response(status=303, headers={"Location": walk.dashboard, "Cache-Control": "no-store"})

    return leave
