"""Pages of Apps: creating one from a manifest, and installing it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from sandbox.access.refusals import Refusal
from sandbox.model.accounts import App, User
from sandbox.model.repositories import Repository
from sandbox.pages.site import HEADERS, Site, form_fields, see_other
from sandbox.topics.app_manifests import Manifest, read_manifest, with_query
from sandbox.topics.apps import slug_of

MOST_PENDING = 100


def app_routes(site: Site) -> list[web.RouteDef]:
    pages = AppPages(site)
    routes = [
        web.get("/apps/{slug}", site.page(pages.app)),
        web.get("/apps/{slug}/installations/new", site.page(pages.choose)),
        web.post("/apps/{slug}/installations/new", site.page(pages.install)),
    ]
    for at in ("/settings/apps", "/organizations/{org}/settings/apps"):
        routes += [
            web.post(f"{at}/new", site.page(pages.propose, from_anywhere=True)),
            web.get(f"{at}/new", site.page(pages.confirm)),
            web.post(f"{at}/manifest", site.page(pages.create)),
        ]
    return routes


class AppPages:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._proposed: dict[str, dict[str, Any]] = {}
        """Manifests that wait for confirmation; the oldest are dropped."""

    # creating from a manifest

    async def propose(self, request: web.Request) -> web.Response:
        """Accept another site's manifest and redirect to the confirmation page."""
        form = await form_fields(request)
        given = _parse_manifest(form.get("manifest"))
        read_manifest(given)
        kept = secrets.token_hex(8)
        self._proposed[kept] = given
        for old in list(self._proposed)[:-MOST_PENDING]:
            del self._proposed[old]
        asked = {"proposal": kept}
        if "state" in request.query:
            asked["state"] = request.query["state"]
        return see_other(with_query(request.path, asked))

    async def confirm(self, request: web.Request) -> web.Response:
        given = self._proposed_manifest(request.query.get("proposal", ""))
        manifest, owner = read_manifest(given), self._owner(request)
        return self._site.show(
            request,
            "apps/manifest.html",
            repo=None,
            leads_to=manifest.redirect_url,
            manifest=manifest,
            owner=owner,
            proposal=request.query["proposal"],
            state=request.query.get("state"),
            to=request.path.removesuffix("/new") + "/manifest",
        )

    async def create(self, request: web.Request) -> web.Response:
        form = await form_fields(request)
        given = {**self._proposed_manifest(form.get("proposal", "")), "name": form.get("name", "").strip()}
        apps, owner = self._site.forge.apps, self._owner(request)
        code = apps.submit_manifest(given, by=self._site.viewer(request), owner=owner)
        self._proposed.pop(form.get("proposal", ""), None)
        return _redirect_with_code(read_manifest(given), code, form.get("state"))

    def _proposed_manifest(self, proposal: str) -> dict[str, Any]:
        if proposal not in self._proposed:
            raise Refusal(404, "This manifest has expired. Start again from the other site.")
        return self._proposed[proposal]

    def _owner(self, request: web.Request) -> User:
        viewer = self._site.viewer(request)
        login = request.match_info.get("org")
        owner = self._site.forge.people.get(login) if login else viewer
        if not self._site.forge.apps.administers(viewer, owner):
            raise Refusal(404, "Not Found")
        return owner

    # viewing and installing

    async def app(self, request: web.Request) -> web.Response:
        app = self._app(request)
        return self._site.show(
            request, "apps/app.html", repo=None, app=app, installed=list(self._installed(request, app))
        )

    async def choose(self, request: web.Request) -> web.Response:
        app = self._app(request)
        return self._site.show(
            request,
            "apps/install.html",
            repo=None,
            leads_to=app.setup_url,
            app=app,
            repos=self._choice(request, app),
        )

    async def install(self, request: web.Request) -> web.Response:
        """Install the App on repositories of one account, then redirect to its setup address."""
        app, names = self._app(request), (await request.post()).getall("repository", [])
        chosen = [repo for repo in self._choice(request, app) if repo.full_name in names]
        if not chosen or len({repo.owner.id for repo in chosen}) > 1:
            raise Refusal(422, "Choose at least one repository, all owned by one account.")
        one = self._site.forge.apps.install(app, *chosen, by=self._site.viewer(request))
        if app.setup_url is None:
            return see_other(f"/apps/{app.slug}")
        return _redirect_to_site(app.setup_url, installation_id=str(one.id), setup_action="install")

    def _app(self, request: web.Request) -> App:
        slug = request.match_info["slug"]
        found = [app for app in self._site.forge.apps.registered.values() if app.slug == slug]
        if not found:
            raise Refusal(404, "Not Found")
        return found[0]

    def _choice(self, request: web.Request, app: App) -> list[Repository]:
        """Return the repositories that the person can install the App on."""
        forge, viewer = self._site.forge, self._site.viewer(request)
        return [
            repo
            for repo in forge.repositories.values()
            if forge.apps.administers(viewer, repo.owner) and (app.public or repo.owner is app.owner)
        ]

    def _installed(self, request: web.Request, app: App) -> Iterator[Repository]:
        apps, viewer = self._site.forge.apps, self._site.viewer(request)
        for one in apps.installations_of(app):
            if apps.administers(viewer, one.account):
                yield from apps.repositories_of(one)


def _parse_manifest(text: str | None) -> dict[str, Any]:
    try:
        given = json.loads(text or "")
    except ValueError:
        raise Refusal(422, "The manifest field is not valid JSON.") from None
    if not isinstance(given, dict):
        raise Refusal(422, "The manifest is not a JSON object.")
    return given


def _redirect_with_code(manifest: Manifest, code: str, state: str | None) -> web.Response:
    if manifest.redirect_url is None:
        return see_other(f"/apps/{slug_of(manifest.name)}")
    return _redirect_to_site(manifest.redirect_url, code=code, **({"state": state} if state else {}))


def _redirect_to_site(address: str, **more: str) -> web.Response:
    return web.Response(status=302, headers={"Location": with_query(address, more), **HEADERS})
