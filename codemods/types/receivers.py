"""What expressions are: the classes that a type checker proves for them, kept by the file and all that it imports."""

from __future__ import annotations

import hashlib
import pickle
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote

from codemods.model.pickles import load_pickle
from codemods.model.tree import Index
from codemods.read.member_facts import Range
from codemods.types.source_folder import SourceFolder
from codemods.types.type_server import TypeServer, checker_version

PartKind = Literal["class", "any", "none", "variable", "module", "other"]
INSTANTIABLE = 1
LIBRARY = "library:"
TYPESHED = re.compile(r"pyrefly_bundled_typeshed[^/]*/(?:stdlib/)?")
NONE_NAMES = ("NoneType", "None")
KINDS: dict[int, PartKind] = {0: "any", 4: "any", 5: "module", 6: "variable", 9: "any"}
"""Of the protocol: builtin special forms, unions that could not be resolved, modules, type variables, references."""


class TypePart(NamedTuple):
    """One of the types of a union, or the only one."""

    kind: PartKind
    name: str = ""
    path: str = ""
    """The file that defines it; or `library:` and the module, for what is not in the tree."""
    line: int = 0
    """Of its name in that file, from 1."""
    is_class: bool = False
    """The class itself, not one of its instances."""


ANY = TypePart("any")
Type = tuple[TypePart, ...]
UNKNOWN_TYPE: Type = (ANY,)
NameQuery = tuple[str, Range]


@dataclass
class Receivers:
    """Answers what expressions are; the checker is started when something is asked that isn't known yet."""

    sources: SourceFolder
    index: Index | None = None
    server: TypeServer | None = None
    known: dict[NameQuery, Type] = field(default_factory=dict)

    def types(self, path: str, ranges: Sequence[Range]) -> dict[Range, Type]:
        """Of expressions in a file."""
        missing = [one for one in dict.fromkeys(ranges) if (path, one) not in self.known]
        key = self.key(path, missing) if missing and self.index else b""
        if key and self.index is not None:
            kept = load_pickle(self.index.get(key), dict)
            if kept is not None:
                self.known.update({(path, one): found for one, found in kept.items()})
                missing = []
        if missing:
            answers = self.ask(path, missing)
            self.known.update({(path, one): found for one, found in answers.items()})
            if key and self.index is not None:
                self.index.put(key, pickle.dumps(answers))
        return {one: self.known[(path, one)] for one in ranges}

    def library_has(self, module: str, name: str, member: str) -> bool:
        """Whether a class of the standard library has a member."""
        text = f"import {module}\n{module}.{name}.{member}\n"
        key = hashlib.sha256(repr(("library", checker_version(), text)).encode()).digest()
        kept = load_pickle(self.index.get(key), bool) if self.index is not None else None
        if kept is not None:
            return kept
        known = (f"{module}.{name}.{member}", Range(0, 0, 0, 0))
        if known not in self.known:
            path = self.sources.write_probe(f"probe_{len(self.known)}.py", text)
            answer = self.started().types([(path, Range(1, 0, 1, len(text.splitlines()[1])))])[0]
            self.known[known] = self.read(answer)
        has = self.known[known] != UNKNOWN_TYPE
        if self.index is not None:
            self.index.put(key, pickle.dumps(has))
        return has

    def started(self) -> TypeServer:
        if self.server is None:
            self.server = TypeServer(self.sources.folder, self.sources.files)
        return self.server

    def ask(self, path: str, ranges: Sequence[Range]) -> dict[Range, Type]:
        self.sources.write_closure(path)
        answers = self.started().types([(path, one) for one in ranges])
        return {one: self.read(answer) for one, answer in zip(ranges, answers, strict=True)}

    def key(self, path: str, ranges: Sequence[Range]) -> bytes:
        """Of the file, what it imports, the questions and who answers them."""
        text = repr(("receivers", checker_version(), path, ranges, self.sources.closure_digest(path)))
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
        within = TYPESHED.split(path, maxsplit=1)[-1].rpartition(".")[0]
        return LIBRARY + within.removesuffix("/__init__").replace("/", ".")

    def stop(self) -> None:
        if self.server is not None:
            self.server.stop()
        self.server = None
        self.sources.remove()
