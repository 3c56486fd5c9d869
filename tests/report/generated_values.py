"""Values of any type that reports take, with chosen words in every text."""

from __future__ import annotations

import dataclasses
import inspect
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from bot.audit.audit import Audit
from bot.decide.facts import Facts
from bot.decide.status import Status, status
from bot.plan.plan import Plan
from codemods.model.rules import Symbol

Words = Callable[[str], str]
"""The text for a parameter or a field: `function.name`, `Class.name`."""
DEEPEST = 7


class ValueMaker:
    """With the same seed, it makes the same values but for the words in them."""

    def __init__(self, seed: int, words: Words) -> None:
        self._random = random.Random(seed)
        self._words = words

    def call(self, function: Callable[..., Any]) -> Any:
        """With all parameters, those with defaults too; a status is that of the facts beside it."""
        kinds = get_type_hints(function)
        many, named = list[Any](), dict[str, Any]()
        for name, one in inspect.signature(function).parameters.items():
            value = self._value(kinds[name], f"{function.__name__}.{name}", 0)
            if one.kind is inspect.Parameter.VAR_POSITIONAL:
                many.append(value)
            else:
                named[name] = value
        facts = next((one for one in named.values() if isinstance(one, Facts)), None)
        if facts is not None and isinstance(named.get("status"), Status):
            named["status"] = status(facts)
        return function(*many, **named)

    def _value(self, kind: Any, name: str, depth: int) -> Any:
        origin, of = get_origin(kind), get_args(kind)
        if origin is Literal:
            return self._random.choice(of)
        if origin in (Union, UnionType):
            return self._value(self._one_of(of, depth), name, depth)
        if origin is tuple and of[-1] is not ...:
            return tuple(self._value(one, name, depth + 1) for one in of)
        if origin in (tuple, list, frozenset, set, Sequence, Iterable, Iterator) or _is_collection(origin):
            many = [self._value(of[0], name, depth + 1) for _ in range(self._how_many(depth))]
            return frozenset(many) if origin in (frozenset, set) else tuple(many)
        if origin is not None and issubclass(origin, Mapping):
            keys = [self._value(of[0], name, depth + 1) for _ in range(self._how_many(depth))]
            return {key: self._value(of[1], name, depth + 1) for key in keys}
        if origin is not None and of:
            return lambda *_: self._value(of[-1], name, depth + 1)
        return self._plain(kind, name, depth)

    def _plain(self, kind: Any, name: str, depth: int) -> Any:
        if kind is str:
            return self._words(name)
        if kind is bool:
            return self._random.random() < 0.5
        if kind is int:
            return self._random.randint(1, 3)
        if kind is float:
            return 1_700_000_000.0 + self._random.randint(0, 10**6)
        if kind is type(None) or kind is Any:
            return None
        if kind is object:
            return self._value(Plan, name, depth)
        if kind is Symbol:
            return Symbol("shop.old", self._random.choice(("Old", "older")))
        if issubclass(kind, Enum):
            return self._random.choice([*kind])
        kinds = get_type_hints(kind)
        fields = dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ()
        names = [one.name for one in fields if one.init] or list(kinds)
        made = kind(**{one: self._value(kinds[one], f"{kind.__name__}.{one}", depth + 1) for one in names})
        if isinstance(made, Audit):
            return dataclasses.replace(made, unmatched=tuple(one.path for one in made.files))
        return made

    def _one_of(self, kinds: Sequence[Any], depth: int) -> Any:
        """Nothing as seldom as is useful, but often enough for an end."""
        something = [kind for kind in kinds if kind is not type(None)]
        if type(None) in kinds and (depth > DEEPEST or self._random.random() < 0.3):
            return type(None)
        return self._random.choice(something)

    def _how_many(self, depth: int) -> int:
        return 0 if depth > DEEPEST else self._random.randint(1, 2 if depth < 3 else 1)


def _is_collection(origin: Any) -> bool:
    return origin is not None and getattr(origin, "__name__", "") == "Collection"
