"""What the environment says, and one clear line for what is wrong with it."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import InvalidSetting, read_settings
from tests.world import ROOT

PEM = "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n"
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


def test_secrets_are_not_shown() -> None:
    shown = repr(read_settings({**GOOD, "DATABASE_URL": "postgres://u:hunter2@h/d"}))
    assert "s3cret" not in shown
    assert "abc" not in shown
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
