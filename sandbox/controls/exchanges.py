"""What was said, as a test wants to look at it afterwards. Kept as bytes: a long run says much."""

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
    """Below the API's root: `/repos/acme/shop/issues`."""
    template: str | None
    """The route that answered; None where there is none."""
    query: dict[str, str]
    request: Any
    status: int
    raw: bytes | None
    login: str | None
    headers: dict[str, str]

    @property
    def answer(self) -> Any:
        """None where there was none, or no JSON."""
        try:
            return json.loads(self.raw) if self.raw else None
        except ValueError:
            return None
