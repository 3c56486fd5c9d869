"""Whether a proof has the button Revert: GitHub doesn't tell a check run's buttons, so its external id says so."""

from __future__ import annotations

from bot.github import CheckRun

OFFERED, NOT_OFFERED = "merged", "reverted"


def offers_revert(proof: CheckRun) -> bool:
    return proof.external_id == OFFERED
