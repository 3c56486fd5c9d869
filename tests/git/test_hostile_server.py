"""A git server that means harm, by the protocol itself: what it sends is bounded in time and memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.git.mirror import Mirrors
from bot.git.process import GitTimeout
from bot.git.remote import RemoteFailed

SHA = b"1" * 40
Answer = Callable[[threading.Event], Iterator[bytes]]
END = b"0000"


def packet(content: bytes) -> bytes:
    return b"%04x" % (len(content) + 4) + content


ADVERTISED = packet(b"# service=git-upload-pack\n") + END + packet(b"version 2\n") + packet(b"ls-refs\n")
ADVERTISED += packet(b"fetch=shallow\n") + packet(b"object-format=sha1\n") + END
MESSAGE = packet(b"\x02\x1b[2J" + b"x" * 60_000 + b"\n")


def endless_messages(_: threading.Event) -> Iterator[bytes]:
    yield packet(b"packfile\n")
    while True:
        yield MESSAGE


def silence(closed: threading.Event) -> Iterator[bytes]:
    yield packet(b"packfile\n")
    closed.wait()


def no_pack(_: threading.Event) -> Iterator[bytes]:
    yield packet(b"packfile\n") + packet(b"\x01PACK" + b"\xff" * 1000) + END


def an_error(_: threading.Event) -> Iterator[bytes]:
    yield packet(b"ERR \x1b]0;t\x07@acme/owners fixes #1 " + b"x" * 60_000 + b"\n")


def other_objects(_: threading.Event) -> Iterator[bytes]:
    """A pack of nothing, where a commit was asked for."""
    empty = bytes.fromhex("5041434b0000000200000000029d08823bd8a8eab510ad6ac75c823cfd3ed31e")
    yield packet(b"packfile\n") + packet(b"\x01" + empty) + END


@contextmanager
def hostile(fetched: Answer) -> Iterator[str]:
    """Its refs are in order; what it answers to a fetch is not."""
    closed = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._begin("advertisement")
            self.wfile.write(ADVERTISED)

        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers.get("content-length") or 0))
            self._begin("result")
            parts = (
                fetched(closed) if b"command=fetch" in asked else [packet(SHA + b" refs/heads/main\n") + END]
            )
            try:
                for part in parts:
                    self.wfile.write(part)
            except OSError:
                pass  # git has gone

        def _begin(self, kind: str) -> None:
            self.send_response(200)
            self.send_header("content-type", f"application/x-git-upload-pack-{kind}")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/a/b.git"
    finally:
        closed.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("sent", [endless_messages, no_pack, an_error, other_objects])
def test_what_a_hostile_server_sends_ends_as_a_short_refusal(
    sent: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.git.process.MOST_MESSAGES", 2**20)
    mirrors = Mirrors(tmp_path, 10**9)
    with hostile(sent) as url, mirrors.open(1, url, "secret-token") as mirror:
        mirror.remote._sleep = lambda _: None
        with pytest.raises(RemoteFailed) as failed:
            mirror.fetch_branch("main")
        assert mirror.refs() == {}
    assert len(failed.value.text) < 200_000
    assert "secret-token" not in str(failed.value)


def test_a_server_that_says_nothing_more_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.git.remote._PATIENCE", 0.5)
    with hostile(silence) as url, Mirrors(tmp_path, 10**9).open(1, url) as mirror, pytest.raises(GitTimeout):
        mirror.fetch_branch("main")
