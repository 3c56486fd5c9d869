"""Writing commits through `git fast-import`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.git.objects import ZERO, Signature
from sandbox.git.repository import Git


@dataclass(frozen=True)
class FileWithMode:
    """A file's content with a mode other than 100644."""

    content: bytes
    mode: str = "100644"


Content = bytes | str | FileWithMode | None
"""None deletes the file."""


@dataclass(frozen=True)
class NewCommit:
    message: str
    files: Mapping[str, Content]
    author: Signature
    committer: Signature | None = None


def import_stream(commits: Sequence[NewCommit], ref: str, parent: str | None) -> bytes:
    """Build a fast-import stream that prints the last commit's id and leaves no ref behind."""
    out: list[bytes] = []
    for mark, commit in enumerate(commits, 1):
        out.append(b"commit %s\nmark :%d\n" % (ref.encode(), mark))
        out.append(f"author {commit.author}\ncommitter {commit.committer or commit.author}\n".encode())
        out.append(_data(commit.message.encode("utf-8", "surrogateescape")))
        if mark == 1 and parent:
            out.append(b"from %s\n" % parent.encode())
        out += [_file(path, content) for path, content in commit.files.items()]
    out.append(b"\nget-mark :%d\nreset %s\nfrom %s\n\n" % (len(commits), ref.encode(), ZERO.encode()))
    return b"".join(out)


def _file(path: str, content: Content) -> bytes:
    quoted = _quote_path(path)
    if content is None:
        return b"D %s\n" % quoted
    if isinstance(content, str):
        content = content.encode("utf-8", "surrogateescape")
    file = content if isinstance(content, FileWithMode) else FileWithMode(content)
    return b"M %s inline %s\n%s" % (file.mode.encode(), quoted, _data(file.content))


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _quote_path(path: str) -> bytes:
    raw = path.encode("utf-8", "surrogateescape")
    return b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n") + b'"'


async def write_commits(git: Git, commits: Sequence[NewCommit], parent: str | None = None) -> str:
    ref = f"refs/sandbox/import-{os.urandom(6).hex()}"
    fast = ("-c", "pack.compression=1", "fast-import", "--quiet", "--date-format=raw", "--depth=0")
    out = await git.run(*fast, stdin=import_stream(commits, ref, parent))
    return out.decode().split()[-1]
