"""All checks, one after another. What goes wrong in one of them is a finding too."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable, Callable, Iterable, Iterator

import aiohttp

from bot.doctor.database import database_finding, queue_findings
from bot.doctor.finding import Finding
from bot.doctor.github import app_of, github_findings, refusal_finding
from bot.doctor.machine import machine_findings
from bot.doctor.settings import setting_findings
from bot.github import GitHubError, NotFound, Unauthorized
from bot.settings import ServerSettings, Settings

log = logging.getLogger("drover")


def examine(settings: Settings) -> Iterator[Finding]:
    yield from _guarded("the settings", lambda: setting_findings(settings))
    yield from examine_machine(settings)
    yield from _guarded("GitHub", lambda: asyncio.run(_on_github(settings)))


def examine_machine(settings: ServerSettings) -> Iterator[Finding]:
    """What can be said without an App."""
    yield from _guarded("this machine", lambda: machine_findings(settings))
    database = [*_guarded("the database", lambda: [database_finding(settings)])]
    yield from database
    if not any(finding.is_wrong for finding in database):
        yield from _guarded("the queue", lambda: queue_findings(settings))


def _guarded(what: str, check: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except Exception as error:
        first_line = (str(error).splitlines() or [""])[0]
        says = f"The check of {what} failed: {type(error).__name__}: {first_line}".rstrip(": ")
        yield Finding(f"{says}.", "If you can't tell why, report it: it is a bug in Drover.")


async def _on_github(settings: Settings) -> list[Finding]:
    async with aiohttp.ClientSession() as session:
        return await _all(github_findings(app_of(session, settings), settings))


async def _all(findings: AsyncIterable[Finding]) -> list[Finding]:
    return [finding async for finding in findings]


def machine_refusal(settings: ServerSettings) -> Finding | None:
    """Why a server can't work on this machine; None where it can."""
    return next((finding for finding in machine_findings(settings) if finding.is_wrong), None)


def app_refusal(settings: Settings) -> Finding | None:
    """Why it can't work with this database and this App; None where it can, as far as a moment tells."""
    finding = database_finding(settings)
    return finding if finding.is_wrong else asyncio.run(_refused_by_github(settings))


async def _refused_by_github(settings: Settings) -> Finding | None:
    """Only where GitHub says that it doesn't know the App. An outage is no reason: it ends."""
    async with aiohttp.ClientSession() as session:
        app = app_of(session, settings)
        try:
            await app.details()
        except (Unauthorized, NotFound) as error:
            return refusal_finding(settings, error)
        except GitHubError as error:
            log.warning("%s", refusal_finding(settings, error).in_one_line)
    return None
