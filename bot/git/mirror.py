"""A bare mirror for each repository, below one folder of bounded size; and the tree at a commit.

A mirror in use is locked by the process that uses it, and by each git that it started: the lock ends
with the last of them.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path

from bot.git import bare_folder
from bot.git.objects import (
    EXECUTABLE,
    FILE,
    may_be_held,
)
from bot.git.process import GitFailed, GitStopped
from bot.git.remote import Remote, Turn
from bot.git.repository import Repository
from codemods.model.contents import LARGEST, ContentCache, holds_any_word
from codemods.model.tree import Entry

_FEW, _TENTH = 200, 10
"""Up to this many files, reading them is faster than a search by git, which reads all files of the commit."""
_WAIT = 600.0


class CommitTree:
    """The files at a commit, as `codemods.model.tree.Tree`. Symlinks and submodules are listed, never read. What git
    writes into no work tree (`..`, `.git`) isn't there."""

    def __init__(self, repository: Repository, revision: str) -> None:
        self.repository = repository
        self.commit = repository.resolve(revision) or repository.tree_of(revision)
        self._contents = ContentCache()

    @cached_property
    def _entries(self) -> list[Entry]:
        return [entry for entry in self.repository.entries(self.commit) if may_be_held(entry.path)]

    def entries(self) -> Sequence[Entry]:
        return self._entries

    def grep(self, words: Sequence[bytes], entries: Sequence[Entry] | None = None) -> set[str]:
        wanted = [entry for entry in (self._entries if entries is None else entries) if _is_file(entry)]
        unread = sum(self._contents.get(entry.blob) is None for entry in wanted)
        if unread <= max(_FEW, len(self._entries) // _TENTH):
            return {
                entry.path for entry, content in self.read(wanted) if any(word in content for word in words)
            }
        found = self.repository.grep(self.commit, words, _pathspecs(wanted))
        return found & {entry.path for entry in wanted}

    def grep_words(self, words: Set[bytes], entries: Sequence[Entry]) -> set[str]:
        return {entry.path for entry, content in self.read(entries) if holds_any_word(content, words)}

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        wanted = [entry for entry in entries if _is_file(entry)]
        kept = [self._contents.get(entry.blob) for entry in wanted]
        unread = [entry.blob for entry, content in zip(wanted, kept, strict=True) if content is None]
        contents = self.repository.read(unread, LARGEST + 1)
        for entry, content in zip(wanted, kept, strict=True):
            if content is None:
                _, content = next(contents)
                self._contents.keep(entry.blob, content)
            yield entry, content

    def earlier_content(self, blob: str) -> bytes | None:
        """None for what this repository doesn't have, or no more."""
        try:
            return self.repository.content(blob, LARGEST + 1)
        except GitFailed:
            return None


def _is_file(entry: Entry) -> bool:
    return entry.mode in (FILE, EXECUTABLE)


def _pathspecs(entries: Sequence[Entry]) -> list[str]:
    """Patterns that narrow a search to the same kinds of files, if these are few."""
    kinds = {os.path.splitext(entry.path)[1] for entry in entries}
    plain = all(kind[1:].isalnum() and kind.isascii() for kind in kinds)
    return sorted(f"*{kind}" for kind in kinds) if plain and len(kinds) <= 8 else []


class Mirror(Repository):
    """A repository's mirror while it is open; `remote` is the server that it comes from."""

    def __init__(self, git_dir: Path, url: str, token: str | None, held: int, turn: Turn) -> None:
        super().__init__(git_dir, protocols=_protocols(url), held=(held,))
        self.remote = Remote(self, url, token, turn)

    def fetch_branch(self, branch: str) -> str:
        """Fetch the branch; its commit. The first time without history, later with what is new."""
        ref = f"refs/heads/{branch}"
        known = ref in self.refs(ref)
        if not known:
            self._make_way(ref)
        self.remote.fetch([f"+{ref}:{ref}"], depth=None if known else 1)
        return self.refs(ref)[ref]

    def _make_way(self, ref: str) -> None:
        """Remove refs that block the new one: an old branch `a` forbids `a/b`, and vice versa."""
        for known, sha in self.refs("refs/heads/").items():
            if known.startswith(f"{ref}/") or ref.startswith(f"{known}/"):
                self.delete_ref(known, sha)


def _protocols(url: str) -> str:
    """A server must not send git on to a file of this machine."""
    return "file" if url.startswith("file:") else "http:https"


class Mirrors:
    """`<data_dir>/mirrors/<id>.git`, and two locks beside it.

    `<id>.lock` is shared by users of the mirror, and exclusive for whoever creates or removes it;
    `<id>.fetch` is exclusive for whoever fetches, opens or removes it.
    """

    def __init__(self, data_dir: Path, limit_bytes: int) -> None:
        self.folder = data_dir / "mirrors"
        self.limit_bytes = limit_bytes
        self._sizes: dict[int, tuple[float, int]] = {}
        self._open: set[Mirror] = set()
        self._stopped = threading.Event()

    @contextmanager
    def open(self, repository_id: int, clone_url: str, token: str | None = None) -> Iterator[Mirror]:
        """The mirror, cloned if it is missing or damaged. It is not evicted while it is open."""
        self.folder.mkdir(parents=True, exist_ok=True)
        place, use = self._file(repository_id, "git"), self._file(repository_id, "lock")
        with bare_folder.opened_lock(use) as held:
            self._ready(repository_id, held)
            with self._mirror(place, clone_url, token, held, partial(self._turn, repository_id)) as mirror:
                try:
                    yield mirror
                except GitFailed as failed:
                    bare_folder.mark_suspect(place, failed)
                    raise
            os.utime(use)
        self._tidy(repository_id)
        self.evict()

    def stop(self) -> None:
        """Ends all git that runs in mirrors of this object, from any thread: whoever waits for it gets `GitStopped`."""
        self._stopped.set()
        for mirror in tuple(self._open):
            mirror.stop()

    def evict(self) -> list[int]:
        """Removes the least recently used until the rest fit; never one in use. Returns the evicted ones."""
        ids = sorted((int(lock.stem) for lock in self.folder.glob("*.lock")), key=self._last_use)
        sizes = {number: self._size(number) for number in ids}
        total, gone = sum(sizes.values()), []
        for number in ids:
            if total <= self.limit_bytes:
                break
            if sizes[number] and self._alone(number, bare_folder.discard):
                total -= sizes[number]
                gone.append(number)
        return gone

    @contextmanager
    def _mirror(self, place: Path, url: str, token: str | None, held: int, turn: Turn) -> Iterator[Mirror]:
        with Mirror(place, url, token, held, turn) as mirror:
            self._open.add(mirror)
            if self._stopped.is_set():
                mirror.stop()
            try:
                yield mirror
            finally:
                self._open.discard(mirror)

    def _ready(self, number: int, use: int) -> None:
        """Ends with a sound mirror and a shared use lock. A damaged one is cloned again once nobody uses it."""
        place, deadline = self._file(number, "git"), time.monotonic() + _WAIT
        while time.monotonic() < deadline:
            with bare_folder.exclusive(self._file(number, "fetch"), self._stopped):
                if bare_folder.try_exclusive(use):
                    bare_folder.sweep(place)
                    if not bare_folder.is_sound(place):
                        bare_folder.make(place)
                    bare_folder.share(use)
                    return
                bare_folder.share(use)
                if bare_folder.is_sound(place):
                    return
            bare_folder.release(use)
            if self._stopped.wait(0.2):
                raise GitStopped("fsck")
        raise GitFailed("fsck", 1, f"the mirror {place.name} is damaged and still in use")

    @contextmanager
    def _turn(self, number: int) -> Iterator[tuple[int]]:
        with bare_folder.exclusive(self._file(number, "fetch"), self._stopped) as held:
            yield (held,)

    def _tidy(self, number: int) -> None:
        self._alone(number, bare_folder.tidy)

    def _alone(self, number: int, do: Callable[[Path], None]) -> bool:
        """Do it if nobody else uses the mirror; otherwise not at all."""
        with (
            bare_folder.opened_lock(self._file(number, "fetch")) as fetch,
            bare_folder.opened_lock(self._file(number, "lock")) as use,
        ):
            if not bare_folder.try_exclusive(fetch) or not bare_folder.try_exclusive(use):
                return False
            do(self._file(number, "git"))
            return True

    def _file(self, number: int, kind: str) -> Path:
        return self.folder / f"{number}.{kind}"

    def _size(self, number: int) -> int:
        """Measured again only after it was used."""
        used = self._last_use(number)
        known = self._sizes.get(number)
        if known is None or known[0] != used or not self._file(number, "git").exists():
            known = self._sizes[number] = (used, bare_folder.size_of(self._file(number, "git")))
        return known[1]

    def _last_use(self, number: int) -> float:
        return self._file(number, "lock").stat().st_mtime
