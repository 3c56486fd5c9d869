"""When long work is told of while it runs, and how long it will still take."""

from __future__ import annotations

from dataclasses import dataclass

FIRST, EVERY = 2.0, 10.0
"""Seconds: what is done before nobody has to wait for, and an edit is a write that counts."""
GUESSED_AFTER = 0.05
"""The share that has to be done before the rest can be guessed from it."""


@dataclass(frozen=True)
class Going:
    """How far it has come."""

    begun: float
    done: int = 0
    whole: int = 0
    """0 where it is not known yet."""


def due(going: Going, told: float | None, now: float) -> bool:
    return now - going.begun >= FIRST if told is None else now - told >= EVERY


def seconds_left(going: Going, now: float) -> float | None:
    if not going.whole or going.done < max(1, going.whole * GUESSED_AFTER):
        return None
    return (now - going.begun) / going.done * (going.whole - going.done)
