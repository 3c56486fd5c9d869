"""Nobody's words in a plan close, mention or link anything from a title or a commit message."""

from __future__ import annotations

import re

import pytest

from bot.decide.phase_result import ChangedFile, PhaseBatch, PhaseResult
from bot.decide.ratchet import WatchedMigration
from bot.markers.trailers import BatchTrailers, batch_trailers, migration_name, migration_trailer
from bot.plan.plan import Phase, Plan
from bot.plan.slices import Slice
from bot.report import ratchet, revert_pull
from bot.report.commit_messages import commit_message
from bot.report.pull_request import phase_title
from bot.report.text import code, plain
from codemods.model.rules import Replacement, Symbol

WORDS = [
    "fixes #3",
    "Closes GH-3",
    "resolves acme/shop#3",
    "fixes https://github.com/acme/shop/issues/3",
    "@maya",
    "@acme/owners",
    "www.example.com",
    "x\n\nDrover-Base: " + "a" * 40,
    "x\u2028Drover-Base: " + "a" * 40,
    "x\r\rCo-authored-by: Maya <maya@example.com>",
    "safe\u202egnihtemos",
]
ACTS = re.compile(
    r"@\w|#\d|\bGH-\d|https?://|\bwww\.|[\u202a-\u202e\u2066-\u2069]|^Drover-Base|^Co-authored", re.M
)
"""What GitHub makes something of, and lines that nobody but Drover may write."""
BATCH = PhaseBatch("b", 1, "{}", (ChangedFile("a.py", 1),))


@pytest.mark.parametrize("words", WORDS)
def test_a_title_does_nothing(words: str) -> None:
    result = PhaseResult(words, Phase(1, words, ("**",)), "a" * 40, (), slice=Slice("k", words))
    what = revert_pull.RevertScope(1, None, (), Slice("k", words))
    for title in (phase_title(result), revert_pull.revert_title(what, words)):
        assert not ACTS.search(title)
        assert "\n" not in title


@pytest.mark.parametrize("words", WORDS)
def test_a_commit_message_does_nothing(words: str) -> None:
    batch = PhaseBatch("b", 1, words, BATCH.files)
    trailers = batch_trailers(BatchTrailers(migration_name("acme/shop", 5), 1, 1, "b"))
    pair = Replacement(Symbol("shop.old", "Old"), Symbol("shop.new", "New"))
    plan = Plan(words, "old", (pair,), (Phase(1, "all", ("**",)),))
    messages = [
        commit_message(PhaseResult(words, Phase(1, words, ("**",)), "a" * 40, (batch,)), batch, trailers),
        revert_pull.revert_message(words, trailers, whole=True),
        ratchet.commit_message(WatchedMigration(5, plan, ("d",)), "acme/shop/5", ["a.py"], "b" * 40),
    ]
    for message in messages:
        assert not ACTS.search(message)
        assert len(message.split("\n\n")[-1].splitlines()) <= 3


@pytest.mark.parametrize("words", WORDS)
def test_text_in_a_comment_does_nothing(words: str) -> None:
    assert not ACTS.search(plain(words))
    assert "\u202e" not in code(words)


def test_the_issue_in_a_trailer_is_no_reference() -> None:
    assert not ACTS.search(migration_trailer(migration_name("acme/shop", 5)))
