"""`drover doctor` says what is wrong and what to do."""

from __future__ import annotations

import asyncio
import os
import sys

from sandbox.model.repositories import RuleSet
from tests.world import REPO, ROOT, World

WORK_UNCHECKED = """
import os
from bot import service
from bot.settings import read_settings
settings = read_settings(os.environ)
raise SystemExit(service._run(settings, service._run_until_told(settings, takes_deliveries=False)))
"""
"""As `drover work` goes on once its checks have passed."""


async def call(place: World, *command: str, **changes: str) -> tuple[int, str]:
    environment = {"PATH": os.environ["PATH"], **place.environment(), **changes}
    arguments = command if len(command) > 1 else ("app.py", *command)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_nothing_is_wrong_while_the_bot_runs(here: World) -> None:
    await here.settled()
    status, said = await call(here, "doctor")
    assert status == 0, said
    assert "GitHub knows this App as drover" in said
    assert "The App is installed on acme" in said
    assert "deliveries of the last day arrived" in said


async def test_what_github_keeps_from_drover_is_named(place: World) -> None:
    """A permission and an event that are missing, and rules over its branches."""
    place.forge.repos.add_rule_set(REPO, RuleSet(creation=True))
    place.app.permissions["checks"] = "read"
    place.app.events.remove("merge_group")
    status, said = await call(place, "doctor")
    assert status == 1
    assert "The App lacks the permission checks: write" in said
    assert "not subscribed to merge_group" in said
    assert "Rules of acme/shop apply to Drover's branches: Restrict creations." in said
    assert "Exclude drover/** from them, or let Drover bypass them." in said


async def test_a_wrong_app_is_reported_without_its_key_and_not_served(place: World) -> None:
    status, said = await call(place, "doctor", GITHUB_APP_ID="999999")
    assert status == 1
    assert "does not accept the App 999999" in said
    assert "PRIVATE KEY" not in said
    status, said = await call(place, "serve", GITHUB_APP_ID="999999")
    assert status == 2
    (line,) = said.splitlines()
    assert line.startswith(f"drover: {place.server.api_url} does not accept the App 999999: ")


async def test_deliveries_that_did_not_arrive_are_reported_with_how_they_ended(place: World) -> None:
    await place.open_issue()
    await place.label("migration")
    await place.forge.drained()
    status, said = await call(place, "doctor")
    assert status == 1
    assert f"GitHub sends deliveries to http://127.0.0.1:{place.port}/webhook" in said
    deliveries = place.forge.hooks.recent(place.app)
    lost = [one for one in deliveries if not one.succeeded]
    assert f"{len(lost)} of {len(deliveries)} deliveries of the last day did not arrive" in said


async def test_an_app_without_a_webhook_address_is_reported(place: World) -> None:
    place.app.webhook_url = ""
    status, said = await call(place, "doctor")
    assert status == 1
    assert "The App has no webhook address" in said


async def test_a_database_that_goes_while_a_worker_starts_is_named(place: World) -> None:
    gone = f"postgresql:///drover?host={place.home}"
    status, said = await call(place, "-c", WORK_UNCHECKED, DATABASE_URL=gone)
    assert status == 2
    assert said.splitlines()[-1].startswith("drover: the database can't be reached: ")
    assert "Traceback" not in said
