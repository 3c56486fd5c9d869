"""What expressions are: the classes that a type checker proves for them, kept by the file and all that it imports."""

from __future__ import annotations

import hashlib
import pickle
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from codemods.model.pickles import load_pickle
from codemods.model.tree import Index
from codemods.read.member_facts import Range
from codemods.types.dependencies import Dependencies
from codemods.types.findings import has_findings
from codemods.types.kept_answers import ClassLines, with_lines, with_places
from codemods.types.source_folder import SourceFolder
from codemods.types.type_parts import ANY, LIBRARY, UNKNOWN_TYPE, PartKind, Type, TypePart
from codemods.types.type_server import TypeServer, TypesUnavailable, checker_version

INSTANTIABLE = 1
NO_MEMBER = "no_class_has_a_member_of_this_name"
TYPESHED = re.compile(r"pyrefly_bundled_typeshed[^/]*/(?:stdlib/)?")
NONE_NAMES = ("NoneType", "None")
KINDS: dict[int, PartKind] = {0: "any", 4: "any", 5: "module", 6: "variable", 9: "any"}
"""Of the protocol: builtin special forms, unions that could not be resolved, modules, type variables, references."""


SHARE = 100
"""Files that are asked about at a time."""
TypeQuery = tuple[str, Range]
FileQuery = tuple[str, Sequence[Range]]
Progress = Callable[[int, int], None]


@dataclass
class Receivers:
    """Answers what expressions are; the checker is started when something is asked that isn't known yet."""

    sources: SourceFolder
    class_lines: ClassLines
    index: Index | None = None
    name: str = ""
    """Of what is asked for: answers are kept under it."""
    server: TypeServer | None = None
    known: dict[TypeQuery, Type] = field(default_factory=dict)
    untyped_members: dict[str, bool] = field(default_factory=dict)
    """By the text of the probe."""

    @cached_property
    def dependencies(self) -> Dependencies:
        sources = self.sources
        return Dependencies(sources.tree, sources.entries, sources.edges, self.index, self.name)

    @cached_property
    def version(self) -> str:
        return checker_version()

    def types(self, path: str, ranges: Sequence[Range]) -> dict[Range, Type]:
        """Of expressions in a file."""
        missing = [one for one in dict.fromkeys(ranges) if (path, one) not in self.known]
        if missing:
            self.learn([(path, missing)])
        return {one: self.known[(path, one)] for one in ranges}

    def learn(self, asked: Sequence[FileQuery], progress: Progress | None = None) -> None:
        """Many at once: what the checker has to be asked, it is asked together."""
        unknown = [one for one in asked if one[1] and not self.recall(*one)]
        if unknown:
            self.write([path for path, _ in unknown])
        for first in range(0, len(unknown), SHARE):
            share = unknown[first : first + SHARE]
            self.ask(share, may_restart=first > 0)
            for path, ranges in share:
                self.keep(path, ranges)
            if progress:
                progress(first + len(share), len(unknown))

    def ask(self, asked: Sequence[FileQuery], *, may_restart: bool) -> None:
        """Where it reached a limit after other questions, a checker of its own may answer these."""
        questions = [(path, at) for path, ranges in asked for at in ranges]
        try:
            answers = self.start_server().types(questions)
        except TypesUnavailable:
            self.end_server()
            if not may_restart:
                raise
            answers = self.start_server().types(questions)
        self.known.update(zip(questions, map(self.read, answers), strict=True))

    def keep(self, path: str, ranges: Sequence[Range]) -> None:
        if self.index is not None:
            kept = tuple(with_places(self.known[(path, at)], self.class_lines) for at in ranges)
            self.index.put(self.key(path, ranges), pickle.dumps(kept))

    def recall(self, path: str, ranges: Sequence[Range]) -> bool:
        """Whether the answers were kept."""
        if self.index is None:
            return False
        kept = load_pickle(self.index.get(self.key(path, ranges)), tuple)
        for at, one in zip(ranges, kept or (), strict=False):
            self.known[(path, at)] = with_lines(one, self.class_lines)
        return kept is not None

    def write(self, paths: Sequence[str]) -> None:
        """A running checker doesn't see files that are new."""
        if self.sources.write_with_imports(paths):
            self.end_server()

    def library_has(self, module: str, name: str, member: str) -> bool:
        """Whether a class of the standard library has a member: more than what it answers for any name, as enums do."""
        has = self.library_member(module, name, member)
        if has == UNKNOWN_TYPE:
            return self.has_untyped_member(f"import {module}\n{module}.{name}.{member}\n")
        return has != self.library_member(module, name, NO_MEMBER)

    def has_untyped_member(self, text: str) -> bool:
        """What is missing has the type of what is `Any`, but is a finding of the checker."""
        key = hashlib.sha256(repr(("untyped member", self.version, text)).encode()).digest()
        kept = load_pickle(self.index.get(key), bool) if self.index is not None else None
        if kept is not None:
            return kept
        if text not in self.untyped_members:
            path = self.sources.write_probe(f"untyped_{len(self.untyped_members)}.py", text)
            self.untyped_members[text] = not has_findings(self.sources, self.sources.files / path)
        if self.index is not None:
            self.index.put(key, pickle.dumps(self.untyped_members[text]))
        return self.untyped_members[text]

    def library_member(self, module: str, name: str, member: str) -> Type:
        text = f"import {module}\n{module}.{name}.{member}\n"
        key = hashlib.sha256(repr(("library", self.version, text)).encode()).digest()
        kept = load_pickle(self.index.get(key), tuple) if self.index is not None else None
        if kept is not None:
            return kept
        known = (f"{module}.{name}.{member}", Range(0, 0, 0, 0))
        if known not in self.known:
            path = self.sources.write_probe(f"probe_{len(self.known)}.py", text)
            answer = self.start_server().types([(path, Range(1, 0, 1, len(text.splitlines()[1])))])[0]
            self.known[known] = self.read(answer)
        if self.index is not None:
            self.index.put(key, pickle.dumps(self.known[known]))
        return self.known[known]

    def start_server(self) -> TypeServer:
        if self.server is None:
            self.server = TypeServer(self.sources.folder, self.sources.files)
        return self.server

    def key(self, path: str, ranges: Sequence[Range]) -> bytes:
        """Of the file, what it depends on, the questions and who answers them."""
        text = repr(("receivers", self.version, path, ranges, self.dependencies.digest(path)))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()

    # ---- what the protocol says

    def read(self, answer: Any) -> Type:
        if not isinstance(answer, Mapping):
            return UNKNOWN_TYPE
        parts = answer.get("subTypes")
        if parts:
            return tuple(dict.fromkeys(part for one in parts for part in self.read(one)))
        kind = answer.get("kind")
        if kind in (3, 6):
            return (self.declared_part(answer, "class" if kind == 3 else "variable"),)
        return (
            TypePart(KINDS.get(kind if isinstance(kind, int) else 0, "other"), str(answer.get("name", ""))),
        )

    def declared_part(self, answer: Mapping[str, Any], kind: PartKind) -> TypePart:
        declaration = answer.get("declaration") or {}
        node = declaration.get("node") or {}
        name = str(declaration.get("name", ""))
        if not node:
            return ANY
        if name in NONE_NAMES:
            return TypePart("none", name)
        line = int(node["range"]["start"]["line"]) + 1
        is_class = bool(int(answer.get("flags", 0)) & INSTANTIABLE)
        return TypePart(kind, name, self.path_of(str(node["uri"])), line, is_class)

    def path_of(self, uri: str) -> str:
        path = unquote(uri.removeprefix("file://"))
        own = f"{self.sources.files}/"
        if path.startswith(own):
            return path.removeprefix(own)
        path = path.removeprefix(f"{self.sources.stubs}/")
        within = TYPESHED.split(path, maxsplit=1)[-1].rpartition(".")[0]
        return LIBRARY + within.removesuffix("/__init__").replace("/", ".")

    def end_server(self) -> None:
        if self.server is not None:
            self.server.stop()
        self.server = None

    def stop(self) -> None:
        self.end_server()
        self.sources.remove()
