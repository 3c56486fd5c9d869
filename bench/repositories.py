"""Public repositories with Drover's change: what their own linters find, and whether their own tests end as before.

    python -m bench.repositories --checkouts DIR --environments DIR [--only NAME] [--write FILE]

`DIR/black` is a checkout of black at the commit of its `Case`, and `ENVIRONMENTS/black` a virtual environment in which
its tests and the linters run, in the versions that the repository pins or allows. Each case moves a class of the
repository to a new module under a new name: the old name stays beside it as an alias. Drover migrates to the new one
in each style. Then the alias is removed.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from bench.linters import STYLES, Findings, all_findings, configured_tools
from bot.rewrite.rewrite import FileResult, folder_tree, rewrite
from codemods.model.rules import Replacement, Rules, Style, Symbol

SECONDS = 900
EXPORTS = re.compile(r"^__all__ = [\[(].*?[\])]", re.M | re.S)


@dataclass(frozen=True)
class Case:
    name: str
    address: str
    commit: str
    root: str
    """The folder where imports start."""
    old: Symbol
    new: Symbol
    tests: tuple[str, ...]
    """What pytest is given: the folders and files that reach the symbol."""
    formatter: tuple[str, ...] = ("ruff", "format", "--force-exclude")
    """What the repository's own checks run."""


CASES = (
    Case(
        "httpx",
        "encode/httpx",
        "ae1b9f66",
        "",
        Symbol("httpx._models", "Response"),
        Symbol("httpx._responses", "HTTPResponse"),
        ("tests",),
    ),
    Case(
        "black",
        "psf/black",
        "8947c48e",
        "src",
        Symbol("black.mode", "Mode"),
        Symbol("black.modes", "FormattingMode"),
        ("tests/test_ranges.py", "tests/test_trans.py", "tests/test_black.py"),
        ("isort", "--filter-files"),
    ),
    Case(
        "pyramid",
        "Pylons/pyramid",
        "5b13e4a6",
        "src",
        Symbol("pyramid.exceptions", "ConfigurationError"),
        Symbol("pyramid.config_errors", "InvalidConfiguration"),
        ("tests",),
        ("black", "-q"),
    ),
    Case(
        "poetry",
        "python-poetry/poetry",
        "f4670233",
        "src",
        Symbol("poetry.factory", "Factory"),
        Symbol("poetry.creation", "PoetryFactory"),
        ("tests/packages", "tests/masonry", "tests/plugins", "tests/config", "tests/test_factory.py"),
    ),
    Case(
        "streamlink",
        "streamlink/streamlink",
        "5376d2e8",
        "src",
        Symbol("streamlink.stream.hls.hls", "HLSStream"),
        Symbol("streamlink.stream.hls.streams", "PlaylistStream"),
        (
            "tests/stream",
            "tests/session",
            "tests/plugins/test_twitch.py",
            "tests/plugins/test_kick.py",
            "tests/plugins/test_hls.py",
        ),
    ),
    Case(
        "pytest",
        "pytest-dev/pytest",
        "df87db7b",
        "src",
        Symbol("_pytest.pytester", "Pytester"),
        Symbol("_pytest.test_runs", "RunsTests"),
        (
            "testing/test_pytester.py",
            "testing/test_nodes.py",
            "testing/test_mark.py",
            "testing/test_skipping.py",
        ),
    ),
)

Outcomes = Mapping[str, str]
"""By test: passed, failed, error, skipped."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkouts", type=Path, required=True)
    parser.add_argument("--environments", type=Path, required=True)
    parser.add_argument("--only")
    parser.add_argument("--style", action="append", choices=STYLES)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    cases = [case for case in CASES if given.only in (None, case.name)]
    rows = []
    for case in cases:
        checkout, environment = given.checkouts / case.name, given.environments / case.name
        for row in rows_of(case, checkout, environment / "bin", given.style or STYLES):
            print(row.line, flush=True)
            print(*row.notes, sep="\n", file=sys.stderr)
            rows.append(row)
    if given.write:
        write_table(given.write, rows, cases)


@dataclass(frozen=True)
class Row:
    line: str
    notes: tuple[str, ...]
    """What a person wants to look at: findings, and tests that end otherwise."""


def rows_of(case: Case, checkout: Path, tools: Path, styles: Sequence[Style]) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "base" / case.name
        shutil.copytree(checkout, base, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        move_class(base, case)
        before = run_tests(base, case, tools)
        for style in styles:
            after = Path(folder) / style / case.name
            shutil.copytree(base, after, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
            yield measured_row(case, style, base, after, tools, before)


def measured_row(case: Case, style: Style, base: Path, after: Path, tools: Path, before: Outcomes) -> Row:
    rules = Rules((Replacement(case.old, case.new, style),), strings=True)
    results = list(rewrite(folder_tree(after), rules, processes=2))
    changed = {
        one.path: one.content for one in results if one.status == "changed" and one.content is not None
    }
    names = configured_tools(base)
    python = [path for path in changed if path.endswith(".py")]
    found_before = all_findings(base, tools, names, python)
    for path, content in changed.items():
        (after / path).write_bytes(content)
    new = all_findings(after, tools, names, python) - found_before
    remove_alias(after, case)
    outcomes = run_tests(after, case, tools)
    other = [name for name in sorted({*before, *outcomes}) if before.get(name) != outcomes.get(name)]
    formatted = findings_when_formatted(case, after, tools, names, python) - found_before
    manual = [one for one in results if needs_manual_work(one)]
    passed = [sum(outcome == "passed" for outcome in one.values()) for one in (before, outcomes)]
    cells = [
        f"[{case.name}](https://github.com/{case.address}/tree/{case.commit})",
        ", ".join(names),
        f"`{case.old.dotted}` → `{case.new.dotted}`",
        style,
        f"{len(changed)}",
        f"{len(manual)}",
        f"{found_before.total()}",
        f"{new.total()}",
        f"{formatted.total()}",
        f"{passed[0]:,} of {len(before):,}",
        f"{passed[1]:,} of {len(outcomes):,}",
        f"{len(other)}",
    ]
    notes = [f"  {path}: {code}" for path, code in sorted(new)]
    notes += [f"  formatted, {path}: {code}" for path, code in sorted(formatted)]
    notes += [f"  {name}: {before.get(name)} → {outcomes.get(name)}" for name in other]
    notes += [f"  {one.path}: {one.status}: {one.reason or notes_of(one)}" for one in manual]
    return Row(f"| {' | '.join(cells)} |", tuple(notes))


def findings_when_formatted(
    case: Case, after: Path, tools: Path, names: list[str], paths: list[str]
) -> Findings:
    """As with the formatter in the plan's `format`."""
    command = [str(tools / case.formatter[0]), *case.formatter[1:], *paths]
    subprocess.run(command, cwd=after, capture_output=True, check=False)
    return all_findings(after, tools, names, paths)


def needs_manual_work(result: FileResult) -> bool:
    return result.status in ("failed", "skipped") or any(not site.safe for site in result.sites)


def notes_of(result: FileResult) -> str:
    return "; ".join(f"line {site.line}: {site.note}" for site in result.sites if not site.safe)


# ---- the class that moves


def module_file(root: Path, case: Case, module: str) -> Path:
    path = root / case.root / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def move_class(root: Path, case: Case) -> None:
    """The class under a name of its own, which its module uses; the new module's name for it; the old name as an alias."""
    old, new = case.old.name or "", case.new.name or ""
    path = module_file(root, case, case.old.module)
    text = renamed(path.read_text(), old, f"_{old}")
    path.write_text(f"{text}{alias_line(case)}")
    target = module_file(root, case, case.new.module)
    target.write_text(f'from {case.old.module} import _{old} as {new}\n\n__all__ = ["{new}"]\n')


def alias_line(case: Case) -> str:
    return f"\n\n{case.old.name} = _{case.old.name}\n"


def remove_alias(root: Path, case: Case) -> None:
    path = module_file(root, case, case.old.module)
    text = path.read_text()
    if not text.endswith(alias_line(case)):
        raise ValueError(f"{path} doesn't end with the alias")
    quoted = re.compile(rf"""["']{case.old.name}["'],?\s*""")
    kept = text.removesuffix(alias_line(case))
    path.write_text(EXPORTS.sub(lambda match: quoted.sub("", match.group()), kept))


def renamed(text: str, old: str, new: str) -> str:
    """Every use of the name in its own module; not attributes, keywords and what strings hold but for annotations."""
    lines = text.splitlines(keepends=True)
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    for number in reversed(range(len(tokens))):
        token = tokens[number]
        before, behind = (
            tokens[number - 1].string,
            tokens[number + 1].string if number + 1 < len(tokens) else "",
        )
        is_name = token.type == tokenize.NAME and token.string == old
        is_name = is_name and before != "." and behind not in ("=", "as")
        is_annotation = token.string in (f'"{old}"', f"'{old}'") and before in ("->", ":")
        if is_name or is_annotation:
            row, column = token.start
            line = lines[row - 1]
            lines[row - 1] = line[:column] + token.string.replace(old, new) + line[token.end[1] :]
    return "".join(lines)


# ---- their own tests


def run_tests(root: Path, case: Case, tools: Path) -> Outcomes:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        path = os.pathsep.join(map(str, (root / case.root, root)))
        environment = {**os.environ, "PYTHONPATH": path, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
        options = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", f"--junitxml={report}"]
        subprocess.run(
            [tools / "python", "-m", "pytest", *options, *case.tests],
            cwd=root,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
        return read_outcomes(report)


def read_outcomes(report: Path) -> Outcomes:
    if not report.exists():
        return {}
    found = {}
    for test in ElementTree.parse(report).iter("testcase"):
        kinds = [child.tag for child in test if child.tag in ("failure", "error", "skipped")]
        found[f"{test.get('classname')}::{test.get('name')}"] = kinds[0] if kinds else "passed"
    return found


def write_table(path: Path, rows: Sequence[Row], cases: Sequence[Case]) -> None:
    """Between the two lines of the page that mark it. What it says of other repositories stays."""
    text = path.read_text()
    start, end = text.index(BEGIN), text.index(END)
    measured = tuple(f"| [{case.name}]" for case in cases)
    others = [line for line in text[start:end].splitlines() if line.startswith("| [")]
    lines = [line for line in others if not line.startswith(measured)] + [row.line for row in rows]
    table = "\n".join((HEAD, *sorted(lines, key=lambda line: line.partition("]")[0])))
    path.write_text(f"{text[:start]}{BEGIN}\n\n{table}\n\n{text[end:]}")


BEGIN, END = "<!-- table -->", "<!-- end of the table -->"
HEAD = (
    "| repository | linters | what moves | style | files changed | files with manual work "
    "| findings before | new findings | with its formatter | tests passed before | after | other than before |\n"
    "| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
)


if __name__ == "__main__":
    main()
