"""A phase is regenerated where its plan says something else, and not where the code calls it something else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from bot.decide.plan_change import latest_plan_change, plan_shape, with_current_digests
from bot.decide.ratchet import RatchetWatch, TrackedIssue, ratchet_watch
from bot.plan.digest import phase_digests, phase_document, plan_digests, plan_document
from bot.plan.old_digest import old_phase_digest, old_plan_digests
from bot.plan.plan import Phase, Plan, PlanChecks, PullRequestOptions
from bot.plan.read import read_plan
from codemods.model.rules import (
    CallChange,
    CustomCodemod,
    RenamedMember,
    Replacement,
    RetiredModule,
    Rules,
    Symbol,
)

OLD = Path(__file__).parents[1] / "data" / "da8d3fe"
WRITTEN = json.loads((OLD / "digests.json").read_text())
SKIPPED: tuple[str, ...] = tuple(WRITTEN["skipped"])
NAMES = sorted(WRITTEN["digests"])


OLD_WATCH = ("9fb2dca7e235f14b", "77ad0d5b697a2158")
"""What that version wrote into the ratchet's checks, for `plain.yml` as a file for #1 and as a block in #4: on
everybody's pull requests, and on Drover's own."""


def read(name: str) -> Plan:
    text = (OLD / "plans" / f"{name}.yml").read_text()
    plan = read_plan(text, f".github/migrations/{name}.yml", slug=name)
    assert isinstance(plan, Plan), plan
    return plan


@pytest.mark.parametrize("name", NAMES)
def test_the_digests_that_the_first_version_wrote_are_known_still(name: str) -> None:
    plan, written = read(name), WRITTEN["digests"][name]
    assert {*plan_digests(plan)[1:]} == {*written["plan"]}
    assert [phase_digests(plan, one)[1:] for one in plan.phases] == [(old,) for old in written["phases"]]
    skipping = [phase_digests(plan, one, SKIPPED)[1:] for one in plan.phases]
    assert skipping == [(old,) for old in written["phases with skipped files"]]


PINNED: Mapping[str, tuple[str, list[str], list[str]]] = {
    "codemods_only": ("v2:0de14762ff321f44", ["v2:d9002cc11f4199c8"], ["v2:d515220232d00c5a"]),
    "empty_lists": (
        "v2:37c2ed08b9939fb6",
        ["v2:9af0bd1137a4c85f", "v2:f905ea8d30941ec3"],
        ["v2:a03d89f2046c8f91", "v2:9825fcbebf2726f4"],
    ),
    "everything": (
        "v2:cc925a15816796a6",
        ["v2:3b2d5a9003660db7", "v2:fb1281741677d0bc", "v2:c8b6dcc922c63de5", "v2:16da2a29f37b5ae3"],
        ["v2:408b56cd35742855", "v2:5390c2c56ef71989", "v2:d0f1f5753554016d", "v2:cd45f30f81524687"],
    ),
    "plain": (
        "v2:c7318f37d236f2ae",
        ["v2:07e0ed81377403e8", "v2:756f7e6909a541a0"],
        ["v2:060a64bfdcfccf52", "v2:8d5b7490369b2b9e"],
    ),
}
"""A change here regenerates every open phase, unless the digests of before are made the older ones."""


@pytest.mark.parametrize("name", NAMES)
def test_the_digests_of_today_stay_what_they_are(name: str) -> None:
    plan = read(name)
    assert PINNED[name] == (
        plan_digests(plan)[0],
        [phase_digests(plan, one)[0] for one in plan.phases],
        [phase_digests(plan, one, SKIPPED)[0] for one in plan.phases],
    )


def test_the_document_holds_what_was_said_and_no_default() -> None:
    plan = read("plain")
    assert phase_document(plan, plan.phases[1], ()) == {
        "replace": [{"old": "shop.old:Old", "new": "shop.new:New"}],
        "batch": 2,
        "paths": [["shop/**"], ["**"]],
    }
    assert plan_document(plan).keys() == {"title", "slug", "replace", "phases", "source"}


def test_a_plan_that_was_kept_with_the_old_digests_is_the_same_plan() -> None:
    plan, old = read("everything"), WRITTEN["digests"]["everything"]["phases"]
    digests = {one.number: phase_digests(plan, one) for one in plan.phases}
    now = plan_shape(plan, {number: each[0] for number, each in digests.items()})
    kept = plan_shape(plan, dict(enumerate(old, 1)))
    assert latest_plan_change(now, with_current_digests(kept, digests), None, 0.0) is None
    other = plan_shape(plan, dict(enumerate([old[0], "0123456789abcdef", *old[2:]], 1)))
    before = with_current_digests(other, digests)
    assert before is not None
    assert [was == is_ for was, is_ in zip(before.phases, now.phases, strict=True)] == [
        True,
        False,
        True,
        True,
    ]


def test_what_the_ratchet_wrote_under_the_old_digests_is_known_still() -> None:
    text = (OLD / "plans" / "plain.yml").read_text()
    file = read_plan(text, ".github/migrations/plain.yml", slug="plain")
    block = read_plan(text, "the issue's text", slug="issue-4", first_line=7)
    plans = {1: file, 4: block}
    tracked = [
        TrackedIssue(issue, False, plan, plan_digests(plan))
        for issue, plan in plans.items()
        if isinstance(plan, Plan)
    ]
    watched = ratchet_watch(tracked)
    assert len(watched.digests) == 2
    assert (watched.digests[1], RatchetWatch(watched.migrations, "ours").digests[1]) == OLD_WATCH
    assert ratchet_watch([]).digests == (RatchetWatch(skip_reason="over").digest,)


def test_the_order_of_keys_is_no_difference() -> None:
    plan = read("everything")
    first = plan.replace[0]
    assert first.calls is not None
    turned = CallChange(first.calls.to, dict(reversed([*first.calls.arguments.items()])))
    other = replace(plan, replace=(replace(first, calls=turned), *plan.replace[1:]))
    assert phase_digests(other, other.phases[0])[0] == phase_digests(plan, plan.phases[0])[0]
    assert plan_digests(other)[0] == plan_digests(plan)[0]


OTHERS: Mapping[type, Mapping[str, Any]] = {
    Plan: {
        "title": "Other",
        "slug": "other",
        "replace": (),
        "phases": (),
        "also": frozenset({"strings"}),
        "checks": PlanChecks(each="batch"),
        "on_failure": "hold",
        "advance": "manual",
        "merge": "manual",
        "ratchet": "neutral",
        "watch_days": 14,
        "codemods": (),
        "roots": None,
        "public": "drop",
        "format": "off",
        "pull_requests": PullRequestOptions(draft=True),
        "source": "issue",
    },
    PullRequestOptions: {
        "labels": ("other",),
        "reviewers": "owners",
        "prefix": "other:",
        "draft": True,
    },
    PlanChecks: {"required": None, "commands": (), "each": "phase", "wait_minutes": 60},
    Phase: {
        "name": "Other",
        "paths": ("other/**",),
        "batch": 10,
        "retire": (RetiredModule("other", "removed"),),
        "settle": True,
        "split": None,
    },
    Replacement: {
        "old": Symbol("other", "Name"),
        "new": Symbol("other", "Name"),
        "style": "as",
        "calls": None,
        "members": {"run": RenamedMember("go")},
    },
    Symbol: {"module": "other", "name": "Other"},
    CallChange: {"to": "Other", "arguments": {}, "is_async": True},
    RetiredModule: {"module": "other", "to": "removed"},
    CustomCodemod: {"name": "other", "options": {}},
}
"""Each field of a plan, with a value that `everything.yml` does not give it."""
SILENT = {"where", "number", "issue"}
"""Where a key stands in its file, the place in the plan's order, which is said by the order, and whose plan it is."""
OF_PHASE_RULES = {field.name for field in fields(Rules)}


@pytest.mark.parametrize("kind", OTHERS)
def test_every_field_of_a_plan_bears_on_its_digest(kind: type) -> None:
    assert {one.name for one in fields(kind)} - SILENT == OTHERS[kind].keys()
    plan = read("everything")
    for name, value in OTHERS[kind].items():
        assert plan_digests(with_other(plan, kind, name, value))[0] != plan_digests(plan)[0], name


def test_every_rule_of_a_phase_bears_on_its_digest() -> None:
    rules = {
        "replace",
        "staying",
        "members",
        "strings",
        "docs",
        "settle",
        "retire",
        "codemods",
        "roots",
        "public",
        "format",
        "history",
        "ending",  # it only bears on what is listed
    }
    assert rules == OF_PHASE_RULES
    plan = read("everything")
    retiring = plan.phases[3]
    same = phase_digests(plan, retiring)[0]
    for kind in (Replacement, Symbol, CallChange, RetiredModule, CustomCodemod):
        for name, value in OTHERS[kind].items():
            other = with_other(plan, kind, name, value)
            assert phase_digests(other, other.phases[3])[0] != same, (kind, name)
    for name in ("replace", "also", "codemods", "roots", "public", "format"):
        other = replace(plan, **{name: OTHERS[Plan][name]})
        assert phase_digests(other, retiring)[0] != same, name
    first = plan.phases[0]
    for name in ("paths", "batch", "retire", "settle", "split"):
        other = with_other(plan, Phase, name, OTHERS[Phase][name])
        assert phase_digests(other, other.phases[0])[0] != phase_digests(plan, first)[0], name


def test_what_bears_on_another_phase_alone_leaves_a_phases_digest() -> None:
    plan = read("everything")
    later = replace(plan, title="Other", phases=(*plan.phases[:3], replace(plan.phases[3], batch=7)))
    assert phase_digests(later, later.phases[0]) == phase_digests(plan, plan.phases[0])


def with_other(plan: Plan, kind: type, name: str, value: object) -> Plan:
    """The plan with one field changed, of itself or of the first thing of that kind in it."""
    latest_plan_change: dict[str, Any] = {name: value}
    first = plan.replace[0]
    assert first.calls is not None
    if kind is Plan:
        return replace(plan, **latest_plan_change)
    if kind is PlanChecks:
        return replace(plan, checks=replace(plan.checks, **latest_plan_change))
    if kind is PullRequestOptions:
        return replace(plan, pull_requests=replace(plan.pull_requests, **latest_plan_change))
    if kind is Phase:
        return replace(plan, phases=(replace(plan.phases[0], **latest_plan_change), *plan.phases[1:]))
    if kind is RetiredModule:
        last = plan.phases[3]
        retire = (replace(last.retire[0], **latest_plan_change), *last.retire[1:])
        return replace(plan, phases=(*plan.phases[:3], replace(last, retire=retire)))
    if kind is CustomCodemod:
        return replace(plan, codemods=(replace(plan.codemods[0], **latest_plan_change), *plan.codemods[1:]))
    if kind is Replacement:
        first = replace(first, **latest_plan_change)
    elif kind is Symbol:
        first = replace(first, old=replace(first.old, **latest_plan_change))
    elif first.calls is not None:
        first = replace(first, calls=replace(first.calls, **latest_plan_change))
    return replace(plan, replace=(first, *plan.replace[1:]))


def test_a_plan_that_the_first_version_could_not_read_has_no_digest_of_it() -> None:
    plan = read("everything")
    phase, whole = phase_document(plan, plan.phases[0], ()), plan_document(plan)
    assert old_phase_digest(phase)
    assert old_plan_digests(whole)
    newer = {**phase["replace"][0], "members": {"run": "go"}}
    assert old_phase_digest({**phase, "replace": [newer]}) == ()
    assert old_phase_digest({**phase, "format": "auto"}) == ()
    assert old_plan_digests({**whole, "issue": 12}) == ()
    assert old_plan_digests({**whole, "pull_requests": {"draft": True}}) == ()
    calls = {"to": "New", "arguments": {"gone": {"remove": True}}}
    assert old_phase_digest({**phase, "replace": [{**phase["replace"][0], "calls": calls}]}) == ()
    without_target = {"arguments": {"bridge": "emitter"}}
    assert old_phase_digest({**phase, "replace": [{**phase["replace"][0], "calls": without_target}]}) == ()
