"""A REST request as a route sees it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar
from urllib.parse import urlencode

from sandbox.access.permissions import may_see
from sandbox.access.refusals import Refusal, not_found
from sandbox.forge import Forge
from sandbox.http.answers import Answer
from sandbox.model.accounts import Actor, App, Role
from sandbox.model.repositories import Issue, PullRequest, Repository
from sandbox.rest.fields import BodyFields

Auth = Literal["token", "jwt", "none"]
T = TypeVar("T")


@dataclass
class Call(BodyFields):
    forge: Forge
    method: str
    path: str
    params: dict[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    actor: Actor | None
    app: App | None
    """The App whose JWT was sent."""

    @property
    def who(self) -> Actor:
        if self.actor is None:
            raise Refusal(401, "Requires authentication")
        return self.actor

    @property
    def the_app(self) -> App:
        if self.app is None:
            raise Refusal(401, "A JSON web token could not be decoded")
        return self.app

    @property
    def repo(self) -> Repository:
        found = self.forge.by_name.get(f"{self.params['owner']}/{self.params['repo']}".lower())
        if found is None or not may_see(self.actor, found):
            raise not_found()
        return found

    @property
    def number(self) -> int:
        return int(self.params["number"])

    @property
    def issue(self) -> Issue:
        return self.forge.issue(self.repo, self.number)

    @property
    def pull(self) -> tuple[Issue, PullRequest]:
        return self.forge.pulls.find(self.repo, self.number)

    # pagination

    @property
    def size(self) -> int:
        return min(100, max(1, _int(self.query.get("per_page"), 30)))

    def paged(self, items: Iterable[T], show: Callable[[T], Any]) -> Answer:
        chosen, headers = self.window(list(items))
        return Answer([show(one) for one in chosen], headers=headers)

    def counted(self, name: str, items: Iterable[T], show: Callable[[T], Any]) -> Answer:
        """Return a page of items in the form with `total_count`."""
        every = list(items)
        chosen, headers = self.window(every)
        return Answer({"total_count": len(every), name: [show(one) for one in chosen]}, headers=headers)

    def window(self, items: Sequence[T]) -> tuple[Sequence[T], dict[str, str]]:
        size = self.size
        page = max(1, _int(self.query.get("page"), 1))
        last = max(1, -(-len(items) // size))
        places: dict[str, int] = {}
        if page < last:
            places |= {"next": page + 1, "last": last}
        if page > 1:
            places |= {"first": 1, "prev": page - 1}
        headers = {"Link": ", ".join(self._link(rel, at) for rel, at in places.items())} if places else {}
        return items[(page - 1) * size : page * size], headers

    def _link(self, rel: str, page: int) -> str:
        query = {**self.query, "page": str(page)}
        return f'<{self.forge.api}{self._numbered()}?{urlencode(query)}>; rel="{rel}"'

    def _numbered(self) -> str:
        """Return the path with the repository's id, as GitHub's links have it."""
        parts = self.path.split("/", 4)
        if parts[1] != "repos":
            return self.path
        return "/".join(["/repositories", str(self.repo.id), *parts[4:]])


def _int(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch(r"\d{1,9}", text) else default


Handler = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True)
class Route:
    method: str
    template: str
    handler: Handler
    pattern: re.Pattern[str]
    need: str
    role: Role
    auth: Auth
    creates: bool


_PARTS = {
    "number": r"\d+",
    "id": r"\d+",
    "path": ".*",
    "ref": ".+",
    "basehead": ".+",
    "branch": ".+",
    "client_id": "[^/]+",
}


@dataclass
class RouteTable:
    """The routes of a module."""

    routes: list[Route] = field(default_factory=list)

    def route(
        self,
        method: str,
        template: str,
        need: str = "metadata:read",
        role: Role = "read",
        *,
        auth: Auth = "token",
        creates: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Register a route with the permission and role that it needs; `creates` marks content creation."""

        def register(handler: Handler) -> Handler:
            pattern = re.compile(_regex(template))
            self.routes.append(Route(method, template, handler, pattern, need, role, auth, creates))
            return handler

        return register


def _regex(template: str) -> str:
    def part(match: re.Match[str]) -> str:
        name = match[1]
        kind = _PARTS.get(name) or (r"\d+" if name.endswith("_id") else "[^/]+")
        return f"(?P<{name}>{kind})"

    return "^" + re.sub(r"\\{(\w+)\\}", part, re.escape(template)) + "$"
