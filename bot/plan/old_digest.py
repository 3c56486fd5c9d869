"""The digests of plans as the first version wrote them: of the text that Python gave its dataclasses.

Frozen: branches and comments carry them. The names of classes and fields are those of then, written out; nothing
here follows what the classes are called today.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from itertools import permutations
from typing import Any

PlanDocument = Mapping[str, Any]


class NewerPlanError(Exception):
    """The plan says what that version could not read."""


def old_phase_digest(phase: PlanDocument) -> tuple[str, ...]:
    """Empty if that version could not have read the phase. `phase`: a document as `bot.plan.digest` builds it."""
    try:
        return (short_hash(phase_text(phase)),)
    except NewerPlanError:
        return ()


def old_plan_digests(plan: PlanDocument) -> tuple[str, ...]:
    """Several where it wrote a set, whose order was another in each process."""
    try:
        orders = permutations(plan.get("also", ()))
        return tuple(short_hash(plan_text(plan, order)) for order in orders)
    except NewerPlanError:
        return ()


def short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def phase_text(phase: PlanDocument) -> str:
    require_known(
        phase,
        {
            *[
                "replace",
                "strings",
                "docs",
                "settle",
                "retire",
                "codemods",
                "roots",
                "batch",
                "split",
                "paths",
                "skipped",
            ]
        },
    )
    rules = call_text(
        "Rules",
        replace=tuple_text(phase["replace"], replacement_text),
        strings=repr(phase.get("strings", False)),
        docs=repr(phase.get("docs", False)),
        settle=repr(phase.get("settle", False)),
        retire=tuple_text(phase.get("retire", ()), retire_text),
        codemods=tuple_text(phase.get("codemods", ()), codemod_text),
        roots=optional_row(phase.get("roots")),
    )
    paths = "[" + ", ".join(tuple_text(one, repr) for one in phase["paths"]) + "]"
    parts = [rules, repr(phase.get("batch", 10)), repr(phase.get("split")), paths]
    if phase.get("skipped"):
        parts.append(tuple_text(phase["skipped"], repr))
    return "(" + ", ".join(parts) + ")"


def plan_text(plan: PlanDocument, also: Iterable[str]) -> str:
    keys = (
        "title slug replace phases also checks on_failure advance merge ratchet watch codemods roots source"
    )
    require_known(plan, {*keys.split()})
    checks = plan.get("checks", {})
    return call_text(
        "Plan",
        title=repr(plan["title"]),
        slug=repr(plan["slug"]),
        replace=tuple_text(plan["replace"], replacement_text),
        phases="(" + joined_items(phase_alone_text(n, one) for n, one in enumerate(plan["phases"], 1)) + ")",
        also=set_text(also),
        checks=checks_text(checks),
        on_failure=repr(plan.get("on_failure", "hold")),
        advance=repr(plan.get("advance", "manual")),
        merge=repr(plan.get("merge", "manual")),
        ratchet=repr(plan.get("ratchet", "neutral")),
        watch_days=repr(plan.get("watch", 14)),
        codemods=tuple_text(plan.get("codemods", ()), codemod_text),
        roots=optional_row(plan.get("roots")),
        source=repr(plan["source"]),
    )


def phase_alone_text(number: int, phase: PlanDocument) -> str:
    require_known(phase, {"name", "paths", "batch", "retire", "settle", "split"})
    return call_text(
        "Phase",
        number=repr(number),
        name=repr(phase["name"]),
        paths=tuple_text(phase.get("paths", ()), repr),
        batch=repr(phase.get("batch", 10)),
        retire=tuple_text(phase.get("retire", ()), retire_text),
        settle=repr(phase.get("settle", False)),
        split=repr(phase.get("split")),
    )


def checks_text(checks: PlanDocument) -> str:
    require_known(checks, {"required", "commands", "each", "wait"})
    return call_text(
        "Checks",
        required=optional_row(checks.get("required")),
        commands=tuple_text(checks.get("commands", ()), repr),
        each=repr(checks.get("each", "phase")),
        wait_minutes=repr(checks.get("wait", 60)),
    )


def replacement_text(rule: PlanDocument) -> str:
    require_known(rule, {"old", "new", "style", "calls"})
    return call_text(
        "Replacement",
        old=symbol_text(rule["old"]),
        new=symbol_text(rule["new"]),
        style=repr(rule.get("style", "as")),
        calls="None" if rule.get("calls") is None else calls_text(rule["calls"]),
    )


def symbol_text(symbol: str) -> str:
    module, colon, name = symbol.partition(":")
    if "." in name:
        raise NewerPlanError(symbol)
    return call_text("Symbol", module=repr(module), name=repr(name if colon else None))


def calls_text(calls: PlanDocument) -> str:
    require_known(calls, {"to", "arguments"})
    arguments = calls.get("arguments", {})
    if "to" not in calls or not all(isinstance(name, str) for name in arguments.values()):
        raise NewerPlanError(repr(arguments))
    return call_text("Calls", to=repr(calls["to"]), arguments=repr(dict(arguments)))


def retire_text(retire: PlanDocument) -> str:
    require_known(retire, {"module", "to"})
    return call_text("Retire", module=repr(retire["module"]), to=repr(retire["to"]))


def codemod_text(codemod: PlanDocument) -> str:
    require_known(codemod, {"name", "options"})
    options = repr(dict(codemod.get("options", {})))
    return call_text("CustomCodemod", name=repr(codemod["name"]), options=options)


def require_known(document: PlanDocument, keys: set[str]) -> None:
    if not document.keys() <= keys:
        raise NewerPlanError(", ".join(sorted(document.keys() - keys)))


def call_text(name: str, /, **fields: str) -> str:
    return f"{name}(" + ", ".join(f"{key}={text}" for key, text in fields.items()) + ")"


def tuple_text(items: Iterable[Any], text: Callable[[Any], str]) -> str:
    return "(" + joined_items(text(item) for item in items) + ")"


def joined_items(texts: Iterable[str]) -> str:
    """A tuple of one ends in a comma."""
    items = [*texts]
    return f"{items[0]}," if len(items) == 1 else ", ".join(items)


def optional_row(items: Iterable[str] | None) -> str:
    return "None" if items is None else tuple_text(items, repr)


def set_text(items: Iterable[str]) -> str:
    text = ", ".join(map(repr, items))
    return f"frozenset({{{text}}})" if text else "frozenset()"
