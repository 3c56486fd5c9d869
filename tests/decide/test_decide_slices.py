"""A phase that owners split: where it stands by its slices, and what follows for each."""

from __future__ import annotations

from dataclasses import replace

from bot.decide.actions import Answer, ClosePhase, DeleteBranch, OpenRevert, PublishPhase, RemoveLabel
from bot.decide.facts import BatchCommit, Facts, PhaseFacts, Pull, RemainingWork
from bot.decide.history import ProofReport, StatusHistory
from bot.decide.next_actions import next_actions
from bot.decide.status import State, Status, Verdict, label_of, status
from bot.plan.plan import Phase
from bot.plan.slices import WHOLE_PHASE, Slice, each_slice
from bot.report.status.comment import status_comment
from bot.report.text import LIMIT
from tests.decide.test_decide_status import FAILED, MAYA, PASSED, PLAN, acts, ask, facts, labelled, phase

AMY, BEN = Slice("amy", "@amy"), Slice("ben", "@ben")
LEFT = RemainingWork(files=1, automatic=2)


def pull(number: int, state: str = "open", ended: float | None = None) -> Pull:
    merge = "m" if state == "merged" else None
    return Pull(number, "u", f"head{number}", state, ended_at=ended, merge_sha=merge)  # type: ignore[arg-type]


def slice_(one: Slice, **changes: object) -> PhaseFacts:
    return replace(phase(1, slice=one, remaining=LEFT), **changes)  # type: ignore[arg-type]


def split(*slices: PhaseFacts, **changes: object) -> Facts:
    return facts(phase(1, slices=slices), phase(2), **changes)


OPEN = {"pull": pull(11), "branch": "head11"}
DONE = {"pull": pull(12, "merged", 700.0), "merge_checks": PASSED, "remaining": RemainingWork()}


def stands(given: Facts) -> Status:
    return status(given)


def test_a_label_publishes_every_slice() -> None:
    given = split(slice_(AMY), slice_(BEN), **labelled(1, MAYA))
    assert [one for one in acts(given) if isinstance(one, PublishPhase)] == [
        PublishPhase(1, slices=(AMY,)),
        PublishPhase(1, slices=(BEN,)),
    ]


def test_a_command_publishes_every_slice_and_has_one_answer() -> None:
    given = split(slice_(AMY), slice_(BEN), **ask("start", MAYA, phase=1))
    (made,) = (one for one in acts(given) if isinstance(one, PublishPhase))
    assert (made.slices, made.request is not None) == ((AMY, BEN), True)


def test_a_merged_slice_is_not_published_again_by_the_label_that_is_still_there() -> None:
    given = split(slice_(AMY, **DONE), slice_(BEN, **OPEN), **labelled(1, MAYA))
    assert stands(given).phases[0].state is State.OPEN
    assert acts(given) == ()


def test_the_next_phase_waits_for_all_slices() -> None:
    half = split(slice_(AMY, **DONE), slice_(BEN, **OPEN))
    assert "phase 1 (One) isn't merged yet" in stands(half).phases[1].gate
    whole = split(slice_(AMY, **DONE), slice_(BEN, **DONE))
    assert (stands(whole).phases[0].state, stands(whole).phases[1].gate) == (State.MERGED, "")
    failed = split(slice_(AMY, **DONE), slice_(BEN, **{**DONE, "merge_checks": FAILED}))
    assert stands(failed).phases[0].verdict is Verdict.FAILED
    assert "failed on the default branch" in stands(failed).phases[1].gate


def test_the_label_is_removed_with_the_last_merge_so_that_slices_of_new_owners_wait() -> None:
    given = split(slice_(AMY, **DONE), slice_(BEN, **DONE), **labelled(1, MAYA))
    assert acts(given) == (RemoveLabel(label_of(1)),)


def test_removing_the_label_closes_the_open_slices() -> None:
    given = split(slice_(AMY, **DONE), slice_(BEN, **OPEN), **labelled(1, MAYA, on=False))
    (withdraw,) = (one for one in acts(given) if isinstance(one, ClosePhase))
    assert withdraw.slices == (BEN,)


def test_a_start_opens_a_closed_slice_again_and_leaves_the_others() -> None:
    closed = slice_(AMY, pull=pull(11, "closed", 800.0))
    given = split(closed, slice_(BEN, **OPEN), **{**labelled(1, MAYA), **ask("start", MAYA, phase=1)})
    (made,) = (one for one in acts(given) if isinstance(one, PublishPhase))
    assert made.slices == (AMY,)


def test_a_slice_that_fails_is_reported_and_leaves_the_others_alone() -> None:
    given = split(slice_(AMY, failure="It can't be."), slice_(BEN, **OPEN), **labelled(1, MAYA))
    assert acts(given) == ()
    text = status_comment(given, stands(given), StatusHistory())
    assert "@\u200bamy couldn't be prepared.** It can't be." in text
    assert "drover:box retry-1" in text
    assert "drover:box cancel-1" in text


def test_a_slice_whose_files_have_other_owners_is_closed_with_the_reason() -> None:
    stray = slice_(AMY, obsolete_reason="its files have other owners now", remaining=RemainingWork(), **OPEN)
    given = split(stray, slice_(BEN, **OPEN), **labelled(1, MAYA))
    assert acts(given) == (ClosePhase(1, "its files have other owners now", (AMY,)),)


def test_a_phase_that_is_split_later_closes_its_one_pull_request_and_the_other_way_round() -> None:
    owned, plain = Phase(1, "One", split="owners"), Phase(1, "One")
    assert [(one.key, bool(why)) for one, why in each_slice(owned, {AMY}, set())] == [
        ("", True),
        ("amy", False),
    ]
    assert [(one.key, bool(why)) for one, why in each_slice(plain, {WHOLE_PHASE}, {AMY})] == [
        ("", False),
        ("amy", True),
    ]


def test_a_branch_left_behind_is_deleted() -> None:
    given = split(slice_(AMY, branch="x"), slice_(BEN, **OPEN))
    assert DeleteBranch("drover/5/phase-1-amy") in acts(given)


def test_a_revert_covers_the_merged_slices() -> None:
    given = split(slice_(AMY, **DONE), slice_(BEN, **OPEN), **ask("revert", MAYA, phase=1))
    (open_revert,) = (one for one in acts(given) if isinstance(one, OpenRevert))
    assert (open_revert.phase, open_revert.batch, open_revert.slice) == (1, None, None)


def test_a_batch_is_reverted_where_its_slice_is_clear() -> None:
    made = (BatchCommit(1, "t", "s", 1),)
    amy = slice_(AMY, **{**DONE, "batches": made})
    ben = slice_(BEN, **{**DONE, "pull": pull(13, "merged", 700.0), "batches": made})
    (answer,) = (one for one in acts(split(amy, ben, **batch_1())) if isinstance(one, Answer))
    assert (answer.ending, answer.why) == ("refused", "which slice")
    (open_revert,) = (
        one for one in acts(split(amy, ben, **batch_1(where=13))) if isinstance(one, OpenRevert)
    )
    assert (open_revert.batch, open_revert.slice) == (1, BEN)


def batch_1(**where: int) -> dict[str, object]:
    return ask("revert", MAYA, phase=1, batch=1, **where)


def test_regenerating_on_a_slices_own_pull_request_leaves_the_others() -> None:
    other = slice_(AMY, pull=pull(14), branch="head14")
    here = split(slice_(BEN, **OPEN), other, **ask("regenerate", MAYA, phase=1, where=14))
    (made,) = (one for one in next_actions(here, status(here)) if isinstance(one, PublishPhase))
    assert made.slices == (AMY,)


def test_the_status_comment_of_five_hundred_owners_fits_and_keeps_its_controls() -> None:
    many = [slice_(Slice(f"team{n}", f"@org/{'long-' * 8}{n}"), pull=pull(n + 20)) for n in range(500)]
    given = split(*many)
    proofs = tuple(ProofReport(n + 20, "2 files verified", "All of it. " * 20, "u") for n in range(500))
    text = status_comment(given, stands(given), StatusHistory(proofs=proofs))
    assert len(text) < LIMIT
    assert "more owners" in text
    assert "drover:box cancel-1" in text
    assert PLAN.title in text
