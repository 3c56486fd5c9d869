from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.audit.audit import Audit, audit, plan_rules
from bot.audit.interfaces import Interface, MemberUse
from bot.audit.misleading_names import DanglingImport, Namesake
from bot.git.mirror import CommitTree
from bot.git.repository import Repository
from bot.plan.plan import Plan
from bot.plan.read import read_plan, read_replacement
from bot.rewrite.blob_index import BlobIndex
from codemods.model.rules import Replacement, Rules
from tests.checkouts import checkout

OLD = """\
from shop.base import Base

class Engine(Base):
    limit = 3
    def __init__(self, bridge, *, loud=False):
        self.runs = 0
    def run(self, text): ...
    async def stop(self): ...
    def forget(self): ...
    def _inner(self): ...
"""
NEW = """\
from shop.base import Base

class UserEngine(Base):
    def __init__(self, user, emitter, *, loud): ...
    async def run(self, text): ...
    async def stop(self): ...
    @property
    def limit(self): ...
    @classmethod
    def create(cls, emitter, loud=False): ...
"""
SHOP = {
    "shop/__init__.py": "",
    "shop/base.py": "class Base:\n    def shared(self): ...\n",
    "shop/engine.py": OLD,
    "shop/user_engine.py": NEW,
    "shop/context.py": "class Context: ...\n",
    "shop/web.py": "from shop.engine import Engine\n\nengine = Engine(None)\nengine.forget()\nengine.run('x')\n",
    "shop/half.py": "from shop.engine import (\n    Context,  # moved\n    nobody as n,\n)\n",
    "shop/copy/engine2.py": "class Engine: ...\n",
    "tests/unit/test_web.py": "from shop.engine import Engine\n\ndef test(e: Engine): e.forget()\n",
    "tests/bad.py": "from shop.engine import Engine\nprint 'x'\n",
}
PLAN = """\
title: Engine becomes UserEngine
replace:
  - {old: "shop.engine:Engine", new: "shop.user_engine:UserEngine"}
phases:
  - {name: Application, paths: ["shop/web.py"]}
  - {name: Tests, paths: ["tests/**"]}
  - {name: End, retire: [{module: shop.engine, to: redirect}]}
"""


def pair(text: str) -> Replacement:
    read = read_replacement(text)
    assert isinstance(read, Replacement)
    return read


def rules(*pairs: str) -> Rules:
    return Rules(replace=tuple(map(pair, pairs or ["shop.engine:Engine=shop.user_engine:UserEngine"])))


def audited(folder: Path, files: Mapping[str, str], *pairs: str, index: BlobIndex | None = None) -> Audit:
    root = checkout(folder, files)
    repository = Repository.at(root)
    assert repository is not None
    with repository:
        return audit(CommitTree(repository, "HEAD"), rules(*pairs), index=index)


def planned(folder: Path, files: Mapping[str, str], text: str) -> Audit:
    plan = read_plan(text, "plan.yml", slug="engine")
    assert isinstance(plan, Plan)
    repository = Repository.at(checkout(folder, files))
    assert repository is not None
    with repository:
        return audit(CommitTree(repository, "HEAD"), plan_rules(plan), plan, commit="c0ffee")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    return audited(tmp_path_factory.mktemp("shop"), SHOP)


def test_every_site_is_counted_by_file_and_kind(shop: Audit) -> None:
    assert {"shop/web.py", "tests/unit/test_web.py"} <= {file.path for file in shop.files}
    assert shop.kinds["import"] >= 2
    assert (shop.tree_files, shop.python_files) == (len(SHOP), len(SHOP))
    assert shop.folders()["tests/unit"]["test_web.py"] >= 1


def test_a_file_that_cannot_be_parsed_is_named_with_its_reason(shop: Audit) -> None:
    assert list(shop.unparsable) == ["tests/bad.py"]
    assert shop.unparsable["tests/bad.py"].startswith("line 2: ")


def test_a_deprecated_module_is_an_implementation_with_its_size(shop: Audit) -> None:
    (module,) = shop.modules
    assert (module.path, module.state, module.lines, module.classes) == (
        "shop/engine.py",
        "implementation",
        10,
        1,
    )


@pytest.mark.parametrize(
    "text",
    [
        "from shop.user_engine import UserEngine as Engine\n",
        '"""Moved."""\nimport warnings\nfrom shop.user_engine import UserEngine\n\nwarnings.warn("gone", stacklevel=2)\n'
        "Engine = UserEngine\n__all__ = ['Engine']\n",
        "try:\n    from shop.user_engine import UserEngine as Engine\nexcept ImportError:\n    pass\n",
    ],
)
def test_a_deprecated_module_that_only_imports_and_warns_is_a_redirect(tmp_path: Path, text: str) -> None:
    (module,) = audited(tmp_path, {**SHOP, "shop/engine.py": text}).modules
    assert module.state == "redirect"


def test_a_deprecated_module_that_does_not_exist_is_reported_as_missing(tmp_path: Path) -> None:
    left = {path: text for path, text in SHOP.items() if path != "shop/engine.py"}
    found = audited(tmp_path, left)
    assert found.modules[0].state == "not in this tree"
    assert {(one.path, one.name) for one in found.dangling} >= {
        ("shop/web.py", "Engine"),
        ("shop/half.py", "Context"),
    }


def test_other_definitions_of_the_name_are_found(shop: Audit) -> None:
    assert shop.namesakes == (Namesake("Engine", "class", "shop/copy/engine2.py", 1),)


def test_names_that_are_imported_but_not_defined_are_found_with_where_they_live(shop: Audit) -> None:
    assert set(shop.dangling) == {
        DanglingImport("shop/half.py", 1, "shop.engine", "Context", ("shop.context",)),
        DanglingImport("shop/half.py", 1, "shop.engine", "nobody", ()),
    }


def test_a_name_behind_a_star_or_a_getattr_is_not_called_missing(tmp_path: Path) -> None:
    for number, text in enumerate(
        ("from shop.context import *\n", "def __getattr__(name): ...\n", "from lib import *\n")
    ):
        found = audited(tmp_path / str(number), {**SHOP, "shop/engine.py": OLD + text})
        assert "Context" not in {one.name for one in found.dangling}


def differences(one: Interface) -> set[tuple[str, str]]:
    return {(each.member, each.detail) for each in one.differences}


def test_what_callers_would_miss_is_listed(shop: Audit) -> None:
    (interface,) = shop.interfaces
    assert differences(interface) == {
        ("__init__", "takes no `bridge`"),
        ("__init__", "needs `user`"),
        ("__init__", "needs `emitter`"),
        ("__init__", "needs `loud`, which was optional"),
        ("forget", "a method, missing in the new one"),
        ("runs", "an attribute, missing in the new one"),
        ("run", "a plain call → async"),
    }


def test_the_uses_of_what_is_missing_are_found_through_calls_and_annotations(shop: Audit) -> None:
    uses = {each.member: each.uses for each in shop.interfaces[0].differences}
    assert uses["forget"] == (MemberUse("shop/web.py", 4), MemberUse("tests/unit/test_web.py", 3))
    assert uses["run"] == (MemberUse("shop/web.py", 5),)
    assert uses["runs"] == ()


def test_the_plan_s_own_constructor_and_argument_names_are_compared(tmp_path: Path) -> None:
    text = PLAN.replace(
        'new: "shop.user_engine:UserEngine"',
        'new: "shop.user_engine:UserEngine", calls: {to: UserEngine.create, arguments: {bridge: emitter}}',
    )
    (interface,) = planned(tmp_path, SHOP, text).interfaces
    assert not any(member == "__init__" for member, _ in differences(interface))


def test_a_new_class_with_a_foreign_base_may_inherit_what_seems_to_be_missing(tmp_path: Path) -> None:
    new = NEW.replace("class UserEngine(Base)", "class UserEngine(lib.Engine)")
    (interface,) = audited(tmp_path, {**SHOP, "shop/user_engine.py": new}).interfaces
    assert "forget" not in {member for member, _ in differences(interface)}
    assert interface.not_compared == "the new one inherits from lib.Engine, outside this repository"


@pytest.mark.parametrize(
    ("base", "imported", "missing"),
    [
        ("ValueError", "", {"code"}),
        ("abc.ABC", "import abc\n", {"args", "code"}),
        ("Mapping", "from collections.abc import Mapping\n", {"args", "code"}),
    ],
)
def test_what_is_inherited_from_python_s_own_classes_is_known(
    tmp_path: Path, base: str, imported: str, missing: set[str]
) -> None:
    files = {
        "m.py": "class Old(Exception):\n    def __init__(self, text, code=0): self.args = ()\n    def code(self): ...\n",
        "n.py": f"{imported}\nclass New({base}): ...\n",
    }
    (interface,) = audited(tmp_path, files, "m:Old=n:New").interfaces
    assert interface.not_compared == ""
    assert {each.member for each in interface.differences if each.what == "missing"} == missing


def test_an_error_of_python_s_own_takes_nothing_by_name(tmp_path: Path) -> None:
    files = {
        "m.py": "class Old(Exception):\n    def __init__(self, text, code=0): ...\n",
        "n.py": "class New(ValueError): ...\n",
        "o.py": "class New(ImportError): ...\n",
    }
    plain, special = (
        audited(tmp_path / "a", files, "m:Old=n:New"),
        audited(tmp_path / "b", files, "m:Old=o:New"),
    )
    assert ("__init__", "takes no `code`") in differences(plain.interfaces[0])
    assert differences(special.interfaces[0]) == set()


def test_a_default_that_differs_is_said_once(tmp_path: Path) -> None:
    files = {
        "m.py": "class Old:\n    def __init__(self, limit=8, *, text='', same=1, far=f()): ...\n",
        "n.py": "class New:\n    def __init__(self, limit=16, *, text=None, same=1, far=g()): ...\n",
    }
    (interface,) = audited(tmp_path, files, "m:Old=n:New").interfaces
    assert differences(interface) == {
        ("__init__", "`limit` is 16 where it isn't passed, not 8"),
        ("__init__", "`text` is None where it isn't passed, not ''"),
    }


def test_inherited_members_are_no_difference_however_the_base_is_reached(tmp_path: Path) -> None:
    files = {
        **SHOP,
        "shop/engine.py": "class Engine:\n    def shared(self): ...\n",
        "shop/user_engine.py": "import shop.base\nclass UserEngine(shop.base.Base): ...\n",
    }
    assert audited(tmp_path / "a", files).interfaces[0].differences == ()
    files["shop/user_engine.py"] = "from . import base as b\nclass UserEngine(b.Base): ...\n"
    assert audited(tmp_path / "b", files).interfaces[0].differences == ()
    files["shop/user_engine.py"] = "class UserEngine(UserEngine): ...\n"
    assert audited(tmp_path / "c", files).interfaces[0].not_compared


def test_functions_are_compared_by_their_parameters(tmp_path: Path) -> None:
    files = {
        "m.py": "def old(a, b=1, *rest, c): ...\n",
        "n.py": "async def new(a, b, *, d=1): ...\n",
        "use.py": "from m import old\nold(1)\n",
    }
    (interface,) = audited(tmp_path, files, "m:old=n:new").interfaces
    assert differences(interface) == {
        ("", "a plain call → async"),
        ("", "takes no `c`"),
        ("", "needs `b`, which was optional"),
    }


CYCLE = ("shop/web.py", "shop/user_engine.py", "shop/wiring.py", "shop/web.py")


def test_a_cycle_that_the_new_import_would_close_is_found_with_its_path(tmp_path: Path) -> None:
    files = {
        **SHOP,
        "shop/user_engine.py": "from shop.wiring import wire\n" + NEW,
        "shop/wiring.py": "import shop.web\ndef wire(): ...\n",
    }
    found = audited(tmp_path, files)
    assert list(found.cycles) == [("shop/user_engine.py", "shop/wiring.py", "shop/web.py")]
    (web,) = (file for file in found.files if file.path == "shop/web.py")
    (note,) = {site.note for site in web.sites if site.kind != "interface"}
    assert note.startswith(f"modules would import each other in a cycle: {' → '.join(CYCLE)}")


@pytest.mark.parametrize(
    "wiring",
    [
        "def wire():\n    import shop.web\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import shop.web\ndef wire(): ...\n",
        '"""\nimport shop.web\n"""\ndef wire(): ...\n',
    ],
)
def test_imports_that_do_not_run_make_no_cycle(tmp_path: Path, wiring: str) -> None:
    new = "from shop.wiring import wire\n" + NEW
    assert audited(tmp_path, {**SHOP, "shop/user_engine.py": new, "shop/wiring.py": wiring}).cycles == ()


def test_a_cycle_that_exists_already_is_not_reported(tmp_path: Path) -> None:
    new = "from shop.web import engine\n" + NEW
    web = "from shop.user_engine import UserEngine\n" + SHOP["shop/web.py"]
    assert audited(tmp_path, {**SHOP, "shop/user_engine.py": new, "shop/web.py": web}).cycles == ()


def test_phases_have_sizes_and_files_without_a_phase_are_listed(tmp_path: Path) -> None:
    found = planned(tmp_path, {**SHOP, "other/x.py": "from shop.engine import Engine\n"}, PLAN)
    sizes = {one.name: one.files for one in found.phases}
    assert sizes == {"Application": 1, "Tests": 1, "End": 1}
    assert "other/x.py" in found.unmatched


def test_a_phase_that_github_cannot_show_says_so(tmp_path: Path) -> None:
    many = {f"tests/t{number}.py": "from shop.engine import Engine\n" for number in range(301)}
    (large,) = [one for one in planned(tmp_path, {**SHOP, **many}, PLAN).phases if one.too_large]
    assert (large.name, large.too_large) == (
        "Tests",
        "GitHub shows 300 files of a pull request, this has 302",
    )


def test_an_index_changes_nothing_but_the_time(tmp_path: Path, shop: Audit) -> None:
    with BlobIndex(tmp_path / "index") as index:
        first = audited(tmp_path / "a", SHOP, index=index)
    with BlobIndex(tmp_path / "index") as index:
        assert audited(tmp_path / "b", SHOP, index=index) == first == shop


def test_a_tree_with_odd_names_and_nothing_to_find_is_audited(tmp_path: Path) -> None:
    files = {"-rf.py": "x = 1\n", "a b/ü\n.py": "y = 2\n", "empty.py": "", "data.bin": "\0\xff"}
    found = audited(tmp_path, files, "shop.engine:Engine=shop.user_engine:UserEngine")
    assert (found.sites, found.files, found.dangling, found.needs_manual_work) == (0, (), (), False)
