"""Faults that a test orders: failing requests, missing features, unreliable deliveries."""

from __future__ import annotations

import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

FaultKind = Literal[
    "403",
    "404",
    "500",
    "502",
    "503",
    "502-done",
    "429",
    "secondary-403",
    "secondary-429",
    "secondary-422",
    "primary-403",
    "cut",
    "expired",
]
OptionalPart = Literal["reactions", "statuses", "graphql"]

VERSION, OLD_VERSION = "3.19.0", "2.22.0"
_OPTIONAL = {"reactions": r"/reactions(/|$)", "statuses": r"/status(es)?(/|$)", "graphql": r"^/graphql$"}


@dataclass(frozen=True)
class RequestFault:
    """How a request fails."""

    trouble: FaultKind
    retry_after: int = 1


@dataclass
class FaultOrder:
    method: str
    path: re.Pattern[str]
    left: int
    answer: RequestFault | None = None
    callback: Callable[[], Awaitable[Any]] | None = None

    def matches(self, method: str, path: str) -> bool:
        return self.left > 0 and self.method in ("*", method) and self.path.search(path) is not None


@dataclass
class DeliveryFaults:
    """Chances from 0 to 1 that a delivery fails; the same seed gives the same failures."""

    drop: float = 0.0
    repeat: float = 0.0
    reorder: float = 0.0
    delay: float = 0.0
    """The longest delay of a delivery, in seconds."""
    seed: int = 0
    events: frozenset[str] | None = None
    """The events that are affected; None for all."""
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def applies_to(self, event: str) -> bool:
        return self.events is None or event in self.events

    def occurs(self, chance: float) -> bool:
        return chance > 0 and self.dice.random() < chance


class Faults:
    def __init__(self) -> None:
        self.deliveries = DeliveryFaults()
        self.switched_off: set[OptionalPart] = set()
        self.request = ""
        """The one that came last, as its method and path."""
        self._orders: list[FaultOrder] = []

    def answer(
        self, trouble: FaultKind, *, times: int = 1, method: str = "*", path: str = "", retry_after: int = 1
    ) -> FaultOrder:
        """Fail the next matching requests; `cut` and `502-done` do the work and lose only the answer."""
        order = FaultOrder(method, re.compile(path), times, RequestFault(trouble, retry_after))
        self._orders.append(order)
        return order

    def before(
        self, callback: Callable[[], Awaitable[Any]], *, times: int = 1, method: str = "*", path: str = ""
    ) -> None:
        """Run a callback just before a matching request is handled."""
        self._orders.append(FaultOrder(method, re.compile(path), times, callback=callback))

    def switch_off(self, part: OptionalPart) -> None:
        """Answer 404 for this part of the API, as an older server does, with that server's version."""
        self.switched_off.add(part)

    @property
    def version(self) -> str:
        """The version of the Enterprise Server that the sandbox says it is."""
        return OLD_VERSION if self.switched_off else VERSION

    def clear(self) -> None:
        self._orders.clear()
        self.switched_off.clear()
        self.deliveries = DeliveryFaults()

    def is_switched_off(self, path: str) -> bool:
        return any(re.search(_OPTIONAL[part], path) for part in self.switched_off)

    async def next_fault(self, method: str, path: str) -> RequestFault | None:
        """Run the callbacks that wait for this request, and return its fault, if any: they may order it."""
        self.request = f"{method} {path}"
        for order in [one for one in self._orders if one.callback and one.matches(method, path)]:
            if order.callback:
                order.left -= 1
                await order.callback()
        found = next((one for one in self._orders if one.answer and one.matches(method, path)), None)
        if found:
            found.left -= 1
        self._orders = [order for order in self._orders if order.left > 0]
        return found.answer if found else None
