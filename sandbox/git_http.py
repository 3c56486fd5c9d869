"""git over HTTP: git's own `http-backend`, with authentication in front and the forge's rules on what is pushed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.actors import Refusal, granted, may_see, reaches, role_of
from sandbox.check_runs import Checks
from sandbox.git import ZERO, environment
from sandbox.model import Actor, Repository
from sandbox.pushes import Move, settle
from sandbox.refs import bound, may_write_workflows, rules_for
from sandbox.rest.front import cut, identify

if TYPE_CHECKING:
    from sandbox.forge import Forge

PATH = r"/{owner}/{repo:[^/]+?}{dot:(?:\.git)?}/{what:info/refs|git-upload-pack|git-receive-pack}"
_CHUNK = 1 << 16


async def answer_git(forge: Forge, request: web.Request) -> web.StreamResponse:
    trouble = await forge.faults.meet(request.method, request.path)
    if trouble and trouble.trouble not in ("cut", "502-done"):
        status = {"500": 500, "429": 429, "expired": 401}.get(trouble.trouble, 502)
        return web.Response(status=status, text="Trouble")
    try:
        actor = identify(forge, request.headers).actor
        repo = _repository(forge, request, actor)
        pushing = "git-receive-pack" in (request.match_info["what"], request.query.get("service"))
        _admit(repo, actor, pushing)
        if moved := _moved(forge, request, repo):
            return moved
    except Refusal as refusal:
        return _refused(forge, request, refusal)
    if request.method == "POST" and pushing and actor:
        pushed = await _receive(forge, request, repo, actor)
        return await cut(request, pushed) if trouble else pushed
    return await _serve(forge, request, repo, whole=trouble is None)


def _repository(forge: Forge, request: web.Request, actor: Actor | None) -> Repository:
    repo = forge.once_named(f"{request.match_info['owner']}/{request.match_info['repo']}")
    if repo is None or not may_see(actor, repo):
        raise Refusal(404 if actor else 401, "Repository not found.")
    return repo


def _moved(forge: Forge, request: web.Request, repo: Repository) -> web.Response | None:
    """git asks first where it is to go, and then stays there; what it sends is taken under an old name, too."""
    name = f"{request.match_info['owner']}/{request.match_info['repo']}"
    if request.method != "GET" or name.lower() == repo.full_name.lower():
        return None
    to = f"{forge.url}/{repo.full_name}.git/{request.match_info['what']}?{request.query_string}"
    return web.Response(status=301, headers={"Location": to})


def _admit(repo: Repository, actor: Actor | None, pushing: bool) -> None:
    if not pushing:
        if actor and actor.installation and repo.private:
            _require_contents(actor, "read")
        return
    if actor is None:
        raise Refusal(401, "Authentication required")
    if repo.archived:
        raise Refusal(403, "This repository was archived so it is read-only.")
    if actor.installation:
        _require_contents(actor, "write")
        if repo.id not in actor.installation.repositories:
            raise Refusal(403, "Write access to repository not granted.")
    elif not reaches(role_of(repo, actor.user), "write"):
        raise Refusal(403, f"Permission to {repo.full_name}.git denied to {actor.user.login}.")


def _require_contents(actor: Actor, level: str) -> None:
    if actor.installation and not granted(actor.installation.permissions, f"contents:{level}"):
        raise Refusal(403, "Write access to repository not granted.")


def _refused(forge: Forge, request: web.Request, refusal: Refusal) -> web.Response:
    headers = {"WWW-Authenticate": 'Basic realm="GitHub"'} if refusal.status == 401 else {}
    return web.Response(status=refusal.status, text=f"{refusal.message}\n", headers=headers)


# fetching: streamed as git says it


async def _serve(
    forge: Forge, request: web.Request, repo: Repository, *, whole: bool = True
) -> web.StreamResponse:
    backend = await _Backend.start(forge, request, repo, {})
    feeding = asyncio.create_task(backend.feed(request.content.iter_chunked(_CHUNK)))
    try:
        status, headers = await backend.head()
        response = web.StreamResponse(status=status, headers=headers)
        await _pass_on(request, response, backend, whole)
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        await backend.end()
    return response


async def _pass_on(
    request: web.Request, response: web.StreamResponse, backend: _Backend, whole: bool
) -> None:
    """All of it, or where trouble is on order, the first half of its first part."""
    try:
        await response.prepare(request)
        async for chunk in backend.body():
            await response.write(chunk if whole else chunk[: len(chunk) // 2])
            if not whole and request.transport:
                request.transport.close()
                return
        await response.write_eof()
    except ConnectionResetError:
        return  # the client went away: there is nobody to tell


# pushing: one at a time, and what follows is done before git hears that it went well


async def _receive(forge: Forge, request: web.Request, repo: Repository, actor: Actor) -> web.Response:
    start, moves, rest = await _commands(request)
    async with repo.lock:
        before = await repo.git.refs()
        backend = await _Backend.start(forge, request, repo, _orders(forge.checks, repo, actor, moves))
        try:
            feeding = asyncio.create_task(backend.feed(_joined(start, rest)))
            status, headers = await backend.head()
            body = b"".join([chunk async for chunk in backend.body()])
            await asyncio.gather(feeding, return_exceptions=True)
        finally:
            await backend.end()
        after = await repo.git.refs()
        await settle(forge, repo, actor, changes(before, after))
    return web.Response(status=status, headers=headers, body=body)


def changes(before: dict[str, str], after: dict[str, str]) -> list[Move]:
    return [
        Move(ref, before.get(ref, ZERO), after.get(ref, ZERO))
        for ref in dict.fromkeys([*before, *after])
        if before.get(ref) != after.get(ref)
    ]


async def _commands(request: web.Request) -> tuple[bytes, list[Move], AsyncIterator[bytes]]:
    """What the push asks for, from the lines before its pack, and the whole of it to pass on."""
    chunks = request.content.iter_chunked(_CHUNK)
    buffer, at = b"", 0
    moves: list[Move] = []
    async for chunk in chunks:
        buffer += chunk
        while len(buffer) >= at + 4:
            size = int(buffer[at : at + 4], 16)
            if size == 0:
                return buffer, moves, chunks
            if len(buffer) < at + size:
                break
            line = buffer[at + 4 : at + size].split(b"\0")[0].decode("utf-8", "surrogateescape").strip()
            at += size
            if line.count(" ") >= 2:
                old, new, ref = line.split(" ", 2)
                moves.append(Move(ref, old, new))
    return buffer, moves, chunks


async def _joined(start: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield start
    async for chunk in rest:
        yield chunk


def _orders(checks: Checks, repo: Repository, actor: Actor, moves: list[Move]) -> dict[str, str]:
    """What the hook is to refuse: known already, or only when the objects are there."""
    refused, no_force = [], []
    for move in moves:
        rules = rules_for(repo, move.ref)
        if rules is None or not bound(repo, actor, rules):
            continue
        if not rules.allow_force_pushes:
            no_force.append(move.ref)
        if move.new == ZERO:
            if not rules.allow_deletions:
                refused.append(f"{move.ref} Cannot delete this protected branch")
        elif move.old != ZERO:
            refused += [f"{move.ref} {why}" for why in _unmet(checks, repo, move)]
    return {
        "FORGE_REFUSED": "\n".join(refused),
        "FORGE_NO_FORCE": "\n".join(no_force),
        "FORGE_WORKFLOWS": "yes" if may_write_workflows(actor) else "no",
        "FORGE_DEFAULT": f"refs/heads/{repo.default_branch}",
    }


def _unmet(checks: Checks, repo: Repository, move: Move) -> list[str]:
    rules = rules_for(repo, move.ref)
    if rules is None:
        return []
    if rules.pull_request_required or rules.approvals:
        return ["Changes must be made through a pull request."]
    missing = [
        name for name in rules.required_checks if checks.required_state(repo, move.new, name) != "success"
    ]
    return [f'Required status check "{name}" is expected.' for name in missing]


# the process


class _Backend:
    """One run of `git http-backend`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(
        cls, forge: Forge, request: web.Request, repo: Repository, extra: dict[str, str]
    ) -> _Backend:
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
        while chunk := await self._out().read(_CHUNK):
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
