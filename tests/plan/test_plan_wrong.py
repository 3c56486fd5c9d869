"""Every place of a plan, wrong in every way that its schema knows: each is told with its place, its key, and what
would be right."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from bot.plan.plan import PlanErrors
from bot.plan.read import read_plan
from bot.plan.schema import json_schema
from tests.plan.test_plan_reading import WHOLE

SCHEMA = json.loads(json_schema())
GOOD = yaml.safe_load(WHOLE)
GOOD["replace"][0]["calls"]["async"] = True
GOOD["replace"][0]["members"] = {"run": "go"}
Way = tuple[str | int, ...]
Case = tuple[Way, Any, str, str]
"""Where, what stands there instead, the key that is told, and how the message goes."""


def key_of(way: Way) -> str:
    return "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in way).lstrip(".")


def cases(value: Any, schema: dict[str, Any], way: Way = ()) -> Iterator[Case]:
    """Of this value and all that is in it."""
    if "type" not in schema:
        yield from wrong_alternatives(value, schema["anyOf"], way)
        return
    yield from {
        "string": wrong_texts,
        "integer": wrong_numbers,
        "boolean": wrong_flags,
        "array": wrong_lists,
        "object": wrong_keys,
    }[schema["type"]](value, schema, way)


def wrong_alternatives(value: Any, schemas: list[dict[str, Any]], way: Way) -> Iterator[Case]:
    """A word, or a list."""
    word, items = schemas
    assert word["enum"]
    yield way, "zzz", key_of(way), "`zzz` is not allowed here"
    yield way, {"a": 1}, key_of(way), ", not one value"
    yield from (case for case in cases(value, items, way) if isinstance(case[1], list) or case[0] != way)


def wrong_texts(value: Any, schema: dict[str, Any], way: Way) -> Iterator[Case]:
    for other in ({"a": 1}, ["a"]):
        yield way, other, key_of(way), ", not one value"
    yield way, "", key_of(way), "this is empty"
    if "enum" in schema or "pattern" in schema:
        yield way, "zzz", key_of(way), "`zzz` is not allowed here"
    else:
        yield way, 2.5, key_of(way), ", not text"
        longest = schema.get("maxLength", 1000)
        yield way, "x" * (longest + 1), key_of(way), f"this is longer than {longest} characters"


def wrong_numbers(value: Any, schema: dict[str, Any], way: Way) -> Iterator[Case]:
    for other in ("x", ["1"], {"a": 1}, None):
        yield way, other, key_of(way), ", not a number"
    for number in (1.5, True, math.inf):
        yield way, number, key_of(way), "is not a whole number"
    yield way, schema["maximum"] + 1, key_of(way), "is out of range"
    below = schema["minimum"] - 1
    yield way, below, key_of(way), "is out of range" if below >= 0 else "is not a whole number"


def wrong_flags(value: Any, schema: dict[str, Any], way: Way) -> Iterator[Case]:
    for other in ("later", 1, [True]):
        yield way, other, key_of(way), ", not `true` or `false`"


def wrong_lists(value: Any, schema: dict[str, Any], way: Way) -> Iterator[Case]:
    for other in ("x", {"a": 1}, 3):
        yield way, other, key_of(way), ", not a list"
    if schema["minItems"]:
        yield way, [], key_of(way), "this list is empty"
    yield way, value[:1] * (schema["maxItems"] + 1), key_of(way), "this list is too long"
    for number, item in enumerate(value):
        yield from cases(item, schema["items"], (*way, number))


def wrong_keys(value: Any, schema: dict[str, Any], way: Way) -> Iterator[Case]:
    for other in ("x", ["a"], 3):
        yield way, other, key_of(way), ", not a set of keys"
    known = schema.get("properties", {})
    if known:
        yield way, {**value, "zzzzz": 1}, key_of((*way, "zzzzz")), "unknown key `zzzzz`"
    for name in schema.get("required", ()):
        rest = {key: one for key, one in value.items() if key != name}
        yield way, rest, key_of((*way, name)), f"`{name}` is missing"
    for name in value.keys() & known.keys():
        yield from cases(value[name], known[name], (*way, name))


def put(way: Way, other: Any) -> str:
    plan = copy.deepcopy(GOOD)
    if not way:
        return json.dumps(other)
    place = plan
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = other
    return json.dumps(plan)


ALL = sorted(cases(GOOD, SCHEMA), key=str)


@pytest.mark.parametrize("at", sorted({key_of(way) for way, *_ in ALL}))
def test_every_error_has_its_position_and_what_is_expected(at: str) -> None:
    for way, other, key, message in (case for case in ALL if key_of(case[0]) == at):
        text = put(way, other)
        read = read_plan(text, "plan.yml", slug="plan")
        assert isinstance(read, PlanErrors), (key, other)
        told = [one for one in read.errors if one.key == key and message in one.message]
        assert told, f"{key} = {str(other)[:50]}: {read}"
        assert told[0].right
        assert (told[0].line, 1 <= told[0].column <= len(text)) == (1, True)


def keys(schema: dict[str, Any], way: str = "") -> Iterator[str]:
    for name, inner in schema.get("properties", {}).items():
        yield f"{way}.{name}".lstrip(".")
        yield from keys(inner, f"{way}.{name}")
    if "items" in schema:
        yield from keys(schema["items"], f"{way}[]")


def test_no_key_of_the_schema_is_left_out() -> None:
    tried = {
        "".join("[]" if isinstance(step, int) else f".{step}" for step in way).lstrip(".") for way, *_ in ALL
    }
    assert set(keys(SCHEMA)) <= tried
