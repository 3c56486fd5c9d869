"""What `drover doctor` finds, each with what to do, and that `serve` refuses the same in one line."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa

from bot.doctor import examination
from bot.doctor.database import database_finding, queue_findings
from bot.doctor.examination import examine, machine_refusal
from bot.doctor.finding import Finding
from bot.doctor.github import app_of, github_findings
from bot.doctor.machine import data_folder_finding, git_finding, memory_finding, readable_finding
from bot.doctor.settings import setting_findings
from bot.doctor.webhook import config_findings, deliveries_finding
from bot.github import Clock, Delivery
from bot.github.app import WebhookConfig
from bot.settings import Settings, invalid_settings
from bot.store import open_store
from sandbox.forge import Forge
from sandbox.server import serve
from tests.command_line import run
from tests.engine.test_settings import GOOD, PEM
from tests.world import ROOT, free_port, manifest

NOW = datetime.now(UTC)
CONFIG = WebhookConfig("https://drover.example.com/webhook", True, "json", True)


def settings(folder: Path, **changes: object) -> Settings:
    wanted = {
        "app_id": "17",
        "private_key": PEM,
        "webhook_secret": "s",
        "data_dir": folder,
        "database_url": f"sqlite:///{folder}/drover.db",
        **changes,
    }
    return Settings(**wanted)  # type: ignore[arg-type]


def to_do(finding: Finding) -> str:
    return f"{finding.says} {finding.to_do}"


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GOOD:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("GITHUB_APP_ID", "drover")
    monkeypatch.setenv("PORT", "99999")
    monkeypatch.setenv("LOG_LEVEL", "loud")
    shown = run("doctor")
    assert shown.status == 2
    for said in (
        "WRONG  PORT is 99999, not a whole number from 0 to 65535.\n       → docs/operating.md",
        "WRONG  LOG_LEVEL is 'loud'",
        "WRONG  GITHUB_APP_ID is not an App's id",
        "WRONG  GITHUB_PRIVATE_KEY is not set",
        "WRONG  GITHUB_WEBHOOK_SECRET is not set",
    ):
        assert said in shown.out
    assert "ok     git is version" not in shown.out, "it isn't known where the rest is to be looked for"
    monkeypatch.delenv("PORT")
    monkeypatch.delenv("LOG_LEVEL")
    shown = run("doctor")
    assert shown.status == 2
    assert "ok     git is version" in shown.out
    assert "ok     SQLite answers." in shown.out


def test_the_settings_of_a_file_that_can_t_be_read_are_one_problem(tmp_path: Path) -> None:
    (tmp_path / "credentials.json").write_text("{")
    (problem,) = invalid_settings({"DATA_DIR": str(tmp_path)})
    assert "doesn't hold an App's credentials" in problem


def test_no_git_no_folder_and_no_database_are_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    in_file = settings(tmp_path / "file", database_url=f"sqlite:///{tmp_path}/file/drover.db")
    refused = machine_refusal(in_file)
    assert refused is not None
    assert "can't be written: it is a file. Make it writable for the user" in refused.in_one_line
    assert "SQLite can't be used" in database_finding(in_file).says
    nowhere = settings(tmp_path, database_url=f"postgresql+psycopg://127.0.0.1:{free_port()}/x")
    assert "Postgres can't be used: " in database_finding(nowhere).says
    assert "that Postgres runs" in database_finding(nowhere).to_do
    monkeypatch.setenv("PATH", str(tmp_path))
    assert to_do(git_finding()).startswith("git is not installed, or not on the PATH. Install git 2.")


def test_little_memory_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.doctor.machine.total_memory", lambda: 512 * 2**20)
    assert "Set WORKER_CONCURRENCY to 1" in memory_finding(settings(tmp_path)).to_do
    assert memory_finding(settings(tmp_path, worker_concurrency=1)).to_do == ""
    monkeypatch.setattr("bot.doctor.machine.total_memory", lambda: 256 * 2**20)
    assert "Give it 512 MB" in memory_finding(settings(tmp_path, worker_concurrency=1)).to_do


def test_a_folder_that_commands_can_t_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir(mode=0o700)
    assert readable_finding(tmp_path / "tools").is_wrong
    assert readable_finding(tmp_path / "none").is_wrong
    assert not readable_finding(Path("/usr/bin")).is_wrong


def test_what_is_queued_while_nobody_works_is_found(tmp_path: Path) -> None:
    here = settings(tmp_path)
    with open_store(here.database_url) as store:
        store.prepare()
        (empty,) = queue_findings(here)
        assert empty.says == "Nothing is queued."
        with store.database.begin() as db:
            db.execute(
                sa.text("CREATE TABLE workflow_status (status TEXT, queue_name TEXT, created_at BIGINT)")
            )
            add = sa.text("INSERT INTO workflow_status VALUES ('ENQUEUED', 'looks/7', :at)")
            db.execute(add, {"at": int((time.time() - 20) * 1000)})
        (fresh,) = queue_findings(here)
        assert not fresh.is_wrong
        with store.database.begin() as db:
            db.execute(add, {"at": int((time.time() - 600) * 1000)})
        (old,) = queue_findings(here)
    assert (
        to_do(old) == "2 jobs are queued, the oldest for 600 s, and nobody is working. Start `drover serve`."
    )


def test_what_a_rotation_left_is_noted_and_nothing_wrong(tmp_path: Path) -> None:
    found = [*setting_findings(settings(tmp_path, previous_webhook_secret="o", previous_private_key=PEM))]
    noted = [to_do(one) for one in found if one.to_do]
    assert noted == [
        "GITHUB_WEBHOOK_SECRET_PREVIOUS is still set. Remove it once the App's webhook has the new secret.",
        "GITHUB_PRIVATE_KEY_PREVIOUS is still set. Remove it once the old key is deleted on GitHub.",
        "Sign-in is off, so the pages show no migration. "
        "Set GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET: the App's settings on GitHub have both.",
    ]
    assert not any(one.is_wrong for one in found)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (CONFIG, ""),
        (
            WebhookConfig("", True, "json", True),
            "The App has no webhook address. Set https://drover.example.com/webhook",
        ),
        (
            WebhookConfig("https://old.example.com/webhook", True, "json", True),
            "and PUBLIC_URL is another address.",
        ),
        (WebhookConfig(CONFIG.url, False, "json", True), "has no secret, so every delivery is refused."),
        (WebhookConfig(CONFIG.url, True, "form", True), "as a form, which Drover can't read."),
        (WebhookConfig(CONFIG.url, True, "json", False), "doesn't check this server's certificate."),
    ],
)
def test_the_webhook_is_compared_with_the_settings(tmp_path: Path, config: WebhookConfig, says: str) -> None:
    here = settings(tmp_path, public_url="https://drover.example.com")
    found = [to_do(one) for one in config_findings(config, here) if one.to_do]
    assert len(found) == bool(says)
    assert all(says in one for one in found)


def delivery(guid: str, status: int, minutes: int) -> Delivery:
    return Delivery(1, guid, "issues", None, status, False, NOW - timedelta(minutes=minutes), 7, 1)


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "Their signature is wrong"),
        (404, "Something else answers"),
        (0, "can be reached from GitHub"),
        (502, "See that `drover serve` runs"),
        (422, "Look for its id in the log"),
    ],
)
def test_lost_deliveries_are_explained_by_how_they_ended(status: int, advice: str) -> None:
    found = deliveries_finding([delivery("a", status, 1), delivery("b", 202, 2), delivery("c", status, 3)])
    assert found.is_wrong
    assert found.says.startswith("2 of 3 deliveries of the last day did not arrive. The newest, issues, ")
    assert advice in found.to_do


def test_deliveries_that_were_lost_before_newer_arrived_are_past() -> None:
    found = deliveries_finding([delivery("a", 202, 1), delivery("b", 401, 2)])
    assert not found.is_wrong
    assert "but newer ones did" in found.says
    again = deliveries_finding([delivery("b", 202, 1), delivery("b", 502, 2)])
    assert again == Finding("All 1 deliveries of the last day arrived.")


async def test_what_github_says_is_found_without_trying_for_long(tmp_path: Path) -> None:
    forge = Forge(tmp_path / "forge")
    server = await serve(forge)
    forge.people.add("acme", kind="Organization")
    permissions, events = manifest()
    app = forge.apps.register("drover", "acme", permissions=permissions, events=events)
    good = settings(tmp_path, app_id=str(app.id), private_key=app.private_key, api_url=server.api_url)
    async with aiohttp.ClientSession() as session:

        async def found(here: Settings, behind: float = 0.0) -> list[str]:
            client = app_of(session, here, Clock(lambda: time.time() - behind))
            return [to_do(one) async for one in github_findings(client, here) if one.to_do]

        assert await found(good) == [
            "The App is not installed anywhere. Install it on a repository.",
            "The App has no webhook address. Set https://…/webhook in the App's settings on GitHub, under Webhook.",
        ]
        behind = re.match(
            r"This machine's clock is ([\d,]+) s behind GitHub's\.", (await found(good, 3_600.4))[0]
        )
        assert behind is not None
        assert int(behind[1].replace(",", "")) == pytest.approx(3_600, abs=60)
        (unknown,) = await found(settings(tmp_path, app_id="404", api_url=server.api_url))
        assert "does not accept the App 404" in unknown
        assert "have to be of the same App" in unknown
        (wrong_key,) = await found(settings(tmp_path, app_id=str(app.id), api_url=server.api_url))
        assert "A JSON web token could not be decoded" in wrong_key
        silent = f"http://127.0.0.1:{free_port()}/api/v3"
        (nobody,) = await found(settings(tmp_path, api_url=silent))
        assert nobody.startswith(f"There is no answer from {silent}: ")
        assert "GITHUB_APP_ID" not in nobody
    await server.close()


def test_a_check_that_fails_itself_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_settings: object) -> None:
        raise RuntimeError("no such thing")

    monkeypatch.setattr(examination, "machine_findings", crash)
    found = [str(one) for one in examine(settings(tmp_path, api_url=f"http://127.0.0.1:{free_port()}"))]
    assert "WRONG  The check of this machine failed: RuntimeError: no such thing." in found[2]
    assert any("SQLite answers" in one for one in found)


def test_serve_refuses_in_one_line_what_doctor_refuses(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    environment = {"PATH": os.environ["PATH"], **GOOD}
    for changes, said in (
        ({"GITHUB_PRIVATE_KEY": PEM[:600]}, "drover: GITHUB_PRIVATE_KEY is cut off or damaged"),
        ({"DATA_DIR": str(tmp_path / "file")}, f"drover: DATA_DIR ({tmp_path / 'file'}) can't be written"),
        (
            {"RUN_COMMANDS": "bwrap", "PATH": path_with_git_alone(tmp_path)},
            "drover: bubblewrap is not installed.",
        ),
    ):
        done = subprocess.run(
            [sys.executable, "app.py", "serve"],
            cwd=ROOT,
            env={**environment, "DATA_DIR": str(tmp_path / "data"), **changes},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(said)
        assert "Traceback" not in done.stderr
        assert len(done.stderr.splitlines()) <= 2


def path_with_git_alone(folder: Path) -> str:
    (folder / "bin").mkdir(exist_ok=True)
    where = next(Path(one) / "git" for one in os.environ["PATH"].split(":") if (Path(one) / "git").exists())
    (folder / "bin" / "git").symlink_to(where)
    return str(folder / "bin")


def test_a_folder_of_another_users_and_a_link_that_leads_nowhere_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "gone" / "below")
    nowhere = data_folder_finding(settings(tmp_path, data_dir=tmp_path / "link"))
    assert "can't be written: it is a link that leads nowhere." in str(nowhere)
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    assert "belongs to another user" in str(data_folder_finding(settings(tmp_path, data_dir=tmp_path)))
