"""Times and signatures in requests."""

from __future__ import annotations

import re
from datetime import datetime

from sandbox.access.refusals import unprocessable
from sandbox.git.objects import Signature
from sandbox.rest.fields import BodyFields

_MARKS = re.compile(r"[<>\n]")


def parse_time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise unprocessable(f"Invalid request.\n\n{text!r} is not a date-time.") from None


def signature_of(value: BodyFields, now: int) -> Signature:
    """Parse a signature, without the characters that git reserves."""
    name, email = (_MARKS.sub("", value.text(part)) for part in ("name", "email"))
    date = value.optional("date")
    if not date:
        return Signature(name, email, now)
    at = parse_time(date)
    return Signature(name, email, int(at.timestamp()), at.strftime("%z") or "+0000")
