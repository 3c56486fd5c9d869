"""Runs generated programs in a process of its own, each with fresh modules, and says what each has recorded."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from types import TracebackType


class ProgramRunner:
    """A process that runs one program after the other."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.generated.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> ProgramRunner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.communicate()

    def run(self, files: Mapping[str, str], modules: Sequence[str]) -> list[str]:
        """What the modules record while they are imported and their functions are called."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps([dict(files), list(modules)]) + "\n")
        self.process.stdin.flush()
        recorded: list[str] = json.loads(self.process.stdout.readline())
        return recorded
