"""The pages of a Drover that is set up."""

from __future__ import annotations

from aiohttp import web

from bot.settings import Settings
from bot.web.rendering import asset_routes, page
from bot.web.visitors import Visitors


def page_routes(settings: Settings, visitors: Visitors) -> list[web.RouteDef]:
    async def home(request: web.Request) -> web.Response:
        return page(request, "home.html")

    return [*asset_routes(), web.get("/", home)]
