"""Recorded requests and answers, for tests. Answers are kept as bytes to save memory."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

KEPT_EXCHANGES = 5_000


@dataclass(frozen=True)
class Exchange:
    """One request and its answer."""

    at: datetime
    method: str
    path: str
    """The path below the API's root, such as `/repos/acme/shop/issues`."""
    template: str | None
    """The route that answered, or None."""
    query: dict[str, str]
    request: Any
    status: int
    raw: bytes | None
    login: str | None
    headers: dict[str, str]

    @property
    def answer(self) -> Any:
        """Return the parsed JSON, or None if there is none."""
        try:
            return json.loads(self.raw) if self.raw else None
        except ValueError:
            return None
