"""Who looks at the pages, and which repositories they may read."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from bot.settings import Settings, is_loopback


@dataclass(frozen=True)
class Visitor:
    login: str
    """Empty if the pages are open and nobody signs in."""


OPEN = Visitor("")
VISITOR = web.RequestKey("visitor", Visitor)
"""Who asks for a page, as its layout shows them; unset where nobody is signed in."""


class Visitors:
    def __init__(self, settings: Settings) -> None:
        self._open = settings.dashboard == "open"

    async def visitor(self, request: web.Request) -> Visitor | None:
        """None if nobody is signed in."""
        if self._open and is_loopback(request.url.host or ""):
            return OPEN
        return None

    async def may_read(self, visitor: Visitor, repo_id: int) -> bool:
        """Whether GitHub shows them the repository. False if it can't be asked."""
        return visitor is OPEN and self._open
