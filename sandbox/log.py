"""What was said, as a test wants to look at it afterwards. Kept as bytes: a long run says much."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, overload

from sandbox.model import Json

KEPT = 5_000


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


Payload = tuple[str, str | None, Json]


class Payloads(Sequence[Payload]):
    """The webhook payloads that were made last, delivered or not: event, action, payload."""

    def __init__(self) -> None:
        self._kept: deque[tuple[str, str | None, bytes]] = deque(maxlen=KEPT)

    def add(self, event: str, action: str | None, body: bytes) -> None:
        self._kept.append((event, action, body))

    def __len__(self) -> int:
        return len(self._kept)

    @overload
    def __getitem__(self, at: int) -> Payload: ...
    @overload
    def __getitem__(self, at: slice) -> list[Payload]: ...
    def __getitem__(self, at: int | slice) -> Payload | list[Payload]:
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(len(self)))]
        event, action, body = self._kept[at]
        return event, action, json.loads(body)
