"""Open the revert of a phase whose merge made checks fail on the default branch."""

from __future__ import annotations

import time
from dataclasses import replace

from bot.decide.actions import OpenRevert
from bot.decide.automatic_actions import RevertAfterFailure
from bot.decide.status import status
from bot.look.look import Snapshot
from bot.markers.hidden import Announcement
from bot.migration.comments import say
from bot.migration.context import TurnContext
from bot.report import check_comments
from bot.revert.revert_pull import RevertOutcome, open_revert


async def revert_after_failure(context: TurnContext, snapshot: Snapshot, action: RevertAfterFailure) -> str:
    """Announced before and after, so that a process killed in between finds it begun."""
    facts = snapshot.facts
    part = status(facts).part(action.phase, action.slice)
    if part is None:
        return f"phase {action.phase} is not in the plan any more"
    thread, begun = f"revert-{action.merge}", Announcement("revert", action.merge, "begun", time.time())
    await say(context, thread, begun, check_comments.failed_after_merge(facts, part, action.results, None))
    evidence = check_comments.automatic_revert_reason(part, action.results)
    only = action.slice if action.slice.key else None
    revert = await open_revert(context, facts, OpenRevert(action.phase, evidence=evidence, slice=only))
    text = check_comments.failed_after_merge(
        facts, part, action.results, revert.number, automatic_revert_note(revert)
    )
    await say(context, thread, replace(begun, state="done" if revert.number else "refused"), text)
    return f"opened #{revert.number} to revert phase {action.phase}, since checks fail on the default branch"


def automatic_revert_note(revert: RevertOutcome) -> str:
    if revert.number is None:
        return revert.about
    also = f"It reverts {revert.about}." if revert.about else ""
    draft = f"It's a draft: {revert.unreverted}." if revert.unreverted else ""
    return " ".join(part for part in (also, draft) if part)
