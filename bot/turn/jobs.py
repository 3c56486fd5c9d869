"""Jobs: a plan's commands, run apart from the turns since they may take long."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from bot.commands.check_run import report_failed_job, run_commands_job
from bot.github import Gone, NotFound, NotInstalled
from bot.migration.commands_job import CommandsJob
from bot.migration.context import TurnContext, open_context
from bot.migration.shared_state import SharedState
from bot.turn.app_identity import AppIdentity

log = logging.getLogger("drover.work")


class Jobs:
    def __init__(self, shared: SharedState, app: AppIdentity) -> None:
        self._shared, self._app = shared, app

    async def run(self, job: CommandsJob) -> None:
        await self._in_context(job, run_commands_job)

    async def report_failure(self, job: CommandsJob, error: str) -> None:
        kind = error.partition(":")[0]
        await self._in_context(job, lambda context, job: report_failed_job(context, job, kind))

    async def _in_context(
        self, job: CommandsJob, do: Callable[[TurnContext, CommandsJob], Awaitable[None]]
    ) -> None:
        app = await self._app.details()
        try:
            context = await open_context(self._shared, job.migration, app.id, app.bot_login)
            if context is not None:
                await do(context, job)
        except (NotInstalled, NotFound, Gone) as gone:
            log.info("%s: %s", job.migration.full_name, gone)
