"""The author of the commits that Drover makes."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.git.objects import Person
from bot.git.repository import Repository

NAME, EMAIL = "Drover", "drover@users.noreply.github.com"


def author(repository: Repository, base: str) -> Person:
    """Drover, at the base's own moment: what is made twice is the same commit."""
    when = repository.commit(base).committer.date.astimezone(UTC)
    return Person(NAME, EMAIL, datetime.fromtimestamp(int(when.timestamp()), UTC))
