"""What a migration is to the store and the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.stored_json import known_fields


@dataclass(frozen=True)
class Migration:
    """One tracking issue of one repository: the partition that all its work runs in."""

    repo_id: int
    issue: int
    installation: int
    full_name: str

    @property
    def key(self) -> str:
        return f"{self.repo_id}/{self.issue}"

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Migration:
        return Migration(**known_fields(Migration, data))
