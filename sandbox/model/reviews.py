"""Reviews of pull requests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sandbox.model.accounts import User

Verdict = Literal["APPROVE", "REQUEST_CHANGES", "COMMENT"]


@dataclass(eq=False)
class Review:
    id: int
    user: User
    body: str
    state: Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"]
    commit_id: str
    submitted_at: datetime
