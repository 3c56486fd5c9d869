"""The results as a table and a plot."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from bench.runs import Run

WIDTH, HEIGHT, MARGIN = 640, 260, 190


def write_report(folder: Path, compared: Sequence[Run], grown: Sequence[Run], lines: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = [
        *comparison(compared, lines),
        *growth_table(grown),
        "![processor time for a file](rewriting.svg)",
        "",
    ]
    (folder / "rewriting.md").write_text("\n".join(text))
    (folder / "rewriting.svg").write_text(plot(compared))


def comparison(compared: Sequence[Run], lines: int) -> list[str]:
    return [
        "# Rewriting",
        "",
        f"{machine()}. Generated repository, {lines} lines a file. One tool after the other, three times;",
        "the median of each by processor time. LibCST's command runs once.",
        "",
        "| tool | files | wall s | processor s | ms a file | MB | left | broken | altered | comments lost |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(row(run) for run in compared),
        "",
        *ratios({run.tool: run for run in compared}),
        "",
        "*Left*: files that still refer to the old symbol, or to a name that nothing binds. *Altered*: files whose syntax",
        "tree differs elsewhere. The judge is `bench/judge.py`, with a parse of its own, over the first 160 files.",
        "",
    ]


def growth_table(grown: Sequence[Run]) -> list[str]:
    return [
        "## Growth",
        "",
        "One file of ten refers to the old symbol; style `as`, one process.",
        "",
        "| files | wall s | processor s | MB |",
        "| ---: | ---: | ---: | ---: |",
        *(f"| {run.files} | {run.wall:.2f} | {run.processor:.2f} | {run.memory:.0f} |" for run in grown),
        "",
    ]


def row(run: Run) -> str:
    verdict = run.verdict
    found = [verdict.left, verdict.broken, verdict.altered, verdict.comments] if verdict else ["–"] * 4
    each = run.processor / run.files * 1000
    cells = [
        run.tool,
        run.files,
        f"{run.wall:.2f}",
        f"{run.processor:.2f}",
        f"{each:.2f}",
        f"{run.memory:.0f}",
        *found,
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def ratios(runs: dict[str, Run]) -> list[str]:
    slow, same = runs["LibCST, RenameCommand"], runs["Drover, rename, the same files"]
    sed, ours = runs["sed"], runs["Drover, as"]
    fast = min((runs["Drover, as"], runs["Drover, as, 2 processes"]), key=lambda run: run.wall)
    parse = runs["ast (parsing alone)"]
    rename = runs["Drover, rename"]
    each = slow.processor / slow.files / (rename.processor / rename.files)
    return [
        f"- Processor time of LibCST's command ÷ ours, the same files: **{slow.processor / same.processor:.0f}**;",
        f"  for each file, with ours at {rename.files} files: **{each:.0f}**.",
        f"- Our wall time ÷ `sed`'s, at {ours.files} files: **{fast.wall / sed.wall:.1f}** ({fast.tool}).",
        f"- Our processor time ÷ parsing alone: **{ours.processor / parse.processor:.2f}** (as), "
        f"**{rename.processor / parse.processor:.2f}** (rename).",
    ]


def machine() -> str:
    model = next(
        (line.partition(":")[2].strip() for line in cpu_lines() if line.startswith("model name")),
        platform.machine(),
    )
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return f"{model}, {os.cpu_count()} cores (load {load}), {platform.system()}, Python {platform.python_version()}"


def cpu_lines() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []


def plot(runs: Sequence[Run]) -> str:
    """Bars on a logarithmic scale: milliseconds of processor time for a file."""
    shown = [run for run in runs if "2 processes" not in run.tool]
    step = (HEIGHT - 40) / len(shown)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        '<text x="8" y="18" font-weight="bold">Processor time for a file, ms (logarithmic)</text>',
    ]
    for number, run in enumerate(shown):
        each = run.processor / run.files * 1000
        top = 30 + number * step
        parts.append(f'<text x="8" y="{top + step * 0.6:.0f}">{run.tool}</text>')
        parts.append(
            f'<rect x="{MARGIN + 20}" y="{top + 4:.0f}" width="{length(each):.0f}" height="{step - 8:.0f}" '
            f'fill="{"#2b6cb0" if "Drover" in run.tool else "#a0aec0"}"/>'
        )
        parts.append(
            f'<text x="{MARGIN + 26 + length(each):.0f}" y="{top + step * 0.6:.0f}">{each:.2f}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def length(milliseconds: float) -> float:
    """0.01 ms to 10 s over the width."""
    from math import log10

    return max(2.0, (log10(max(milliseconds, 0.01)) + 2) / 6 * (WIDTH - MARGIN - 90))
