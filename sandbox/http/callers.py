"""Who sends a request, by token or JWT."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import BasicAuth

from sandbox.access.app_jwts import app_of_jwt
from sandbox.access.refusals import Refusal
from sandbox.controls.lag import Reader
from sandbox.controls.limits import ANONYMOUS_CALLER
from sandbox.forge import Forge
from sandbox.model.accounts import Actor, App


def limits_key(actor: Any, app: Any) -> str:
    """Return the key that rate limits are counted by."""
    if app:
        return f"app {app.id}"
    if actor is None:
        return ANONYMOUS_CALLER
    return f"installation {actor.installation.id}" if actor.installation else f"user {actor.user.id}"


@dataclass(frozen=True)
class Caller:
    actor: Actor | None = None
    app: App | None = None

    @property
    def name(self) -> str:
        return limits_key(self.actor, self.app)


def identify(forge: Forge, headers: Mapping[str, str], reader: Reader = "api") -> Caller:
    """Identify the caller by token or JWT, also as the password of Basic authentication."""
    header = headers.get("Authorization")
    if not header:
        return Caller()
    kind, _, secret = header.partition(" ")
    if kind.lower() == "basic":
        try:
            login = BasicAuth.decode(header)
        except ValueError:
            raise Refusal(401, "Bad credentials") from None
        if _is_an_apps(forge, login):
            return Caller()  # an App's server itself, where a route takes that
        secret = login.password if login.password not in ("", "x-oauth-basic") else login.login
    secret = secret.strip()
    if secret.count(".") == 2:
        return Caller(app=app_of_jwt(secret, forge.apps.registered, forge.clock))
    return Caller(actor=_of_token(forge, secret, reader))


def _of_token(forge: Forge, text: str, reader: Reader) -> Actor:
    token = forge.tokens.find(text)
    if token is None or forge.lag.hides(text, reader):
        raise Refusal(401, "Bad credentials")
    one = token.installation
    if one is None:
        return Actor(token.user, reach=_reach(forge, token.through) if token.through else None)
    if one.id not in forge.apps.installations:
        raise Refusal(401, "Bad credentials")
    if one.suspended_at:
        raise Refusal(403, "This installation has been suspended")
    reach = one.repositories if token.repositories is None else one.repositories & token.repositories
    limited = dataclasses.replace(one, permissions=dict(token.permissions or {}), repositories=set(reach))
    return Actor(token.user, limited)


def _reach(forge: Forge, app: App) -> frozenset[int]:
    active = (one for one in forge.apps.installations_of(app) if one.suspended_at is None)
    return frozenset(number for one in active for number in one.repositories)


def _is_an_apps(forge: Forge, login: BasicAuth) -> bool:
    apps = forge.apps.registered.values()
    return (login.login, login.password) in [(app.client_id, app.client_secret) for app in apps]
