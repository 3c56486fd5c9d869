"""Functions that load a module by its name, and what a file calls them."""

from __future__ import annotations

import re

from codemods.model.patterns import lazy_pattern
from codemods.read.source import Source

LOADERS = frozenset(
    {
        *("import_module", "__import__", "importorskip", "find_spec", "reload_module", "load_module"),
        *("run_module", "run_path"),
    }
)
LOADER = "|".join(sorted(LOADERS)).encode()
OTHER_LOADER = lazy_pattern(
    rb"\b("
    + LOADER
    + rb")[ \t]+as[ \t]+(\w+)|^[ \t]*(\w+)[ \t]*=[ \t]*(?:\w+\.)*("
    + LOADER
    + rb")[ \t]*(?:#.*)?$",
    re.M,
)


def names_of_loaders(source: Source) -> dict[str, str]:
    """What functions that load modules are called here besides their own name."""
    if b"import_module" not in source.text and b"runpy" not in source.text:
        return {}
    found = (match.groups(b"") for match in OTHER_LOADER.finditer(source.text))
    return {
        (name or other).decode(): (loader or assigned).decode() for loader, name, other, assigned in found
    }
