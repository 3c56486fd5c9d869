"""GitHub's GraphQL schema, and what a query of the client asks for that it doesn't have."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox.graphql.language import QueryParser, SelectedField

SCHEMA = "@octokit/graphql-schema@15.26.1"


class GraphQLSchema:
    def __init__(self, package: Path) -> None:
        said = json.loads((package / "schema.json").read_text())
        said = said.get("data", said)["__schema"]
        self._types: Mapping[str, Any] = {one["name"]: one for one in said["types"]}
        self._roots = {"query": said["queryType"]["name"], "mutation": said["mutationType"]["name"]}

    def problems(self, text: str) -> list[str]:
        kind, selection = QueryParser(text, {}).operation()
        return list(self._in_selection(self._roots[kind], selection))

    def _in_selection(self, type_name: str, selection: Sequence[SelectedField]) -> Iterator[str]:
        for one in selection:
            yield from self._in_field(one.on or type_name, one)

    def _in_field(self, type_name: str, one: SelectedField) -> Iterator[str]:
        if one.name == "__typename":
            return
        fields = {known["name"]: known for known in self._types[type_name].get("fields") or ()}
        known = fields.get(one.name)
        if known is None:
            yield f"{type_name} has no field {one.name}"
            return
        yield from self._in_arguments(f"{type_name}.{one.name}", known["args"], one.arguments)
        yield from self._in_selection(_name_of(known["type"]), one.selection)

    def _in_arguments(self, where: str, known: Any, given: Mapping[str, Any]) -> Iterator[str]:
        by_name = {argument["name"]: argument for argument in known}
        required = {name for name, argument in by_name.items() if argument["type"]["kind"] == "NON_NULL"}
        for name in sorted(required - set(given)):
            yield f"{where} needs {name}"
        for name, value in given.items():
            if name not in by_name:
                yield f"{where} takes no {name}"
            elif isinstance(value, Mapping):
                inputs = self._types[_name_of(by_name[name]["type"])]["inputFields"]
                yield from self._in_arguments(f"{where}({name})", inputs, value)


def _name_of(kind: Any) -> str:
    """Of what a list holds, or what may not be null."""
    while kind.get("ofType"):
        kind = kind["ofType"]
    return str(kind["name"])
