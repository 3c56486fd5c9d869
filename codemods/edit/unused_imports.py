"""Imports that their file no longer uses, and that stay since other files take them from it."""

from __future__ import annotations

from fnmatch import fnmatch

from codemods.edit.file_rewrite import FileRewrite
from codemods.edit.imports.import_statements import line_of, linter_pragma
from codemods.model.edits import TextEdit
from codemods.model.facts import Import

PRAGMA = b"  # noqa: F401"


def unused_pragma(file: FileRewrite) -> bytes:
    """What goes behind such an import, where the repository's linter would find it; empty elsewhere."""
    allowed, name = file.style.unused_allowed_in, file.path.rpartition("/")[2]
    is_found = allowed is not None and not any(
        fnmatch(file.path, one) or fnmatch(name, one) for one in allowed
    )
    return PRAGMA if is_found else b""


def mark_unused(file: FileRewrite, statement: Import) -> None:
    """Behind the first of its lines, where linters look for what is said of all its names."""
    source, row = file.source, file.source.position(statement.start)[0]
    below = source.line_starts[row] if row < len(source.line_starts) else len(source.text)
    end = len(source.text[:below].rstrip(b"\r\n"))
    is_shared = line_of(source, statement.start, statement.end).shared
    is_continued = source.text[:end].endswith(b"\\")
    if unused_pragma(file) and not is_shared and not is_continued and not linter_pragma(source, statement):
        file.edits.append(TextEdit(end, end, PRAGMA))
