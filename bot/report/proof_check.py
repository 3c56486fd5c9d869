"""The check `drover / proof` on a phase's head."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.decide.phase_result import PhaseResult
from bot.report.pull_request import (
    VERIFIED,
    formatter_text,
    left_out_lines,
    linter_lines,
    long_lines_text,
    manual_work_lines,
)
from bot.report.text import LIMIT, bounded_list, code, count_of, plain, table

BUTTONS = (
    ("Regenerate", "Rebuild the branch on the default branch", "regenerate"),
    ("Re-run failed checks", "Run the failed checks again", "rerun"),
)
"""Label (GitHub takes 20 characters), description (40), identifier. GitHub's own *Re-run* stands beside them."""
REVERT_BUTTON = ("Revert", "Open a pull request that reverts this", "revert")
"""Once the phase is merged, in place of the others."""


@dataclass(frozen=True)
class ManualWorkNote:
    """An annotation, in plain text."""

    path: str
    line: int
    text: str


@dataclass(frozen=True)
class VerificationReport:
    title: str
    summary: str
    notes: tuple[ManualWorkNote, ...]


def differing_branch() -> VerificationReport:
    """Where building the branch again gave something else."""
    return VerificationReport(
        "The branch differs from what the plan gives",
        "Rebuilt from the same base commit, the phase is different: the plan or Drover has "
        "changed since, or somebody has changed Drover's commits. Press *Regenerate* to rebuild the branch.",
        (),
    )


def pushed_commits_proof(files: Sequence[str], troubles: Mapping[str, str]) -> VerificationReport:
    """Of what people pushed on top of Drover's commits."""
    wrong = f", {count_of(len(troubles), 'has', 'have')} a problem" if troubles else ""
    lines = [f"- {code(path)}: {plain(why)}" for path, why in sorted(troubles.items())]
    parts = [
        "Somebody has pushed to this phase's branch. Verified of the files that differ from Drover's commits, without "
        "running them: they parse, and what they import is there. Where the plan has members, the type checker finds "
        "nothing new.",
        *(["**Problems**\n\n" + bounded_list(lines, 50)] if lines else []),
    ]
    notes = tuple(ManualWorkNote(path, line_in(why), why) for path, why in sorted(troubles.items()))
    return VerificationReport(
        f"{count_of(len(files), 'pushed file')} verified{wrong}", "\n\n".join(parts)[:LIMIT], notes
    )


def line_in(trouble: str) -> int:
    found = re.match(r"line (\d+)", trouble)
    return int(found[1]) if found else 1


def proof_check(made: PhaseResult, repo_url: str | None = None) -> VerificationReport:
    manual = len(made.manual) + len(made.unchanged_files)
    title = f"{count_of(made.files, 'file')} verified" + (
        f", {manual:,} {'needs' if manual == 1 else 'need'} manual work" if manual else ""
    )
    rows = [
        (VERIFIED.get(line.what, line.what), f"✅ {line.shown:,}", f"{line.not_applicable:,}")
        for line in made.proof
    ]
    parts = [
        f"Migrated {count_of(made.references, 'reference')} in {count_of(made.files, 'file')}, "
        f"in {count_of(len(made.batches), 'commit')}. Changes that can't be verified are not pushed.",
        table(("Verified for every file, without running it", "Files", "Doesn't apply"), rows),
        *long_lines_text(made),
        *linter_lines(made.linters),
        *formatter_text(made.formatter),
    ]
    lines = [
        *manual_work_lines(made.manual, repo_url, made.base),
        *left_out_lines(made.unchanged_files, repo_url, made.base),
    ]
    if lines:
        parts.append("**Needs manual work**\n\n" + bounded_list(lines, 50))
    notes = [ManualWorkNote(one.path, one.line, f"Needs manual work: {one.note}") for one in made.manual]
    notes += [
        ManualWorkNote(one.path, one.line or 1, f"Needs manual work: {one.reason}")
        for one in made.unchanged_files
    ]
    return VerificationReport(title, "\n\n".join(parts)[:LIMIT], tuple(notes))
