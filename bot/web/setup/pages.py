"""The pages of a server that has no App yet."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping

import aiohttp
from aiohttp import web

from bot.credentials_file import KEYS, write_credentials
from bot.github.manifest_flow import CodeRefused, CreatedApp, check_reachable, convert
from bot.github.sites import GITHUB_COM, Unreachable, site_of_api
from bot.setting_values import InvalidSetting, server_address
from bot.settings import with_app
from bot.web.refusals import PageRefused
from bot.web.rendering import asset_routes, page
from bot.web.requests import cookie, form_fields, is_https, own_address
from bot.web.setup.form import Problems, SetupChoice, can_be_overheard, read_form
from bot.web.setup.manifest import CREATED, INSTALLED, as_field, form_address, manifest
from bot.web.setup.progress import GOOD_FOR, Setup

log = logging.getLogger("drover.setup")
COOKIE = "drover-setup"
START_AGAIN = ("/setup", "Start again")


def setup_routes(setup: Setup) -> list[web.RouteDef]:
    pages = SetupPages(setup)
    return [
        *asset_routes(),
        web.get("/", pages.start),
        web.get("/setup", pages.form),
        web.post("/setup", pages.review),
        web.get(CREATED, pages.created),
        web.get(INSTALLED, after_installation),
        web.route("*", "/webhook", not_set_up),
        web.get("/readyz", not_set_up),
    ]


async def after_installation(request: web.Request) -> web.Response:
    """Where GitHub sends people who have installed the App, also while Drover starts with it."""
    return page(request, "installed.html")


async def not_set_up(_request: web.Request) -> web.Response:
    return web.json_response({"message": "Drover is not set up yet: open /setup"}, status=503)


def closed_for_good() -> PageRefused:
    return PageRefused(
        410,
        "Drover is set up already",
        "This page is closed for good. To connect Drover to another App, stop it, remove the credentials that it has "
        "(the file credentials.json in its data folder, or the settings of your platform), and start it again.",
    )


def log_code(setup: Setup, port: int) -> None:
    """Whatever the level of the logs is: nobody could go on without it."""
    log.setLevel(logging.INFO)
    at = setup.server.public_url or f"http://localhost:{port}"
    log.info("there is no GitHub App yet. The set-up code is %s: enter it at %s/setup", setup.code, at)


class SetupPages:
    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    async def start(self, request: web.Request) -> web.Response:
        return page(request, f"setup/{'starting' if self._setup.settings.done() else 'start'}.html")

    async def form(self, request: web.Request) -> web.Response:
        self._refuse_if_done()
        site = site_of_api(self._setup.server.api_url)
        fields = {
            "address": self._setup.server.public_url or own_address(request),
            "server": "github.com" if site is GITHUB_COM else "enterprise",
            "server_url": "" if site is GITHUB_COM else site.url,
            "keep": "file" if self._setup.server.keeps_disk else "show",
        }
        return self._form(request, fields, {})

    def _form(self, request: web.Request, fields: Mapping[str, str], problems: Problems) -> web.Response:
        status = 422 if problems else 200
        return page(request, "setup/form.html", status=status, fields=fields, problems=problems)

    async def review(self, request: web.Request) -> web.Response:
        """What will be created, with the button that takes the manifest to GitHub."""
        self._refuse_if_done()
        fields = await form_fields(request)
        choice = read_form(fields)
        problems = choice if isinstance(choice, dict) else {}
        if not self._setup.knows_code(fields.get("code", "")):
            problems["code"] = "This isn't the set-up code of this server. The newest one in its log counts."
        if problems or isinstance(choice, dict):
            return self._form(request, fields, problems)
        if trouble := await _trouble_reaching(choice):
            return self._form(request, fields, {"server_url": trouble})
        return self._send_to_github(request, choice)

    def _send_to_github(self, request: web.Request, choice: SetupChoice) -> web.Response:
        state, browser = self._setup.begin(choice)
        given = manifest(choice, _browsers_address(request))
        answer = page(
            request,
            "setup/review.html",
            forms_to=choice.site.url,
            choice=choice,
            warns=can_be_overheard(choice.public_url),
            given=given,
            field=as_field(given),
            action=form_address(choice, state),
        )
        secure = is_https(request)
        answer.set_cookie(
            COOKIE,
            browser,
            max_age=int(GOOD_FOR),
            path="/setup",
            httponly=True,
            samesite="Lax",
            secure=secure,
        )
        return answer

    async def created(self, request: web.Request) -> web.Response:
        """GitHub sends the person here with a code for the App's credentials."""
        async with self._setup.lock:
            self._refuse_if_done()
            choice = self._setup.begun(request.query.get("state", ""), cookie(request, COOKIE))
            if choice is None:
                raise PageRefused(
                    403,
                    "This set-up wasn't begun in this browser",
                    "Its address doesn't match one that this browser has been sent to GitHub with in the last hour. "
                    "If an App was created, delete it on GitHub.",
                    START_AGAIN,
                )
            app = await _convert_code(choice, request.query.get("code", ""))
            return self._finish(request, choice, app)

    def _finish(self, request: web.Request, choice: SetupChoice, app: CreatedApp) -> web.Response:
        values = _credentials(choice, app)
        try:
            settings = with_app(self._setup.server, values)
        except InvalidSetting as error:
            raise PageRefused(
                502, "GitHub's answer can't be used", f"{error}. Delete the App on GitHub.", START_AGAIN
            ) from None
        trouble = self._keep(values) if choice.keep == "file" else ""
        shown = choice.keep == "show" or bool(trouble)
        answer = page(
            request,
            "setup/created.html",
            app=app,
            choice=choice,
            folder=self._setup.server.data_dir,
            trouble=trouble,
            secrets=_to_copy(values) if shown else {},
        )
        answer.del_cookie(COOKIE, path="/setup")
        self._setup.settings.set_result(settings)
        log.info("the GitHub App %s was created; going on with it", app.html_url)
        return answer

    def _keep(self, values: Mapping[str, str]) -> str:
        """Why the file can't be written; empty if it was."""
        try:
            write_credentials(self._setup.server.data_dir, values)
        except OSError as error:
            log.warning("the App's credentials can't be written: %s", error.strerror)
            return (error.strerror or "unknown error").lower()
        return ""

    def _refuse_if_done(self) -> None:
        if self._setup.settings.done():
            raise closed_for_good()


async def _trouble_reaching(choice: SetupChoice) -> str:
    """Before an App is made whose credentials could not be fetched."""
    try:
        async with aiohttp.ClientSession() as session:
            await check_reachable(session, choice.site)
    except Unreachable as why:
        return f"{choice.site.url} {why}."
    return ""


async def _convert_code(choice: SetupChoice, code: str) -> CreatedApp:
    try:
        async with aiohttp.ClientSession() as session:
            return await convert(session, choice.site, code)
    except CodeRefused:
        raise PageRefused(
            410,
            "GitHub doesn't know this code any more",
            "A code works once, and for an hour. Delete the App that was created on GitHub, so that its name is "
            "free again.",
            START_AGAIN,
        ) from None
    except Unreachable as why:
        raise PageRefused(
            502,
            "The App's credentials couldn't be fetched",
            f"The App was created, but {choice.site.api_url} {why}. Its code works for an hour: "
            "reload this page to try again.",
        ) from None


def _credentials(choice: SetupChoice, app: CreatedApp) -> dict[str, str]:
    return {
        "GITHUB_APP_ID": str(app.id),
        "GITHUB_PRIVATE_KEY": app.private_key,
        "GITHUB_WEBHOOK_SECRET": app.webhook_secret,
        "GITHUB_CLIENT_ID": app.client_id,
        "GITHUB_CLIENT_SECRET": app.client_secret,
        "GITHUB_API_URL": choice.site.api_url,
        "PUBLIC_URL": choice.public_url,
    }


def _to_copy(values: Mapping[str, str]) -> dict[str, str]:
    """Each on one line, as platforms want them."""
    key = base64.b64encode(values["GITHUB_PRIVATE_KEY"].encode()).decode()
    return {name: key if name == "GITHUB_PRIVATE_KEY" else values[name] for name in KEYS if name in values}


def _browsers_address(request: web.Request) -> str:
    """Where the browser itself sees this server: its cookie is only sent there."""
    try:
        return server_address(request.headers.get("Origin", ""))
    except ValueError:
        return own_address(request)
