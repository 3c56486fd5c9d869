"""The smallest value that a JSON schema allows: what may be missing is missing, what may be null is null."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

DEEPEST = 40
_PLAIN: Mapping[str, Any] = {"string": "x", "integer": 1, "number": 1, "boolean": False, "null": None}
_FORMATS = {
    "date-time": "2024-05-01T12:00:00Z",
    "date": "2024-05-01",
    "uri": "https://example.com/x",
    "email": "x@example.com",
}


def smallest(schema: Any, resolved: Callable[[Any], Any], depth: int = 0) -> Any:
    """`resolved` follows a reference. Lists have one item, so that something is read."""
    schema = resolved(schema)
    if not isinstance(schema, Mapping) or depth > DEEPEST:
        return None
    if schema.get("nullable") and depth:
        return None
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return None if None in schema["enum"] else schema["enum"][0]
    choices = schema.get("oneOf") or schema.get("anyOf")
    if choices and not schema.get("properties"):
        return smallest(_simplest(choices, resolved), resolved, depth + 1)
    if "allOf" in schema:
        return _all_of(schema["allOf"], resolved, depth)
    return _of_kind(schema, resolved, depth)


def _simplest(choices: Any, resolved: Callable[[Any], Any]) -> Any:
    """Null where it is allowed, else the first."""
    return next((one for one in choices if resolved(one).get("type") == "null"), choices[0])


def _all_of(parts: Any, resolved: Callable[[Any], Any], depth: int) -> Any:
    made = [smallest(part, resolved, depth + 1) for part in parts]
    objects = [one for one in made if isinstance(one, dict)]
    if not objects:
        return next((one for one in made if one is not None), None)
    return {name: value for one in objects for name, value in one.items()}


def _of_kind(schema: Mapping[str, Any], resolved: Callable[[Any], Any], depth: int) -> Any:
    kind = schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    if "null" in kinds:
        return None
    if "object" in kinds or "properties" in schema:
        properties = schema.get("properties", {})
        return {
            name: _named(name, smallest(properties.get(name, {}), resolved, depth + 1))
            for name in schema.get("required", ())
        }
    if "array" in kinds:
        return [smallest(schema.get("items", {}), resolved, depth + 1)]
    if "string" in kinds:
        return _FORMATS.get(schema.get("format", ""), _PLAIN["string"])
    return _PLAIN.get(str(kinds[0]))


def _named(name: str, value: Any) -> Any:
    """Some dates are plain strings to the description."""
    return _FORMATS["date-time"] if name.endswith("_at") and value == _PLAIN["string"] else value
