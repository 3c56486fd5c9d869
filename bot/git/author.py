"""The author of Drover's commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from bot.git.objects import Person
from bot.git.repository import Repository


@dataclass(frozen=True)
class Identity:
    name: str
    email: str

    def at(self, repository: Repository, base: str) -> Person:
        """Dated like the base, so that the same change gives the same commit."""
        when = repository.commit(base).committer.date.astimezone(UTC)
        return Person(self.name, self.email, datetime.fromtimestamp(int(when.timestamp()), UTC))

    def is_of(self, name: str, email: str) -> bool:
        return (name, email) == (self.name, self.email)


def configured_identity(repository: Repository) -> Identity:
    """The committer that a person's configuration of git names."""
    name, email = repository.git.setting("user.name"), repository.git.setting("user.email")
    return Identity(name, email) if name and email else NAMELESS


NAMELESS = Identity("Drover", "drover@drover.invalid")
"""Used if nobody is configured: the domain is reserved, so the address can't be anybody's."""
FORMER = Identity("Drover", "drover@users.noreply.github.com")
"""The author in older versions. It is only read: the address may be somebody's."""


def bot_identity(login: str, user_id: int, server: str) -> Identity:
    """The App's identity on a server, with the address by which GitHub recognizes its commits."""
    host = urlsplit(server).hostname or "github.com"
    number = f"{user_id}+" if user_id else ""
    return Identity(login, f"{number}{login}@users.noreply.{host}")
