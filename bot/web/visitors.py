"""Who looks at the pages, and which repositories they may read: GitHub decides both."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp import web
from cachetools import TLRUCache, TTLCache

from bot.github.people import OAuthApp, TokenRefused, may_read, revoke
from bot.github.sites import Unreachable, site_of_api
from bot.setting_values import is_loopback
from bot.settings import Settings
from bot.web.refusals import PageRefused
from bot.web.sealed_cookies import SealedCookie
from bot.web.visitor import OPEN, SIGN_IN, VISITOR, SignInMode, Visitor

SESSION_SECONDS = 8 * 3600
"""GitHub's tokens for people last as long."""
ALLOWED_SECONDS, REFUSED_SECONDS = 300.0, 300.0
"""How long GitHub's word is good for."""
AT_ONCE = 8
Answers = TLRUCache[tuple[str, int], bool]


class Visitors:
    def __init__(self, settings: Settings) -> None:
        self.mode = _mode(settings)
        self.app = OAuthApp(site_of_api(settings.api_url), settings.client_id, settings.client_secret)
        self.session_cookie = SealedCookie("drover-session", settings.client_secret, SESSION_SECONDS)
        self._answers: Answers = TLRUCache(20_000, ttu=_good_until, timer=time.monotonic)
        self._ended: TTLCache[str, bool] = TTLCache(20_000, SESSION_SECONDS)
        self._asking = asyncio.Semaphore(AT_ONCE)
        self._http: aiohttp.ClientSession | None = None

    def join(self, app: web.Application) -> None:
        """Let the pages of an application know who looks at them."""
        app[SIGN_IN] = self.mode
        app.middlewares.append(self._identify)
        app.cleanup_ctx.append(self._hold_session)

    @web.middleware
    async def _identify(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        visitor = await self.visitor(request)
        if visitor is not None:
            request[VISITOR] = visitor
        return await handler(request)

    async def _hold_session(self, _app: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as self._http:
            yield

    @property
    def http(self) -> aiohttp.ClientSession:
        if self._http is None:
            raise RuntimeError("the application has not been started")
        return self._http

    async def visitor(self, request: web.Request) -> Visitor | None:
        """None where nobody is signed in."""
        if self.mode == "open":
            return OPEN if is_loopback(request.url.host or "") else None
        if self.mode == "off":
            return None
        kept = self.session_cookie.read(request)
        found = Visitor(str(kept["login"]), str(kept["token"])) if kept else None
        return None if found is None or found.key in self._ended else found

    async def may_read(self, visitor: Visitor, repo_id: int) -> bool:
        """Whether GitHub shows them the repository. Raises `PageRefused` where it can't be asked."""
        if visitor is OPEN:
            return self.mode == "open"
        key = (visitor.key, repo_id)
        if key not in self._answers:
            self._answers[key] = await self._ask(visitor, repo_id)
        return self._answers.get(key, False)

    async def _ask(self, visitor: Visitor, repo_id: int) -> bool:
        try:
            async with self._asking:
                return await may_read(self.http, self.app.site, visitor.token, repo_id)
        except TokenRefused:
            self._ended[visitor.key] = True
            raise PageRefused(
                401,
                "Your sign-in has ended",
                "GitHub doesn't accept it any more.",
                ("/sign-in", "Sign in again"),
            ) from None
        except Unreachable as why:
            raise PageRefused(
                503,
                "GitHub can't be asked right now",
                "Drover shows a migration to those who can read its repository, and "
                f"{self.app.site.api_url} {why}. Reload this page in a minute.",
            ) from None

    async def end(self, visitor: Visitor) -> None:
        """Also for whoever has a copy of the cookie, as far as GitHub can be reached."""
        self._ended[visitor.key] = True
        try:
            await revoke(self.http, self.app, visitor.token)
        except Unreachable:
            return


def _mode(settings: Settings) -> SignInMode:
    if settings.dashboard == "open":
        return "open"
    return "github" if settings.client_id and settings.client_secret else "off"


def _good_until(_key: Any, allowed: bool, now: float) -> float:
    return now + (ALLOWED_SECONDS if allowed else REFUSED_SECONDS)
