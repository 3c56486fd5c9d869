"""Turn on GitHub's auto-merge for a phase's pull request."""

from __future__ import annotations

import time

from bot.decide.automatic_actions import EnableAutoMerge
from bot.look.look import Snapshot
from bot.markers.hidden import Announcement
from bot.migration.comments import say
from bot.migration.context import TurnContext
from bot.report import check_comments


async def enable_auto_merge(context: TurnContext, snapshot: Snapshot, action: EnableAutoMerge) -> str:
    pull = await context.repo.pulls.get(action.number)
    refused = await context.repo.pulls.auto_merge(pull, context.info.merge_methods[0])
    ending = Announcement("merge", str(action.number), "refused" if refused else "done", time.time())
    text = check_comments.auto_merge(action.number, refused.reason if refused else "")
    await say(context, f"merge-{action.number}", ending, text)
    return f"turned on auto-merge for #{action.number}"
