"""`drover doctor`: checks the settings, git, the database, the App and its webhook, and says what to do."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import yaml
from sqlalchemy.exc import SQLAlchemyError

from bot.git.process import MINIMUM, git_version
from bot.github import App, AppDetails, Delivery, GitHubError, InstallationDetails
from bot.github.rules import blocking_rules
from bot.logs import mask_secrets
from bot.settings import Settings
from bot.store import open_store

MANIFEST = Path(__file__).parent / "app.yml"
_MOST_REPOSITORIES = 20
"""Of an installation, to be asked for their rules."""
_OPTIONAL_PERMISSIONS = frozenset({"workflows"})
_RANK = {"": 0, "read": 1, "write": 2, "admin": 3}


@dataclass(frozen=True)
class Finding:
    says: str
    to_do: str = ""
    """Empty if nothing is wrong."""

    def __str__(self) -> str:
        return f"WRONG  {self.says}\n       → {self.to_do}" if self.to_do else f"ok     {self.says}"


def examine(settings: Settings) -> int:
    """Print what is found; 0 if nothing is wrong, else 1."""
    findings = [*_on_this_machine(settings), *asyncio.run(_on_github(settings))]
    for finding in findings:
        print(mask_secrets(str(finding)))
    return 1 if any(finding.to_do for finding in findings) else 0


def _on_this_machine(settings: Settings) -> Iterator[Finding]:
    yield Finding("The settings are valid.")
    yield _git()
    yield _data_folder(settings)
    yield _database(settings)
    if settings.run_commands == "bwrap":
        yield _bubblewrap()
        yield from map(_readable_by_commands, settings.command_paths)


def _git() -> Finding:
    found, wanted = git_version(), ".".join(map(str, MINIMUM))
    says = f"git is version {'.'.join(map(str, found))}."
    return Finding(says, "" if found >= MINIMUM else f"Install git {wanted} or newer.")


def _data_folder(settings: Settings) -> Finding:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.data_dir):
            disk = os.statvfs(settings.data_dir)
    except OSError as error:
        return Finding(
            f"DATA_DIR can't be written: {error.strerror}.", "Make it writable, or set another folder."
        )
    gigabytes = disk.f_bavail * disk.f_frsize / 2**30
    says = f"DATA_DIR has {gigabytes:.1f} GB free."
    return Finding(says, "" if gigabytes > 1 else "Free some space: 1 GB is little for mirrors.")


def _database(settings: Settings) -> Finding:
    kind = "SQLite" if settings.sqlite else "Postgres"
    try:
        with open_store(settings.database_url) as store:
            store.prepare()
            store.check()
    except SQLAlchemyError as error:
        reason = str(error.__cause__ or error).splitlines()[0]
        return Finding(f"{kind} does not answer: {reason}", "Check DATABASE_URL.")
    return Finding(f"{kind} answers.")


def _bubblewrap() -> Finding:
    if shutil.which("bwrap") is None:
        return Finding("bubblewrap is not installed.", "Install bubblewrap, or unset RUN_COMMANDS.")
    return Finding("bubblewrap is installed.")


def _readable_by_commands(path: Path) -> Finding:
    """A plan's commands run as nobody, who can't read what is only its owner's."""
    if path.exists() and all(one.stat().st_mode & 0o5 == 0o5 for one in (path, *path.parents)):
        return Finding(f"A plan's commands can read {path}.")
    to_do = "Make it readable for everybody, or remove it from RUN_COMMANDS_PATHS."
    return Finding(f"A plan's commands can't read {path}.", to_do)


async def _on_github(settings: Settings) -> list[Finding]:
    async with aiohttp.ClientSession(trust_env=True) as session:
        app = App(
            session,
            settings.app_id,
            settings.private_key,
            settings.api_url,
            previous_private_key=settings.previous_private_key,
        )
        try:
            details = await app.details()
            installations = await app.installations()
        except GitHubError as error:
            to_do = "Check GITHUB_APP_ID, GITHUB_PRIVATE_KEY, GITHUB_API_URL, and this machine's clock."
            return [Finding(f"{settings.api_url} does not know this App: {error.message}", to_do)]
        found = [Finding(f"GitHub knows this App as {details.name}.")]
        found += _permissions_and_events(details, installations)
        found += [one async for one in _rules(app, installations)]
        return found + [one async for one in _webhook(app)]


def _permissions_and_events(
    details: AppDetails, installations: Sequence[InstallationDetails]
) -> Iterator[Finding]:
    manifest = yaml.safe_load(MANIFEST.read_text())
    permissions: Mapping[str, str] = manifest["default_permissions"]
    for name in _lacking(details.permissions, permissions):
        yield Finding(
            f"The App lacks the permission {name}: {permissions[name]}.", "Add it in the App's settings."
        )
    if "workflows" not in details.permissions:
        yield Finding("Without the permission workflows: write, phases can't change .github/workflows.")
    unsubscribed = sorted(set(manifest["default_events"]) - set(details.events))
    for event in unsubscribed:
        yield Finding(f"The App is not subscribed to {event}.", "Add it in the App's settings.")
    if not unsubscribed:
        yield Finding("The App is subscribed to every event that it needs.")
    if not installations:
        yield Finding("The App is not installed anywhere.", "Install it on a repository.")
    for one in installations:
        yield _installation(one, permissions)


def _lacking(granted: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    needed = {name: level for name, level in wanted.items() if name not in _OPTIONAL_PERMISSIONS}
    return [name for name, level in needed.items() if _RANK.get(granted.get(name, ""), 0) < _RANK[level]]


def _installation(one: InstallationDetails, wanted: Mapping[str, str]) -> Finding:
    owner = one.account.login
    if one.suspended_at is not None:
        return Finding(f"The installation on {owner} is suspended.", "Ask its owner to unsuspend it.")
    lacking = _lacking(one.permissions, wanted)
    if lacking:
        to_do = "Ask its owner to accept the App's new permissions."
        return Finding(f"The installation on {owner} lacks {', '.join(lacking)}.", to_do)
    return Finding(f"The App is installed on {owner}.")


async def _rules(app: App, installations: Sequence[InstallationDetails]) -> AsyncIterator[Finding]:
    """Rules of the first repositories that would keep Drover from its branches."""
    active = [one for one in installations if one.suspended_at is None]
    try:
        for one in active:
            installation = app.installation(one.id)
            for details in (await installation.repositories())[:_MOST_REPOSITORIES]:
                repo = installation.repo(details.owner, details.name)
                names = [rule.name for rule in blocking_rules(await repo.branches.rules("drover/1/phase-1"))]
                if names:
                    says = f"Rules of {details.full_name} apply to Drover's branches: {', '.join(dict.fromkeys(names))}."
                    yield Finding(says, "Exclude drover/** from them, or let Drover bypass them.")
    except GitHubError as error:
        yield Finding(
            f"GitHub does not show the rules of the repositories: {error.message}", "Try again later."
        )


async def _webhook(app: App) -> AsyncIterator[Finding]:
    try:
        url = await app.webhook_url()
        deliveries = await app.deliveries(since=datetime.now(UTC) - timedelta(days=1))
    except GitHubError as error:
        yield Finding(f"GitHub does not show the App's webhook: {error.message}", "Try again later.")
        return
    if not url:
        yield Finding("The App has no webhook address.", "Set it in the App's settings: https://…/webhook.")
        return
    yield Finding(f"GitHub sends deliveries to {url}.")
    yield _recent_deliveries(deliveries)


def _recent_deliveries(attempts: Sequence[Delivery]) -> Finding:
    """One that arrived at a later attempt did arrive."""
    arrived = {one.guid for one in attempts if one.arrived}
    lost = [one for one in attempts if one.guid not in arrived]
    total = len({one.guid for one in attempts})
    if not lost:
        return Finding(
            f"All {total} deliveries of the last day arrived." if total else "No delivery in the last day."
        )
    newest = max(lost, key=lambda one: one.delivered_at)
    to_do = (
        f"The newest, {newest.event}, ended with status {newest.status_code}. Check that `drover serve` runs, can be "
        "reached at that address, and has the secret of the App's webhook. Lost deliveries are sent again for 3 days."
    )
    return Finding(
        f"{len({one.guid for one in lost})} of {total} deliveries of the last day did not arrive.", to_do
    )
