"""`drover doctor` says what is wrong and what to do."""

from __future__ import annotations

import asyncio
import os
import sys

from tests.world import ROOT, World


async def doctor(place: World, **changes: str) -> tuple[int, str]:
    environment = {"PATH": os.environ["PATH"], **place.environment(), **changes}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "app.py", "doctor", cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_all_well(place: World) -> None:
    status, said = await doctor(place)
    assert status == 0, said
    assert "GitHub knows us as drover" in said
    assert "it is installed on acme" in said


async def test_a_missing_permission_and_event_are_named(place: World) -> None:
    place.app.permissions["checks"] = "read"
    place.app.events.remove("merge_group")
    status, said = await doctor(place)
    assert status == 1
    assert "lacks the permission checks: write" in said
    assert "not subscribed to merge_group" in said


async def test_a_wrong_app_is_told_without_its_key(place: World) -> None:
    status, said = await doctor(place, GITHUB_APP_ID="999999")
    assert status == 1
    assert "does not know us" in said
    assert "PRIVATE KEY" not in said
