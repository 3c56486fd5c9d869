"""What a person's text asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.decide.requests import Command, box_command, commands, newly_ticked, phase_of_label
from bot.markers.hidden import box_marker


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
        "<!-- never closed\n/migrate start 1",
        "- like so:\n- ```\n  /migrate start 1\n  ```",
        "1. ~~~ sh\n   /migrate start 1",
        "````\n```\n/migrate start 1\n````",
        "```\n    ```\n/migrate start 1\n```",
        "<pre>\n/migrate start 1\n</pre>",
        "<PRE class='x'>\n/migrate start 1",
        "> ```\n> /migrate start 1\n> ```",
        "/migrated start 1",
        "text /migrate start 1",
    ],
)
def test_a_quoted_or_mentioned_command_is_not_read(text: str) -> None:
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
        ("```\nx\n```\n/migrate pause", Command("pause")),
        ("- ```\n  x\n  ```\n\n/migrate pause", Command("pause")),
        ("<pre>x</pre>\n/migrate pause", Command("pause")),
        ("a `<!--` in passing\n\n/migrate pause", Command("pause")),
        ("<previous>\n/migrate pause", Command("pause")),
        ("<!-- closed --> \n/migrate pause", Command("pause")),
        ("/migrate revert 3", Command("revert", phase=3)),
        ("/migrate revert 3 batch 4", Command("revert", phase=3, batch=4)),
        ("/migrate revert all", Command("revert", everything=True)),
        ("/migrate regenerate 1 --discard", Command("regenerate", phase=1, discard=True)),
        ("/migrate skip a.py 'b.py'", Command("skip", paths=("a.py", "'b.py'"))),
    ],
)
def test_a_command_is_read(text: str, command: Command) -> None:
    assert commands(text) == [command]


@pytest.mark.parametrize("word", ["/Migrate start 1", "/MIGRATE Start 1", "  /miGrate START phase-1"])
def test_a_command_is_understood_in_any_case_of_letters(word: str) -> None:
    assert commands(word) == [Command("start", phase=1)]


def test_a_command_on_a_phases_pull_request_means_that_phase() -> None:
    assert commands("/migrate retry", here=4) == [Command("retry", phase=4)]
    assert commands("/migrate revert batch 2", here=4) == [Command("revert", phase=4, batch=2)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("/migrate strat 1", "Did you mean `/migrate start`?"),
        ("/migrate start", "needs the number of one phase"),
        ("/migrate start one", "needs the number of one phase"),
        ("/migrate start 1 --now", "has no option"),
        ("/migrate revert", "needs a phase"),
        ("/migrate pause please", "takes no arguments"),
        ("/migrate skip", "needs a path"),
        ("/migrate @everyone`x`", "I don't know"),
    ],
)
def test_a_mistake_in_a_command_is_named(text: str, problem: str) -> None:
    (command,) = commands(text)
    assert command.verb == "unknown"
    assert problem in command.problem
    assert "@" not in command.problem


def test_several_commands_are_read_in_order() -> None:
    assert [one.verb for one in commands("/migrate pause\n/migrate status")] == ["pause", "status"]


def test_of_the_longest_comment_five_commands_are_read_and_the_rest_is_named() -> None:
    found = commands("/migrate\n" * 7281)
    assert [one.verb for one in found] == ["help"] * 5 + ["unknown"]
    assert found[-1].problem == "too many"
    assert [one.verb for one in commands("/migrate\n" * 5)] == ["help"] * 5


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    commands(text)
    newly_ticked(text, text[::-1])


def box(name: str, mark: str) -> str:
    return f"- [{mark}] do it {box_marker(name)}"


def test_a_tick_is_read_as_a_difference() -> None:
    before = "\n".join([box("start-1", "x"), box("start-2", " "), box("revert-1", " ")])
    after = "\n".join([box("start-1", "x"), box("start-2", "x"), box("revert-1", " ")])
    assert newly_ticked(before, after) == ("start-2",)
    assert newly_ticked(after, before) == ()


NAMES = ("start-1", "start-2", "cancel-1", "revert-1", "revert-2-batch-3", "resume")


@st.composite
def written(draw: st.DrawFn) -> tuple[str, frozenset[str]]:
    """A status comment as it may stand: some boxes, in some order, some ticked, with anything between."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    marks = {name: draw(st.sampled_from(" xX")) for name in names}
    lines = [f"- [{marks[name]}] {draw(st.sampled_from(WORDS))} {box_marker(name)}" for name in names]
    between = [draw(st.sampled_from(WORDS)) for _ in lines]
    text = "\r\n".join(part for pair in zip(between, lines, strict=True) for part in pair)
    return text, frozenset(name for name in names if marks[name] != " ")


WORDS = (
    "Start phase 1, Äpfel",
    "- [x] not ours",
    "",
    "Retire [x] `a`",
    "| [x] | <!-- drover:box no -->",
    "🔀",
)


@given(written(), written())
def test_new_ticks_are_those_of_the_second_text_alone(
    one: tuple[str, frozenset[str]], other: tuple[str, frozenset[str]]
) -> None:
    assert frozenset(newly_ticked(one[0], other[0])) == other[1] - one[1]
    assert newly_ticked(one[0], one[0]) == ()


@given(written(), st.sampled_from(NAMES))
def test_one_tick_is_one_request_whatever_drover_wrote_meanwhile(
    now: tuple[str, frozenset[str]], name: str
) -> None:
    """A person ticks what they see; GitHub compares it with what we have written since."""
    seen = "\n".join(box(one, "x" if one == name else " ") for one in NAMES)
    ours = now[0].replace("[x]", "[ ]").replace("[X]", "[ ]")
    assert newly_ticked(ours, seen) == (name,)
    assert newly_ticked(seen, ours) == ()


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
