"""Members of which every use changes together, or none: a definition with those who use it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from codemods.link.member_uses import FoundMembers, UseOfMember
from codemods.link.symbol_match import Key
from codemods.model.rules import MemberChange

Uses = Mapping[str, tuple[UseOfMember, ...]]


def joint_members(
    found: FoundMembers,
    rules: tuple[MemberChange, ...],
    paths: Collection[str] | None,
    impossible: Mapping[Key, str],
) -> tuple[Uses, dict[Key, frozenset[str]]]:
    """The uses with what keeps them from changing in this run, and the files that change together."""
    together: dict[Key, frozenset[str]] = {}
    troubles: dict[int, str] = {}
    for number, rule in enumerate(rules):
        key: Key = (str(rule.owner), rule.old)
        trouble = joint_trouble(found, number, rule, paths)
        if not trouble and key in impossible:
            trouble = f"{impossible[key]}; it changes together with all that uses {rule}, or not at all"
        definitions = found.definition_paths(number)
        if trouble:
            troubles[number] = trouble
        elif definitions:
            together[key] = moving_paths(found, number, paths)
    return with_troubles(found, troubles), together


def joint_trouble(found: FoundMembers, number: int, rule: MemberChange, paths: Collection[str] | None) -> str:
    missing = outside(found.definition_paths(number), paths)
    if number not in found.all_together:
        return f"{missing[0]} overrides {rule.old}, and has to change with it" if missing else ""
    missing = missing or outside(found.paths(number), paths)
    if missing:
        return (
            f"{missing[0]} uses {rule} too, which has no other name yet: define {rule.new} beside it first, "
            "or migrate all files in one phase"
        )
    for path, uses in sorted(found.uses.items()):
        for use in uses:
            if use.rule_number == number and use.trouble:
                return (
                    f"{path}:{use.line} needs manual work first: {use.trouble}. Or define {rule.new} beside "
                    f"{rule.old}, so that both work for a while"
                )
    return ""


def outside(paths: Collection[str], allowed: Collection[str] | None) -> list[str]:
    return [] if allowed is None else sorted(path for path in paths if path not in allowed)


def moving_paths(found: FoundMembers, number: int, paths: Collection[str] | None) -> frozenset[str]:
    """The files with uses that move, of those that may change."""
    return frozenset(
        path
        for path, uses in found.uses.items()
        if (paths is None or path in paths)
        and any(use.rule_number == number and not use.trouble for use in uses)
    )


def with_troubles(found: FoundMembers, troubles: Mapping[int, str]) -> Uses:
    return {
        path: tuple(use._replace(trouble=use.trouble or troubles.get(use.rule_number, "")) for use in uses)
        for path, uses in found.uses.items()
    }
