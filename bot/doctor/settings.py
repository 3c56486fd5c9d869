"""The settings: what is missing or wrong, and what is worth a look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.doctor.finding import Finding, note
from bot.settings import Settings
from bot.tracing.spans import is_installed

WHERE = "docs/operating.md lists every setting."


def problem_findings(problems: Sequence[str]) -> Iterator[Finding]:
    for problem in problems:
        yield Finding(f"{problem.rstrip('.')}.", WHERE)


def setting_findings(settings: Settings) -> Iterator[Finding]:
    yield Finding("The settings are valid.")
    if settings.previous_webhook_secret:
        yield _previous("GITHUB_WEBHOOK_SECRET_PREVIOUS", "once the App's webhook has the new secret")
    if settings.previous_private_key:
        yield _previous("GITHUB_PRIVATE_KEY_PREVIOUS", "once the old key is deleted on GitHub")
    if settings.sends_traces and not is_installed():
        yield traces_finding()
    if settings.dashboard == "sign-in":
        yield from _sign_in(settings)


def traces_finding() -> Finding:
    return note(
        "OTEL_EXPORTER_OTLP_ENDPOINT is set, but no traces are sent: OpenTelemetry is not installed.",
        "Install it with pip install 'drover-app[otel]', or unset the variable.",
    )


def _previous(name: str, when: str) -> Finding:
    return note(f"{name} is still set.", f"Remove it {when}.")


def _sign_in(settings: Settings) -> Iterator[Finding]:
    if not (settings.client_id and settings.client_secret):
        yield note(
            "Sign-in is off, so the pages show no migration.",
            "Set GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET: the App's settings on GitHub have both.",
        )
    elif not settings.public_url:
        yield note(
            "PUBLIC_URL is not set.", "Set the address where people reach this server, for their sign-in."
        )
