"""What the check run `drover / commands` says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.report.text import LIMIT, code, counted, folded, plain


@dataclass(frozen=True)
class Told:
    command: str
    status: int
    output: str
    seconds: float
    stopped: str

    @property
    def passed(self) -> bool:
        return self.status == 0 and not self.stopped


def title(ran: Sequence[Told], many: int) -> str:
    failed = next((one for one in ran if not one.passed), None)
    if failed is None:
        return f"{counted(many, 'command')} passed"
    return f"{_short(failed.command)}: {failed.stopped or f'ended with {failed.status}'}"[:250]


def summary(ran: Sequence[Told], many: int) -> str:
    """Each with its output folded; the outputs share what a check run has room for."""
    room = (LIMIT - 6000) // max(1, len(ran))
    parts = [
        "Run in a checkout of this commit of their own, without network, secrets or the host's files.",
        *(_told(one, room) for one in ran),
    ]
    if len(ran) < many:
        parts.append(f"Not run after that: {counted(many - len(ran), 'command')}.")
    return "\n\n".join(parts)


def _told(one: Told, room: int) -> str:
    icon, end = ("✅", "passed") if one.passed else ("❌", one.stopped or f"ended with {one.status}")
    head = f"{icon} {code(_short(one.command, 500))} {plain(end)} ({one.seconds:.0f} s)"
    output = _plain_output(one.output)
    if not output:
        return head
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", output)), default=0))
    shown = output[-max(200, room - 1200) :]
    return head + "\n\n" + folded("Output", f"{fence}text\n{shown}\n{fence}")


def _plain_output(text: str) -> str:
    """Without colours and other control characters."""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", text).strip("\n")


def _short(command: str, most: int = 80) -> str:
    line = " ".join(command.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def crashed(error: str) -> str:
    return f"Something went wrong inside Drover ({code(error[:200])}), so they say nothing. *Re-run* tries again."


def not_run(reason: str) -> str:
    return (
        f"{plain(reason[:1].upper() + reason[1:])}. Code of a repository is run in a sandbox or not at all: "
        "whoever operates Drover can install bubblewrap and allow it to make namespaces."
    )
