"""One request and its answer, as a test wants to look at them afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Exchange:
    at: datetime
    method: str
    path: str
    """Below the API's root: `/repos/acme/shop/issues`."""
    template: str | None
    """The route that answered; None where there is none."""
    query: dict[str, str]
    request: Any
    status: int
    answer: Any
    login: str | None
    headers: dict[str, str]
