"""Add the button Revert to the verification of a merged phase, or remove it."""

from __future__ import annotations

from dataclasses import replace

from bot.decide.automatic_actions import OfferRevert
from bot.github import Action, Forbidden, Invalid, NotFound
from bot.look.look import Snapshot
from bot.migration.context import TurnContext
from bot.migration.revert_button import NOT_OFFERED, OFFERED, offers_revert
from bot.report.proof_check import REVERT_BUTTON


async def offer_revert(context: TurnContext, snapshot: Snapshot, action: OfferRevert) -> str:
    """The button is a convenience: if GitHub refuses it, the phase continues without it."""
    run = await context.read_proof_check(action.head)
    if run is None or offers_revert(run) is action.offered:
        return ""
    buttons = [Action(*REVERT_BUTTON)] if action.offered else []
    external_id = OFFERED if action.offered else NOT_OFFERED
    try:
        updated = await context.repo.check_runs.update(run.id, actions=buttons, external_id=external_id)
    except (Forbidden, NotFound, Invalid):
        context.keep_proof_check(replace(run, external_id=external_id))
        return ""
    context.keep_proof_check(updated)
    return f"{'added' if action.offered else 'removed'} the button Revert of phase {action.phase}"
