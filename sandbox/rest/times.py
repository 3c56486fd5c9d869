"""Times and signatures as requests carry them."""

from __future__ import annotations

from datetime import datetime

from sandbox.actors import unprocessable
from sandbox.git import Signature
from sandbox.model import Json


def parse_time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise unprocessable(f"Invalid request.\n\n{text!r} is not a date-time.") from None


def signature_of(value: Json, now: int) -> Signature:
    if not value.get("date"):
        return Signature(value["name"], value["email"], now)
    at = parse_time(value["date"])
    return Signature(value["name"], value["email"], int(at.timestamp()), at.strftime("%z") or "+0000")
