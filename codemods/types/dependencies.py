"""What types in a file depend on, as a digest: its own content, and what others can see of all that it imports.

The first time the content of each file counts. Later, a file that changed counts as what it was where its interface is
the same: the snapshot says as what.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from codemods.model.pickles import load_pickle
from codemods.model.records import record
from codemods.model.tree import Entry, Index, Tree, TreeWithHistory, read_content
from codemods.types.import_edges import ImportEdges
from codemods.types.interface import interface_digest

MOST_COMPARED = 400
"""Files that changed since the snapshot, of which the interfaces are compared."""


class KnownFile(NamedTuple):
    blob: str
    seen_as: str
    """The blob of the content with this interface that types were first told with."""
    imports: tuple[str, ...]


@record
class InterfaceSnapshot:
    paths: str
    """A digest of the names of all files and of where imports start from: with others, imports may lead elsewhere."""
    files: Mapping[str, KnownFile]


NO_SNAPSHOT = InterfaceSnapshot("", {})


@dataclass
class Dependencies:
    tree: Tree
    entries: Mapping[str, Entry]
    edges: ImportEdges
    index: Index | None = None
    name: str = ""
    """Of the snapshot: what the types are asked for."""
    digests: dict[str, str] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)

    def digest(self, path: str) -> str:
        """Of a file's content, and of the interfaces of all that it imports, directly or not."""
        if path not in self.digests:
            self.read(self.edges.reach([path], self.digests))
            for group in import_groups(path, self.edges.known, self.digests):
                self.add_group(group)
        whole = repr((self.entries[path].blob, self.digests[path], self.edges.modules.roots))
        return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()

    def add_group(self, group: Sequence[str]) -> None:
        """Files that import each other have one digest."""
        inner = set(group)
        outside = {self.digests[one] for path in group for one in self.edges.known[path] if one not in inner}
        text = repr((sorted((path, self.seen[path]) for path in group), sorted(outside)))
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        self.digests.update(dict.fromkeys(group, digest))

    # ---- the snapshot

    @cached_property
    def paths(self) -> str:
        text = repr((sorted(self.entries), self.edges.modules.roots))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    @cached_property
    def key(self) -> bytes:
        return b"type snapshot 1 " + hashlib.sha256(self.name.encode("utf-8", "surrogatepass")).digest()

    @cached_property
    def snapshot(self) -> InterfaceSnapshot:
        kept = load_pickle(self.index.get(self.key), InterfaceSnapshot) if self.index is not None else None
        if kept is not None and kept.paths == self.paths:
            for path, one in kept.files.items():
                if self.entries[path].blob == one.blob:
                    self.edges.known.setdefault(path, one.imports)
        return kept or NO_SNAPSHOT

    def read(self, paths: Sequence[str]) -> None:
        known = self.snapshot.files
        other = [path for path in paths if path in known and known[path].blob != self.entries[path].blob]
        compared = set(other if len(other) <= MOST_COMPARED else ())
        for path in paths:
            blob = self.entries[path].blob
            same = path in known and (known[path].blob == blob or (path in compared and self.is_same(path)))
            self.seen[path] = known[path].seen_as if same else blob

    def is_same(self, path: str) -> bool:
        """Whether a file's interface is what it was at the snapshot."""
        if not isinstance(self.tree, TreeWithHistory):
            return False
        known = self.snapshot.files[path].blob
        before = self.kept_interface(known) or self.interface(known, self.tree.earlier_content(known))
        entry = self.entries[path]
        after = self.kept_interface(entry.blob) or self.interface(entry.blob, read_content(self.tree, entry))
        return bool(before) and before == after

    def kept_interface(self, blob: str) -> str:
        kept = self.index.get(f"interface 1 {blob}".encode()) if self.index is not None else None
        return kept.decode() if kept else ""

    def interface(self, blob: str, data: bytes | None) -> str:
        digest = interface_digest(data) if data is not None else ""
        if self.index is not None and digest:
            self.index.put(f"interface 1 {blob}".encode(), digest.encode())
        return digest

    def keep(self) -> None:
        """For the next run."""
        if self.index is None or not self.seen:
            return
        files = dict(self.snapshot.files) if self.snapshot.paths == self.paths else {}
        files |= {
            path: KnownFile(self.entries[path].blob, seen_as, self.edges.known[path])
            for path, seen_as in self.seen.items()
        }
        found = InterfaceSnapshot(self.paths, files)
        if found != self.snapshot:
            self.index.put(self.key, pickle.dumps(found))


def import_groups(
    start: str, edges: Mapping[str, Sequence[str]], done: Mapping[str, object]
) -> Iterator[Sequence[str]]:
    """What a file imports and is not done, each group of files that import each other after those that it imports."""
    numbers: dict[str, int] = {start: 0}
    lowest: dict[str, int] = {start: 0}
    open_files, places = [start], {start: 0}
    finished: set[str] = set()
    work = [(start, iter(edges[start]))]
    while work:
        path, rest = work[-1]
        other = next((one for one in rest if one not in done and one not in finished), None)
        if other is None:
            work.pop()
            if work:
                above = work[-1][0]
                lowest[above] = min(lowest[above], lowest[path])
            if lowest[path] == numbers[path]:
                group = open_files[places[path] :]
                del open_files[places[path] :]
                finished.update(group)
                yield group
        elif other in numbers:
            lowest[path] = min(lowest[path], numbers[other])
        else:
            numbers[other] = lowest[other] = len(numbers)
            places[other] = len(open_files)
            open_files.append(other)
            work.append((other, iter(edges[other])))
