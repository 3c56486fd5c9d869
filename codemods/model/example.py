"""An example of what a codemod does: it is a test, and a line of the documentation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import field

from codemods.model.contents import holds_any_word
from codemods.model.records import record
from codemods.model.rules import (
    CallChange,
    MemberChange,
    PublicNames,
    Replacement,
    RetiredModule,
    Rules,
    Style,
    Symbol,
    resolve_chains,
    staying,
)
from codemods.model.tree import Entry

OTHER_FILES: Mapping[str, str] = {
    "m.py": "class Old:\n    pass\n\n\nclass Other:\n    pass\n\n\ndef keep():\n    pass\n",
    "n.py": "class New:\n    pass\n",
    "a/__init__.py": "",
    "a/b.py": "class Old:\n    pass\n\n\ndef keep():\n    pass\n",
    "a/c.py": "other = 1\n",
    "a/n.py": "class New:\n    pass\n",
}
"""The files around an example: the old symbol is `m.Old` or `a.b.Old`, the new one `n.New` or `a.n.New`."""


@record
class Example:
    title: str
    before: str
    after: str | None = None
    """None: it stays as it is."""
    style: Style = "as"
    replace: tuple[str, ...] = ("m:Old=n:New",)
    path: str = "app.py"
    other_files: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    """Words of the note on a reference that needs manual work."""
    proof_failure: str = ""
    """Words of the reason why the proof rejects the change."""
    strings: bool = False
    docs: bool = False
    history: bool = False
    settle: bool = False
    calls: CallChange | None = None
    retire: tuple[RetiredModule, ...] = ()
    public: PublicNames = "keep"
    ending: tuple[str, ...] = ()
    members: tuple[MemberChange, ...] = ()

    @property
    def rules(self) -> Rules:
        pairs = [pair.split("=") for pair in self.replace]
        rules = [
            Replacement(parsed_symbol(old), parsed_symbol(new), self.style, self.calls) for old, new in pairs
        ]
        return Rules(
            replace=resolve_chains(rules),
            staying=staying(rules),
            strings=self.strings,
            docs=self.docs,
            history=self.history,
            settle=self.settle,
            retire=self.retire,
            public=self.public,
            ending=frozenset(self.ending),
            members=self.members,
        )

    @property
    def files(self) -> dict[str, str]:
        return {**OTHER_FILES, **self.other_files, self.path: self.before}


def parsed_symbol(text: str) -> Symbol:
    module, _, name = text.partition(":")
    return Symbol(module, name or None)


@record
class InMemoryTree:
    """A tree that is held in memory."""

    files: Mapping[str, bytes]

    def entries(self) -> Sequence[Entry]:
        return [
            Entry(path, hashlib.sha1(data, usedforsecurity=False).hexdigest())
            for path, data in sorted(self.files.items())
        ]

    def grep(self, words: Sequence[bytes], entries: Sequence[Entry] | None = None) -> set[str]:
        paths = self.files if entries is None else [entry.path for entry in entries]
        return {path for path in paths if any(word in self.files[path] for word in words)}

    def grep_words(self, words: Set[bytes], entries: Sequence[Entry]) -> set[str]:
        return {entry.path for entry in entries if holds_any_word(self.files[entry.path], words)}

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        for entry in entries:
            yield entry, self.files[entry.path]


def in_memory_tree(files: Mapping[str, str]) -> InMemoryTree:
    return InMemoryTree({path: text.encode() for path, text in files.items()})
