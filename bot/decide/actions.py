"""What can be done next: each action is safe to repeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.decide.automatic_actions import AutomaticAction
from bot.decide.facts import Pull
from bot.decide.forced_start import ForcedStart
from bot.decide.requests import UserRequest
from bot.markers.hidden import PlanApproval
from bot.plan.slices import WHOLE_PHASE, Slice

Ending = Literal["done", "refused", "failed"]
Reason = Literal[
    "help",
    "status",
    "not understood",
    "edited",
    "too many",
    "elsewhere",
    "unknown user",
    "unsupported",
    "may not",
    "permission unknown",
    "may not force",
    "no plan",
    "plan wrong",
    "no such phase",
    "gate",
    "nothing to do",
    "paused",
    "resumed",
    "not paused",
    "cancelled",
    "not open",
    "open",
    "opened",
    "regenerated",
    "unchanged",
    "trouble",
    "verified",
    "checks rerun",
    "nothing to rerun",
    "not merged",
    "no such batch",
    "which slice",
    "reverting",
    "conflicts",
    "restoring",
    "revert not merged",
    "already restored",
    "skipped",
    "skips nothing",
    "skip elsewhere",
    "audited",
    "proposed",
    "not proposed",
    "nothing named",
    "not approved",
    "nothing to approve",
    "plan edited",
    "approved",
    "approve elsewhere",
]
"""Why a request ended as it did; each reason has a sentence in `bot/report`."""


@dataclass(frozen=True)
class EnsureLabels:
    names: tuple[str, ...]


@dataclass(frozen=True)
class AddLabel:
    name: str


@dataclass(frozen=True)
class RemoveLabel:
    name: str


@dataclass(frozen=True)
class Answer:
    """The visible end of a request."""

    request: UserRequest
    ending: Ending
    why: Reason
    about: str = ""
    number: int | None = None


@dataclass(frozen=True)
class AnswerComment:
    """Answers to several commands of one comment, in one."""

    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class PublishPhase:
    """Creates or updates the phase's branch and pull request, or those of its slices."""

    phase: int
    discard: bool = False
    request: UserRequest | None = None
    """The request behind it, which is answered when it is done or has failed."""
    slices: tuple[Slice, ...] = (WHOLE_PHASE,)


@dataclass(frozen=True)
class VerifyBranch:
    """Rebuilds the phase's branch, or those of its slices, and reports the verification again."""

    phase: int
    request: UserRequest
    slices: tuple[Slice, ...] = (WHOLE_PHASE,)


@dataclass(frozen=True)
class ClosePhase:
    """Closes the phase's pull request, or those of its slices, and deletes its branch."""

    phase: int
    why: str
    slices: tuple[Slice, ...] = (WHOLE_PHASE,)


@dataclass(frozen=True)
class DeleteBranch:
    """Deletes a branch of ours that nothing needs any more."""

    name: str


@dataclass(frozen=True)
class OpenRevert:
    """Opens the pull request that reverts a phase, a batch of it, or everything."""

    phase: int | None
    batch: int | None = None
    request: UserRequest | None = None
    evidence: str = ""
    slice: Slice | None = None
    """None: all of the phase."""
    revert_of: Pull | None = None
    """The merged revert that is to be reverted, in a revert of a revert."""


@dataclass(frozen=True)
class FinishMigration:
    """Writes the final report and closes the issue."""


@dataclass(frozen=True)
class ProposePlan:
    """Opens the pull request that adds the proposed plan as a file."""

    request: UserRequest


@dataclass(frozen=True)
class ApprovePlan:
    """Answers, with a marker by which every later look finds the approval."""

    request: UserRequest
    approval: PlanApproval


@dataclass(frozen=True)
class ReportNewUses:
    """Reports the new uses on the default branch since a commit that was counted."""

    since: str


@dataclass(frozen=True)
class ReopenIssue:
    """Reopens the issue because a reference came back after the end."""


@dataclass(frozen=True)
class Reopen:
    """Reopens the issue or a pull request that somebody closed who can't write."""

    number: int


@dataclass(frozen=True)
class RunAudit:
    request: UserRequest


Action = (
    EnsureLabels
    | AddLabel
    | RemoveLabel
    | Answer
    | AnswerComment
    | PublishPhase
    | VerifyBranch
    | ClosePhase
    | DeleteBranch
    | OpenRevert
    | FinishMigration
    | ReopenIssue
    | Reopen
    | ProposePlan
    | ApprovePlan
    | ReportNewUses
    | RunAudit
    | ForcedStart
    | AutomaticAction
)
