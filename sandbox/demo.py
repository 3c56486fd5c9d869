"""The demo: a GitHub sandbox with a sample repository, and the real bot, which talk over HTTP."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from sandbox.forge import Forge
from sandbox.model.accounts import App
from sandbox.pages.routes import setup_pages
from sandbox.pages.walkthrough import Walkthrough, migration_steps
from sandbox.sample.setup import NAME, create_sample
from sandbox.server import Server, serve

ROOT = Path(__file__).resolve().parent.parent
"""Where the packages are: a checkout, or where they are installed."""
PORTS = range(8300, 8320)
LIMIT_FACTOR = 10
"""Multiplies GitHub's limits, since a demo does days of work in minutes."""
START_TIMEOUT = 60.0
"""Seconds that the bot may take to start."""


class BotDidNotStart(Exception):
    """The bot stopped or hung before it was ready."""


@dataclass(frozen=True)
class BotProcess:
    process: asyncio.subprocess.Process
    url: str
    log: Path

    def log_tail(self, lines: int = 20) -> str:
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])


@dataclass(frozen=True)
class RunningDemo:
    """A running demo."""

    forge: Forge
    server: Server
    bot: BotProcess
    page: str
    """The address of the tracking issue."""


def run_demo(port: int | None, *, browser: bool) -> int:
    """Run it until Ctrl-C; 1 where it could not start, or the bot ended."""
    try:
        return asyncio.run(_run_until_stopped(port, browser=browser))
    except BotDidNotStart as problem:
        print(f"drover: the bot did not start. {problem}", file=sys.stderr)
    except OSError as problem:
        print(f"drover: {os.strerror(problem.errno or 0)}: port {port}", file=sys.stderr)
    return 1


async def _run_until_stopped(port: int | None, *, browser: bool) -> int:
    """Run until Ctrl-C, SIGTERM, a closed terminal, or the end of the bot."""
    _stop_on_signals()
    print("Starting a GitHub sandbox with a sample repository, and Drover…", flush=True)
    try:
        async with running_demo(port) as demo:
            print(_welcome(demo), flush=True)
            if browser and _has_display():
                await asyncio.to_thread(webbrowser.open, demo.page)
            await demo.bot.process.wait()
            print(
                f"drover: the bot stopped unexpectedly. The end of its log:\n\n{demo.bot.log_tail()}",
                file=sys.stderr,
            )
            return 1
    except asyncio.CancelledError:
        print("\nStopped. All demo data was deleted.", flush=True)
        return 0


def _stop_on_signals() -> None:
    """Stop on the first signal; later ones don't interrupt the cleanup."""
    task = asyncio.current_task()
    waiting = [task] if task else []

    def stop() -> None:
        while waiting:
            waiting.pop().cancel()

    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(one, stop)


def _welcome(demo: RunningDemo) -> str:
    return (
        f"\n  Open   {demo.page}\n\n"
        "  The page guides you through a migration: label the issue, review, merge, revert.\n"
        f"  See    {demo.bot.url}, the dashboard: every migration, and what it waits for\n"
        f"  Clone  git clone {demo.server.url}/{NAME}.git\n"
        f"  Bot    {demo.bot.url}/healthz, log in {demo.bot.log}\n\n"
        "  Press Ctrl-C to stop."
    )


def _has_display() -> bool:
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@asynccontextmanager
async def running_demo(port: int | None = None) -> AsyncIterator[RunningDemo]:
    """Start the sandbox and the bot, create the sample, then install the App."""
    folder = Path(tempfile.mkdtemp(prefix="drover-demo-"))
    bot_port = _free_port()
    try:
        async with _running_sandbox(folder / "github", port, f"http://127.0.0.1:{bot_port}/") as server:
            server.forge.people.add("drover", "Drover", kind="Organization")
            async with _running_bot(server.forge, folder, bot_port) as (app, bot):
                repo, issue = await create_sample(server.forge)
                await _wait_until_ready(bot)
                server.forge.apps.install(app, repo, by="lena")
                yield RunningDemo(server.forge, server, bot, f"{server.url}/{NAME}/issues/{issue.number}")
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


@asynccontextmanager
async def _running_sandbox(folder: Path, port: int | None, dashboard: str) -> AsyncIterator[Server]:
    forge = Forge(folder)
    forge.limits.scale(LIMIT_FACTOR)
    forge.lag.first_read = False  # somebody is waiting
    walk = Walkthrough(NAME, "maya", "Finish a migration in five minutes", migration_steps, dashboard)
    server = await _serve_on_free_port(forge, walk, [port] if port else [*PORTS, 0])
    try:
        yield server
    finally:
        await server.close()


async def _serve_on_free_port(forge: Forge, walk: Walkthrough, ports: Sequence[int]) -> Server:
    pages = partial(setup_pages, walk=walk)
    for port in ports[:-1]:
        try:
            return await serve(forge, port=port, pages=pages)
        except OSError:
            continue
    return await serve(forge, port=ports[-1], pages=pages)


@asynccontextmanager
async def _running_bot(forge: Forge, folder: Path, port: int) -> AsyncIterator[tuple[App, BotProcess]]:
    """Run the bot as an operator would: as a process configured by its environment."""
    app = _register(forge, f"http://127.0.0.1:{port}/webhook")
    log = folder / "bot.log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-P", "-m", "bot", "serve"),
            cwd=folder,
            env=_environment(forge, app, port, folder),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield app, BotProcess(process, f"http://127.0.0.1:{port}", log)
    finally:
        await _stop(process)


def _register(forge: Forge, webhook_url: str) -> App:
    """Register the App with exactly the permissions and events of its manifest."""
    manifest: dict[str, Any] = yaml.safe_load((ROOT / "bot" / "app.yml").read_text(encoding="utf-8"))
    return forge.apps.register(
        manifest["name"],
        "drover",
        permissions=manifest["default_permissions"],
        events=manifest["default_events"],
        webhook_url=webhook_url,
        webhook_secret=secrets.token_hex(20),
        description=manifest["description"],
    )


def _environment(forge: Forge, app: App, port: int, folder: Path) -> Mapping[str, str]:
    kept = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "TMPDIR", "LD_LIBRARY_PATH")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "GITHUB_APP_ID": str(app.id),
        "GITHUB_PRIVATE_KEY": app.private_key,
        "GITHUB_WEBHOOK_SECRET": app.webhook_secret,
        "GITHUB_API_URL": forge.api,
        "HOST": "127.0.0.1",
        "DASHBOARD": "open",
        "PORT": str(port),
        "DATA_DIR": str(folder / "bot"),
        "LOG_FORMAT": "text",
        "WRITE_PAUSE": "0",
        "SWEEP_MINUTES": "0.5",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _wait_until_ready(bot: BotProcess) -> None:
    try:
        async with asyncio.timeout(START_TIMEOUT), aiohttp.ClientSession() as session:
            while not await _is_ready(session, bot):
                if bot.process.returncode is not None:
                    raise BotDidNotStart(f"The end of its log:\n\n{bot.log_tail()}")
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise BotDidNotStart(
            f"It was not ready after {START_TIMEOUT:g} seconds. The end of its log:\n\n{bot.log_tail()}"
        ) from None


async def _is_ready(session: aiohttp.ClientSession, bot: BotProcess) -> bool:
    try:
        async with session.get(f"{bot.url}/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Terminate the process, then kill its process group."""
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 3)
        except TimeoutError:
            pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    await process.wait()
