"""Replication lag: for a moment after its creation, an object is not on every server."""

from __future__ import annotations

from typing import Literal

from sandbox.controls.clock import Clock

Reader = Literal["api", "git"]
"""They ask servers of their own."""
FIRST_READ_SECONDS = 2.0
"""The first request for something new that comes later than this finds it."""


class ReplicationLag:
    """
    New tokens, commits and refs that are not found yet: by default what an App creates, by the first request for it;
    with `seconds` everything that is new, for that long.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.seconds = 0.0
        self.first_read = True
        self.hits = 0
        """How many requests were refused for it."""
        self._created: dict[str, float] = {}
        self._unread: dict[Reader, dict[str, float]] = {"api": {}, "git": {}}

    def note(self, *names: str, by_app: bool = False) -> None:
        """Note that these commits, refs or tokens were just created."""
        created = dict.fromkeys(
            (name.removeprefix("refs/").removeprefix("heads/") for name in names), self._clock.seconds()
        )
        if self.seconds:
            self._created |= created
        if self.first_read and by_app:
            for unread in self._unread.values():
                unread |= created

    def is_behind(self, reader: Reader) -> bool:
        """Return whether there is anything that a request might not find."""
        return bool(self._created or self._unread[reader])

    def hides(self, text: str, reader: Reader = "api") -> bool:
        """Return whether a request mentions something that is not everywhere yet."""
        now = self._clock.seconds()
        self._created = {name: at for name, at in self._created.items() if at > now - self.seconds}
        unread = {name: at for name, at in self._unread[reader].items() if at > now - FIRST_READ_SECONDS}
        self._unread[reader] = {name: at for name, at in unread.items() if name not in text}
        hidden = len(self._unread[reader]) < len(unread) or any(name in text for name in self._created)
        self.hits += hidden
        return hidden
