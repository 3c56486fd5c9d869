"""Patterns that are compiled when they are first used: most runs use few of them, and to compile all at the start
takes as long as to rewrite some files."""

from __future__ import annotations

import re
from typing import Any, AnyStr, Generic, cast


def lazy_pattern(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """As `re.compile`, for a name of a module's own."""
    return cast("re.Pattern[AnyStr]", LazyPattern(source, flags))


class LazyPattern(Generic[AnyStr]):
    def __init__(self, source: AnyStr, flags: int) -> None:
        self._source: AnyStr = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """Of what it has been asked for once, it isn't asked again."""
        value = getattr(re.compile(self._source, self._flags), name)
        setattr(self, name, value)
        return value
