"""What a repository's own linters find in Drover's changes that they did not find before.

    python -m bench.linters --tools BIN --repository DIR --replace OLD=NEW [--replace …]

BIN is where ruff, isort and flake8 are installed. A module that a NEW names and that is not there is written, with an
empty class in it. The repository is copied; nothing in it changes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bot.rewrite.format_settings import FILES, FolderSettings
from bot.rewrite.rewrite import folder_tree, rewrite
from codemods.model.example import parsed_symbol
from codemods.model.rules import Replacement, Rules, Style

STYLES: tuple[Style, ...] = ("as", "alias", "rename")
Findings = Counter[tuple[str, str]]
"""By file and code; a line says little, since lines move."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", type=Path, required=True)
    parser.add_argument("--repository", type=Path, required=True)
    parser.add_argument("--replace", action="append", required=True)
    given = parser.parse_args()
    tools = configured_tools(given.repository)
    for pair in given.replace:
        for style in STYLES:
            print(row(given.repository, given.tools, tools, pair, style), flush=True)


def row(repository: Path, tools: Path, names: list[str], pair: str, style: Style) -> str:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / repository.name
        shutil.copytree(repository, copy, symlinks=True, ignore_dangling_symlinks=True)
        symbols = [parsed_symbol(text) for text in pair.split("=")]
        rule = Replacement(symbols[0], symbols[1], style)
        write_missing_module(copy, rule)
        changed = {
            result.path: result.content
            for result in rewrite(folder_tree(copy), Rules((rule,)), processes=2)
            if result.status == "changed" and result.content is not None and result.path.endswith(".py")
        }
        before = all_findings(copy, tools, names, list(changed))
        for path, content in changed.items():
            (copy / path).write_bytes(content)
        after = all_findings(copy, tools, names, list(changed))
    new = after - before
    examples = "; ".join(f"{path}: {code}" for path, code in sorted(new)[:8])
    counts = f"{len(changed)} | {before.total()} | {new.total()}"
    return f"| {repository.name} | {', '.join(names)} | {pair} | {style} | {counts} | {examples} |"


def configured_tools(repository: Path) -> list[str]:
    texts = {name: (repository / name).read_text() for name in FILES if (repository / name).is_file()}
    settings = FolderSettings("", texts)
    flake8 = any("[flake8]" in texts.get(name, "") for name in (".flake8", "setup.cfg", "tox.ini"))
    wanted = {"ruff": settings.ruff is not None, "isort": settings.isort is not None, "flake8": flake8}
    return [name for name, is_wanted in wanted.items() if is_wanted]


def write_missing_module(copy: Path, rule: Replacement) -> None:
    tail = rule.new.module.replace(".", "/")
    old = next(copy.rglob(rule.old.module.replace(".", "/") + "*"), None)
    if old is None:
        sys.exit(f"there is no {rule.old.module} in {copy.name}")
    root = Path(str(old)[: -len(str(Path(*old.parts[-rule.old.module.count(".") - 1 :])))])
    path = root / f"{tail}.py"
    if not path.exists() and not (root / tail).exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"class {rule.new.name}:\n    pass\n")


def all_findings(copy: Path, tools: Path, names: list[str], paths: list[str]) -> Findings:
    found = Findings()
    for name in names if paths else ():
        found.update(READERS[name](copy, tools, paths))
    return found


def run(copy: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, command)), cwd=copy, capture_output=True, text=True, check=False)


def by_ruff(copy: Path, tools: Path, paths: list[str]) -> Iterator[tuple[str, str]]:
    options = ("check", "--no-cache", "--no-fix", "--force-exclude", "--output-format", "json")
    for one in json.loads(run(copy, tools / "ruff", *options, *paths).stdout or "[]"):
        yield str(Path(one["filename"]).relative_to(copy.resolve())), f"{one['code']}"


def by_isort(copy: Path, tools: Path, paths: list[str]) -> Iterator[tuple[str, str]]:
    options = ("--check-only", "--filter-files", "--settings-path", ".")
    for line in run(copy, tools / "isort", *options, *paths).stderr.splitlines():
        if line.startswith("ERROR: "):
            yield str(Path(line.split()[1]).relative_to(copy.resolve())), "isort"


def by_flake8(copy: Path, tools: Path, paths: list[str]) -> Iterator[tuple[str, str]]:
    options = ("--no-show-source", "--format", "%(path)s|%(code)s")
    for line in run(copy, tools / "flake8", *options, *paths).stdout.splitlines():
        path, _, code = line.partition("|")
        yield path.removeprefix("./"), code


READERS = {"ruff": by_ruff, "isort": by_isort, "flake8": by_flake8}


if __name__ == "__main__":
    main()
