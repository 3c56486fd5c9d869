"""Spans of what is done, for OpenTelemetry. Without an address to send them to, they cost nothing and load nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Literal, Protocol

Value = str | int
Kind = Literal["internal", "server", "client"]
TraceContext = object
"""Where in a trace something happens; only OpenTelemetry looks into it."""


class Tracer(Protocol):
    def span(self, name: str, kind: Kind, attributes: Mapping[str, Value]) -> Iterator[None]: ...
    def describe(self, attributes: Mapping[str, Value]) -> None: ...
    def context(self) -> TraceContext: ...


_tracers: list[Tracer] = []
"""The one of this process, if there is one."""


def use_tracer(tracer: Tracer | None) -> None:
    _tracers[:] = [tracer] if tracer is not None else []


def is_tracing() -> bool:
    return bool(_tracers)


def is_installed() -> bool:
    """Whether the extra `otel` is."""
    return find_spec("opentelemetry") is not None and find_spec("opentelemetry.sdk") is not None


@contextmanager
def span(name: str, kind: Kind = "internal", **attributes: Value) -> Iterator[None]:
    """A span of what is done meanwhile. Attributes whose names have no dot are Drover's own: `drover.…`."""
    if _tracers:
        yield from _tracers[0].span(name, kind, _with_prefix(attributes))
    else:
        yield


def describe_span(**attributes: Value) -> None:
    """Add to the span that is open here."""
    for tracer in _tracers:
        tracer.describe(_with_prefix(attributes))


def trace_context() -> TraceContext | None:
    """For what is done later, in another task or process, as a part of this trace; None without traces."""
    return _tracers[0].context() if _tracers else None


def _with_prefix(attributes: Mapping[str, Value]) -> dict[str, Value]:
    return {name if "." in name else f"drover.{name}": value for name, value in attributes.items()}
