"""What an older version wrote into comments, bodies, checks and commits for itself to find is found by this one."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.decide.bisect import Guilty, Trial, read_left_out, read_trial
from bot.decide.checks import COMMANDS
from bot.decide.forcing import Forced, read_forced
from bot.decide.ratchet import RATCHET
from bot.decide.requests import ticked
from bot.git.author import EMAIL, NAME
from bot.github import Comment, User
from bot.markers import STATUS_MARKER
from bot.migration.comments import said_in
from bot.migration.context import PROOF
from bot.plan.branch_names import phase_branch, revert_branch, revert_of_revert_branch
from bot.plan.slices import Slice
from bot.report.ratchet import marked
from bot.report.revert_pull import back_marker, marker
from bot.report.slices import had_slices
from bot.report.text import unhidden
from tests.world import ROOT

OLD: dict[str, Any] = json.loads((Path(__file__).parent / "data/da8d3fe/markers.json").read_text())


def sources() -> str:
    return "\n".join(file.read_text() for file in sorted((ROOT / "bot").rglob("*.py")))


def comment(body: str) -> Comment:
    now = datetime.now(UTC)
    return Comment(1, "n", body, User(2, "drover[bot]", "Bot"), 3, "", now, now)


def test_every_kind_of_mark_and_every_trailer_is_still_known() -> None:
    """Whoever renames one reads the old name as well."""
    text = sources()
    assert [one for one in OLD["kinds"] if f"drover:{one} " not in text] == []
    assert [one for one in OLD["trailers"] if not re.search(rf"{one}\b(?!-)", text)] == []


def test_names_that_are_looked_for_on_github_are_what_they_were() -> None:
    assert (PROOF, RATCHET, COMMANDS) == ("drover / proof", "drover / ratchet", "drover / commands")
    assert phase_branch(5, 2) == "drover/5/phase-2"
    assert phase_branch(5, 2, "maya") == "drover/5/phase-2-maya"
    assert revert_branch(5, 2, None) == "drover/5/revert-phase-2"
    assert revert_of_revert_branch(5, 12) == "drover/5/revert-pull-12"
    assert (NAME, EMAIL) == ("Drover", "drover@users.noreply.github.com")


def test_the_status_comment_is_found_and_what_it_hides_is_read() -> None:
    assert OLD["status"] == STATUS_MARKER
    assert unhidden(f"Words.\n{OLD['state']}\n") == {
        "burndown": [[1795742211, 4]],
        "whole": 4,
        "plan": [["Name -->", "c06212ea419055ed", ["shop/**"]]],
    }
    assert ticked(OLD["boxes"]) == {"start-2"}
    assert ticked(OLD["boxes"].replace("[ ]", "[X]")) == {"start-2", "revert-1-batch-3"}


def test_reverts_are_told_from_other_pull_requests() -> None:
    assert [marker(5, 2, None), marker(5, None, None), marker(5, 2, 3, "maya")] == OLD["reverts"]
    assert back_marker(5, 12) == OLD["puts back"]


def test_slices_are_read_off_the_bodies() -> None:
    assert had_slices(2, 5, [], f"Words.\n{OLD['slice']}\n") == {Slice("org.team", "@org/team")}


def test_what_a_check_was_told_from_is_read() -> None:
    assert marked(f"Words.\n\n{OLD['ratchet']}") == ("9fb2dca7e235f14b", 3)


def test_what_was_done_once_is_not_done_again() -> None:
    rerun, force = said_in([comment("\n".join(OLD["said"]))])
    assert (rerun.kind, rerun.about, rerun.state, rerun.at) == ("rerun", "17", "begun", 1795742211.0)
    assert read_forced([force]) == (Forced(2, "maya", "checks: red", 1795742211.0),)


def test_a_trial_goes_on_from_the_commit_that_tells_of_it() -> None:
    message = f"Title\n\n{OLD['left out']}\n{OLD['trial']}\n"
    assert read_trial(message) == Trial(2, 5, None, 9, 3, 1795742211)
    assert read_left_out(message) == (
        Guilty("shop/ä b.py", "ci / tests", "https://ci/1", 0),
        Guilty("shop/c.py", "", "", 3),
    )
