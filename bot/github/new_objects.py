"""Commits and refs that are so new that not every server of GitHub's has them yet."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from cachetools import TTLCache

NEW_SECONDS = 15.0
"""For this long after it was made, a refusal that is about an object may come from a server that lacks it."""
TRIES = (1, 2, 4)
"""The pauses before each further try, in multiples of `WaitPolicy.replicas`."""
_KEPT = 4096


class NewObjects:
    def __init__(self, now: Callable[[], float]) -> None:
        self._names: TTLCache[str, str] = TTLCache(_KEPT, NEW_SECONDS, timer=now)

    def note(self, *names: str) -> None:
        """`names`: commits, trees, full refs."""
        for name in names:
            self._names[_as_asked(name)] = name

    def forget(self, ref: str) -> None:
        """A private ref is asked for by the same words as the branch that was made from it, which stays new."""
        if self._names.get(_as_asked(ref)) == ref:
            del self._names[_as_asked(ref)]

    def named_in(self, path: str, body: bytes) -> bool:
        said = f"{unquote(path)} {body.decode('utf-8', 'replace')}"
        return any(name in said for name in list(self._names))


def _as_asked(name: str) -> str:
    """A branch is asked for with and without its folder."""
    return name.removeprefix("refs/").removeprefix("heads/")
