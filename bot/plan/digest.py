"""What a phase was made from, as a digest: equal for plans that say the same, whatever the classes are called. Pure.

A digest is of canonical JSON: keys that are named here, sorted, and only what differs from the defaults, so that a
new optional key leaves the digests of all plans as they are without it. Open pull requests carry these digests: a
change of what is written for the same plan needs another VERSION, and the digest before among the older ones.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.plan.old_digest import old_phase_digest, old_plan_digests
from bot.plan.plan import Checks, Phase, Plan
from codemods.model.rules import CustomCodemod, Replacement, RetiredModule, Symbol

VERSION = "v2"
Document = dict[str, Any]


def plan_digests(plan: Plan) -> tuple[str, ...]:
    """Of all that a plan says: today's first, then those that older versions gave it."""
    document = plan_document(plan)
    return digest(document), *old_plan_digests(document)


def phase_digests(plan: Plan, phase: Phase, skipped: Sequence[str] = ()) -> tuple[str, ...]:
    """Of what bears on one phase: today's first, then those that older versions gave it."""
    document = phase_document(plan, phase, skipped)
    return digest(document), *old_phase_digest(document)


def digest(document: Document) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"{VERSION}:{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def plan_document(plan: Plan) -> Document:
    return {
        "title": plan.title,
        "slug": plan.slug,
        "replace": [replacement(one) for one in plan.replace],
        "phases": [phase_alone(one) for one in plan.phases],
        **unless(also=(sorted(plan.also), [])),
        **unless(checks=(checks(plan.checks), {})),
        **unless(on_failure=(plan.on_failure, "hold"), advance=(plan.advance, "manual")),
        **unless(merge=(plan.merge, "manual"), ratchet=(plan.ratchet, "neutral")),
        **unless(watch=(plan.watch_days, 14)),
        **unless(codemods=([codemod(one) for one in plan.codemods], [])),
        **unless(roots=(None if plan.roots is None else [*plan.roots], None)),
        "source": plan.source,
    }


def phase_document(plan: Plan, phase: Phase, skipped: Sequence[str]) -> Document:
    """The phases before it take files first."""
    rules = plan.rules(phase)
    before = [[*one.paths] for one in plan.phases if one.number <= phase.number]
    return {
        "replace": [replacement(one) for one in rules.replace],
        **unless(strings=(rules.strings, False), docs=(rules.docs, False), settle=(rules.settle, False)),
        **unless(retire=([retire(one) for one in rules.retire], [])),
        **unless(codemods=([codemod(one) for one in rules.codemods], [])),
        **unless(roots=(None if rules.roots is None else [*rules.roots], None)),
        **unless(batch=(phase.batch, 10), split=(phase.split, None)),
        "paths": before,
        **unless(skipped=([*skipped], [])),
    }


def phase_alone(phase: Phase) -> Document:
    return {
        "name": phase.name,
        **unless(paths=([*phase.paths], []), batch=(phase.batch, 10)),
        **unless(retire=([retire(one) for one in phase.retire], [])),
        **unless(settle=(phase.settle, False), split=(phase.split, None)),
    }


def replacement(rule: Replacement) -> Document:
    calls = rule.calls
    called = calls and {"to": calls.to, **unless(arguments=({**calls.arguments}, {}))}
    return {
        "old": symbol(rule.old),
        "new": symbol(rule.new),
        **unless(style=(rule.style, "as"), calls=(called, None)),
    }


def symbol(one: Symbol) -> str:
    return one.module if one.name is None else f"{one.module}:{one.name}"


def retire(one: RetiredModule) -> Document:
    return {"module": one.module, "to": one.to}


def codemod(one: CustomCodemod) -> Document:
    return {"name": one.name, **unless(options=({**one.options}, {}))}


def checks(said: Checks) -> Document:
    return {
        **unless(required=(None if said.required is None else [*said.required], None)),
        **unless(commands=([*said.commands], []), each=(said.each, "phase"), wait=(said.wait_minutes, 60)),
    }


def unless(**keys: tuple[object, object]) -> Mapping[str, object]:
    """Each key with its value, but for those whose value is the default beside it. The defaults are those of the
    digest, and stay: a plan that says nothing of a key whose default in the code changes is another plan."""
    return {key: value for key, (value, default) in keys.items() if value != default}
