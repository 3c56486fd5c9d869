"""Lines that a longer name makes too long: how many Drover wraps as the repository's formatter does.

    python -m bench.line_layout --repository DIR --formatter BIN/ruff --length 88 [--samples 900]

In each sample, a file of the repository gets a longer name in place of one that begins with a capital letter. Drover
wraps the lines that become too long, and the formatter formats the same file. Only files count that the formatter left
as they were before.
"""

from __future__ import annotations

import argparse
import difflib
import random
import subprocess
import tempfile
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codemods.edit.lines.long_lines import wrap_long_lines
from codemods.edit.lines.statement_tokens import tokens_of
from codemods.model.edits import TextEdit, apply_edits
from codemods.read.source import Source, Unreadable, read_source

ENDING = "Replaced"


@dataclass(frozen=True)
class Sample:
    before: Source
    after: Source
    wrapped: Source

    @property
    def written(self) -> list[range]:
        """The lines that were wrapped, by their numbers in the result."""
        return [range(j1, j2) for j1, j2 in changed_lines(self.after.text, self.wrapped.text)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repository", type=Path, required=True)
    parser.add_argument("--formatter", type=Path, required=True)
    parser.add_argument("--length", type=int, required=True)
    parser.add_argument("--samples", type=int, default=900)
    given = parser.parse_args()
    found = [one for one in samples(given.repository, given.length, given.samples) if one.written]
    counts = [counted(one, given.formatter, given.length) for one in found]
    same, wrapped = (sum(one[part] for one in counts) for part in (0, 1))
    print(f"{given.repository.name}: {same} of {wrapped} places wrapped as {given.formatter.name} does")


def samples(repository: Path, length: int, count: int) -> Iterator[Sample]:
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=repository, capture_output=True, text=True, check=True
    )
    sources = [read_source((repository / path).read_bytes()) for path in listed.stdout.splitlines()]
    names = [
        (source, name, places)
        for source in sources
        if not isinstance(source, Unreadable)
        for name, places in capitalized(source).items()
    ]
    for source, name, places in random.Random(1).sample(names, min(count, len(names))):
        edits = [TextEdit(at, at + len(name.encode()), f"{name}{ENDING}".encode()) for at in places]
        after = source.with_text(apply_edits(source.text, edits))
        yield Sample(source, after, wrap_long_lines(source, after, edits, length).source)


def capitalized(source: Source) -> dict[str, list[int]]:
    lines = source.text.splitlines(keepends=True)
    found: dict[str, list[int]] = {}
    for token in tokens_of(source):
        if token.kind == tokenize.NAME and token.text[0].isupper() and len(token.text) > 5:
            row, column = token.start
            before = lines[row - 1].decode()[:column].encode()
            found.setdefault(token.text, []).append(source.line_starts[row - 1] + len(before))
    return {name: places for name, places in found.items() if len(places) > 1}


def counted(sample: Sample, formatter: Path, length: int) -> tuple[int, int]:
    """How many places are as the formatter has them, and how many there are."""
    if formatted(sample.before, formatter, length) != sample.before.text:
        return 0, 0
    other = [
        number
        for first, last in changed_lines(formatted(sample.after, formatter, length), sample.wrapped.text)
        for number in range(first, max(last, first + 1))
    ]
    return sum(not set(other) & set(lines) for lines in sample.written), len(sample.written)


def formatted(source: Source, formatter: Path, length: int) -> bytes:
    command = ["format", "--isolated", "-q"] if formatter.name == "ruff" else ["-q", "-S"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "module.py"
        path.write_bytes(source.text)
        subprocess.run(
            [formatter, *command, "--line-length", str(length), path], check=False, capture_output=True
        )
        return path.read_bytes()


def changed_lines(before: bytes, after: bytes) -> Iterator[tuple[int, int]]:
    """Where the second text differs from the first."""
    matcher = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    for kind, _, _, first, last in matcher.get_opcodes():
        if kind != "equal":
            yield first, last


if __name__ == "__main__":
    main()
