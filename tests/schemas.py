"""GitHub's own API description, from the package `githubkit-schemas`, compared with recorded requests and answers.

The package's models import `githubkit`, whose front door does not open beside hishel 2: an empty package of that name
with the same path lets its inner modules in.
"""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.util
import json
import re
import sys
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, Union

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

VERSION = "v2026_03_10"

UNEVEN = frozenset(
    {
        "archived_at",
        "archived_by",
        "display_title",
        "merge_queues",
        "assignee",
        "client_id",
        "has_downloads",
        "merge_commit_sha",
        "rate",
        "use_squash_pr_title_as_default",
        "custom_properties",
        "state_reason",
        "user_view_type",
    }
)
"""Keys that answers of API version 2022-11-28 (GitHub's default) have beyond the description."""


GAPS = {
    "/repos/{owner}/{repo}/issues/{issue_number}/events": (
        "list[Union[LabeledIssueEvent, UnlabeledIssueEvent, RenamedIssueEvent, ReviewRequestedIssueEvent, "
        "ReviewDismissedIssueEvent, AssignedIssueEvent, UnassignedIssueEvent, LockedIssueEvent, "
        "StateChangeIssueEvent]]"
    )
}
"""Events such as `closed`, which the timeline has although the description omits them."""


class Exchange(Protocol):
    """One recorded request with its answer. `path` is relative to the API's root."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def query(self) -> Mapping[str, str]: ...
    @property
    def request(self) -> Any: ...
    @property
    def status(self) -> int: ...
    @property
    def answer(self) -> Any: ...


@dataclass(frozen=True)
class Deviation:
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True)
class Operation:
    method: str
    template: str
    pattern: re.Pattern[str]
    query: frozenset[str]
    body: str | None
    answer: str | None
    errors: Mapping[str, str]


# the package


@functools.cache
def _root() -> Path:
    spec = importlib.util.find_spec("githubkit_schemas")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("githubkit_schemas")
    folder = Path(next(iter(spec.submodule_search_locations)))
    kit = types.ModuleType("githubkit")
    kit.__path__ = [str(folder.parent / "githubkit")]
    sys.modules.setdefault("githubkit", kit)
    return folder / VERSION


@functools.cache
def _groups() -> dict[str, str]:
    """Map each model to its module, from the package's own table."""
    text = (_root() / "models" / "__init__.py").read_text()
    table = text[text.index("__lazy_vars__ = {") + len("__lazy_vars__ = ") :]
    literal: dict[str, Sequence[str]] = ast.literal_eval(table[: table.index("\n    }") + 6].strip())
    return {name: group.lstrip(".") for group, names in literal.items() for name in names}


class _Names(dict[str, Any]):
    """Return the namespace that resolves a model's annotations."""

    def __missing__(self, name: str) -> Any:
        if name not in _groups():
            raise KeyError(name)
        return _model(name)


@functools.cache
def _model(name: str) -> Any:
    _root()
    return getattr(importlib.import_module(f"githubkit_schemas.{VERSION}.models.{_groups()[name]}"), name)


@functools.cache
def _adapter(annotation: str) -> TypeAdapter[Any]:
    plain: dict[str, Any] = {
        "list": list,
        "dict": dict,
        "str": str,
        "int": int,
        "Any": Any,
        "PYDANTIC_V2": True,
    }
    names = _Names(Union=Union, Annotated=Annotated, Literal=Literal, Field=Field, **plain)
    return TypeAdapter(eval(annotation, {"__builtins__": {}}, names))


@functools.cache
def operations() -> tuple[Operation, ...]:
    found: list[Operation] = []
    for file in sorted((_root() / "rest").glob("*.py")):
        methods = re.split(r"\n    (?=@overload|def |async def )", file.read_text())
        found += [_operation(one) for one in methods if one.startswith("def ") and "        url = " in one]
    return tuple(found)


def _operation(text: str) -> Operation:
    template = _search(r'\n        url = \(?\s*f?"([^"]+)"', text) or ""
    verb = _search(r'_github\.request\(\s*"(\w+)"', text) or ""
    params = _search(r"\n        params = \{(.*?)\n        \}", text, re.DOTALL) or ""
    errors = _search(r"error_models=\{(.*?)\n            \}", text, re.DOTALL) or ""
    answer = _search(r"response_model=(.*?),\n            (?:error_models|\))", text, re.DOTALL)
    if answer is None:
        answer = _search(r"response_model=(.*?),\n        \)", text, re.DOTALL)
    body = _search(r"json = type_validate_python\(\s*(.*?),\s*json,?\s*\)", text, re.DOTALL)
    return Operation(
        method=verb,
        template=template,
        pattern=re.compile(_regex(template)),
        query=frozenset(re.findall(r'"(\w+)":', params)),
        body=body,
        answer=GAPS.get(template, answer) if verb == "GET" else answer,
        errors=dict(re.findall(r'"(\d+)": (.*?),(?=\s*(?:"\d+":|$))', errors, re.DOTALL)),
    )


def _search(pattern: str, text: str, flags: int = 0) -> str | None:
    match = re.search(pattern, text, flags)
    return match[1].strip() if match else None


_WIDE = {"ref", "basehead", "branch"}


def _regex(template: str) -> str:
    def part(match: re.Match[str]) -> str:
        return ".+" if match[1] in _WIDE else ".*" if match[1] == "path" else "[^/]+"

    return "^" + re.sub(r"\\{(\w+)\\}", part, re.escape(template)) + "$"


def find_operation(method: str, path: str) -> Operation | None:
    path = f"{path}/" if path.endswith("/contents") else path
    fits = [one for one in operations() if one.method == method and one.pattern.match(path)]
    return max(fits, key=lambda one: len(re.sub(r"\{\w+\}", "", one.template)), default=None)


# requests and answers


def deviations(exchanges: Iterable[Exchange], *, strict_keys: bool = True) -> list[Deviation]:
    """List where requests or answers differ from the description. `strict_keys` also reports additional keys in answers."""
    found: dict[Deviation, None] = {}
    for one in exchanges:
        for deviation in _of_exchange(one, strict_keys):
            found[deviation] = None
    return list(found)


def _of_exchange(one: Exchange, strict_keys: bool) -> Iterable[Deviation]:
    if one.path in ("/graphql", "/meta"):
        return
    operation = find_operation(one.method, one.path)
    if operation is None:
        yield Deviation(f"{one.method} {one.path}", "GitHub has no such operation")
        return
    where = f"{one.method} {operation.template} {one.status}"
    if one.status < 400:
        yield from _of_request(where, operation, one)
    yield from _of_answer(where, operation, one, strict_keys)


def _of_request(where: str, operation: Operation, one: Exchange) -> Iterable[Deviation]:
    for name in one.query.keys() - operation.query - {"per_page", "page"}:
        yield Deviation(where, f"no such query parameter: {name}")
    if one.request is None:
        return
    if operation.body is None:
        if one.request:
            yield Deviation(where, "this operation takes no body")
        return
    yield from _validate(f"{where} request", operation.body, one.request, strict_keys=True)


def _of_answer(where: str, operation: Operation, one: Exchange, strict_keys: bool) -> Iterable[Deviation]:
    if one.status in (204, 301, 304, 307) or one.status >= 500 or one.answer is None:
        return
    if one.status >= 400:
        model = operation.errors.get(str(one.status), "BasicError")
        if model == "ValidationError" and "errors" not in one.answer:
            model = "BasicError"
        yield from _validate(where, model, one.answer, strict_keys=False)
        return
    if operation.answer and operation.answer not in ("Any", "EmptyObject"):
        yield from _validate(where, operation.answer, one.answer, strict_keys)


def _validate(where: str, annotation: str, value: Any, strict_keys: bool) -> Iterable[Deviation]:
    try:
        parsed = _adapter(annotation).validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        for problem in _nearest(error, value):
            yield Deviation(where, problem)
        return
    if strict_keys:
        for place in sorted(set(_more(parsed, value, ""))):
            yield Deviation(where, f"GitHub has no such key: {place}")


def _nearest(error: ValidationError, value: Any) -> list[str]:
    """Return the first problems, without list positions so that each is reported once."""
    told: dict[str, None] = {}
    for problem in error.errors(include_url=False, include_input=False):
        place = ".".join("[]" if isinstance(part, int) else str(part) for part in problem["loc"])
        told[f"{place}: {problem['msg']}"] = None
    return list(told)[:12] or [f"not valid: {value!r}"]


def _more(parsed: Any, value: Any, place: str) -> Iterable[str]:
    """Return keys of the value that the model doesn't have."""
    if isinstance(parsed, BaseModel) and isinstance(value, Mapping):
        names = {field.alias or name: name for name, field in type(parsed).model_fields.items()}
        extra = type(parsed).model_config.get("extra") == "allow" or not names
        for key, inner in value.items():
            if key in names:
                yield from _more(getattr(parsed, names[key]), inner, f"{place}.{key}")
            elif not extra and key not in UNEVEN:
                yield f"{place}.{key}".lstrip(".")
    elif isinstance(parsed, list | tuple) and isinstance(value, list):
        for one, inner in zip(parsed, value, strict=True):
            yield from _more(one, inner, f"{place}[]")


# webhooks


def payload_deviations(
    payloads: Iterable[tuple[str, str | None, Mapping[str, Any]]], *, strict_keys: bool = True
) -> list[Deviation]:
    found: dict[Deviation, None] = {}
    for event, action, payload in payloads:
        where = f"webhook {event}.{action}" if action else f"webhook {event}"
        model = _webhook(event, action)
        problems = (
            [Deviation(where, "GitHub has no such event")]
            if model is None
            else _validate(where, model, payload, strict_keys)
        )
        for deviation in problems:
            found[deviation] = None
    return list(found)


@functools.cache
def _webhook(event: str, action: str | None) -> str | None:
    file = _root() / "webhooks" / f"{event}.py"
    if not file.exists():
        return None
    text = file.read_text()
    table = text[text.index("action_types") :]
    if action is None:
        return _search(r"action_types = (\w+)", table)
    return _search(rf'"{action}": (\w+(?:\[.*?\])?),\n', table, re.DOTALL)


def is_described(method: str, template: str) -> bool:
    """Return whether GitHub describes this operation, whatever its parameters are called."""
    shape = re.sub(r"\{\w+\}", "{}", template)
    return any(
        one.method == method and re.sub(r"\{\w+\}", "{}", one.template) == shape for one in operations()
    )


__all__ = [
    "Deviation",
    "Exchange",
    "deviations",
    "find_operation",
    "is_described",
    "operations",
    "payload_deviations",
]
