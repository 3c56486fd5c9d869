"""What OpenTelemetry is sent: a delivery, the look that it asks for, and all that is done in it; no secrets."""

from __future__ import annotations

import subprocess
import sys

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bot.doctor.settings import setting_findings
from bot.settings import read_server_settings
from bot.tracing import spans
from bot.tracing.otlp import masked_span
from tests.trace_receiver import ABOVE_OPENING, KEY, OPENING, said, trace_receiver, way_to
from tests.world import World

PHASE_1 = "migration:phase-1"


async def test_a_trace_leads_from_the_delivery_to_the_pull_request(place: World) -> None:
    async with trace_receiver() as receiver:
        place.extra = receiver.settings
        await place.launch()
        await place.open_issue()
        await place.label("migration")
        await place.settled()
        await place.label(PHASE_1)
        await place.until(lambda: way_to(OPENING, receiver.spans()) == ABOVE_OPENING, "its trace has arrived")
    found = receiver.spans()
    assert way_to("rewrite", found) == ABOVE_OPENING
    request = next(one for one in found.values() if one.name == OPENING)
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
    assert said(next(one for one in one_trace if one.name == "rewrite"))["drover.phase"] == 1
    assert {said(one)["drover.repository"] for one in one_trace} == {"acme/shop"}
    assert receiver.keys == {KEY}
    for secret in (KEY.encode(), b"PRIVATE KEY", b"ghs_", place.app.webhook_secret.encode()):
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
