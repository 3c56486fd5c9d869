"""How GitHub sends the App's deliveries, and whether those of the last day arrived."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from bot.doctor.finding import Finding, note
from bot.github import App, Delivery, GitHubError
from bot.github.app import WebhookConfig
from bot.report.text import count_of
from bot.settings import Settings

IN_THE_SETTINGS = "in the App's settings on GitHub, under Webhook."


async def webhook_findings(app: App, settings: Settings) -> AsyncIterator[Finding]:
    try:
        config = await app.webhook()
        deliveries = await app.deliveries(since=datetime.now(UTC) - timedelta(days=1))
    except GitHubError as error:
        yield Finding(f"GitHub does not show the App's webhook: {error.message}.", "Try again later.")
        return
    for finding in config_findings(config, settings):
        yield finding
    if config.url:
        yield deliveries_finding(deliveries)


def config_findings(config: WebhookConfig, settings: Settings) -> Iterator[Finding]:
    wanted = f"{settings.public_url}/webhook" if settings.public_url else ""
    if not config.url:
        yield Finding(
            "The App has no webhook address.", f"Set {wanted or 'https://…/webhook'} {IN_THE_SETTINGS}"
        )
        return
    if wanted and config.url.rstrip("/") != wanted:
        to_do = f"Set {wanted} {IN_THE_SETTINGS}"
        yield Finding(f"GitHub sends deliveries to {config.url}, and PUBLIC_URL is another address.", to_do)
    elif not config.url.rstrip("/").endswith("/webhook"):
        to_do = f"Drover takes them at /webhook. Set that address {IN_THE_SETTINGS}"
        yield Finding(f"GitHub sends deliveries to {config.url}.", to_do)
    else:
        yield Finding(f"GitHub sends deliveries to {config.url}.")
    if not config.has_secret:
        to_do = f"Set the one in GITHUB_WEBHOOK_SECRET {IN_THE_SETTINGS}"
        yield Finding("The App's webhook has no secret, so every delivery is refused.", to_do)
    if config.content_type != "json":
        to_do = f"Choose application/json {IN_THE_SETTINGS}"
        yield Finding("GitHub sends deliveries as a form, which Drover can't read.", to_do)
    if not config.checks_certificate:
        to_do = f"Enable SSL verification {IN_THE_SETTINGS}"
        yield note("GitHub doesn't check this server's certificate.", to_do)


def deliveries_finding(attempts: Sequence[Delivery]) -> Finding:
    """One that arrived at a later attempt did arrive."""
    arrived = {one.guid for one in attempts if one.arrived}
    lost = [one for one in attempts if one.guid not in arrived]
    total = len({one.guid for one in attempts})
    if not lost:
        return Finding(
            f"All {total} deliveries of the last day arrived." if total else "No delivery in the last day."
        )
    newest = max(lost, key=lambda one: one.delivered_at)
    says = f"{len({one.guid for one in lost})} of {count_of(total, 'delivery', 'deliveries')} of the last day did not arrive"
    if any(one.arrived and one.delivered_at > newest.delivered_at for one in attempts):
        return note(
            f"{says}, but newer ones did.", "Nothing: a sweep asks GitHub for those that are missing."
        )
    return Finding(f"{says}. The newest, {newest.event}, {_end_of(newest)}.", _advice(newest.status_code))


def _end_of(delivery: Delivery) -> str:
    return f"ended with status {delivery.status_code}" if delivery.status_code else "got no answer"


def _advice(status: int) -> str:
    """By how the newest ended. Lost deliveries are sent again for three days."""
    if status == 401:
        return (
            "Their signature is wrong: the secret of the App's webhook and GITHUB_WEBHOOK_SECRET have to be the same. "
            "Set a new one in both."
        )
    if status in (404, 405):
        return "Something else answers at that address: see that it leads to `drover serve`."
    if status in (400, 413, 422):
        return "Drover could not read it. Look for its id in the log of `drover serve`."
    return (
        "See that `drover serve` runs and can be reached from GitHub at that address. What was lost is sent again "
        "within three days."
    )
