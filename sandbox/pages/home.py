"""Home page, people, avatars, static files, and switching users."""

from __future__ import annotations

from aiohttp import web

from sandbox.access.permissions import may_see, role_of
from sandbox.access.refusals import Refusal
from sandbox.pages.filters import tint
from sandbox.pages.icons import FAVICON
from sandbox.pages.site import HEADERS, STATIC, Site, form_fields, see_other, viewer_cookie


def home_routes(site: Site) -> list[web.RouteDef]:
    pages = HomePages(site)
    return [
        web.get("/", site.page(pages.home)),
        web.post("/_/viewer", site.page(pages.switch_viewer)),
        web.get("/_/{name:style.css|page.js|icon.svg}", pages.static_file),
        web.get(r"/avatars/u/{id:\d+}", site.page(pages.avatar)),
        web.get("/{login}", site.page(pages.person)),
    ]


_KINDS = {"style.css": "text/css", "page.js": "text/javascript"}


class HomePages:
    def __init__(self, site: Site) -> None:
        self._site = site

    async def home(self, request: web.Request) -> web.StreamResponse:
        viewer = self._site.actor(request)
        repos = [repo for repo in self._site.forge.repositories.values() if may_see(viewer, repo)]
        if len(repos) == 1:
            return see_other(f"/{repos[0].full_name}")
        return self._site.show(request, "accounts/repositories.html", repo=None, repos=repos)

    async def switch_viewer(self, request: web.Request) -> web.Response:
        """Switch to another user."""
        form = await form_fields(request)
        user = self._site.forge.people.get(form.get("login", ""))
        to = form.get("back", "/")
        response = see_other(to if to.startswith("/") and not to.startswith(("//", "/\\")) else "/")
        response.set_cookie(viewer_cookie(request), user.login, httponly=True, samesite="Strict")
        return response

    async def person(self, request: web.Request) -> web.Response:
        user = self._site.forge.people.get(request.match_info["login"])
        viewer = self._site.actor(request)
        repos = [
            repo
            for repo in self._site.forge.repositories.values()
            if may_see(viewer, repo) and role_of(repo, user) != "none"
        ]
        return self._site.show(request, "accounts/person.html", repo=None, person=user, repos=repos)

    async def avatar(self, request: web.Request) -> web.Response:
        number = int(request.match_info["id"])
        user = next((one for one in self._site.forge.people.all() if one.id == number), None)
        if user is None:
            raise Refusal(404, "Not Found")
        picture = (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">'
            f'<rect width="40" height="40" fill="{tint(user.login)}"/></svg>'
        )
        return web.Response(text=picture, content_type="image/svg+xml", headers=HEADERS)

    async def static_file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name == "icon.svg":
            return web.Response(text=FAVICON, content_type="image/svg+xml", headers=HEADERS)
        text = (STATIC / name).read_text(encoding="utf-8")
        return web.Response(text=text, content_type=_KINDS[name], headers=HEADERS)
