"""Why calls of an old symbol can't become calls of the new one."""

from __future__ import annotations

from collections.abc import Iterable

from codemods.model.facts import Mention
from codemods.model.rules import Replacement


def adapt_trouble(rule: Replacement, mention: Mention) -> str:
    """Why a call can't be adapted; empty if it can or there is none."""
    if rule.calls is None or mention.call is None:
        return ""
    if rule.calls.to.partition(".")[0] != rule.new.name:
        return f"{rule.calls.to} doesn't belong to {rule.new.name or rule.new.module}"
    starred = rule.calls.arguments and any(argument.starred for argument in mention.call.arguments)
    return (
        f"line {mention.line} passes * or ** arguments, which can't be mapped automatically"
        if starred
        else ""
    )


def calls_trouble(rule: Replacement, uses: Iterable[Mention]) -> str:
    """The first reason why a call can't be adapted: one such call keeps the whole name from being migrated."""
    return next((t for use in uses if not use.attributes and (t := adapt_trouble(rule, use))), "")
