"""The check `drover / commands`: how the plan's own commands ended."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.report.text import LIMIT, code, count_of, fenced, fold, inert, plain, without_markers


@dataclass(frozen=True)
class CommandRun:
    command: str
    status: int
    output: str
    seconds: float
    stopped: str = ""
    """The limit that it exceeded."""

    @property
    def passed(self) -> bool:
        return self.status == 0 and not self.stopped


def commands_title(ran: Sequence[CommandRun], many: int) -> str:
    failed = next((one for one in ran if not one.passed), None)
    if failed is None:
        return f"{count_of(many, 'command')} passed"
    return f"{inert(_short(failed.command))}: {failed.stopped or f'failed with exit status {failed.status}'}"[
        :250
    ]


def commands_summary(ran: Sequence[CommandRun], many: int) -> str:
    """Each with its output folded; the outputs share what a check run has room for."""
    room = (LIMIT - 6000) // max(1, len(ran))
    parts = [
        "Run in a separate checkout of this commit, without network, secrets or the host's files.",
        *(_run(one, room) for one in ran),
    ]
    if len(ran) < many:
        parts.append(f"{count_of(many - len(ran), 'command')} did not run after that.")
    return "\n\n".join(parts)


def _run(one: CommandRun, room: int) -> str:
    icon, end = (
        ("✅", "passed") if one.passed else ("❌", one.stopped or f"failed with exit status {one.status}")
    )
    head = f"{icon} {code(_short(one.command, 500))} {plain(end)} ({one.seconds:.0f} s)"
    output = _plain_output(one.output)
    if not output:
        return head
    shown = without_markers(output[-max(200, room - 1200) :])
    return head + "\n\n" + fold("Output", fenced(shown, "text"))


def _plain_output(text: str) -> str:
    """Without colours and other control characters."""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", text).strip("\n")


def _short(command: str, most: int = 80) -> str:
    line = " ".join(command.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def crash_text(error: str) -> str:
    return f"Something went wrong in Drover ({code(error[:200])}), so this check has no result. *Re-run* tries again."


def not_run(reason: str) -> str:
    return (
        f"{plain(reason[:1].upper() + reason[1:])}. Drover runs a repository's code only in a sandbox: "
        "the operator can install bubblewrap and allow it to create namespaces."
    )
