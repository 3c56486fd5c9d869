"""The parts of the API that an old server may lack: detected, reported once, skipped, and tried again later."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any, Literal, Protocol, TypeVar

from .client import Client
from .outcomes import GitHubError, Gone, NotFound, Unavailable, Unsupported

log = logging.getLogger(__name__)

Feature = Literal["reactions", "statuses", "check suites", "graphql", "workflow runs", "rule sets"]
OnMissing = Callable[[int, Feature], Awaitable[None]]
T = TypeVar("T")

COMPLETE_SINCE = (3, 11)
"""The first Enterprise Server that has all of them; rule sets came last."""
OPTIONAL_ON_ENTERPRISE = frozenset({"workflow runs"})
"""What an administrator can leave out of a newer server, too."""
HOLDS_GATES = frozenset({"statuses", "check suites", "graphql", "rule sets"})
"""Not found for once is no answer here: nothing goes on until there is one."""
TRIES = 3
TRIED_AGAIN_AFTER = 6 * 3600.0


async def tell_nobody(installation: int, feature: Feature) -> None:
    return None


class Moments(Protocol):
    """By name; what one process sets, the others get, and those that start later."""

    def get(self, name: str) -> float | None: ...

    def set(self, name: str, at: float) -> None: ...


class LocalMoments:
    """For a single process."""

    def __init__(self) -> None:
        self._moments: dict[str, float] = {}

    def get(self, name: str) -> float | None:
        return self._moments.get(name)

    def set(self, name: str, at: float) -> None:
        self._moments[name] = at


class Features:
    def __init__(self, client: Client, on_missing: OnMissing, moments: Moments) -> None:
        """`moments`: when what a gate stands on first answered, on a server that may lack it."""
        self.client, self._moments = client, moments
        self._on_missing = on_missing
        self._missing_until: dict[Feature, float] = {}
        self._answered: set[Feature] = set()

    @property
    def missing(self) -> set[Feature]:
        now = self.client.limits.clock.now()
        return {feature for feature, until in self._missing_until.items() if until > now}

    async def optional(
        self,
        feature: Feature,
        ask: Callable[[], Awaitable[T]],
        without: T,
        exists: Callable[[], Awaitable[Any]] | None = None,
    ) -> T:
        """
        The answer; `without` where this server lacks the feature. `exists` asks for what the question is about: a 404
        for a thing that is itself gone says nothing of the feature, and is raised.
        """
        if feature in self.missing:
            return without
        for attempt in range(TRIES):
            try:
                said = await ask()
            except (NotFound, Gone):
                if exists is not None:
                    await exists()
                if not await self._may_lack(feature) and feature not in HOLDS_GATES:
                    return without
                await self._pause(attempt)
            else:
                await self._note_answer(feature)
                return said
        await self._found_missing(feature)
        return without

    async def graphql(self, query: str, without: T, **variables: Any) -> Any | T:
        async def ask() -> Any:
            try:
                return await self.client.graphql(query, **variables)
            except NotFound as missed:
                if missed.where == "graphql":  # the node that was asked for; the API itself is there
                    return missed
                raise

        try:
            said = await self.optional("graphql", ask, without)
        except Unsupported:
            return without
        if isinstance(said, NotFound):
            raise said
        return said

    async def _may_lack(self, feature: Feature) -> bool:
        """A feature that has answered before, in whichever process, is not lacking."""
        if feature in self._answered:
            return False
        if feature in OPTIONAL_ON_ENTERPRISE:
            return bool(self.client.server_version)
        return self._is_old_server and await asyncio.to_thread(self._moments.get, _name(feature)) is None

    @property
    def _is_old_server(self) -> bool:
        """Only an Enterprise Server says a version."""
        version = self.client.server_version
        return bool(version) and _numbers(version) < COMPLETE_SINCE

    async def _note_answer(self, feature: Feature) -> None:
        if feature in self._answered:
            return
        if feature in HOLDS_GATES and self._is_old_server:
            now = self.client.limits.clock.now()
            await asyncio.to_thread(self._moments.set, _name(feature), now)
        self._answered.add(feature)

    async def _pause(self, attempt: int) -> None:
        if attempt + 1 < TRIES:
            limits = self.client.limits
            await limits.clock.sleep(limits.patience.replicas)

    async def _found_missing(self, feature: Feature) -> None:
        """Raises where it can only be a passing fault."""
        if not await self._may_lack(feature):
            raise Unavailable(f"GitHub answers 404 for its {feature}", 404)
        limits = self.client.limits
        told = feature in self._missing_until
        self._missing_until[feature] = limits.clock.now() + TRIED_AGAIN_AFTER
        if told:
            return
        log.warning(
            "installation %s: GitHub %s has no %s", limits.installation, self.client.server_version, feature
        )
        try:
            await self._on_missing(limits.installation, feature)
        except GitHubError:
            log.exception("could not tell that there is no %s", feature)


def _name(feature: Feature) -> str:
    return f"answered: {feature}"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])
