"""Access tokens: those of installations expire, personal ones do not."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.controls.clock import Clock
from sandbox.model.accounts import Installation, User


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
        return next(mine, None) or self._store(Token(f"ghp_{secrets.token_hex(18)}", user)).text

    def for_installation(
        self, installation: Installation, permissions: Mapping[str, str], repositories: frozenset[int]
    ) -> Token:
        text = f"ghs_{secrets.token_hex(258)}"  # 520 characters, the most that GitHub's have
        ends = self._clock.now() + self.lifetime
        bot = installation.app.bot
        return self._store(Token(text, bot, installation, ends, permissions, repositories))

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
