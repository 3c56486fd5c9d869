"""What reads strangers' texts is linear in their length: each is given the longest text that GitHub takes, of every
shape that has made a parser slow before. Work is counted in passes over the text: how often a loop in Python could have
gone over it meanwhile, on the same machine. What is quadratic takes thousands."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import pytest

from bot.act.audit_text import named_pairs
from bot.decide.ratchet import DeprecatedUse
from bot.decide.requests import from_text, newly_ticked, phase_of_label
from bot.intake.delivery import read_delivery
from bot.logs import mask_secrets
from bot.markers import hidden, trailers
from bot.markers.hidden import Notice
from bot.migration.plan_source import _plan_file
from bot.plan.approval import plan_version
from bot.plan.branch_names import migration_branch
from bot.plan.read import read_plan
from bot.report.answers import addressee
from bot.report.commit_messages import migrated_in
from bot.report.overview.plain_text import one_line, plain_text
from bot.report.text import code, inert, plain

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


READERS: Mapping[str, Callable[[str], object]] = {
    "commands": lambda text: from_text(text, 1, 1, "a", 1.0),
    "ticks": lambda text: newly_ticked(text, text[::-1]),
    "a label": phase_of_label,
    "a delivery": delivered,
    "a branch": migration_branch,
    "status": hidden.is_status,
    "state": hidden.state_in,
    "boxes": lambda text: [*hidden.boxes_in(text)],
    "answers": hidden.answered_requests,
    "progress": hidden.running_request,
    "notice": lambda text: hidden.has_notice(text, Notice("crash")),
    "thread": hidden.is_thread,
    "announcements": lambda text: [hidden.announcement_in(line) for line in text.split("\n")],
    "approvals": lambda text: [*hidden.approvals_in(f"{hidden.answer_marker('a')}\n{text}")],
    "slices": lambda text: [*hidden.slices_in(text)],
    "reverts": lambda text: [*hidden.reverts_in(text)],
    "restores": lambda text: [*hidden.restores_in(text)],
    "ratchet": hidden.ratchet_in,
    "trailers": trailers.commit_trailers,
    "batch": trailers.batch_in,
    "trial": trailers.trial_in,
    "left out": trailers.left_out_in,
    "same message": lambda text: trailers.is_same_but_for_trial(text, text + "\n"),
    "migrated": migrated_in,
    "replacements": named_pairs,
    "an allowance": lambda text: DeprecatedUse("a", 1, "x", "a:b", text).allowed,
    "code": code,
    "plain": plain,
    "inert": inert,
    "overview": plain_text,
    "one line": one_line,
    "addressee": addressee,
    "logs": mask_secrets,
}
PARSERS: Mapping[str, Callable[[str], object]] = {
    "a plan": lambda text: read_plan(text, "issue", slug="a"),
    "a body with a plan": lambda text: plan_version(f"```yaml\ntitle: a\n{text}\n```", "a", 1.0),
    "a body": lambda text: plan_version(text, "a", 1.0),
    "a plan file": lambda text: _plan_file("a.yml", text.encode(errors="surrogatepass")),
}


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


@pytest.mark.parametrize("name", [*READERS, *PARSERS])
def test_the_longest_text_of_any_shape_takes_few_passes(name: str) -> None:
    read = READERS.get(name) or PARSERS[name]
    most = (MOST_PASSES if name in READERS else PARSERS_PASSES) * one_pass()
    slow = {}
    for shape, text in SHAPES.items():
        taken = seconds_of(lambda: read(text), most)  # noqa: B023
        if taken > most:
            slow[shape] = f"{taken:.2f} s"
    assert not slow
