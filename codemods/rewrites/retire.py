"""The end of a deprecated module: a redirect that warns, or no file at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from codemods.link.import_meanings import dotted_meanings, imported_keys
from codemods.link.links import Links
from codemods.model.facts import DEFINE, STORE, TYPE_CHECKING_ONLY, FileFacts
from codemods.model.modules import Modules, likeliest
from codemods.model.patterns import lazy_pattern
from codemods.model.records import record
from codemods.model.rules import RetiredModule
from codemods.model.site import Site
from codemods.read.source import Source

HEADER = lazy_pattern(rb"(?:[ \t]*#[^\r\n]*(?:\r\n|\r|\n)|[ \t]*(?:\r\n|\r|\n))*")


Target = tuple[str, str | None]
"""A module and a name in it; no name where the module itself is meant."""


@record
class Redirect:
    text: bytes
    imports: tuple[Target, ...]
    """What it takes, by module and name."""


@record
class RetirementRefusal:
    """Why the module can't be retired."""

    reason: str
    sites: tuple[Site, ...] = ()


def redirect_text(
    retire: RetiredModule,
    path: str,
    source: Source,
    facts: FileFacts,
    links: Links,
    imported_elsewhere: Mapping[str, str],
) -> Redirect | RetirementRefusal | None:
    """None if it is a redirect already. `imported_elsewhere`: names that others import from it, each with one such file."""
    own = own_names(facts)
    if not own:
        return None
    names = [*public_names(own, facts), *passed_on_names(retire.module, facts, links), *imported_elsewhere]
    targets = {name: target for name in names if (target := target_of(retire.module, name, links))}
    other_names = [name for name in imported_elsewhere if name not in targets and name not in own]
    passed_on = {
        name: target for name in other_names if (target := imported_origin(path, name, facts, links.modules))
    }
    required = dict.fromkeys(
        (*public_names(own, facts), *(name for name in own if name in imported_elsewhere))
    )
    missing = [name for name in required if name not in targets]
    if missing:
        return RetirementRefusal(f"nothing replaces {', '.join(missing[:8])} of {retire.module}")
    unresolved = [name for name in other_names if name not in passed_on and may_bind(name, facts)]
    if unresolved:
        return RetirementRefusal(
            f"{imported_elsewhere[unresolved[0]]} takes {', '.join(unresolved[:8])} through {retire.module}"
        )
    if not targets:
        return RetirementRefusal(f"{retire.module} has no public name to redirect")
    header = HEADER.match(source.text)
    header_text = header.group().rstrip() if header else b""
    lines = [
        *([header_text.decode("utf-8", "surrogatepass"), ""] if header_text else []),
        *redirect_lines(retire.module, targets, passed_on),
    ]
    text = "\n".join(lines).encode("utf-8", "surrogatepass") + b"\n"
    text = text.replace(b"\r\n", b"\n").replace(b"\n", source.newline)
    return Redirect(text, tuple(sorted({*targets.values(), *passed_on.values()}, key=str)))


def imported_origin(path: str, name: str, facts: FileFacts, modules: Modules) -> Target | None:
    """Where a name comes from that the module only passes on; None if that is not one place for sure."""
    targets: set[Target] = set()
    for statement in facts.imports:
        for alias in statement.aliases:
            if statement.scope or alias.bound_name != name:
                continue
            base = (
                modules.absolute(path, statement.level, statement.module)
                if statement.module is not None
                else ""
            )
            if (
                statement.flags & TYPE_CHECKING_ONLY
                or base is None
                or (not base and "." in alias.name and not alias.asname)
            ):
                return None
            module, _, last = f"{base}.{alias.name}".strip(".").rpartition(".")
            targets.add((module, last) if module else (last, None))
    return targets.pop() if len(targets) == 1 else None


def may_bind(name: str, facts: FileFacts) -> bool:
    bound = facts.scopes[0].bindings
    return name in bound or "__getattr__" in bound or any(statement.is_star for statement in facts.imports)


def own_names(facts: FileFacts) -> list[str]:
    bound = facts.scopes[0].bindings
    return [name for name, roles in bound.items() if roles & {DEFINE, STORE} and name != "__all__"]


def passed_on_names(module: str, facts: FileFacts, links: Links) -> list[str]:
    """Names that it only passed on, and that the rules take from it all the same."""
    rules = [rule.old.name for rule in links.rules.replace if rule.old.module == module]
    return [name for name in rules if name and name in facts.scopes[0].bindings]


def public_names(own: Sequence[str], facts: FileFacts) -> list[str]:
    listed = facts.exports if facts.exports is not None and facts.exports_complete else None
    if listed is not None:
        return sorted({*listed, *(name for name in own if not name.startswith("_"))})
    return sorted(name for name in own if not name.startswith("_"))


def target_of(module: str, name: str, links: Links) -> Target | None:
    """The new module and name of a name of the old module."""
    modules = []
    for rule in links.rules.replace:
        if rule.old.module != module:
            continue
        if rule.old.name == name and rule.new.name:
            return rule.new.module, rule.new.name
        modules.append(rule.new.module)
    for new in dict.fromkeys(modules):
        new_names = links.module_names.get(new)
        if new_names is not None and new_names.has(name):
            return new, name
    return None


def redirect_lines(
    module: str, targets: Mapping[str, Target], passed_on: Mapping[str, Target]
) -> Iterator[str]:
    by_module: dict[str, list[tuple[str, str]]] = {}
    for name, (source, taken) in (*targets.items(), *passed_on.items()):
        by_module.setdefault(source if taken else "", []).append((taken or source, name))
    new_modules = sorted({new for new, _ in targets.values()})
    linked = ", ".join(f"`{new}`" for new in new_modules)
    yield f'"""Moved to {linked}; this name is kept for those who still use it."""'
    yield ""
    yield "import warnings"
    yield ""
    for new, names in sorted(by_module.items()):
        listed = ", ".join(one if one == name else f"{one} as {name}" for one, name in sorted(names))
        line = f"from {new} import {listed}" if new else f"import {listed}"
        yield line if len(line) <= 88 or not new else "\n".join(wrapped_import(new, names))
    yield ""
    public = sorted({*targets, *passed_on})
    listed = ", ".join(f'"{name}"' for name in public)
    line = f"__all__ = [{listed}]"
    yield (
        line if len(line) <= 88 else "\n".join(["__all__ = [", *(f'    "{name}",' for name in public), "]"])
    )
    yield ""
    yield "warnings.warn("
    yield f'    "{module} is deprecated: use {", ".join(new_modules)}",'
    yield "    DeprecationWarning,"
    yield "    stacklevel=2,"
    yield ")"


def wrapped_import(module: str, names: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield f"from {module} import ("
    for there, name in sorted(names):
        yield f"    {there}," if there == name else f"    {there} as {name},"
    yield ")"


# ---- what still refers to a module


def names_imported_from(
    paths: Sequence[str], facts: Mapping[str, FileFacts], modules: Modules, retired: str
) -> dict[str, str]:
    """The names that other files import from a module, each with the first such file."""
    own_names = {name for path in paths for name in modules.names_by_path.get(path, ())} | {retired}
    first_importer: dict[str, str] = {}
    for path, one in sorted(facts.items()):
        for module, name in names_taken(path, one, modules) if path not in paths else ():
            if module in own_names and name != "*" and not modules.is_known(f"{module}.{name}"):
                first_importer.setdefault(name, path)
    return first_importer


def names_taken(path: str, facts: FileFacts, modules: Modules) -> Iterator[tuple[str, str]]:
    for _, _, (module, name) in imported_keys(modules, path, facts):
        yield likeliest(module), name
    for mention in facts.mentions:
        for parts in dotted_meanings(modules, path, facts, mention) if mention.attributes else ():
            yield from ((likeliest(".".join(parts[:count])), parts[count]) for count in range(1, len(parts)))


def references_to(
    module: str, paths: Sequence[str], facts: dict[str, FileFacts], modules: Modules
) -> Iterator[tuple[str, Site]]:
    """Imports and dotted strings, in every other file."""
    own_names = {name for path in paths for name in modules.names_by_path.get(path, ())} | {module}
    for path, found in sorted(facts.items()):
        if path in paths:
            continue
        for line, meant in mentioned_lines(path, found, modules):
            name = likeliest(meant)
            if any(name == one or name.startswith(one + ".") for one in own_names):
                yield path, Site(line, 0, "import", module, False, f"{path} still uses it")


def mentioned_lines(path: str, facts: FileFacts, modules: Modules) -> Iterator[tuple[int, str]]:
    for statement in facts.imports:
        if statement.module is None:
            yield from (
                (statement.line, modules.module_meant_by(path, alias.name)) for alias in statement.aliases
            )
            continue
        base = modules.absolute(path, statement.level, statement.module)
        if base is not None:
            yield statement.line, base
            for alias in statement.aliases:
                yield statement.line, ".".join(modules.member(path, base, alias.name))
    for text in facts.strings:
        if text.context in ("patch", "module", "loaded", "plain") and re.fullmatch(r"[\w.:]+", text.value):
            parts = tuple(text.value.replace(":", ".").split("."))
            yield text.line, ".".join(modules.meaning(path, parts) if all(parts) else parts)
