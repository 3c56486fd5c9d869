"""The processes: `serve` receives deliveries, and on SQLite works on them; `work` is a worker. Both end on SIGTERM."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import sqlalchemy as sa
from aiohttp import web

from bot import metrics
from bot.doctor.examination import app_refusal, machine_refusal
from bot.doctor.finding import Finding
from bot.doctor.settings import traces_finding
from bot.engine.engine import Engine
from bot.engine.state import sleep_without_a_slot
from bot.git.mirror import Mirrors
from bot.github import App, Clock, WaitPolicy
from bot.github.limits import USUAL
from bot.intake.connections import Connections, listening_on, note_headers
from bot.intake.webhook import webhook
from bot.logs import mask_secrets, set_up_logs
from bot.migration.shared_state import SharedState
from bot.rewrite.blob_index import BlobIndex
from bot.setting_values import is_loopback
from bot.settings import ServerSettings, Settings, forget_secrets
from bot.store import Store, open_engine
from bot.tracing.spans import is_installed
from bot.turn.bot_work import BotWork
from bot.web.error_pages import error_pages
from bot.web.routes import page_routes
from bot.web.setup.pages import log_code, setup_routes
from bot.web.setup.progress import Setup
from bot.web.visitors import Visitors

log = logging.getLogger("drover")
SWITCH_INTERVAL = 0.0005
"""Seconds until a busy thread gives way, so that deliveries are answered while others are worked on."""
CLOCK = Clock(sleep=sleep_without_a_slot)
GC_THRESHOLDS = (20_000, 20, 50)
"""After how many new objects the collector runs, and how much more rarely over older ones."""
SECONDS_TO_FINISH = 1.0
"""For running work when the process is told to end; the rest goes on at the next start."""


def set_up_and_serve(server: ServerSettings) -> int:
    """Without an App: serve the set-up page, then go on with the App that it makes."""
    forget_secrets()
    if not _can_start(server):
        return 2
    in_several: list[Settings] = []
    status = _run(server, _set_up_and_run(server, in_several))
    return _serve_from_several(in_several[0]) if in_several else status


def serve(settings: Settings) -> int:
    forget_secrets()
    if not (_can_start(settings) and _can_work(settings)):
        return 2
    if _needs_several(settings):
        return _serve_from_several(settings)
    return _run(settings, _run_until_told(settings, takes_deliveries=True))


def work(settings: Settings) -> int:
    forget_secrets()
    if settings.sqlite:
        return _run(settings, _rest_until_told())
    if not (_can_start(settings) and _can_work(settings)):
        return 2
    return _run(settings, _run_until_told(settings, takes_deliveries=False))


def _can_start(settings: ServerSettings) -> bool:
    """Whether `drover doctor` would let it; why not is said in one line."""
    set_up_logs(settings)
    return not _say_why_not(machine_refusal(settings))


def _can_work(settings: Settings) -> bool:
    keep_private(settings.data_dir)
    return not _say_why_not(app_refusal(settings))


def _say_why_not(finding: Finding | None) -> bool:
    if finding is not None:
        print(mask_secrets(f"drover: {finding.in_one_line}"), file=sys.stderr)
    return finding is not None


def _run(settings: ServerSettings, main: Coroutine[Any, Any, None]) -> int:
    set_up_logs(settings)
    keep_private(settings.data_dir)
    sys.setswitchinterval(SWITCH_INTERVAL)
    tune_gc()
    try:
        with traces(settings):
            asyncio.run(main)
    except sa.exc.OperationalError as error:
        reason = (str(error.orig).splitlines() or [""])[0]
        print(mask_secrets(f"drover: the database can't be reached: {reason}"), file=sys.stderr)
        return 2
    except OSError as error:
        print(f"drover: can't listen on {settings.host}:{settings.port}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


@contextmanager
def traces(settings: ServerSettings) -> Iterator[None]:
    """Sent meanwhile, where the environment says where to. OpenTelemetry is loaded only then."""
    if not settings.sends_traces:
        yield
        return
    if not is_installed():
        log.warning("%s", traces_finding().in_one_line)
        yield
        return
    from bot.tracing.otlp import sending_traces

    with sending_traces(settings.trace_headers):
        yield


def keep_private(data_dir: Path) -> None:
    """What this process writes, and what an older version left, only its own user can read: files and memory."""
    os.umask(0o077)
    data_dir.mkdir(parents=True, exist_ok=True)
    for path in (data_dir, *data_dir.glob("*.db*"), *data_dir.glob("credentials.json*")):
        try:
            path.chmod(0o700 if path.is_dir() else 0o600)
        except PermissionError:
            log.warning("%s belongs to another user: who can read it is theirs to say", path)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DUMPABLE, 0)


_DUMPABLE = 4  # PR_SET_DUMPABLE


def tune_gc() -> None:
    """Leave what exists at the start out of collections, and collect less often: each delays deliveries."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


async def _run_until_told(settings: Settings, *, takes_deliveries: bool) -> None:
    told_to_end = _told_to_end()
    works = not takes_deliveries or _works_itself(settings)
    async with running(settings, works=works) as engine, _measuring(settings, engine):
        if not takes_deliveries:
            log.info("working")
            await told_to_end.wait()
            return
        async with listening(settings, engine):
            log.info("listening on %s:%d", settings.host, settings.port)
            await told_to_end.wait()


async def _rest_until_told() -> None:
    """A platform starts a worker again that ends: one without work waits, so that the log shows it once."""
    told_to_end = _told_to_end()
    log.warning(
        "nothing to do here: on SQLite `serve` does the work. Workers need a Postgres database in DATABASE_URL"
    )
    await told_to_end.wait()


async def _set_up_and_run(server: ServerSettings, in_several: list[Settings]) -> None:
    """Where the settings want several processes, they are left in `in_several`: this one can't become them."""
    told_to_end, setup = _told_to_end(), Setup(server)
    async with listening_on(
        setup_application(setup), server.host, server.port, connections=Connections()
    ) as listener:
        log_code(setup, listener.port)
        settings = await _first(setup.settings, told_to_end)
        if settings is None:
            return
        if _needs_several(settings):
            in_several.append(settings)
            return
        async with running(settings, works=_works_itself(settings)) as engine, _measuring(settings, engine):
            await listener.answer_with(application(settings, engine))
            log.info("listening on %s:%d", settings.host, listener.port)
            await told_to_end.wait()


def _works_itself(settings: Settings) -> bool:
    return settings.sqlite or settings.worker == "in-process"


async def _first(settings: asyncio.Future[Settings], told_to_end: asyncio.Event) -> Settings | None:
    """None if the process is told to end before there is an App."""
    ending = asyncio.create_task(told_to_end.wait())
    await asyncio.wait((settings, ending), return_when=asyncio.FIRST_COMPLETED)
    ending.cancel()
    return settings.result() if settings.done() else None


def _told_to_end() -> asyncio.Event:
    told_to_end = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, told_to_end.set)
    return told_to_end


def _needs_several(settings: Settings) -> bool:
    return settings.web_concurrency > 1 and not settings.sqlite


@asynccontextmanager
async def running(
    settings: Settings, *, works: bool, clock: Clock = CLOCK, policy: WaitPolicy = USUAL
) -> AsyncIterator[Engine]:
    """Store, GitHub, mirrors and engine, started and stopped in order. `clock` times sweeps, and waits for limits."""
    database = open_engine(settings.database_url, settings.database_connections)
    store = Store(database)
    await asyncio.to_thread(store.prepare)
    async with aiohttp.ClientSession() as session:
        github = App(
            session,
            app_id=settings.app_id,
            private_key=settings.private_key,
            previous_private_key=settings.previous_private_key,
            api_url=settings.api_url,
            waits=store.waits,
            moments=store.positions,
            patience=replace(policy, pause=settings.write_pause),
            on_wait=lambda installation, until, why: bot_work.show_wait(installation, until, why),
            clock=clock,
            before_write=lambda: engine.lease.check(),
        )
        mirrors = Mirrors(settings.data_dir, settings.mirror_bytes)
        bot_work = BotWork(
            SharedState(settings, store, github, mirrors, BlobIndex(settings.data_dir / "index.db")),
            clock.now,
        )
        engine = Engine(settings, database, store, bot_work, works=works)
        await engine.start()
        try:
            yield engine
        finally:
            bot_work.interrupt()
            await engine.finish(SECONDS_TO_FINISH)
            await asyncio.to_thread(mirrors.stop)
            await engine.stop()
            bot_work.close()
            await asyncio.to_thread(database.dispose)


@asynccontextmanager
async def listening(settings: Settings, engine: Engine) -> AsyncIterator[int]:
    async with listening_on(
        application(settings, engine),
        settings.host,
        settings.port,
        shared_port=settings.web_concurrency > 1,
        connections=Connections(),
    ) as listener:
        yield listener.port


ENGINE = web.AppKey("engine", Engine)
SETTINGS = web.AppKey("settings", Settings)


def application(settings: Settings, engine: Engine) -> web.Application:
    """All that Drover answers over HTTP."""
    app = web.Application(middlewares=[note_headers, error_pages])
    app[ENGINE] = engine
    app.router.add_post("/webhook", webhook(settings.webhook_secrets, engine.enqueue))
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", _readyz)
    app.router.add_get("/metrics", _metrics)
    app[SETTINGS] = settings
    visitors = Visitors(settings)
    visitors.join(app)
    app.add_routes(page_routes(settings, visitors, engine.store))
    return app


def setup_application(setup: Setup) -> web.Application:
    app = web.Application(middlewares=[note_headers, error_pages])
    app.router.add_get("/healthz", _healthz)
    app.add_routes(setup_routes(setup))
    return app


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"process": "up"})


async def _readyz(request: web.Request) -> web.Response:
    ready = await request.app[ENGINE].ready()
    return web.json_response({"ready": ready}, status=200 if ready else 503)


async def _metrics(request: web.Request) -> web.Response:
    settings, given = request.app[SETTINGS], request.headers.get("Authorization", "")
    if settings.metrics_token:
        if not metrics.is_allowed(given, settings.metrics_token):
            return web.Response(status=401, text="The metrics need METRICS_TOKEN as a bearer token.\n")
    elif not is_loopback(settings.host):
        raise web.HTTPNotFound
    return await _metrics_response(request.app[ENGINE])


async def _metrics_response(engine: Engine) -> web.Response:
    counts = await asyncio.to_thread(engine.waiting)
    by_state = await asyncio.to_thread(engine.store.migrations.count_by_state)
    metrics.note_queues(counts, by_state, await engine.busy())
    return web.Response(body=metrics.text(), headers={"Content-Type": metrics.CONTENT_TYPE})


@asynccontextmanager
async def _measuring(settings: Settings, engine: Engine) -> AsyncIterator[None]:
    """The metrics of this process on a port of their own, where one is set."""
    if not settings.metrics_port:
        yield
        return

    async def answer(_request: web.Request) -> web.Response:
        return await _metrics_response(engine)

    app = web.Application(middlewares=[note_headers])
    app.router.add_get("/metrics", answer)
    app.router.add_get("/healthz", _healthz)
    async with listening_on(app, settings.host, settings.metrics_port, connections=Connections()):
        log.info("metrics on %s:%d", settings.host, settings.metrics_port)
        yield


def _serve_from_several(settings: Settings) -> int:
    """WEB_CONCURRENCY processes on one port. If one dies, all end, so that they are started again together."""
    children = []
    for number in range(settings.web_concurrency):
        child = os.fork()
        if child == 0:
            _end_with_parent()
            if settings.metrics_port:
                settings = replace(settings, metrics_port=settings.metrics_port + number)
            os._exit(_run(settings, _run_until_told(settings, takes_deliveries=True)))
        children.append(child)
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda number, _frame: _send(children, number))
    ended, status = os.wait()
    others = [child for child in children if child != ended]
    _send(others, signal.SIGTERM)
    for child in others:
        os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _end_with_parent() -> None:
    """Also when the parent is killed outright: no child stays behind on its port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGTERM)


_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG


def _send(children: list[int], number: int) -> None:
    for child in children:
        try:
            os.kill(child, number)
        except ProcessLookupError:
            continue
