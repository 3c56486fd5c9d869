"""The pages of a Drover that is set up."""

from __future__ import annotations

from aiohttp import web

from bot.settings import Settings
from bot.store import Store
from bot.web.dashboard.pages import dashboard_routes
from bot.web.rendering import asset_routes
from bot.web.setup.manifest import INSTALLED
from bot.web.setup.pages import after_installation, closed_for_good
from bot.web.sign_in import sign_in_routes
from bot.web.visitors import Visitors


def page_routes(settings: Settings, visitors: Visitors, store: Store) -> list[web.RouteDef]:
    async def set_up_already(request: web.Request) -> web.Response:
        raise closed_for_good()

    return [
        *asset_routes(),
        *sign_in_routes(settings, visitors),
        web.get(INSTALLED, after_installation),
        web.route("*", "/setup", set_up_already),
        web.route("*", "/setup/{rest:.*}", set_up_already),
        *dashboard_routes(visitors, store),
    ]
