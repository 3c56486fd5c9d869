"""What GitHub says of the App: whether it knows it, what it may do, where it is installed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import aiohttp
import yaml

from bot.doctor.finding import Finding, note
from bot.doctor.signatures import signature_findings
from bot.doctor.webhook import webhook_findings
from bot.github import App, AppDetails, Clock, GitHubError, InstallationDetails, Unavailable
from bot.github.limits import REAL, USUAL
from bot.github.rules import blocking_rules
from bot.settings import GITHUB, Settings

MANIFEST = Path(__file__).parent.parent / "app.yml"
MOST_REPOSITORIES = 20
"""Of an installation, to be asked for their rules."""
MOST_OFF = 30.0
"""Seconds that a clock may differ."""
OPTIONAL_PERMISSIONS = frozenset({"workflows"})
PATIENCE = replace(USUAL, tries=2, backoff=0.2)
_RANK = {"": 0, "read": 1, "write": 2, "admin": 3}


def app_of(session: aiohttp.ClientSession, settings: Settings, clock: Clock = REAL) -> App:
    """It doesn't try for long: somebody waits for the answer."""
    return App(
        session,
        settings.app_id,
        settings.private_key,
        settings.api_url,
        patience=PATIENCE,
        previous_private_key=settings.previous_private_key,
        clock=clock,
    )


async def github_findings(app: App, settings: Settings) -> AsyncIterator[Finding]:
    try:
        details = await app.details()
    except GitHubError as error:
        yield refusal_finding(settings, error)
        return
    yield Finding(f"GitHub knows this App as {details.name}.")
    yield clock_finding(app.clock_ahead)
    for finding in (*_permissions(details), *_events(details)):
        yield finding
    try:
        installations = await app.installations()
    except GitHubError as error:
        yield Finding(
            f"GitHub does not show where the App is installed: {error.message}.", "Try again later."
        )
        return
    for finding in _installations(installations):
        yield finding
    async for finding in _rules(app, installations):
        yield finding
    async for finding in signature_findings(app, details, installations):
        yield finding
    async for finding in webhook_findings(app, settings):
        yield finding


def refusal_finding(settings: Settings, error: GitHubError) -> Finding:
    """Where nobody answers, the App isn't what is wrong."""
    where = settings.api_url
    if isinstance(error, Unavailable):
        to_do = "Check the network, a proxy (HTTPS_PROXY)" + (
            "."
            if where == GITHUB
            else " and GITHUB_API_URL: https://HOST/api/v3 for GitHub Enterprise Server."
        )
        return Finding(f"There is no answer from {where}: {error.message}.", to_do)
    to_do = (
        "GITHUB_APP_ID and GITHUB_PRIVATE_KEY have to be of the same App, on the server that GITHUB_API_URL names. "
        "The App's settings on GitHub show its id, and generate keys."
    )
    return Finding(f"{where} does not accept the App {settings.app_id}: {error.message}.", to_do)


def clock_finding(clock_ahead: float) -> Finding:
    if abs(clock_ahead) <= MOST_OFF:
        return Finding("This machine's clock agrees with GitHub's.")
    way = "behind" if clock_ahead > 0 else "ahead of"
    says = f"This machine's clock is {abs(clock_ahead):,.0f} s {way} GitHub's."
    return note(
        says, "Synchronize it (NTP). Drover signs by GitHub's clock meanwhile, but its times are wrong."
    )


def _permissions(details: AppDetails) -> Iterator[Finding]:
    wanted = manifest_permissions()
    for name in _lacking(details.permissions, wanted):
        yield Finding(
            f"The App lacks the permission {name}: {wanted[name]}.",
            "Add it in the App's settings on GitHub, under Permissions & events.",
        )
    if "workflows" not in details.permissions:
        yield note(
            "The App lacks the permission workflows: write.",
            "Without it, phases can't change .github/workflows.",
        )


def _events(details: AppDetails) -> Iterator[Finding]:
    manifest = yaml.safe_load(MANIFEST.read_text("utf-8"))
    unsubscribed = sorted(set(manifest["default_events"]) - set(details.events))
    for event in unsubscribed:
        yield Finding(
            f"The App is not subscribed to {event}.",
            "Add it in the App's settings on GitHub, under Permissions & events.",
        )
    if not unsubscribed:
        yield Finding("The App is subscribed to every event that it needs.")


def manifest_permissions() -> Mapping[str, str]:
    permissions: Mapping[str, str] = yaml.safe_load(MANIFEST.read_text("utf-8"))["default_permissions"]
    return permissions


def _lacking(granted: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    needed = {name: level for name, level in wanted.items() if name not in OPTIONAL_PERMISSIONS}
    return [name for name, level in needed.items() if _RANK.get(granted.get(name, ""), 0) < _RANK[level]]


def _installations(installations: Sequence[InstallationDetails]) -> Iterator[Finding]:
    if not installations:
        yield Finding("The App is not installed anywhere.", "Install it on a repository.")
    yield from map(_installation, installations)


def _installation(one: InstallationDetails) -> Finding:
    owner = one.account.login
    if one.suspended_at is not None:
        return Finding(f"The installation on {owner} is suspended.", "Ask its owner to unsuspend it.")
    lacking = _lacking(one.permissions, manifest_permissions())
    if lacking:
        to_do = "Ask its owner to accept the App's new permissions."
        return Finding(f"The installation on {owner} lacks {', '.join(lacking)}.", to_do)
    return Finding(f"The App is installed on {owner}.")


async def _rules(app: App, installations: Sequence[InstallationDetails]) -> AsyncIterator[Finding]:
    """Rules of the first repositories that would keep Drover from its branches."""
    for one in installations:
        if one.suspended_at is not None:
            continue
        try:
            async for finding in _rules_of(app, one.id):
                yield finding
        except GitHubError as error:
            yield Finding(
                f"GitHub does not show the rules of {one.account.login}'s repositories: {error.message}.",
                "Try again later.",
            )


async def _rules_of(app: App, id: int) -> AsyncIterator[Finding]:
    installation = app.installation(id)
    for details in (await installation.repositories())[:MOST_REPOSITORIES]:
        repo = installation.repo(details.owner, details.name)
        rules = blocking_rules(await repo.branches.rules("drover/1/phase-1"))
        if names := dict.fromkeys(rule.name for rule in rules):
            yield Finding(
                f"Rules of {details.full_name} apply to Drover's branches: {', '.join(names)}.",
                "Exclude drover/** from them, or let Drover bypass them.",
            )
