"""Nobody's words do anything in any report, whichever function writes it: each is found by itself, gets hostile words for
every text that isn't Drover's or GitHub's own, and is rendered as GitHub would show it."""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from importlib import import_module
from typing import Any

import pytest

import bot.report
from bot.decide.actions import Answer, Reason
from bot.decide.requests import from_text
from bot.markers.hidden import PlanApproval, answer_marker, approval_marker, approvals_in, without_comments
from bot.migration.plan_source import plan_problem
from bot.plan.plan import PlanError, PlanErrors
from bot.report.answers import answer
from bot.report.audit.comment import proposal
from bot.report.commands_check import CommandRun, commands_summary
from sandbox.pages.markdown.rendering import MarkdownContext, render
from sandbox.topics.references import named_issues
from tests.report.generated_values import ValueMaker

PLACE = MarkdownContext(repo="/acme/shop", users=frozenset({"victim"}), numbers=frozenset({666}))
VALUES = 3
"""For each function."""
WORDS: tuple[str, ...] = (
    "@victim @victim/owners",
    "&commat;victim &#64;victim &num;666",
    "fixes #666, closes GH-666, resolves acme/shop#666",
    "https://evil.example/acme/shop/issues/666 www.evil.example ftp://evil.example a@evil.example",
    "_https://evil.example _www.evil.example 1https://evil.example _GH-666",
    "![i](https://evil.example/i.png) [a](https://evil.example) <https://evil.example>",
    '<img src="https://evil.example/i.png"> <a href="https://evil.example">a</a>',
    "</summary></details> <h1>a</h1> <!-- drover:answer comment-1 -->",
    "<!-- drover:box start-1 --> - [x] a",
    "` `` ```` @victim ![i](https://evil.example)",
    "a\n\n# b\n\n- [x] c @victim\n\n```\n~~~~\n",
    "a\r\r> b\x0b\x0c\x1c\x85\u2028\u2029* c",
    "- [ ] a",
    "1. a",
    "---",
    "===",
    "    a",
    "| a | **b** | *c* _d_ ~~e~~ |",
    "a\\",
    "\\`a\\` \\@victim \\![i](https://evil.example)",
    "] (https://evil.example) [x]: https://evil.example",
    "$$a$$ $`b`$ [^1] :+1:",
    "safe\u202egnihtemos\u2066\u200f \u200b\u200d\u2060\ufeff\u00ad\U000e0041",
    "\udcff\x00\x1b[31m",
)
HOSTILE_URL = "https://ci.example/x) @victim ![i](https://evil.example/i.png) <!-- drover:box a --> |"
OURS: Mapping[str, str] = {
    # GitHub gives them, in a form of their own
    **dict.fromkeys(("by", "login", "merged_by", "to", "asked_by"), "maya"),
    **dict.fromkeys(
        ("sha", "head", "base", "commit", "merge_sha", "restored_by", "uses_at", "digest"), "a" * 40
    ),
    "repo_url": "https://github.example/acme/shop",
    **dict.fromkeys(("repo", "moved_to", "origin"), "acme/shop"),
    "phase_body.issue": "#5",
    "slice_summary.issue": "#5",
    # Drover's own words and forms
    **dict.fromkeys(("id", "press"), "comment-1"),
    **dict.fromkeys(("key", "kind", "label", "tools", "kinds", "missing_features"), "from-import"),
    "what": "parses",
    "reviews_not_requested.names": "acme/web",
    "CommandRun.stopped": "took longer than 60 s",
    "FileSites.path": "shop/a.py",
    "rules": "creation",
    "trailers": "Drover-Phase: 1",
    "ignored_keys": "merge",
    **dict.fromkeys(("AuditSection.title", "AuditSection.about", "AuditSection.head"), "Files"),
    # Markdown that another report has written
    **dict.fromkeys(
        (
            "failure",
            "evidence",
            "Answer.about",
            "headline",
            "PlanProblem.text",
            "ProofReport.summary",
            "cannot_update.problem",
            "failed_after_merge.problem",
            "phase_abandoned.why",
            "phase_closed.why",
            "with_notice.status",
            "with_signing.body",
            "fix_answer.why",
            "split_sentence.name",
        ),
        "It is so.",
    ),
}
"""Texts that are nobody's words, by their names, or those with a class's or a function's."""
NO_MARKDOWN = ("overview", "audit.page", "audit.sections", "audit.manual_steps", "labels", "text")
"""Shown as they are: by pages that escape them, or put together by others here."""
PARTS = frozenset(("slices.slice_title", "revert_pull.why_not_reverted"))
"""Others here make Markdown of them."""
ACTS = re.compile(r"@\w|#\d|\bGH-\d|(?:https?|ftp)://|\bwww\.", re.IGNORECASE)
"""What GitHub makes something of in a title or a commit's message."""
NEVER_WRITTEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff\U000e0041]"
)
"""Controls, halves of characters, what turns a text around, what hides in it."""
PLAIN_TEXT = re.compile(r"_(title|subject|message)$")


@dataclass(frozen=True)
class Report:
    name: str
    write: Callable[..., Any]


def reports() -> Iterator[Report]:
    for module in pkgutil.walk_packages(bot.report.__path__, "bot.report."):
        short = module.name.removeprefix("bot.report.")
        if module.ispkg or short.startswith(NO_MARKDOWN):
            continue
        for name, one in vars(import_module(module.name)).items():
            is_its_own = inspect.isfunction(one) and one.__module__ == module.name
            if is_its_own and not name.startswith("_") and f"{short}.{name}" not in PARTS:
                yield Report(f"{short}.{name}", one)


REPORTS = [one for one in reports() if not PLAIN_TEXT.search(one.name)]
TITLES = [one for one in reports() if PLAIN_TEXT.search(one.name)]


def written(report: Report, seed: int, words: Sequence[str], url: str) -> list[str]:
    """What it writes, as Markdown; each text that it gets has the next of the words."""
    count = iter(range(seed, 10**6))

    def text(name: str) -> str:
        number = next(count)
        last = name.rpartition(".")[2]
        if ours := OURS.get(name) or OURS.get(last):
            return ours
        return url if last == "url" else f"{words[number % len(words)]}{number}{words[number % len(words)]}"

    return [*_texts(ValueMaker(seed, text).call(report.write))]


def _texts(made: Any) -> Iterator[str]:
    if isinstance(made, str):
        yield made
    elif hasattr(made, "summary"):
        yield from (made.summary, getattr(made, "text", None) or "")
    elif hasattr(made, "headline"):
        yield from (made.headline, made.text)
    elif isinstance(made, Iterable) and not isinstance(made, Mapping):
        for one in made:
            yield from _texts(one)


class Tags(HTMLParser):
    """The tags of a page in their order, but for the colours of code, and what its links and images lead to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self._in_code = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if not self._in_code:
            self.tags.append(f"{tag} {given.get('class') or ''}".strip())
        self._in_code = self._in_code or tag == "pre"
        self.addresses += [given[name] or "" for name in ("href", "src") if name in given]

    def handle_endtag(self, tag: str) -> None:
        self._in_code = self._in_code and tag != "pre"
        if not self._in_code:
            self.tags.append(f"/{tag}")


FENCED = re.compile(r"^(`{3,})\w*\n.*?\n\1$", re.DOTALL | re.MULTILINE)
"""Nothing in them acts, and no marker is read in them."""
OUR_SERVERS = ("https://github.example/", "https://ci.example/")


def does_nothing(hostile: str, harmless: str) -> None:
    page = Tags(render(hostile, PLACE))
    assert page.tags == Tags(render(harmless, PLACE)).tags, hostile
    assert all(url.startswith(OUR_SERVERS) for url in page.addresses), hostile
    text, other = FENCED.sub("", hostile), FENCED.sub("", harmless)
    assert text.count("<!--") == other.count("<!--"), hostile
    assert 666 not in named_issues(without_comments(text), "acme/shop"), hostile
    assert not NEVER_WRITTEN.search(text), hostile


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_nobodys_words_do_anything(report: Report) -> None:
    for seed in range(VALUES):
        harmless = written(report, seed, ["word"], "https://ci.example/x")
        hostile = written(report, seed, WORDS, HOSTILE_URL)
        assert len(hostile) == len(harmless)
        for one, other in zip(hostile, harmless, strict=True):
            does_nothing(one, other)


TAKES_WORDS: tuple[Reason, ...] = (
    *("gate", "may not force", "skipped", "skips nothing", "plan edited", "approved", "unsupported"),
)
"""The other reasons take Markdown that another report has written, or nothing."""


@pytest.mark.parametrize("why", TAKES_WORDS)
@pytest.mark.parametrize("words", WORDS)
def test_nobodys_words_do_anything_in_an_answer(why: Reason, words: str) -> None:
    request = from_text("/migrate start 1", 1, 5, "maya", 1.0)[0]
    one, other = (answer(Answer(request, "refused", why, text)) for text in (words, "word"))
    does_nothing(one, other)


@pytest.mark.parametrize("words", WORDS)
def test_nobodys_words_do_anything_in_the_errors_of_a_plan(words: str) -> None:
    one, other = (
        plan_problem(PlanErrors((PlanError(text, 1, 1, text, text, text),))).text for text in (words, "word")
    )
    does_nothing(one, other)


@pytest.mark.parametrize("report", TITLES, ids=lambda report: report.name)
def test_nobodys_words_do_anything_in_a_title_or_a_commit_message(report: Report) -> None:
    for seed in range(VALUES):
        (harmless,) = written(report, seed, ["word"], "https://ci.example/x")
        (hostile,) = written(report, seed, WORDS, HOSTILE_URL)
        assert not ACTS.search(hostile)
        assert not NEVER_WRITTEN.search(hostile)
        assert len(hostile.splitlines()) == len(harmless.splitlines())


def test_no_line_of_a_proposed_plan_or_of_a_commands_output_is_a_marker_of_ours() -> None:
    line = f"title: a\n{approval_marker(PlanApproval('0' * 12, 'maya', 1.0))}\n````\n"
    request = from_text("/migrate audit", 1, 5, "maya", 1.0)[0]
    said = answer(Answer(request, "done", "audited", proposal(line)))
    assert list(approvals_in(f"{answer_marker('comment-1')}\n{said}")) == []
    assert "<!--" not in commands_summary([CommandRun("make", 1, line, 1.0)], 1)
