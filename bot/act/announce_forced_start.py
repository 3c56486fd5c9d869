"""Say on the issue who started a phase past its gate."""

from __future__ import annotations

import time
from dataclasses import replace

from bot.decide.forced_start import ForcedStart, announcement_of
from bot.look.look import Snapshot
from bot.migration.comments import say
from bot.migration.context import TurnContext
from bot.report.status.forced_starts import forced_start


async def announce_forced_start(context: TurnContext, snapshot: Snapshot, action: ForcedStart) -> str:
    announcement = announcement_of(replace(action, at=time.time()))
    await say(context, f"force-{action.phase}", announcement, forced_start(action))
    return f"started phase {action.phase} past its gate"
