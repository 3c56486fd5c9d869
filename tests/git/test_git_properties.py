"""Commits and merges against a model: whatever the names and contents, git holds what was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.git.bare_folder import make
from bot.git.mirror import CommitTree
from bot.git.objects import EXECUTABLE, FILE, NewCommit, Person
from bot.git.repository import Repository

ANN = Person("Ann", "ann@example.org", datetime(2026, 1, 1, tzinfo=UTC))

names = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"])
    | st.sampled_from('\udc80\udcff\n"\\-:*'),
    min_size=1,
    max_size=8,
).filter(lambda name: name not in (".", "..") and not name.lower().startswith(".git"))
files = st.lists(names, min_size=1, max_size=3).map("/".join)
contents = st.binary(max_size=60) | st.sampled_from([b"a\nb\n", b"a\r\n", b"\0", b"data 5\nhello\n"])
changes = st.dictionaries(files, contents | st.none(), max_size=6)
series = st.lists(changes, min_size=1, max_size=4)

few = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    place = tmp_path_factory.mktemp("properties") / "r.git"
    make(place)
    with Repository(place) as one:
        yield one


def start(repository: Repository) -> str:
    empty = repository.git.run("hash-object", "-t", "tree", "-w", "--stdin").out.decode().strip()
    return repository.commit_tree(empty, [], "start", ANN)


def applied(model: dict[str, bytes], step: dict[str, bytes | None]) -> dict[str, bytes]:
    """What a tree holds afterwards: in git's order of paths, a file takes the place of a folder, and a folder a file's."""
    model = dict(model)
    for path in sorted(step, key=lambda path: path.encode("utf-8", "surrogateescape")):
        content = step[path]
        for other in list(model):
            if other.startswith(f"{path}/") or (content is not None and path.startswith(f"{other}/")):
                del model[other]
        if content is None:
            model.pop(path, None)
        else:
            model[path] = content
    return model


@few
@given(series)
def test_every_commit_holds_its_model(repository: Repository, series: list[dict[str, bytes | None]]) -> None:
    new = [NewCommit(f"step {number}", step, ANN) for number, step in enumerate(series)]
    model: dict[str, bytes] = {}
    for sha, step in zip(repository.commits(start(repository), new), series, strict=True):
        model = applied(model, step)
        tree = CommitTree(repository, sha)
        assert {entry.path: content for entry, content in tree.read(tree.entries())} == model
        assert all(repository.blob(sha, path) == content for path, content in model.items())


@few
@given(changes, changes)
def test_the_difference_leads_from_one_tree_to_the_other(
    repository: Repository, one: dict[str, bytes | None], other: dict[str, bytes | None]
) -> None:
    base = start(repository)
    (old,) = repository.commits(base, [NewCommit("old", one, ANN)])
    (new,) = repository.commits(base, [NewCommit("new", other, ANN)])
    step: dict[str, bytes | None] = {}
    for change in repository.diff(old, new):
        step[change.path] = None if change.status == "D" else repository.blob(new, change.path)
    # What goes, goes first: a folder may take a deleted file's place.
    gone = {path: content for path, content in step.items() if content is None}
    came = {path: content for path, content in step.items() if content is not None}
    made = repository.commits(old, [NewCommit("gone", gone, ANN), NewCommit("came", came, ANN)])[-1]
    assert repository.tree_of(made) == repository.tree_of(new)


side = st.fixed_dictionaries(
    dict.fromkeys(["f", "g", "d/h"], st.sampled_from([b"1\n", b"2\n", b"3\n", b"\0"]))
)


@few
@given(side, side, side)
def test_a_merge_takes_each_file_from_the_side_that_changed_it(
    repository: Repository, base: dict[str, bytes], ours: dict[str, bytes], theirs: dict[str, bytes]
) -> None:
    (root,) = repository.commits(start(repository), [NewCommit("base", dict(base), ANN)])
    left, right = (repository.commits(root, [NewCommit("side", dict(one), ANN)])[0] for one in (ours, theirs))
    merged = repository.merge_tree(root, left, right)
    for path in base:
        changed = {one[path] for one in (ours, theirs)} - {base[path]}
        assert (path in merged.conflicts) == (len(changed) == 2)
        if len(changed) < 2:
            assert repository.blob(merged.tree, path) == next(iter(changed), base[path])


@few
@given(files, st.binary(max_size=20), st.booleans())
def test_a_revert_and_its_revert_give_the_same_tree(
    repository: Repository, path: str, content: bytes, executable: bool
) -> None:
    mode = EXECUTABLE if executable else FILE
    base = repository.commits(
        start(repository), [NewCommit("one", {path: b"first"}, ANN, modes={path: mode})]
    )[0]
    (phase,) = repository.commits(base, [NewCommit("phase", {path: content}, ANN)])
    reverted = repository.merge_tree(phase, phase, base)
    assert (reverted.tree, reverted.conflicts) == (repository.tree_of(base), ())
    again = repository.merge_tree(base, base, phase)
    assert again.tree == repository.tree_of(phase)
    assert [entry.mode for entry in repository.entries(again.tree)] == [mode]
