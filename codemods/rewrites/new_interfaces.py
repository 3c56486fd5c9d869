"""Uses of a class that the new one can't serve: a member that it lacks, arguments that it doesn't take."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codemods.edit.file_rewrite import FileRewrite
from codemods.link.interfaces.interface_change import InterfaceChange
from codemods.link.misfits.all_misfits import may_misfit, misfits_in
from codemods.link.misfits.names_in_file import class_names
from codemods.rewrites.examples import new_interfaces as new_interfaces_examples

MISFIT = "interface"
"""The kind of a use that the new class can't serve, or may not."""


def decide(file: FileRewrite) -> None:
    """What certainly fails is for the verification, which leaves the file; what may is listed beside the change."""
    links = file.links
    if not links.interfaces.changes or links.rules.settle:
        return
    migrated = {site.symbol for site in file.sites if site.safe}
    for symbol, change in links.interfaces.changes.items():
        own = symbol.module in file.module_names
        if own or migrated.isdisjoint({str(symbol), *([symbol.module] if change.moves_with_module else [])}):
            continue
        file.compared_interfaces = True
        file.interface_misfits += missing_targets(file, change)
        if not may_misfit(file.source.text, change):
            continue
        names = class_names(links, file.path, file.facts, symbol)
        for misfit in misfits_in(file.source.tree, change, names) if names else ():
            file.add_site(misfit.line, misfit.column, MISFIT, str(symbol), False, misfit.problem)
            if misfit.is_certain:
                file.interface_misfits.append(f"line {misfit.line}: {misfit.problem}")


def missing_targets(file: FileRewrite, change: InterfaceChange) -> Iterator[str]:
    """`patch("m.Old.gone")`, where strings follow the class."""
    for text in file.facts.strings if file.links.rules.strings else ():
        parts = tuple(re.split(r"[.:]", text.value)) if text.context == "patch" else ()
        match = file.find_text(parts) if parts else None
        name = parts[match.length] if match is not None and len(parts) > match.length else ""
        changed = change.members.get(name)
        is_it = match is not None and match.old_symbol == str(change.old_symbol)
        if is_it and changed is not None and changed.is_missing:
            yield f"line {text.line}: {name} of {change.name} doesn't exist"


EXAMPLES = new_interfaces_examples.EXAMPLES
