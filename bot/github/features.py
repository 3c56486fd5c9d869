"""The parts of the API that a server may lack: switched off when first missed, told once, and done without."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeVar

from .client import Client
from .outcomes import GitHubError, Gone, NotFound, Unsupported

log = logging.getLogger(__name__)

Feature = Literal["reactions", "statuses", "check suites", "graphql", "workflow runs", "rule sets"]
OnMissing = Callable[[int, Feature], Awaitable[None]]
T = TypeVar("T")


async def tell_nobody(installation: int, feature: Feature) -> None:
    return None


class Features:
    def __init__(self, client: Client, on_missing: OnMissing = tell_nobody) -> None:
        self.client = client
        self.missing: set[Feature] = set()
        self._on_missing = on_missing

    async def optional(
        self,
        feature: Feature,
        ask: Callable[[], Awaitable[T]],
        without: T,
        there: Callable[[], Awaitable[Any]] | None = None,
    ) -> T:
        """`without` where the server lacks it. `there` asks for what the question is about: a 404 for a thing that
        is itself gone says nothing of the feature, and is raised."""
        if feature in self.missing:
            return without
        try:
            return await ask()
        except (NotFound, Gone):
            if there is not None:
                await there()
            await self._lacks(feature)
            return without

    async def graphql(self, query: str, without: Any, **variables: Any) -> Any:
        if "graphql" in self.missing:
            return without
        try:
            return await self.client.graphql(query, **variables)
        except Unsupported:
            return without
        except NotFound as missed:
            if missed.where == "graphql":
                raise
            await self._lacks("graphql")
            return without

    async def _lacks(self, feature: Feature) -> None:
        if feature in self.missing:
            return
        self.missing.add(feature)
        log.warning("installation %s: this GitHub has no %s", self.client.limits.installation, feature)
        try:
            await self._on_missing(self.client.limits.installation, feature)
        except GitHubError:
            log.exception("could not tell that there is no %s", feature)
