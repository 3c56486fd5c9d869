"""The bot as a process: `serve` takes deliveries (and works, on SQLite), `work` works. Ends cleanly on SIGTERM."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from bot.engine.engine import Engine
from bot.git.mirror import Mirrors
from bot.git.process import MINIMUM, git_version
from bot.github import App, Clock, Patience
from bot.github.limits import REAL
from bot.intake.webhook import LIMIT, webhook
from bot.logs import set_up_logs
from bot.migration.context import SharedState
from bot.rewrite.blob_index import BlobIndex
from bot.settings import Settings
from bot.store import Store, open_engine
from bot.turn.bot_work import BotWork

log = logging.getLogger("drover")
SWITCH = 0.0005
"""Seconds until a busy thread gives way: deliveries are answered while others are worked on."""
COLLECTED = (20_000, 20, 50)
"""New objects until the collector runs, and how often it looks at older ones."""
GRACE = 1.0
"""Seconds that running work gets to end when the process is told to: the rest goes on at the next start."""
waiting = Gauge("drover_waiting", "Deliveries, looks and chores that are queued or running")


def serve(settings: Settings) -> int:
    if settings.web_concurrency > 1 and not settings.sqlite:
        return _several(settings)
    return _run(settings, web_too=True)


def work(settings: Settings) -> int:
    if settings.sqlite:
        print(
            "drover: a worker of its own needs DATABASE_URL to be a Postgres; on SQLite `serve` works itself",
            file=sys.stderr,
        )
        return 2
    return _run(settings, web_too=False)


def _run(settings: Settings, *, web_too: bool) -> int:
    set_up_logs(settings)
    if git_version() < MINIMUM:
        print(f"drover: git {'.'.join(map(str, MINIMUM))} or newer is needed", file=sys.stderr)
        return 2
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    sys.setswitchinterval(SWITCH)
    collect_seldom()
    try:
        asyncio.run(_until_told(settings, web_too=web_too))
    except OSError as error:
        print(f"drover: can't listen on {settings.host}:{settings.port}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def collect_seldom() -> None:
    """What is there at the start stays: the collector need not go through it, nor stop a delivery every moment."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED)


async def _until_told(settings: Settings, *, web_too: bool) -> None:
    told = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, told.set)
    async with running(settings, listen=settings.sqlite or not web_too) as engine:
        if not web_too:
            log.info("working")
            await told.wait()
            return
        async with listening(settings, engine) as port:
            log.info("listening on %s:%d", settings.host, port)
            await told.wait()


@asynccontextmanager
async def running(settings: Settings, *, listen: bool, clock: Clock = REAL) -> AsyncIterator[Engine]:
    """Store, GitHub, mirrors and engine, started and stopped in order. By the clock it waits for GitHub's limits."""
    database = open_engine(settings.database_url)
    store = Store(database)
    await asyncio.to_thread(store.prepare)
    async with aiohttp.ClientSession(trust_env=True) as session:
        github = App(
            session,
            app_id=settings.app_id,
            private_key=settings.private_key,
            api_url=settings.api_url,
            waits=store.waits,
            patience=Patience(pause=settings.write_pause),
            on_wait=lambda installation, until, why: bot_work.show_wait(installation, until, why),
            clock=clock,
        )
        mirrors = Mirrors(settings.data_dir, settings.mirror_bytes)
        bot_work = BotWork(
            SharedState(settings, store, github, mirrors, BlobIndex(settings.data_dir / "index.db"))
        )
        engine = Engine(settings, database, store, bot_work, listen=listen)
        await engine.start()
        try:
            yield engine
        finally:
            bot_work.interrupt()
            await engine.finish(GRACE)
            await asyncio.to_thread(mirrors.stop)
            await engine.stop()
            bot_work.close()
            await asyncio.to_thread(database.dispose)


@asynccontextmanager
async def listening(settings: Settings, engine: Engine) -> AsyncIterator[int]:
    runner = web.AppRunner(application(settings, engine), access_log=None)
    await runner.setup()
    site = web.TCPSite(
        runner, settings.host, settings.port, reuse_port=True if settings.web_concurrency > 1 else None
    )
    try:
        await site.start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


ENGINE = web.AppKey("engine", Engine)


def application(settings: Settings, engine: Engine) -> web.Application:
    """The routes: all that Drover answers."""
    app = web.Application(client_max_size=LIMIT)
    app[ENGINE] = engine
    app.router.add_post("/webhook", webhook(settings.webhook_secret, engine.enqueue))
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", _readyz)
    app.router.add_get("/metrics", _metrics)
    return app


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"process": "up"})


async def _readyz(request: web.Request) -> web.Response:
    ready = await request.app[ENGINE].ready()
    return web.json_response({"ready": ready}, status=200 if ready else 503)


async def _metrics(request: web.Request) -> web.Response:
    waiting.set(await request.app[ENGINE].busy())
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _several(settings: Settings) -> int:
    """WEB_CONCURRENCY web processes on one port; one that dies ends all, for whoever runs us to start again."""
    children = []
    for _ in range(settings.web_concurrency):
        child = os.fork()
        if child == 0:
            _end_with_parent()
            os._exit(_run(replace(settings), web_too=True))
        children.append(child)
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda number, _frame: _tell(children, number))
    gone, status = os.wait()
    _tell([child for child in children if child != gone], signal.SIGTERM)
    for child in children:
        if child != gone:
            os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _end_with_parent() -> None:
    """Also where the parent is killed outright: nobody is left behind on its port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGTERM)


_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG


def _tell(children: list[int], number: int) -> None:
    for child in children:
        try:
            os.kill(child, number)
        except ProcessLookupError:
            continue
