"""Signing in to other sites: `/login/oauth/…`."""

from __future__ import annotations

import uuid

from aiohttp import web

from sandbox.access.refusals import Refusal
from sandbox.access.tokens import Token
from sandbox.pages.site import HEADERS, Site, form_fields
from sandbox.topics.app_manifests import with_query


def oauth_routes(site: Site) -> list[web.RouteDef]:
    pages = OAuthPages(site)
    return [
        web.get("/login/oauth/authorize", site.page(pages.ask)),
        web.post("/login/oauth/authorize", site.page(pages.authorize)),
        web.post("/login/oauth/access_token", site.page(pages.access_token, from_anywhere=True)),
    ]


class OAuthPages:
    def __init__(self, site: Site) -> None:
        self._site = site

    async def ask(self, request: web.Request) -> web.Response:
        """Ask the person, every time."""
        oauth, query = self._site.forge.oauth, request.query
        app = oauth.app(query.get("client_id", ""))
        uri = oauth.redirect_uri(app, query.get("redirect_uri", ""))
        if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
            raise Refusal(422, "The code_challenge_method must be S256.")
        return self._site.show(
            request, "apps/authorize.html", repo=None, leads_to=uri, app=app, uri=uri, query=query
        )

    async def authorize(self, request: web.Request) -> web.Response:
        oauth, form = self._site.forge.oauth, await form_fields(request)
        app = oauth.app(form.get("client_id", ""))
        uri = oauth.redirect_uri(app, form.get("redirect_uri", ""))
        if form.get("answer") != "yes":
            more = {"error": "access_denied", "state": form.get("state", "")}
        else:
            code = oauth.authorize(app, self._site.viewer(request), uri, form.get("code_challenge", ""))
            more = {"code": code, "state": form.get("state", "")}
        return web.Response(status=302, headers={"Location": with_query(uri, more), **HEADERS})

    async def access_token(self, request: web.Request) -> web.Response:
        found = self._site.forge.oauth.exchange(await form_fields(request))
        headers = {"X-GitHub-Request-Id": uuid.uuid4().hex.upper(), **HEADERS}
        if not isinstance(found, Token):
            return web.json_response({"error": found}, headers=headers)
        seconds = int(self._site.forge.tokens.user_lifetime.total_seconds())
        said = {"access_token": found.text, "token_type": "bearer", "scope": "", "expires_in": seconds}
        return web.json_response(said, headers=headers)
