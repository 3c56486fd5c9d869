"""People, Apps and installations, and whoever acts through them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Kind = Literal["User", "Bot", "Organization"]
Role = Literal["none", "read", "triage", "write", "maintain", "admin"]
ROLES: tuple[Role, ...] = ("none", "read", "triage", "write", "maintain", "admin")


@dataclass(eq=False)
class User:
    id: int
    login: str
    created_at: datetime
    kind: Kind = "User"
    name: str | None = None
    email: str = ""
    """The address in their commits, which links a commit to its author."""


@dataclass(eq=False)
class App:
    id: int
    slug: str
    name: str
    owner: User
    bot: User
    permissions: dict[str, str]
    events: list[str]
    webhook_url: str | None
    webhook_secret: str
    private_key: str
    public_key: str
    client_id: str
    client_secret: str
    created_at: datetime
    description: str = ""
    external_url: str = "https://example.com"
    setup_url: str | None = None
    """Where a person is sent after installing it."""
    callback_urls: list[str] = field(default_factory=list)
    """Where people may be sent after signing in."""
    public: bool = True
    """Whether accounts other than its owner can install it."""


@dataclass(eq=False)
class Installation:
    id: int
    app: App
    account: User
    permissions: dict[str, str]
    events: list[str]
    created_at: datetime
    updated_at: datetime
    repositories: set[int] = field(default_factory=set)
    suspended_at: datetime | None = None
    suspended_by: User | None = None


@dataclass(frozen=True)
class Actor:
    """Who acts, and the installation that they act through."""

    user: User
    installation: Installation | None = None
    reach: frozenset[int] | None = None
    """The private repositories within a person's reach, where they act through an App."""

    @property
    def app(self) -> App | None:
        return self.installation.app if self.installation else None


By = str | User | Actor
"""Who acts: a login, a person, or an actor."""
