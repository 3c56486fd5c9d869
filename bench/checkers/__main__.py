"""What other type checkers and analysers say of receivers in real libraries, beside what the values are in their tests.

    python -m bench.checkers --work FOLDER --tools BIN [--library NAME …]

FOLDER is that of `bench.libraries`, which has run for these libraries. BIN is where ty, basedpyright and jedi are
installed, in an environment that can be thrown away:

    python -m venv /tmp/tools && /tmp/tools/bin/pip install ty basedpyright jedi
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.checkers.language_server import Cost, Definition, LanguageServer, Question, cost_of
from bench.libraries.candidates import draw, parsed_files
from bench.libraries.catalog import LIBRARIES, Library
from bench.libraries.checkout import repository_of
from bench.libraries.receivers import AttributeSite, SeenReceivers, attributes, observed
from codemods.types.type_server import checker_program

DEFAULT = ("h11", "jinja2", "pluggy", "structlog", "wtforms")
Answers = list[list[str]]
"""For each question, the classes that define the attribute, by their names; "" is a module."""


@dataclass(frozen=True)
class Case:
    """Attributes of one library whose values are known."""

    library: Library
    folder: Path
    questions: list[Question]
    ends: list[tuple[str, int, int]]
    values: list[frozenset[tuple[str, ...]]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.checkers", description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--tools", type=Path, required=True)
    parser.add_argument("--library", action="append", choices=[one.name for one in LIBRARIES])
    parser.add_argument("--each", type=int, default=2, help="as for bench.libraries")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most", type=int, default=200, help="attributes of each library")
    given = parser.parse_args()
    work: Path = given.work.resolve()
    wanted = [one for one in LIBRARIES if one.name in (given.library or DEFAULT)]
    cases = [case_of(work, one, given.each, given.seed, given.most) for one in wanted]
    print(
        "| tool | right | wrong | not told | processor | memory |\n| --- | ---: | ---: | ---: | ---: | ---: |"
    )
    for name, ask in tools(given.tools.resolve()).items():
        print(row(name, ask, cases), flush=True)


def row(name: str, ask: Callable[[Case], tuple[Answers, Cost]], cases: Sequence[Case]) -> str:
    counts, processor, memory = Counter[str](), 0.0, 0.0
    for case in cases:
        try:
            answers, cost = ask(case)
        except (OSError, EOFError, ValueError, subprocess.TimeoutExpired) as why:
            print(f"{name} failed on {case.library.name}: {why!r}", file=sys.stderr)
            answers, cost = [[] for _ in case.questions], Cost(0, 0)
        counts.update(map(judged, answers, case.values))
        processor, memory = processor + cost.processor, max(memory, cost.memory)
    numbers = " | ".join(str(counts[one]) for one in ("right", "wrong", "not told"))
    return f"| {name} | {numbers} | {processor:.1f} s | {memory:.0f} MB |"


def judged(classes: Sequence[str], values: frozenset[tuple[str, ...]]) -> str:
    """Right where each value is of one of the classes."""
    if not classes:
        return "not told"
    lineages = [{one.rpartition(":")[2].rpartition(".")[2] for one in lineage} for lineage in values]
    named = {one or "module" for one in classes}
    return "right" if all(named & lineage for lineage in lineages) else "wrong"


# ---- what is asked


def case_of(work: Path, library: Library, each: int, seed: int, most: int) -> Case:
    folder = repository_of(work, library, "checked")
    names = frozenset(one.name for one in draw(library, folder, each, seed) if not one.is_parameter)
    seen = observed(work, library, names)
    chosen = sorted(seen.lineages)
    random.Random(library.name).shuffle(chosen)
    return with_places(library, folder, seen, sorted(chosen[:most]))


def with_places(library: Library, folder: Path, seen: SeenReceivers, sites: list[AttributeSite]) -> Case:
    case = Case(library, folder, [], [], [])
    trees = parsed_files(folder)
    for path in sorted({one.path for one in sites}):
        nodes = dict(attributes(trees[path]))
        lines = (folder / path).read_bytes().splitlines()
        for site in (one for one in sites if one.path == path):
            node = nodes[site.number]
            line, end = node.end_lineno or 0, node.end_col_offset or 0
            before = lines[line - 1][: end - len(node.attr.encode())].decode()
            case.questions.append(Question(path, line, len(before)))
            case.ends.append((path, line, end))
            case.values.append(seen.lineages[site])
    return case


# ---- who is asked


def tools(folder: Path) -> dict[str, Callable[[Case], tuple[Answers, Cost]]]:
    return {
        "pyrefly": by_server(checker_program(), "lsp"),
        "ty": by_server(folder / "ty", "server"),
        "basedpyright": by_server(folder / "basedpyright-langserver", "--stdio"),
        "jedi": lambda case: by_jedi(folder, case),
        "mypy": by_mypy,
    }


def by_server(*command: str | Path) -> Callable[[Case], tuple[Answers, Cost]]:
    def ask(case: Case) -> tuple[Answers, Cost]:
        server = LanguageServer(command, case.folder)
        try:
            found = server.definitions(case.questions)
            return [classes_at(one) for one in found], server.stop()
        finally:
            if server.process.returncode is None:
                server.process.kill()

    return ask


def by_jedi(folder: Path, case: Case) -> tuple[Answers, Cost]:
    script = Path(__file__).with_name("ask_jedi.py")
    root = case.folder / case.library.root
    output, cost = answered([folder / "python", script, case.folder, root], case.questions)
    return [classes_at([Definition(path, line) for path, line in one]) for one in json.loads(output)], cost


def by_mypy(case: Case) -> tuple[Answers, Cost]:
    root = case.folder / case.library.root
    command: list[str | Path] = [sys.executable, "-m", "bench.checkers.ask_mypy", case.folder, root]
    output, cost = answered(command, case.ends)
    found: Answers = json.loads(output)
    return found, cost


def answered(command: Sequence[str | Path], questions: Sequence[object]) -> tuple[bytes, Cost]:
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        list(map(str, command)), stdin=pipe, stdout=pipe, cwd=Path(__file__).parents[2]
    )
    if process.stdin is None or process.stdout is None:
        raise OSError("no pipes")
    process.stdin.write(json.dumps(questions).encode())
    process.stdin.close()
    output = process.stdout.read()
    return output, cost_of(process)


def classes_at(places: Sequence[Definition]) -> list[str]:
    """The innermost class around each definition; "" where it is at the top of a module."""
    return sorted({class_at(Path(one.path), one.line) for one in places if Path(one.path).is_file()})


def class_at(path: Path, line: int) -> str:
    tree = ast.parse(path.read_bytes())
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.lineno < line <= (node.end_lineno or 0)
    ]
    return max(around, key=lambda node: node.lineno).name if around else ""


if __name__ == "__main__":
    main()
