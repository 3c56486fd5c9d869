"""`python -m bench.count`: what the bot counts after a push of ten files, beside the first audit of the same tree.

Without arguments a repository of 9,000 files is made; or `--repository DIR --replace OLD=NEW`. The plan has three
phases that share the files, and one that retires the deprecated module.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.audit import PAIR, existing, generated, kept_audit, opened, report, ten_files, timed, told
from bot.git.repository import Repository
from bot.migration.count import MigrationCount, count_references
from bot.plan.plan import Plan
from bot.plan.read import read_plan
from bot.rewrite.blob_index import BlobIndex

PLAN = """\
title: Counted
replace:
  - old: {old}
    new: {new}
also: [strings, docs]
phases:
  - {{name: Application, paths: ["shop/**", "src/**", "lib/**"]}}
  - {{name: Tests, paths: ["tests/**", "test_*.py", "**/conftest.py"]}}
  - {{name: Everything else, paths: ["**"]}}
  - {{name: Retire, retire: [{{module: "{module}", to: redirect}}]}}
"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.count", description=__doc__)
    parser.add_argument("--repository", metavar="DIR")
    parser.add_argument("--replace", metavar="OLD=NEW", default=PAIR)
    parser.add_argument("--write", metavar="FILE", type=Path)
    options = parser.parse_args(arguments)
    old, _, new = options.replace.partition("=")
    text = PLAN.format(old=old, new=new, module=old.partition(":")[0])
    plan = read_plan(text, "plan.yml", slug="counted")
    if not isinstance(plan, Plan):
        print(plan, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="drover-bench-") as folder:
        place = Path(folder)
        repository = existing(options.repository, place) if options.repository else generated(place)
        with repository:
            said = measured(repository, plan, place)
    text = said.replace("# Audit", "# Count after a push", 1)
    print(text)
    if options.write:
        options.write.write_text(text + "\n")
    return 0


def measured(repository: Repository, plan: Plan, place: Path) -> str:
    """The report compares with its second row: the first audit."""
    head = repository.resolve("HEAD") or ""
    first = kept_audit(repository, head, plan.rules(plan.phases[0]), place / "audited")
    word = (plan.replace[0].old.name or plan.replace[0].old.module).encode()
    rows = [timed("`git grep` over the commit", lambda: len(repository.grep(head, [word])), str)]
    rows.append(timed("the first audit", first, told))
    rows.append(timed("the first count", kept_count(repository, head, plan, place), left))
    rows.append(timed("the same commit again", kept_count(repository, head, plan, place), left))
    touched = ten_files(repository, head, [file.path for file in first().files])
    again = kept_count(repository, touched, plan, place)
    rows.append(timed("after a push of ten files", again, left))
    return report(rows, f"{len(repository.entries(head)):,} files")


def kept_count(repository: Repository, commit: str, plan: Plan, place: Path) -> Callable[[], MigrationCount]:
    def run() -> MigrationCount:
        with BlobIndex(place / "index" / "index.sqlite") as index, opened(repository.git_dir) as regenerate:
            return count_references(regenerate, plan, commit, index=index)

    return run


def left(found: object) -> str:
    if not isinstance(found, MigrationCount):
        return str(found)
    return f"{sum(one.total for one in found.phases.values()):,} left in {len(found.files_with_references):,} files"


if __name__ == "__main__":
    sys.exit(main())
