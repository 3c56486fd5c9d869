"""Git's objects as values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from .process import decode, encode

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
NO_OBJECT = "0" * 40
FILE, EXECUTABLE, SYMLINK, SUBMODULE = "100644", "100755", "120000", "160000"

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_PERSON = re.compile(rb"(.*?) ?<([^>]*)>(?: (-?\d+) ([+-]\d{4}))?.*")
_BAD_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)|\.$|/$|^/|^\.")


@dataclass(frozen=True)
class Person:
    name: str
    email: str
    date: datetime = datetime(1970, 1, 1, tzinfo=UTC)

    def line(self) -> bytes:
        """As a commit holds it; what would end the field early is taken out."""
        name = re.sub(r"[<>\n\r\0]", "", self.name).strip(" .,:;\"'") or "unknown"
        email = re.sub(r"[<>\n\r\0 ]", "", self.email)
        offset = self.date.utcoffset() or timedelta()
        minutes = int(offset.total_seconds()) // 60
        sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
        when = f"{int(self.date.timestamp())} {sign}{minutes // 60:02}{minutes % 60:02}"
        return encode(f"{name} <{email}> {when}")


@dataclass(frozen=True)
class Commit:
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str

    @property
    def subject(self) -> str:
        return self.message.lstrip("\n").partition("\n")[0]


@dataclass(frozen=True, slots=True)
class PathChange:
    """One path that differs: A added, D deleted, M modified, T another kind of file, R renamed."""

    status: str
    old_path: str
    new_path: str
    old_blob: str
    new_blob: str
    old_mode: str
    new_mode: str

    @property
    def path(self) -> str:
        return self.old_path if self.status == "D" else self.new_path


@dataclass(frozen=True)
class DiffStat:
    files: int
    added: int
    removed: int


@dataclass(frozen=True)
class MergeResult:
    """A three-way merge. With conflicts, the tree holds the files with their conflict markers."""

    tree: str
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Blob:
    """A file's content that the repository has already."""

    id: str


@dataclass(frozen=True)
class NewCommit:
    """`changes`: path → content, `Blob`, or None to delete. Modes are kept unless `modes` names one."""

    message: str
    changes: Mapping[str, bytes | Blob | None]
    author: Person
    committer: Person | None = None
    modes: Mapping[str, str] = field(default_factory=dict)


def is_sha(text: str) -> bool:
    return _SHA.fullmatch(text) is not None


def checked_ref(ref: str) -> str:
    """The full name of a ref, or ValueError: it goes to git as an argument."""
    if (
        not ref.startswith("refs/")
        or _BAD_REF.search(ref)
        or any(part.startswith("-") for part in ref.split("/"))
    ):
        raise ValueError(f"not the full name of a ref: {ref!r}")
    return ref


def checked_path(path: str) -> str:
    if not may_be_held(path):
        raise ValueError(f"not a path that a tree may hold: {path!r}")
    return path


def may_be_held(path: str) -> bool:
    """Whether git would write the file into a work tree."""
    if not _MAY_BE_ODD.search(path):
        return True
    parts = path.split("/")
    return "\0" not in path and not any(part in ("", ".", "..") or _is_git_folder(part) for part in parts)


_MAY_BE_ODD = re.compile(
    "(?:^|/)(?:[^\\w/]|/|$)|git|[\0\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]", re.IGNORECASE
)
_IGNORED = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
"""In the names of files on macOS."""


def _is_git_folder(name: str) -> bool:
    """However a file system may spell it: other letters, unseen ones, what Windows takes for the same name."""
    return _IGNORED.sub("", name).partition(":")[0].rstrip(". ").lower() in (".git", "git~1")


def parse_commit(sha: str, raw: bytes) -> Commit:
    head, _, message = raw.partition(b"\n\n")
    fields: dict[bytes, list[bytes]] = {}
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        fields.setdefault(key, []).append(value)
    encoding = fields.get(b"encoding", [b"utf-8"])[0].decode("ascii", "replace")
    return Commit(
        sha=sha,
        tree=fields[b"tree"][0].decode(),
        parents=tuple(parent.decode() for parent in fields.get(b"parent", ())),
        author=_person(fields.get(b"author", [b""])[0], encoding),
        committer=_person(fields.get(b"committer", [b""])[0], encoding),
        message=_decode(message, encoding),
    )


def format_commit(
    tree: str, parents: Sequence[str], author: Person, committer: Person, message: str
) -> bytes:
    lines = [f"tree {tree}".encode(), *(f"parent {parent}".encode() for parent in parents)]
    lines += [b"author " + author.line(), b"committer " + committer.line(), b"", encode(message)]
    return b"\n".join(lines)


def parse_changes(raw: bytes) -> Iterator[PathChange]:
    """`diff-tree -r -z --raw --no-abbrev`."""
    fields = iter(raw.split(b"\0"))
    for head in fields:
        if not head.startswith(b":"):
            continue
        old_mode, new_mode, old_blob, new_blob, status = head[1:].decode().split(" ")
        old_path = decode(next(fields))
        new_path = decode(next(fields)) if status[0] in "RC" else old_path
        yield PathChange(status[0], old_path, new_path, old_blob, new_blob, old_mode, new_mode)


def _person(raw: bytes, encoding: str) -> Person:
    found = _PERSON.fullmatch(raw)
    if not found:
        return Person(_decode(raw, encoding), "")
    name, email, seconds, zone = found.groups()
    return Person(_decode(name, encoding), _decode(email, encoding), _date(seconds, zone))


def _date(seconds: bytes | None, zone: bytes | None) -> datetime:
    if seconds is None or zone is None:
        return datetime.fromtimestamp(0, UTC)
    minutes = int(zone[1:3]) * 60 + int(zone[3:5])
    try:
        offset = timezone(timedelta(minutes=-minutes if zone[:1] == b"-" else minutes))
        return datetime.fromtimestamp(int(seconds), offset)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _decode(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding, "surrogateescape")
    except (LookupError, UnicodeDecodeError):
        return raw.decode("utf-8", "surrogateescape")
