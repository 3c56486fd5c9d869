"""The files that a type checker needs, in a folder of their own: those asked about, and all that they import."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from codemods.model.modules import Modules
from codemods.model.tree import Entry, Index, Tree
from codemods.read.source import Source, read_source
from codemods.types.import_edges import ImportEdges
from codemods.types.test_tools import write_stubs
from codemods.workers.leftovers import leftover_folders, lock_folder

CONFIGURATION = """\
project-includes = ["**/*.py", "**/*.pyi"]
search-path = {roots}
site-package-path = {stubs}
skip-interpreter-query = true
python-version = "3.13"
python-platform = "linux"
"""
FILES, STUBS = "files", "stubs"
PREFIX = "drover-types-"


@dataclass
class SourceFolder:
    tree: Tree
    entries: Mapping[str, Entry]
    modules: Modules
    index: Index | None = None
    written: dict[str, None] = field(default_factory=dict)
    lock: int = -1

    @cached_property
    def edges(self) -> ImportEdges:
        return ImportEdges(self.tree, self.entries, self.modules, self.index)

    @cached_property
    def folder(self) -> Path:
        """With the checker's configuration; the files are in a folder below."""
        for left in leftover_folders(PREFIX):
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
        self.lock = lock_folder(folder)
        (folder / FILES).mkdir()
        roots = [str(folder / FILES / root) for root in self.modules.roots]
        write_stubs(folder / STUBS)
        stubs = json.dumps([str(folder / STUBS)])
        (folder / "pyrefly.toml").write_text(
            CONFIGURATION.format(roots=json.dumps(roots), stubs=stubs), "utf-8"
        )
        return folder

    @property
    def stubs(self) -> Path:
        return self.folder / STUBS

    @property
    def files(self) -> Path:
        return self.folder / FILES

    def remove(self) -> None:
        if "folder" in self.__dict__:
            shutil.rmtree(self.folder, ignore_errors=True)
            os.close(self.lock)

    # ---- on disk

    def write_probe(self, name: str, text: str) -> str:
        """A file of our own, beside those of the tree; its path for questions."""
        (self.folder / name).write_text(text, "utf-8")
        return f"../{name}"

    def write_with_imports(self, paths: Iterable[str]) -> bool:
        """The files and all that they import, directly or not; whether any of them is new here."""
        missing = {one for one in self.edges.reach(paths, self.written) if ".." not in one.split("/")}
        for entry, data in self.tree.read([self.entries[one] for one in sorted(missing)]):
            source = read_source(data)
            text = source.text if isinstance(source, Source) else data
            target = self.files / entry.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text)
        self.written.update(dict.fromkeys(missing))
        return bool(missing)
