"""`app.py demo`, started as a person does."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import psutil  # type: ignore[import-untyped]
import pytest
from yarl import URL

ROOT = Path(__file__).parents[2]


class DemoProcess:
    def __init__(self, process: asyncio.subprocess.Process, page: str, said: str) -> None:
        self.process = process
        self.page = page
        self.said = said

    def family(self) -> list[psutil.Process]:
        return list(psutil.Process(self.process.pid).children(recursive=True))

    async def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return await asyncio.wait_for(self.process.wait(), 30)


@asynccontextmanager
async def demo(temporary: Path, *arguments: str) -> AsyncIterator[DemoProcess]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "app.py"),
        "demo",
        "--no-browser",
        *arguments,
        cwd=temporary,
        env={"PATH": os.environ["PATH"], "HOME": str(temporary), "TMPDIR": str(temporary)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout
    said = ""
    try:
        while "Press Ctrl-C to stop." not in said:
            line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
            assert line, said
            said += line
        found = re.search(r"Open\s+(\S+)", said)
        assert found, said
        yield DemoProcess(process, found[1], said)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def status(url: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_the_demo_starts_and_leaves_nothing_behind(tmp_path: Path, how: signal.Signals) -> None:
    async with demo(tmp_path) as started:
        assert await status(started.page) == 200
        family = started.family()
        assert any("serve" in one.cmdline() for one in family)
        assert list(tmp_path.glob("drover-demo-*"))
        assert await started.end(how) == 0
    assert not [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    assert list(tmp_path.iterdir()) == []


async def test_two_demos_run_side_by_side(tmp_path: Path) -> None:
    async with demo(tmp_path) as one, demo(tmp_path) as other:
        assert one.page != other.page
        assert await status(one.page) == await status(other.page) == 200
        await refuses_a_port_that_is_taken(URL(one.page).port)
        assert await one.end(signal.SIGINT) == 0
        assert await status(other.page) == 200
        assert await other.end(signal.SIGINT) == 0


async def refuses_a_port_that_is_taken(port: int | None) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "app.py"), "demo", "--no-browser", "--port", str(port)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, problem = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 1
    assert problem.decode().strip() == f"drover: Address already in use: port {port}"


async def test_the_demo_reports_that_the_bot_stopped(tmp_path: Path) -> None:
    async with demo(tmp_path) as started:
        bot = next(one for one in started.family() if "serve" in one.cmdline())
        bot.kill()
        assert await asyncio.wait_for(started.process.wait(), 30) == 1
        assert started.process.stdout
        assert b"the bot stopped unexpectedly" in await started.process.stdout.read()
    assert list(tmp_path.iterdir()) == []
