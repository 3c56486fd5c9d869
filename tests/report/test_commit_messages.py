"""Subjects of commits: they fit git's 72 characters and keep the part that tells them apart."""

from __future__ import annotations

import pytest

from bot.decide.phase_result import ChangedFile, PhaseBatch, PhaseResult
from bot.plan.plan import Phase
from bot.report.commit_messages import LONGEST_SUBJECT, commit_message, commit_subject
from codemods.model.rules import RetiredModule

FILES = (ChangedFile("shop/a.py", 3), ChangedFile("shop/b.py", 1))


def subject(title: str, *replaced: tuple[str, str], phase: Phase = Phase(1, "One")) -> str:  # noqa: B008
    made = PhaseResult("Old → New", phase, "b" * 40, (), replacements=replaced)
    return commit_subject(made, PhaseBatch("id", 1, title, FILES))


def test_it_says_what_was_migrated_to_what() -> None:
    assert subject("shop/agents", ("m:Old", "n:New")) == "Migrate shop/agents to New"


def test_a_name_that_stays_the_same_is_shown_with_its_module() -> None:
    assert subject("shop", ("a.b:Error", "a.c:Error")) == "Migrate shop to a.c.Error"


def test_of_several_names_none_is_singled_out() -> None:
    assert subject("shop", ("m:Old", "n:New"), ("m:A", "n:B")) == "Migrate shop: Old → New"


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        (f"{'deep/' * 30}end.py", f"Migrate …{'/deep' * 11}/end.py"),
        (f"12 folders in {'deep/' * 30}end (2 of 3)", f"Migrate 12 folders in …{'/deep' * 7}/end (2 of 3)"),
        ("e" * 200, f"Migrate …{'e' * 63}"),
    ],
)
def test_a_long_path_loses_its_first_folders(title: str, expected: str) -> None:
    assert subject(title, ("m:Old", "n:New")) == expected
    assert len(expected) <= LONGEST_SUBJECT


def test_a_module_is_retired() -> None:
    retiring = Phase(5, "Retire", retire=(RetiredModule("shop.old", "redirect"),))
    made = PhaseResult("Old → New", retiring, "b" * 40, ())
    batch = PhaseBatch("id", 1, "shop/old.py", (ChangedFile("shop/old.py", 0),))
    text = commit_message(made, batch, "Drover-Batch: 1 id")
    assert (
        text
        == "Retire shop/old.py: Old → New\n\nOld → New, phase 5: Retire\n\n1 file.\n\nDrover-Batch: 1 id\n"
    )
