"""Digests of plans and phases: equal for plans that say the same, whatever the classes are called.

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
from bot.plan.plan import Phase, Plan, PlanChecks, PullRequestOptions
from codemods.model.rules import (
    ArgumentChange,
    CallChange,
    CustomCodemod,
    RenamedMember,
    Replacement,
    RetiredModule,
    Symbol,
)

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
        "replace": [replacement_document(one) for one in plan.replace],
        "phases": [phase_entry(one) for one in plan.phases],
        **without_defaults(also=(sorted(plan.also), [])),
        **without_defaults(checks=(checks_document(plan.checks), {})),
        **without_defaults(on_failure=(plan.on_failure, "hold"), advance=(plan.advance, "manual")),
        **without_defaults(merge=(plan.merge, "manual"), ratchet=(plan.ratchet, "neutral")),
        **without_defaults(watch=(plan.watch_days, 14)),
        **without_defaults(codemods=([codemod_document(one) for one in plan.codemods], [])),
        **without_defaults(roots=(None if plan.roots is None else [*plan.roots], None)),
        **without_defaults(public=(plan.public, "keep")),
        **without_defaults(format=(plan.format, "auto")),
        **without_defaults(pull_requests=(pull_requests_document(plan.pull_requests), {})),
        "source": plan.source,
    }


def phase_document(plan: Plan, phase: Phase, skipped: Sequence[str]) -> Document:
    """The phases before it take files first."""
    rules = plan.rules(phase)
    before = [[*one.paths] for one in plan.phases if one.number <= phase.number]
    return {
        "replace": [replacement_document(one) for one in plan.replace],
        **without_defaults(
            strings=(rules.strings, False), docs=(rules.docs, False), settle=(rules.settle, False)
        ),
        **without_defaults(history=(rules.history, False)),
        **without_defaults(retire=([retired_document(one) for one in rules.retire], [])),
        **without_defaults(codemods=([codemod_document(one) for one in rules.codemods], [])),
        **without_defaults(roots=(None if rules.roots is None else [*rules.roots], None)),
        **without_defaults(public=(rules.public, "keep")),
        **without_defaults(format=(plan.format, "auto")),
        **without_defaults(batch=(phase.batch, 10), split=(phase.split, None)),
        "paths": before,
        **without_defaults(skipped=([*skipped], [])),
    }


def phase_entry(phase: Phase) -> Document:
    return {
        "name": phase.name,
        **without_defaults(paths=([*phase.paths], []), batch=(phase.batch, 10)),
        **without_defaults(retire=([retired_document(one) for one in phase.retire], [])),
        **without_defaults(settle=(phase.settle, False), split=(phase.split, None)),
    }


def replacement_document(rule: Replacement) -> Document:
    called = rule.calls and calls_document(rule.calls)
    return {
        "old": symbol_text(rule.old),
        "new": symbol_text(rule.new),
        **without_defaults(style=(rule.style, "as"), calls=(called, None)),
        **without_defaults(members=({name: member_document(one) for name, one in rule.members.items()}, {})),
    }


def calls_document(calls: CallChange) -> Document:
    arguments = {name: argument_document(change) for name, change in calls.arguments.items()}
    return {
        **without_defaults(to=(calls.to, ""), arguments=(arguments, {})),
        **without_defaults(**{"async": (calls.is_async, None)}),
    }


def member_document(member: RenamedMember) -> object:
    arguments = {name: argument_document(change) for name, change in member.arguments.items()}
    if not arguments:
        return member.to
    return without_defaults(to=(member.to, ""), arguments=(arguments, {}))


def argument_document(change: ArgumentChange) -> object:
    """A new name alone is a text, as in the plans of older versions."""
    if change.is_renaming_only:
        return change.to
    return without_defaults(
        to=(change.to, ""),
        remove=(change.remove, False),
        add=(change.add, ""),
        position=(change.position, 0),
        keyword=(change.keyword, False),
    )


def symbol_text(symbol: Symbol) -> str:
    return symbol.module if symbol.name is None else f"{symbol.module}:{symbol.name}"


def retired_document(retired: RetiredModule) -> Document:
    return {"module": retired.module, "to": retired.to}


def codemod_document(codemod: CustomCodemod) -> Document:
    return {"name": codemod.name, **without_defaults(options=({**codemod.options}, {}))}


def pull_requests_document(options: PullRequestOptions) -> Document:
    reviewers = options.reviewers if options.reviewers == "owners" else [*options.reviewers]
    return {
        **without_defaults(labels=([*options.labels], []), reviewers=(reviewers, [])),
        **without_defaults(prefix=(options.prefix, ""), draft=(options.draft, False)),
    }


def checks_document(checks: PlanChecks) -> Document:
    return {
        **without_defaults(required=(None if checks.required is None else [*checks.required], None)),
        **without_defaults(
            commands=([*checks.commands], []), each=(checks.each, "phase"), wait=(checks.wait_minutes, 60)
        ),
    }


def without_defaults(**keys: tuple[object, object]) -> Mapping[str, object]:
    """Each key with its value, but for those whose value is the default beside it. The defaults are those of the
    digest, and stay: a plan that says nothing of a key whose default in the code changes is another plan."""
    return {key: value for key, (value, default) in keys.items() if value != default}
