"""`python -m bench.members_scale`: a method with another name, used in 300 of 9,000 files: the first count, the same
again, after a push of ten files, and the ratchet on a pull request. How much memory the type checker takes.

The generated application is layered, and each module imports from several below it, so that a file depends on
thousands of others, as in large applications. The push edits bodies of functions in modules that many import, and files
that use the member.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random

from bench.audit import AUTHOR, Step, empty_tree, opened, timed
from bot.decide.ratchet import RatchetFindings, WatchedMigration
from bot.git.objects import NewCommit
from bot.git.repository import Repository
from bot.migration.count import MigrationCount, count_references
from bot.plan.digest import plan_digests
from bot.plan.plan import Plan
from bot.plan.read import read_plan
from bot.rewrite.blob_index import BlobIndex
from bot.rewrite.uses import uses_added

FILES, USING, NAMESAKES = 9_000, 300, 150
"""Python files; those that use the member; those that mention another of that name."""
LAYERS, IMPORTS = 30, 6
PLAN = """\
title: Members
replace:
  - old: shop.engine:Engine.execute_agent
    new: shop.engine:Engine.run
phases:
  - {name: Application, paths: ["shop/**"]}
  - {name: Tests, paths: ["tests/**"]}
"""
ENGINE = b"""\
class Engine:
    def execute_agent(self, name: str, *, timeout: float = 1.0) -> str:
        return self.run(name, timeout=timeout)

    def run(self, name: str, *, timeout: float = 1.0) -> str:
        return f"{name} {timeout}"


class Other:
    def execute_agent(self, name: str) -> str:
        return name


def make_engine() -> Engine:
    return Engine()
"""
USES = (
    "def use(engine: Engine) -> str:\n    return engine.execute_agent('a')\n",
    "def use(engine: Engine | None) -> str:\n    return engine.execute_agent('a', timeout=2) if engine else ''\n",
    "def use() -> list[str]:\n    return [one.execute_agent('a') for one in [make_engine(), Engine()]]\n",
    "class Service:\n    def __init__(self) -> None:\n        self.engine = make_engine()\n\n"
    "    def use(self):\n        return self.engine.execute_agent('a')\n",
    "def use(engine) -> str:\n    return engine.execute_agent('a')\n",
)
OTHER = "def use(other: Other) -> str:\n    return other.execute_agent('a')\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.members_scale", description=__doc__)
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--write", metavar="FILE", type=Path)
    options = parser.parse_args(arguments)
    plan = read_plan(PLAN, "plan.yml", slug="members")
    if not isinstance(plan, Plan):
        raise TypeError(plan)
    with (
        tempfile.TemporaryDirectory(prefix="drover-bench-") as folder,
        generated(Path(folder), options.files) as repository,
    ):
        rows, peak = measured(repository, plan, Path(folder))
    text = report(rows, options.files, peak)
    print(text)
    if options.write:
        options.write.write_text(text + "\n")
    return 0


# ---- the repository


def generated(place: Path, count: int) -> Repository:
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(place / "made")], check=True)
    repository = opened(place / "made")
    empty = repository.commit_tree(empty_tree(place / "made"), [], "empty", AUTHOR)
    (head,) = repository.commits(empty, [NewCommit("all", files(Random(0), count), AUTHOR)])
    repository.update_ref("refs/heads/main", head)
    return repository


def files(random: Random, count: int) -> dict[str, bytes | None]:
    made: dict[str, bytes | None] = {"shop/__init__.py": b"", "shop/engine.py": ENGINE}
    application = count // 2
    step = max(count // (USING + NAMESAKES), 1)
    for layer in range(LAYERS):
        made[f"shop/layer{layer}/__init__.py"] = b""
    for number in range(count):
        use = ""
        if number % step == 0 and number // step < USING + NAMESAKES:
            use = USES[number // step % len(USES)] if number // step % 3 < 2 else OTHER
        made[path_of(number, application)] = module(random, number, application, use)
    return made


def path_of(number: int, application: int) -> str:
    if number < application:
        return f"{module_of(number, application).replace('.', '/')}.py"
    return f"tests/area{number % 40}/test_module_{number}.py"


def module_of(number: int, application: int) -> str:
    return f"shop.layer{number * LAYERS // application}.module_{number}"


def module(random: Random, number: int, application: int, use: str) -> bytes:
    below = min(number, application) - application // LAYERS
    imported = sorted({random.randrange(below) for _ in range(IMPORTS)}) if below > 0 else []
    lines = ["from __future__ import annotations", "", "import logging"]
    lines += [f"from {module_of(one, application)} import Thing{one}, make_{one}" for one in imported]
    lines += ["from shop.engine import Engine, Other, make_engine"] if use else []
    lines += ["", "log = logging.getLogger(__name__)", "", "", f"class Thing{number}:"]
    for place in range(random.randrange(8, 60)):
        lines += [
            f"    def method_{place}(self, value: int = {random.randrange(99)}) -> int:",
            f'        """Does the {random.randrange(10**6)}th thing, with some words about it."""',
            f"        log.debug('step %d of {place}', value)",
            f"        return value + {random.randrange(99)}",
            "",
        ]
    lines += ["", f"def make_{number}() -> Thing{number}:", f"    return Thing{number}()", ""]
    for one in imported:
        lines += [
            "",
            f"def through_{one}(value: Thing{one}):",
            f"    return value, make_{one}().method_0()",
            "",
        ]
    return ("\n".join([*lines, "", use]) if use else "\n".join(lines)).encode()


def push(repository: Repository, head: str, count: int) -> str:
    """Edits ten files: eight bodies of functions, five of them in the lowest layers, and two files that use the member."""
    application = count // 2
    using = [
        one for one in range(count) if b"Engine" in (repository.blob(head, path_of(one, application)) or b"")
    ]
    numbers = [*range(3, 200, 40)[:5], *range(application // 2, application, application // 5)[:3]]
    chosen = [path_of(one, application) for one in (*numbers, *using[len(using) // 2 :][:2])]
    body = b"        return value + "
    changes: dict[str, bytes | None] = {
        path: (repository.blob(head, path) or b"").replace(body, b"        value += 1\n" + body, 1)
        for path in chosen
    }
    return repository.commits(head, [NewCommit("push ten", dict(changes), AUTHOR)])[0]


def pull(repository: Repository, head: str, count: int) -> str:
    """A new use in somebody's pull request."""
    path = path_of(7, count // 2)
    data = repository.blob(head, path) or b""
    more = b"\nfrom shop.engine import make_engine\n\nlog.info(make_engine().execute_agent('b'))\n"
    return repository.commits(head, [NewCommit("use it", {path: data + more}, AUTHOR)])[0]


# ---- what is measured


def measured(repository: Repository, plan: Plan, place: Path) -> tuple[list[Step], int]:
    head = repository.resolve("HEAD") or ""
    count = len(repository.entries(head)) - LAYERS - 2
    rows = [timed("`git grep` over the commit", lambda: len(repository.grep(head, [b"execute_agent"])), str)]
    with checker_memory() as peak:
        rows.append(timed("the first count", kept_count(repository, head, plan, place), left))
    rows.append(timed("the same commit again", kept_count(repository, head, plan, place), left))
    pushed = push(repository, head, count)
    rows.append(timed("after a push of ten files", kept_count(repository, pushed, plan, place), left))
    proposed = pull(repository, pushed, count)
    rows.append(
        timed("the ratchet on a pull request", ratchet(repository, plan, pushed, proposed, place), new)
    )
    return rows, peak[0]


def kept_count(repository: Repository, commit: str, plan: Plan, place: Path) -> Callable[[], MigrationCount]:
    def run() -> MigrationCount:
        with BlobIndex(place / "index" / "index.sqlite") as index, opened(repository.git_dir) as fresh:
            return count_references(fresh, plan, commit, index=index)

    return run


def ratchet(
    repository: Repository, plan: Plan, base: str, head: str, place: Path
) -> Callable[[], RatchetFindings]:
    def run() -> RatchetFindings:
        with BlobIndex(place / "index" / "index.sqlite") as index, opened(repository.git_dir) as fresh:
            return uses_added(fresh, WatchedMigration(1, plan, plan_digests(plan)), base, head, index)

    return run


def left(found: object) -> str:
    if not isinstance(found, MigrationCount):
        return str(found)
    safe = sum(one.automatic for one in found.phases.values())
    manual = sum(len(one.manual) for one in found.phases.values())
    return f"{safe:,} to migrate, {manual:,} for manual work, in {len(found.files_with_references):,} files"


def new(found: object) -> str:
    if not isinstance(found, RatchetFindings):
        return str(found)
    return ", ".join(f"{one.path}:{one.line}" for one in found.new_uses)


@contextmanager
def checker_memory() -> Iterator[list[int]]:
    """The most resident memory of a process named pyrefly that this one started, in MB."""
    peak, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            peak[0] = max([peak[0], *(memory_of(process) for process in descendants(os.getpid()))])

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def descendants(process: int) -> Iterator[int]:
    for task in Path(f"/proc/{process}/task").iterdir():
        try:
            children = (task / "children").read_text().split()
        except OSError:
            continue
        for child in map(int, children):
            yield child
            yield from descendants(child) if Path(f"/proc/{child}/task").exists() else ()


def memory_of(process: int) -> int:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    if fields.get("Name", "").strip() != "pyrefly":
        return 0
    return int(fields.get("VmHWM", "0 kB").split()[0]) // 1024


def report(rows: Sequence[Step], count: int, peak: int) -> str:
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    lines = [
        f"# Members: {count:,} generated files, {USING} of them with uses",
        "",
        f"{platform.platform()}, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}; "
        f"at the peak {own:,} MB here, {peak:,} MB in the type checker.",
        "",
        "| | seconds | processor | found |",
        "| --- | ---: | ---: | --- |",
    ]
    lines += [f"| {row.what} | {row.seconds:.2f} | {row.processor:.2f} | {row.found} |" for row in rows]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
