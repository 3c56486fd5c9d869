"""A library's source distribution as a git repository, and its tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as Xml

from bench.libraries.catalog import LIBRARIES, PACKAGES, Library

IDENTITY = ("-c", "user.name=bench", "-c", "user.email=bench@example.invalid")
LONGEST_TESTS = 400
"""Seconds by the clock for one run of a library's tests."""
NO_PLUGIN_SETTINGS = (
    *("--override-ini", "addopts=", "--override-ini", "asyncio_default_fixture_loop_scope=function"),
    *("-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-W", "ignore::DeprecationWarning"),
)


@dataclass(frozen=True)
class TestRun:
    """What a library's tests said."""

    outcomes: Mapping[str, int] = field(default_factory=dict)
    failed: frozenset[str] = frozenset()
    end_of_output: str = ""

    @property
    def is_complete(self) -> bool:
        return bool(self.outcomes)

    def same_as(self, other: TestRun) -> bool:
        return self.is_complete and (self.outcomes, self.failed) == (other.outcomes, other.failed)

    def __str__(self) -> str:
        return ", ".join(f"{count} {outcome}" for outcome, count in sorted(self.outcomes.items()))


def python_of(work: Path) -> Path:
    return work / "venv/bin/python"


def run(
    command: Sequence[str | Path], folder: Path, seconds: float = 600, **more: str
) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env={**environment, **more},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=seconds,
    )


def insist(done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode:
        sys.exit(f"{' '.join(map(str, done.args))}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def git(folder: Path, *arguments: str) -> str:
    return insist(run(["git", *IDENTITY, *arguments], folder)).strip()


# ---- set-up


def make_environment(work: Path) -> None:
    """One environment with the libraries, all that they need, and what their tests need."""
    if (work / "venv/complete").exists():
        return
    insist(run([sys.executable, "-m", "venv", "--clear", work / "venv"], work))
    libraries = [f"{one.name}=={one.version}" for one in LIBRARIES]
    insist(run([python_of(work), "-m", "pip", "install", "-q", *libraries, *PACKAGES], work, 1200))
    (work / "venv/complete").touch()


def source_of(work: Path, library: Library) -> Path:
    """The unpacked source distribution."""
    folder = work / "sources" / library.folder
    if not folder.exists():
        downloads = work / "downloads"
        wanted = ["--no-deps", "--no-binary", ":all:", f"{library.name}=={library.version}"]
        insist(run([python_of(work), "-m", "pip", "download", "-q", "-d", downloads, *wanted], work))
        archive = next(downloads.glob(f"{library.folder}.tar.gz"))
        with tarfile.open(archive) as packed:
            packed.extractall(folder.parent, filter="data")
    return folder


def repository_of(work: Path, library: Library, name: str) -> Path:
    """The library as a repository with one commit."""
    folder = work / name / library.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source_of(work, library), folder, symlinks=True)
    (folder / ".gitignore").write_text("__pycache__\n.hypothesis\n")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", f"{library.name} {library.version}")
    return folder


# ---- tests


def run_tests(work: Path, library: Library, folder: Path, *before: Path, **environment: str) -> TestRun:
    """`before`: folders that come before the library's own in the path of imports."""
    report = work / "reports" / f"{library.name}.xml"
    report.parent.mkdir(exist_ok=True)
    report.unlink(missing_ok=True)
    path = os.pathsep.join(map(str, [*before, folder / library.root, folder]))
    command: list[str | Path] = [python_of(work), "-m", "pytest", *NO_PLUGIN_SETTINGS, f"--junitxml={report}"]
    try:
        done = run(
            [*command, *library.options, *library.tests],
            folder,
            LONGEST_TESTS,
            PYTHONPATH=path,
            PYTHONHASHSEED="0",
            **environment,
        )
    except subprocess.TimeoutExpired:
        return TestRun(end_of_output=f"took longer than {LONGEST_TESTS} seconds")
    return read_report(report, done.stdout[-1500:] + done.stderr[-500:])


def read_report(report: Path, output: str) -> TestRun:
    if not report.exists():
        return TestRun(end_of_output=output)
    outcomes, failed = Counter[str](), set[str]()
    for case in Xml.parse(report).getroot().iter("testcase"):
        outcome = next((one.tag for one in case if one.tag in ("failure", "error", "skipped")), "passed")
        outcomes[outcome] += 1
        if outcome in ("failure", "error"):
            failed.add(f"{case.get('classname')}::{case.get('name')}")
    return TestRun(dict(outcomes), frozenset(failed), output)
