"""git over HTTP from a thread: the real `http-backend`, behind a password where a test wants one."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ann",
    "GIT_AUTHOR_EMAIL": "ann@example.org",
    "GIT_COMMITTER_NAME": "Ann",
    "GIT_COMMITTER_EMAIL": "ann@example.org",
}


def git(folder: Path, *arguments: str, input: bytes = b"") -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], input=input, check=True, capture_output=True, env=ENVIRONMENT
    )
    return done.stdout.decode().strip()


class Upstream:
    """A bare repository on a server, and a work tree to push to it from."""

    def __init__(self, folder: Path) -> None:
        self.bare, self.work = folder / "up.git", folder / "work"
        subprocess.run(
            ["git", "init", "-q", "--bare", "-b", "main", str(self.bare)], check=True, env=ENVIRONMENT
        )
        for key in ("http.receivepack", "uploadpack.allowAnySHA1InWant", "uploadpack.allowFilter"):
            git(self.bare, "config", key, "true")
        subprocess.run(
            ["git", "clone", "-q", str(self.bare), str(self.work)], check=True, env=ENVIRONMENT, stderr=-3
        )
        git(self.work, "checkout", "-q", "-B", "main")

    @property
    def file_url(self) -> str:
        return f"file://{self.bare}"

    def commit(self, files: dict[str, str], branch: str = "main", message: str = "a change") -> str:
        for path, text in files.items():
            (self.work / path).parent.mkdir(parents=True, exist_ok=True)
            (self.work / path).write_text(text)
        git(self.work, "add", "-A")
        git(self.work, "commit", "-q", "--allow-empty", "-m", message)
        git(self.work, "push", "-q", "origin", f"HEAD:{branch}", "--force")
        return git(self.work, "rev-parse", "HEAD")

    def tip(self, ref: str) -> str | None:
        return git(self.bare, "for-each-ref", "--format=%(objectname)", ref) or None


class GitServer:
    def __init__(self, root: Path, token: str | None) -> None:
        self.root, self.token = root, token
        self.authorizations: list[str] = []
        self.broken = 0
        """So many next requests are answered with a 502."""
        self.lost = 0
        """So many next pushes are done, and their answer is lost."""
        self.url = ""
        self.elsewhere = ""
        """Another server, that every request is sent on to."""


@contextmanager
def served(root: Path, token: str | None = None) -> Iterator[GitServer]:
    server = GitServer(root, token)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, *_: object) -> None:
            pass

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if self.headers.get("transfer-encoding") == "chunked":
                body = b"".join(iter(self._chunk, b""))
            given = self.headers.get("authorization", "")
            server.authorizations.append(given)
            if server.elsewhere:
                self.send_response(301)
                self.send_header("location", server.elsewhere + self.path)
                self.end_headers()
            elif server.broken:
                server.broken -= 1
                self.send_error(502)
            elif server.token and given != _basic(server.token):
                self.send_response(401)
                self.send_header("www-authenticate", 'Basic realm="git"')
                self.end_headers()
            else:
                self._backend(body)

        def _chunk(self) -> bytes:
            size = int(self.rfile.readline(), 16)
            chunk = self.rfile.read(size)
            self.rfile.readline()
            return chunk

        def _backend(self, body: bytes) -> None:
            path, _, query = self.path.partition("?")
            environment = {
                **ENVIRONMENT,
                "GIT_PROJECT_ROOT": str(server.root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("content-type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("content-encoding", ""),
                "GIT_PROTOCOL": self.headers.get("git-protocol", ""),
                "REMOTE_USER": "x",
            }
            out = subprocess.run(
                ["git", "http-backend"], input=body, env=environment, capture_output=True
            ).stdout
            if path.endswith("/git-receive-pack") and server.lost:
                server.lost -= 1
                self.send_error(502)
                return
            head, _, content = out.partition(b"\r\n\r\n")
            headers = [line.split(": ", 1) for line in head.decode().split("\r\n") if line]
            status = next((value for key, value in headers if key.lower() == "status"), "200 OK")
            self.send_response(int(status.split()[0]))
            for key, value in headers:
                if key.lower() != "status":
                    self.send_header(key, value)
            self.end_headers()
            self.wfile.write(content)

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


def _basic(token: str) -> str:
    return "Basic " + base64.b64encode(f"x-access-token:{token}".encode()).decode()
