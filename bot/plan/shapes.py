"""What a value of a plan may look like: each shape reads a YAML node, and says itself as JSON Schema."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from yaml import MappingNode, Node, ScalarNode, SequenceNode

YAML = "tag:yaml.org,2002:"


class PlanProblemSink(Protocol):
    """Collects what is wrong with a plan while it is read."""

    def add(self, node: Node, key: str, message: str, right: str) -> None: ...

    def set_position(self, node: Node, key: str) -> None: ...

    def add_unknown_key(self, node: Node, key: str, known: Mapping[str, KeyShape]) -> None: ...


class Shape(Protocol):
    @property
    def expected(self) -> str: ...

    def read(self, node: Node, key: str, problems: PlanProblemSink) -> Any: ...

    def json_schema(self) -> dict[str, Any]: ...


class WrongValue:
    """Stands for a value that could not be read and was reported."""


WRONG = WrongValue()
TEXTS = ("str", "merge", "value")
"""Kinds of scalars that are text to whoever writes a plan: YAML has a meaning of its own for `<<` and `=`."""


@dataclass(frozen=True)
class TextShape:
    expected: str
    choices: tuple[str, ...] = ()
    longest: int = 1000
    template: str = ""
    """What a text has to contain that is none of the choices."""

    def read(self, node: Node, key: str, problems: PlanProblemSink) -> str | WrongValue:
        if not isinstance(node, ScalarNode):
            problems.add(node, key, f"this is {kind_of(node)}, not one value", self.expected)
        elif node.tag == f"{YAML}null" or not node.value.strip():
            problems.add(node, key, "this is empty", self.expected)
        elif len(node.value) > self.longest:
            problems.add(node, key, f"this is longer than {self.longest} characters", self.expected)
        elif self.choices and node.value not in self.choices and not self._is_template(node.value):
            problems.add(node, key, f"`{shorten(node.value)}` is not allowed here", self.expected)
        elif not self.choices and str(node.tag).removeprefix(YAML) not in TEXTS:
            quoted = f'{self.expected}; quote it to make it text: "{shorten(node.value)}"'
            problems.add(node, key, f"this is {kind_of(node)}, not text", quoted)
        else:
            return str(node.value)
        return WRONG

    def _is_template(self, text: str) -> bool:
        return bool(self.template) and self.template in text

    def json_schema(self) -> dict[str, Any]:
        if self.choices and self.template:
            known = "|".join(self.choices)
            return {"type": "string", "pattern": f"^({known})$|{re.escape(self.template)}"}
        if self.choices:
            return {"type": "string", "enum": list(self.choices)}
        return {"type": "string", "minLength": 1, "maxLength": self.longest}


@dataclass(frozen=True)
class NumberShape:
    least: int
    most: int

    @property
    def expected(self) -> str:
        return f"a whole number from {self.least} to {self.most}"

    def read(self, node: Node, key: str, problems: PlanProblemSink) -> int | WrongValue:
        if not isinstance(node, ScalarNode) or node.style or not node.value or node.tag == f"{YAML}null":
            problems.add(node, key, f"this is {kind_of(node)}, not a number", self.expected)
        elif len(node.value) > 9 or not node.value.isdecimal() or node.tag != f"{YAML}int":
            problems.add(node, key, f"`{shorten(node.value)}` is not a whole number", self.expected)
        elif not self.least <= int(node.value) <= self.most:
            problems.add(node, key, f"{int(node.value)} is out of range", self.expected)
        else:
            return int(node.value)
        return WRONG

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class FlagShape:
    expected: str = "`true` or `false`"

    def read(self, node: Node, key: str, problems: PlanProblemSink) -> bool | WrongValue:
        if isinstance(node, ScalarNode) and node.tag == f"{YAML}bool":
            return node.value.lower() in {"true", "yes", "on"}
        problems.add(node, key, f"this is {kind_of(node)}, not `true` or `false`", self.expected)
        return WRONG

    def json_schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True)
class ListShape:
    item: Shape
    expected: str
    least: int = 1
    most: int = 500

    def read(self, node: Node, key: str, problems: PlanProblemSink) -> list[Any] | WrongValue:
        if not isinstance(node, SequenceNode):
            problems.add(node, key, f"this is {kind_of(node)}, not a list", self.expected)
            return WRONG
        if not self.least <= len(node.value) <= self.most:
            size = "too long" if node.value else "empty"
            problems.add(
                node, key, f"this list is {size}", f"{self.expected}, {self.least} to {self.most} entries"
            )
        read = []
        for number, child in enumerate(node.value[: self.most], 1):
            problems.set_position(child, f"{key}[{number}]")
            read.append(self.item.read(child, f"{key}[{number}]", problems))
        return read

    def json_schema(self) -> dict[str, Any]:
        return {
            "type": "array",
            "items": self.item.json_schema(),
            "minItems": self.least,
            "maxItems": self.most,
        }


@dataclass(frozen=True)
class WordOrListShape:
    """A word that stands for a list, or the list itself."""

    word: TextShape
    items: ListShape

    @property
    def expected(self) -> str:
        return f"{self.word.expected}, or {self.items.expected}"

    def read(self, node: Node, key: str, problems: PlanProblemSink) -> str | list[Any] | WrongValue:
        if isinstance(node, SequenceNode):
            return self.items.read(node, key, problems)
        return TextShape(self.expected, self.word.choices).read(node, key, problems)

    def json_schema(self) -> dict[str, Any]:
        return {"anyOf": [self.word.json_schema(), self.items.json_schema()]}


@dataclass(frozen=True)
class KeyShape:
    shape: Shape
    meaning: str
    required: bool = False
    default: Any = None


@dataclass(frozen=True)
class RecordShape:
    keys: Mapping[str, KeyShape]
    expected: str
    one_of: tuple[str, ...] = ()
    """At least one of these keys has to be there."""

    def read(self, node: Node, key: str, problems: PlanProblemSink) -> dict[str, Any] | WrongValue:
        if not isinstance(node, MappingNode):
            problems.add(node, key, f"this is {kind_of(node)}, not a set of keys", self.expected)
            return WRONG
        read: dict[str, Any] = {}
        for name_node, value in node.value:
            self._read_key(name_node, value, key, read, problems)
        for name in self.keys:
            if self.keys[name].required and name not in read:
                problems.add(
                    node, join_key(key, name), f"`{name}` is missing", self.keys[name].shape.expected
                )
        if self.one_of and not any(name in read for name in self.one_of):
            choices = ", ".join(f"`{name}`" for name in self.one_of)
            problems.add(node, key, f"one of {choices} is missing", self.expected)
        return read

    def _read_key(
        self, name_node: Node, value: Node, key: str, read: dict[str, Any], problems: PlanProblemSink
    ) -> None:
        name = name_node.value if isinstance(name_node, ScalarNode) else ""
        if name not in self.keys:
            problems.add_unknown_key(name_node, join_key(key, shorten(name) or "?"), self.keys)
        elif name in read:
            problems.add(name_node, join_key(key, name), f"duplicate key `{name}`", "the key once")
        else:
            problems.set_position(value, join_key(key, name))
            read[name] = self.keys[name].shape.read(value, join_key(key, name), problems)

    def json_schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {
            "type": "object",
            "additionalProperties": False,
            "properties": {name: key_schema(key) for name, key in self.keys.items()},
        }
        required = [name for name, key in self.keys.items() if key.required]
        if required:
            schema["required"] = required
        if self.one_of:
            schema["anyOf"] = [{"required": [name]} for name in self.one_of]
        return schema


@dataclass(frozen=True)
class NamesShape:
    """Keys of the author's own, each with another name, or with a record of what becomes of it."""

    expected: str
    record: RecordShape

    def read(
        self, node: Node, key: str, problems: PlanProblemSink
    ) -> dict[str, str | dict[str, Any]] | WrongValue:
        if not isinstance(node, MappingNode):
            problems.add(node, key, f"this is {kind_of(node)}, not a set of keys", self.expected)
            return WRONG
        read: dict[str, str | dict[str, Any]] = {}
        for name_node, value_node in node.value:
            name = TextShape(self.expected).read(name_node, key, problems)
            inner = join_key(key, shorten(str(name)))
            shape = self.record if isinstance(value_node, MappingNode) else TextShape(self.expected)
            value = shape.read(value_node, inner, problems)
            if isinstance(name, str) and name in read:
                problems.add(name_node, join_key(key, name), f"duplicate key `{name}`", "the key once")
            if isinstance(name, str) and not isinstance(value, WrongValue):
                problems.set_position(value_node, inner)
                read.setdefault(name, value)
        return read

    def json_schema(self) -> dict[str, Any]:
        value = {"anyOf": [{"type": "string"}, self.record.json_schema()]}
        return {"type": "object", "additionalProperties": value}


@dataclass(frozen=True)
class AnyKeysShape:
    """Options of a custom codemod: plain values, lists and mappings."""

    expected: str = "keys with plain values"

    def read(self, node: Node, key: str, problems: PlanProblemSink) -> dict[str, Any] | WrongValue:
        if isinstance(node, MappingNode):
            return {str(name.value): plain_value(value) for name, value in node.value}
        problems.add(node, key, f"this is {kind_of(node)}, not a set of keys", self.expected)
        return WRONG

    def json_schema(self) -> dict[str, Any]:
        return {"type": "object"}


def plain_value(node: Node) -> Any:
    if isinstance(node, MappingNode):
        return {str(name.value): plain_value(value) for name, value in node.value}
    if isinstance(node, SequenceNode):
        return [plain_value(child) for child in node.value]
    return plain_scalar(node.tag.removeprefix(YAML), str(node.value))


def plain_scalar(tag: str, value: str) -> Any:
    if tag == "null":
        return None
    if tag == "bool":
        return value.lower() in {"true", "yes", "on"}
    if tag == "int" and len(value) <= 18 and value.lstrip("+-").isdecimal():
        return int(value)
    if tag == "float" and len(value) <= 40:
        with suppress(ValueError):
            return float(value) if math.isfinite(float(value)) else value
    return value


def kind_of(node: Node) -> str:
    if isinstance(node, MappingNode):
        return "a set of keys"
    if isinstance(node, SequenceNode):
        return "a list"
    kinds = {
        "null": "empty",
        "bool": "true or false",
        "int": "a number",
        "float": "a number",
        "timestamp": "a date",
    }
    return kinds.get(str(node.tag).removeprefix(YAML), "text")


def join_key(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def shorten(value: str, most: int = 60) -> str:
    line = " ".join(value.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def key_schema(key: KeyShape) -> dict[str, Any]:
    schema = {"description": key.meaning, **key.shape.json_schema()}
    return schema if key.default is None else {**schema, "default": key.default}
