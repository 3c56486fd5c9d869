"""The command line's edges: help, wrong words, what can't be read or written, bugs, a closed pipe."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bot import __version__
from bot.cli.parser import commands, default_words
from tests.checkouts import checkout, write
from tests.command_line import PAIR, PLAN, SHOP, run, started

ROOT = Path(__file__).parents[2]
NAMES = [command.name for command in commands()]


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return checkout(tmp_path / "shop", SHOP)


# help


@pytest.mark.parametrize("name", NAMES)
def test_help_of_a_command_has_examples_and_exit_statuses(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(name, "--help").status == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: drover {name}")
    assert f"drover {name}" in text.partition("examples:")[2].partition("exit status:")[0]
    assert "  0  " in text.partition("exit status:")[2]


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help").status == 0
    text = capsys.readouterr().out
    assert [name for name in NAMES if f"\n  {name} " not in text] == []


def test_help_and_a_command_is_the_help_of_that_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("help", "audit").status == 0
    assert capsys.readouterr().out.startswith("usage: drover audit")


def test_version_says_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version").status == 0
    assert capsys.readouterr().out == f"drover {__version__}\n"


def test_importing_the_entry_loads_nothing_else() -> None:
    program = (
        "import sys, bot.cli; print(sorted(m for m in sys.modules if m.startswith(('bot', 'codemods'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['bot', 'bot.cli']"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_the_commands_and_their_options(shell: str, tmp_path: Path) -> None:
    script = run("completion", shell).out
    assert [name for name in NAMES if name not in script] == []
    assert "replace" in script
    if shutil.which(shell):
        (tmp_path / "script").write_text(script)
        subprocess.run([shell, "-n", str(tmp_path / "script")], check=True)


def test_bash_completes_a_command(tmp_path: Path) -> None:
    (tmp_path / "script").write_text(run("completion", "bash").out)
    ask = (
        f"source {tmp_path / 'script'}; COMP_WORDS=(drover re); COMP_CWORD=1; "
        'f=$(complete -p drover | sed "s/.*-F \\([^ ]*\\).*/\\1/"); $f drover re drover; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"rewrite", "revert"}


# installed


def test_the_demo_is_a_command_only_where_the_sandbox_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "demo" in NAMES
    monkeypatch.setattr("bot.cli.parser.find_spec", lambda name: None)
    assert run("demo").err == "drover: there is no command `demo`\nRun `drover --help` for the commands.\n"
    monkeypatch.delenv("GITHUB_APP_ID", raising=False)
    assert default_words() == ["--help"]


def test_what_is_installed_has_the_entry_the_version_and_the_manifest() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["scripts"] == {"drover": "bot.cli:main"}
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "bot.__version__"}
    assert project["tool"]["setuptools"]["packages"]["find"]["include"] == ["bot*", "codemods*", "sandbox*"]
    assert project["tool"]["setuptools"]["package-data"]["bot"] == ["app.yml"]
    assert (ROOT / "bot/app.yml").read_text() == (ROOT / "app.yml").read_text()


# names


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        (
            "nope.mod:X=shop.user_engine:UserEngine",
            "none of the 8 files here defines or uses `nope.mod:X`\nWrite it as package.module:Name",
        ),
        (
            "shop.engin:Engine=shop.user_engine:UserEngine",
            "none of the 8 files here defines or uses `shop.engin:Engine`\nDid you mean `shop.engine:Engine`?",
        ),
        (
            "shop.engine:Engin=shop.user_engine:UserEngine",
            "defines or uses `shop.engine:Engin`\nDid you mean `shop.engine:Engine`?",
        ),
        (
            "shop.engine:Engine=shop.user_engine:UserEngin",
            "`shop.user_engine` doesn't define `UserEngin`\nDid you mean `shop.user_engine:UserEngine`?",
        ),
        (
            "shop.engine:Engine=shop.user:UserEngine",
            "there's no module `shop.user`\nDid you mean `shop.user_engine:UserEngine`?",
        ),
        (
            "shop.engine.Engine=shop.user_engine.UserEngine",
            "`shop.engine.Engine` is not a module\nDid you mean `shop.engine:Engine`?",
        ),
    ],
)
@pytest.mark.parametrize("command", ["audit", "plan", "rewrite"])
def test_a_missing_name_is_refused_with_a_suggestion(
    shop: Path, command: str, pair: str, message: str
) -> None:
    ended = run(command, "--replace", pair, root=shop)
    assert ended.status == 2
    assert message in ended.err
    assert ended.out == ""


@pytest.mark.parametrize("command", ["audit", "plan"])
def test_a_module_that_is_not_committed_yet_is_named(shop: Path, command: str) -> None:
    (shop / "shop/new_engine.py").write_text("class NewEngine: ...\n")

    ended = run(command, "--replace", "shop.engine:Engine=shop.new_engine:NewEngine", root=shop)

    assert ended.status == 2
    assert ended.err == (
        "drover: there's no module `shop.new_engine`\n"
        "`shop/new_engine.py` isn't in the commit that is read: commit it first.\n"
    )


def test_the_old_name_is_not_suggested_as_the_new_one(shop: Path) -> None:
    ended = run("audit", "--replace", "shop.engine:Engine=shop.engines:Engine", root=shop)

    assert "there's no module `shop.engines`" in ended.err
    assert "Did you mean" not in ended.err


def test_a_target_outside_the_tree_is_noted_where_one_inside_is_spelt_nearly_the_same(shop: Path) -> None:
    ended = run("audit", "--replace", "shop.engine:Engine=shp.user_engine:UserEngine", root=shop)
    assert ended.status == 0
    assert "`shp.user_engine` is not in this repository" in ended.err
    assert "Did you mean `shop.user_engine:UserEngine`?" in ended.err
    assert "Note" not in run("audit", "--replace", "shop.engine:Engine=attrs:define", root=shop).err


def test_a_library_s_name_that_is_used_is_no_mistake(shop: Path) -> None:
    write(shop, {"uses.py": "from six import text_type\n"})
    assert run("rewrite", "--replace", "six:text_type=shop.user_engine:UserEngine", root=shop).status == 0
    assert "from shop.user_engine import UserEngine as text_type" in (shop / "uses.py").read_text()


# files


def test_plan_writes_its_file_and_says_what_is_next(shop: Path, tmp_path: Path) -> None:
    ended = run("plan", "--replace", PAIR, "-o", tmp_path / "made.yml", root=shop)
    assert (ended.status, ended.out) == (0, "")
    assert f"Next: drover apply --plan {tmp_path / 'made.yml'}" in ended.err
    assert run("apply", "--plan", tmp_path / "made.yml", root=shop).status == 0


def test_audit_takes_a_style(shop: Path) -> None:
    ended = run("audit", "--replace", PAIR, "--style", "rename", root=shop)
    assert ended.status == 0
    assert "10 references in 5 files of 8" in ended.out
    assert run("audit", "--plan", "any.yml", "--style", "rename", root=shop).status == 2


def test_apply_prints_a_row_for_each_phase(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "engine.yml").write_text(PLAN)
    ended = run("apply", "--plan", tmp_path / "engine.yml", root=shop)
    rows = [line.split() for line in ended.out.splitlines() if "drover/engine/phase-" in line]
    assert rows[0] == ["1.", "Application", "2", "2", "0", "created", "drover/engine/phase-1"]
    assert len(rows) == 3
    assert "### Batches" not in ended.out
    assert "Next: git log -p HEAD..drover/engine/phase-1" in ended.err


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--html", "/nope/x", "/nope/x can't be written: there is no folder /nope"),
        ("--html", "/", "/ can't be written: it is a folder"),
        ("--root", "/dev/null", "/dev/null is not a folder"),
        ("--root", "/nope", "there is no folder /nope"),
    ],
)
def test_an_unusable_path_is_one_line(shop: Path, option: str, value: str, message: str) -> None:
    ended = run("audit", "--replace", PAIR, option, value, root=None if option == "--root" else shop)
    assert (ended.status, ended.err) == (2, f"drover: {message}\n")


def test_an_unreadable_plan_is_one_line(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "latin.yml").write_bytes(b"title: \xe4\n")
    assert "is not UTF-8 text" in run("apply", "--plan", tmp_path / "latin.yml", root=shop).err
    assert "can't be read: Is a directory" in run("apply", "--plan", tmp_path, root=shop).err


def test_json_of_a_refusal_has_the_reason(shop: Path) -> None:
    ended = run("audit", "--replace", "nope.mod:X=shop.user_engine:UserEngine", "--json", root=shop)
    assert ended.status == 2
    assert ended.json == {
        "files": [],
        "totals": {},
        "error": "none of the 8 files here defines or uses `nope.mod:X`",
    }


def test_a_cache_that_can_t_be_written_is_no_error(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "file" / "below"))
    assert run("audit", "--replace", PAIR, root=shop).status == 0


# bugs and interruptions


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def audit(*_: object, **__: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr("bot.cli.commands.audit.audit", audit)


@pytest.mark.usefixtures("broken")
def test_a_bug_says_how_to_report_it_and_leaves_its_traceback_in_a_file(shop: Path, data_dir: Path) -> None:
    ended = run("audit", "--replace", PAIR, root=shop)
    assert ended.status == 3
    assert ended.err.splitlines() == [
        "drover: unexpected error: KeyError: 'a bug'",
        "This is a bug in Drover. Please report it at https://github.com/drover/drover/issues"
        f" and attach {data_dir / 'error.log'}.",
    ]
    log = (data_dir / "error.log").read_text()
    assert f"drover {__version__}" in log
    assert "Traceback (most recent call last)" in log


@pytest.mark.usefixtures("broken")
def test_debug_shows_the_traceback(shop: Path) -> None:
    assert "Traceback (most recent call last)" in run("audit", "--replace", PAIR, "--debug", root=shop).err


@pytest.mark.parametrize("arguments", [["--help"], ["completion", "bash"], ["audit", "--replace", PAIR]])
def test_a_closed_pipe_is_silent(shop: Path, arguments: list[str]) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    with started(*arguments, cwd=shop, stdout=theirs, stderr=subprocess.PIPE) as process:
        os.close(theirs)
        assert process.stderr
        assert process.stderr.read() == b""


def test_the_entry_of_a_checkout_runs_the_same(shop: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py"), "audit", "--replace", PAIR],
        cwd=shop,
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"app.py plan --replace {PAIR}" in done.stderr
