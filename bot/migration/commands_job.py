"""A run of the plan's commands on one commit, done outside the turns since it may take long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bot.store import Migration


@dataclass(frozen=True)
class CommandsJob:
    migration: Migration
    sha: str
    check_run: int
    """Where it is reported: what is asked for twice has the same, and is carried out once."""
    commands: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"commands/{self.migration.repo_id}/{self.check_run}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> CommandsJob:
        migration = Migration.from_json(data["migration"])
        return CommandsJob(migration, data["sha"], data["check_run"], tuple(data["commands"]))
