"""Many commits at once, by `fast-import`: the same input gives the same commits, and no ref is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .objects import FILE, NO_OBJECT, SUBMODULE, Blob, NewCommit, checked_path
from .process import Git, GitFailed, encode

_REF = b"refs/drover/importing"


def import_commits(git: Git, base: str, new: Sequence[NewCommit], modes: Mapping[str, str]) -> list[str]:
    """The commits on top of `base`, each on the one before. `modes` are those of the paths in the base."""
    if not new:
        return []
    stream = _stream(base, new, dict(modes))
    options = ("--quiet", "--done", "--date-format=raw-permissive", "--force")
    done = git.run("fast-import", *options, input=stream, timeout=1800)
    shas = done.out.decode().split()
    if len(shas) != len(new):
        raise GitFailed("fast-import", done.status, f"{len(shas)} commits came out of {len(new)}")
    return shas


def _stream(base: str, new: Sequence[NewCommit], modes: dict[str, str]) -> Iterator[bytes]:
    for number, commit in enumerate(new, start=1):
        yield from _head(number, commit, base if number == 1 else f":{number - 1}")
        for path in sorted(commit.changes, key=encode):
            yield from _file(path, commit, modes)
        yield b"\n"
    for number in range(1, len(new) + 1):
        yield b"get-mark :%d\n" % number
    yield b"reset %s\nfrom %s\n\ndone\n" % (_REF, NO_OBJECT.encode())


def _head(number: int, commit: NewCommit, parent: str) -> Iterator[bytes]:
    message = encode(commit.message)
    yield b"commit %s\nmark :%d\n" % (_REF, number)
    yield b"author %s\n" % commit.author.line()
    yield b"committer %s\n" % (commit.committer or commit.author).line()
    yield b"data %d\n%s\n" % (len(message), message)
    yield b"from %s\n" % parent.encode()


def _file(path: str, commit: NewCommit, modes: dict[str, str]) -> Iterator[bytes]:
    name, content = quoted_path(checked_path(path)), commit.changes[path]
    if content is None:
        modes.pop(path, None)
        yield b"D %s\n" % name
        return
    mode = commit.modes.get(path) or modes.get(path, FILE)
    if mode == SUBMODULE and not isinstance(content, Blob):
        raise ValueError(f"a submodule has no content to change: {path!r}")
    modes[path] = mode
    if isinstance(content, Blob):
        yield b"M %s %s %s\n" % (mode.encode(), content.id.encode(), name)
    else:
        yield b"M %s inline %s\ndata %d\n" % (mode.encode(), name, len(content))
        yield content
        yield b"\n"


def quoted_path(path: str) -> bytes:
    escaped = encode(path).replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + escaped + b'"'
