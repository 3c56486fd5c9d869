"""What a person installs: the wheel in an environment that has nothing of the checkout."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tomllib
import urllib.request
import zipfile
from collections.abc import Mapping
from pathlib import Path
from sysconfig import get_path
from typing import Any

import pytest
import yaml

from bot.project_urls import project_url
from bot.settings import read_server_settings
from tests.checkouts import checkout
from tests.command_line import PAIR, SHOP
from tests.image.dockerfile import read_dockerfile
from tests.world import ROOT

BUILT_FROM = ("bot", "codemods", "sandbox", "docs", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE",
              "app.py", "app.yml", "CHANGELOG.md", "SECURITY.md", "Procfile")  # fmt: skip
ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy: building writes beside what it builds."""
    folder = tmp_path_factory.mktemp("source")
    for name in BUILT_FROM:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "screenshots")
            shutil.copytree(ROOT / name, folder / name, symlinks=True, ignore=ignored)
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def archives(source: Path) -> tuple[Path, Path]:
    """The wheel, which is built from the source distribution, and that."""
    build = "from setuptools import build_meta as b; print(b.build_{0}('{1}'))"
    run_python(source, build.format("sdist", source / "dist"))
    sdist = next((source / "dist").glob("*.tar.gz"))
    with tarfile.open(sdist) as archive:
        archive.extractall(source / "unpacked", filter="data")
    unpacked = next((source / "unpacked").iterdir())
    run_python(unpacked, build.format("wheel", source / "dist"))
    return next((source / "dist").glob("*.whl")), sdist


def run_python(folder: Path, program: str) -> None:
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def drover(archives: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script, in an environment with the wheel and what it depends on."""
    home = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home / "venv"], check=True)
    python = home / "venv/bin/python"
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run(
        [*install, str(archives[0])], check=True, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    )
    packages = next((home / "venv/lib").iterdir()) / "site-packages"
    (packages / "dependencies.pth").write_text(get_path("purelib") + "\n")
    return home / "venv/bin/drover"


def call(drover: Path, *arguments: str, cwd: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**ENVIRONMENT, "HOME": str(cwd), **settings}
    return subprocess.run([drover, *arguments], cwd=cwd, env=environment, capture_output=True, text=True)


def test_the_wheel_has_what_it_needs_and_no_more(archives: tuple[Path, Path]) -> None:
    names = zipfile.ZipFile(archives[0]).namelist()
    assert re.match(r"drover_app-\d", archives[0].name)
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {
        "bot",
        "codemods",
        "sandbox",
    }
    needed = [
        path.relative_to(ROOT)
        for package in ("bot", "codemods", "sandbox")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    ]
    assert sorted(str(path) for path in needed if str(path) not in names) == []
    assert "bot/plan/plan.schema.json" in names


def test_the_installed_commands_work(drover: Path, tmp_path: Path) -> None:
    checkout(tmp_path / "shop", SHOP)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert version["name"] == "drover-app"
    assert re.fullmatch(r"drover \d+\.\d+\.\d+\n", call(drover, "--version", cwd=tmp_path).stdout)
    audit = call(drover, "audit", "--replace", PAIR, "--root", "shop", "--json", cwd=tmp_path)
    assert (audit.returncode, audit.stderr) == (0, "")
    assert json.loads(audit.stdout)["totals"]["sites"] >= 5
    doctor = call(drover, "doctor", cwd=tmp_path, DATA_DIR=str(tmp_path / "data"))
    assert doctor.returncode == 2
    assert "GITHUB_APP_ID" in doctor.stdout + doctor.stderr
    assert "Traceback" not in doctor.stdout + doctor.stderr


def test_the_installed_demo_runs(drover: Path, tmp_path: Path) -> None:
    demo = subprocess.Popen(
        [drover, "demo", "--no-browser"],
        cwd=tmp_path,
        env={**ENVIRONMENT, "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert demo.stdout
        page = next(line.split()[-1] for line in demo.stdout if line.strip().startswith("Open"))
        with urllib.request.urlopen(page, timeout=60) as answer:
            assert "ExecutionEngine" in answer.read().decode()
    finally:
        demo.send_signal(signal.SIGINT)
        assert demo.wait(60) == 0


# where it runs


def settings_named(environment: Mapping[str, Any]) -> None:
    """What a deployment sets is a setting, or belongs to another program."""
    documented = (ROOT / "docs/operating.md").read_text()
    ours = [name for name in environment if name not in OTHERS]
    assert ours
    assert [name for name in ours if f"`{name}`" not in documented] == []


OTHERS = {"GIT_EXEC_PATH", "PYTHONUNBUFFERED"}


def test_herokus_button_names_settings_that_exist_and_accepts_its_values() -> None:
    app = json.loads((ROOT / "app.json").read_text())
    settings_named(app["env"])
    read_server_settings({name: one["value"] for name, one in app["env"].items() if "value" in one})
    processes = yaml.safe_load((ROOT / "Procfile").read_text())
    assert set(app["formation"]) == set(processes)
    assert all((ROOT / command.split()[1]).exists() for command in processes.values())
    assert "git" in (ROOT / "Aptfile").read_text().split()
    assert any("apt" in one["url"] for one in app["buildpacks"])


def test_git_finds_its_own_programs_where_a_platform_put_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.git.bare_folder import make
    from bot.git.repository import Repository

    make(tmp_path / "r.git")
    monkeypatch.setenv("GIT_EXEC_PATH", str(tmp_path / "git-core"))
    assert Repository(tmp_path / "r.git").git.run("--exec-path").out.decode().strip() == str(
        tmp_path / "git-core"
    )


def test_the_image_copies_what_exists_and_starts_the_command() -> None:
    build, image = read_dockerfile((ROOT / "Dockerfile").read_text())
    assert build.image == image.image
    copied = [step.words[:-1] for step in build.steps if step.instruction == "COPY"]
    assert [path for paths in copied for path in paths if not (ROOT / path).exists()] == []
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert not set(ignored) & {path.partition("/")[0] for paths in copied for path in paths}
    assert [*image.last("ENTRYPOINT").words, *image.last("CMD").words] == ["drover", "serve"]
    assert image.last("USER").value == "drover"
    assert "/healthz" in image.last("HEALTHCHECK").words[-1]


def test_compose_starts_both_processes_with_settings_that_exist() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert set(services) == {"web", "worker", "database"}
    settings_named(services["web"]["environment"])
    assert services["worker"]["command"] == ["work"]


@pytest.mark.parametrize(
    ("unit", "command"), [("drover.service", "serve"), ("drover-worker@.service", "work")]
)
def test_a_unit_starts_the_command_and_names_settings_that_exist(unit: str, command: str) -> None:
    text = (ROOT / "deploy/systemd" / unit).read_text()
    settings = dict(line.split("=", 1) for line in text.splitlines() if re.match(r"[A-Z]\w+=", line))
    assert settings["ExecStart"] == f"/opt/drover/bin/drover {command}"
    settings_named(dict(one.split("=", 1) for one in settings["Environment"].split()))


def test_systemd_reads_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    for unit in (ROOT / "deploy/systemd").iterdir():
        text = unit.read_text().replace("/opt/drover/bin/drover", "/bin/true")
        (tmp_path / unit.name.replace("@", "@1")).write_text(text)
    units = sorted(map(str, tmp_path.iterdir()))
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_project_s_addresses_are_those_of_pyproject() -> None:
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]
    assert yaml.safe_load((ROOT / "app.yml").read_text())["url"] == urls["Homepage"]
    for unit in (ROOT / "deploy/systemd").iterdir():
        assert f"Documentation={urls['Homepage']}\n" in unit.read_text()
    assert f"{urls['Homepage']}/security" in (ROOT / ".github/ISSUE_TEMPLATE/config.yml").read_text()
    assert project_url("Issues") == urls["Issues"]
    assert project_url("Nothing") == ""
