"""What can only be migrated together, in one run: a re-export with the strings that name it and the calls through it,
an alias with its importers. If one of them can't be migrated, none of them is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from codemods.link.import_meanings import dotted_meanings, from_imports
from codemods.link.links import Links
from codemods.link.signatures import passed_by
from codemods.link.symbol_match import Key
from codemods.model.facts import UNBOUND, FileFacts, Mention
from codemods.scan.joint_members import joint_members
from codemods.scan.survey import Survey
from codemods.scan.uses_through_reexports import misfits_through

Paths = Collection[str] | None
"""The files that may change; None means all files."""


def link_joint_changes(
    survey: Survey, paths: Paths = None, impossible: Mapping[Key, str] = MappingProxyType({})
) -> Links:
    """Links extended by what has to change together: strings, calls, aliases. `impossible`: keys that failed before."""
    links = with_strings(survey, paths, impossible)
    tied = {
        key: files_of(survey, key, links.named_in_strings.get(key, ())) for key in links.renamed_reexports
    }
    links, called = with_callers(survey, links, paths, impossible)
    links, loosened = with_importers(survey, links, paths, impossible)
    uses, members = joint_members(survey.members, survey.rules.members, paths, impossible)
    return replace(links, members=uses, change_together={**tied, **called, **loosened, **members})


def files_of(survey: Survey, key: Key, others: Collection[str]) -> frozenset[str]:
    return frozenset({*others, *survey.modules.paths_by_name.get(key[0], ())})


def may_change(files: Collection[str], paths: Paths) -> bool:
    return paths is None or set(files) <= set(paths)


# ---- strings


def with_strings(survey: Survey, paths: Paths, impossible: Collection[Key]) -> Links:
    """Re-exported names that strings of other files mean are renamed together with those strings, or not at all."""
    links = survey.links
    if not survey.rules.strings or all(rule.style != "rename" for rule in survey.rules.replace):
        return links
    keep = {
        key
        for key, files in links.named_in_strings.items()
        if key not in links.symbols or not can_rename_strings(survey, key, files, paths)
    }
    links = replace(links, names_to_keep=frozenset({*keep, *impossible}))
    renamed: dict[Key, str] = {}
    for module, name in sorted(links.named_in_strings.keys() - links.names_to_keep):
        for path in survey.modules.paths_by_name.get(module, ()):
            new = survey.decide(path, links).renamed_globals.get(name)
            if new:
                renamed[(module, name)] = new
    return replace(links, renamed_reexports=renamed)


def can_rename_strings(survey: Survey, key: Key, files: Collection[str], paths: Paths) -> bool:
    """Whether every file whose strings name it may change, and its strings can be rewritten."""
    dotted = ".".join(key)
    return may_change(files_of(survey, key, files), paths) and all(
        text.content_start >= 0
        for path in files
        for text in survey.facts[path].strings
        if text.value.startswith(dotted)
    )


# ---- calls


def with_callers(
    survey: Survey, links: Links, paths: Paths, impossible: Collection[Key]
) -> tuple[Links, dict[Key, frozenset[str]]]:
    """A re-export gets the new symbol if every use through it fits that, or the call is migrated with it."""
    held: dict[Key, str] = dict(misfits_through(survey, links))
    tied: dict[Key, frozenset[str]] = {}
    for key, by_path in sorted(callers(links, survey.facts).items()):
        files = files_of(survey, key, by_path)
        own = set(survey.modules.paths_by_name.get(key[0], ()))
        if not may_change(own, paths):
            continue
        trouble = held.get(key, "")
        if key in impossible:
            trouble = trouble or "not every caller through this module can be migrated with it"
        for path, calls in sorted(by_path.items()):
            trouble = trouble or caller_trouble(survey, links, paths, key, path, calls)
        if trouble:
            held[key] = trouble
        elif links.changes_calls(links.symbols[key]):
            tied[key] = files
    return replace(links, blocked_reexports=held), tied


def callers(links: Links, facts: Mapping[str, FileFacts]) -> dict[Key, dict[str, list[Mention]]]:
    """Who calls a re-exported symbol whose calls are to change, or might not fit."""
    keys = called_keys(links)
    found: dict[Key, dict[str, list[Mention]]] = {}
    for path, one in facts.items() if keys else ():
        for key, mention in calls_through(links, keys, path, one):
            found.setdefault(key, {}).setdefault(path, []).append(mention)
    return found


def called_keys(links: Links) -> frozenset[Key]:
    return frozenset(
        key for key, rule in links.symbols.items() if key not in links.own_symbols and rule in links.callees
    )


def calls_through(
    links: Links, keys: Collection[Key], path: str, facts: FileFacts
) -> Iterator[tuple[Key, Mention]]:
    modules = links.modules.names_by_path.get(path, ())
    for mention in facts.mentions:
        if mention.call is None:
            continue
        for parts in dotted_meanings(links.modules, path, facts, mention):
            key = (".".join(parts[:-1]), parts[-1])
            if key in keys and key[0] not in modules:
                yield key, mention


def caller_trouble(
    survey: Survey, links: Links, paths: Paths, key: Key, path: str, calls: list[Mention]
) -> str:
    number = links.symbols[key]
    old, new = links.callees[number].old.signature, links.callees[number].new.signature
    if links.changes_calls(number):
        file = survey.decide(path, links)
        if (
            may_change([path], paths)
            and not file.misfits
            and not file.interface_misfits
            and all(site.safe for site in file.sites)
        ):
            return ""
        return f"{path} calls it through this module on line {calls[0].line}; migrate that first"
    for mention in calls:
        passed = passed_by(mention.call) if mention.call else None
        misfit = new.misfit(passed) if new and passed else ""
        if misfit and passed and (old is None or not old.misfit(passed)):
            return f"{path} calls it through this module on line {mention.line}: {misfit}"
    return ""


# ---- aliases that are settled


def with_importers(
    survey: Survey, links: Links, paths: Paths, impossible: Collection[Key]
) -> tuple[Links, dict[Key, frozenset[str]]]:
    """Removes an alias if every file that imports it can import the symbol itself."""
    users: dict[Key, set[str]] = {}
    stuck = {*impossible, *links.named_in_strings}
    for path, one in survey.facts.items() if links.aliases else ():
        for key, imported in alias_uses(links, path, one):
            users.setdefault(key, set()).add(path)
            stuck.update(() if imported else (key,))
    tied = {key: files_of(survey, key, files) for key, files in users.items()}
    tied = {key: files for key, files in tied.items() if key not in stuck and may_change(files, paths)}
    while tied:
        assumed = replace(links, settled_aliases=frozenset(tied))
        safe = {path: can_settle(survey, assumed, path) for files in tied.values() for path in files}
        wrong = [key for key, files in tied.items() if not all(safe[path] for path in files)]
        if not wrong:
            return assumed, tied
        tied = {key: files for key, files in tied.items() if key not in wrong}
    return links, {}


def can_settle(survey: Survey, links: Links, path: str) -> bool:
    return all(site.safe for site in survey.decide(path, links).sites)


def alias_uses(links: Links, path: str, facts: FileFacts) -> Iterator[tuple[Key, bool]]:
    """Which aliases a file uses, and whether it imports them by name: that can be settled."""
    own = links.modules.names_by_path.get(path, ())
    for statement, module in from_imports(links.modules, path, facts):
        for alias in statement.aliases:
            if (module, alias.name) in links.aliases and module not in own:
                yield (module, alias.name), True
            if alias.name == "*":
                yield from (
                    (key, False) for key in links.aliases if key[0] == module and is_unbound(facts, key[1])
                )
    for mention in facts.mentions if facts.imports else ():
        for parts in dotted_meanings(links.modules, path, facts, mention) if mention.attributes else ():
            for count in range(1, len(parts)):
                key = (".".join(parts[:count]), parts[count])
                if key in links.aliases and count >= len(parts) - len(mention.attributes):
                    yield key, False


def is_unbound(facts: FileFacts, name: str) -> bool:
    return any(
        facts.binding_scope(one.name, one.scope) == UNBOUND for one in facts.mentions if one.name == name
    )
