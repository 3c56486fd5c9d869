"""What becomes of one call of an old symbol, or why that needs manual work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from codemods.edit.base_class import plan_base_class
from codemods.edit.calls.call_arguments import ArgumentMapping, ChangedArguments
from codemods.edit.calls.call_result import BINDS_TIGHTER, result_change, untold
from codemods.edit.file_rewrite import FileRewrite
from codemods.link.callees import UNKNOWN_CALLEE, CalleePair
from codemods.link.signatures import passed_by
from codemods.link.symbol_match import SymbolMatch, call_target
from codemods.model.edits import TextEdit
from codemods.model.facts import (
    BASE_CLASS,
    DECORATES,
    IN_FORMATTED_STRING,
    OF_PARTIAL,
    PASSED_ON,
    Argument,
    Call,
    Mention,
)
from codemods.model.patterns import lazy_pattern
from codemods.model.records import record
from codemods.model.rules import CallChange

AWAIT = lazy_pattern(rb"await[ \t]*")
NO_CHANGE = CallChange()


@record
class CallPlan:
    trouble: str = ""
    edits: tuple[TextEdit, ...] = ()
    """Those beside the callee's own."""
    removed: tuple[TextEdit, ...] = ()
    """Those of them that take arguments away."""
    misfit: str = ""
    """Why the new one would not take what is passed."""
    fits: bool = False
    """Whether it was seen that the new one takes what is passed."""


@record
class CalleeChange:
    """What is called instead of what, and what the plan says about it."""

    pair: CalleePair
    calls: CallChange | None
    name: str
    must_be_known: bool = False
    """Whether the plan names something of which it has to be known whether it is async."""


def plan_call(file: FileRewrite, match: SymbolMatch, mention: Mention, depth: int) -> CallPlan:
    """`depth`: how many attributes of the mention belong to the callee."""
    rule, target = file.links.rule_of(match), call_target(file.links.rule_of(match))
    call, pair = mention.call, file.links.callees.get(match.rule_number)
    if call is None or target is None or (pair is None and rule.calls is None):
        return CallPlan()
    pair = pair or CalleePair(UNKNOWN_CALLEE, UNKNOWN_CALLEE, UNKNOWN_CALLEE)
    named = rule.calls is not None and (bool(target.method) or not target.is_new_symbol)
    change = CalleeChange(pair, rule.calls, target.dotted_name, named)

    def holds_reference(argument: Argument) -> bool:
        return any(argument.start <= one.start < argument.end for one in file.facts.mentions)

    return changed_call(
        change, call, file.chain_end(mention, depth), lambda: file.source.text, holds_reference
    )


def plan_member_call(
    change: CalleeChange, call: Call | None, flags: int, callee_end: int, text: Callable[[], bytes]
) -> CallPlan:
    """Of a use of a method: called where it stands, or passed on."""
    if call is None:
        differs = change.pair.needs_await or bool(change.calls and change.calls.arguments)
        passed = bool(flags & PASSED_ON) and differs
        return CallPlan(
            f"it's passed on here, and where {change.name} is called can't be seen" if passed else ""
        )
    plan = changed_call(change, call, callee_end, text, lambda argument: not argument.is_simple)
    return CallPlan(plan.misfit) if plan.misfit else plan


def changed_call(
    change: CalleeChange,
    call: Call,
    callee_end: int,
    text: Callable[[], bytes],
    holds_reference: Callable[[Argument], bool],
) -> CallPlan:
    pair, calls = change.pair, change.calls
    result = result_change(pair.old, pair.new, call, change.name)
    trouble = result.trouble
    if not trouble and change.must_be_known and not pair.new.gives:
        trouble = untold(change.name).trouble
    mapping = ArgumentMapping(
        text,
        call,
        callee_end,
        (calls or NO_CHANGE).arguments,
        pair.old.signature,
        pair.new.signature,
        holds_reference,
    )
    if call.place == IN_FORMATTED_STRING:
        changes = bool(result.await_change or trouble) or mapping.changes_text()
        return CallPlan("it's in a formatted string, where it can't be rewritten" if changes else "")
    arguments = mapping.run()
    if trouble or arguments.trouble:
        return CallPlan(trouble or arguments.trouble)
    if calls is None and arguments.edits:
        return CallPlan("it passes arguments by position that the new one takes in another order")
    edits = [*arguments.edits, *await_edits(text, call, result.await_change)]
    return with_misfit(CallPlan("", tuple(edits), arguments.removed), pair, call, arguments, calls)


def with_misfit(
    plan: CallPlan, pair: CalleePair, call: Call, arguments: ChangedArguments, calls: CallChange | None
) -> CallPlan:
    if pair.new.signature is None or arguments.passed is None:
        return plan
    misfit = pair.new.signature.misfit(arguments.passed)
    wrong_before = pair.old.signature is not None and bool(pair.old.signature.misfit(passed_by(call)))
    if not misfit or wrong_before:
        return replace(plan, fits=not misfit)
    return CallPlan(misfit) if calls else replace(plan, misfit=misfit)


def await_edits(text: Callable[[], bytes], call: Call, change: str) -> list[TextEdit]:
    if change == "drop":
        match = AWAIT.match(text(), call.taken_from)
        return [TextEdit(match.start(), match.end(), b"")] if match else []
    if change != "add":
        return []
    if call.taken_by in BINDS_TIGHTER:
        return [TextEdit(call.start, call.start, b"(await "), TextEdit(call.end, call.end, b")")]
    return [TextEdit(call.start, call.start, b"await ")]


# ---- all that a name is used for


def use_trouble(file: FileRewrite, match: SymbolMatch, mention: Mention, depth: int) -> str:
    """Why a use of the old symbol can't follow it, where the rule changes calls; empty where it can."""
    if len(mention.attributes) > depth:
        constructor = [one.name for one in mention.attributes[depth:]] == ["__init__"]
        changes = file.links.changes_calls(match.rule_number)
        return "the old constructor is called by its name" if constructor and changes else ""
    if mention.call is not None:
        return plan_call(file, match, mention, depth).trouble
    if mention.flags & BASE_CLASS:
        return plan_base_class(file, match, mention).trouble
    return value_trouble(file, match, mention)


def value_trouble(file: FileRewrite, match: SymbolMatch, mention: Mention) -> str:
    """Of what is not called where it stands: who calls it later can't be seen."""
    rule, pair = file.links.rule_of(match), file.links.callees.get(match.rule_number)
    target = call_target(rule)
    if target is None or not mention.flags & (DECORATES | PASSED_ON):
        return ""
    if mention.flags & OF_PARTIAL and rule.calls is not None:
        return "it's the function of a partial, whose arguments can't be mapped automatically"
    other_callee = rule.calls is not None and (bool(target.method) or not target.is_new_symbol)
    if not other_callee and not (pair is not None and pair.needs_await):
        return ""
    if mention.flags & DECORATES:
        return f"it's a decorator here, and {target.dotted_name} is called instead"
    return f"it's passed on here, and where {target.dotted_name} would have to be called can't be seen"


def first_trouble(file: FileRewrite, match: SymbolMatch, uses: Iterable[Mention]) -> str:
    """The first reason why a use can't follow: one such use keeps the whole name from being migrated."""
    for use in uses:
        if trouble := use_trouble(file, match, use, 0):
            return f"line {use.line}: {trouble}"
    return ""
