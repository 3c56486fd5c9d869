"""git's plumbing over one bare repository."""

from __future__ import annotations

import os
import re
import resource
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cachetools import LRUCache

from sandbox.git.objects import CommitInfo, FileChange, GitFailed, Signature, TreeItem, commit_text
from sandbox.git.parsing import (
    parse_batch,
    parse_changes,
    parse_commit,
    parse_names,
    parse_tree_item,
    with_patches,
)
from sandbox.git.threads import run_in_thread

_SHA = re.compile("[0-9a-f]{40}")
_OBJECT_NAME = re.compile(r"\^?[0-9a-f]{40}(?:\.{2,3}[0-9a-f]{40})?")
_READS = frozenset({"cat-file", "diff-tree", "ls-tree", "merge-base", "merge-tree", "rev-list"})
_KINDS = frozenset({"blob", "commit", "tree", "tag"})
_REF_FLAGS = frozenset({"--all", "--branches", "--remotes", "--tags"})
MOST_LISTED = 2**20
"""Bytes of a list of changes beyond which there is none: GitHub gives up on one that takes long to make."""
MOST_MEMORY = 32 * 2**20
_CACHED_RESULTS, _LARGEST_CACHED = 4096, 65536


@dataclass(frozen=True)
class MergeConflict:
    paths: tuple[str, ...]


def _is_cacheable(args: Sequence[str]) -> bool:
    """Return whether the output can be cached: it depends only on objects named by their ids."""
    named = [arg for arg in args[1:] if not arg.startswith("-")]
    objects = [arg for arg in named if arg not in _KINDS]
    plain = bool(objects) and all(_OBJECT_NAME.fullmatch(arg) for arg in objects)
    return args[0] in _READS and plain and not _REF_FLAGS & set(args)


def _matches_prefix(ref: str, prefixes: Sequence[str]) -> bool:
    """Match prefixes as `git for-each-ref` does: a whole ref, or a folder of refs."""
    return not prefixes or any(ref == one or ref.startswith(one.rstrip("/") + "/") for one in prefixes)


def environment(home: Path) -> dict[str, str]:
    """Return an environment that ignores the machine's and the user's git configuration."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": "GitHub",
        "GIT_AUTHOR_EMAIL": "noreply@github.com",
        "GIT_COMMITTER_NAME": "GitHub",
        "GIT_COMMITTER_EMAIL": "noreply@github.com",
    }


class Git:
    def __init__(self, path: Path, home: Path) -> None:
        self.path = path
        self.home = home
        self._commits: dict[str, CommitInfo] = {}
        self._paths: dict[str, list[FileChange]] = {}
        self._known: LRUCache[tuple[str, ...], tuple[int, bytes]] = LRUCache(_CACHED_RESULTS)

    async def output(self, *args: str, stdin: bytes = b"", ok: Sequence[int] = (0,)) -> tuple[int, bytes]:
        if stdin or not _is_cacheable(args):
            return await run_in_thread(self._output, args, stdin, ok)
        known = self._known.get(args)
        if known is None:
            known = await run_in_thread(self._output, args, stdin, ok)
            if known[0] <= 1 and len(known[1]) <= _LARGEST_CACHED:
                self._known[args] = known
        return known

    async def run(self, *args: str, stdin: bytes = b"") -> bytes:
        return (await self.output(*args, stdin=stdin))[1]

    async def text(self, *args: str, stdin: bytes = b"") -> str:
        return (await self.run(*args, stdin=stdin)).decode("utf-8", "surrogateescape")

    def _output(self, args: Sequence[str], stdin: bytes, ok: Sequence[int]) -> tuple[int, bytes]:
        done = subprocess.run(
            ["git", "--git-dir", str(self.path), *args],
            input=stdin,
            capture_output=True,
            env=environment(self.home),
            check=False,
        )
        if done.returncode not in ok:
            raise GitFailed(f"git {' '.join(args[:3])}: {done.stderr.decode(errors='replace').strip()}")
        return done.returncode, done.stdout

    def _listed(self, args: Sequence[str], stdin: bytes = b"") -> str:
        """A list of changes. A tree of a few kilobytes may hold itself again and again."""
        command = ["git", "--git-dir", str(self.path), *args]
        pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
        with subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=nothing, env=environment(self.home)
        ) as process:
            if process.stdin is None or process.stdout is None:
                raise GitFailed("it has no pipes")
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
            process.stdin.write(stdin)
            process.stdin.close()
            out = process.stdout.read(MOST_LISTED + 1)
            process.kill()
        return out.decode("utf-8", "surrogateescape") if len(out) <= MOST_LISTED else ""

    # refs

    async def refs(self, *prefixes: str) -> dict[str, str]:
        if (loose := await run_in_thread(self._read_loose_refs)) is not None:
            return {ref: loose[ref] for ref in sorted(loose) if _matches_prefix(ref, prefixes)}
        out = await self.text("for-each-ref", "--format=%(objectname) %(refname)", *prefixes)
        return {ref: sha for sha, _, ref in (line.partition(" ") for line in out.splitlines())}

    async def ref(self, name: str) -> str | None:
        if loose := self._read_loose_ref(name):
            return loose
        code, out = await self.output("rev-parse", "--verify", "--quiet", "--end-of-options", name, ok=(0, 1))
        return out.decode().strip() if code == 0 else None

    def _read_loose_ref(self, name: str) -> str | None:
        """Read a ref from its file, which saves a process."""
        if not name.startswith("refs/") or "^" in name or ".." in name:
            return None
        try:
            found = (self.path / name).read_text("utf-8").strip()
        except (OSError, ValueError):
            return None
        return found if _SHA.fullmatch(found) else None

    def _read_loose_refs(self) -> dict[str, str] | None:
        """Read every ref from its file; None if some may be packed."""
        if (self.path / "packed-refs").exists():
            return None
        try:
            files = [
                file for file in (self.path / "refs").rglob("*") if file.is_file() and file.suffix != ".lock"
            ]
            found = {str(file.relative_to(self.path)): file.read_text("utf-8").strip() for file in files}
        except (OSError, ValueError):
            return None
        return found if all(_SHA.fullmatch(sha) for sha in found.values()) else None

    async def move(self, changes: Iterable[tuple[str, str, str]]) -> None:
        """Apply all the updates, given as (ref, new, old), or none."""
        lines = [f"update {ref}\0{new}\0{old}\0" for ref, new, old in changes]
        await self.run("update-ref", "--stdin", "-z", stdin="".join(lines).encode())

    async def valid_ref(self, name: str) -> bool:
        code, _ = await self.output("check-ref-format", name, ok=(0, 1))
        return code == 0

    # objects

    async def kind(self, sha: str) -> str | None:
        """Return commit, tree, blob or tag, or None for an unknown id."""
        if not _SHA.fullmatch(sha):
            return None
        code, out = await self.output("cat-file", "-t", sha, ok=(0, 1, 128))
        return out.decode().strip() if code == 0 else None

    async def resolve(self, name: str) -> str | None:
        """Return the commit that a branch, tag, ref or sha names."""
        if name in self._commits:
            return name
        if branch := self._read_loose_ref(f"refs/heads/{name}"):
            return branch
        for form in (f"refs/heads/{name}", f"refs/tags/{name}", name):
            if sha := await self.ref(f"{form}^{{commit}}"):
                return sha
        return None

    async def commits(self, shas: Sequence[str]) -> list[CommitInfo]:
        missing = [sha for sha in shas if sha not in self._commits]
        if missing:
            out = await self.run("cat-file", "--batch", stdin="\n".join(missing).encode() + b"\n")
            for sha, raw in parse_batch(out):
                self._commits[sha] = parse_commit(sha, raw)
        return [self._commits[sha] for sha in shas]

    async def commit(self, sha: str) -> CommitInfo:
        return (await self.commits([sha]))[0]

    async def blob(self, sha: str) -> bytes:
        return await self.run("cat-file", "blob", sha)

    async def read(self, commit: str, path: str) -> bytes | None:
        code, out = await self.output("cat-file", "blob", f"{commit}:{path}", ok=(0, 128))
        return out if code == 0 else None

    async def write_blob(self, content: bytes) -> str:
        return (await self.run("hash-object", "-w", "--stdin", stdin=content)).decode().strip()

    async def write_commit(self, raw: bytes) -> str:
        out = await self.run("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw)
        return out.decode().strip()

    async def tree(self, treeish: str, recursive: bool = False, path: str = "") -> list[TreeItem]:
        flags = ["-r", "-t"] if recursive else []
        where = ["--", path] if path else []
        out = await self.text("ls-tree", "-z", "-l", *flags, treeish, *where)
        return [parse_tree_item(row) for row in out.split("\0") if row]

    # history

    async def revisions(self, *args: str) -> list[str]:
        return (await self.text("rev-list", *args)).split()

    async def count(self, *args: str) -> int:
        return int(await self.text("rev-list", "--count", *args))

    async def is_ancestor(self, old: str, new: str) -> bool:
        code, _ = await self.output("merge-base", "--is-ancestor", old, new, ok=(0, 1, 128))
        return code == 0

    async def merge_base(self, one: str, other: str) -> str | None:
        code, out = await self.output("merge-base", one, other, ok=(0, 1))
        return out.decode().strip() if code == 0 else None

    async def diff(self, old: str, new: str, patches: bool = True) -> list[FileChange]:
        """Return the changes between two trees, file by file; none if they are more than anybody could list."""
        args = ("diff-tree", "-r", "-z", "-M", "--raw", "--numstat", old, new)
        changes = parse_changes(await run_in_thread(self._listed, args))
        if not patches or not changes:
            return changes
        raw = await self.run("diff-tree", "-r", "-p", "-M", "--full-index", old, new)
        return with_patches(changes, raw)

    async def changed_paths(self, shas: Sequence[str]) -> dict[str, list[FileChange]]:
        """Return the files that each commit changed, without line counts."""
        missing = [sha for sha in shas if sha not in self._paths]
        if missing:
            asked = "".join(f"{sha}\n" for sha in missing).encode()
            args = ("diff-tree", "--stdin", "-r", "-z", "-M", "--root", "--name-status")
            out = await run_in_thread(self._listed, args, asked)
            self._paths |= {sha: [] for sha in missing} | parse_names(out, set(missing))
        return {sha: self._paths[sha] for sha in shas}

    async def merge(self, ours: str, theirs: str) -> str | MergeConflict:
        """Return the tree of a three-way merge, or its conflicts."""
        code, out = await self.output(
            "merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs, ok=(0, 1)
        )
        tree, *paths = out.decode("utf-8", "surrogateescape").rstrip("\0").split("\0")
        return tree if code == 0 else MergeConflict(tuple(dict.fromkeys(paths)))

    async def write(
        self,
        tree: str,
        parents: Sequence[str],
        message: str,
        author: Signature,
        committer: Signature,
        signed: str | None = None,
    ) -> str:
        return await self.write_commit(commit_text(tree, parents, message, author, committer, signed))

    async def pick(self, commit: CommitInfo, onto: str, committer: Signature) -> str | MergeConflict:
        """Cherry-pick a commit onto another."""
        parent = commit.parents[0]
        base = await self.commit(onto)
        shifted = await self.write(base.tree, [parent], "", committer, committer)
        merged = await self.merge(shifted, commit.sha)
        if isinstance(merged, MergeConflict):
            return merged
        return await self.write(merged, [onto], commit.message, commit.author, committer)
