"""Values of settings, however the file spells them, and what lies where modules are imported from."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from posixpath import normpath
from typing import Any


def as_flag(value: Any, default: bool = False) -> bool:
    if value is None:
        return default
    return value if isinstance(value, bool) else str(value).strip().lower() in ("true", "1", "yes", "on", "t")


def as_number(value: Any, default: int) -> int:
    text = str(value).strip()
    return int(text) if re.fullmatch(r"-?\d+", text) else default


def as_names(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    pieces = re.split(r"[,\n]", value) if isinstance(value, str) else [str(one) for one in value]
    return tuple(piece.strip() for piece in pieces if piece.strip())


def importable_from(sources: Iterable[str], folder: str, paths: Collection[str]) -> frozenset[str]:
    """The first names of what lies in these folders, which are given as seen from `folder`."""
    names: set[str] = set()
    for source in sources:
        prefix = normpath("/".join(filter(None, (folder, source.strip("/")))) or ".")
        prefix = "" if prefix == "." else f"{prefix}/"
        for path in paths:
            if path.startswith(prefix):
                first, _, rest = path[len(prefix) :].partition("/")
                if rest or first.endswith(".py"):
                    names.add(first if rest else first.removesuffix(".py"))
    return frozenset(names)
