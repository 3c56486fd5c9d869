"""JSON that another version of Drover may have stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any


def known_fields(kind: type, data: Mapping[str, Any]) -> dict[str, Any]:
    """What of it this version's dataclass has: an older or newer one may have said more."""
    return {one.name: data[one.name] for one in fields(kind) if one.name in data}
