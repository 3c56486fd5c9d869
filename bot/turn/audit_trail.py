"""The log of a migration's decisions: written to the process's log and to the store."""

from __future__ import annotations

import asyncio
import logging
import time

from bot.logs import mask_secrets
from bot.report.overview.plain_text import one_line
from bot.store import Migration, Store
from bot.store.decisions import Decision

log = logging.getLogger("drover.work")


async def record(store: Store, migration: Migration, full_name: str, what: str, why: str) -> None:
    """What is repeated is written once."""
    decision = Decision(time.time(), one_line(mask_secrets(what)), one_line(mask_secrets(why)))
    log.info("%s (%s)", decision.what, decision.why)
    await asyncio.to_thread(store.decisions.record, migration, full_name, decision)
