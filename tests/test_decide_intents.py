"""What a person's text asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.decide.intents import Command, box_command, box_marker, commands, newly_ticked, phase_of_label


@pytest.mark.parametrize(
    "text",
    [
        "Please start phase 1",
        "see `/migrate start 1`",
        "> /migrate start 1",
        "```\n/migrate start 1\n```",
        "~~~~\n```\n/migrate start 1\n~~~\n~~~~",
        "    /migrate start 1",
        "<!-- \n/migrate start 1\n-->",
        "/migrated start 1",
        "text /migrate start 1",
    ],
)
def test_what_is_quoted_or_said_in_passing_is_no_command(text: str) -> None:
    assert commands(text) == []


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/migrate start 2", Command("start", phase=2)),
        ("/migrate start phase-2", Command("start", phase=2)),
        ("/migrate start 2 --force", Command("start", phase=2, force=True)),
        ("/MIGRATE".lower() + " Help", Command("help")),
        ("/migrate", Command("help")),
        ("thanks!\n\n/migrate pause\n", Command("pause")),
        ("/migrate revert 3", Command("revert", phase=3)),
        ("/migrate revert 3 batch 4", Command("revert", phase=3, batch=4)),
        ("/migrate revert all", Command("revert", everything=True)),
        ("/migrate regenerate 1 --discard", Command("regenerate", phase=1, discard=True)),
        ("/migrate skip a.py 'b.py'", Command("skip", paths=("a.py", "'b.py'"))),
    ],
)
def test_a_command_is_read(text: str, command: Command) -> None:
    assert commands(text) == [command]


def test_a_command_on_a_phases_pull_request_means_that_phase() -> None:
    assert commands("/migrate retry", here=4) == [Command("retry", phase=4)]
    assert commands("/migrate revert batch 2", here=4) == [Command("revert", phase=4, batch=2)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("/migrate strat 1", "perhaps `/migrate start` is meant"),
        ("/migrate start", "needs the number of a phase"),
        ("/migrate start one", "needs the number of a phase"),
        ("/migrate start 1 --now", "has no option"),
        ("/migrate revert", "is written"),
        ("/migrate pause please", "takes nothing after it"),
        ("/migrate skip", "needs a path"),
        ("/migrate @everyone`x`", "there is no command"),
    ],
)
def test_what_can_not_be_understood_is_said(text: str, problem: str) -> None:
    (command,) = commands(text)
    assert command.verb == "unknown"
    assert problem in command.problem
    assert "@" not in command.problem


def test_several_commands_are_read_in_order() -> None:
    assert [one.verb for one in commands("/migrate pause\n/migrate status")] == ["pause", "status"]


@given(st.text(max_size=300))
def test_no_text_breaks_the_reading(text: str) -> None:
    commands(text)
    newly_ticked(text, text[::-1])


def box(name: str, mark: str) -> str:
    return f"- [{mark}] do it {box_marker(name)}"


def test_a_tick_is_read_as_a_difference() -> None:
    before = "\n".join([box("start-1", "x"), box("start-2", " "), box("revert-1", " ")])
    after = "\n".join([box("start-1", "x"), box("start-2", "x"), box("revert-1", " ")])
    assert newly_ticked(before, after) == ("start-2",)
    assert newly_ticked(after, before) == ()


def test_a_box_without_our_marker_means_nothing() -> None:
    assert newly_ticked("- [ ] buy milk", "- [x] buy milk") == ()


def test_a_box_says_the_same_as_the_command() -> None:
    assert box_command("start-2") == Command("start", phase=2)
    assert box_command("revert-2") == Command("revert", phase=2)
    assert box_command("revert-2-batch-3") == Command("revert", phase=2, batch=3)
    assert box_command("revert-all") == Command("revert", everything=True)
    assert box_command("nonsense") is None


def test_a_label_names_its_phase() -> None:
    assert phase_of_label("migration:phase-12") == 12
    assert phase_of_label("migration:phase-") is None
    assert phase_of_label("migration") is None
