"""What an older version left as JSON, in its store, in its queues and in the status comment, is read by this one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from bot.decide.plan_change import PhaseShape, PlanShape
from bot.decide.ratchet import Subject
from bot.decide.requests import UserRequest
from bot.intake.delivery import queued_event
from bot.migration.commands_job import CommandsJob
from bot.store import Migration
from tests.world import ROOT

OLD = Path(__file__).parents[1] / "data" / "da8d3fe"
STORED: dict[str, Any] = json.loads((OLD / "stored.json").read_text())
MIGRATION = Migration(1, 5, 7, "acme/shop")
JOB = CommandsJob(MIGRATION, "c0ffee", 3, ("pytest -q", "ruff check ."))


def test_a_queued_delivery_is_read() -> None:
    event = queued_event(STORED["event"])
    assert (event.delivery, event.kind, event.at) == ("d-1", "issue_comment.edited", 1795742211.5)
    assert (event.repo_id, event.installation, event.repo) == (1, 7, "acme/shop")
    assert (event.issue, event.tracking, event.plan, event.on_pull) == (5, True, True, True)
    assert (event.sender, event.author, event.sender_is_bot) == ("maya", "drover[bot]", False)
    assert (event.ref, event.sha, event.base) == ("main", "c0ffee", "ba5e")
    assert (event.comment, event.text, event.before) == (17, "after", "before")
    assert (event.check_run, event.button) == (3, "fix")


def test_a_queued_look_and_job_and_check_of_the_ratchet_are_read() -> None:
    assert Migration.from_json(STORED["migration"]) == MIGRATION
    assert CommandsJob.from_json(STORED["job"]) == JOB
    assert [CommandsJob.from_json(one) for one in STORED["turn"]["jobs"]] == [JOB]
    subject = Subject("fix", 1, 7, "acme/shop", "c0ffee", 3, "ba5e", "feature", True, "maya", "p-1", 2.0)
    assert Subject.from_json(STORED["subject"]) == subject
    assert [Subject.from_json(one) for one in STORED["later"]["subjects"]] == [subject]


def test_what_a_person_asked_for_is_read() -> None:
    request = UserRequest(
        "revert",
        id="box-17-x",
        by="maya",
        at=1.5,
        source="box",
        where=5,
        phase=2,
        batch=3,
        everything=True,
        paths=("a", "b"),
        force=True,
        discard=True,
        problem="why",
        ref=17,
        box="revert-2-batch-3",
    )
    assert UserRequest.from_json(STORED["intent"]) == request


def test_the_plan_that_the_status_comment_keeps_is_read() -> None:
    first = PhaseShape("One", "c06212ea419055ed", ("shop/**",))
    second = PhaseShape("Two", "1c10c44fd7d6d60a", None)
    assert PlanShape.from_json(STORED["plan"]) == PlanShape((first, second))


NEWER_WORKFLOWS = {"introduce"}
NEWER_STEPS = {"begin again", "again later", "say how to start"}
"""What no older version has queued."""


def test_workflows_and_steps_are_called_as_they_were() -> None:
    """DBOS finds what was interrupted by these names: another name needs another VERSION."""
    sources = "\n".join(file.read_text() for file in sorted((ROOT / "bot" / "engine").glob("*.py")))
    workflows = {"delivery", "look", "commands", "sweep", "ratchet"}
    assert {*re.findall(r'@DBOS\.workflow\(name="([^"]+)"', sources)} == workflows | NEWER_WORKFLOWS
    steps = {"receive", "pushed on", "begin", "turn", "crashed", "carry out", "could not", "look after"}
    assert {*re.findall(r'@DBOS\.step\(name="([^"]+)"', sources)} == steps | {
        "find",
        "hold",
        "gave up",
    } | NEWER_STEPS
