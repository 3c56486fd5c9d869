"""`python -m tests.input_fuzz delivery --seconds 60`: what strangers send, by atheris, which follows what is covered."""

from __future__ import annotations

import argparse
import sys
import tempfile
from importlib import import_module
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.input_fuzz", description=__doc__)
    parser.add_argument("target", choices=["delivery", "plan", "comment"])
    parser.add_argument("--seconds", type=int, default=60)
    given = parser.parse_args()
    atheris = import_module("atheris")
    with atheris.instrument_imports(include=["bot"]):
        from tests.input_fuzz.inputs import SEEDS, TARGETS
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(SEEDS[given.target]):
            (Path(corpus) / str(number)).write_bytes(seed)
        limits = [f"-max_total_time={given.seconds}", "-max_len=4096", "-timeout=10", "-rss_limit_mb=1024"]
        atheris.Setup([sys.argv[0], corpus, *limits], TARGETS[given.target])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
