"""An approval is of exactly one text: the start of its digest, of which a stranger can write another, is not enough."""

from __future__ import annotations

import pytest

from bot.decide.actions import Answer, ApprovePlan
from bot.decide.facts import PlanOrigin, UnapprovedPlan
from bot.decide.requests import box_command, from_text
from bot.markers.hidden import PlanApproval, answer_marker, approval_marker, approvals_in
from bot.plan.approval import DIGEST, KeptPlan, approves, text_digest
from tests.decide.test_decide_status import MAYA, PLAN, acts, ask, facts

READ, SWAPPED = text_digest("title: A\n"), text_digest("title: B\n")
EDITED_AT, ASKED_AT = 650.0, 600.0


def asked_for(digest: str, at: float = ASKED_AT, shown: str = SWAPPED) -> object:
    """What becomes of the request, where that plan stands in the body since it was edited."""
    unapproved = UnapprovedPlan("stranger", shown, EDITED_AT, PLAN)
    request = ask("approve", MAYA, digest=digest, at=at)
    given = facts(plan=None, plan_origin=PlanOrigin(unapproved=unapproved), **request)
    return next(one for one in acts(given) if isinstance(one, Answer | ApprovePlan))


@pytest.mark.parametrize("digest", ["", SWAPPED[:6], SWAPPED[:12], SWAPPED[:39]])
def test_a_plan_that_was_edited_after_the_request_is_not_approved_by_the_start_of_its_digest(
    digest: str,
) -> None:
    refused = asked_for(digest)
    assert isinstance(refused, Answer)
    assert refused.why == "plan edited"


@pytest.mark.parametrize(("digest", "at"), [(SWAPPED, ASKED_AT), (SWAPPED[:12], 700.0), ("", 700.0)])
def test_a_plan_that_was_there_or_is_named_whole_is_approved(digest: str, at: float) -> None:
    approved = asked_for(digest, at)
    assert isinstance(approved, ApprovePlan)
    assert approved.approval.digest == SWAPPED


def test_another_plan_is_not_approved() -> None:
    refused = asked_for(READ, 700.0)
    assert isinstance(refused, Answer)
    assert refused.why == "plan edited"


def test_two_plans_whose_digests_only_begin_alike_are_two() -> None:
    alike = PlanApproval(READ[:12] + "0" * (DIGEST - 12), "maya", 1.0)
    assert not approves(alike, "title: A\n")
    assert approves(PlanApproval(READ, "maya", 1.0), "title: A\n")
    assert approves(PlanApproval("", "maya", 1.0), "")


def test_what_older_versions_approved_stays_approved() -> None:
    old = PlanApproval(READ[:12], "maya", 1.0)
    (found,) = approvals_in(f"{answer_marker('comment-1')}\nApproved. {approval_marker(old)}")
    assert approves(found, "title: A\n")
    assert not approves(found, "title: B\n")
    kept = {**KeptPlan("", PlanApproval(READ, "maya", 1.0), "title: A\n").as_json(), "block": READ[:12]}
    assert KeptPlan.from_json(kept).text == "title: A\n"


def test_a_digest_is_read_from_a_box_and_a_command() -> None:
    command = box_command(f"approve-{READ}")
    assert command is not None
    assert command.digest == READ
    assert [one.digest for one in from_text(f"/migrate approve {READ}", 1, 5, "maya", 1.0)] == [READ]
