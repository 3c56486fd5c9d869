"""The `git http-backend` process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from sandbox.forge import Forge
from sandbox.git.repository import environment
from sandbox.model.repositories import Repository

CHUNK = 1 << 16


class HttpBackend:
    """One run of `git http-backend`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(
        cls, forge: Forge, request: web.Request, repo: Repository, extra: dict[str, str]
    ) -> HttpBackend:
        headers = request.headers
        env = {
            **environment(forge.home),
            **extra,
            "GIT_PROJECT_ROOT": str(repo.git.path.parent),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{repo.git.path.name}/{request.match_info['what']}",
            "REQUEST_METHOD": request.method,
            "QUERY_STRING": request.query_string,
            "CONTENT_TYPE": headers.get("Content-Type", ""),
            "REMOTE_USER": "forge",
            "REMOTE_ADDR": request.remote or "",
            "GIT_PROTOCOL": headers.get("Git-Protocol", ""),
        }
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            "git", "http-backend", stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, env=env
        )
        return cls(process)

    async def feed(self, chunks: AsyncIterator[bytes]) -> None:
        stdin = self._process.stdin
        if stdin is None:
            raise AssertionError("opened as a pipe")
        try:
            async for chunk in chunks:
                stdin.write(chunk)
                await stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            return
        finally:
            stdin.close()

    async def head(self) -> tuple[int, dict[str, str]]:
        status, headers = 200, {}
        while line := (await self._out().readline()).decode("latin-1").strip():
            name, _, value = line.partition(": ")
            if name == "Status":
                status = int(value.split(" ")[0])
            else:
                headers[name] = value
        return status, headers

    async def body(self) -> AsyncIterator[bytes]:
        while chunk := await self._out().read(CHUNK):
            yield chunk

    def _out(self) -> asyncio.StreamReader:
        if self._process.stdout is None:
            raise AssertionError("opened as a pipe")
        return self._process.stdout

    async def end(self) -> None:
        if self._process.returncode is None:
            try:
                await asyncio.wait_for(self._process.wait(), 2)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
