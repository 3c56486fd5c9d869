"""A git directory, a mirror's or a checkout's, through plumbing alone: no work tree, no index, no `chdir`."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from cachetools import TTLCache

from codemods.model.tree import Entry

from .importing import import_commits
from .objects import (
    EXECUTABLE,
    FILE,
    NO_OBJECT,
    SYMLINK,
    Commit,
    DiffStat,
    MergeResult,
    NewCommit,
    PathChange,
    Person,
    checked_path,
    checked_ref,
    format_commit,
    is_sha,
    parse_changes,
    parse_commit,
)
from .process import Git, GitFailed, GitTooLarge, UnknownRevision, decode, encode
from .reading import ObjectReader, stream

_ARGUMENT_BYTES = 60_000
_FEW = 50
MOST_FILES = 500_000
"""Of a commit. A tree of a few kilobytes may list its folders again and again."""
_TOO_LARGE: TTLCache[tuple[str | bytes, ...], tuple[str, int, str]] = TTLCache(64, 3600.0)
"""What git was asked to list of trees, which stay what they are, and what it said. Tried again after an hour: the memory
may have been lacking for another reason."""
_GUARD = threading.Lock()
_NOBODY = Person("drover", "drover@localhost", datetime.fromtimestamp(0, UTC))


class Repository:
    def __init__(self, git_dir: Path, *, protocols: str = "http:https", held: Sequence[int] = ()) -> None:
        self.git_dir = git_dir
        self.git = Git(git_dir, protocols, held)
        self._answers = ObjectReader(self.git)

    @classmethod
    def at(cls, root: Path) -> Repository | None:
        """The repository of a checkout, wherever its git directory lies; None if there is none."""
        for folder in (root.absolute(), *root.absolute().parents):
            found = _git_dir(folder / ".git") or (folder if _is_git_dir(folder) else None)
            if found:
                return cls(found, protocols="http:https:ssh:file")
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, end: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._answers.close()

    def stop(self) -> None:
        """Kills what git does here now, from any thread; nothing can be asked afterwards."""
        self.git.stop()

    @property
    def shallow(self) -> bool:
        """Whether history ends somewhere before its start."""
        return self.git.run("rev-parse", "--is-shallow-repository").out.strip() == b"true"

    @property
    def partial(self) -> bool:
        """Whether contents are missing that git would fetch on demand."""
        return bool(self.git.run("config", "--get-regexp", r"^remote\..*\.promisor$", ok=(0, 1)).out)

    def resolve(self, revision: str) -> str | None:
        """The commit that a branch, tag, ref or sha names."""
        if not revision or revision.startswith("-"):
            return None
        found = self._answers.info(f"{revision}^{{commit}}")
        return found.id if found else None

    def tree_of(self, revision: str) -> str:
        found = self._answers.info(f"{revision}^{{tree}}") if not revision.startswith("-") else None
        if found is None:
            raise UnknownRevision(revision)
        return found.id

    def has(self, sha: str) -> bool:
        return is_sha(sha) and self._answers.info(sha) is not None

    def commit(self, revision: str) -> Commit:
        found = self._answers.contents(self._commit_id(revision))
        if found is None:
            raise UnknownRevision(revision)
        return parse_commit(found[0].id, found[1])

    def entries(self, revision: str, paths: Sequence[str] | None = None) -> list[Entry]:
        """Every file at that commit or tree, in git's order; below `paths` (files, folders) where given."""
        tree = self.tree_of(revision)
        found: dict[str, Entry] = {}
        for some in _chunks([None] if paths is None else [encode(path) for path in paths]):
            out = self._listed("--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", tree, "--", *some)
            if len(found) + out.count(b"\0") > MOST_FILES:
                raise GitTooLarge("ls-tree", 0, f"the commit has more than {MOST_FILES:,} files")
            found.update((entry.path, entry) for entry in _entries(out))
        listed = list(found.values())
        return listed if paths is None else sorted(listed, key=lambda entry: encode(entry.path))

    def grep(self, revision: str, words: Sequence[bytes], paths: Sequence[str] = ()) -> set[str]:
        """The files that hold any of the words, byte for byte; of git's pathspecs (`*.py`, `src/`)."""
        if not words:
            return set()
        if any(not word or b"\n" in word or b"\0" in word for word in words):
            raise ValueError("a word to look for is empty or holds a line end or NUL")
        tree = self.tree_of(revision)
        out = self.git.run(
            *(
                "grep",
                "-l",
                "-z",
                "-F",
                "--full-name",
                "--no-color",
                "--no-recurse-submodules",
                "--no-textconv",
            ),
            *("-f", "-", tree, "--", *paths),
            input=b"\n".join(words) + b"\n",
            ok=(0, 1),
        ).out
        return {decode(path[len(tree) + 1 :]) for path in out.split(b"\0") if path}

    def read(self, blobs: Iterable[str], most: int | None = None) -> Iterator[tuple[str, bytes]]:
        """Their contents, in the order asked for, one at a time in memory; of each at `most` so many bytes."""
        for blob, content in self._stream(blobs, most):
            if content is None:
                raise GitFailed("cat-file", 1, f"{blob} is not in this repository")
            yield blob, content

    def content(self, blob: str, most: int | None = None) -> bytes | None:
        """Of a blob by its id, at `most` so many bytes; None where it isn't here."""
        found = self._answers.contents(blob, most)
        return found[1] if found and found[0].kind == "blob" else None

    def blob(self, revision: str, path: str) -> bytes | None:
        """A file's content; None if there is no file."""
        tree = self.tree_of(revision)
        if "\n" in path:
            name = next((entry.blob for entry in self.entries(tree, [path]) if entry.path == path), "")
        else:
            name = f"{tree}:{path}" if path and not path.startswith(("./", "../")) else ""
        contents = self._answers.contents(name)
        return contents[1] if contents and contents[0].kind == "blob" else None

    def export(self, revision: str, folder: Path) -> None:
        """The files of a commit written below `folder`; submodules stay empty."""
        entries = [entry for entry in self.entries(revision) if entry.mode in (FILE, EXECUTABLE, SYMLINK)]
        _check_layout([entry.path for entry in entries])
        entries.sort(key=lambda entry: entry.mode == SYMLINK)
        targets = [os.fsencode(folder) + b"/" + encode(entry.path) for entry in entries]
        for parent in dict.fromkeys(map(os.path.dirname, targets)):
            os.makedirs(parent, exist_ok=True)
        # All folders first, all links last: nothing is written through a link, however a file system compares names.
        contents = self.read([entry.blob for entry in entries])
        for entry, target, (_, content) in zip(entries, targets, contents, strict=True):
            if entry.mode == SYMLINK:
                os.symlink(content, target)
            else:
                _write_new(target, content, executable=entry.mode == EXECUTABLE)

    def diff(
        self, old: str, new: str, renames: bool = False, paths: Sequence[str] | None = None
    ) -> list[PathChange]:
        found: list[PathChange] = []
        trees = (self.tree_of(old), self.tree_of(new))
        for some in _chunks([None] if paths is None else [encode(path) for path in paths]):
            found += parse_changes(
                self._diff_tree(trees, "-z", "--raw", "--no-abbrev", *_renames(renames), paths=some)
            )
        return found

    def diff_stat(self, old: str, new: str) -> DiffStat:
        raw = self._diff_tree((self.tree_of(old), self.tree_of(new)), "-z", "--numstat", "--no-renames")
        lines = [line.split(b"\t")[:2] for line in raw.split(b"\0") if line.count(b"\t") >= 2]
        added, removed = (sum(int(line[side]) for line in lines if line[side] != b"-") for side in (0, 1))
        return DiffStat(len(lines), added, removed)

    def patch(self, old: str, new: str, paths: Sequence[str] | None = None) -> str:
        """The difference as text to read; what is not UTF-8 in it is replaced."""
        trees = (self.tree_of(old), self.tree_of(new))
        some = [encode(path) for path in paths or ()]
        raw = self._diff_tree(trees, "-p", "--no-color", "--full-index", "--no-renames", paths=some)
        return raw.decode("utf-8", "replace")

    def log(
        self, revisions: str, paths: Sequence[str] | None = None, limit: int | None = None
    ) -> Iterator[Commit]:
        """The commits of `a..b`, or all before and with `b`, newest first."""
        since, dots, until = revisions.rpartition("..")
        wanted = [self._commit_id(until), *([f"^{self._commit_id(since)}"] if dots else [])]
        bound = [] if limit is None else [f"--max-count={limit}"]
        some = [encode(path) for path in paths or ()]
        out = self.git.run(
            "--literal-pathspecs", "rev-list", "--topo-order", *bound, *wanted, "--", *some
        ).out
        for sha, raw in stream(self.git, out.decode().split()):
            if raw is None:
                raise GitFailed("cat-file", 1, f"{sha} is not in this repository")
            yield parse_commit(sha, raw)

    def merge_base(self, one: str, other: str) -> str | None:
        done = self.git.run("merge-base", self._commit_id(one), self._commit_id(other), ok=(0, 1))
        return done.out.decode().strip() or None

    def is_ancestor(self, old: str, new: str) -> bool:
        done = self.git.run(
            "merge-base", "--is-ancestor", self._commit_id(old), self._commit_id(new), ok=(0, 1)
        )
        return done.status == 0

    def commits(self, base: str, new: Sequence[NewCommit]) -> list[str]:
        """The commits on top of `base`, in a row; they are in no branch until a ref is set to one."""
        parent = self._commit_id(base)
        touched = {checked_path(path) for commit in new for path in commit.changes}
        here = self.entries(parent, None if len(touched) > _FEW else sorted(touched))
        modes = {entry.path: entry.mode for entry in here if entry.path in touched}
        return import_commits(self.git, parent, new, modes)

    def commit_tree(self, tree: str, parents: Sequence[str], message: str, author: Person) -> str:
        raw = format_commit(
            self.tree_of(tree), [self._commit_id(parent) for parent in parents], author, author, message
        )
        return self.git.run("hash-object", "-t", "commit", "-w", "--stdin", input=raw).out.decode().strip()

    def merge_tree(self, base: str, ours: str, theirs: str) -> MergeResult:
        """`theirs` minus `base`, applied to `ours`.

        git 2.38 has no `--merge-base`: commits are made of the trees so that the wanted base is theirs.
        """
        root = self.commit_tree(base, [], "base", _NOBODY)
        sides = [
            self.commit_tree(side, [root], name, _NOBODY)
            for side, name in ((ours, "ours"), (theirs, "theirs"))
        ]
        arguments = ("merge-tree", "--write-tree", "-z", "--name-only", "--messages")
        done = self.git.run(*arguments, *sides, ok=(0, 1))
        head, _, messages = done.out.partition(b"\0\0")
        tree, *conflicts = head.split(b"\0")
        if done.status and not any(conflicts):
            raise GitFailed("merge-tree", done.status, decode(messages).replace("\0", " "))
        paths = tuple(sorted({decode(path) for path in conflicts if path})) if done.status else ()
        return MergeResult(tree.decode().strip(), paths)

    def refs(self, prefix: str = "refs/") -> dict[str, str]:
        checked_ref(prefix.rstrip("/") + "/x")
        out = self.git.run("for-each-ref", "--format=%(objectname) %(refname)", prefix).out
        lines = [decode(line).partition(" ") for line in out.splitlines()]
        return {ref: sha for sha, _, ref in lines}

    def update_ref(self, ref: str, new: str, old: str | None = None) -> bool:
        """Sets a ref that now is `old` (None: is not there yet). False if it was something else."""
        return self._set_ref(ref, ("update", checked_ref(ref), self._object_id(new), old or NO_OBJECT), old)

    def delete_ref(self, ref: str, old: str) -> bool:
        return self._set_ref(ref, ("delete", checked_ref(ref), old), old)

    def fsck(self) -> list[str]:
        """What is wrong with the repository, a line each; empty if nothing is."""
        done = self.git.run("fsck", "--no-dangling", "--no-progress", timeout=3600, ok=range(256))
        said = (done.out + done.err).decode("utf-8", "replace").splitlines()
        found = [line for line in said if not line.startswith(("notice:", "Checking"))]
        return found if done.status or found else []

    def _stream(self, blobs: Iterable[str], most: int | None) -> Iterator[tuple[str, bytes | None]]:
        """A few are asked for one by one: a git of their own would take longer to start."""
        wanted = list(blobs)
        try:
            if len(wanted) > _FEW:
                yield from stream(self.git, wanted, most)
                return
            for blob in wanted:
                found = self._answers.contents(blob, most)
                yield blob, found[1] if found else None
        except GitFailed as failed:
            if not self.partial:
                raise
            why = "this is a partial clone, and what it lacks could not be fetched: try a full one"
            raise GitFailed(failed.command, failed.status, why) from failed

    def _commit_id(self, revision: str) -> str:
        sha = self.resolve(revision)
        if sha is None:
            raise UnknownRevision(revision)
        return sha

    def _object_id(self, name: str) -> str:
        if not self.has(name):
            raise UnknownRevision(name)
        return name

    def _diff_tree(self, trees: tuple[str, str], *options: str, paths: Sequence[bytes] = ()) -> bytes:
        always = ("--literal-pathspecs", "diff-tree", "-r", "--no-ext-diff", "--no-textconv")
        return self._listed(*always, *options, *trees, "--", *paths)

    def _listed(self, *arguments: str | bytes) -> bytes:
        """What is too large once is refused at once the next time: it takes long, and much memory, to find out."""
        with _GUARD:
            known = _TOO_LARGE.get(arguments)
        if known is not None:
            raise GitTooLarge(*known)
        try:
            return self.git.run(*arguments).out
        except GitTooLarge as trouble:
            with _GUARD:
                _TOO_LARGE[arguments] = (trouble.command, trouble.status, trouble.text)
            raise

    def _set_ref(self, ref: str, change: tuple[str, ...], old: str | None) -> bool:
        order = " ".join(("option no-deref\n" + change[0], *change[1:])) + "\n"
        done = self.git.run("update-ref", "--stdin", input=encode(order), ok=(0, 1, 128))
        if done.status == 0:
            return True
        if self.refs(ref).get(ref) != old:
            return False
        raise GitFailed("update-ref", done.status, done.err.decode("utf-8", "replace"))


def _write_new(target: bytes, content: bytes, *, executable: bool) -> None:
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666), "wb") as file:
        file.write(content)
        if executable:
            os.fchmod(file.fileno(), stat.S_IMODE(os.fstat(file.fileno()).st_mode) | 0o111)


def _check_layout(paths: Sequence[str]) -> None:
    """A tree may name a link and a folder alike: what is in the folder would be written where the link leads."""
    files = set(paths)
    for path in paths:
        parts = checked_path(path).split("/")
        folders = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
        if twice := next((folder for folder in folders if folder in files), None):
            raise ValueError(f"{twice!r} is a file and a folder")


def _renames(wanted: bool) -> tuple[str, ...]:
    return ("-M", "-l2000") if wanted else ("--no-renames",)


def _entries(raw: bytes) -> Iterator[Entry]:
    for line in raw.split(b"\0"):
        if line:
            head, _, path = line.partition(b"\t")
            mode, _, rest = head.partition(b" ")
            yield Entry(decode(path), rest.partition(b" ")[2].decode(), mode.decode())


def _chunks(arguments: Sequence[bytes | None]) -> Iterator[list[bytes]]:
    """In parts that fit a command line; `[None]` is one part with nothing in it."""
    part: list[bytes] = []
    size = 0
    for argument in arguments:
        if argument is None:
            yield []
            continue
        if part and size + len(argument) > _ARGUMENT_BYTES:
            yield part
            part, size = [], 0
        part.append(argument)
        size += len(argument) + 1
    if part:
        yield part


def _git_dir(dot_git: Path) -> Path | None:
    """`.git` is a folder, or in linked work trees and submodules a file that names one."""
    if dot_git.is_dir() and _is_git_dir(dot_git):
        return dot_git
    if not dot_git.is_file():
        return None
    named = dot_git.read_text("utf-8", "surrogateescape").strip().removeprefix("gitdir:").strip()
    return (dot_git.parent / named).resolve()


def _is_git_dir(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and ((folder / "objects").is_dir() or (folder / "commondir").is_file())
