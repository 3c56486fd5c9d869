from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.audit.proposal import propose
from bot.git.mirror import CommitTree
from bot.git.repository import Repository
from bot.plan.codeowners import Owners, read_owners
from bot.plan.file_kinds import (
    APPLICATION,
    DOCUMENTATION,
    END_TO_END,
    EXAMPLES,
    INTEGRATION,
    OTHER_TESTS,
    kind_of_file,
)
from bot.plan.phase_files import assign_phases, check_plan
from bot.plan.plan import Phase, Plan
from bot.plan.propose_phases import CRITICAL, MOST_IMPORTED, proposed_phases
from bot.plan.pull_size import MOST_FILES
from bot.plan.read import read_plan, read_replacement
from codemods.model.rules import Replacement
from tests.checkouts import checkout

IMPORT = "from shop.engine import Engine\n"
SHOP = {
    "shop/__init__.py": "",
    "shop/engine.py": "class Engine: ...\n",
    "shop/user_engine.py": "class UserEngine: ...\n",
    "shop/web.py": IMPORT,
    "tests/integration/test_web.py": IMPORT,
    "tests/e2e/test_all.py": IMPORT,
    "tests/test_web.py": IMPORT + "import unittest.mock\nunittest.mock.patch('shop.engine.Engine')\n",
    "setup.py": IMPORT,
}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("shop/web.py", APPLICATION),
        ("shop/testing_room.py", APPLICATION),
        ("latest/run.py", APPLICATION),
        ("shop/web_test.py", OTHER_TESTS),
        ("tests/helpers/a.py", OTHER_TESTS),
        ("conftest.py", OTHER_TESTS),
        ("tests/integration/test_a.py", INTEGRATION),
        ("tests/test_integration_web.py", INTEGRATION),
        ("e2e/flows.py", END_TO_END),
        ("tests/end_to_end/test_a.py", END_TO_END),
        ("tests/test_e2e.py", END_TO_END),
        ("src/integrations/slack/tests/test_web.py", OTHER_TESTS),
        ("tests/integrations/test_slack.py", OTHER_TESTS),
        ("src/integrations/slack.py", APPLICATION),
        ("shop/integration_tests/test_a.py", INTEGRATION),
        ("shop/tests/system/a.py", END_TO_END),
        ("shop/system/tests/test_a.py", OTHER_TESTS),
        ("docs/a.md", DOCUMENTATION),
        ("docs/conf.py", DOCUMENTATION),
        ("examples/shop/run.py", EXAMPLES),
        ("Benchmarks/run.py", EXAMPLES),
        ("examples/tests/test_run.py", OTHER_TESTS),
        ("examples.py", APPLICATION),
        ("shop/examples/run.py", APPLICATION),
        ("pyproject.toml", DOCUMENTATION),
    ],
)
def test_a_file_s_kind_is_read_off_its_path(path: str, kind: str) -> None:
    assert kind_of_file(path) == kind


def plan_of(
    files: Iterable[str], importers: dict[str, int] | None = None, tree: Iterable[str] = ()
) -> tuple[Plan, list[str]]:
    proposed = proposed_phases(set(files), importers or {}, {*files, *tree})
    phases = tuple(Phase(number, one.name, one.patterns) for number, one in enumerate(proposed, 1))
    return Plan("t", "t", (), phases), [name for one in proposed for name in one.files]


def holds(files: set[str], importers: dict[str, int] | None = None, tree: Iterable[str] = ()) -> Plan:
    """Its patterns give each phase just the files that it was made for."""
    proposed = proposed_phases(files, importers or {}, {*files, *tree})
    plan, _ = plan_of(files, importers, tree)
    taken = assign_phases(plan, files)
    for number, one in enumerate(proposed, 1):
        assert sorted(one.files) == sorted(path for path in files if taken[path] == number)
        assert len(one.files) <= MOST_FILES
    return plan


def test_what_a_mistake_breaks_first_comes_last_of_the_application_and_tests_after_it() -> None:
    files = {"docs/a.md", "tests/unit/a.py", "tests/e2e/a.py", "tests/integration/a.py", "shop/a.py"}
    names = [phase.name for phase in holds(files).phases]
    assert names == [
        APPLICATION,
        INTEGRATION,
        END_TO_END,
        OTHER_TESTS,
        "Documentation, configuration and everything else",
    ]


def test_of_a_large_application_the_most_imported_files_come_after_the_rest() -> None:
    files = {f"shop/m{number}.py" for number in range(60)}
    plan = holds(files | {"docs/a.md"}, {f"shop/m{number}.py": number for number in range(60)})
    assert [phase.name for phase in plan.phases][:2] == [APPLICATION, MOST_IMPORTED]
    assert plan.phases[0].paths[0] == "shop/**/*.py"
    assert all(path.startswith("!shop/m") for path in plan.phases[0].paths[1:])
    assert len(plan.phases[1].paths) == CRITICAL
    assert "shop/m59.py" in plan.phases[1].paths
    first = proposed_phases(files, {f"shop/m{number}.py": number for number in range(60)})[1]
    assert first.why.endswith("imported by 35 to 59 modules each")


def test_examples_are_no_part_of_the_application() -> None:
    files = {"shop/a.py", "shop/a.pyi", "tests/a.py", "examples/a.py", "benchmarks/b.py", "docs/conf.py"}
    plan = holds(files, tree={"examples/README.md", "examples/tests/test_a.py"})
    assert [(phase.name, phase.paths) for phase in plan.phases] == [
        (APPLICATION, ("shop/**/*.py", "shop/**/*.pyi")),
        (OTHER_TESTS, ("**/tests/**",)),
        (EXAMPLES, ("benchmarks/**/*.py", "examples/**/*.py", "!**/tests/**")),
        ("Documentation, configuration and everything else", ("**",)),
    ]


def test_tests_beside_the_code_have_the_name_and_the_paths_of_tests() -> None:
    """Even if nothing else in their folders has references, a path is not said to hold only tests that holds more."""
    names = ("slack", "jira", "mail")
    tests = {f"src/integrations/{name}/tests/test_web.py" for name in names}
    tree = {f"src/integrations/{name}/web.py" for name in names}
    plan = holds({*tests, "src/app.py", "docs/a.md"}, tree=tree)
    assert [(phase.name, phase.paths) for phase in plan.phases] == [
        (APPLICATION, ("src/**/*.py", "!**/tests/**")),
        (OTHER_TESTS, ("**/tests/**",)),
        ("Documentation, configuration and everything else", ("**",)),
    ]


def test_one_kind_of_file_is_one_phase_for_everything() -> None:
    assert [phase.name for phase in holds({"shop/a.py", "shop/b.py"}).phases] == ["Everything"]


def test_what_github_could_not_show_goes_in_parts() -> None:
    packages = {
        f"packages/{word}{number}/package.py" for word in ("py_", "r_", "a", "b") for number in range(400)
    }
    plan = holds(packages | {"packages/README.md", "x.py"})
    assert len(plan.phases) >= 6
    assert sum(len(phase.paths) for phase in plan.phases) < 100


def test_parts_beside_files_of_another_kind_take_none_of_them() -> None:
    mixed = {f"shop/a{number}/code.py" for number in range(350)} | {
        f"shop/a{number}/test_code.py" for number in range(350)
    }
    holds(mixed)


names = st.text(st.sampled_from("ab[]*?!# \\-.é"), min_size=1, max_size=4).filter(
    lambda name: name.strip(".")
)
paths = st.lists(names | st.sampled_from(["tests", "e2e"]), min_size=1, max_size=3).map("/".join)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.sets(paths.map(lambda path: f"{path}.py"), min_size=1, max_size=40))
def test_patterns_take_the_files_they_were_made_for_whatever_their_names(files: set[str]) -> None:
    files = {path for path in files if not any(f"{other}/" in path for other in files)}
    holds(files)
    holds(set(sorted(files)[::2]), tree=files)


def proposed(
    folder: Path, files: dict[str, str], *pairs: str, owners: Owners | None = None
) -> tuple[str, Plan]:
    replacements = [
        read_replacement(pair) for pair in pairs or ("shop.engine:Engine=shop.user_engine:UserEngine",)
    ]
    repository = Repository.at(checkout(folder, files))
    assert repository is not None
    with repository:
        tree = CommitTree(repository, "HEAD")
        text = propose(tree, [one for one in replacements if isinstance(one, Replacement)], owners=owners)
    read = read_plan(text, "proposed", slug="p")
    assert isinstance(read, Plan), f"{read}\n{text}"
    assert check_plan(read, list(files), lambda symbol: True) is None
    return text, read


def test_a_proposed_plan_is_valid_as_printed(tmp_path: Path) -> None:
    text, read = proposed(tmp_path, SHOP)
    assert [phase.name for phase in read.phases] == [
        *(APPLICATION, INTEGRATION, END_TO_END, f"{OTHER_TESTS} and everything else", "Retirement")
    ]
    assert "    # after the code that they test\n" in text
    assert read.also == {"strings"}
    assert (read.phases[-1].retire[0].module, read.phases[-1].retire[0].to) == ("shop.engine", "redirect")
    assert "# 2 files, 2 references, 1 commit" in text


def test_a_module_of_which_more_is_used_is_not_retired_and_says_why(tmp_path: Path) -> None:
    engine = "class Engine: ...\nclass Other: ...\nLIMIT = 3\n"
    text, read = proposed(tmp_path, {**SHOP, "shop/engine.py": engine})
    assert not any(phase.retire for phase in read.phases)
    assert text.endswith("# shop.engine can't be retired yet: nothing replaces LIMIT, Other\n")


def test_a_module_that_others_import_further_names_through_is_not_retired(tmp_path: Path) -> None:
    engine = "from shop.words import *\n\nclass Engine: ...\n"
    more = {"shop/words.py": "def conflicts(): ...\n", "shop/user.py": "from .engine import conflicts\n"}
    text, _ = proposed(tmp_path, {**SHOP, **more, "shop/engine.py": engine})
    assert text.endswith("# shop.engine can't be retired yet: nothing replaces conflicts\n")


def test_a_redirect_may_be_removed(tmp_path: Path) -> None:
    _, read = proposed(
        tmp_path, {**SHOP, "shop/engine.py": "from shop.user_engine import UserEngine as Engine\n"}
    )
    assert read.phases[-1].retire[0].to == "removed"


def test_a_tree_without_references_has_a_plan_that_is_valid_too(tmp_path: Path) -> None:
    _, read = proposed(tmp_path, {"a.py": "x = 1\n"}, "lib.old:A=lib.new:B")
    assert [phase.paths for phase in read.phases] == [("**",)]


def test_owners_are_offered_and_not_assumed(tmp_path: Path) -> None:
    text, read = proposed(tmp_path, SHOP, owners=read_owners("* @all\n/setup.py @build\n"))
    assert "# split: owners   # one pull request for each of 2 owners in CODEOWNERS" in text
    assert not any(phase.split for phase in read.phases)


def test_several_replacements_share_a_title_and_names_of_any_letters_are_kept(tmp_path: Path) -> None:
    files = {**SHOP, "größe/старый.py": "class Ä: ...\n", "größe/b.py": "from größe.старый import Ä\n"}
    _, read = proposed(
        tmp_path, files, "shop.engine:Engine=shop.user_engine:UserEngine", "größe.старый:Ä=shop:Ö"
    )
    assert read.title == "Engine → UserEngine, Ä → Ö"
    assert read.replace[1].old.module == "größe.старый"
