"""The floor of intake: a bare aiohttp application that only checks signatures. `python -m bench.intake_floor PORT`."""

from __future__ import annotations

import hashlib
import hmac
import os
import sys

from aiohttp import web


def application(secret: bytes) -> web.Application:
    async def webhook(request: web.Request) -> web.Response:
        wanted = hmac.new(secret, await request.read(), hashlib.sha256).hexdigest()
        given = request.headers.get("X-Hub-Signature-256", "")
        return web.Response(status=202 if hmac.compare_digest(given, f"sha256={wanted}") else 401)

    async def ready(_request: web.Request) -> web.Response:
        return web.Response()

    app = web.Application(client_max_size=25 * 2**20)
    app.router.add_post("/webhook", webhook)
    app.router.add_get("/readyz", ready)
    return app


if __name__ == "__main__":
    web.run_app(
        application(os.environ["WEBHOOK_SECRET"].encode()),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        print=None,
        access_log=None,
    )
