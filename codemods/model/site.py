"""A reference to a deprecated symbol in a file, and what was decided about it."""

from __future__ import annotations

from codemods.model.records import record


@record
class Site:
    line: int
    column: int
    kind: str
    """import, use, attribute, string, patch, annotation, all, star, doc, module, dangling, call, …"""
    symbol: str
    """The deprecated symbol, as `module:name`."""
    safe: bool
    """Can be rewritten automatically."""
    note: str = ""
