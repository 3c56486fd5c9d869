"""Packages of which a file loads modules by the last part of their names: `import_module(f"app.{name}")`."""

from __future__ import annotations

import re
from collections.abc import Iterator

FORMS = (b"import_module", b"__import__")
OWN = "."
"""Stands for the package of the file."""
LOADS = re.compile(
    rb"\b(?:import_module|__import__)\s*\(\s*(?:"
    rb"[fF][\"'](?P<formatted>[\w.]+)\.\{|[fF][\"']\{(?P<own>__package__|__name__)\}\.\{"
    rb"|[\"'](?P<joined>[\w.]+)\.[\"']\s*\+|[\"'](?P<filled>[\w.]+)\.(?:%s|\{\w*\})[\"']"
    rb"|[fF]?[\"']\.(?:\{\w+\}[\"']|%s[\"']\s*%\s*\w+|[\"']\s*\+\s*\w+)\s*,\s*(?:package\s*=\s*)?(?:[\"'](?P<relative>[\w.]+)[\"']|(?P<here>\w+))"
    rb"|(?P<any>(?![fFrRbB]?[\"'])[A-Za-z_]))"
)


def loaded_packages(data: bytes) -> frozenset[str]:
    """Empty for modules without a package."""
    return frozenset(packages_in(data)) if any(form in data for form in FORMS) else frozenset()


def packages_in(data: bytes) -> Iterator[str]:
    for match in LOADS.finditer(data):
        named = match["formatted"] or match["joined"] or match["filled"] or match["relative"]
        if named:
            yield named.decode("utf-8", "replace")
        else:
            yield OWN if match["own"] or match["here"] else ""
