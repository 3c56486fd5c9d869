"""Who is to be told how to start: a repository that got the App, or somebody who commands on an ordinary issue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bot.decide.requests import commands
from bot.intake.event import Event

MOST_WELCOMED = 10
"""Repositories that are told at once: of more, only the first is, since an App that is installed on a whole organization
has to open no hundreds of issues."""


@dataclass(frozen=True)
class FirstSteps:
    installation: int
    repo: str
    issue: int | None = None
    """Where somebody commanded; None where the App was installed."""
    asked_by: str = ""

    @property
    def key(self) -> str:
        return f"{self.repo}/{self.issue or 'welcome'}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> FirstSteps:
        return FirstSteps(**data)


def first_steps(event: Event) -> tuple[FirstSteps, ...]:
    if event.kind in ("installation.created", "installation_repositories.added"):
        names = event.added if len(event.added) <= MOST_WELCOMED else event.added[:1]
        return tuple(FirstSteps(event.installation, name) for name in names)
    if _commands_on_ordinary_issue(event):
        return (FirstSteps(event.installation, event.repo, event.issue, event.sender),)
    return ()


def _commands_on_ordinary_issue(event: Event) -> bool:
    if event.kind != "issue_comment.created" or event.tracking or event.on_pull:
        return False
    if event.sender_is_bot or event.by_outsider:
        return False
    return event.issue is not None and bool(commands(event.text))
