"""Comments, their edits and reactions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sandbox.model.accounts import App, User

REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


@dataclass(eq=False)
class Reaction:
    id: int
    user: User
    content: str
    created_at: datetime


@dataclass(frozen=True)
class Edit:
    """A text after one edit."""

    body: str
    editor: User
    at: datetime


@dataclass(eq=False)
class Comment:
    id: int
    user: User
    body: str
    created_at: datetime
    updated_at: datetime
    app: App | None = None
    reactions: list[Reaction] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
