"""What the environment says, and one clear line for what is wrong with it."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.credentials_file import write_credentials
from bot.setting_values import InvalidSetting, server_address
from bot.settings import has_credentials, read_settings
from codemods.workers.memory import LEAST, memory_limit
from tests.world import ROOT

PEM = (
    rsa.generate_private_key(public_exponent=65537, key_size=2048)
    .private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    .decode()
)
GOOD = {"GITHUB_APP_ID": "17", "GITHUB_PRIVATE_KEY": PEM, "GITHUB_WEBHOOK_SECRET": "s3cret"}


def wrong(**changes: str) -> str:
    with pytest.raises(InvalidSetting) as caught:
        read_settings({**GOOD, **changes})
    return str(caught.value)


def test_three_settings_are_enough(tmp_path: Path) -> None:
    settings = read_settings({**GOOD, "DATA_DIR": str(tmp_path)}, terminal=False)
    assert settings.api_url == "https://api.github.com"
    assert settings.database_url == f"sqlite:///{tmp_path}/drover.db"
    assert settings.log_format == "json"


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_setting_is_named(name: str) -> None:
    assert name in wrong(**{name: ""})


def test_a_secret_is_required_to_start() -> None:
    assert wrong(GITHUB_WEBHOOK_SECRET="  ").startswith("GITHUB_WEBHOOK_SECRET is not set")


@pytest.mark.parametrize("form", [PEM, PEM.replace("\n", "\\n"), base64.b64encode(PEM.encode()).decode()])
def test_the_key_is_read_in_every_form(form: str) -> None:
    assert read_settings({**GOOD, "GITHUB_PRIVATE_KEY": form}).private_key == PEM


def test_the_key_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(PEM)
    environ = {**GOOD, "GITHUB_PRIVATE_KEY": "", "GITHUB_PRIVATE_KEY_FILE": str(tmp_path / "key.pem")}
    assert read_settings(environ).private_key == PEM
    environ["GITHUB_PRIVATE_KEY_FILE"] = str(tmp_path / "none")
    with pytest.raises(InvalidSetting, match="GITHUB_PRIVATE_KEY_FILE can't be read"):
        read_settings(environ)


@pytest.mark.parametrize("kept", [PEM[:900], PEM.splitlines()[0], PEM.replace(PEM[200:210], "")])
def test_a_key_that_is_cut_off_is_noticed(kept: str) -> None:
    assert wrong(GITHUB_PRIVATE_KEY=kept).startswith("GITHUB_PRIVATE_KEY is cut off or damaged: ")


def test_while_secrets_are_rotated_the_previous_ones_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "old.pem").write_text(PEM)
    settings = read_settings(
        {
            **GOOD,
            "GITHUB_WEBHOOK_SECRET_PREVIOUS": " 0ld ",
            "GITHUB_PRIVATE_KEY_PREVIOUS_FILE": str(tmp_path / "old.pem"),
        }
    )
    assert settings.webhook_secrets == ("s3cret", "0ld")
    assert settings.previous_private_key == PEM
    assert "0ld" not in repr(settings)
    assert read_settings(GOOD).webhook_secrets == ("s3cret",)
    assert wrong(GITHUB_PRIVATE_KEY_PREVIOUS="x").startswith(
        "GITHUB_PRIVATE_KEY_PREVIOUS is not a private key"
    )
    kept = kept_in(tmp_path, GITHUB_WEBHOOK_SECRET_PREVIOUS="0lder")
    assert read_settings(kept).webhook_secrets == ("s3cret", "0lder")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GITHUB_APP_ID", "drover"),
        ("GITHUB_PRIVATE_KEY", "hello"),
        ("GITHUB_API_URL", "github.com"),
        ("GITHUB_API_URL", "http://github.example.com/api/v3"),
        ("GITHUB_API_URL", "https://me:pass@github.example.com"),
        ("PORT", "80a"),
        ("PORT", "70000"),
        ("DATABASE_URL", "mysql://x/y"),
        ("DATABASE_URL", "sqlite:///"),
        ("WORKER_CONCURRENCY", "0"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("RUN_COMMANDS", "yes"),
        ("RUN_COMMANDS_PATHS", "/opt/python:venv"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    assert name in wrong(**{name: value})


def test_herokus_postgres_address_is_accepted() -> None:
    url = read_settings({**GOOD, "DATABASE_URL": "postgres://u:p@h/d"}).database_url
    assert url == "postgresql+psycopg://u:p@h/d"


@pytest.mark.parametrize(
    "url", ["postgres://u:hunt@er2@h/d", "postgres://u@x:hunter2@h/d", "postgres://h:hunter2/d"]
)
def test_no_part_of_a_password_is_taken_for_the_databases_host(url: str) -> None:
    said = wrong(DATABASE_URL=url)
    assert "write @ as %40" in said
    assert "er2" not in said


@pytest.mark.parametrize(
    "url",
    [
        "postgres://u:p%40q@[::1]:5432/d",
        "postgres:///d?host=/run/x",
        "postgres://h",
        "postgres://u:p/q@h:1/d",
    ],
)
def test_addresses_that_postgres_takes_are_accepted(url: str) -> None:
    assert read_settings({**GOOD, "DATABASE_URL": url}).database_url.endswith(url.partition("://")[2])


def test_secrets_are_not_shown() -> None:
    shown = repr(read_settings({**GOOD, "DATABASE_URL": "postgres://u:hunter2@h/d"}))
    assert "s3cret" not in shown
    assert PEM.splitlines()[1] not in shown
    assert "hunter2" not in shown


def test_a_wrong_setting_ends_serve_with_the_reason_where_to_look_and_status_2(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], **GOOD, "GITHUB_WEBHOOK_SECRET": "", "DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "app.py", "serve"], cwd=ROOT, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 2
    reason, hint = done.stderr.splitlines()
    assert reason.startswith("drover: GITHUB_WEBHOOK_SECRET is not set: ")
    assert hint == "docs/operating.md lists every setting."


def test_a_worker_on_sqlite_says_that_it_has_no_work_and_waits_to_be_stopped(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], **GOOD, "DATA_DIR": str(tmp_path), "LOG_FORMAT": "text"}
    worker = subprocess.Popen(
        [sys.executable, "app.py", "work"], cwd=ROOT, env=environ, stderr=subprocess.PIPE, text=True
    )
    assert worker.stderr
    assert "nothing to do here: on SQLite `serve` does the work" in worker.stderr.readline()
    worker.terminate()
    assert worker.wait(60) == 0
    assert worker.stderr.read() == ""


def test_a_process_takes_half_of_the_memory_that_there_is_at_most() -> None:
    assert memory_limit(512 * 2**20) == 256 * 2**20
    assert memory_limit(64 * 2**30) == 2 * 2**30
    assert memory_limit(128 * 2**20) == LEAST


def kept_in(tmp_path: Path, **changes: str) -> dict[str, str]:
    write_credentials(tmp_path, {**GOOD, "GITHUB_API_URL": "https://ghe.example.com/api/v3", **changes})
    return {"DATA_DIR": str(tmp_path)}


def test_the_apps_credentials_are_read_from_their_file_where_the_environment_has_none(tmp_path: Path) -> None:
    environ = {**kept_in(tmp_path, GITHUB_CLIENT_SECRET="c1ient"), "GITHUB_APP_ID": " ", "PORT": "9000"}
    assert has_credentials(environ)
    settings = read_settings(environ)
    assert (settings.app_id, settings.private_key, settings.port) == ("17", PEM, 9000)
    assert settings.api_url == "https://ghe.example.com/api/v3"
    assert "c1ient" not in repr(settings)


def test_an_app_in_the_environment_is_never_mixed_with_another_in_the_file(tmp_path: Path) -> None:
    environ = {**kept_in(tmp_path), "GITHUB_APP_ID": "18"}
    with pytest.raises(InvalidSetting, match="GITHUB_PRIVATE_KEY is not set"):
        read_settings(environ)
    assert read_settings({**GOOD, **environ, "GITHUB_APP_ID": "18"}).api_url == "https://api.github.com"


def test_only_its_owner_can_read_the_credentials_file(tmp_path: Path) -> None:
    (tmp_path / "credentials.json.new").write_text("left by a process that was killed")
    file = write_credentials(tmp_path, GOOD)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [*tmp_path.iterdir()] == [file]


@pytest.mark.parametrize("content", ["", "[]", '{"GITHUB_APP_ID": 17}', "\xff"])
def test_a_damaged_credentials_file_is_named_with_what_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / "credentials.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(InvalidSetting, match=r"credentials\.json doesn't hold .* delete it to set"):
        has_credentials({"DATA_DIR": str(tmp_path)})


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://drover.example.com/", "https://drover.example.com"),
        (" http://[::1]:8080 ", "http://[::1]:8080"),
        ("HTTPS://Drover.Example.com:443", "https://drover.example.com:443"),
        ("drover.example.com", None),
        ("https://me:pass@drover.example.com", None),
        ("https://drover.example.com/path", None),
        ("https://drover.example.com?x", None),
        ("https://drover.example.com:99999", None),
        ('https://drover.example.com"; script-src *', None),
        ("https://[::1", None),
        ("javascript:alert(1)", None),
        ("", None),
    ],
)
def test_a_servers_address_has_a_host_and_nothing_besides(text: str, address: str | None) -> None:
    if address is None:
        with pytest.raises(ValueError):
            server_address(text)
    else:
        assert server_address(text) == address


def test_who_does_the_work_is_one_of_three_and_sqlite_has_no_workers() -> None:
    assert read_settings(GOOD).worker == "auto"
    postgres = {**GOOD, "DATABASE_URL": "postgres://u@h/d"}
    assert read_settings({**postgres, "WORKER": "apart"}).worker == "apart"
    assert read_settings({**GOOD, "WORKER": "in-process"}).worker == "in-process"
    with pytest.raises(InvalidSetting, match="WORKER=apart needs a Postgres database"):
        read_settings({**GOOD, "WORKER": "apart"})
    with pytest.raises(InvalidSetting, match="WORKER"):
        read_settings({**postgres, "WORKER": "elsewhere"})
