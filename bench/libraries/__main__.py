"""Members and parameters of real libraries, renamed by plans: their own tests judge, and what the values were.

    python -m bench.libraries --work FOLDER [--library NAME …] [--write FILE]

What is finished stays in FOLDER, so that the program can be stopped and run again. It installs what it needs from
PyPI into an environment of its own there.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from bench.libraries.catalog import LIBRARIES, Library
from bench.libraries.checkout import make_environment
from bench.libraries.study import Study, study
from bench.libraries.tables import page


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.libraries", description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="a folder for all that is fetched and made")
    parser.add_argument("--library", action="append", choices=[one.name for one in LIBRARIES])
    parser.add_argument("--each", type=int, default=2, help="how many of each kind in each library")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, help="where to write the page with the tables")
    given = parser.parse_args()
    work: Path = given.work.resolve()
    (work / "results").mkdir(parents=True, exist_ok=True)
    (work / "sources").mkdir(exist_ok=True)
    make_environment(work)
    wanted = [one for one in LIBRARIES if not given.library or one.name in given.library]
    studies = [finished(work, library, given.each, given.seed) for library in wanted]
    if given.write:
        given.write.write_text(page(studies, given.each, given.seed))


def finished(work: Path, library: Library, each: int, seed: int) -> Study:
    path = work / "results" / f"{library.name}-{library.version}-{each}-{seed}.json"
    if not path.exists():
        made = study(work, library, each, seed)
        path.write_text(json.dumps(made.document(), indent=1))
    found = Study.of(json.loads(path.read_text()))
    print(found.line(), flush=True)
    return found


if __name__ == "__main__":
    main()
