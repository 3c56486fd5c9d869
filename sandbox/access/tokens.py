"""Access tokens: those of installations and of signed-in people expire, personal ones do not."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.controls.clock import Clock
from sandbox.model.accounts import App, Installation, User


@dataclass(frozen=True)
class Token:
    text: str
    user: User
    installation: Installation | None = None
    expires_at: datetime | None = None
    permissions: Mapping[str, str] | None = None
    repositories: frozenset[int] | None = None
    through: App | None = None
    """The App that a person signed in through: the token reaches no private repository that lacks it."""


class Tokens:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tokens: dict[str, Token] = {}
        self.lifetime = timedelta(hours=1)
        self.user_lifetime = timedelta(hours=8)

    def personal(self, user: User) -> str:
        mine = (
            token.text
            for token in self._tokens.values()
            if token.user is user and not token.installation and not token.through
        )
        return next(mine, None) or self._store(Token(f"ghp_{secrets.token_hex(18)}", user)).text

    def for_installation(
        self, installation: Installation, permissions: Mapping[str, str], repositories: frozenset[int]
    ) -> Token:
        text = f"ghs_{secrets.token_hex(258)}"  # 520 characters, the most that GitHub's have
        ends = self._clock.now() + self.lifetime
        bot = installation.app.bot
        return self._store(Token(text, bot, installation, ends, permissions, repositories))

    def for_user_of(self, app: App, user: User) -> Token:
        ends = self._clock.now() + self.user_lifetime
        return self._store(Token(f"ghu_{secrets.token_hex(18)}", user, expires_at=ends, through=app))

    def revoke(self, text: str, app: App) -> bool:
        """Whether it was a token of somebody who signed in through the App."""
        found = self._tokens.get(text)
        if found is None or found.through is not app:
            return False
        del self._tokens[text]
        return True

    def _store(self, token: Token) -> Token:
        self._tokens[token.text] = token
        return token

    def find(self, text: str) -> Token | None:
        token = self._tokens.get(text)
        if token and token.expires_at and token.expires_at <= self._clock.now():
            return None
        return token

    def expire_all(self) -> None:
        """Expire every installation token."""
        self._tokens = {text: token for text, token in self._tokens.items() if not token.installation}
