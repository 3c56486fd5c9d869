"""Replication lag: for a moment after its creation, an object is not on every server."""

from __future__ import annotations

from sandbox.controls.clock import Clock


class ReplicationLag:
    """New tokens, commits and refs that the APIs don't find yet. Git itself always has them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.seconds = 0.0
        """How long new objects are missing; 0 for not at all."""
        self.hits = 0
        """How many requests were refused for it."""
        self._created: dict[str, float] = {}

    def note(self, *names: str) -> None:
        """Note that these commits, refs or tokens were just created."""
        if self.seconds:
            for name in names:
                self._created[name.removeprefix("refs/").removeprefix("heads/")] = self._clock.seconds()

    def hides(self, text: str) -> bool:
        """Return whether a request mentions something that is not everywhere yet."""
        if not self.seconds:
            return False
        since = self._clock.seconds() - self.seconds
        self._created = {name: at for name, at in self._created.items() if at > since}
        hidden = any(name in text for name in self._created)
        self.hits += hidden
        return hidden
