"""Who Drover is on GitHub."""

from __future__ import annotations

from bot.github import App, AppDetails


class AppIdentity:
    """The App's details, asked of GitHub once."""

    def __init__(self, github: App) -> None:
        self._github = github
        self._details: AppDetails | None = None

    async def details(self) -> AppDetails:
        if self._details is None:
            self._details = await self._github.details()
        return self._details

    @property
    def known_login(self) -> str:
        """The bot's login; empty as long as GitHub has not been asked."""
        return self._details.bot_login if self._details else ""
