"""Signing in with GitHub, through the App's own OAuth."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from urllib.parse import urlencode

from aiohttp import web

from bot.github.people import SignInRefused, TokenRefused, login_of, token_of
from bot.github.sites import Unreachable
from bot.settings import Settings
from bot.web.refusals import PageRefused
from bot.web.rendering import see_other
from bot.web.sealed_cookies import SealedCookie
from bot.web.setup.manifest import CALLBACK
from bot.web.visitor import VISITOR
from bot.web.visitors import Visitors

MINUTES_TO_SIGN_IN = 10
AGAIN = ("/sign-in", "Sign in again")


def sign_in_routes(settings: Settings, visitors: Visitors) -> list[web.RouteDef]:
    pages = SignIn(settings, visitors)
    return [
        web.get("/sign-in", pages.begin),
        web.get(CALLBACK, pages.come_back),
        web.post("/sign-out", pages.sign_out),
    ]


class SignIn:
    def __init__(self, settings: Settings, visitors: Visitors) -> None:
        self._visitors = visitors
        self._callback = f"{settings.public_url}{CALLBACK}" if settings.public_url else ""
        """Where GitHub is to send people; empty for the first address that the App has."""
        self._begun = SealedCookie(
            "drover-sign-in", settings.client_secret, 60 * MINUTES_TO_SIGN_IN, path="/sign-in"
        )

    async def begin(self, request: web.Request) -> web.Response:
        self._require_sign_in()
        to = local_path(request.query.get("to", "/"))
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "client_id": self._visitors.app.client_id,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            **({"redirect_uri": self._callback} if self._callback else {}),
        }
        answer = see_other(f"{self._visitors.app.site.url}/login/oauth/authorize?{urlencode(query)}")
        self._begun.set(request, answer, {"state": state, "verifier": verifier, "to": to})
        return answer

    async def come_back(self, request: web.Request) -> web.Response:
        """GitHub sends the person here with a code for their token, or with why there is none."""
        self._require_sign_in()
        begun, query = self._begun.read(request), request.query
        if not begun or not hmac.compare_digest(
            str(begun["state"]).encode(), query.get("state", "").encode()
        ):
            raise PageRefused(
                403,
                "This sign-in wasn't begun in this browser",
                f"Or it took more than {MINUTES_TO_SIGN_IN} minutes, or your browser keeps no cookies from this "
                "address.",
                AGAIN,
            )
        if "error" in query:
            again = (f"/sign-in?{urlencode({'to': begun['to']})}", AGAIN[1])
            raise PageRefused(403, "You aren't signed in", "GitHub says that you declined.", again)
        token, login = await self._person(query.get("code", ""), str(begun["verifier"]))
        answer = see_other(local_path(str(begun["to"])))
        self._begun.delete(answer)
        self._visitors.session_cookie.set(request, answer, {"login": login, "token": token})
        return answer

    async def _person(self, code: str, verifier: str) -> tuple[str, str]:
        app, http = self._visitors.app, self._visitors.http
        try:
            token = await token_of(http, app, code, verifier, self._callback)
            return token, await login_of(http, app.site, token)
        except (SignInRefused, TokenRefused) as why:
            says = _WHY_REFUSED.get(str(why), "A code works once, and for a few minutes.")
            raise PageRefused(403, "GitHub refused this sign-in", says, AGAIN) from None
        except Unreachable as why:
            raise PageRefused(
                502,
                "GitHub couldn't be asked who you are",
                f"{app.site.url} {why}. Try again in a minute.",
                AGAIN,
            ) from None

    async def sign_out(self, request: web.Request) -> web.Response:
        """A form of another site has no effect: the browser sends no cookie with it."""
        answer = see_other("/")
        visitor = request.get(VISITOR)
        if self._visitors.mode == "github" and visitor is not None:
            await self._visitors.end(visitor)
            self._visitors.session_cookie.delete(answer)
        return answer

    def _require_sign_in(self) -> None:
        if self._visitors.mode == "github":
            return
        if self._visitors.mode == "open":
            raise PageRefused(
                404, "There's no sign-in here", "Everybody on this machine sees every migration."
            )
        raise PageRefused(
            404,
            "Sign-in is off",
            "Set GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET, which the App's settings page on GitHub shows, and restart "
            "Drover. Until then, each migration is on its tracking issue on GitHub.",
        )


_WHY_REFUSED = {
    "incorrect_client_credentials": (
        "Its App has another client secret: whoever runs Drover has to set GITHUB_CLIENT_SECRET to the current one."
    ),
    "redirect_uri_mismatch": (
        "Its App has another callback address: whoever runs Drover has to set PUBLIC_URL, and the callback address in "
        f"the App's settings to PUBLIC_URL{CALLBACK}."
    ),
}


def local_path(path: str) -> str:
    """A page of this server; the first one for anything else."""
    return path if re.fullmatch(r"/(?!/|sign-|setup)[\w./-]*(\?[\w.=&%+/-]*)?", path, re.ASCII) else "/"
