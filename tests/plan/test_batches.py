from __future__ import annotations

import re
from collections.abc import Iterable

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.plan.batches import Batch, cut_batches
from bot.plan.codeowners import read_owners
from bot.plan.plan import Phase, Plan
from bot.plan.slices import files_by_slice, slice_key

OWNERS = read_owners("""
# whose is what
*                @org/everyone
/app/            @Org/App  @maya   # two
docs/*           docs@example.com
*.md             @writers
a\\ folder/       @spaces
/app/vendored/
![bad]           @nobody
**/deep/**/x.py  @deep
""")


def phase(batch: int = 10, split: bool = False) -> Phase:
    return Phase(1, "All", ("**",), batch=batch, split="owners" if split else None)


def plan(slug: str = "a") -> Plan:
    return Plan("A", slug, (), (phase(),))


def cut(files: Iterable[str], batch: int = 10) -> tuple[Batch, ...]:
    return cut_batches(plan(), phase(batch), files)


def folder(name: str, count: int) -> list[str]:
    return [f"{name}/{number:03}.py" for number in range(count)]


def test_no_files_make_no_batch() -> None:
    assert cut([]) == ()
    assert files_by_slice(phase(), [], None) == {}


def test_few_files_make_one_batch_with_the_name_of_their_folder() -> None:
    (one,) = cut(folder("app/web", 10))
    assert (one.number, one.title, one.paths) == (1, "app/web", tuple(folder("app/web", 10)))


def test_a_folder_stays_together_where_it_fits() -> None:
    files = folder("app/a", 6) + folder("app/b", 7) + folder("tests", 8)
    assert [batch.paths for batch in cut(files)] == [
        tuple(folder("app/a", 6)),
        tuple(folder("app/b", 7)),
        tuple(folder("tests", 8)),
    ]


def test_small_folders_share_a_batch() -> None:
    files = [path for name in "abcd" for path in folder(f"app/{name}", 2)]
    (one,) = cut(files)
    assert one.title == "4 folders in app"


def test_titles_say_where_a_batch_is() -> None:
    assert [cut(files)[0].title for files in (["a.py"], ["a.py", "b.py"], ["a/x.py", "b.py"])] == [
        "a.py",
        "top folder",
        "a, top folder",
    ]
    assert cut([f"{name}/x.py" for name in "abcde"])[0].title == "a, b and 3 more"


def test_a_second_run_makes_the_same_batches_in_whatever_order_the_files_come() -> None:
    files = folder("app", 35) + folder("tests/unit", 50)
    assert cut(files) == cut(reversed(files)) == cut([*files, *files])


def test_one_file_less_leaves_nearly_all_batches_as_they_were() -> None:
    files = folder("app", 300) + folder("tests", 700)
    before = cut(files)
    for gone in ("app/000.py", "app/150.py", "tests/350.py"):
        after = cut([path for path in files if path != gone])
        changed = {batch.paths for batch in after} - {batch.paths for batch in before}
        assert len(changed) <= 4
        assert len({batch.id for batch in before} & {batch.id for batch in after}) >= len(before) - 4


def test_ids_differ_from_plan_to_plan_and_phase_to_phase() -> None:
    files = folder("app", 40)
    ours = {batch.id for batch in cut_batches(plan("a"), phase(), files)}
    assert len(ours) == len(cut(files))
    assert not ours & {batch.id for batch in cut_batches(plan("b"), phase(), files)}
    assert not ours & {batch.id for batch in cut_batches(plan("a"), Phase(2, "Two"), files)}


paths = st.lists(st.sampled_from("abcd"), min_size=1, max_size=4).map("/".join)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.sets(paths.map(lambda path: f"{path}.py"), max_size=80), st.integers(1, 12))
def test_every_file_is_in_one_batch_and_no_batch_is_too_large_or_nearly_empty(
    files: set[str], most: int
) -> None:
    made = cut(files, most)
    assert sorted(path for batch in made for path in batch.paths) == sorted(files)
    assert all(len(batch.paths) <= most for batch in made)
    assert all(len(batch.paths) >= most // 2 for batch in made[:-1])
    assert [batch.number for batch in made] == list(range(1, len(made) + 1))


def test_twenty_thousand_files_are_cut_at_once() -> None:
    files = [f"pkg{number % 97}/sub{number % 13}/m{number}.py" for number in range(20_000)]
    assert 2_000 <= len(cut(files)) <= 4_000


def test_the_last_line_of_codeowners_that_matches_has_the_file() -> None:
    assert OWNERS.of("setup.py") == ("@org/everyone",)
    assert OWNERS.of("app/core.py") == ("@Org/App", "@maya")
    assert OWNERS.of("app/README.md") == ("@writers",)
    assert OWNERS.of("a folder/x.py") == ("@spaces",)
    assert OWNERS.of("q/deep/er/x.py") == ("@deep",)


def test_a_star_after_a_folder_has_its_own_files_and_not_those_below() -> None:
    assert OWNERS.of("docs/conf.py") == ("docs@example.com",)
    assert OWNERS.of("docs/api/conf.py") == ("@org/everyone",)


def test_a_line_without_owners_takes_the_files_out() -> None:
    assert OWNERS.of("app/vendored/six.py") == ()


def test_thousands_of_lines_are_looked_up_at_once() -> None:
    text = "".join(f"/app/part{number}/  @org/team{number}\n" for number in range(1_000))
    owners = read_owners(f"* @all\n{text}*.md @writers\n")
    found = {owners.of(f"app/part{number % 1_000}/x.py") for number in range(5_000)}
    assert len(found) == 1_000
    assert owners.of("/app".strip("/")) == ("@all",)
    assert owners.of("app/part7/README.md") == ("@writers",)


def test_a_split_phase_has_a_slice_for_each_owner() -> None:
    files = ["setup.py", "app/core.py", "app/web.py", "app/vendored/six.py"]
    made = files_by_slice(phase(split=True), files, OWNERS)
    assert [(one.key, one.title, paths) for one, paths in made.items()] == [
        ("maya-org-app-a5d796cb", "@Org/App @maya", ("app/core.py", "app/web.py")),
        ("no_owner", "files without an owner", ("app/vendored/six.py",)),
        ("org.everyone", "@org/everyone", ("setup.py",)),
    ]


def test_a_phase_that_is_not_split_or_has_no_codeowners_is_one_slice() -> None:
    files = ["setup.py", "app/core.py"]
    assert list(files_by_slice(phase(), files, OWNERS).values()) == [("app/core.py", "setup.py")]
    assert list(files_by_slice(phase(split=True), files, None).values()) == [("app/core.py", "setup.py")]


def test_owners_whose_names_look_alike_have_branches_of_their_own() -> None:
    alike = [
        ("@org/a",),
        ("@org-a",),
        ("org@a",),
        ("@org", "@a"),
        ("@org a",),
        ("@örg/a",),
        ("@no_owner",),
        (),
    ]
    assert len({slice_key(owners) for owners in alike}) == len(alike)


def test_a_slice_is_called_the_same_whoever_else_owns_something() -> None:
    alone = files_by_slice(phase(split=True), ["a.py"], read_owners("a.py @org/a\n"))
    beside = files_by_slice(phase(split=True), ["a.py", "b.py"], read_owners("a.py @Org/A\nb.py @org-a\n"))
    assert set(alone) < set(beside)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=30), max_size=4))
@example(["@org/lock"])
@example(["_"])
def test_whatever_owners_are_called_their_slice_can_name_a_branch(owners: list[str]) -> None:
    key = slice_key(owners)
    assert re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,80}", key)
    assert ".." not in key
    assert not key.endswith((".", ".lock"))


def test_no_batch_mixes_owners() -> None:
    files = folder("app", 3) + folder("lib", 3)
    made = cut_batches(plan(), phase(split=True), files, OWNERS)
    assert [batch.paths for batch in made] == [tuple(folder("app", 3)), tuple(folder("lib", 3))]


def test_no_two_batches_have_the_same_title() -> None:
    titles = [one.title for one in cut(folder("app", 25))]
    assert len(set(titles)) == len(titles) > 1
    assert titles[0] == f"app (1 of {len(titles)})"
