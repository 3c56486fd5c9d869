"""What Prometheus can ask for. Labels hold no repository and no person: only names of routes, kinds and numbers."""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST
deliveries = Counter("drover_deliveries", "Deliveries by event and result", ["event", "end"])
delivery_seconds = Histogram(
    "drover_delivery_seconds",
    "Seconds from the first byte of a delivery to the response",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5),
)
waiting = Gauge("drover_waiting", "Deliveries, looks and chores that are queued or running")
queued = Gauge("drover_queued", "What is queued, by kind", ["kind"])
queue_age = Gauge("drover_queue_age_seconds", "Age of the oldest that is queued, by kind", ["kind"])
turns = Counter("drover_turns", "Turns of migrations by outcome", ["outcome"])
turn_seconds = Histogram(
    "drover_turn_seconds",
    "Seconds that a turn of a migration took",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
rewrite_seconds = Histogram(
    "drover_rewrite_seconds",
    "Seconds to rewrite and verify a phase's files",
    buckets=(0.5, 1, 2.5, 5, 10, 30, 60, 300, 900),
)
failures = Counter("drover_failures", "What crashed and was reported, by kind", ["kind"])
requests = Counter("drover_github_requests", "Requests to GitHub", ["method", "route", "status"])
remaining = Gauge("drover_github_remaining", "Requests left in GitHub's window", ["installation", "resource"])
migrations = Gauge("drover_migrations", "Migrations by state", ["state"])

for outcome in ("acted", "nothing to do", "crashed"):
    turns.labels(outcome)
for kind in ("look", "commands", "ratchet"):
    failures.labels(kind)
# Counted from zero: from the first value of a new series, Prometheus can't tell that it grew.

_NUMBER = re.compile(r"[0-9a-f]{40}|\d+")
_WORD = re.compile(r"[a-z]+(?:[-_][a-z]+)*")
_BEFORE_NAMES = {
    *(
        "refs",
        "ref",
        "heads",
        "branches",
        "compare",
        "contents",
        "commits",
        "labels",
        "collaborators",
        "users",
        "apps",
    ),
    *("orgs", "rules", "app-manifests"),
}
"""What people named may follow: a route ends there, for it may be anything."""


def route_of(path: str) -> str:
    """`/repos/{owner}/{repo}/issues/{n}`: the route of a request, without what differs from one to the next."""
    parts = path.strip("/").split("/")
    parts = parts[2:] if parts[:2] == ["api", "v3"] else parts
    route = ["repos", "{owner}", "{repo}"] if parts[0] == "repos" and len(parts) > 2 else []
    for part in parts[len(route) :]:
        if _NUMBER.fullmatch(part):
            route.append("{n}")
        elif (route and route[-1] in _BEFORE_NAMES) or not _WORD.fullmatch(part):
            return "/" + "/".join([*route, "{name}"])
        else:
            route.append(part)
    return "/" + "/".join(route)


@contextmanager
def timed_turn() -> Iterator[None]:
    """A turn that crashes is counted as that, and its seconds too."""
    began = time.monotonic()
    try:
        yield
    except BaseException:
        turns.labels("crashed").inc()
        raise
    finally:
        turn_seconds.observe(time.monotonic() - began)


def note_queues(counts: Iterable[tuple[str, int, float]], by_state: Mapping[str, int], busy: int) -> None:
    """What is asked of the database when the metrics are read: for each kind how many wait, and for how long."""
    queued.clear()
    queue_age.clear()
    for kind, count, age in counts:
        queued.labels(kind).set(count)
        queue_age.labels(kind).set(age)
    for state, count in by_state.items():
        migrations.labels(state).set(count)
    waiting.set(busy)


def text() -> bytes:
    return generate_latest()


def is_allowed(authorization: str, token: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode())
