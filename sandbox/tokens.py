"""What a caller shows to be believed: installation tokens that end, people's own that do not, App JWTs."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

from sandbox.actors import Refusal
from sandbox.clock import Clock
from sandbox.model import App, Installation, User


@dataclass(frozen=True)
class Token:
    text: str
    user: User
    installation: Installation | None = None
    expires_at: datetime | None = None
    permissions: Mapping[str, str] | None = None
    repositories: frozenset[int] | None = None


class Tokens:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tokens: dict[str, Token] = {}
        self.lifetime = timedelta(hours=1)

    def personal(self, user: User) -> str:
        mine = (
            token.text for token in self._tokens.values() if token.user is user and not token.installation
        )
        return next(mine, None) or self._keep(Token(f"ghp_{secrets.token_hex(18)}", user)).text

    def for_installation(
        self, installation: Installation, permissions: Mapping[str, str], repositories: frozenset[int]
    ) -> Token:
        text = f"ghs_{secrets.token_hex(18)}"
        ends = self._clock.now() + self.lifetime
        bot = installation.app.bot
        return self._keep(Token(text, bot, installation, ends, permissions, repositories))

    def _keep(self, token: Token) -> Token:
        self._tokens[token.text] = token
        return token

    def find(self, text: str) -> Token | None:
        token = self._tokens.get(text)
        if token and token.expires_at and token.expires_at <= self._clock.now():
            return None
        return token

    def revoke(self, text: str) -> None:
        self._tokens.pop(text, None)

    def expire_all(self) -> None:
        """Every installation token ends now."""
        self._tokens = {text: token for text, token in self._tokens.items() if not token.installation}


def app_of_jwt(text: str, apps: Mapping[int, App], clock: Clock) -> App:
    """The App that signed it, by GitHub's rules for its times."""
    app = _claimed(text, apps)
    if app is None:
        raise Refusal(401, "'Issuer' claim ('iss') must be an Integer assigned to an App")
    options = {"verify_exp": False, "verify_iat": False, "verify_aud": False}
    try:
        claims = jwt.decode(text, app.public_key, algorithms=["RS256"], options=options)  # type: ignore[arg-type]
    except jwt.InvalidTokenError:
        raise Refusal(401, "A JSON web token could not be decoded") from None
    _check_times(claims, clock.seconds())
    return app


def _claimed(text: str, apps: Mapping[int, App]) -> App | None:
    try:
        issuer = str(jwt.decode(text, options={"verify_signature": False}).get("iss"))
    except jwt.InvalidTokenError:
        raise Refusal(401, "A JSON web token could not be decoded") from None
    return next((app for app in apps.values() if issuer in (str(app.id), app.client_id)), None)


def _check_times(claims: Mapping[str, object], now: float) -> None:
    issued, ends = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int | float):
        raise Refusal(401, "Missing 'issued at' claim ('iat') in assertion")
    if not isinstance(ends, int | float):
        raise Refusal(401, "Missing 'expiration time' claim ('exp') in assertion")
    if issued > now + 1:
        raise Refusal(401, "'Issued at' claim ('iat') must be an Integer representing a time in the past")
    if ends <= now:
        raise Refusal(
            401, "'Expiration time' claim ('exp') must be a numeric value representing the future time"
        )
    if ends > now + 600:
        raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future")
