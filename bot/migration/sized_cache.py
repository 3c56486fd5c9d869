"""Caches that are bounded in number and in bytes."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from enum import Enum
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from cachetools import LRUCache, TTLCache

MOST_BYTES = 4 * 2**20
_SHARED = (type, Enum, FunctionType, BuiltinFunctionType, ModuleType)


def itself(value: object) -> object:
    return value


def lru_cache_of(
    most: int, most_bytes: int = MOST_BYTES, *, counted: Callable[[Any], object] = itself
) -> LRUCache[Any, Any]:
    """`counted`: the part of an entry that is its own, where the rest is shared with all others."""
    return LRUCache(most_bytes, _size_of_an_entry(most, most_bytes, counted))


def ttl_cache_of(most: int, seconds: float, most_bytes: int = MOST_BYTES) -> TTLCache[Any, Any]:
    return TTLCache(most_bytes, seconds, time.monotonic, _size_of_an_entry(most, most_bytes, itself))


def _size_of_an_entry(
    most: int, most_bytes: int, counted: Callable[[Any], object]
) -> Callable[[object], int]:
    """At least its part of the number; what is larger than all of it is kept alone."""

    def size(value: object) -> int:
        return min(most_bytes, max(most_bytes // most, bytes_of(counted(value), most_bytes)))

    return size


def bytes_of(value: object, enough: int) -> int:
    """With all that it refers to, as far as `enough`."""
    total, seen, waiting = 0, set[int](), [value]
    while waiting and total < enough:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, _SHARED):
            continue
        seen.add(id(one))
        total += sys.getsizeof(one)
        waiting += gc.get_referents(one)
    return total
