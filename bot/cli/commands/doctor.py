"""Check the settings, git, disk and memory, the database, what is queued, the App, its webhook and its deliveries.

For each thing that is wrong it says what to do."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Sequence

from bot.cli.environment import server_settings, setting_problems, settings
from bot.cli.errors import DONE, WRONG_USAGE
from bot.cli.terminal import Terminal
from bot.doctor.examination import examine, examine_machine
from bot.doctor.finding import Finding
from bot.doctor.settings import problem_findings
from bot.logs import mask_secrets
from bot.setting_values import InvalidSetting

WRONG = 1

EXAMPLES = """\
drover doctor
GITHUB_API_URL=https://github.example.com/api/v3 drover doctor"""
EXIT_STATUS = """\
0  everything is fine
1  something has to be fixed
2  a setting is missing or wrong"""


def add_arguments(parser: ArgumentParser) -> None:
    """None: its settings are environment variables."""


def run(options: Namespace, terminal: Terminal) -> int:
    if problems := setting_problems():
        return _show_problems(terminal, problems)
    return WRONG if _show(terminal, examine(settings())) else DONE


def _show_problems(terminal: Terminal, problems: Sequence[str]) -> int:
    """And what else is wrong, as far as that can be said without the App."""
    _show(terminal, problem_findings(problems))
    try:
        server = server_settings()
    except InvalidSetting:
        return WRONG_USAGE
    _show(terminal, examine_machine(server))
    return WRONG_USAGE


def _show(terminal: Terminal, findings: Iterable[Finding]) -> bool:
    """Each as it is found; whether something is wrong."""
    wrong = False
    for finding in findings:
        terminal.print(mask_secrets(str(finding)))
        terminal.flush()
        wrong = wrong or finding.is_wrong
    return wrong
