"""Services side by side have packages of one name: told apart by where a file lies, or listed, never mixed."""

from __future__ import annotations

import pytest

from bot.rewrite.rewrite import FileResult, rewrite
from codemods.model.example import in_memory_tree, parsed_symbol
from codemods.model.modules import find_modules
from codemods.model.rules import Replacement, Rules, Style
from codemods.workers.processes import IN_THIS_PROCESS

OLD, NEW = "class Old:\n    who = 1\n", "class New:\n    who = 1\n"
USE = "from app.models import Old\n\nOld.who\n"
MOVED = "from app.new import New\n\nNew.who\n"
SERVICES = {
    "services/a/app/__init__.py": "",
    "services/a/app/models.py": OLD,
    "services/a/app/new.py": NEW,
    "services/b/app/__init__.py": "",
    "services/b/app/models.py": OLD,
}
WITHOUT_INIT = {path: text for path, text in SERVICES.items() if "__init__" not in path}


def run(
    files: dict[str, str],
    replace: str = "app.models:Old=app.new:New",
    style: Style = "rename",
    roots: tuple[str, ...] | None = None,
) -> dict[str, FileResult]:
    pairs = (pair.split("=") for pair in replace.split())
    chosen = tuple(Replacement(parsed_symbol(old), parsed_symbol(new), style) for old, new in pairs)
    rules = Rules(chosen, strings=True, docs=True, roots=roots)
    return {one.path: one for one in rewrite(in_memory_tree(files), rules, processes=IN_THIS_PROCESS)}


def changed(results: dict[str, FileResult]) -> dict[str, str]:
    return {path: one.content.decode() for path, one in results.items() if one.content is not None}


def notes(results: dict[str, FileResult]) -> dict[str, str]:
    return {path: site.note for path, one in results.items() for site in one.sites if not site.safe}


USES = {
    "from a module": (USE, MOVED),
    "a module below": ("import app.models\n\napp.models.Old\n", "import app.new\n\napp.new.New\n"),
    "under another name": ("import app.models as x\n\nx.Old\n", "import app.new as x\n\nx.New\n"),
    "from the package": ("from app import models\n\nmodels.Old\n", "from app import new\n\nnew.New\n"),
    "a star": (
        "from app.models import *\n\nOld\n",
        "from app.models import *\nfrom app.new import New\n\nNew\n",
    ),
    "a patch": ('patch("app.models.Old")\n', 'patch("app.new.New")\n'),
    "by name": ('import_module("app.models").Old\n', 'import_module("app.new").New\n'),
}
RELATIVE = {
    "relative": ("from .models import Old\n\nOld.who\n", "from .new import New\n\nNew.who\n"),
    "relative, the module": ("from . import models\n\nmodels.Old\n", "from . import new\n\nnew.New\n"),
}


@pytest.mark.parametrize("tree", [SERVICES, WITHOUT_INIT], ids=["packages", "folders without `__init__`"])
@pytest.mark.parametrize("roots", [None, ("services/a",)], ids=["found", "named"])
@pytest.mark.parametrize(("before", "after"), [*USES.values(), *RELATIVE.values()], ids=[*USES, *RELATIVE])
def test_only_the_service_that_is_meant_changes(
    tree: dict[str, str], roots: tuple[str, ...] | None, before: str, after: str
) -> None:
    files = {**tree, "services/a/app/use.py": before, "services/b/app/use.py": before}

    results = run(files, roots=roots)

    assert changed(results) == {"services/a/app/use.py": after}
    assert notes(results) == {}


@pytest.mark.parametrize(("before", "after"), USES.values(), ids=list(USES))
def test_beside_the_packages_their_files_mean_their_own(before: str, after: str) -> None:
    files = {**SERVICES, "services/a/tests/test_a.py": before, "services/b/main.py": before}

    assert changed(run(files)) == {"services/a/tests/test_a.py": after}


def test_documents_mean_the_package_of_their_folder() -> None:
    files = {**SERVICES, "services/a/README.md": "See `app.models.Old`.\n"}
    files |= {"services/b/README.md": "See `app.models.Old`.\n", "README.md": "See `app.models.Old`.\n"}

    results = run(files)

    assert changed(results) == {"services/a/README.md": "See `app.new.New`.\n"}
    assert "several folders" in notes(results)["README.md"]


def test_a_file_that_could_mean_either_is_listed() -> None:
    results = run({**SERVICES, "tests/test_it.py": USE, "services/a/app/use.py": USE})

    assert changed(results) == {"services/a/app/use.py": MOVED}
    assert notes(results) == {
        "tests/test_it.py": "app.models is in several folders (services/a, services/b); "
        "say with `roots` which of them is meant"
    }


def test_roots_say_what_files_elsewhere_mean() -> None:
    files = {**SERVICES, "tests/test_it.py": USE, "services/b/use.py": USE}

    assert changed(run(files, roots=("services/a",))) == {"tests/test_it.py": MOVED}


def test_where_nothing_says_which_package_is_meant_all_is_listed() -> None:
    files = {**SERVICES, "services/b/app/new.py": NEW, "services/a/use.py": USE, "services/b/use.py": USE}

    results = run(files)

    assert changed(results) == {}
    assert notes(results).keys() == {"services/a/use.py", "services/b/use.py"}


def test_roots_say_which_package_is_meant() -> None:
    files = {**SERVICES, "services/b/app/new.py": NEW, "services/a/use.py": USE, "services/b/use.py": USE}

    assert changed(run(files, roots=("services/b",))) == {"services/b/use.py": MOVED}


def test_roots_that_lack_the_new_module_move_no_other_package() -> None:
    files = {**SERVICES, "services/a/use.py": USE, "services/b/use.py": USE}

    results = run(files, roots=("services/b",))

    assert changed(results) == {}
    assert set(notes(results).values()) == {
        "app.models is in several folders (services/a, services/b); "
        "`roots` names none with all of the plan's modules"
    }


def test_the_package_at_the_top_is_the_one_that_is_meant() -> None:
    files = {"app/__init__.py": "", "app/models.py": OLD, "app/new.py": NEW, "tests/test_it.py": USE}
    files |= {f"tests/data/{path}": text for path, text in files.items() if path.startswith("app")}
    files["tests/data/use.py"] = USE

    assert changed(run(files)) == {"tests/test_it.py": MOVED}


def test_what_one_service_passes_on_is_not_what_the_other_does() -> None:
    shared = "from app.models import Old\n"
    files = {**SERVICES, "services/a/common/__init__.py": shared, "services/b/common/__init__.py": shared}
    use = "from common import Old\n\nOld()\n"
    files |= {"services/a/use.py": use, "services/b/use.py": use}

    results = changed(run(files))

    assert results == {
        "services/a/common/__init__.py": "from app.new import New as Old\n",
        "services/a/use.py": "from app.new import New\n\nNew()\n",
    }


def test_a_package_that_lacks_the_name_is_not_meant() -> None:
    """As where tests lie in a folder that is called like what they test."""
    files = {"src/app/__init__.py": "", "src/app/models.py": OLD, "src/app/new.py": NEW}
    files |= {"tests/app/__init__.py": "", "tests/app/models.py": "from app.models import Old as Tested\n"}
    files |= {"tests/app/test_it.py": USE}

    assert changed(run(files))["tests/app/test_it.py"] == MOVED


def test_a_package_that_is_spread_over_folders_is_one() -> None:
    files = {"one/ns/__init__.py": "", "one/ns/a/__init__.py": "", "one/ns/a/models.py": OLD}
    files |= {"two/ns/__init__.py": "", "two/ns/b/__init__.py": "", "two/ns/b/new.py": NEW}
    files |= {"two/ns/b/use.py": "import ns.a.models\n\nns.a.models.Old()\n"}
    files |= {"two/ns/b/other.py": "from ns.a import models\n\nmodels.Old()\n"}

    results = run(files, "ns.a.models:Old=ns.b.new:New")

    assert changed(results) == {
        "two/ns/b/use.py": "import ns.b.new\n\nns.b.new.New()\n",
        "two/ns/b/other.py": "from ns.b import new\n\nnew.New()\n",
    }


def test_a_new_module_that_is_another_one_from_where_a_file_lies_is_not_written_there() -> None:
    files = {**SERVICES, "shared/__init__.py": "", "shared/old.py": OLD, "services/b/app/new.py": "x = 1\n"}
    files |= {"services/b/use.py": "from shared.old import Old\n"}
    files |= {"services/a/use.py": "from shared.old import Old\n"}

    results = run(files, "shared.old:Old=app.new:New app.models:Old=app.new:New", roots=("", "services/a"))

    assert changed(results) == {"services/a/use.py": "from app.new import New\n"}
    assert notes(results) == {"services/b/use.py": "from here, app.new means services/b/app/new.py"}


def test_a_folder_that_is_called_like_a_library_is_no_part_of_it() -> None:
    use = "from redis.client import Redis\n\nRedis()\n"
    files = {"redis/worker.py": use, "services/redis/__init__.py": "", "services/redis/tasks.py": use}
    files |= {"services/api/use.py": use}

    results = run(files, "redis.client:Redis=valkey.client:Valkey")

    assert set(changed(results)) == {"redis/worker.py", "services/redis/tasks.py", "services/api/use.py"}
    assert notes(results) == {}


def test_stubs_in_a_folder_of_their_own_describe_the_same_module() -> None:
    files = {"app/__init__.py": "", "app/models.py": OLD, "app/new.py": NEW}
    files |= {"typings/app/__init__.pyi": "", "typings/app/models.pyi": OLD, "typings/app/use.pyi": USE}

    assert changed(run(files)) == {"typings/app/use.pyi": MOVED}


# ---- scripts


SIBLINGS = {"pkg/__init__.py": "", "pkg/mod.py": OLD, "pkg/new.py": NEW}
BARE = "from mod import Old\n\nOld()\n"
BARE_MOVED = "from new import New\n\nNew()\n"
MAIN = 'if __name__ == "__main__":\n    Old()\n'


def test_a_script_imports_its_neighbour_by_its_bare_name() -> None:
    files = {**SIBLINGS, "pkg/tool.py": BARE + MAIN, "pkg/run.py": "#!/usr/bin/env python\n" + BARE}

    results = changed(run(files, "pkg.mod:Old=pkg.new:New"))

    assert results == {
        "pkg/tool.py": BARE_MOVED + MAIN.replace("Old", "New"),
        "pkg/run.py": "#!/usr/bin/env python\n" + BARE_MOVED,
    }


def test_a_folder_that_is_no_package_holds_scripts() -> None:
    files = {"tools/mod.py": OLD, "tools/new.py": NEW, "tools/run.py": BARE}

    assert changed(run(files, "tools.mod:Old=tools.new:New")) == {"tools/run.py": BARE_MOVED}


@pytest.mark.parametrize(
    "use", [BARE, "import mod\n\nmod.Old()\n", "import mod as m\n\nm.Old()\n", "from mod import *\n\nOld()\n"]
)
def test_what_may_be_a_script_is_listed(use: str) -> None:
    results = run({**SIBLINGS, "pkg/tool.py": use}, "pkg.mod:Old=pkg.new:New")

    assert changed(results) == {}
    assert "only a script" in notes(results)["pkg/tool.py"]


def test_a_script_can_only_import_what_lies_beside_it() -> None:
    files = {**SIBLINGS, "other/__init__.py": "", "other/new.py": NEW, "pkg/tool.py": BARE + MAIN}

    results = run(files, "pkg.mod:Old=other.new:New")

    assert changed(results) == {}
    assert "only a script" in notes(results)["pkg/tool.py"]


def test_a_library_or_a_module_of_python_is_no_neighbour() -> None:
    use = "from time import Old\n\nOld()\n"
    files = {"pkg/__init__.py": "", "pkg/time.py": OLD, "pkg/new.py": NEW, "pkg/tool.py": use}

    results = run(files, "pkg.time:Old=pkg.new:New")

    assert (changed(results), notes(results)) == ({}, {})


def test_what_imports_relatively_is_no_script() -> None:
    """As `celery/backends/redis.py` imports the library redis."""
    files = {
        **SIBLINGS,
        "pkg/tool.py": "from .new import New\n" + BARE,
        "pkg/other.py": "import mod\n" + BARE,
    }

    results = run(files, "pkg.mod:Old=pkg.new:New")

    assert changed(results) == {}
    assert [*notes(results)] == ["pkg/other.py"]


def test_a_script_is_migrated_once() -> None:
    files = {**SIBLINGS, "pkg/tool.py": "from new import New\n" + BARE + MAIN}

    once = changed(run(files, "pkg.mod:Old=pkg.new:New"))

    assert once == {"pkg/tool.py": BARE_MOVED + MAIN.replace("Old", "New")}
    assert changed(run({**files, **once}, "pkg.mod:Old=pkg.new:New")) == {}


def test_the_names_of_modules_in_one_tree_stay_as_they_were() -> None:
    modules = find_modules(["src/app/__init__.py", "src/app/x.py", "tests/test_x.py"], named={"app.x"})

    assert modules.names_by_path["src/app/x.py"] == ("app.x", "src.app.x")
    assert modules.rivals.by_name == {}


@pytest.mark.parametrize("beside", ["", "import sys\n\nsys.path.insert(0, 'services/b')\n"])
def test_a_script_elsewhere_means_the_roots_unless_it_says_itself_where_it_imports_from(beside: str) -> None:
    results = run({**SERVICES, "tools/x.py": f"{beside}{USE}"}, roots=("services/a",))
    assert (changed(results), [*notes(results)]) == (
        ({}, ["tools/x.py"]) if beside else ({"tools/x.py": MOVED}, [])
    )
