"""What other files use of a class through a re-export that is to give the new one, which can't serve them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from codemods.link.links import Links
from codemods.link.misfits.all_misfits import may_misfit, misfits_in
from codemods.link.misfits.names_in_file import class_names, names_by_key
from codemods.link.symbol_match import Key
from codemods.model.facts import FileFacts
from codemods.model.rules import Symbol
from codemods.read.source import Source
from codemods.scan.lazy_source import LazySource
from codemods.scan.survey import Survey


def misfits_through(survey: Survey, links: Links) -> Mapping[Key, str]:
    """By the re-export's module and name: the first of them, and how many files there are more."""
    keys = {} if links.rules.settle else changed_reexports(links)
    found: dict[Key, list[str]] = {}
    for path, facts in sorted(survey.facts.items()) if keys else ():
        for key in sorted(reexports_used(links, keys, path, facts)):
            source = LazySource(survey.tree, survey.entries[path])
            trouble = next(misfits_of_file(links, path, facts, source, keys[key]), "")
            if trouble:
                found.setdefault(key, []).append(f"{path} uses it through this module on {trouble}")
    return {key: with_count(troubles) for key, troubles in found.items()}


def with_count(troubles: list[str]) -> str:
    more = len(troubles) - 1
    return troubles[0] + (f" (and {more} more {'file' if more == 1 else 'files'})" if more else "")


def changed_reexports(links: Links) -> dict[Key, Symbol]:
    olds = {key: links.rules.replace[number].old for key, number in links.symbols.items()}
    changes = links.interfaces.changes
    return {key: old for key, old in olds.items() if key not in links.own_symbols and old in changes}


def reexports_used(links: Links, keys: Collection[Key], path: str, facts: FileFacts) -> set[Key]:
    own = links.modules.names_by_path.get(path, ())
    return {key for key, _ in names_by_key(links, path, facts) if key in keys and key[0] not in own}


def misfits_of_file(
    links: Links, path: str, facts: FileFacts, source: Source, symbol: Symbol
) -> Iterator[str]:
    change = links.interfaces.changes[symbol]
    if may_misfit(source.text, change):
        for misfit in misfits_in(source.tree, change, class_names(links, path, facts, symbol)):
            if misfit.is_certain:
                yield f"line {misfit.line}: {misfit.problem}"
