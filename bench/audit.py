"""`python -m bench.audit`: the first audit, the same again, one after a commit that touches ten files; beside
`git grep` over the tree and `ast` over the files that it finds.

Without arguments a repository of 9,000 files is made; or `--repository DIR --replace OLD=NEW [--roots DIRS]`.
"""

from __future__ import annotations

import argparse
import ast
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from bot.audit.audit import Audit, audit
from bot.git.mirror import CommitTree
from bot.git.objects import NewCommit, Person
from bot.git.repository import Repository
from bot.plan.read import read_replacement
from bot.rewrite.blob_index import BlobIndex
from codemods.model.rules import Replacement, Rules
from codemods.model.tree import Entry

FILES, SHARE = 9_000, 9
"""One file of so many refers to the deprecated name."""
AUTHOR = Person("Bench", "bench@example.com", datetime(2026, 1, 1, tzinfo=UTC))
PAIR = "shop.engine:Engine=shop.user_engine:UserEngine"


@dataclass(frozen=True)
class Step:
    what: str
    seconds: float
    processor: float
    found: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    options = parsed(arguments)
    with tempfile.TemporaryDirectory(prefix="drover-bench-") as folder:
        place = Path(folder)
        repository = existing(options.repository, place) if options.repository else generated(place)
        pair = read_replacement(options.replace)
        if not isinstance(pair, Replacement):
            print(pair, file=sys.stderr)
            return 2
        roots = tuple(options.roots.split(",")) if options.roots else None
        with repository:
            rows = measured(repository, Rules(replace=(pair,), strings=True, docs=True, roots=roots), place)
    text = report(rows, options.repository or f"{FILES:,} generated files, seed 0")
    print(text)
    if options.write:
        options.write.write_text(text + "\n")
    return 0


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.audit", description=__doc__)
    parser.add_argument("--repository", metavar="DIR")
    parser.add_argument("--replace", metavar="OLD=NEW", default=PAIR)
    parser.add_argument("--roots", metavar="DIRS")
    parser.add_argument("--write", metavar="FILE", type=Path)
    return parser.parse_args(arguments)


def existing(given: str, place: Path) -> Repository:
    """A copy that shares its objects: the commit that is made here is not left there."""
    subprocess.run(["git", "clone", "-q", "--shared", "--bare", given, str(place / "copy")], check=True)
    return opened(place / "copy")


def generated(place: Path) -> Repository:
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(place / "made")], check=True)
    repository = opened(place / "made")
    empty = repository.commit_tree(empty_tree(place / "made"), [], "empty", AUTHOR)
    (head,) = repository.commits(empty, [NewCommit("all", files(Random(0)), AUTHOR)])
    repository.update_ref("refs/heads/main", head)
    return repository


def empty_tree(git_dir: Path) -> str:
    command = ["git", "--git-dir", str(git_dir), "hash-object", "-t", "tree", "-w", "--stdin"]
    return subprocess.run(command, input=b"", capture_output=True, check=True).stdout.decode().strip()


def opened(place: Path) -> Repository:
    repository = Repository.at(place)
    if repository is None:
        raise ValueError(f"{place} is no repository")
    return repository


def files(random: Random) -> dict[str, bytes | None]:
    made: dict[str, bytes | None] = {
        "shop/__init__.py": b"",
        "shop/engine.py": b"class Engine:\n    def run(self): ...\n    def forget(self): ...\n",
        "shop/user_engine.py": b"class UserEngine:\n    def run(self): ...\n",
    }
    for number in range(FILES):
        top = "shop" if number % 5 < 2 else "tests"
        path = f"{top}/part{number % 37}/area{number % 11}/module_{number}.py"
        made[path] = module(random, refers=number % SHARE == 0)
    return made


def module(random: Random, refers: bool) -> bytes:
    lines = ["import os", "import sys"] + (["from shop.engine import Engine"] if refers else [])
    for number in range(random.randrange(5, 60)):
        lines += [
            "",
            f"def function_{number}(first, second=None, *rest):",
            f'    """Does the {random.randrange(10**6)}th thing, with some words about it."""',
            f"    values = [one for one in range({random.randrange(100)}) if one % 2]",
            "    if second:",
            f"        return os.path.join(str(first), 'text {random.random()}', *rest)",
            f"    return {'Engine().run()' if refers and number % 7 == 0 else 'sys.argv, values'}",
        ]
    return ("\n".join(lines) + "\n").encode()


def measured(repository: Repository, rules: Rules, place: Path) -> list[Step]:
    head = repository.resolve("HEAD") or ""
    word = (rules.replace[0].old.name or rules.replace[0].old.module).encode()
    tree = CommitTree(repository, head)
    matching = tree.grep([word])
    texts = [text for entry, text in tree.read(tree.entries()) if entry.path in matching and is_python(entry)]
    rows = [
        timed("`git grep` over the commit", lambda: len(repository.grep(head, [word])), str),
        timed("`ast` over the files with the word", lambda: sum(map(parses, texts)), str),
    ]
    first = kept_audit(repository, head, rules, place)
    rows.append(timed("the first audit", first, told))
    rows.append(timed("the same commit again", kept_audit(repository, head, rules, place), told))
    touched = ten_files(repository, head, [file.path for file in first().files])
    again = timed(
        "after a commit that touches ten files", kept_audit(repository, touched, rules, place), told
    )
    shutil.rmtree(place / "index", ignore_errors=True)
    return [*rows, again]


def is_python(entry: Entry) -> bool:
    return entry.path.endswith((".py", ".pyi"))


def parses(text: bytes) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def kept_audit(repository: Repository, commit: str, rules: Rules, place: Path) -> Callable[[], Audit]:
    def run() -> Audit:
        with BlobIndex(place / "index" / "index.sqlite") as index, opened(repository.git_dir) as regenerate:
            return audit(CommitTree(regenerate, commit), rules, index=index)

    return run


def ten_files(repository: Repository, head: str, referring: Sequence[str]) -> str:
    """Eight of all, two that refer to the deprecated name."""
    paths = [entry.path for entry in repository.entries(head) if entry.path.endswith(".py")]
    chosen = [*paths[len(paths) // 10 :: len(paths) // 8][:8], *referring[len(referring) // 3 :][:2]]
    changes: dict[str, bytes | None] = {
        path: (repository.blob(head, path) or b"") + b"\n# touched\n" for path in chosen
    }
    return repository.commits(head, [NewCommit("touch ten", dict(changes), AUTHOR)])[0]


def timed(what: str, run: Callable[[], object], say: Callable[[object], str]) -> Step:
    wall, processor = time.perf_counter(), spent()
    found = run()
    return Step(what, time.perf_counter() - wall, spent() - processor, say(found))


def spent() -> float:
    """Processor seconds of this process and of those that it started and that have ended."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def told(found: object) -> str:
    return f"{found.sites:,} sites in {len(found.files):,} files" if isinstance(found, Audit) else str(found)


def report(rows: Sequence[Step], what: str) -> str:
    searched, parsed_alone, whole = rows[:3]
    ratio = whole.processor / (searched.processor + parsed_alone.processor)
    lines = [
        f"# Audit: {what}",
        "",
        f"{platform.platform()}, Python {platform.python_version()}, "
        f"load {os.getloadavg()[0]:.1f}, at the peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,} MB.",
        "",
        "| | seconds | processor | of the first audit's | found |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    lines += [
        f"| {row.what} | {row.seconds:.3f} | {row.processor:.3f} | {share(row, whole)} | {row.found} |"
        for row in rows
    ]
    lines += [
        "",
        f"The first audit takes **{ratio:.1f}** times the processor time of the search and the parsing.",
    ]
    return "\n".join(lines)


def share(row: Step, whole: Step) -> str:
    return f"{100 * row.processor / whole.processor:.1f} % of the processor time"


if __name__ == "__main__":
    sys.exit(main())
