"""One connection to GitHub's API as one installation, or as the App itself: limits, retries, ETags, pages."""

from __future__ import annotations

import json
import logging
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

import aiohttp
from cachetools import LRUCache
from gidgethub import sansio
from yarl import URL

from bot import metrics
from bot.tracing.spans import describe_span, span

from .limits import GRAPHQL_LIMIT_MARK, Kind, Limits, date_of
from .new_objects import TRIES, NewObjects
from .outcomes import GitHubError, MustWait, NotFound, OutcomeUnknown, Unavailable, Unsupported, error_of
from .proxies import proxy_for

log = logging.getLogger(__name__)

REQUESTER = "drover"
ETAG_BYTES = 16 * 2**20
PER_PAGE = 100
_TIMEOUT = aiohttp.ClientTimeout(total=60, connect=10, sock_connect=10)
_NOT_IN_SCHEMA = ("undefinedField", "undefinedType", "argumentNotAccepted", "variableMismatch")
_COMMIT = re.compile(r"/commits/[0-9a-f]{40}$")
_REDIRECTS = (301, 302, 307, 308)


class Credentials(Protocol):
    async def header(self) -> str:
        """The value of `authorization`."""

    def note_refusal(self, header: str, date: float | None) -> float | None:
        """
        GitHub answered 401 to it, at that time by its clock: seconds after which to send it again, since it is so
        new that not every server of GitHub's has it yet. None: the next one is another.
        """


@dataclass(frozen=True)
class Request:
    method: str
    url: URL
    kind: Kind
    repeatable: bool
    body: bytes = b""
    resource: str = "core"

    @property
    def where(self) -> str:
        return f"{self.method} {self.url.path}"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    next: str | None = None

    @cached_property
    def _parsed(self) -> tuple[bool, Any]:
        try:
            return True, json.loads(self.body) if self.body else None
        except ValueError:
            return False, None

    @property
    def whole(self) -> bool:
        """Whether the answer is complete: a proxy's error page isn't one."""
        return self._parsed[0]

    @property
    def data(self) -> Any:
        return self._parsed[1]


@dataclass(frozen=True)
class CachedReply:
    """GitHub answers 304 only to the token that the ETag was given to."""

    etag: str
    authorization: str = field(repr=False)
    reply: Reply


Etags = LRUCache[tuple[int, str], CachedReply]


def etags() -> Etags:
    """What GitHub said last, for each installation its own; bounded by bytes over all of them."""
    return LRUCache(ETAG_BYTES, getsizeof=lambda kept: len(kept.reply.body) + 500)


BeforeWrite = Callable[[], Awaitable[None]]
"""Right before each request that changes something; it may raise, and then nothing is sent."""


async def always() -> None:
    """Write at any time."""


class NotSent(Exception):
    """The connection could not be made; nothing can have happened."""


class BrokenReply(Exception):
    """The connection ended in the middle, or the answer makes no sense."""


class Client:
    def __init__(
        self,
        session: aiohttp.ClientSession,
        api_url: str,
        credentials: Credentials,
        limits: Limits,
        etags: Etags,
        before_write: BeforeWrite,
    ) -> None:
        self.api_url = URL(api_url.rstrip("/"))
        self.limits = limits
        self._session, self._credentials = session, credentials
        self._etags, self._before_write = etags, before_write
        self.new_objects = NewObjects(limits.clock.now)
        self.server_version = ""
        """Of an Enterprise Server, as its answers say it; github.com says none."""
        self.clock_ahead = 0.0
        """How many seconds GitHub's clock is ahead of ours, by its last answer."""

    async def get(self, path: str, /, **params: str | int | None) -> Any:
        return (await self._read(self._url(path, params))).data

    async def pages(
        self, path: str, key: str | None = None, **params: str | int | None
    ) -> AsyncIterator[Any]:
        """Every item of a list, page by page; below `key` where the answer is an object."""
        url: URL | None = self._url(path, {"per_page": PER_PAGE, **params})
        while url is not None:
            reply = await self._read(url)
            items = reply.data[key] if key else reply.data
            if len(items) >= PER_PAGE and not reply.next:
                self._forget(url)
            for item in items:
                yield item
            url = self._same_server(reply.next) if reply.next else None

    async def write(
        self,
        method: str,
        path: str,
        data: Any = None,
        *,
        creates: bool = False,
        repeatable: bool | None = None,
    ) -> Any:
        """`repeatable`: doing it twice is like doing it once. So it is with all methods but POST."""
        request = Request(
            method,
            self._url(path, {}),
            Kind.CREATE if creates else Kind.WRITE,
            method != "POST" if repeatable is None else repeatable,
            b"" if data is None else json.dumps(data).encode(),
        )
        return (await self._call(request))[0].data

    async def graphql(self, query: str, **variables: Any) -> Any:
        kind = Kind.WRITE if query.lstrip().startswith("mutation") else Kind.READ
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = Request("POST", graphql_url(self.api_url), kind, True, body, "graphql")
        said = (await self._call(request))[0].data
        if said.get("errors"):
            raise _graphql_error(said["errors"][0])
        return said["data"]

    async def _read(self, url: URL) -> Reply:
        key = self._key(url)
        cached = self._etags.get(key)
        reply, authorization = await self._call(Request("GET", url, Kind.READ, True), cached)
        if reply.status == 304 and cached:
            return replace(cached.reply, next=reply.next or cached.reply.next)
        self._keep(key, reply, authorization)
        return reply

    def _keep(self, key: tuple[int, str], reply: Reply, authorization: str) -> None:
        """Not for the App itself: its own token changes every few minutes."""
        etag = reply.headers.get("etag")
        if etag and self.limits.installation and reply.status == 200 and len(reply.body) < ETAG_BYTES // 4:
            self._etags[key] = CachedReply(etag, authorization, replace(reply, headers={}))
        else:
            self._etags.pop(key, None)

    def _forget(self, url: URL) -> None:
        """A full page without a next one: its ETag stays the same, and its 304 names no page 2, when there is one."""
        self._etags.pop(self._key(url), None)

    def _key(self, url: URL) -> tuple[int, str]:
        return self.limits.installation, str(url)

    async def _call(self, request: Request, cached: CachedReply | None = None) -> tuple[Reply, str]:
        """The answer, and the authorization that it was given to."""
        async with self.limits.turn(request.kind):
            reply, authorization = await self._send_within_limits(request, cached)
            for times in TRIES:
                if not self._lacks_new_object(request, reply):
                    break
                await self.limits.clock.sleep(times * self.limits.patience.replicas)
                reply, authorization = await self._send_within_limits(request, cached)
        if reply.status < 400:
            return reply, authorization
        raise error_of(reply.status, _decisive_text(reply), request.where)

    def _lacks_new_object(self, request: Request, reply: Reply) -> bool:
        """Of a commit, only GitHub itself has told: also a process that has just started asks for it again."""
        if reply.status not in (404, 422):
            return False
        is_commit = request.method == "GET" and _COMMIT.search(request.url.path) is not None
        return is_commit or self.new_objects.named_in(request.url.path, request.body)

    async def _send_within_limits(self, request: Request, cached: CachedReply | None) -> tuple[Reply, str]:
        """
        1. Wait for the turn; 2. send, with the token of now; 3. a limit: wait and send again;
        4. a refused token: again where it is new, else once more with another; 5. broken: again after a while, where
        that is safe.
        """
        refused = broken = limited = 0
        while True:
            await self.limits.ready(request.kind, request.resource)
            authorization = await self._credentials.header()
            if request.kind is not Kind.READ:
                await self._before_write()
            try:
                with self.limits.sending(request.kind):
                    reply = await self._send_once(request, authorization, cached)
            except (NotSent, BrokenReply) as problem:
                broken += 1
                await self._again(request, problem, broken)
                continue
            wait = await self.limits.note_reply(
                reply.status, reply.headers, _decisive_text(reply), request.resource
            )
            if wait is not None:
                limited += 1
                if limited >= self.limits.patience.tries:
                    raise MustWait(wait.until, wait.why)
            elif reply.status != 401:
                return reply, authorization
            else:
                after = self._credentials.note_refusal(authorization, date_of(reply.headers))
                if after is None and refused:
                    return reply, authorization
                refused += after is None
                await self.limits.clock.sleep(after or 0.0)

    async def _send_once(self, request: Request, authorization: str, cached: CachedReply | None) -> Reply:
        etag = cached.etag if cached and cached.authorization == authorization else None
        headers = {
            **sansio.create_headers(REQUESTER),
            "authorization": authorization,
            "x-github-api-version": "2022-11-28",
            **({"if-none-match": etag} if etag else {}),
            **({"content-type": "application/json"} if request.body else {}),
        }
        url = request.url
        for _ in range(4):
            with span(
                f"{request.method} {metrics.route_of(url.path)}", "client", **_span_attributes(request)
            ):
                reply, to = await self._exchange(request, url, headers)
                describe_span(**{"http.response.status_code": reply.status})
            if reply.status not in _REDIRECTS or to is None:
                break
            url = self._same_server(to)
        if reply.status >= 500 or (reply.status < 300 and not reply.whole):
            raise BrokenReply(f"{reply.status} {_message(reply)}")
        return reply

    async def _exchange(
        self, request: Request, url: URL, headers: dict[str, str]
    ) -> tuple[Reply, str | None]:
        data = request.body if request.method != "GET" else None
        options: dict[str, Any] = {
            "headers": headers,
            "data": data,
            "allow_redirects": False,
            "timeout": _TIMEOUT,
            "proxy": proxy_for(url),
        }
        try:
            async with self._session.request(request.method, url, **options) as response:
                body = await response.read()
                self.server_version = response.headers.get("x-github-enterprise-version", "")
                following = response.links["next"].get("url") if "next" in response.links else None
                self.clock_ahead = (
                    date_of(response.headers) or self.limits.clock.now()
                ) - self.limits.clock.now()
                self._count(request, str(response.status))
                reply = Reply(response.status, response.headers, body, str(following) if following else None)
                return reply, response.headers.get("location")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as problem:
            self._count(request, "not sent")
            raise NotSent(_kind(problem)) from None
        except (TimeoutError, aiohttp.ClientError, OSError) as problem:
            self._count(request, "broken")
            raise BrokenReply(_kind(problem)) from None

    @staticmethod
    def _count(request: Request, status: str) -> None:
        metrics.requests.labels(request.method, metrics.route_of(request.url.path), status).inc()

    async def _again(self, request: Request, problem: NotSent | BrokenReply, times: int) -> None:
        """Wait before another try, or raise."""
        if isinstance(problem, BrokenReply) and not request.repeatable:
            raise OutcomeUnknown(f"it may have happened ({problem})", where=request.where) from problem
        patience = self.limits.patience
        if times >= patience.tries:
            raise Unavailable(f"no answer after {times} tries ({problem})", where=request.where) from problem
        log.info("%s: %s, try %d", request.where, problem, times)
        most = min(patience.backoff_most, patience.backoff * 2**times)
        await self.limits.clock.sleep(random.uniform(0, most))

    def _url(self, path: str, params: Mapping[str, str | int | None]) -> URL:
        url = URL(f"{self.api_url}{path}", encoded=True)
        return url.with_query({name: str(value) for name, value in params.items() if value is not None})

    def _same_server(self, address: str) -> URL:
        """The address that an answer redirects to; only on the server that the token is for."""
        url = self.api_url.join(URL(address, encoded=True))
        if url.origin() != self.api_url.origin():
            raise GitHubError(f"sent on to another server: {url.host}")
        return url


def _span_attributes(request: Request) -> dict[str, str | int]:
    return {"http.request.method": request.method, "server.address": request.url.host or ""}


def graphql_url(api_url: URL) -> URL:
    """GitHub Enterprise Server has REST at /api/v3 and GraphQL at /api/graphql."""
    if api_url.path.rstrip("/").endswith("/api/v3"):
        return api_url.with_path(api_url.path.rstrip("/").removesuffix("/v3") + "/graphql")
    return URL(f"{str(api_url).rstrip('/')}/graphql")


def _decisive_text(reply: Reply) -> Any:
    """The answer's text if a decision depends on it: of refusals, and of GraphQL's 200s."""
    if reply.status < 400 and GRAPHQL_LIMIT_MARK not in reply.body.lower():
        return None
    return reply.data


def _kind(problem: Exception) -> str:
    """Its chain is cut: some of aiohttp's exceptions hold the request's headers."""
    return f"{type(problem).__name__} {problem}".strip()


def _message(reply: Reply) -> str:
    said = _decisive_text(reply)
    return str(said.get("message", "")) if isinstance(said, Mapping) else ""


def _graphql_error(error: Mapping[str, Any]) -> GitHubError:
    if (error.get("extensions") or {}).get("code") in _NOT_IN_SCHEMA:
        return Unsupported(str(error.get("message", "")), where="graphql")
    statuses = {"NOT_FOUND": 404, "FORBIDDEN": 403, "UNPROCESSABLE": 422}
    message = str(error.get("message", ""))
    if error.get("type") == "NOT_FOUND":
        return NotFound(message, 404, "graphql")
    return error_of(statuses.get(str(error.get("type")), 422), {"message": message}, "graphql")
