"""What reads strangers' texts is linear in their length: each is given the longest text that GitHub takes, of every
shape that has made a parser slow before. Work is counted in passes over the text: how often a loop in Python could have
gone over it meanwhile, on the same machine. What is quadratic takes thousands."""

from __future__ import annotations

import inspect
import pkgutil
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from importlib import import_module
from types import ModuleType, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from bot.decide.ratchet import DeprecatedUse
from bot.decide.requests import newly_ticked
from bot.intake.delivery import read_delivery
from bot.markers import hidden, trailers
from bot.markers.hidden import Notice
from bot.migration.plan_source import _plan_file
from bot.plan.approval import plan_version
from bot.plan.read import read_plan, wrong_pattern
from tests.report.generated_values import ValueMaker

LONGEST = 65_536
MOST_PASSES = 1_000
PARSERS_PASSES = 8_000
"""For what parses YAML: some passes for each of its tokens, and what is wrong is read once more, slowly."""


def repeated(text: str, start: str = "", end: str = "") -> str:
    body = text * (LONGEST // len(text))
    return start + body[: LONGEST - len(start) - len(end)] + end


SHAPES: Mapping[str, str] = {
    "one letter": repeated("a"),
    "spaces": repeated(" ", "x", "x"),
    "tabs and ends": repeated("\t\r\n"),
    "line ends": repeated("\n"),
    "comments that are never closed": repeated("<!--"),
    "ends of comments": repeated("-->"),
    "short comments": repeated("<!--a-->"),
    "our markers": repeated("<!-- drover:answer comment-1 -->\n"),
    "the start of our markers": repeated("<!-- drover:box "),
    "a marker without end": repeated("a", "<!-- drover:state "),
    "backticks": repeated("`"),
    "backticks by themselves": repeated("` "),
    "a fence with a long word": repeated("a", "```", "`"),
    "a fence with many words": repeated("a ", "```", "`"),
    "fences": repeated("```yaml\n"),
    "fences that close": repeated("```\n"),
    "longer and longer fences": "\n".join("`" * n for n in range(3, 360)),
    "tildes": repeated("~"),
    "list items": repeated("- ", "", "~~~"),
    "numbered items": repeated("1. "),
    "boxes": repeated("- [ ] "),
    "boxes in lines": repeated("- [x] a <!-- drover:box a -->\n"),
    "brackets": repeated("["),
    "closed brackets": repeated("[]"),
    "parentheses": repeated("("),
    "links": repeated("[a](https://"),
    "braces": repeated("{"),
    "tags": repeated("<pre>\n"),
    "closing tags": repeated("</pre"),
    "quotes": repeated("> "),
    "mentions": repeated("@a "),
    "numbers": repeated("#1"),
    "digits": repeated("1", "drover/1/phase-"),
    "commands": repeated("/migrate\n"),
    "a command with many words": repeated("a ", "/migrate skip "),
    "a command with a long word": repeated("a", "/migrate "),
    "commands in other letters": repeated("/MIGRATE x\n"),
    "dots": repeated("a."),
    "colons": repeated("a:"),
    "equals": repeated("a.b="),
    "slashes": repeated("/"),
    "stars": repeated("**/"),
    "escapes": repeated("\\"),
    "bidi": repeated("\u202e"),
    "wide": repeated("\U0001f600"),
    "halves of characters": repeated("\ud83d"),
    "NUL": repeated("\0"),
    "trailers": repeated("Drover-Batch: 1/2\n"),
    "almost trailers": repeated("Drover-Batch: "),
    "hashes": repeated("#", "", "\n"),
    "a plan's folder": repeated(".github/migrations/"),
    "issue keys": repeated("issue: \n"),
    "yaml list": repeated("- a\n", "title: "),
    "yaml keys": repeated("a: b\n"),
    "yaml flow": repeated("[a,"),
    "yaml anchors": repeated("&a *a "),
    "yaml questions": repeated("? "),
    "yaml text": repeated("a\n", "title: |\n  "),
    "yaml quotes": repeated('"', "title: "),
    "yaml phases": repeated("  - name: a\n", "phases:\n"),
    "yaml folded": repeated("\n ", "title: >\n"),
}


def delivered(text: str) -> object:
    """As a comment, an edit of one, a title, a branch and a name."""
    common = {
        "installation": {"id": 1},
        "repository": {"id": 2, "full_name": text, "default_branch": "main"},
        "sender": {"login": text},
        "issue": {"number": 1, "title": text, "body": text, "labels": [{"name": "migration"}]},
        "comment": {"id": 1, "body": text, "user": {"login": text}},
        "changes": {"body": {"from": text[::-1]}},
        "ref": f"refs/heads/drover/1/phase-{text}",
        "commits": [{"added": [text]}],
        "pull_request": {"number": 1, "head": {"ref": text, "sha": text, "repo": {"id": 2}}},
        "check_run": {"id": 1, "head_sha": text, "name": text, "external_id": f"drover/{text}"},
    }
    kinds = {
        "issue_comment": "created",
        "issues": "edited",
        "push": None,
        "pull_request": "opened",
        "check_run": "x",
    }
    for name, action in kinds.items():
        read_delivery(name, "d", {**common, "action": action}, 1.0)
    return read_delivery("issue_comment", "d", {**common, "action": "edited"}, 1.0)


PACKAGES = (
    "bot.markers",
    "bot.intake",
    "bot.decide",
    "bot.plan",
    "bot.migration",
    "bot.act",
    "bot.turn",
    "bot.logs",
)
MODULES = (
    "bot.report.text",
    "bot.report.answers",
    "bot.report.commit_messages",
    "bot.report.overview.plain_text",
)
IN_GIT = ("bot.git.objects", "bot.git.remote", "bot.git.importing", "bot.github.replies", "bot.github.pulls")
LINE_BY_LINE = frozenset({"plan.codeowners.read_owners"})
"""Of which another function that is found reads each line."""
REFUSES = (ValueError, KeyError, TypeError)
"""What a text that is none of those that it takes may end in."""


def is_simple(kind: Any) -> bool:
    if get_origin(kind) in (Union, UnionType):
        return all(map(is_simple, get_args(kind)))
    return kind in (str, int, float, bool, NoneType) or get_origin(kind) is Literal


def takes_texts(function: Callable[..., Any]) -> bool:
    kinds = {name: kind for name, kind in get_type_hints(function).items() if name != "return"}
    return str in kinds.values() and all(map(is_simple, kinds.values()))


def modules() -> Iterator[ModuleType]:
    for name in (*PACKAGES, *MODULES, *IN_GIT):
        found = import_module(name)
        yield found
        for one in pkgutil.walk_packages(getattr(found, "__path__", ()), f"{name}."):
            yield import_module(one.name)


def read_by(function: Callable[..., Any], text: str) -> None:
    """With the text for each of its texts."""
    with suppress(*REFUSES):
        made = ValueMaker(1, lambda name: text).call(function)
        if isinstance(made, Iterator):
            deque(made, 0)


def found_readers() -> Iterator[tuple[str, Callable[[str], object]]]:
    """Each public function of texts and numbers alone, by its module: a new one is among them by itself."""
    for module in modules():
        for name, one in vars(module).items():
            is_its_own = inspect.isfunction(one) and one.__module__ == module.__name__
            if not is_its_own or name.startswith("_") or inspect.iscoroutinefunction(one):
                continue
            known_as = f"{module.__name__.removeprefix('bot.')}.{name}"
            if takes_texts(one) and known_as not in LINE_BY_LINE:
                yield known_as, partial(read_by, one)


OTHERS: Mapping[str, Callable[[str], object]] = {
    "ticks": lambda text: newly_ticked(text, text[::-1]),
    "a delivery": delivered,
    "notice": lambda text: hidden.has_notice(text, Notice("crash")),
    "announcements": lambda text: [hidden.announcement_in(line) for line in text.split("\n")],
    "approvals": lambda text: [*hidden.approvals_in(f"{hidden.answer_marker('a')}\n{text}")],
    "same message": lambda text: trailers.is_same_but_for_trial(text, text + "\n"),
    "an allowance": lambda text: DeprecatedUse("a", 1, "x", "a:b", text).allowed,
}
"""What takes other values as well, or a text of a certain form."""
READERS: Mapping[str, Callable[[str], object]] = {**dict(found_readers()), **OTHERS}
PARSERS: Mapping[str, Callable[[str], object]] = {
    "plan.read.read_plan": lambda text: read_plan(text, "issue", slug="a"),
    "plan.read.wrong_pattern": wrong_pattern,
    "a body with a plan": lambda text: plan_version(f"```yaml\ntitle: a\n{text}\n```", "a", 1.0),
    "a plan file": lambda text: _plan_file("a.yml", text.encode(errors="surrogatepass")),
}


def test_readers_are_found_by_themselves() -> None:
    known = {
        "decide.requests.from_text",
        "markers.trailers.left_out_in",
        "report.text.plain",
        "logs.mask_secrets",
    }
    assert known | {"plan.branch_names.migration_branch", "act.audit_text.named_pairs"} <= READERS.keys()


def seconds_of(work: Callable[[], object], most: float) -> float:
    """Of the fastest of three runs; once is enough where that is below the most."""
    found = float("inf")
    for _ in range(3):
        began = time.process_time()
        work()
        found = min(found, time.process_time() - began)
        if found < most:
            break
    return found


def one_pass(text: str = SHAPES["one letter"]) -> float:
    def go_over() -> None:
        for _ in text:
            pass

    return min(seconds_of(go_over, 0.0) for _ in range(5))


@pytest.mark.parametrize("name", [*dict.fromkeys((*READERS, *PARSERS))])
def test_the_longest_text_of_any_shape_takes_few_passes(name: str) -> None:
    read = PARSERS.get(name) or READERS[name]
    most = (PARSERS_PASSES if name in PARSERS else MOST_PASSES) * one_pass()
    slow = {}
    for shape, text in SHAPES.items():
        taken = seconds_of(lambda: read(text), most)  # noqa: B023
        if taken > most:
            slow[shape] = f"{taken:.2f} s"
    assert not slow
