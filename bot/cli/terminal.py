"""Print tables and progress bars on a terminal, plain columns into a pipe."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from textwrap import fill
from typing import TYPE_CHECKING, Any, TextIO

from bot.logs import without_effect
from bot.report.audit.sections import AuditSection

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

WIDEST_WORD = 16
"""Words up to this length are not broken on a narrow terminal."""
SHOWN = 15
"""Rows that a table shows on a terminal; into a pipe go all of them."""


@dataclass(frozen=True)
class ProgressBar:
    """Called with what is done, and of how much."""

    bar: Progress
    task: TaskID

    def __call__(self, done: int, whole: int) -> None:
        self.bar.update(self.task, completed=done, total=whole)

    def of(self, part: str) -> ProgressBar:
        """The same bar, for this part of the work."""
        self.bar.reset(self.task, description=part, total=None)
        return self


@dataclass
class Terminal:
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    quiet: bool = False
    """Print nothing but the result, for `--json`."""

    @property
    def interactive(self) -> bool:
        return self.out.isatty()

    def print(self, text: str = "") -> None:
        """Print the result itself."""
        self.out.write(printable(text, self.out) + "\n")

    def say(self, text: str) -> None:
        """Print what happens meanwhile."""
        if not self.quiet:
            self.err.write(printable(text, self.err) + "\n")
            self.err.flush()

    def notes(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.say(text)

    def next_step(self, text: str) -> None:
        """What a person would do now."""
        if text:
            self.say(f"Next: {text}")

    def error(self, text: str) -> None:
        self.err.write(printable(text, self.err) + "\n")

    def flush(self) -> None:
        """Raises `BrokenPipeError` here, rather than when the interpreter ends."""
        self.out.flush()
        self.err.flush()

    def json(self, value: Mapping[str, Any]) -> None:
        self.out.write(json.dumps(value, indent=2, ensure_ascii=True) + "\n")

    def section(self, section: AuditSection) -> None:
        if self.interactive:
            self._table(section)
        else:
            self._columns(section)

    @contextmanager
    def progress(self, what: str) -> Iterator[ProgressBar | None]:
        """A bar with the time that is left; None unless on a terminal."""
        if self.quiet or not self.err.isatty():
            yield None
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(file=self.err), transient=True) as bar:
            yield ProgressBar(bar, bar.add_task(what, total=None))

    def _table(self, section: AuditSection) -> None:
        from rich.box import SIMPLE_HEAD
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(
            box=SIMPLE_HEAD,
            title=Text(visible(section.title)),
            title_justify="left",
            title_style="bold",
            caption_justify="left",
            pad_edge=False,
        )
        if section.about:
            table.caption = section.about
        shown = section.rows[:SHOWN]
        filled = [at for at in range(len(section.head)) if any(row[at].text for row in shown)]
        for at in filled:
            number, words = section.numbers[at], [visible(row[at].text) for row in shown]
            head = stack_heading(section.head[at], words) if number else section.head[at]
            longest = max(len(word) for cell in (head, *words) for word in cell.split() or [""])
            table.add_column(
                head,
                justify="right" if number else "left",
                overflow="fold",
                min_width=min(longest, WIDEST_WORD),
            )
        for row in shown:
            table.add_row(*(Text(visible(row[at].text)) for at in filled))
        if len(section.rows) > SHOWN:
            table.add_row(f"… {len(section.rows) - SHOWN:,} more", *[""] * (len(filled) - 1))
        console = Console(file=self.out)
        console.print(table)
        console.print()

    def _columns(self, section: AuditSection) -> None:
        self.print(visible(section.title))
        if section.about:
            self.print(section.about)
        rows = [section.head, *([visible(cell.text) for cell in row] for row in section.rows)]
        widths = [max(len(row[at]) for row in rows) for at in range(len(section.head))]
        for row in rows:
            cells = [
                cell.rjust(width) if number else cell.ljust(width)
                for cell, width, number in zip(row, widths, section.numbers, strict=True)
            ]
            self.print("  " + "  ".join(cells).rstrip())
        self.print()


def stack_heading(head: str, cells: Sequence[str]) -> str:
    """A heading over numbers, wrapped to be as narrow as possible."""
    return fill(head, max(len(word) for word in (*head.split(), *cells)))


def visible(text: str) -> str:
    """The text on one line, without control characters."""
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)


def printable(text: str, stream: TextIO) -> str:
    """The text with what the stream's encoding lacks escaped, such as a path that is not UTF-8, and what a terminal would
    obey. Into a pipe, a file's lines go as they are."""
    if stream.isatty():
        text = without_effect(text)
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def processors() -> int:
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
