"""The forge has threads of its own."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.sandbox_client import open_shop


async def test_the_forge_answers_while_every_thread_of_the_loop_is_busy(tmp_path: Path) -> None:
    async with open_shop(tmp_path) as shop:
        loop, answered = asyncio.get_running_loop(), threading.Event()
        with ThreadPoolExecutor(2) as threads:
            loop.set_default_executor(threads)
            waiting = [loop.run_in_executor(None, answered.wait, 20) for _ in range(4)]
            async with asyncio.timeout(10):
                await shop.api.get(f"{shop.at}/git/trees/main?recursive=1")
                await shop.forge.repos.push(shop.repo, {"a": "1"}, "A", by="wendy")
            answered.set()
            assert all(await asyncio.gather(*waiting))
