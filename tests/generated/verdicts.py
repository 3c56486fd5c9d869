"""What becomes of a generated program: the same result without the old names, or something that is reported."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from random import Random
from typing import Literal

from bot.rewrite.rewrite import FileResult, rewrite
from codemods.model.example import in_memory_tree
from codemods.workers.processes import IN_THIS_PROCESS
from tests.generated.library_programs import make_library_program
from tests.generated.programs import Program, make_program
from tests.generated.running import ProgramRunner

Outcome = Literal[
    "migrated",
    "reported",
    "fails before, too",
    "wrong in silence",
    "broken though the old name is there",
    "unstable",
]
GOOD: tuple[Outcome, ...] = ("migrated", "reported", "fails before, too")


@dataclass(frozen=True)
class Verdict:
    outcome: Outcome
    program: Program
    after: dict[str, str]
    reasons: tuple[str, ...]
    expected: Sequence[str] = ()
    recorded: Sequence[str] = ()

    def __str__(self) -> str:
        changes = [
            line
            for path, text in self.after.items()
            for line in unified_diff(
                self.program.files[path].splitlines(), text.splitlines(), path, path, lineterm=""
            )
        ]
        records = unified_diff(list(self.expected), list(self.recorded), "before", "after", lineterm="", n=1)
        return "\n".join([self.outcome, str(self.program), *changes, *self.reasons, *records])


def judge(program: Program, runner: ProgramRunner) -> Verdict:
    results = rewritten(program, program.files)
    after = {**program.files, **contents(results)}
    reasons = tuple(dict.fromkeys(reason for one in results for reason in reported(one)))
    again = contents(rewritten(program, after))
    expected = runner.run(program.files, program.modules)
    kept = runner.run(after, program.modules)
    if not agrees(expected, kept) and fails_by_itself(program, expected):
        return Verdict("fails before, too", program, after, reasons, expected, kept)
    if not agrees(expected, kept) and not program.patches_old_module:
        return Verdict("broken though the old name is there", program, after, reasons, expected, kept)
    if reasons:
        return Verdict("reported", program, after, reasons)
    if any(after[path] != text for path, text in again.items()):
        return Verdict("unstable", program, after, reasons)
    recorded = runner.run(without_old(program, after), program.modules)
    return Verdict(
        "migrated" if agrees(expected, recorded) else "wrong in silence",
        program,
        after,
        reasons,
        expected,
        recorded,
    )


def fails_by_itself(program: Program, expected: Sequence[str]) -> bool:
    """Whether a module from which others import can't be imported: who gets the symbol from elsewhere goes on."""
    failing = [one for one in program.modules if repr(f"{one}: imported") not in expected]
    imported = (
        re.compile(rf"\b(?:from|import) (?:{'|'.join(map(re.escape, failing))})\b") if failing else None
    )
    return any(imported.search(text) for text in program.files.values()) if imported else False


def agrees(expected: Sequence[str], recorded: Sequence[str]) -> bool:
    """A type in a string that couldn't be resolved before may be now."""
    return len(expected) == len(recorded) and all(
        before in (after, "'unbound'") for before, after in zip(expected, recorded, strict=True)
    )


def rewritten(program: Program, files: Mapping[str, str]) -> list[FileResult]:
    return list(rewrite(in_memory_tree(files), program.rules, processes=IN_THIS_PROCESS))


def contents(results: Sequence[FileResult]) -> dict[str, str]:
    return {one.path: one.content.decode() for one in results if one.content is not None}


def reported(result: FileResult) -> list[str]:
    notes = [f"{result.path}:{site.line}: {site.note}" for site in result.sites if not site.safe]
    return [*notes, *([f"{result.path}: {result.reason}"] if result.status in ("skipped", "failed") else [])]


def without_old(program: Program, after: dict[str, str]) -> dict[str, str]:
    files = {**after, **{path: text for path, text in program.removed.items() if text is not None}}
    return {path: text for path, text in files.items() if program.removed.get(path, "") is not None}


def any_program(random: Random) -> Program:
    """One in six is a mutation of the standard library."""
    return make_library_program(random) if random.randrange(6) == 0 else make_program(random)


def judge_seed(seed: int, runner: ProgramRunner) -> Verdict:
    return judge(any_program(Random(seed)), runner)
