"""Parses replies: the values that all of them share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from .client import Client

Json = Mapping[str, Any]
GHOST = "ghost"


@dataclass(frozen=True)
class Endpoint:
    """A repository's address in the API, and the client for it."""

    client: Client
    at: str


@dataclass(frozen=True)
class User:
    id: int
    login: str
    kind: str = "User"
    """User, Bot, Organization, Mannequin."""

    @property
    def is_bot(self) -> bool:
        return self.kind == "Bot"


def user(data: Json | None) -> User:
    """A deleted account is null in GitHub's answers, and shown as `ghost`."""
    return User(data["id"], data["login"], data.get("type", "User")) if data else User(0, GHOST)


def when(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def moment(text: str | None) -> datetime:
    return when(text) or datetime.fromtimestamp(0, UTC)


def segment(name: str) -> str:
    """One part of a path."""
    return quote(name, safe="")


def route(name: str) -> str:
    """A name whose slashes are the path's: a ref, a file."""
    return quote(name, safe="/")


def given_fields(**values: Any) -> dict[str, Any]:
    """The fields that are to be changed."""
    return {name: value for name, value in values.items() if value is not None}
