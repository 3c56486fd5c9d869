"""The HTTP server, with the addresses of GitHub Enterprise Server."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from sandbox.forge import Forge
from sandbox.git_http.endpoint import PATH, answer_git
from sandbox.graphql.endpoint import answer_graphql
from sandbox.rest.endpoint import answer_rest

LARGEST_BODY = 100 * 1024 * 1024
API = "/api/v3"


@dataclass(frozen=True)
class Server:
    forge: Forge
    runner: web.AppRunner

    @property
    def url(self) -> str:
        return self.forge.url

    @property
    def api_url(self) -> str:
        return self.forge.api

    @property
    def graphql_url(self) -> str:
        return f"{self.forge.url}/api/graphql"

    async def close(self) -> None:
        await self.runner.cleanup()
        await self.forge.close()


async def serve(
    forge: Forge,
    host: str = "127.0.0.1",
    port: int = 0,
    pages: Callable[[web.Application, Forge], None] | None = None,
) -> Server:
    app = web.Application(client_max_size=LARGEST_BODY)

    async def rest(request: web.Request) -> web.StreamResponse:
        return await answer_rest(
            forge, request, _path_by_name(forge, request.rel_url.raw_path.removeprefix(API))
        )

    async def graphql(request: web.Request) -> web.StreamResponse:
        return await _recording_crashes(forge, answer_graphql(forge, request))

    async def git(request: web.Request) -> web.StreamResponse:
        return await _recording_crashes(forge, answer_git(forge, request))

    app.router.add_route("*", API + r"/{tail:[\s\S]*}", rest)
    app.router.add_route("POST", "/api/graphql", graphql)
    app.router.add_route("*", PATH, git)
    if pages:
        pages(app, forge)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    forge.url = f"http://{host}:{runner.addresses[0][1]}"
    return Server(forge, runner)


async def _recording_crashes(forge: Forge, answering: Awaitable[web.StreamResponse]) -> web.StreamResponse:
    """Record the forge's own failures for the test."""
    try:
        return await answering
    except ConnectionResetError:
        raise
    except Exception:
        forge.crashes.append(traceback.format_exc())
        return web.Response(status=500, text="Server Error")


def _path_by_name(forge: Forge, path: str) -> str:
    """Translate `/repositories/7/issues`, where redirects of renamed repositories lead."""
    parts = path.split("/", 3)
    if len(parts) > 2 and parts[1] == "repositories" and parts[2].isdigit():
        repo = forge.repositories.get(int(parts[2]))
        if repo:
            return "/".join(["", "repos", repo.full_name, *parts[3:]])
    return path
