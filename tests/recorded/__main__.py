"""Reads every published answer with the client and every payload with the intake: `python -m tests.recorded`.

Nothing of it is kept: it is downloaded into a folder that is removed.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from bot.github import GitHubError, WaitPolicy
from bot.intake.delivery import read_delivery
from bot.intake.payloads import SUBSCRIBED
from tests.asked import graphql_texts
from tests.client_calls import AT, CALLS, template_of
from tests.github_server import Answer, FakeGitHub, ReceivedRequest, fake_github
from tests.recorded.graphql_schema import SCHEMA, GraphQLSchema
from tests.recorded.sources import (
    DESCRIPTIONS,
    PAYLOADS,
    RECORDINGS,
    NotDownloaded,
    PublishedAnswer,
    PublishedPayload,
    descriptions,
    download,
    example_payloads,
    recorded_answers,
)

GITHUB = "https://api.github.com"
LIKE = {"GET /repositories/{}": "GET /repos/{}/{}"}
"""What no description names, and what answers the same."""


class Readings:
    """What was read, and what could not be."""

    def __init__(self) -> None:
        self.events: Counter[bool] = Counter()
        """Payloads of events that Drover subscribes to: whether something depends on them."""
        self.read: Counter[tuple[str, str]] = Counter()
        """By source and by request or event."""
        self.failed: list[str] = []

    @contextlib.contextmanager
    def of(self, source: str, what: str) -> Iterator[None]:
        self.read[source, what] += 1
        try:
            yield
        except Exception:
            self.failed.append(f"{what} ({source})\n{traceback.format_exc(limit=-2)}")


def call_by_template() -> dict[str, str]:
    return {template_of(call): call for call in CALLS}


async def read_answer(at: FakeGitHub, call: str, published: PublishedAnswer) -> None:
    """As the client meets it. A refusal that GitHub published has to become one of the client's own errors."""
    at.server.forget_answers()
    at.server.answers(f"GET {AT}/rules/branches/main", Answer([]))
    for one in published.same_recording:
        path = urlsplit(one.path).path
        at.server.answers(f"{one.method} {path}", lambda asked: _page(at, published, asked))
    at.server.answers(call, _answer(at, published))
    with contextlib.suppress(*((GitHubError,) if published.status >= 400 else ())):
        await CALLS[call](at)


def _page(at: FakeGitHub, published: PublishedAnswer, asked: ReceivedRequest) -> Answer:
    """The recorded answer to where a link or redirect leads."""
    for one in published.same_recording:
        url = urlsplit(one.path)
        same = (one.method, url.path) == (asked.method, asked.path)
        if same and parse_qs(url.query).get("page", ["1"]) == [asked.query.get("page", "1")]:
            return _answer(at, one)
    return Answer({"message": "Not Found"}, 404)


def _answer(at: FakeGitHub, one: PublishedAnswer) -> Answer:
    here = {name: value.replace(GITHUB, f"{at.server.url}/api/v3") for name, value in one.headers.items()}
    return Answer(one.body, one.status, here)


def read_payload(published: PublishedPayload, readings: Readings) -> None:
    """As it comes to an App: with its installation, which examples of other hooks lack."""
    payload = {"installation": {"id": 1}, **published.payload}
    if payload["installation"] is None:
        payload["installation"] = {"id": 1}
    event = read_delivery(published.event, "id", payload, 1.0)
    if published.event in SUBSCRIBED:
        readings.events[event is not None] += 1


async def read_everything(folder: Path, readings: Readings) -> None:
    calls = call_by_template()
    packages = {name: download(name, folder) for name in (PAYLOADS, RECORDINGS, DESCRIPTIONS)}
    read_payloads(example_payloads(packages[PAYLOADS]), readings)
    check_graphql(GraphQLSchema(download(SCHEMA, folder)), readings)
    async with fake_github(WaitPolicy(pause=0, backoff=0.001, replicas=0.0)) as at:
        for recorded in recorded_answers(packages[RECORDINGS]):
            with contextlib.suppress(LookupError, ValueError):
                template = template_of(f"{recorded.method} {urlsplit(recorded.path).path}")
                with readings.of(recorded.source, template):
                    await read_answer(at, calls[template], recorded)
        for description in descriptions(packages[DESCRIPTIONS]):
            read_payloads(description.payloads(), readings)
            for template, call in calls.items():
                method, _, path = LIKE.get(template, template).partition(" ")
                async for published in _each(description.answers(method, path)):
                    with readings.of(published.source, template):
                        await read_answer(at, call, published)


async def _each(answers: Iterable[PublishedAnswer]) -> AsyncIterator[PublishedAnswer]:
    for one in answers:
        yield one


def check_graphql(schema: GraphQLSchema, readings: Readings) -> None:
    for text in graphql_texts():
        with readings.of("GraphQL queries", " ".join(text.split())[:60]):
            problems = schema.problems(text)
            assert not problems, problems


def read_payloads(payloads: Iterable[PublishedPayload], readings: Readings) -> None:
    for one in payloads:
        with readings.of(f"payload {one.source}", one.event):
            read_payload(one, readings)


def report(readings: Readings) -> int:
    by_source = Counter[str]()
    for (source, _), count in readings.read.items():
        by_source[source] += count
    for source, count in sorted(by_source.items()):
        print(f"{count:6,}  {source}")
    known = {what for _, what in readings.read}
    without = sorted(set(call_by_template()) - known)
    print(f"{sum(by_source.values()):6,}  read, {len(readings.failed)} of them with an error")
    print("Nothing is published of:", ", ".join(without) or "none")
    print(f"Payloads of events that Drover subscribes to: {sum(readings.events.values()):,}")
    print(f"  became an event: {readings.events[True]:,}; nothing depends on the rest")
    print("No payload was published of:", ", ".join(sorted(SUBSCRIBED - known)) or "none")
    for one in readings.failed:
        print(f"\n{one}")
    return 1 if readings.failed else 0


def main() -> int:
    readings = Readings()
    with tempfile.TemporaryDirectory(prefix="drover-recorded-") as folder:
        try:
            asyncio.run(read_everything(Path(folder), readings))
        except NotDownloaded as problem:
            print(problem, file=sys.stderr)
            return 2
    return report(readings)


if __name__ == "__main__":
    sys.exit(main())
