"""The process that runs generated programs: a line of JSON with the files in, a line with what they record out."""

from __future__ import annotations

import asyncio
import inspect
import json
import linecache
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import CodeType, ModuleType

PLACES = re.compile(" at 0x[0-9a-f]+|, line [0-9]+")
"""What differs from run to run, and with the lines of a file."""


class ProgramLoader(InspectLoader):
    def __init__(self, path: str, text: str) -> None:
        self.path, self.text = path, text

    def get_source(self, fullname: str) -> str:
        return self.text

    def is_package(self, fullname: str) -> bool:
        return self.path.endswith("/__init__.py")

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.text, self.path)


class ProgramFinder(MetaPathFinder):
    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        start = fullname.replace(".", "/")
        for file in (f"{start}.py", f"{start}/__init__.py"):
            if file in self.files:
                return spec_from_loader(fullname, ProgramLoader(file, self.files[file]))
        return None


def run(files: Mapping[str, str], modules: Sequence[str]) -> list[str]:
    before = set(sys.modules)
    sys.meta_path.insert(0, ProgramFinder(files))
    try:
        log = import_module("recorder").log
        for step in steps(modules):
            log.append(step)
        return [PLACES.sub("", repr(one)) for one in log]
    finally:
        sys.meta_path.pop(0)
        linecache.clearcache()
        for name in set(sys.modules) - before:
            if name.partition(".")[0] in {path.partition("/")[0].removesuffix(".py") for path in files}:
                del sys.modules[name]


def steps(modules: Sequence[str]) -> Iterator[str]:
    """How each import ends, and each call of a function."""
    for name in modules:
        try:
            module = import_module(name)
        except Exception as error:
            yield f"{name}: {type(error).__name__}"
            continue
        yield f"{name}: imported"
        for function in sorted(one for one in vars(module) if one.startswith("f_")):
            yield f"{name}.{function}: {outcome(getattr(module, function))}"


def outcome(function: object) -> str:
    try:
        result = function() if callable(function) else function
        return str(asyncio.run(result) if inspect.iscoroutine(result) else result)
    except Exception as error:
        return type(error).__name__


def main() -> None:
    answers, programs = os.fdopen(os.dup(1), "w"), sys.stdin
    sys.stdout = sys.stderr
    for line in programs:
        answers.write(json.dumps(run(*json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
