"""Log lines: text on a terminal, elsewhere one JSON object a line. Secrets that get into one are masked."""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import MappingProxyType

from bot.settings import ServerSettings

_SECRET = re.compile(
    r"gh[pousr]_[A-Za-z0-9]{10,}|github_pat_\w+|v1\.[0-9a-f]{40}"
    r"|eyJ[\w-]+\.[\w-]+\.[\w-]+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----",
    re.DOTALL,
)
_NOTHING: Mapping[str, str | int] = MappingProxyType({})
_about: ContextVar[Mapping[str, str | int]] = ContextVar("about", default=_NOTHING)
ENGINE = "dbos"
EACH_LOGGED = "drover.intake"
"""Where each line counts: a delivery that was refused may be looked for by its id."""
MOST_ALIKE, ALIKE_SECONDS = 10, 30.0
"""How many warnings from one place in the code are written in so many seconds: an outage says the same all the time."""


def mask_secrets(text: str) -> str:
    """The text with every token, key and password in it replaced."""
    return _SECRET.sub("•••", text)


@contextmanager
def about(**what: str | int) -> Iterator[None]:
    """Each line that is logged meanwhile, also in threads, says what it is about: delivery, repository, issue."""
    token = _about.set({**_about.get(), **what})
    try:
        yield
    finally:
        _about.reset(token)


def log_subject() -> Mapping[str, str | int]:
    """What the lines that are logged here are about."""
    return _about.get()


class _TextFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:
        named = " ".join(f"{name}={value}" for name, value in _about.get().items())
        text = super().formatMessage(record) + (f" [{named}]" if named else "")
        return text.replace(
            "\n", "\n  "
        )  # what strangers wrote can't begin a line that looks like one of these

    def format(self, record: logging.LogRecord) -> str:
        return mask_secrets(without_effect(super().format(record)))


_ACTS_ON_TERMINALS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters, and what turns the direction of a text around."""


def without_effect(text: str) -> str:
    """With what a terminal would obey written out."""
    return _ACTS_ON_TERMINALS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03}Z",
            "level": record.levelname,
            "name": record.name,
            "message": record.getMessage(),
            **_about.get(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return mask_secrets(json.dumps(line, ensure_ascii=False))


@dataclass
class _Series:
    """Warnings of one place."""

    began: float = 0.0
    count: int = 0


class _Throttle(logging.Filter):
    """Lets a series of like warnings begin, and says later how many were left out."""

    def __init__(self) -> None:
        super().__init__()
        self._series: defaultdict[tuple[str, int], _Series] = defaultdict(_Series)

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING or record.name == EACH_LOGGED:
            return True
        series = self._series[record.pathname, record.lineno]
        if record.created - series.began >= ALIKE_SECONDS:
            left_out = series.count - MOST_ALIKE
            series.began, series.count = record.created, 0
            if left_out > 0:
                record.msg, record.args = f"{record.getMessage()} ({left_out} more like it were left out)", ()
        series.count += 1
        return series.count <= MOST_ALIKE


def set_up_logs(settings: ServerSettings) -> None:
    """One handler for all, the engine's lines included."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_TextFormatter() if settings.log_format == "text" else _JsonFormatter())
    handler.addFilter(_Throttle())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)
    engine = logging.getLogger(ENGINE)
    engine.handlers[:], engine.propagate = [handler], False
    logging.getLogger("drover").setLevel(settings.log_level)
