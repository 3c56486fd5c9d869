"""One tool after the other over copies of one repository: processor time, wall time, memory, and a verdict."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.generate import NEW, NEW_MODULE, OLD, OLD_MODULE, generate
from bench.judge import Verdict, judge

TOP = Path(__file__).parent.parent
SED = f"s/\\b{OLD_MODULE}\\b/{NEW_MODULE}/g; s/\\b{OLD}\\b/{NEW}/g"
JUDGED = 160
"""Files of a run that the judge looks at: a parse and a dump of two trees each."""

ROUNDS = 3
Tool = Callable[[Path, Sequence[Path]], tuple[list[str], bytes]]


@dataclass(frozen=True)
class Run:
    tool: str
    files: int
    wall: float
    processor: float
    memory: float
    """The largest process, in MB."""
    verdict: Verdict | None = None


def peers(work: Path, count: int, sample: int, seed: int, lines: int) -> list[Run]:
    """All files for what is fast; the first `sample` of them for LibCST, with ours over the same beside it."""
    whole = work / "whole"
    paths = [path.relative_to(whole) for path in generate(whole, count, 0, seed, lines)]
    few = work / "few"
    some = [path.relative_to(few) for path in generate(few, sample, 0, seed, lines)]
    tools = {
        "sed": sed,
        "ast (parsing alone)": floor,
        "Drover, as": ours("as", 1),
        "Drover, rename": ours("rename", 1),
        "Drover, as, 2 processes": ours("as", 2),
        "Drover, rename, 2 processes": ours("rename", 2),
    }
    load_once()
    runs = [
        *in_turn(work, whole, paths, tools),
        measured("LibCST, RenameCommand", work, few, some, libcst),
        *in_turn(work, few, some, {"Drover, rename, the same files": ours("rename", 1)}),
    ]
    shutil.rmtree(whole)
    shutil.rmtree(few)
    return runs


def load_once() -> None:
    """So that the bytecode of what is measured is there, as it is for what is installed."""
    subprocess.run(
        [sys.executable, "-c", "import bench.ours, libcst.tool"], cwd=TOP, env=environment(), check=True
    )


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def in_turn(work: Path, before: Path, paths: list[Path], tools: Mapping[str, Tool]) -> list[Run]:
    """Each tool's median of some rounds: the machine's speed changes, and all see the same changes."""
    rounds = [
        [measured(name, work, before, paths, tool, judged=number == 0) for name, tool in tools.items()]
        for number in range(ROUNDS)
    ]
    medians = (sorted(runs, key=lambda run: run.processor)[ROUNDS // 2] for runs in zip(*rounds, strict=True))
    return [replace(median, verdict=first.verdict) for median, first in zip(medians, rounds[0], strict=True)]


def growth(work: Path, sizes: Sequence[int], seed: int) -> list[Run]:
    """Repositories in which one file of ten refers to the old symbol."""
    runs = []
    for size in sizes:
        root = work / f"grown-{size}"
        paths = [path.relative_to(root) for path in generate(root, size // 10, size - size // 10, seed)]
        runs.append(measured(f"{size}", work, root, paths, ours("as", 1), size))
        shutil.rmtree(root)
    return runs


def measured(
    name: str,
    work: Path,
    before: Path,
    paths: list[Path],
    tool: Tool,
    size: int | None = None,
    judged: bool = True,
) -> Run:
    after = work / "after"
    shutil.copytree(before, after)
    command, given = tool(after, paths)
    read, write = os.pipe()
    start = time.perf_counter()
    notes = (work / "told").open("w+b")
    process = subprocess.Popen(command, stdin=read, stdout=notes, stderr=notes, cwd=TOP, env=environment())
    os.close(read)
    with os.fdopen(write, "wb") as pipe:
        pipe.write(given)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    notes.seek(0)
    with notes:
        insist(name, process.returncode, before, after, paths, notes.read().decode(errors="replace"))
    verdict = judge(before, after, paths[:JUDGED]) if judged and "parsing" not in name else None
    shutil.rmtree(after)
    run = Run(name, size or len(paths), wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, verdict)
    print(
        f"{run.tool}: {run.files} files, {run.wall:.2f} s, {run.processor:.2f} s of processor",
        file=sys.stderr,
    )
    return run


def listed(root: Path, paths: Sequence[Path]) -> bytes:
    return "\n".join(str(root / path) for path in paths).encode()


def sed(root: Path, paths: Sequence[Path]) -> tuple[list[str], bytes]:
    names = listed(root, paths).replace(b"\n", b"\0")
    return ["xargs", "-0", "sed", "-i", "-E", SED], names


def floor(root: Path, paths: Sequence[Path]) -> tuple[list[str], bytes]:
    return [sys.executable, "-m", "bench.floor"], listed(root, paths)


def ours(style: str, processes: int) -> Tool:
    def command(root: Path, paths: Sequence[Path]) -> tuple[list[str], bytes]:
        pair = [f"{OLD_MODULE}:{OLD}", f"{NEW_MODULE}:{NEW}"]
        return [sys.executable, "-m", "bench.ours", str(root), *pair, style, str(processes)], b""

    return command


def libcst(root: Path, paths: Sequence[Path]) -> tuple[list[str], bytes]:
    names = [str(root / path) for path in paths]
    pair = ["--old_name", f"{OLD_MODULE}.{OLD}", "--new_name", f"{NEW_MODULE}.{NEW}"]
    tool = [sys.executable, "-m", "libcst.tool", "codemod", "rename.RenameCommand", "-j", "1", "--no-format"]
    return [*tool, *pair, *names], b""


class MeasurementFailed(RuntimeError):
    """A tool that ended with an error, or did nothing: its time means nothing."""


def insist(name: str, status: int, before: Path, after: Path, paths: Sequence[Path], told: str) -> None:
    if status:
        raise MeasurementFailed(f"{name} ended with {status}: {told[-400:]}")
    if "parsing" not in name and all((before / p).read_bytes() == (after / p).read_bytes() for p in paths):
        raise MeasurementFailed(f"{name} changed none of {len(paths)} files: {told[-400:]}")
