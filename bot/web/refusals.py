"""What a page is refused with: plain words, and what to do."""

from __future__ import annotations


class PageRefused(Exception):
    """Nothing else is shown. `link` is where to go next, and what to call it."""

    def __init__(self, status: int, title: str, says: str, link: tuple[str, str] | None = None) -> None:
        super().__init__(title)
        self.status, self.title, self.says, self.link = status, title, says, link
