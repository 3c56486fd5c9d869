"""`drover doctor`: looks at the settings, git, the database and the App, and says of each what is wrong and what to do."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import yaml
from sqlalchemy.exc import SQLAlchemyError

from bot.git.process import MINIMUM, git_version
from bot.github import App, AppDetails, GitHubError, InstallationDetails
from bot.logs import masked
from bot.settings import Settings
from bot.store import opened

MANIFEST = Path(__file__).parent.parent / "app.yml"
_RANK = {"": 0, "read": 1, "write": 2, "admin": 3}


@dataclass(frozen=True)
class Finding:
    well: bool
    what: str
    do: str = ""

    def __str__(self) -> str:
        return f"{'ok   ' if self.well else 'WRONG'}  {self.what}" + (
            f"\n       → {self.do}" if self.do else ""
        )


def examine(settings: Settings) -> int:
    """Prints each finding; 0 where all is well, else 1."""
    findings = list(_here(settings)) + asyncio.run(_there(settings))
    for finding in findings:
        print(masked(str(finding)))
    return 0 if all(finding.well for finding in findings) else 1


def _here(settings: Settings) -> Iterator[Finding]:
    yield Finding(True, "the settings can be read")
    yield _git()
    yield _folder(settings)
    yield _database(settings)
    if settings.run_commands == "bwrap":
        there = shutil.which("bwrap") is not None
        yield Finding(
            there, "bubblewrap is there", "" if there else "install bubblewrap, or unset RUN_COMMANDS"
        )
        yield from map(_seen_by_commands, settings.command_paths)


def _seen_by_commands(place: Path) -> Finding:
    """The commands are nobody's: what only its owner may read they don't see."""
    seen = place.exists() and all(one.stat().st_mode & 0o5 == 0o5 for one in (place, *place.parents))
    mend = "" if seen else "make it readable for everybody, or take it out of RUN_COMMANDS_PATHS"
    return Finding(seen, f"commands can read {place}", mend)


def _git() -> Finding:
    found, wanted = git_version(), ".".join(map(str, MINIMUM))
    what = f"git is {'.'.join(map(str, found))}"
    return Finding(found >= MINIMUM, what, "" if found >= MINIMUM else f"install git {wanted} or newer")


def _folder(settings: Settings) -> Finding:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.data_dir):
            free = os.statvfs(settings.data_dir)
    except OSError as error:
        return Finding(
            False, f"DATA_DIR can't be written: {error.strerror}", "make it writable, or set another"
        )
    gigabytes = free.f_bavail * free.f_frsize / 2**30
    return Finding(
        gigabytes > 1, f"DATA_DIR has {gigabytes:.1f} GB free", "" if gigabytes > 1 else "make room in it"
    )


def _database(settings: Settings) -> Finding:
    kind = "SQLite" if settings.sqlite else "Postgres"
    try:
        with opened(settings.database_url) as store:
            store.prepare()
            store.check()
    except SQLAlchemyError as error:
        reason = str(error.__cause__ or error).splitlines()[0]
        return Finding(False, f"{kind} does not answer: {reason}", "look at DATABASE_URL")
    return Finding(True, f"{kind} answers")


async def _there(settings: Settings) -> list[Finding]:
    async with aiohttp.ClientSession() as session:
        app = App(session, settings.app_id, settings.private_key, settings.api_url)
        try:
            details = await app.details()
            installations = await app.installations()
        except GitHubError as error:
            do = "look at GITHUB_APP_ID, GITHUB_PRIVATE_KEY and GITHUB_API_URL, and at this machine's clock"
            return [Finding(False, f"{settings.api_url} does not know us: {error.message}", do)]
        found = [Finding(True, f"GitHub knows us as {details.name}")]
        return found + [one async for one in _granted(details, installations)]


async def _granted(details: AppDetails, installations: list[InstallationDetails]) -> AsyncIterator[Finding]:
    wanted = yaml.safe_load(MANIFEST.read_text())
    for name, level in wanted["default_permissions"].items():
        if _RANK.get(details.permissions.get(name, ""), 0) < _RANK[level]:
            yield Finding(
                False, f"the App lacks the permission {name}: {level}", "add it in the App's settings"
            )
    lacking = sorted(set(wanted["default_events"]) - set(details.events))
    for event in lacking:
        yield Finding(False, f"the App is not subscribed to {event}", "add it in the App's settings")
    if not lacking:
        yield Finding(True, "the App is subscribed to every event that it needs")
    if not installations:
        yield Finding(False, "the App is installed nowhere", "install it on a repository")
    for one in installations:
        yield _installation(one, wanted["default_permissions"])


def _installation(one: InstallationDetails, wanted: dict[str, str]) -> Finding:
    who = one.account.login
    if one.suspended_at is not None:
        return Finding(False, f"the installation on {who} is suspended", "ask its owner to unsuspend it")
    lacking = [
        name for name, level in wanted.items() if _RANK.get(one.permissions.get(name, ""), 0) < _RANK[level]
    ]
    do = "ask its owner to accept the App's new permissions" if lacking else ""
    without = f", without {', '.join(lacking)}" if lacking else ""
    return Finding(not lacking, f"it is installed on {who}{without}", do)
