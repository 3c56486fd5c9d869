"""`make bench`: what the rewriting costs, beside what else people use, and the audit; on generated repositories."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from bench import audit
from bench.generate import LINES
from bench.report import comparison, write_report
from bench.runs import growth, peers

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--files", type=int, default=1000, help="files that refer to the old symbol")
    parser.add_argument("--libcst", type=int, default=40, help="how many of them LibCST's command is given")
    parser.add_argument(
        "--lines", type=int, default=LINES, help="of a file; others than usual get a table of their own"
    )
    parser.add_argument("--largest", type=int, default=10_000, help="the largest repository of the growth")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        compared = peers(work, chosen.files, chosen.libcst, chosen.seed, chosen.lines)
        if chosen.lines != LINES:
            (RESULTS / f"rewriting-{chosen.lines}.md").write_text(
                "\n".join(comparison(compared, chosen.lines))
            )
            return
        sizes = [size for size in (100, 300, 1000, 3000, 10_000) if size <= chosen.largest]
        write_report(RESULTS, compared, growth(work, sizes, chosen.seed), LINES)
        audit.main(["--write", str(RESULTS / "audit.md")])
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
