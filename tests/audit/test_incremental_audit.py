"""An audit that follows another reads only what changed, and finds what an audit from nothing would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from bot.audit.audit import Audit, audit, plan_rules
from bot.git.mirror import CommitTree
from bot.git.repository import Repository
from bot.plan.plan import Plan
from bot.plan.read import read_plan
from bot.rewrite.blob_index import BlobIndex
from bot.rewrite.incremental_scan import may_concern, scan_incrementally
from bot.rewrite.scan import scan
from codemods.workers.processes import IN_THIS_PROCESS
from tests.audit.test_audit import SHOP
from tests.checkouts import checkout, commit, git

PLAN = """\
title: Engine becomes UserEngine
replace:
  - {old: "shop.engine:Engine", new: "shop.user_engine:UserEngine", style: STYLE}
also: [strings, docs]
phases:
  - {name: Application, paths: ["shop/**"]}
  - {name: Tests, paths: ["tests/**"]}
  - {name: End, retire: [{module: shop.engine, to: redirect}]}
"""
MORE = {
    **SHOP,
    "README.md": "Use `shop.engine.Engine`.\n",
    "shop/facade.py": "from shop.engine import Engine\n",
    "shop/through.py": "from shop.facade import Engine\n\nEngine()\n",
    "shop/star.py": "from shop.engine import *\n\nEngine()\n",
    "shop/other.py": "x = 1\n",
    "Dockerfile": 'CMD ["gunicorn", "shop.engine:Engine"]\n',
    "shop/give.py": "def get():\n    from shop import engine\n    return engine\n",
    "shop/taker.py": "from shop.give import get\n\nget().Engine()\n",
    "tests/run": "#!/usr/bin/env python3\nfrom shop.engine import Engine\n",
    "tests/patched.py": "from unittest import mock\n\nmock.patch('shop.facade.Engine')\n",
}
LOSING = {
    **MORE,
    "shop/engine.py": "from shop.base import Base\n\nclass Engine(Base, LookupError): ...\n",
    "shop/user_engine.py": "class UserEngine: ...\n",
    "shop/asks.py": "import shop.web\nfrom shop.base import Base\n\nisinstance(shop.web.engine, Base)\n",
}
"""The new class isn't built on what the old one is."""
EDITS = (
    "# a comment\n",
    "import shop.web\n",
    "from shop.engine import Engine\n",
    "from shop.facade import Engine as E\nE()\n",
    "import shop.engine\nshop.engine.Engine()\n",
    "from shop.engine import Context\n",
    "def f():\n    from shop.engine import Engine\n    return Engine()\n",
    "Engine = None\n",
    "class Engine: ...\n",
    "name = 'shop.engine.Engine'\n",
    "engine = object()\nengine.forget()\n",
    "from shop import facade\ngetattr(facade, 'Eng' + 'ine')\n",
    "from shop import facade\nvars(facade)\n",
    "from shop import through\nhasattr(through, 'UserEngine')\n",
    "import shop.web\ntry: ...\nexcept LookupError: ...\n",
    "from shop.base import Base\nisinstance(x, Base)\n",
    "TABLE[type(x).__name__.lower()], getattr(x, f'visit_{type(x).__name__}')\n",
    "TABLE['engine']\n",
    "def visit_Engine(): ...\n",
    "def take(name):\n    return sys._getframe(1).f_globals[name]\ntake('Engine')\n",
    "def get(): return None\n",
    "broken (\n",
    "# shop.engine.Engine\n",
    "Engine(1, x=2)\n",
    "from shop.facade import Engine\nEngine(1).forget()\n",
    "class Base:\n    def forget(self): ...\n",
    "__all__ = ['Engine']\n",
)


def read(style: str = "rename") -> Plan:
    plan = read_plan(PLAN.replace("STYLE", style), "plan.yml", slug="engine")
    assert isinstance(plan, Plan)
    return plan


@contextmanager
def repository_of(root: Path) -> Iterator[Repository]:
    repository = Repository.at(root)
    assert repository is not None
    with repository:
        yield repository


def both(root: Path, plan: Plan, index: BlobIndex) -> tuple[Audit, Audit]:
    """From what is kept, and from nothing."""
    with repository_of(root) as repository:
        tree = CommitTree(repository, "HEAD")
        return (
            audit(tree, plan_rules(plan), plan, index=index, processes=IN_THIS_PROCESS),
            audit(tree, plan_rules(plan), plan, processes=IN_THIS_PROCESS),
        )


def quickly(root: Path, plan: Plan, index: BlobIndex) -> bool:
    """Whether only what changed was looked at."""
    with repository_of(root) as repository:
        tree = CommitTree(repository, "HEAD")
        scanned = scan_incrementally(tree, plan_rules(plan), index=index, processes=IN_THIS_PROCESS)
        assert scanned.sites_by_file == scan(tree, plan_rules(plan), processes=IN_THIS_PROCESS)
        return scanned.changes is not None


@pytest.mark.parametrize("seed", range(6))
def test_an_incremental_audit_equals_a_full_one(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    root = checkout(tmp_path / "shop", random.choice([MORE, LOSING]))
    plan = read(random.choice(["as", "alias", "rename"]))
    with BlobIndex(tmp_path / "index") as index:
        for _ in range(12):
            again, regenerate = both(root, plan, index)
            assert again == regenerate
            commit(root, some_work(random, root))


def some_work(random: Random, root: Path) -> Mapping[str, str | None]:
    paths = git(root, "ls-files").splitlines()
    done: dict[str, str | None] = {}
    for path in random.sample(paths, 2):
        text = (root / path).read_text()
        added = random.choice(EDITS)
        done[path] = added + text if random.random() < 0.3 else text + added
    if random.random() < 0.3:
        done[f"shop/new{random.randrange(100)}.py"] = random.choice(EDITS)
    if random.random() < 0.2:
        done[random.choice(paths)] = None
    if random.random() < 0.2:
        done["tests/more/notes.md"] = f"{random.random()} Engine\n"
    if random.random() < 0.3:
        done["tests/run.sh"] = random.choice(["exit\n", "python -m shop.engine Engine\n", "echo Engine\n"])
    return done


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("shop/other.py", "x = 2\n"),
        ("shop/web.py", "# first\n" + SHOP["shop/web.py"]),
        ("shop/web.py", SHOP["shop/web.py"] + "Engine(1)\n"),
        ("notes.txt", "new\n"),
        ("run.sh", "python -c 'from shop.engine import Engine'\n"),
        ("Dockerfile.test", "CMD echo Engine\n"),
    ],
)
def test_a_change_without_effect_on_other_files_is_all_that_is_read(
    tmp_path: Path, path: str, text: str
) -> None:
    root, plan = checkout(tmp_path / "shop", MORE), read()
    with BlobIndex(tmp_path / "index") as index:
        assert not quickly(root, plan, index)
        commit(root, {path: text})
        assert quickly(root, plan, index)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("shop/engine.py", "class Engine: ...\n"),
        ("shop/user_engine.py", "class Nobody: ...\n"),
        ("shop/other.py", "from shop.engine import Engine\n"),
        ("shop/new.py", "x = 1\n"),
        ("shop/base.py", "class Base:\n    def forget(self): ...\n"),
        ("shop/through.py", "from shop.facade import Engine\n\nEngine().forget()\n"),
        ("tests/run", "#!/usr/bin/env python3\nimport shop.engine\n"),
        ("README.md", "Use `shop.engine.Engine` and `shop.engine.Engine`.\n"),
    ],
)
def test_a_change_that_may_affect_other_files_reads_the_whole_tree(
    tmp_path: Path, path: str, text: str
) -> None:
    root, plan = checkout(tmp_path / "shop", MORE), read()
    with BlobIndex(tmp_path / "index") as index:
        quickly(root, plan, index)
        commit(root, {path: text})
        assert not quickly(root, plan, index)


def test_a_class_of_a_moved_module_that_nobody_used_before_is_compared(tmp_path: Path) -> None:
    files = {
        "m.py": "class A: ...\n\nclass B:\n    def gone(self): ...\n",
        "n.py": "class A: ...\n\nclass B: ...\n",
        "a.py": "def f():\n    import m\n    m.A()\n",
    }
    root = checkout(tmp_path / "shop", files)
    plan = read_plan(
        "title: T\nreplace: [{old: m, new: n}]\nphases: [{name: All, paths: ['**']}]\n", "p.yml", slug="p"
    )
    assert isinstance(plan, Plan)
    with BlobIndex(tmp_path / "index") as index:
        quickly(root, plan, index)
        commit(root, {"a.py": "def f():\n    import m\n    m.A()\n    m.B().gone()\n"})
        again, regenerate = both(root, plan, index)
        assert again == regenerate
        assert "interface" in again.kinds


def test_a_missing_last_commit_leads_to_a_full_audit(tmp_path: Path) -> None:
    root, plan = checkout(tmp_path / "shop", MORE), read()
    with BlobIndex(tmp_path / "index") as index:
        quickly(root, plan, index)
        git(tmp_path, "clone", "-q", "--depth", "1", f"file://{root}", "other")
        commit(tmp_path / "other", {"shop/web.py": "x = 1\n"})
        git(tmp_path / "other", "checkout", "-q", "--orphan", "fresh")
        git(tmp_path / "other", "commit", "-q", "-m", "anew")
        git(tmp_path / "other", "branch", "-D", "main")
        git(tmp_path / "other", "update-ref", "-d", "refs/remotes/origin/main")
        git(tmp_path / "other", "update-ref", "-d", "refs/remotes/origin/HEAD")
        git(tmp_path / "other", "reflog", "expire", "--expire=now", "--all")
        git(tmp_path / "other", "gc", "-q", "--prune=now")
        again, regenerate = both(tmp_path / "other", plan, index)
        assert again == regenerate


def test_a_star_import_matters_where_it_changes_or_says_what_it_passes_on() -> None:
    star = b"import os\nfrom lib import *\n"
    needles = (b"import *", b"Old")
    assert not may_concern(needles, star, star + b"x = 1\n")
    assert may_concern(needles, star, star + b"from more import *\n")
    assert may_concern(needles, star, star + b"__all__ = ['x']\n")
    assert may_concern(needles, star, star + b"Old()\n")
    assert not may_concern(needles, b"x = 1\n", b"__all__ = ['x']\n")
