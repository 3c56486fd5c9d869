from __future__ import annotations

from bot.plan.phase_files import (
    assign_phases,
    assign_settling_phases,
    check_plan,
    phase_files,
    unmatched_files,
)
from bot.plan.plan import Plan
from bot.plan.read import read_plan
from codemods.model.rules import Symbol

TREE = ("app/core.py", "app/web/views.py", "docs/guide.md", "tests/test_core.py", "tests/unit/test_a.py")
MODULES = {"m", "m:A", "n", "n:B"}


def defined(symbol: Symbol) -> bool | None:
    return None if symbol.module.startswith("lib") else str(symbol) in MODULES


def plan(phases: str, new: str = "n:B") -> Plan:
    text = f'title: A becomes B\nreplace:\n  - {{old: "m:A", new: "{new}"}}\nphases:\n{phases}'
    read = read_plan(text, "plan.yml", slug="a")
    assert isinstance(read, Plan), str(read)
    return read


def wrong(phases: str, new: str = "n:B") -> str:
    return str(check_plan(plan(phases, new), TREE, defined) or "")


def test_the_first_phase_that_matches_a_file_has_it() -> None:
    read = plan('  - {name: Unit, paths: ["tests/unit/**"]}\n  - {name: Rest, paths: ["**"]}\n')
    assert assign_phases(read, TREE) == {path: 1 if path == "tests/unit/test_a.py" else 2 for path in TREE}
    assert phase_files(read, read.phases[0], TREE) == ("tests/unit/test_a.py",)


def test_a_pattern_is_read_as_git_reads_it() -> None:
    read = plan('  - {name: Tests, paths: ["tests/", "!test_core.py", "*.md"]}\n')
    assert sorted(assign_phases(read, TREE)) == ["docs/guide.md", "tests/unit/test_a.py"]
    read = plan('  - {name: One, paths: ["/app/*.py"]}\n')
    assert sorted(assign_phases(read, TREE)) == ["app/core.py"]


def test_files_that_no_phase_has_are_named() -> None:
    read = plan('  - {name: App, paths: ["app/**"]}\n')
    assert unmatched_files(read, TREE) == ("docs/guide.md", "tests/test_core.py", "tests/unit/test_a.py")


def test_a_settling_phase_assigns_files_again() -> None:
    read = plan('  - {name: All, paths: ["**"]}\n  - {name: Settle, settle: true, paths: ["app/**"]}\n')
    assert assign_settling_phases(read, TREE) == {"app/core.py": 2, "app/web/views.py": 2}
    assert phase_files(read, read.phases[1], TREE) == ("app/core.py", "app/web/views.py")
    assert check_plan(read, TREE, defined) is None


def test_a_retirement_alone_takes_no_files() -> None:
    read = plan('  - {name: All, paths: ["**"]}\n  - {name: End, retire: [{module: m, to: removed}]}\n')
    assert phase_files(read, read.phases[1], TREE) == ()
    assert check_plan(read, TREE, defined) is None


def test_names_of_any_kind_are_files() -> None:
    odd = ("-rf.py", "a b/ü.py", "a\nb.py", '"q".py', "!x.py")
    assert set(assign_phases(plan('  - {name: All, paths: ["**"]}\n'), odd)) == set(odd)
    assert set(assign_phases(plan('  - {name: Py, paths: ["*.py"]}\n'), odd)) == set(odd)


def test_a_phase_that_matches_no_file_is_wrong() -> None:
    assert wrong('  - {name: Typo, paths: ["ap/**"]}\n') == (
        "plan.yml:5:25: phases[1].paths: this phase matches no file. "
        "Expected: the path of a file in the repository"
    )


def test_a_phase_whose_files_all_belong_to_earlier_ones_is_wrong() -> None:
    phases = '  - {name: App, paths: ["app/**"]}\n  - {name: All, paths: ["**/*.md", "tests/"]}\n'
    assert wrong(phases + '  - {name: Late, paths: ["app/web/*", "tests/test_core.py"]}\n') == (
        "plan.yml:7:25: phases[3].paths: this phase gets no files: "
        "all of its 2 files already belong to phase 1 and phase 2. "
        "Expected: the narrower phase first: a file belongs to the first phase that matches it"
    )
    assert wrong(phases + '  - {name: Late, paths: ["app/core.py"]}\n') == (
        "plan.yml:7:25: phases[3].paths: this phase gets no files: its only file already belongs to phase 1. "
        "Expected: the narrower phase first: a file belongs to the first phase that matches it"
    )


def test_a_pattern_of_two_phases_is_wrong() -> None:
    assert wrong('  - {name: One, paths: ["app/**"]}\n  - {name: Two, paths: ["tests/", "app/**"]}\n') == (
        "plan.yml:6:35: phases[2].paths[2]: phase 1 already has `app/**`. "
        "Expected: each pattern in one phase: a file belongs to the first phase that matches it"
    )


def test_a_pattern_may_stand_twice_where_the_first_phase_excepts_some() -> None:
    phases = '  - {name: One, paths: ["app/**", "!app/web/**"]}\n  - {name: Two, paths: ["app/**"]}\n'
    assert wrong(phases) == ""


def test_a_target_that_does_not_exist_is_wrong() -> None:
    phases = '  - {name: All, paths: ["**"]}\n'
    assert wrong(phases, "n:C") == (
        "plan.yml:3:23: replace[1].new: `n` doesn't define `C`. "
        "Expected: a name that the module defines at its top level"
    )
    assert wrong(phases, "o:C") == (
        "plan.yml:3:23: replace[1].new: there's no module `o`. "
        "Expected: a module of this repository or of a library"
    )
    assert wrong(phases, "lib.things:C") == ""


def test_a_module_to_retire_that_is_not_there_is_wrong() -> None:
    phases = '  - {name: All, paths: ["**"]}\n  - {name: End, retire: [{module: gone, to: removed}]}\n'
    assert wrong(phases) == (
        "plan.yml:6:35: phases[2].retire[1].module: there's no module `gone`. "
        "Expected: a module of this repository"
    )


def test_what_an_earlier_phase_has_done_is_no_mistake() -> None:
    phases = '  - {name: End, retire: [{module: gone, to: removed}]}\n  - {name: Gone, paths: ["gone/**"]}\n'
    read = plan(phases)
    assert check_plan(read, TREE, defined, phases=()) is None
    assert check_plan(read, TREE, defined) is not None
