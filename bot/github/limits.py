"""GitHub's limits, obeyed in one place for an installation.

Writes go one after another, with a pause between them, whichever process makes them. What GitHub says (`retry-after`, the
reset, a refusal in any of its disguises) becomes a wait that every request of the installation obeys, in every process.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any

from bot import metrics

from .outcomes import MustWait, is_suspension
from .waits import BLOCK, BLOCK_SECONDS, SpentPoints, Waits, Write, next_write, points_free_at

log = logging.getLogger(__name__)

AT_ONCE = 8
RESERVE = 20
WORTH_TELLING = 3.0
TELLING = 3
QUEUED = 10
"""Writes that may be waiting for their moment: one that would be further off waits as it does for a limit."""
LONGEST = 86_400.0
GRAPHQL_LIMIT_MARK = b"rate_limit"
"""In every answer of GraphQL's that is a refusal for the sake of a limit, though its status is 200 (in small letters)."""
USED_UP = "the hour's requests to GitHub are used up"

_telling: ContextVar[bool] = ContextVar("telling", default=False)


class Kind(Enum):
    """What a request costs of the secondary limit."""

    READ = 1
    WRITE = 5
    CREATE = 6
    """A write that people are notified of; these have limits of their own."""


@dataclass(frozen=True)
class Wait:
    until: float
    why: str
    is_ours: bool = False
    """Whether it is to keep below GitHub's limits, and GitHub has refused nothing."""


@dataclass(frozen=True)
class Clock:
    now: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


OnWait = Callable[[int, datetime, str], Awaitable[None]]


async def tell_nobody(installation: int, until: datetime, why: str) -> None:
    log.info("installation %s waits until %s: %s", installation, until.isoformat(timespec="seconds"), why)


@dataclass(frozen=True)
class WaitPolicy:
    """`longest`: a longer wait that GitHub asks for is raised as `MustWait`. Drover's own waits, which would begin
    again with every try, are waited for up to `longest_own`."""

    pause: float = 1.0
    """Seconds between writes. With 0, the secondary limits aren't counted either (for one's own GitHub server)."""
    longest: float = 5.0
    longest_own: float = 120.0
    unsaid: float = 60.0
    """How long where GitHub names no time; doubled each time."""
    tries: int = 5
    backoff: float = 0.5
    backoff_most: float = 20.0
    replicas: float = 0.5
    """Between the tries of what is so new that not every server of GitHub's has it."""


USUAL, REAL = WaitPolicy(), Clock()


@dataclass
class PointBlock:
    """Points that this process may spend, until a moment; no other process counts on them."""

    left: int = 0
    until: float = 0.0

    def spend(self, now: float, cost: int) -> bool:
        """False where there are too few."""
        if now >= self.until or self.left < cost:
            return False
        self.left -= cost
        return True


@dataclass
class Quota:
    """The primary limit of one resource, as of the last answer."""

    remaining: int
    limit: int
    reset: float


class Limits:
    def __init__(
        self,
        installation: int,
        waits: Waits,
        patience: WaitPolicy = USUAL,
        on_wait: OnWait = tell_nobody,
        clock: Clock = REAL,
    ) -> None:
        self.installation, self.patience, self.clock = installation, patience, clock
        self._waits, self._on_wait = waits, on_wait
        self._writing, self._slots = asyncio.Lock(), asyncio.Semaphore(AT_ONCE)
        self._strikes, self._told, self._asked = 0, 0.0, 0.0
        self._last_write_ended = 0.0
        self._wait: Wait | None = None
        self._told_of: Wait | None = None
        self._may_tell = 0
        self._block, self._taking = PointBlock(), asyncio.Lock()
        self.quotas: dict[str, Quota] = {}

    @asynccontextmanager
    async def turn(self, kind: Kind) -> AsyncIterator[None]:
        """The turn to send. While a wait is reported to people, the waiting request has the turn already."""
        if _telling.get():
            yield
        elif kind is Kind.READ:
            async with self._slots:
                yield
        else:
            async with self._writing, self._slots:
                yield

    @contextmanager
    def sending(self, kind: Kind) -> Iterator[None]:
        """Around each try of a request, the repeated ones too: the pause begins at its end."""
        try:
            yield
        finally:
            if kind is not Kind.READ:
                self._last_write_ended = self.clock.now()

    async def ready(self, kind: Kind, resource: str) -> None:
        """Returns when a request may be sent, and counts it."""
        await self._ask_others()
        while (wait := await self._reason_to_wait(kind, resource)) is not None:
            await self._sit_out(wait)
        self._may_tell -= _telling.get()

    async def _reason_to_wait(self, kind: Kind, resource: str) -> Wait | None:
        standing = self._standing(resource) or await self._reserve(kind, resource)
        return standing or await self._take_points(min(kind.value, 5))

    async def _take_points(self, cost: int) -> Wait | None:
        """Of those that all processes of the installation may spend in a minute. The few requests that tell people of
        a wait are made besides."""
        if self.patience.pause <= 0 or _telling.get():
            return None
        async with self._taking:
            now = self.clock.now()
            if self._block.spend(now, cost):
                return None
            free_at = await asyncio.to_thread(self._take_block, now)
            self._block.spend(now, cost)
        return Wait(free_at, "so as not to ask GitHub too much a minute", True) if free_at > now else None

    def _take_block(self, now: float) -> float:
        """When there is one; `now` where it was taken."""
        free_at = now

        def choose(points: Sequence[SpentPoints]) -> int:
            nonlocal free_at
            free_at = points_free_at(points, now)
            return 0 if free_at > now else BLOCK

        self._waits.reserve_points(self.installation, now, choose)
        if free_at <= now:
            self._block = PointBlock(BLOCK, now + BLOCK_SECONDS)
        return free_at

    async def _reserve(self, kind: Kind, resource: str) -> Wait | None:
        """
        The next moment for a write, which no other process gets; slept for here, or handed back as a wait where it is
        too far off to be reserved.
        """
        pause, content = self.patience.pause, kind is Kind.CREATE
        if kind is Kind.READ or pause <= 0:
            return None
        now, latest, at = self.clock.now(), QUEUED * max(pause, 1.0), 0.0
        # From its answer on: how long a request is on its way differs, and GitHub counts its arrival.
        earliest = max(now, self._last_write_ended + pause)

        def choose(writes: Sequence[Write]) -> Write | None:
            nonlocal at
            at = next_write(writes, earliest, pause, content)
            return (at, content) if at <= now + latest else None

        await asyncio.to_thread(self._waits.reserve_write, self.installation, now, choose)
        if at > now + latest:
            return Wait(at, "so as not to write on GitHub too much at once", True)
        if at > now:
            await self.clock.sleep(at - now)
        return self._standing(resource)

    def has_half_left(self) -> bool:
        """Of the hour's requests, as far as GitHub has said."""
        quota = self.quotas.get("core")
        return quota is None or quota.reset <= self.clock.now() or quota.remaining >= quota.limit // 2

    async def note_reply(
        self, status: int, headers: Mapping[str, str], said: Any, resource: str
    ) -> Wait | None:
        """Takes note of an answer. Where it is a refusal for the sake of a limit: the wait it asks for."""
        now = self.clock.now()
        wait = refusal(status, headers, said, now, self._strikes, self.patience.unsaid)
        if status < 400 or wait is not None:  # where the token isn't taken, the headers count what has none
            self._note(headers, resource, now)
        if wait is None:
            self._strikes = 0 if status < 400 else self._strikes
            return None
        self._strikes += 1
        self._may_tell = 0
        await self._share(wait)
        return wait

    async def _share(self, wait: Wait) -> None:
        if self._wait is None or self._wait.until < wait.until:
            self._wait = wait
        await asyncio.to_thread(self._waits.set_wait, self.installation, wait.until, wait.why)

    def _note(self, headers: Mapping[str, str], resource: str, now: float) -> None:
        try:
            remaining, limit = int(headers["x-ratelimit-remaining"]), int(headers["x-ratelimit-limit"])
            reset = _reset(headers, now)
        except (KeyError, ValueError):
            return
        known = self.quotas.get(resource)
        # Answers overtake each other: within one hour the lowest is the latest.
        if known and abs(known.reset - reset) < 5:
            remaining = min(known.remaining, remaining)
        self.quotas[resource] = Quota(remaining, limit, reset)
        metrics.remaining.labels(self.installation, resource).set(remaining)

    def _standing(self, resource: str) -> Wait | None:
        """The longest current reason to wait. Those that tell people of one are few."""
        now = self.clock.now()
        reasons = [self._primary(resource)]
        if not _telling.get():
            reasons.append(self._wait)
        elif self._may_tell <= 0:
            reasons.append(self._told_of)
        return max(
            (one for one in reasons if one and one.until > now), key=lambda one: one.until, default=None
        )

    def _primary(self, resource: str) -> Wait | None:
        quota = self.quotas.get(resource)
        kept = 0 if quota is None or _telling.get() else min(RESERVE, quota.limit // 50)
        if quota is None or quota.remaining > kept:
            return None
        return Wait(quota.reset, USED_UP)

    async def _sit_out(self, wait: Wait) -> None:
        seconds = wait.until - self.clock.now()
        longest = self.patience.longest_own if wait.is_ours else self.patience.longest
        worth_telling = longest if wait.is_ours else WORTH_TELLING
        if seconds > worth_telling and not _telling.get() and wait.until > self._told + WORTH_TELLING:
            if wait.why == USED_UP:
                await self._share(wait)
            await self._tell(wait)
        if seconds > longest or (_telling.get() and seconds > WORTH_TELLING):
            raise MustWait(wait.until, wait.why)
        await self.clock.sleep(max(0.0, wait.until - self.clock.now()))

    async def _tell(self, wait: Wait) -> None:
        """Report the wait to people; the few requests for that are sent in spite of it."""
        self._told, self._told_of, self._may_tell = wait.until, wait, TELLING
        token = _telling.set(True)
        try:
            await self._on_wait(self.installation, datetime.fromtimestamp(wait.until, UTC), wait.why)
        except Exception:
            log.exception("could not tell of a wait")
        finally:
            _telling.reset(token)

    async def _ask_others(self) -> None:
        """The waits of other processes, read at most once a second."""
        now = self.clock.now()
        if now - self._asked < 1.0:
            return
        self._asked = now
        known = await asyncio.to_thread(self._waits.wait_until, self.installation)
        if known and known[0] > now and (self._wait is None or known[0] > self._wait.until):
            self._wait = Wait(*known)


def refusal(
    status: int, headers: Mapping[str, str], said: Any, now: float, strikes: int = 0, unsaid: float = 60.0
) -> Wait | None:
    """The wait that an answer asks for: the primary limit, or the secondary one as 403, 429 or 422."""
    if status not in (200, 403, 422, 429) or not _is_limit(status, headers, said):
        return None
    why = "GitHub asks us to wait"
    after = _after(headers)
    if after is not None:
        return Wait(now + min(after, LONGEST), why)
    if headers.get("x-ratelimit-remaining") == "0" and headers.get("x-ratelimit-reset", "").isdecimal():
        return Wait(_reset(headers, now) + 1, USED_UP)
    return Wait(now + min(unsaid * 2**strikes, 3600.0), why)


def _is_limit(status: int, headers: Mapping[str, str], said: Any) -> bool:
    body: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
    listed = body.get("errors")
    errors = [error for error in listed if isinstance(error, Mapping)] if isinstance(listed, list) else []
    if status == 200:
        return any(_is_graphql_limit(error) for error in errors)
    if is_suspension(status, str(body.get("message", ""))):
        return False
    if status == 429 or (status == 403 and "retry-after" in headers):
        return True
    if status == 422:
        return any(error.get("code") == "abuse" for error in errors) or body.get("code") == "abuse"
    # A 403 without headers: only its page of the manual, or its text, tells it from a missing permission.
    told = f"{body.get('documentation_url', '')} {body.get('message', '')}".lower()
    marks = ("secondary-rate-limit", "secondary rate limit", "abuse", "rate limit exceeded", "rate-limits")
    return headers.get("x-ratelimit-remaining") == "0" or any(mark in told for mark in marks)


def _is_graphql_limit(error: Mapping[str, Any]) -> bool:
    """GraphQL's refusal has changed its name: `RATE_LIMITED`, then `RATE_LIMIT` with a code beside it."""
    extensions = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, Mapping) else None
    return error.get("type") in ("RATE_LIMITED", "RATE_LIMIT") or code == "graphql_rate_limit"


def _after(headers: Mapping[str, str]) -> float | None:
    """`retry-after`, in seconds or as a date."""
    told = headers.get("retry-after", "")
    if told.isascii() and told.isdecimal() and len(told) < 10:
        return float(told)
    try:
        then = parsedate_to_datetime(told).timestamp()
    except (ValueError, TypeError):
        return None
    return max(0.0, then - (date_of(headers) or time.time()))


def _reset(headers: Mapping[str, str], now: float) -> float:
    """The reset by our clock; GitHub's own, where it differs, is in the answer's date."""
    reset, theirs = float(headers["x-ratelimit-reset"]), date_of(headers)
    return reset if theirs is None else now + max(0.0, reset - theirs)


def date_of(headers: Mapping[str, str]) -> float | None:
    """When the answer was sent, by GitHub's clock."""
    try:
        return parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError, TypeError):
        return None
