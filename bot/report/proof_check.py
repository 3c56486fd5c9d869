"""What our check runs say: `drover / proof` on a phase's head."""

from __future__ import annotations

from dataclasses import dataclass

from bot.decide.phase_result import PhaseResult
from bot.report.pull_request import SHOWN, left_out_lines
from bot.report.text import LIMIT, counted, listed, plain, table

RERUN = ("Re-run", "Run what failed once more", "rerun")
BUTTONS = (
    ("Regenerate", "Make the branch anew from today's base", "regenerate"),
    ("Revert", "Open the pull request that takes it back", "revert"),
    RERUN,
)
"""Label, description, identifier; GitHub shows three at most."""


@dataclass(frozen=True)
class Note:
    """An annotation at a line that needs a human."""

    path: str
    line: int
    text: str


@dataclass(frozen=True)
class Proof:
    title: str
    summary: str
    notes: tuple[Note, ...]


def proof(made: PhaseResult, repo_url: str | None = None) -> Proof:
    by_hand = len(made.manual) + len(made.unchanged_files)
    title = f"{counted(made.files, 'file')} proved" + (f", {by_hand:,} by hand" if by_hand else "")
    rows = [
        (SHOWN.get(line.what, line.what), f"✅ {line.shown:,}", f"{line.not_applicable:,}")
        for line in made.proof
    ]
    parts = [
        f"{counted(made.references, 'reference')} in {counted(made.files, 'file')} moved, "
        f"in {counted(len(made.batches), 'commit')}. Nothing that could not be proved was pushed.",
        table(("Shown of every file, without running it", "Files", "Does not apply"), rows),
    ]
    if made.unchanged_files:
        lines = list(left_out_lines(made.unchanged_files, repo_url, made.base))
        parts.append("**Left out**\n\n" + listed(lines, 50))
    notes = [Note(one.path, one.line, f"Needs a human: {plain(one.note)}") for one in made.manual]
    notes += [Note(one.path, one.line or 1, f"Left out: {plain(one.reason)}") for one in made.unchanged_files]
    return Proof(title, "\n\n".join(parts)[:LIMIT], tuple(notes))
