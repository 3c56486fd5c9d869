"""Parsers for the output of git's plumbing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sandbox.git.objects import CommitInfo, FileChange, GitFailed, Signature, TreeItem, commit_text


def parse_commit(sha: str, raw: bytes) -> CommitInfo:
    head, _, message = raw.decode("utf-8", "surrogateescape").partition("\n\n")
    fields: dict[str, list[str]] = {}
    key = ""
    for line in head.split("\n"):
        if line.startswith(" "):
            fields[key][-1] += "\n" + line[1:]
            continue
        key, _, value = line.partition(" ")
        fields.setdefault(key, []).append(value)
    signature = fields.get("gpgsig", [None])[0]
    parents = tuple(fields.get("parent", ()))
    author, committer = _signature(fields["author"][0]), _signature(fields["committer"][0])
    payload = commit_text(fields["tree"][0], parents, message, author, committer)
    return CommitInfo(
        sha,
        fields["tree"][0],
        parents,
        author,
        committer,
        message,
        signature,
        payload.decode("utf-8", "replace"),
    )


def _signature(text: str) -> Signature:
    name, _, rest = text.rpartition(" <")
    email, _, when = rest.rpartition("> ")
    time, _, zone = when.partition(" ")
    return Signature(name, email, int(time or 0), zone or "+0000")


def parse_batch(out: bytes) -> Iterable[tuple[str, bytes]]:
    at = 0
    while at < len(out):
        end = out.index(b"\n", at)
        sha, kind, *size = out[at:end].decode().split(" ")
        if kind != "commit":
            raise GitFailed(f"{sha} is no commit but {kind}")
        start, length = end + 1, int(size[0])
        yield sha, out[start : start + length]
        at = start + length + 1


def parse_tree_item(row: str) -> TreeItem:
    meta, _, path = row.partition("\t")
    mode, kind, sha, size = meta.split()
    return TreeItem(mode, kind, sha, path, int(size) if size != "-" else None)


_STATUS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "T": "changed", "C": "copied"}


def parse_changes(rows: str) -> list[FileChange]:
    """Parse the raw rows and, after them, the numstat rows in the same order."""
    parts = iter(rows.split("\0"))
    raw: list[tuple[str, str, str, str | None]] = []
    counts: list[tuple[int, int, bool]] = []
    for part in parts:
        if part.startswith(":"):
            _, _, old, new, letter = part[1:].split(" ")
            path = next(parts)
            previous, path = (path, next(parts)) if letter[0] in "RC" else (None, path)
            raw.append((letter[0], old if letter[0] == "D" else new, path, previous))
        elif part:
            added, removed, name = part.split("\t", 2)
            if not name:
                next(parts), next(parts)
            counts.append((0, 0, True) if added == "-" else (int(added), int(removed), False))
    return [
        FileChange(
            path, _STATUS.get(letter, "changed"), blob, plus, minus, previous, None, binary, letter == "T"
        )
        for (letter, blob, path, previous), (plus, minus, binary) in zip(raw, counts, strict=True)
    ]


def parse_names(rows: str, shas: set[str]) -> dict[str, list[FileChange]]:
    out: dict[str, list[FileChange]] = {}
    parts = iter(rows.split("\0"))
    files: list[FileChange] = []
    for part in parts:
        part = part.lstrip("\n")
        if part in shas:
            files = out.setdefault(part, [])
        elif part:
            path = next(parts)
            previous, path = (path, next(parts)) if part[0] in "RC" else (None, path)
            files.append(FileChange(path, _STATUS.get(part[0], "changed"), "", 0, 0, previous))
    return out


def with_patches(changes: Sequence[FileChange], raw: bytes) -> list[FileChange]:
    sections = (b"\n" + raw).split(b"\ndiff --git ")[1:]
    rest = iter(sections)
    out = []
    for change in changes:
        section = next(rest)
        if change.retyped:
            section += b"\n" + next(rest)
        at = section.find(b"\n@@ ")
        patch = section[at + 1 :].decode("utf-8", "replace").removesuffix("\n") if at >= 0 else None
        out.append(replace(change, patch=patch))
    return out
