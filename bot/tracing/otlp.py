"""Sends spans by OTLP over HTTP, as the standard OTEL_* variables say. Loaded only where they name an address."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.trace import SpanKind, Status
from opentelemetry.util.re import parse_env_headers
from opentelemetry.util.types import Attributes

from bot import __version__
from bot.logs import log_subject, mask_secrets
from bot.tracing.spans import Kind, TraceContext, Value, use_tracer

SECONDS_TO_SEND = 3.0
"""For the last spans, when the process ends."""
_KINDS = {"internal": SpanKind.INTERNAL, "server": SpanKind.SERVER, "client": SpanKind.CLIENT}


@contextmanager
def sending_traces(headers: str) -> Iterator[None]:
    """Trace what this process does. `headers`: what the receiver wants to be sent, as the environment writes it."""
    provider = TracerProvider(resource=_resource())
    provider.add_span_processor(_SubjectProcessor())
    provider.add_span_processor(BatchSpanProcessor(_MaskingExporter(headers=parse_env_headers(headers))))
    trace.set_tracer_provider(provider)
    use_tracer(_OtelTracer(provider.get_tracer("drover", __version__)))
    try:
        yield
    finally:
        use_tracer(None)
        _shut_down(provider)


def _resource() -> Resource:
    """What the variables say, and where they say nothing, the service's name and version."""
    ours = Resource({SERVICE_NAME: "drover", SERVICE_VERSION: __version__})
    return Resource.create().merge(ours).merge(OTELResourceDetector().detect())


def _shut_down(provider: TracerProvider) -> None:
    """Without waiting long for a receiver that doesn't answer."""
    ending = threading.Thread(target=provider.shutdown, daemon=True)
    ending.start()
    ending.join(SECONDS_TO_SEND)


class _OtelTracer:
    def __init__(self, tracer: trace.Tracer) -> None:
        self._tracer = tracer

    def span(self, name: str, kind: Kind, attributes: Mapping[str, Value]) -> Iterator[None]:
        with self._tracer.start_as_current_span(name, kind=_KINDS[kind], attributes=attributes):
            yield

    def describe(self, attributes: Mapping[str, Value]) -> None:
        trace.get_current_span().set_attributes(attributes)

    def context(self) -> TraceContext:
        return context.get_current()


class _SubjectProcessor(SpanProcessor):
    """Each span says what it is about, as each line of the log does."""

    def on_start(self, span: Span, parent_context: context.Context | None = None) -> None:
        span.set_attributes({f"drover.{name}": value for name, value in log_subject().items()})


class _MaskingExporter(OTLPSpanExporter):
    """Sends no secrets: the engine's spans have the texts of errors."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return super().export([masked_span(one) for one in spans])


def masked_span(span: ReadableSpan) -> ReadableSpan:
    """Without the secrets in what it says."""
    status = span.status
    return ReadableSpan(
        name=span.name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=_masked_attributes(span.attributes),
        events=[Event(one.name, _masked_attributes(one.attributes), one.timestamp) for one in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(status.status_code, status.description and mask_secrets(status.description)),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _masked_attributes(attributes: Attributes) -> Attributes:
    texts = {name: mask_secrets(one) for name, one in (attributes or {}).items() if isinstance(one, str)}
    return {**(attributes or {}), **texts}
