"""git over HTTP: authentication, then git's own `http-backend`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from sandbox.access.permissions import is_granted, may_see, role_at_least, role_of
from sandbox.access.refusals import Refusal
from sandbox.forge import Forge
from sandbox.git_http.backend import CHUNK, HttpBackend
from sandbox.git_http.pushes import receive_push
from sandbox.http.answers import send_half
from sandbox.http.callers import identify
from sandbox.model.accounts import Actor
from sandbox.model.repositories import Repository

PATH = r"/{owner}/{repo:[^/]+?}{dot:(?:\.git)?}/{what:info/refs|git-upload-pack|git-receive-pack}"


async def answer_git(forge: Forge, request: web.Request) -> web.StreamResponse:
    trouble = await forge.faults.next_fault(request.method, request.path)
    if trouble and trouble.trouble not in ("cut", "502-done"):
        statuses = {"403": 403, "404": 404, "500": 500, "503": 503, "429": 429, "expired": 401}
        status = statuses.get(trouble.trouble, 502)
        return web.Response(status=status, text="Trouble")
    try:
        actor = identify(forge, request.headers, "git").actor
        repo = _repository(forge, request, actor)
        pushing = "git-receive-pack" in (request.match_info["what"], request.query.get("service"))
        _check_access(repo, actor, pushing)
        if moved := _renamed_redirect(forge, request, repo):
            return moved
    except Refusal as refusal:
        return _refusal_response(forge, request, refusal)
    if request.method == "POST" and pushing and actor:
        pushed = await receive_push(forge, request, repo, actor)
        return await send_half(request, pushed) if trouble else pushed
    body: AsyncIterator[bytes] = request.content.iter_chunked(CHUNK)
    if request.method == "POST" and forge.lag.is_behind("git"):
        read = await request.read()
        if forge.lag.hides(_wanted(read), "git"):
            return _not_there(request)
        body = _chunks(read)
    return await _serve(forge, request, repo, body, whole=trouble is None)


def _repository(forge: Forge, request: web.Request, actor: Actor | None) -> Repository:
    repo = forge.current_or_former(f"{request.match_info['owner']}/{request.match_info['repo']}")
    if repo is None or not may_see(actor, repo):
        raise Refusal(404 if actor else 401, "Repository not found.")
    return repo


def _renamed_redirect(forge: Forge, request: web.Request, repo: Repository) -> web.Response | None:
    """Redirect the first request for a renamed repository. Later ones are accepted under the old name."""
    name = f"{request.match_info['owner']}/{request.match_info['repo']}"
    if request.method != "GET" or name.lower() == repo.full_name.lower():
        return None
    to = f"{forge.url}/{repo.full_name}.git/{request.match_info['what']}?{request.query_string}"
    return web.Response(status=301, headers={"Location": to})


def _check_access(repo: Repository, actor: Actor | None, pushing: bool) -> None:
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
    elif not role_at_least(role_of(repo, actor.user), "write"):
        raise Refusal(403, f"Permission to {repo.full_name}.git denied to {actor.user.login}.")


def _require_contents(actor: Actor, level: str) -> None:
    if actor.installation and not is_granted(actor.installation.permissions, f"contents:{level}"):
        raise Refusal(403, "Write access to repository not granted.")


def _refusal_response(forge: Forge, request: web.Request, refusal: Refusal) -> web.Response:
    headers = {"WWW-Authenticate": 'Basic realm="GitHub"'} if refusal.status == 401 else {}
    return web.Response(status=refusal.status, text=f"{refusal.message}\n", headers=headers)


# fetching


def _wanted(body: bytes) -> str:
    """The refs and objects that a fetch names."""
    return body.decode("utf-8", "replace")


def _not_there(request: web.Request) -> web.Response:
    """As from a server that lacks a new object."""
    line = "ERR upload-pack: not our ref\n"
    kind = f"application/x-{request.match_info['what']}-result"
    return web.Response(text=f"{len(line) + 4:04x}{line}", content_type=kind)


async def _serve(
    forge: Forge, request: web.Request, repo: Repository, body: AsyncIterator[bytes], *, whole: bool = True
) -> web.StreamResponse:
    backend = await HttpBackend.start(forge, request, repo, {})
    feeding = asyncio.create_task(backend.feed(body))
    try:
        status, headers = await backend.head()
        response = web.StreamResponse(status=status, headers=headers)
        await _stream_body(request, response, backend, whole)
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        await backend.end()
    return response


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), CHUNK):
        yield body[start : start + CHUNK]


async def _stream_body(
    request: web.Request, response: web.StreamResponse, backend: HttpBackend, whole: bool
) -> None:
    """Stream the whole body, or half of its first chunk if a fault was ordered."""
    try:
        await response.prepare(request)
        async for chunk in backend.body():
            await response.write(chunk if whole else chunk[: len(chunk) // 2])
            if not whole and request.transport:
                request.transport.close()
                return
        await response.write_eof()
    except ConnectionResetError:
        return  # the client disconnected


# pushing: one at a time, and what follows is done before git hears that it went well


# the process
