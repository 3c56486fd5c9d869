"""What is said to a repository's linter of imports that it would find, and that stand as they must."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatch

from codemods.edit.file_view import FileView
from codemods.edit.imports.import_statements import AliasOutcome, NewAlias, line_of, linter_pragma
from codemods.edit.imports.import_style import STANDARD_LIBRARY, ImportStyle
from codemods.model.edits import TextEdit
from codemods.model.facts import TYPE_CHECKING_ONLY, Import

UNUSED = "F401"
FOR_TYPES = ("TC001", "TC002", "TC003")
"""An import of this repository's, of another package's, of Python's own, that only annotations use."""


def pragma_for(path: str, style: ImportStyle, code: str) -> bytes:
    """Empty where nothing looks for it in this file."""
    allowed, name = style.allowed_in.get(code), path.rpartition("/")[2]
    is_found = allowed is not None and not any(fnmatch(path, one) or fnmatch(name, one) for one in allowed)
    return f"  # noqa: {code}".encode() if is_found else b""


def said_behind(file: FileView, statement: Import, pragma: bytes) -> list[TextEdit]:
    """Behind the first of its lines, where linters look for what is said of all its names."""
    source, row = file.source, file.source.position(statement.start)[0]
    below = source.line_starts[row] if row < len(source.line_starts) else len(source.text)
    end = len(source.text[:below].rstrip(b"\r\n"))
    is_shared = line_of(source, statement.start, statement.end).shared
    is_continued = source.text[:end].endswith(b"\\")
    said = not pragma or is_shared or is_continued or linter_pragma(source, statement)
    return [] if said else [TextEdit(end, end, pragma)]


def pragmas_for_types(
    file: FileView, style: ImportStyle, statement: Import, outcomes: list[AliasOutcome]
) -> Iterator[tuple[int, bytes]]:
    """By the number of a name that goes to another module, where only annotations use it. ruff passes over such an
    import as long as its module is needed otherwise."""
    if (
        not style.allowed_in.keys() & set(FOR_TYPES)
        or statement.column
        or statement.flags & TYPE_CHECKING_ONLY
    ):
        return
    moving = {
        number: new
        for number, new in enumerate(outcomes)
        if isinstance(new, NewAlias) and new.module is not None and new.module != statement.module
    }
    at_run_time = names_at_run_time(file.source.tree) if moving else set()
    needed = {
        "." * one.level + (one.module or "")
        for one in file.facts.imports
        for alias in one.aliases
        if alias.bound_name in at_run_time
    }
    was_passed_over = "." * statement.level + (statement.module or "") in needed
    for number, new in moving.items() if was_passed_over else ():
        module = new.module or ""
        if statement.aliases[number].bound_name not in at_run_time and module not in needed:
            yield number, pragma_for(file.path, style, code_for(file, module))


def code_for(file: FileView, module: str) -> str:
    if module.startswith(".") or file.links.modules.is_known(module):
        return FOR_TYPES[0]
    return FOR_TYPES[2 if module.partition(".")[0] in STANDARD_LIBRARY else 1]


def names_at_run_time(tree: ast.Module) -> set[str]:
    """What is read other than in annotations that nothing evaluates."""
    later = any(
        isinstance(one, ast.ImportFrom)
        and one.module == "__future__"
        and any(alias.name == "annotations" for alias in one.names)
        for one in tree.body
    )
    found: set[str] = set()
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            found.add(node.id)
        for field in node._fields:
            value = getattr(node, field, None)
            if field in ("annotation", "returns") and later:
                continue
            waiting += [
                one for one in (value if isinstance(value, list) else [value]) if isinstance(one, ast.AST)
            ]
    return found
