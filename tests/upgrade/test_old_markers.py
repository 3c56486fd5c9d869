"""What an older version wrote into comments, bodies, checks and commits for itself to find is found by this one."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.decide.checks import COMMANDS, PROOF
from bot.decide.forced_start import ForcedStart, forced_starts
from bot.decide.ratchet import RATCHET
from bot.git.author import FORMER, Identity
from bot.github import Comment, User
from bot.markers import hidden
from bot.markers.hidden import RatchetMark, RestoreMark, RevertMark, SliceMark, TickBox
from bot.markers.trailers import BatchTrial, ExcludedFile, left_out_in, trial_in
from bot.migration.comments import said_in
from bot.plan.branch_names import phase_branch, revert_branch, revert_of_revert_branch
from tests.world import ROOT

OLD: dict[str, Any] = json.loads((Path(__file__).parents[1] / "data/da8d3fe/markers.json").read_text())


def comment(body: str) -> Comment:
    now = datetime.now(UTC)
    return Comment(1, "n", body, User(2, "drover[bot]", "Bot"), 3, "", now, now)


def test_every_old_marker_and_trailer_is_still_read() -> None:
    """Whoever renames one reads the old name as well."""
    text = "\n".join(file.read_text() for file in sorted((ROOT / "bot" / "markers").glob("*.py")))
    trailers = [one.removeprefix("Drover-") for one in OLD["trailers"]]
    assert [one for one in OLD["kinds"] if not re.search(rf'["{{}}]{one}["{{ ]', text)] == []
    assert [one for one in trailers if f'"{one}"' not in text] == []


def test_names_that_are_looked_for_on_github_are_what_they_were() -> None:
    assert (PROOF, RATCHET, COMMANDS) == ("drover / proof", "drover / ratchet", "drover / commands")
    assert phase_branch(5, 2) == "drover/5/phase-2"
    assert phase_branch(5, 2, "maya") == "drover/5/phase-2-maya"
    assert revert_branch(5, 2, None) == "drover/5/revert-phase-2"
    assert revert_of_revert_branch(5, 12) == "drover/5/revert-pull-12"
    assert Identity("Drover", "drover@users.noreply.github.com") == FORMER


def test_the_status_comment_is_found_and_what_it_hides_is_read() -> None:
    body = f"{OLD['status']}\n\n## Title\n\n{OLD['boxes']}\n\n{OLD['state']}\n"
    assert hidden.is_status(body)
    assert hidden.state_in(body) == {
        "burndown": [[1795742211, 4]],
        "whole": 4,
        "plan": [["Name -->", "c06212ea419055ed", ["shop/**"]]],
    }
    assert [*hidden.boxes_in(body)] == [TickBox("start-2", True), TickBox("revert-1-batch-3", False)]


def test_the_bodies_of_pull_requests_say_what_they_are() -> None:
    found = [mark for text in OLD["reverts"] for mark in hidden.reverts_in(f"{text}\n**Takes back**")]
    assert found == [RevertMark(5, 2), RevertMark(5), RevertMark(5, 2, 3, "maya")]
    assert [*hidden.restores_in(f"{OLD['puts back']}\n**Puts back**")] == [RestoreMark(5, 12)]
    assert [*hidden.slices_in(f"Words.\n{OLD['slice']}\n")] == [SliceMark(5, 2, "org.team", "@org/team")]


def test_the_marker_of_a_check_is_read() -> None:
    assert hidden.ratchet_in(f"Words.\n\n{OLD['ratchet']}") == RatchetMark("9fb2dca7e235f14b", 3)


def test_an_announced_step_is_not_repeated() -> None:
    rerun, force = said_in([comment("\n".join(["<!-- drover:thread forced -->", *OLD["said"]]))])
    assert (rerun.kind, rerun.about, rerun.state, rerun.at) == ("rerun", "17", "begun", 1795742211.0)
    assert forced_starts([force]) == (ForcedStart(2, "maya", "checks: red", 1795742211.0),)


def test_a_trial_goes_on_from_its_last_commit() -> None:
    message = f"Title\n\n{OLD['left out']}\n{OLD['trial']}\n"
    assert trial_in(message) == BatchTrial(2, 5, None, 9, 3, 1795742211)
    assert left_out_in(message) == (
        ExcludedFile("shop/ä b.py", "ci / tests", "https://ci/1", 0),
        ExcludedFile("shop/c.py", "", "", 3),
    )
