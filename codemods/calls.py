"""How a call of the old symbol becomes a call of the new one: the callee, and the names of its arguments."""

from __future__ import annotations

from codemods.file import Called, File


def decide(file: File) -> None:
    for called in file.called:
        rule = file.links.rule(called.found)
        if rule.calls is None or called.mention.call is None:
            continue
        adapt(file, called, rule.calls.to, dict(rule.calls.arguments))


def adapt(file: File, called: Called, to: str, arguments: dict[str, str]) -> None:
    mention, call = called.mention, called.mention.call
    head, _, method = to.partition(".")
    if call is None or head != called.found.name:
        file.site_of(mention, "call", called.found, f"{to} is no attribute of {called.found.name}")
        return
    file.site_of(mention, "call", called.found)
    end = file.chain_end(mention, called.depth)
    if method:
        file.edit(end, end, f".{method}")
    for argument in call.arguments:
        if argument.keyword in arguments:
            file.edit(argument.start, argument.keyword_end, arguments[argument.keyword])
