"""What takes traces in a test, as a collector does: real OTLP over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

KEY = "key-of-the-receiver"
OPENING = "POST /repos/{owner}/{repo}/pulls"
ABOVE_OPENING = ["PublishPhase", "turn", "look", "webhook"]
"""The spans above that one, up to the delivery."""


@dataclass
class Receiver:
    address: str = ""
    bodies: list[bytes] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    @property
    def settings(self) -> dict[str, str]:
        """What has a process send its traces here, soon."""
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.address,
            "OTEL_EXPORTER_OTLP_HEADERS": f"x-api-key={KEY}",
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }

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


@asynccontextmanager
async def trace_receiver() -> AsyncIterator[Receiver]:
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
