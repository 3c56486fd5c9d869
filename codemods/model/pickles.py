"""Pickles on disk: one that can't be read counts as missing, and is never an error."""

from __future__ import annotations

import pickle
from typing import TypeVar, overload

One = TypeVar("One")
Other = TypeVar("Other")


@overload
def load_pickle(data: bytes | None, one: type[One]) -> One | None: ...
@overload
def load_pickle(data: bytes | None, one: type[One], other: type[Other]) -> One | Other | None: ...
def load_pickle(data: bytes | None, one: type[object], other: type[object] | None = None) -> object | None:
    """The object, or None if the bytes are not a pickle of one of these classes."""
    if data is None:
        return None
    try:
        loaded: object = pickle.loads(data)
    except Exception:  # damaged bytes and classes of another version raise whatever they like
        return None
    return loaded if isinstance(loaded, (one, other or one)) else None
