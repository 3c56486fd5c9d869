"""Every plan, command, file and module that the documentation names."""

from __future__ import annotations

import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot.cli import main
from bot.cli.parser import commands
from bot.plan.plan import Plan
from bot.plan.read import read_plan
from bot.store import Migration, open_store
from bot.store.decisions import Decision
from tests.checkouts import checkout, git

ROOT = Path(__file__).parents[2]
GENERATED = "codemods.md"
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / ".github").rglob("*.md")),
    *(page for page in sorted((ROOT / "docs").glob("*.md")) if page.name != GENERATED),
]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
FOLDERS = ("bot", "codemods", "sandbox", "tests", "bench", "docs", ".ci")
PATH = re.compile(rf"(?<![\w/.-])(?:{'|'.join(map(re.escape, FOLDERS))})/[\w./-]*+(?!\*)")
FENCED = re.compile(r"^```(?P<word>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_RUN = {"pipx", "pre-commit"}
"""What needs the network, or another program."""
SHOP = {
    "shop/__init__.py": "",
    "shop/old.py": "class Old: ...\n",
    "shop/new.py": "class New: ...\n",
    "shop/web.py": "from shop.old import Old\n\nOld()\n",
    "tests/test_web.py": "from shop.old import Old\n\nOld()\n",
}


def blocks(page: str, *words: str) -> list[tuple[int, list[str]]]:
    """A page's fenced blocks in these languages: the line that each starts at, and its lines."""
    text = (ROOT / page).read_text()
    return [
        (text.count("\n", 0, block.start()) + 2, block["text"].splitlines())
        for block in FENCED.finditer(text)
        if block["word"] in words
    ]


def console() -> list[tuple[str, list[list[str]]]]:
    """Each page's commands, a list for each block."""
    found = []
    for page in NAMES:
        for line, lines in blocks(page, "console"):
            typed = [shlex.split(re.sub(r"\s#.*", "", one[2:])) for one in lines if one.startswith("$ ")]
            found.append((f"{page}:{line}", typed))
    return found


PLANS = [(f"{page}:{line}", lines) for page in NAMES for line, lines in blocks(page, "yaml", "yml")]


@pytest.mark.parametrize(("where", "lines"), PLANS, ids=[where for where, _ in PLANS])
def test_every_plan_can_be_read(where: str, lines: list[str]) -> None:
    read = read_plan("\n".join(lines) + "\n", where, slug="documented")
    assert isinstance(read, Plan), str(read)


def test_there_are_plans_and_commands_to_check() -> None:
    assert {where.partition(":")[0] for where, _ in PLANS} == {"docs/plan.md", "docs/writing-a-codemod.md"}
    assert {"README.md", "CONTRIBUTING.md", "docs/plan.md", "docs/operating.md"} <= {
        where.partition(":")[0] for where, _ in console()
    }


@pytest.mark.parametrize(("where", "typed"), console(), ids=[where for where, _ in console()])
def test_every_command_does_what_the_documentation_shows(
    where: str, typed: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    shop = checkout(tmp_path / "shop", SHOP)
    monkeypatch.chdir(shop)
    for words in typed:
        run(words, shop)


def run(words: list[str], shop: Path) -> None:
    match words:
        case ["make", target, *_]:
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
        case ["drover", "serve" | "work" | "doctor" | "demo" as name]:
            assert name in [command.name for command in commands()]
        case ["drover", "log", *arguments]:
            with open_store(f"sqlite:///{shop.parent / 'data' / 'drover.db'}") as store:
                store.prepare()
                store.decisions.record(Migration(1, 12, 7, "acme/shop"), "acme/shop", Decision(1.0, "a", "b"))
            assert main(["log", *arguments]) == 0
        case ["drover", *arguments] | [".venv/bin/python", "app.py", *arguments]:
            assert main(arguments) == 0
        case ["git", *arguments]:
            git(shop, *arguments)
        case [program, *_]:
            assert program in NOT_RUN


@pytest.mark.parametrize("page", [*NAMES, "app.py"])
def test_every_path_that_is_named_exists(page: str) -> None:
    named = {found.rstrip(".") for found in PATH.findall((ROOT / page).read_text())}
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


def test_every_function_that_the_design_names_exists() -> None:
    named = set(re.findall(r"`(\w+)\(\)`", (ROOT / "docs/design.md").read_text()))
    source = "\n".join(file.read_text() for file in (ROOT / "bot").rglob("*.py"))
    defined = set(re.findall(r"^(?:async )?def (\w+)", source, re.MULTILINE))
    assert named
    assert not named - defined


@pytest.mark.parametrize("page", NAMES)
def test_every_link_within_the_repository_leads_somewhere(page: str) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", (ROOT / page).read_text())
    assert [link for link in links if not ((ROOT / page).parent / link).exists()] == []


@pytest.mark.parametrize("page", NAMES)
def test_every_module_that_is_run_exists(page: str) -> None:
    modules = re.findall(r"python -m ([\w.]+)", (ROOT / page).read_text())
    assert [module for module in modules if find_spec(module) is None] == []


def test_the_settings_page_lists_every_setting() -> None:
    source = (ROOT / "bot/settings.py").read_text()
    read = set(re.findall(r'environ(?:\.get\(|, )"([A-Z_]+)"', source))
    page = (ROOT / "docs/operating.md").read_text()
    assert sorted(name for name in read if f"`{name}`" not in page) == []


def test_the_index_links_every_page() -> None:
    index = (ROOT / "docs/index.md").read_text()
    pages = [page.name for page in (ROOT / "docs").glob("*.md") if page.name != "index.md"]
    assert [name for name in pages if f"]({name})" not in index] == []


def test_every_action_that_the_workflows_use_is_pinned_by_its_commit() -> None:
    workflows = (ROOT / ".github/workflows").glob("*.yml")
    used = [line for file in workflows for line in file.read_text().splitlines() if " uses: " in line]
    assert used
    assert [line for line in used if not re.search(r"@[0-9a-f]{40} # v[\d.]+$", line)] == []
