"""What all pages share: the viewer, rendering, errors, and protection against forged requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sandbox.access.permissions import may_see, role_at_least, role_of
from sandbox.access.refusals import Refusal, TransferredIssue
from sandbox.forge import Forge
from sandbox.model.accounts import Actor, Role, User
from sandbox.model.checks import CheckRun
from sandbox.model.repositories import Issue, Repository
from sandbox.pages import filters as words
from sandbox.pages.icons import ICONS
from sandbox.pages.markdown.rendering import MarkdownContext, render
from sandbox.pages.walkthrough import Walkthrough

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"
POLICY = (
    "default-src 'none'; style-src 'self'; style-src-attr 'unsafe-inline'; script-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
Page = Callable[[web.Request], Awaitable[web.StreamResponse]]


class PageMoved(Exception):
    """A page that has moved to another address."""

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self.to = to


class Site:
    def __init__(self, forge: Forge, walk: Walkthrough | None = None) -> None:
        self.forge = forge
        self.walk = walk
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._templates.globals |= {
            "icons": ICONS,
            "role_of": role_of,
            "role_words": words.ROLE_WORDS,
            "reaction_emoji": words.REACTION_EMOJI,
            "runs_of": self.runs_of,
        }
        self._templates.filters |= words.FILTERS | {"markdown": self.markdown, "ago": self._ago}

    # viewer and subject

    def people(self) -> list[User]:
        return [user for user in self.forge.people.all() if user.kind == "User"]

    def viewer(self, request: web.Request) -> User:
        """Return the user that the browser has chosen, or the walkthrough's."""
        login = request.cookies.get(viewer_cookie(request)) or (self.walk.hero if self.walk else "")
        found = self.forge.people.find(login) if login else None
        return found if found and found.kind == "User" else self.people()[0]

    def actor(self, request: web.Request) -> Actor:
        return Actor(self.viewer(request))

    def repo(self, request: web.Request) -> Repository:
        name = f"{request.match_info['owner']}/{request.match_info['repo']}"
        found = self.forge.current_or_former(name)
        if found is None or not may_see(self.actor(request), found):
            raise Refusal(404, "Not Found")
        if found.full_name.lower() != name.lower() and request.method == "GET":
            rest = "/".join(["", *request.rel_url.raw_path.split("/", 3)[3:]])
            raise PageMoved(f"/{found.full_name}{rest}")
        return found

    def issue(self, request: web.Request) -> Issue:
        try:
            return self.forge.issue(self.repo(request), int(request.match_info["number"]))
        except TransferredIssue as left:
            if not may_see(self.actor(request), left.issue.repo):
                raise Refusal(404, "Not Found") from None
            raise PageMoved(f"/{left.issue.repo.full_name}/issues/{left.issue.number}") from None

    def may(self, request: web.Request, repo: Repository, role: Role) -> bool:
        return not repo.archived and role_at_least(role_of(repo, self.viewer(request)), role)

    # rendering

    def runs_of(self, repo: Repository, sha: str) -> list[CheckRun]:
        """Return the newest check run of each name, sorted by name."""
        newest: dict[tuple[int, str], CheckRun] = {}
        for run in sorted(repo.check_runs.values(), key=lambda run: run.id):
            if run.suite.head_sha == sha:
                newest[(run.suite.app.id, run.name)] = run
        return sorted(newest.values(), key=lambda run: run.name)

    def markdown(self, text: str, repo: Repository, boxes: bool) -> Markup:
        return render(
            text,
            MarkdownContext(
                repo=f"/{repo.full_name}",
                boxes=boxes,
                users=frozenset(user.login.lower() for user in self.forge.people.all()),
                numbers=frozenset(repo.issues),
            ),
        )

    def _ago(self, at: datetime) -> str:
        return words.ago(at, self.forge.clock.now())

    def show(
        self,
        request: web.Request,
        template: str,
        *,
        status: int = 200,
        repo: Repository | None,
        leads_to: str | None = None,
        **what: Any,
    ) -> web.Response:
        """Render a page. `leads_to` is another site that its forms may redirect to."""
        context = {
            "viewer": self.viewer(request),
            "people": self.people(),
            "here": request.path_qs,
            "flash": "",
            "status": status,
            "tab": "",
            "walk": self.walk.view_for(self.forge, request.path) if self.walk else None,
            **what,
        }
        text = self._templates.get_template(template).render(repo=repo, **context)
        headers = HEADERS | {"Content-Security-Policy": policy(leads_to)}
        return web.Response(text=text, status=status, content_type="text/html", headers=headers)

    def error_page(self, request: web.Request, refusal: Refusal) -> web.Response:
        """Render a refusal."""
        details = [error.get("message") or error.get("field", "") for error in refusal.errors or ()]
        message = ": ".join([refusal.message, *map(str, details)])
        flash = f"Something went wrong. {message}"
        return self.show(
            request,
            "layout/error.html",
            status=refusal.status,
            repo=None,
            flash=flash,
            message=message,
            request_path=request.path,
        )

    # request handling

    def page(self, handler: Page, *, from_anywhere: bool = False) -> Page:
        """Wrap a handler. `from_anywhere` accepts forms posted by other sites."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                if request.method == "POST" and not from_anywhere:
                    require_own_page(request)
                return await handler(request)
            except PageMoved as moved:
                return web.Response(status=301, headers={"Location": moved.to, **HEADERS})
            except Refusal as refusal:
                return self.error_page(request, refusal)

        return guarded

    async def not_found_page(self, request: web.Request) -> web.StreamResponse:
        """Answer every other address."""
        raise Refusal(404, "This page doesn't exist.")


def policy(leads_to: str | None) -> str:
    """Return the content security policy. Browsers apply `form-action` to redirects too."""
    if leads_to is None:
        return POLICY
    parts = urlsplit(leads_to)
    return POLICY.replace("form-action 'self'", f"form-action 'self' {parts.scheme}://{parts.netloc}")


def viewer_cookie(request: web.Request) -> str:
    """Return the cookie's name. It has the port since browsers share cookies between ports."""
    return f"viewer-{request.url.port}"


def require_own_page(request: web.Request) -> None:
    """Refuse a form that was posted from another site."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site not in (None, "same-origin"):
        raise Refusal(403, "This request came from another site.")
    if site is None and origin is None:
        raise Refusal(403, "This request didn't come from a page.")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise Refusal(403, "This request came from another site.")


async def form_fields(request: web.Request) -> dict[str, str]:
    """Return a form's values with \n as line ends."""
    try:
        form = await request.post()
    except ValueError:
        raise Refusal(400, "This form couldn't be read.") from None
    return {name: value.replace("\r\n", "\n") for name, value in form.items() if isinstance(value, str)}


def see_other(to: str) -> web.Response:
    """Redirect to a page after a form was posted."""
    return web.Response(status=303, headers={"Location": to, **HEADERS})
