"""The App and its installations: keys, tokens, and a client for each."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import cast

import aiohttp
import jwt
from cachetools import LRUCache, TLRUCache
from jwt.algorithms import AllowedPrivateKeys, RSAAlgorithm

from . import features, limits
from .client import BeforeWrite, Client, Credentials, always, etags
from .features import Features, LocalMoments, Moments, OnMissing
from .limits import Clock, Limits, OnWait, WaitPolicy
from .outcomes import Forbidden, NotFound, NotInstalled
from .replies import Endpoint, Json, User, moment, segment, user, when
from .repo import Repo, RepoDetails, repo_details
from .waits import LocalWaits, Waits

log = logging.getLogger(__name__)

RENEW_BEFORE = 300
NEW_TOKEN_SECONDS = 5.0
"""A new token can be refused for this long: not every server of GitHub has it at once."""
_JWT_SECONDS, _BACKDATED = 9 * 60, 60
_INSTALLATIONS = 256
_KEY_PATIENCE = 60.0
"""Seconds in which a key that was refused is not tried as if it were another."""
_RS256 = RSAAlgorithm(RSAAlgorithm.SHA256)


@dataclass(frozen=True)
class AppDetails:
    id: int
    slug: str
    name: str
    html_url: str
    permissions: Mapping[str, str]
    events: tuple[str, ...]

    @property
    def bot_login(self) -> str:
        return f"{self.slug}[bot]"


@dataclass(frozen=True)
class InstallationDetails:
    id: int
    account: User
    suspended_at: datetime | None
    permissions: Mapping[str, str]
    events: tuple[str, ...]


@dataclass(frozen=True)
class WebhookConfig:
    """How GitHub sends the App's deliveries."""

    url: str
    """Empty if the App has no webhook."""
    has_secret: bool
    content_type: str
    checks_certificate: bool


@dataclass(frozen=True)
class Delivery:
    id: int
    guid: str
    event: str
    action: str | None
    status_code: int
    redelivery: bool
    delivered_at: datetime
    installation: int | None
    repository: int | None

    @property
    def arrived(self) -> bool:
        return 200 <= self.status_code < 300


@dataclass(frozen=True)
class SentDelivery:
    """One delivery with what was sent."""

    delivery: Delivery
    payload: Json = field(repr=False)


@dataclass(frozen=True)
class Token:
    text: str = field(repr=False)
    ends: float
    born: float = 0.0
    """By our clock."""


@lru_cache(maxsize=4)
def _read(private_key: str) -> AllowedPrivateKeys:
    """The parsed key, cached: checking it takes longer than signing with it."""
    return cast("AllowedPrivateKeys", _RS256.prepare_key(private_key))


class AppKey:
    """The App's own credentials: a JWT, renewed every few minutes, signed with the first key that GitHub takes."""

    def __init__(self, app_id: str, private_keys: Sequence[str], clock: Clock) -> None:
        self._app_id, self._private_keys, self._clock = app_id, private_keys, clock
        self._jwt, self._renew_at, self._ahead = "", 0.0, 0.0
        self._used, self._refused_at = 0, [-math.inf] * len(private_keys)

    async def header(self) -> str:
        now = self._clock.now()
        if now >= self._renew_at:
            issued = int(now + self._ahead) - _BACKDATED
            claims = {"iat": issued, "exp": issued + _JWT_SECONDS, "iss": self._app_id}
            self._jwt = jwt.encode(claims, _read(self._private_keys[self._used]), algorithm="RS256")
            self._renew_at = now + _JWT_SECONDS / 2
        return f"bearer {self._jwt}"

    def note_refusal(self, header: str, date: float | None) -> float | None:
        """Use GitHub's clock from now on: ours may be minutes off. Where there is another key, use that."""
        now = self._clock.now()
        if header != f"bearer {self._jwt}":
            return None
        self._renew_at, self._refused_at[self._used] = 0.0, now
        if date is not None:
            self._ahead = date - now
        self._used = (self._used + 1) % len(self._private_keys)
        if now - self._refused_at[self._used] < _KEY_PATIENCE:
            return None
        log.warning("GitHub refused one of the App's two private keys: trying the other")
        return 0.0


class InstallationToken:
    """Lasts an hour; renewed some minutes before, and when it is refused."""

    def __init__(
        self, installation: int, app: Client, tokens: TLRUCache[int, Token], clock: Clock, retry: float
    ) -> None:
        self._installation, self._app, self._tokens = installation, app, tokens
        self._clock, self._retry = clock, retry
        self._renewing = asyncio.Lock()

    async def header(self) -> str:
        return f"token {(await self.current()).text}"

    def note_refusal(self, header: str, date: float | None) -> float | None:
        known = self._tokens.get(self._installation)
        if known is None or header != f"token {known.text}":
            return None
        if self._clock.now() < known.born + NEW_TOKEN_SECONDS:
            return self._retry
        self._tokens.pop(self._installation, None)
        return None

    def forget(self) -> None:
        self._tokens.pop(self._installation, None)

    async def current(self) -> Token:
        async with self._renewing:
            token = self._tokens.get(self._installation)
            if token is None:
                token = await self._new()
                self._tokens[self._installation] = token
            return token

    async def _new(self) -> Token:
        at = f"/app/installations/{self._installation}/access_tokens"
        try:
            said = await self._app.write("POST", at, repeatable=True)
        except NotFound as gone:
            raise NotInstalled("the App is not installed there any more", gone.status, gone.where) from None
        except Forbidden as refused:
            raise NotInstalled(refused.message, refused.status, refused.where) from None
        return Token(said["token"], moment(said["expires_at"]).timestamp(), self._clock.now())


class Installation:
    def __init__(self, id: int, client: Client, token: InstallationToken, features: Features) -> None:
        self.id, self.client, self.features = id, client, features
        self._token = token

    def __repr__(self) -> str:
        return f"Installation({self.id})"

    async def token(self) -> str:
        """For git. Good for five minutes at least."""
        return (await self._token.current()).text

    def forget_token(self) -> None:
        """The next request gets a new one: one that is older may not reach a repository that was added since."""
        self._token.forget()

    async def wait_for_servers(self, times: int) -> None:
        """Until those of GitHub's that are behind may have what is new."""
        limits = self.client.limits
        await limits.clock.sleep(times * limits.patience.replicas)

    async def renewed_token(self, refused: str) -> str:
        """Another token, after git was refused with that one."""
        self._token.note_refusal(f"token {refused}", None)
        return await self.token()

    def repo(self, owner: str, name: str) -> Repo:
        return Repo(
            Endpoint(self.client, f"/repos/{segment(owner)}/{segment(name)}"), self.features, owner, name
        )

    def repo_named(self, full_name: str) -> Repo:
        owner, _, name = full_name.partition("/")
        return self.repo(owner, name)

    async def repo_by_id(self, id: int) -> RepoDetails:
        """Found after it was renamed or moved, too."""
        return repo_details(await self.client.get(f"/repositories/{id}"))

    async def repositories(self) -> list[RepoDetails]:
        found = self.client.pages("/installation/repositories", "repositories")
        return [repo_details(data) async for data in found]


class App:
    """The App. It shares `waits`, `moments`, `on_wait` and `on_missing` with all its installations."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        app_id: str,
        private_key: str,
        api_url: str = "https://api.github.com",
        *,
        waits: Waits | None = None,
        moments: Moments | None = None,
        patience: WaitPolicy = limits.USUAL,
        on_wait: OnWait = limits.tell_nobody,
        on_missing: OnMissing = features.tell_nobody,
        previous_private_key: str = "",
        clock: Clock = limits.REAL,
        before_write: BeforeWrite = always,
    ) -> None:
        self._session, self._api_url = session, api_url
        self._waits, self._patience, self._on_wait = waits or LocalWaits(), patience, on_wait
        self._on_missing, self._moments, self._clock = on_missing, moments or LocalMoments(), clock
        self.before_write = before_write
        """Also for what git pushes: it raises where this process may write nothing more."""
        self._tokens: TLRUCache[int, Token] = TLRUCache(4 * _INSTALLATIONS, ttu=_renew_at, timer=clock.now)
        self._installations: LRUCache[int, Installation] = LRUCache(_INSTALLATIONS)
        self._etags = etags()
        keys = [key for key in (private_key, previous_private_key) if key]
        self.client = self._client(AppKey(app_id, keys, clock), 0)

    def __repr__(self) -> str:
        return f"App({self._api_url})"

    def installation(self, id: int) -> Installation:
        known = self._installations.get(id)
        if known is None:
            token = InstallationToken(id, self.client, self._tokens, self._clock, self._patience.replicas)
            client = self._client(token, id)
            known = Installation(id, client, token, Features(client, self._on_missing, self._moments))
            self._installations[id] = known
        return known

    async def details(self) -> AppDetails:
        said = await self.client.get("/app")
        return AppDetails(
            said["id"],
            said.get("slug") or "",
            said["name"],
            said.get("html_url") or "",
            dict(said.get("permissions") or {}),
            tuple(said.get("events") or ()),
        )

    async def installations(self) -> list[InstallationDetails]:
        return [_installation(data) async for data in self.client.pages("/app/installations")]

    @property
    def clock_ahead(self) -> float:
        """How many seconds GitHub's clock is ahead of ours, by its last answer."""
        return self.client.clock_ahead

    async def webhook(self) -> WebhookConfig:
        said = await self.client.get("/app/hook/config")
        return WebhookConfig(
            str(said.get("url") or ""),
            bool(said.get("secret")),
            str(said.get("content_type") or "form"),
            str(said.get("insecure_ssl") or "0") == "0",
        )

    async def deliveries(self, since: datetime | None = None) -> list[Delivery]:
        """Newest first, back to `since` (GitHub keeps them for some days)."""
        found: list[Delivery] = []
        async for data in self.client.pages("/app/hook/deliveries"):
            delivery = _delivery(data)
            if since and delivery.delivered_at < since:
                break
            found.append(delivery)
        return found

    async def delivery(self, id: int) -> SentDelivery | None:
        try:
            said = await self.client.get(f"/app/hook/deliveries/{id}")
        except NotFound:
            return None
        return SentDelivery(_delivery(said), (said.get("request") or {}).get("payload") or {})

    async def redeliver(self, id: int) -> None:
        await self.client.write("POST", f"/app/hook/deliveries/{id}/attempts")

    def _client(self, credentials: Credentials, installation: int) -> Client:
        obeyed = Limits(installation, self._waits, self._patience, self._on_wait, self._clock)
        return Client(self._session, self._api_url, credentials, obeyed, self._etags, self.before_write)


def _renew_at(_: int, token: Token, now: float) -> float:
    """Some minutes before its end; but kept for a while also where our clock says that it is over."""
    return max(token.ends - RENEW_BEFORE, now + 60)


def _installation(data: Json) -> InstallationDetails:
    return InstallationDetails(
        data["id"],
        user(data.get("account")),
        when(data.get("suspended_at")),
        dict(data.get("permissions") or {}),
        tuple(data.get("events") or ()),
    )


def _delivery(data: Json) -> Delivery:
    return Delivery(
        id=data["id"],
        guid=data["guid"],
        event=data["event"],
        action=data.get("action"),
        status_code=data.get("status_code") or 0,
        redelivery=bool(data.get("redelivery")),
        delivered_at=moment(data.get("delivered_at")),
        installation=data.get("installation_id"),
        repository=data.get("repository_id"),
    )
