"""How far the set-up of this server is: its code, who has begun it, and the settings that it ends with."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from dataclasses import dataclass

from bot.settings import ServerSettings, Settings
from bot.web.setup.form import SetupChoice

GOOD_FOR = 3600.0
"""Seconds that GitHub keeps a new App's credentials ready."""
MOST_BEGUN = 50
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that look like others."""


@dataclass(frozen=True)
class SetupInProgress:
    browser: str
    choice: SetupChoice
    at: float


class Setup:
    def __init__(self, server: ServerSettings) -> None:
        self.server = server
        self.code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
        """Shown in the log only: whoever can read that may set the server up."""
        self.lock = asyncio.Lock()
        self.settings: asyncio.Future[Settings] = asyncio.get_running_loop().create_future()
        self._begun: dict[str, SetupInProgress] = {}

    def knows_code(self, entered: str) -> bool:
        return hmac.compare_digest(_letters(entered), _letters(self.code))

    def begin(self, choice: SetupChoice) -> tuple[str, str]:
        """The state that GitHub hands back, and what the browser has to show with it."""
        state, browser = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self._begun[state] = SetupInProgress(browser, choice, time.monotonic())
        for old in list(self._begun)[:-MOST_BEGUN]:
            del self._begun[old]
        return state, browser

    def begun(self, state: str, browser: str) -> SetupChoice | None:
        found = self._begun.get(state)
        if found is None or time.monotonic() - found.at > GOOD_FOR:
            return None
        return found.choice if hmac.compare_digest(found.browser.encode(), browser.encode()) else None


def _letters(code: str) -> bytes:
    return "".join(letter for letter in code.lower() if letter.isalnum()).encode()
