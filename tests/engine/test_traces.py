"""What OpenTelemetry is sent: a delivery, the look that it asks for, and all that is done in it; no secrets."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bot.doctor.settings import setting_findings
from bot.settings import read_server_settings
from bot.tracing import spans
from bot.tracing.otlp import masked_span
from tests.world import World

HEADER = "x-api-key=key-of-the-receiver"
PHASE_1 = "migration:phase-1"


@dataclass
class Receiver:
    """Takes traces as a collector does."""

    address: str = ""
    bodies: list[bytes] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    async def take(self, request: web.Request) -> web.Response:
        self.keys.add(request.headers.get("x-api-key", ""))
        self.bodies.append(await request.read())
        return web.Response(content_type="application/x-protobuf")

    def spans(self) -> dict[bytes, Span]:
        return {one.span_id: one for one in self._spans()}

    def _spans(self) -> Iterator[Span]:
        for body in self.bodies:
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    yield from scope.spans


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver, app = Receiver(), web.Application()
    app.router.add_post("/v1/traces", receiver.take)
    async with TestServer(app) as server:
        receiver.address = str(server.make_url("/"))
        yield receiver


def said(span: Span) -> dict[str, str | int]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def way_to(name: str, spans: dict[bytes, Span]) -> list[str]:
    """The names of the spans above the one of that name, as far as they have arrived."""
    span = next((one for one in spans.values() if one.name == name), None)
    above = []
    while span is not None and (span := spans.get(span.parent_span_id)) is not None:
        above.append(span.name)
    return above


async def test_a_trace_leads_from_the_delivery_to_the_pull_request(place: World, receiver: Receiver) -> None:
    place.extra = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.address,
        "OTEL_EXPORTER_OTLP_HEADERS": HEADER,
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    await place.launch()
    await place.open_issue()
    await place.label("migration")
    await place.settled()
    await place.label(PHASE_1)
    opening, way = "POST /repos/{owner}/{repo}/pulls", ["PublishPhase", "turn", "look", "webhook"]
    await place.until(lambda: way_to(opening, receiver.spans()) == way, "its trace has arrived")
    found = receiver.spans()
    assert way_to("rewrite", found) == way
    request = next(one for one in found.values() if one.name == opening)
    assert said(request) == {
        "drover.repository": "acme/shop",
        "drover.issue": place.issue,
        "http.request.method": "POST",
        "http.response.status_code": 201,
        "server.address": "127.0.0.1",
    }
    one_trace = [one for one in found.values() if one.trace_id == request.trace_id]
    delivery = said(next(one for one in one_trace if one.name == "webhook"))
    assert (delivery["drover.event"], delivery["drover.result"]) == ("issues.labeled", "queued")
    assert delivery["drover.delivery"]
    rewriting = next(one for one in one_trace if one.name == "rewrite")
    assert said(rewriting)["drover.phase"] == 1
    assert {said(one)["drover.repository"] for one in one_trace} == {"acme/shop"}
    assert receiver.keys == {"key-of-the-receiver"}
    for secret in (b"key-of-the-receiver", b"PRIVATE KEY", b"ghs_", place.app.webhook_secret.encode()):
        assert secret not in b"".join(receiver.bodies)


def test_an_error_in_a_trace_has_no_secrets() -> None:
    kept, provider, token = InMemorySpanExporter(), TracerProvider(), "ghs_" + "a" * 36
    provider.add_span_processor(SimpleSpanProcessor(kept))
    with (
        pytest.raises(ValueError),
        provider.get_tracer("test").start_as_current_span("step", attributes={"url": "https://a:b@c"}),
    ):
        raise ValueError(f"refused: {token}")
    (recorded,) = kept.get_finished_spans()
    assert token in recorded.to_json()
    sent = masked_span(recorded)
    assert token not in sent.to_json()
    assert "a:b" not in sent.to_json()
    assert sent.status.description == "ValueError: refused: •••"
    assert sent.get_span_context() == recorded.get_span_context()


OFF = """
import asyncio, sys
from bot.service import running, traces
from bot.settings import read_settings

settings = read_settings({!r})

async def main() -> None:
    async with running(settings, works=True):
        pass

with traces(settings):
    asyncio.run(main())
sys.exit("loaded" if any(name.startswith("opentelemetry") for name in sys.modules) else 0)
"""


async def test_without_an_address_nothing_of_it_is_loaded(place: World) -> None:
    program = OFF.format(place.environment())
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("environment", "sends"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_the_standard_variables_say_whether_traces_are_sent(environment: dict[str, str], sends: bool) -> None:
    assert read_server_settings(environment).sends_traces is sends


def test_where_the_extra_is_missing_doctor_says_how_to_install_it(
    place: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.extra = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}
    assert "otel" not in "".join(map(str, setting_findings(place.settings())))
    monkeypatch.setattr(spans, "find_spec", lambda name: None)
    (told,) = (str(one) for one in setting_findings(place.settings()) if "otel" in str(one))
    assert told.startswith("note ")
    assert "pip install 'drover-app[otel]'" in told
