"""What the status comment shows besides the facts: the burndown, the verification, how the plan changed."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.decide.plan_change import PlanChange, PlanShape
from bot.plan.approval import KeptPlan


@dataclass(frozen=True)
class RemainingAt:
    """One point of the burndown."""

    at: float
    remaining: int


@dataclass(frozen=True)
class ProofReport:
    """What our own check says on the head of a pull request."""

    pull: int
    title: str
    summary: str
    url: str


@dataclass(frozen=True)
class StatusHistory:
    burndown: tuple[RemainingAt, ...] = ()
    most_remaining: int = 0
    """The most that was ever left: what the bar measures against."""
    proofs: tuple[ProofReport, ...] = ()
    kept_plan: KeptPlan = field(default_factory=KeptPlan)
    """The plan that is in use, for a later look to find again."""
    plan_shape: PlanShape | None = None
    """Of the last plan that could be used."""
    plan_change: PlanChange | None = None
    """The last change of the plan, for some days after it."""
