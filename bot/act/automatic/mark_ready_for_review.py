"""Turn a draft into a pull request to review, since every file has been tried."""

from __future__ import annotations

import time

from bot.decide.automatic_actions import MarkReadyForReview
from bot.decide.status import status
from bot.look.look import Snapshot
from bot.markers.hidden import Announcement
from bot.migration.comments import say
from bot.migration.context import TurnContext
from bot.report import check_comments


async def mark_ready_for_review(context: TurnContext, snapshot: Snapshot, action: MarkReadyForReview) -> str:
    part = status(snapshot.facts).part(action.phase, action.slice)
    excluded = part.facts.excluded_files if part else ()
    pull = await context.repo.pulls.get(action.number)
    done = await context.repo.pulls.set_draft(pull, draft=False)
    ending = Announcement("ready", pull.head_sha, "done" if done else "refused", time.time())
    await say(
        context,
        f"ready-{action.number}",
        ending,
        check_comments.ready_for_review(action.number, excluded, done),
    )
    return f"#{action.number} is ready for review"
