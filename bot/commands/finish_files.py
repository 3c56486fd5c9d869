"""The last step before the commits: the plan's own formatter over the changed files, and the repository's linters.

The formatter runs on the changed files alone, and what it makes of a file counts only if that is another layout of
the same syntax tree. Linters are asked before and after. Each step has a checkout of its own, since what runs there
may be the repository's code and may leave anything behind.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from threading import Event

from bot.commands.isolation import CommandLimits, NoSandbox, fresh_checkout, no_sandbox, run_commands
from bot.commands.linters import Findings, Runner, configured_linters, find, installed_linters, with_files
from bot.commands.safe_files import read_regular
from bot.decide.phase_result import FormatterRun, LinterRun
from bot.git.repository import Repository
from bot.plan.plan import Plan
from bot.report.commands_check import CommandRun
from bot.rewrite.format_proof import layout_trouble
from bot.rewrite.format_settings import FILES

FORMATTERS = {
    "ruff": "ruff check --select I --fix --exit-zero {files} && ruff format {files}",
    "black": "black {files}",
    "isort": "isort {files}",
}
LINTERS = ("ruff", "isort", "flake8", "black")
SECONDS = 120.0
MOST_OUTPUT = 10_000_000
Checkout = Callable[[], AbstractContextManager[Path]]


@dataclass(frozen=True)
class FinishedFiles:
    contents: Mapping[str, bytes]
    """Those that the formatter changed."""
    formatter: FormatterRun | None = None
    linters: LinterRun | None = None


@dataclass(frozen=True)
class CommandRunner:
    """How commands are run here."""

    run: Runner
    checkout: Checkout
    linters: tuple[str, ...]
    """Those that may run."""
    refused: str = ""
    """Why nothing may run, if that is so."""


def isolated_runner(enabled: bool, places: Sequence[Path], leaving: Event) -> CommandRunner:
    """In the sandbox of the plan's commands."""
    limits = CommandLimits(seconds=SECONDS, together=SECONDS, output=MOST_OUTPUT)

    def run(command: str, folder: Path) -> CommandRun:
        ran = run_commands(folder, (command,), limits, places, leaving)
        return CommandRun(command, 1, "", 0.0, ran.reason) if isinstance(ran, NoSandbox) else ran[0]

    missing = no_sandbox() if enabled else NoSandbox("commands are switched off where Drover runs")
    return CommandRunner(run, fresh_checkout, LINTERS, missing.reason if missing else "")


def formatter_command(plan: Plan) -> str:
    """Empty if the plan names none."""
    return "" if plan.format in ("auto", "off") else FORMATTERS.get(plan.format, plan.format)


def finish_files(
    runner: CommandRunner, repository: Repository, base: str, plan: Plan, files: Mapping[str, bytes]
) -> FinishedFiles:
    """`files`: the changed Python files as they are to be committed on `base`."""
    command = formatter_command(plan)
    if runner.refused or not files:
        refused = FormatterRun(command, problem=runner.refused) if command and files else None
        return FinishedFiles({}, refused)
    names = linters_here(runner, repository, base)
    known = {path: text for path in files if (text := repository.blob(base, path)) is not None}
    before = lint(runner, repository, base, names, known) if names else {}
    formatted, ran = formatted_files(runner, repository, base, command, files) if command else ({}, None)
    after = lint(runner, repository, base, tuple(before), {**files, **formatted}) if before else {}
    return FinishedFiles(formatted, ran, compare_findings(before, after, len(files)))


@contextmanager
def checkout_with(
    runner: CommandRunner, repository: Repository, base: str, files: Mapping[str, bytes]
) -> Iterator[Path]:
    """A fresh one, in which nothing has run yet."""
    with runner.checkout() as folder:
        repository.export(base, folder)
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        yield folder


def linters_here(runner: CommandRunner, repository: Repository, base: str) -> tuple[str, ...]:
    texts = {
        name: blob.decode("utf-8", "replace")
        for name in FILES
        if (blob := repository.blob(base, name)) is not None
    }
    return tuple(name for name in configured_linters(texts) if name in runner.linters)


def lint(
    runner: CommandRunner,
    repository: Repository,
    base: str,
    names: Sequence[str],
    files: Mapping[str, bytes],
) -> dict[str, Findings]:
    """What each of those finds that are installed, and get to their end."""
    with runner.checkout() as folder:
        there = installed_linters(runner.run, folder, names)
    if not there:
        return {}
    with checkout_with(runner, repository, base, files) as folder:
        found = {name: find(runner.run, folder, name, sorted(files)) for name in there}
    return {name: findings for name, findings in found.items() if findings is not None}


def compare_findings(
    before: Mapping[str, Findings], after: Mapping[str, Findings], files: int
) -> LinterRun | None:
    if not after:
        return None
    new = [one for name, findings in after.items() for one in sorted((findings - before[name]).elements())]
    return LinterRun(tuple(after), files, tuple(new))


def formatted_files(
    runner: CommandRunner, repository: Repository, base: str, command: str, files: Mapping[str, bytes]
) -> tuple[dict[str, bytes], FormatterRun]:
    """Nothing of it counts if it fails."""
    with checkout_with(runner, repository, base, files) as folder:
        for part in with_files(command, sorted(files)):
            ran = runner.run(part, folder)
            if not ran.passed:
                return {}, FormatterRun(command, problem=failure(ran))
        found = {path: read_regular(folder, path) for path in files}
    changed = {path: text for path, text in found.items() if text is not None and text != files[path]}
    troubles = {path: layout_trouble(files[path], text) for path, text in changed.items()}
    troubles |= {path: "it is no longer there" for path, text in found.items() if text is None}
    kept = {path: text for path, text in changed.items() if not troubles[path]}
    lines = sum(changed_lines(files[path], text) for path, text in kept.items())
    refused = tuple((path, why) for path, why in sorted(troubles.items()) if why)
    return kept, FormatterRun(command, len(kept), lines, refused)


def failure(ran: CommandRun) -> str:
    said = next((line for line in reversed(ran.output.splitlines()) if line.strip()), "")
    how = ran.stopped or f"it failed with exit status {ran.status}"
    return f"{how}: {said[:200]}" if said else how


MOST_COMPARED = 10**6
"""Pairs of lines: a comparison may look at each."""


def changed_lines(before: bytes, after: bytes) -> int:
    """Where very much differs, all between the first and the last difference."""
    old, new = before.splitlines(), after.splitlines()
    start = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    old, new = old[start:], new[start:]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    if len(old) * len(new) > MOST_COMPARED:
        return max(len(old), len(new))
    opcodes = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return sum(max(b - a, d - c) for kind, a, b, c, d in opcodes if kind != "equal")
