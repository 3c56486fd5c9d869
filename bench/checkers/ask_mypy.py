"""Asks mypy what the values are: questions as JSON on standard input, lists of classes on standard output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from mypy.build import build
from mypy.errors import CompileError
from mypy.find_sources import create_source_list
from mypy.nodes import Expression, MemberExpr, SuperExpr
from mypy.options import Options
from mypy.server.subexpr import get_subexpressions
from mypy.types import (
    CallableType,
    Instance,
    Overloaded,
    Type,
    TypeType,
    TypeVarType,
    UnionType,
    get_proper_type,
)

Ends = tuple[str, int, int]
"""A path, and the line and column at which an attribute ends."""


def classes_of(found: Type | None) -> Iterator[str]:
    proper = get_proper_type(found) if found is not None else None
    if isinstance(proper, Instance):
        yield proper.type.name
    elif isinstance(proper, UnionType):
        for one in proper.items:
            yield from classes_of(one)
    elif isinstance(proper, TypeType):
        yield from classes_of(proper.item)
    elif isinstance(proper, TypeVarType):
        yield from classes_of(proper.upper_bound)
    elif isinstance(proper, (CallableType, Overloaded)) and proper.is_type_obj():
        yield proper.type_object().name


def answers(folder: Path, roots: Sequence[str]) -> dict[Ends, list[str]]:
    options = Options()
    options.export_types = options.check_untyped_defs = options.preserve_asts = True
    options.incremental, options.ignore_missing_imports = False, True
    options.mypy_path = list(roots)
    found: dict[Ends, list[str]] = {}
    for top in sorted({path.parent for path in folder.rglob("*.py")}):
        paths = sorted(str(path) for path in top.glob("*.py"))
        try:
            result = build(create_source_list(paths, options), options)
        except (CompileError, SystemExit):
            continue
        for file in result.files.values():
            if Path(file.path).parent == top:
                path = os.path.relpath(file.path, folder)
                found.update(with_types(path, get_subexpressions(file), result.types))
    return found


def with_types(
    path: str, expressions: Sequence[Expression], types: dict[Expression, Type]
) -> Iterator[tuple[Ends, list[str]]]:
    for one in expressions:
        ends = (path, one.end_line or 0, one.end_column or 0)
        if isinstance(one, SuperExpr):
            yield ends, [base.name for base in one.info.mro[1:2]] if one.info else []
        elif isinstance(one, MemberExpr):
            yield ends, list(classes_of(types.get(one.expr)))


def main() -> None:
    folder, roots = Path(sys.argv[1]).resolve(), sys.argv[2:]
    found = answers(folder, roots)
    ends = [(path, line, column) for path, line, column in json.load(sys.stdin)]
    json.dump([found.get(one, []) for one in ends], sys.stdout)


if __name__ == "__main__":
    main()
