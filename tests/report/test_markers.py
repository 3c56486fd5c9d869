"""Hidden markers and trailers: what is written is read back, what older versions wrote too, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.decide.requests import commands, newly_ticked
from bot.markers import hidden, trailers
from bot.markers.hidden import (
    Announcement,
    Notice,
    RatchetMark,
    RestoreMark,
    RevertMark,
    SliceMark,
)
from bot.markers.trailers import BatchTrailers, commit_trailers
from bot.report.text import code, plain
from tests.world import ROOT

SHA = "a" * 40
SAYS_MARKER = re.compile(r"drover:[a-z]|Drover-[A-Z]")


def test_no_other_file_of_the_bot_spells_a_marker_or_a_trailer() -> None:
    files = [path for path in (ROOT / "bot").rglob("*.py") if "markers" not in path.parts]
    assert [str(path) for path in files if SAYS_MARKER.search(path.read_text())] == []


@pytest.mark.parametrize(
    "mark", [RevertMark(7), RevertMark(7, 2), RevertMark(7, 2, 3), RevertMark(7, 2, None, "acme.web")]
)
def test_what_a_pull_request_reverts_is_read_back(mark: RevertMark) -> None:
    assert list(hidden.reverts_in(f"{hidden.revert_marker(mark)}\n**Reverts**")) == [mark]
    assert list(hidden.also_reverts_in(f"{hidden.also_reverts_marker(mark)}\n**Reverts**")) == [mark]
    assert list(hidden.also_reverts_in(hidden.revert_marker(mark))) == []


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_a_slice_with_any_title_is_read_back(title: str) -> None:
    mark = SliceMark(7, 2, "acme.web", title)
    assert list(hidden.slices_in(f"first line\n{hidden.slice_marker(mark)}\nrest")) == [mark]


def test_other_marks_are_read_back() -> None:
    assert list(hidden.restores_in(hidden.restore_marker(RestoreMark(7, 12)))) == [RestoreMark(7, 12)]
    assert hidden.ratchet_in(f"text\n\n{hidden.ratchet_marker(RatchetMark('0f', 2))}") == RatchetMark("0f", 2)
    assert hidden.answered_requests(f"{hidden.answer_marker('comment-1')}\nDone.") == ("comment-1",)
    assert hidden.running_request(f"{hidden.running_marker('comment-1')}\n…") == "comment-1"
    assert hidden.has_notice(f"{hidden.notice_marker(Notice('stuck', SHA))}\ntext", Notice("stuck", SHA))
    said = Announcement("force", "2:maya:%3A", "done", 12.0)
    assert hidden.announcement_in(f"text {hidden.announcement_marker(said)}") == said


def test_an_answer_grows_by_what_it_did_not_say() -> None:
    first = f"{hidden.answer_marker('comment-1')}\n@maya Done."
    second = hidden.with_answers(first, ["comment-1-1"], "Also done.")
    assert second == "<!-- drover:answer comment-1 comment-1-1 -->\n@maya Done.\n\nAlso done."
    third = hidden.with_answers(second, ["comment-1-2"], "Also done.")
    assert third == "<!-- drover:answer comment-1 comment-1-1 comment-1-2 -->\n@maya Done.\n\nAlso done."
    assert hidden.answered_requests(third) == ("comment-1", "comment-1-1", "comment-1-2")


def test_a_state_with_any_text_is_read_back() -> None:
    state = {"plan": "--> <!-- drover:state {} -->", "whole": 3}
    assert hidden.state_in(f"text\n{hidden.state_marker(state)}") == state


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "<!-- drover:answer -->",
        "<!-- drover:answer comment-1",
        "<!-- drover:answer Comment 1 -->",
        "<!-- drover:answer comment-1  comment-2 -->",
        "> <!-- drover:answer comment-1 -->",
        "hello\n<!-- drover:answer comment-1 -->",
    ],
)
def test_an_answer_is_read_only_from_the_first_line(text: str) -> None:
    assert hidden.answered_requests(text) == ()


OLD: dict[str, Callable[[], object]] = {
    "status": lambda: hidden.is_status("<!-- drover:status -->\n## Title"),
    "answer": lambda: hidden.answered_requests("<!-- drover:answer comment-17 -->\nDone.") == ("comment-17",),
    "thread": lambda: hidden.is_thread("<!-- drover:thread rerun-3 -->\nline"),
    "given up": lambda: hidden.has_notice("<!-- drover:given-up 3 -->\nline", Notice("given-up", "3")),
    "no about": lambda: hidden.has_notice("<!-- drover:astray -->\nline", Notice("astray")),
    "slice": lambda: (
        list(hidden.slices_in("<!-- drover:slice #5 2 acme.web %40acme%2Fweb -->"))
        == [SliceMark(5, 2, "acme.web", "@acme/web")]
    ),
    "reverts": lambda: list(hidden.reverts_in("<!-- drover:reverts 5 all whole -->")) == [RevertMark(5)],
    "restores": lambda: list(hidden.restores_in("<!-- drover:puts-back 5 9 -->")) == [RestoreMark(5, 9)],
    "ratchet": lambda: hidden.ratchet_in("a\n\n<!-- drover:ratchet 0f 2 -->") == RatchetMark("0f", 2),
    "box": lambda: (
        [*hidden.boxes_in("- [x] Start <!-- drover:box start-2 -->\r")] == [hidden.TickBox("start-2", True)]
    ),
    "state": lambda: hidden.state_in('<!-- drover:state {"whole":3} -->') == {"whole": 3},
}


@pytest.mark.parametrize("name", OLD)
def test_what_older_versions_wrote_is_read(name: str) -> None:
    assert OLD[name]()


def test_the_trailers_of_a_batch_are_read_back() -> None:
    one = BatchTrailers("o/r/5", 2, 3, "shop-3", "acme.web", SHA, "1:ff")
    message = f"Subject\n\nBody.\n\n{trailers.batch_trailers(one)}\n"
    assert trailers.built_from(message) == (SHA, "1:ff")
    assert trailers.batch_in(message) == (3, "shop-3")
    said = commit_trailers(message)
    assert (said.migrations, said.phases) == (frozenset({"o/r/5"}), frozenset({2}))
    assert (said.slices, said.batches) == (frozenset({"acme.web"}), frozenset({3}))


def test_a_squash_says_all_that_its_commits_said() -> None:
    each = [trailers.batch_trailers(BatchTrailers("o/r/5", 2, n, f"shop-{n}")) for n in (1, 2)]
    message = "Squashed\n\n" + "\n\n".join("    " + text.replace("\n", "\n    ") for text in each)
    assert commit_trailers(message).batches == {1, 2}


# What strangers write


FORGED = "<!-- drover:answer comment-9 -->"


@pytest.mark.parametrize("shown", [code, plain])
def test_no_text_that_is_shown_holds_a_hidden_comment(shown: Callable[[str], str]) -> None:
    assert "<!--" not in shown(FORGED)
    assert "<!--" not in shown(f"`{FORGED}`\n{FORGED}")
    assert "<!--" not in shown("<" * 5 + "!--")


class CountingText(str):
    """A text that counts the characters that are looked at when something is searched for in it."""

    looked_at = 0

    def find(self, sub: str, start: int | None = 0, end: int | None = None, /) -> int:  # type: ignore[override]
        found = super().find(sub, start, end)
        self.looked_at += (len(self) if found < 0 else found) - (start or 0)
        return found


@pytest.mark.parametrize("part", ["<!--", "<!-- -->", "<!---->x", "-->", "- [ ] <!-- drover:box "])
def test_reading_commands_looks_at_each_character_a_few_times(part: str) -> None:
    work = []
    for many in (2000, 4000):
        text = CountingText(part * many)
        assert commands(text) == []
        work.append(text.looked_at)
    assert 0 < work[1] <= 2 * work[0] + 8 <= 6 * 2000 * len(part)


@pytest.mark.parametrize(
    "text", ["\n" * 200_000, "- [x] " * 50_000, "<!-- drover:box " * 20_000, "<!--" * 60_000]
)
def test_a_long_text_without_a_box_has_none(text: str) -> None:
    assert newly_ticked("", text) == ()
    assert newly_ticked("", f"{text}\n- [x] Start <!-- drover:box start-1 -->") == ("start-1",)
