"""Webhook payloads, kept as bytes: a long run sends many."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from typing import overload

from sandbox.controls.exchanges import KEPT_EXCHANGES
from sandbox.model.json import Json

Payload = tuple[str, str | None, Json]


class Payloads(Sequence[Payload]):
    """The latest webhook payloads, delivered or not: event, action, payload."""

    def __init__(self) -> None:
        self._kept: deque[tuple[str, str | None, bytes]] = deque(maxlen=KEPT_EXCHANGES)

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
