"""git through plumbing alone, on real repositories."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from bot.git.bare_folder import make
from bot.git.objects import EXECUTABLE, SYMLINK, Blob, Commit, NewCommit, Person
from bot.git.process import GitFailed, GitStopped, GitTimeout, UnknownRevision, git_version
from bot.git.repository import Repository
from bot.markers.trailers import commit_trailers

ANN = Person("Ann Lee", "ann@example.org", datetime(2026, 5, 4, 12, 30, tzinfo=timezone(timedelta(hours=2))))
ODD = [
    "with space.py",
    "ünï/cödé.py",
    'quo"te.py',
    "back\\slash.py",
    "new\nline.py",
    "tab\t.py",
    "-dash.py",
    "--end-of-options",
    ":(glob)magic.py",
    "star*.py",
    "not\udcffutf8.py",
    " lead",
    "trail ",
]


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    make(tmp_path / "r.git")
    return Repository(tmp_path / "r.git")


def root(repository: Repository, files: dict[str, bytes], modes: dict[str, str] | None = None) -> str:
    empty = repository.git.run("hash-object", "-t", "tree", "-w", "--stdin").out.decode().strip()
    base = repository.commit_tree(empty, [], "the start\n", ANN)
    return repository.commits(base, [NewCommit("files\n", files, ANN, modes=modes or {})])[0]


def paths(repository: Repository, revision: str) -> list[str]:
    return [entry.path for entry in repository.entries(revision)]


def content(repository: Repository, revision: str) -> dict[str, bytes | None]:
    return {path: repository.blob(revision, path) for path in paths(repository, revision)}


def test_the_same_commits_come_out_of_the_same_input(repository: Repository, tmp_path: Path) -> None:
    new = [NewCommit("one", {"a.py": b"a", "d/b.py": b"b"}, ANN), NewCommit("two", {"a.py": None}, ANN)]
    make(tmp_path / "other.git")
    first, second = repository, Repository(tmp_path / "other.git")
    assert first.commits(root(first, {"x": b""}), new) == second.commits(root(second, {"x": b""}), new)


def test_a_series_of_commits_holds_what_each_changed(repository: Repository) -> None:
    base = root(repository, {"a": b"1", "b": b"2"})
    one, two = repository.commits(
        base, [NewCommit("one", {"a": b"one"}, ANN), NewCommit("two", {"b": None, "c": b"three"}, ANN)]
    )
    assert content(repository, one) == {"a": b"one", "b": b"2"}
    assert content(repository, two) == {"a": b"one", "c": b"three"}
    assert repository.commit(two).parents == (one,)


def test_commits_leave_no_ref_and_a_sound_repository(repository: Repository) -> None:
    base = root(repository, {"a": b"1"})
    repository.commits(base, [NewCommit("one", {"a": b"x"}, ANN)])
    assert repository.refs() == {}
    assert repository.fsck() == []


def test_a_commit_of_nothing_has_its_parents_tree(repository: Repository) -> None:
    base = root(repository, {"a": b"1"})
    (empty,) = repository.commits(base, [NewCommit("nothing", {}, ANN)])
    assert repository.tree_of(empty) == repository.tree_of(base)
    assert repository.commits(base, []) == []


def test_odd_names_survive_the_round_trip(repository: Repository) -> None:
    files = {path: f"Old {number}".encode() for number, path in enumerate(ODD)}
    head = root(repository, files)
    assert content(repository, head) == files
    assert repository.grep(head, [b"Old"]) == set(ODD)
    assert {change.path for change in repository.diff(f"{head}~1", head)} == set(ODD)
    assert {entry.path for entry in repository.entries(head, ODD)} == set(ODD)
    (gone,) = repository.commits(head, [NewCommit("away", dict.fromkeys(ODD), ANN)])
    assert paths(repository, gone) == []
    assert repository.fsck() == []


@pytest.mark.parametrize("path", ["", "/abs", "a//b", "a/../b", ".git/config", "a/.GIT/x", "nul\0", "a/"])
def test_a_path_that_no_tree_may_hold_is_refused(repository: Repository, path: str) -> None:
    base = root(repository, {"a": b""})
    with pytest.raises(ValueError, match="not a path"):
        repository.commits(base, [NewCommit("x", {path: b""}, ANN)])


def test_modes_are_kept_unless_named(repository: Repository) -> None:
    base = root(repository, {"run": b"#!", "link": b"run"}, {"run": EXECUTABLE, "link": SYMLINK})
    (head,) = repository.commits(
        base, [NewCommit("x", {"run": b"#!!", "new": b""}, ANN, modes={"new": EXECUTABLE})]
    )
    modes = {entry.path: entry.mode for entry in repository.entries(head)}
    assert modes == {"run": EXECUTABLE, "link": SYMLINK, "new": EXECUTABLE}


def test_a_submodule_stays_and_is_never_written_into(repository: Repository) -> None:
    base = root(repository, {"a": b""})
    with_module = NewCommit("m", {"vendor": Blob("1" * 40)}, ANN, modes={"vendor": "160000"})
    (head,) = repository.commits(base, [with_module])
    (later,) = repository.commits(head, [NewCommit("x", {"a": b"1"}, ANN)])
    assert {entry.path: entry.mode for entry in repository.entries(later)}["vendor"] == "160000"
    assert repository.blob(later, "vendor") is None
    with pytest.raises(ValueError, match="submodule"):
        repository.commits(head, [NewCommit("x", {"vendor": b"1"}, ANN)])


def test_thousands_of_files_in_one_commit(repository: Repository) -> None:
    files = {f"pkg{number % 50}/mod_{number}.py": b"x = %d\n" % number for number in range(5000)}
    head = root(repository, files)
    assert len(paths(repository, head)) == 5000
    assert repository.diff_stat(f"{head}~1", head) == type(repository.diff_stat(head, head))(5000, 5000, 0)


def test_a_commit_is_read_as_it_was_written(repository: Repository) -> None:
    message = "Move three files\n\nWhy: ünï.\n\nDrover-Migration: 7\nDrover-Batch: 2\n"
    base = root(repository, {"a": b""})
    (sha,) = repository.commits(base, [NewCommit(message, {"a": b"1"}, ANN)])
    commit = repository.commit(sha)
    assert (commit.subject, commit.message) == ("Move three files", message)
    assert commit_trailers(commit.message).migrations == {"7"}
    assert commit.author == commit.committer == ANN
    assert commit.parents == (base,)


def test_a_name_cannot_break_out_of_its_line(repository: Repository) -> None:
    evil = Person("Eve <root@x> 1 +0000\nparent 123", "e<v>e\n@x", ANN.date)
    (sha,) = repository.commits(root(repository, {"a": b""}), [NewCommit("x", {}, evil)])
    assert repository.commit(sha).author == Person("Eve root@x 1 +0000parent 123", "eve@x", ANN.date)
    assert repository.fsck() == []


def test_resolve_knows_branches_tags_and_shas_and_nothing_else(repository: Repository) -> None:
    head = root(repository, {"a": b""})
    repository.update_ref("refs/heads/main", head)
    assert (
        repository.resolve("main")
        == repository.resolve(head[:12])
        == repository.resolve("refs/heads/main")
        == head
    )
    for other in ("nope", "", "-h", "--all", "main\nmain", "main:a", "0" * 40, "main..main"):
        assert repository.resolve(other) is None


def test_a_missing_object_is_reported(repository: Repository) -> None:
    for asked in (repository.commit, repository.entries, repository.tree_of):
        with pytest.raises(UnknownRevision):
            asked("nope")
    head = root(repository, {"d/a": b""})
    assert repository.blob(head, "d/b") is repository.blob(head, "d") is repository.blob(head, "") is None


def test_grep_takes_words_byte_for_byte(repository: Repository) -> None:
    files = {
        "a.py": b"x = m.Old(",
        "b.md": b"mXOld(",
        "c.bin": b"\0\xff m.Old(\n",
        "d.py": "ünï".encode("latin-1"),
    }
    head = root(repository, files)
    assert repository.grep(head, [b"m.Old("]) == {"a.py", "c.bin"}
    assert repository.grep(head, [b"m.Old("], ["*.py"]) == {"a.py"}
    assert repository.grep(head, ["ünï".encode("latin-1"), b"mXOld"]) == {"b.md", "d.py"}
    assert repository.grep(head, []) == repository.grep(head, [b"nowhere"]) == set()


def test_grep_takes_thousands_of_words(repository: Repository) -> None:
    head = root(repository, {f"f{number}": b"word_%d\n" % number for number in range(20)})
    words = [b"word_%d\n".strip() % number for number in range(10, 3000)]
    assert repository.grep(head, words) == {f"f{number}" for number in range(10, 20)}


@pytest.mark.parametrize("word", [b"", b"a\nb", b"a\0b"])
def test_grep_refuses_words_that_would_find_something_else(repository: Repository, word: bytes) -> None:
    with pytest.raises(ValueError, match="word"):
        repository.grep(root(repository, {"a": b"a"}), [word])


def test_reading_streams_in_the_order_asked_for(repository: Repository) -> None:
    files = {f"f{number}": os.urandom(number * 37) for number in range(300)} | {"big": b"x" * 5_000_000}
    entries = repository.entries(root(repository, files))[::-1]
    read = list(repository.read(entry.blob for entry in entries))
    assert [blob for blob, _ in read] == [entry.blob for entry in entries]
    assert [content for _, content in read] == [files[entry.path] for entry in entries]


def test_reading_may_stop_half_way(repository: Repository) -> None:
    entries = repository.entries(root(repository, {f"f{number}": b"x" * 100_000 for number in range(50)}))
    reading = repository.read(entry.blob for entry in entries * 20)
    next(reading)
    reading.close()  # type: ignore[attr-defined]
    assert repository.blob("0" * 40, "f1") is None if repository.has("0" * 40) else True
    assert not repository.git._running - {repository._answers._process}


def test_reading_what_is_missing_fails(repository: Repository) -> None:
    with pytest.raises(GitFailed, match="not in this repository"):
        list(repository.read(["1" * 40]))


def test_diff_tells_added_deleted_modified_retyped_and_renamed(repository: Repository) -> None:
    body = b"".join(b"line %d\n" % number for number in range(40))
    old = root(repository, {"mod": b"1\n", "gone": b"2\n", "kind": b"mod", "from.py": body})
    change = NewCommit(
        "x", {"mod": b"11\n", "gone": None, "kind": b"to", "new": b"3\n", "from.py": None, "to.py": body}, ANN,
        modes={"kind": SYMLINK},
    )  # fmt: skip
    (new,) = repository.commits(old, [change])
    plain = {change.path: change.status for change in repository.diff(old, new)}
    assert plain == {"mod": "M", "gone": "D", "kind": "T", "new": "A", "from.py": "D", "to.py": "A"}
    (renamed,) = [change for change in repository.diff(old, new, renames=True) if change.status == "R"]
    assert (renamed.old_path, renamed.new_path) == ("from.py", "to.py")
    assert [change.path for change in repository.diff(old, new, paths=["mod", "nope"])] == ["mod"]
    assert repository.diff(new, new) == []


def test_a_diff_against_nothing_shows_everything(repository: Repository) -> None:
    from bot.git.objects import EMPTY_TREE

    head = root(repository, {"a": b"1\n2\n", "b": b"\0bin"})
    assert {change.status for change in repository.diff(EMPTY_TREE, head)} == {"A"}
    stat = repository.diff_stat(EMPTY_TREE, head)
    assert (stat.files, stat.added, stat.removed) == (2, 2, 0)


def test_a_patch_is_text_that_git_applies(repository: Repository) -> None:
    old = root(repository, {"a b.py": b"1\n2\n3\n", "other": b"x\n"})
    (new,) = repository.commits(old, [NewCommit("x", {"a b.py": b"1\ntwo\n3\n", "other": b"y\n"}, ANN)])
    patch = repository.patch(old, new, ["a b.py"])
    assert "+two\n" in patch
    assert "other" not in patch
    assert repository.patch(old, old) == ""


def test_the_log_goes_from_new_to_old_within_its_range(repository: Repository) -> None:
    base = root(repository, {"a": b""})
    shas = repository.commits(base, [NewCommit(f"c{n}\n", {f"f{n % 2}": b"%d" % n}, ANN) for n in range(6)])
    subjects = [commit.subject for commit in repository.log(f"{base}..{shas[-1]}")]
    assert subjects == ["c5", "c4", "c3", "c2", "c1", "c0"]
    assert [c.subject for c in repository.log(f"{base}..{shas[-1]}", ["f1"], limit=2)] == ["c5", "c3"]
    assert all(isinstance(commit, Commit) for commit in repository.log(base))


def test_ancestors_and_merge_bases(repository: Repository) -> None:
    base = root(repository, {"a": b""})
    (left,) = repository.commits(base, [NewCommit("l", {"l": b""}, ANN)])
    (right,) = repository.commits(base, [NewCommit("r", {"r": b""}, ANN)])
    alone = repository.commit_tree(base, [], "alone", ANN)
    assert repository.merge_base(left, right) == base
    assert repository.merge_base(left, alone) is None
    assert repository.is_ancestor(base, left)
    assert not repository.is_ancestor(left, right)


def test_merge_tree_keeps_both_sides(repository: Repository) -> None:
    text = b"".join(b"%d\n" % number for number in range(30))
    base = root(repository, {"a": text, "b": b"b\n"})
    (ours,) = repository.commits(base, [NewCommit("o", {"a": text.replace(b"\n2\n", b"\ntwo\n")}, ANN)])
    (theirs,) = repository.commits(
        base, [NewCommit("t", {"a": text.replace(b"\n25\n", b"\nxxv\n"), "b": None}, ANN)]
    )
    merged = repository.merge_tree(base, ours, theirs)
    assert merged.conflicts == ()
    assert repository.blob(merged.tree, "a") == text.replace(b"\n2\n", b"\ntwo\n").replace(
        b"\n25\n", b"\nxxv\n"
    )
    assert paths(repository, merged.tree) == ["a"]


def test_merge_tree_takes_a_base_that_is_nobodys_ancestor(repository: Repository) -> None:
    """A revert: from the phase's tree to the tree before it, brought into today's."""
    before = root(repository, {"a": b"Old\n1\n2\n3\n4\n5\n"})
    (phase,) = repository.commits(before, [NewCommit("p", {"a": b"New\n1\n2\n3\n4\n5\n"}, ANN)])
    (today,) = repository.commits(phase, [NewCommit("later", {"a": b"New\n1\n2\n3\n4\nfive\n"}, ANN)])
    merged = repository.merge_tree(base=phase, ours=today, theirs=before)
    assert repository.blob(merged.tree, "a") == b"Old\n1\n2\n3\n4\nfive\n"


def test_merge_tree_names_the_files_in_conflict(repository: Repository) -> None:
    odd = "new\nline ünï.py"
    base = root(repository, {odd: b"1\n", "gone": b"1\n", "ok": b"1\n"})
    (ours,) = repository.commits(base, [NewCommit("o", {odd: b"2\n", "gone": b"2\n", "ok": b"2\n"}, ANN)])
    (theirs,) = repository.commits(base, [NewCommit("t", {odd: b"3\n", "gone": None}, ANN)])
    merged = repository.merge_tree(base, ours, theirs)
    assert merged.conflicts == ("gone", odd)
    assert b"<<<<<<<" in (repository.blob(merged.tree, odd) or b"")
    assert repository.refs() == {}


def test_merge_tree_of_a_file_against_a_folder_is_a_conflict(repository: Repository) -> None:
    base = root(repository, {"x": b""})
    (ours,) = repository.commits(base, [NewCommit("o", {"d": b"file"}, ANN)])
    (theirs,) = repository.commits(base, [NewCommit("t", {"d/in": b"folder"}, ANN)])
    assert repository.merge_tree(base, ours, theirs).conflicts


def test_a_ref_moves_only_from_its_expected_commit(repository: Repository) -> None:
    one = root(repository, {"a": b"1"})
    (two,) = repository.commits(one, [NewCommit("x", {"a": b"2"}, ANN)])
    ref = "refs/heads/drover/7/phase-1"
    assert repository.update_ref(ref, one)
    assert not repository.update_ref(ref, two)
    assert not repository.update_ref(ref, two, old=two)
    assert repository.update_ref(ref, two, old=one)
    assert repository.refs("refs/heads/drover") == {ref: two}
    assert not repository.delete_ref(ref, one)
    assert repository.delete_ref(ref, two)
    assert repository.refs() == {}


def test_a_ref_below_another_is_an_error_not_a_lost_race(repository: Repository) -> None:
    head = root(repository, {"a": b""})
    repository.update_ref("refs/heads/a", head)
    with pytest.raises(GitFailed):
        repository.update_ref("refs/heads/a/b", head)


@pytest.mark.parametrize(
    "ref", ["main", "refs/heads/", "refs/heads/-x", "refs/heads/a b", "refs/../x", "refs/x.lock"]
)
def test_a_name_that_is_no_full_ref_is_refused(repository: Repository, ref: str) -> None:
    with pytest.raises(ValueError, match="full name of a ref"):
        repository.update_ref(ref, root(repository, {"a": b""}))


def test_an_export_stays_in_its_folder_where_a_tree_names_a_link_and_a_folder_alike(
    repository: Repository, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    link, file = blob(repository, bytes(outside)), blob(repository, b"x = 1\n")
    inner = written_tree(repository, [("100644", "x.py", file)])
    tree = written_tree(repository, [("120000", "d", link), ("40000", "d", inner)])
    with pytest.raises(ValueError, match="'d'"):
        repository.export(tree, tmp_path / "out")
    assert [*outside.iterdir()] == []


def test_an_export_writes_through_no_link_where_names_are_one_only_to_the_file_system(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `D` and `d` on macOS: here they are spelled alike, and the comparison of names is left out."""
    monkeypatch.setattr("bot.git.repository._check_layout", lambda paths: None)
    outside = tmp_path / "outside"
    outside.mkdir()
    link, file = blob(repository, bytes(outside)), blob(repository, b"x = 1\n")
    inner = written_tree(repository, [("100644", "x.py", file), ("120000", "y", link)])
    tree = written_tree(repository, [("120000", "d", link), ("40000", "d", inner)])
    with pytest.raises(FileExistsError):
        repository.export(tree, tmp_path / "out")
    assert [*outside.iterdir()] == []


@pytest.mark.parametrize(
    "name", [".git", ".GiT", ".git.", ".git ", "GIT~1", ".g\u200cit", ".git::$INDEX_ALLOCATION"]
)
def test_no_export_has_a_git_folder_however_it_is_spelled(
    repository: Repository, tmp_path: Path, name: str
) -> None:
    hook = written_tree(repository, [("100755", "post-checkout", blob(repository, b"#!/bin/sh\n"))])
    tree = written_tree(repository, [("40000", name, hook)])
    with pytest.raises(ValueError, match="not a path"):
        repository.export(tree, tmp_path / "out")


def blob(repository: Repository, content: bytes) -> str:
    return repository.git.run("hash-object", "-w", "--stdin", input=content).out.decode().strip()


def written_tree(repository: Repository, entries: Sequence[tuple[str, str, str]]) -> str:
    """As nobody's git would write it."""
    raw = b"".join(f"{mode} {name}".encode() + b"\0" + bytes.fromhex(sha) for mode, name, sha in entries)
    arguments = ("hash-object", "-w", "--literally", "-t", "tree", "--stdin")
    return repository.git.run(*arguments, input=raw).out.decode().strip()


def test_an_export_is_the_files_of_the_commit(repository: Repository, tmp_path: Path) -> None:
    files = {"run": b"#!", "d/e/a b.py": b"x", "link": b"d/e"}
    head = root(repository, files, {"run": EXECUTABLE, "link": SYMLINK})
    repository.export(head, tmp_path / "out")
    out = tmp_path / "out"
    assert (out / "d/e/a b.py").read_bytes() == b"x"
    assert os.access(out / "run", os.X_OK)
    assert not os.access(out / "d/e/a b.py", os.X_OK)
    assert os.readlink(out / "link") == "d/e"


def test_no_settings_or_hooks_of_the_user_are_used(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = repository.git_dir / "hooks"
    hooks.mkdir()
    (hooks / "reference-transaction").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (hooks / "reference-transaction").chmod(0o755)
    (tmp_path / ".gitconfig").write_text("[grep]\n\tpatternType = perl\n[core]\n\tabbrev = 4\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    head = root(repository, {"a": b"a.b"})
    repository.update_ref("refs/heads/main", head)
    assert repository.grep("main", [b"a.b"]) == {"a"}
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "trace").exists()


def test_a_checkout_is_found_from_within_and_left_alone(tmp_path: Path) -> None:
    work = tmp_path / "work"
    for command in (
        ["init", "-q", "-b", "main", str(work)],
        ["-C", str(work), "commit", "-q", "--allow-empty", "-m", "x"],
    ):
        identity = {
            "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@b",
            "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@b",
        }
        subprocess.run(["git", *command], check=True, env={"PATH": os.environ["PATH"], **identity})
    (work / "sub").mkdir()
    (work / "dirty.py").write_text("x")
    index = (work / ".git" / "index").read_bytes()
    found = Repository.at(work / "sub")
    assert found is not None
    head = found.resolve("HEAD")
    assert head
    found.commits(head, [NewCommit("x", {"dirty.py": b"y"}, ANN)])
    assert (work / "dirty.py").read_text() == "x"
    assert found.resolve("HEAD") == head
    assert (work / ".git" / "index").read_bytes() == index


def test_a_linked_work_tree_is_a_repository_too(tmp_path: Path) -> None:
    work, linked = tmp_path / "work", tmp_path / "linked"
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null"}
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", "init", "-q", str(work)], check=True, env=environment)
    subprocess.run(
        ["git", "-C", str(work), *identity, "commit", "-q", "--allow-empty", "-m", "x"],
        check=True,
        env=environment,
    )
    subprocess.run(
        ["git", "-C", str(work), "worktree", "add", "-q", str(linked)], check=True, env=environment
    )
    found = Repository.at(linked)
    assert found is not None
    assert found.resolve("HEAD")


def test_outside_any_repository_there_is_none(tmp_path: Path) -> None:
    assert Repository.at(tmp_path) is None


def test_git_is_killed_with_its_children_after_its_time(repository: Repository) -> None:
    endless = "alias.endless=!sh -c 'sleep 600 & echo $! > pid; wait'"
    with pytest.raises(GitTimeout):
        repository.git.run("-c", endless, "endless", timeout=0.3)
    assert not repository.git._running


def test_stop_ends_what_runs_in_another_thread(repository: Repository) -> None:
    import threading

    ended: list[type[BaseException]] = []

    def wait() -> None:
        try:
            repository.git.run("cat-file", "--batch", timeout=60, input=b"")
            with repository.git.start("cat-file", "--batch") as process:
                started.set()
                process.wait(60)
            repository.git.run("version")
        except BaseException as end:
            ended.append(type(end))

    started = threading.Event()
    thread = threading.Thread(target=wait)
    thread.start()
    started.wait(30)
    repository.stop()
    thread.join(30)
    assert ended == [GitStopped]


def test_a_killed_reader_is_restarted(repository: Repository) -> None:
    head = root(repository, {"a": b"1"})
    assert repository.resolve(head)
    process = repository._answers._process
    assert process is not None
    process.kill()
    process.wait()
    assert repository.blob(head, "a") == b"1"


def test_the_oldest_supported_version_is_accepted() -> None:
    assert git_version() >= (2, 38)


def test_dates_before_and_beyond_are_read(repository: Repository) -> None:
    tree = repository.tree_of(root(repository, {"a": b""}))
    raw = (
        b"tree %s\nauthor A <a@b> 99999999999999 +0000\ncommitter <> -5 -0830\nencoding latin-1\n\n\xfc"
        % tree.encode()
    )
    sha = (
        repository.git.run("hash-object", "-t", "commit", "-w", "--stdin", "--literally", input=raw)
        .out.decode()
        .strip()
    )
    commit = repository.commit(sha)
    assert commit.message == "ü"
    assert commit.author.date == datetime.fromtimestamp(0, UTC)
    assert commit.committer.date.timestamp() == -5


def _clone(tmp_path: Path, *options: str) -> Repository:
    from tests.git_server import Upstream, git

    upstream = Upstream(tmp_path)
    upstream.commit({"a.py": "one"})
    upstream.commit({"a.py": "two"})
    git(tmp_path, "clone", "-q", "--bare", *options, upstream.file_url, str(tmp_path / "clone.git"))
    upstream.bare.rename(tmp_path / "gone.git")
    return Repository(tmp_path / "clone.git", protocols="file")


def test_a_partial_clone_says_that_it_is_one(tmp_path: Path) -> None:
    repository = _clone(tmp_path, "--filter=blob:none")
    (entry,) = repository.entries("main")
    assert repository.partial
    assert repository.resolve("1" * 40) is None, "its server can't be asked, which is no damage"
    with pytest.raises(GitFailed, match="partial clone"):
        list(repository.read([entry.blob]))


def test_a_shallow_clone_is_worked_on_like_any_other(tmp_path: Path) -> None:
    repository = _clone(tmp_path, "--depth=1")
    head = repository.resolve("main")
    assert head
    assert repository.shallow
    (new,) = repository.commits(head, [NewCommit("x", {"b.py": b"b"}, ANN)])
    assert content(repository, new) == {"a.py": b"two", "b.py": b"b"}
    assert [commit.sha for commit in repository.log(new)] == [new, head]
    assert repository.fsck() == []


def test_a_revert_follows_a_file_that_was_renamed_since(repository: Repository) -> None:
    body = b"".join(b"line %d\n" % number for number in range(30))
    before = root(repository, {"a.py": b"import Old\n" + body, "keep.py": b""})
    (phase,) = repository.commits(before, [NewCommit("p", {"a.py": b"import New\n" + body}, ANN)])
    moved = {"a.py": None, "sub/b.py": b"import New\n" + body + b"later\n"}
    (today,) = repository.commits(phase, [NewCommit("moved", moved, ANN)])
    merged = repository.merge_tree(base=phase, ours=today, theirs=before)
    assert merged.conflicts == ()
    assert content(repository, merged.tree) == {
        "keep.py": b"",
        "sub/b.py": b"import Old\n" + body + b"later\n",
    }


def test_a_revert_restores_a_removed_module(repository: Repository) -> None:
    before = root(repository, {"old.py": b"class Old: ...\n", "a.py": b"1\n"})
    (phase,) = repository.commits(before, [NewCommit("p", {"old.py": None}, ANN)])
    (today,) = repository.commits(phase, [NewCommit("later", {"a.py": b"2\n"}, ANN)])
    merged = repository.merge_tree(base=phase, ours=today, theirs=before)
    assert merged.conflicts == ()
    assert content(repository, merged.tree) == {"a.py": b"2\n", "old.py": b"class Old: ...\n"}


def test_two_threads_ask_one_repository(repository: Repository) -> None:
    from concurrent.futures import ThreadPoolExecutor

    files = {f"f{number}": b"%d" % number * number for number in range(200)}
    head = root(repository, files)
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda path: repository.blob(head, path), files))
    assert read == list(files.values())
