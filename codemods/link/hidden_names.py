"""Names of a package that a module of it takes the place of once something loads that."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from codemods.link.callees import ParsedModule
from codemods.link.links import Links
from codemods.link.reexports import new_keys


def hidden_by_modules(links: Links, parsed: Callable[[str], ParsedModule | None]) -> Iterator[str]:
    """Old and new names that are modules as well, which the package doesn't load itself before it binds the name."""
    for package, name in sorted({*links.symbols, *new_keys(links.rules)}):
        dotted = f"{package}.{name}"
        module = parsed(package) if links.modules.is_known(dotted) else None
        if module is not None and not loads(links, module, dotted):
            yield dotted


def loads(links: Links, module: ParsedModule, name: str) -> bool:
    """Whether loading a module loads another, which its name begins with."""
    for node in module.tree.body:
        if isinstance(node, ast.Import):
            loaded = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            loaded = [links.modules.absolute(module.path, node.level, node.module) or ""]
        else:
            continue
        if any(f"{one}.".startswith(f"{name}.") for one in loaded):
            return True
    return False
