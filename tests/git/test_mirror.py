"""Mirrors of real repositories, over real git servers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.git import bare_folder
from bot.git.mirror import CommitTree, Mirror, Mirrors
from bot.git.objects import SYMLINK, Blob, NewCommit, Person
from bot.git.process import GitFailed, GitStopped, UnknownRevision
from bot.git.remote import AcceptedPush, RejectedPush, Remote, RemoteFailed
from bot.git.repository import Repository
from tests.git_server import Upstream, git, served

ANN = Person("Ann", "ann@example.org", datetime(2026, 1, 2, tzinfo=UTC))
BIG = 1 << 40


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    return Upstream(tmp_path)


@pytest.fixture
def mirrors(tmp_path: Path) -> Mirrors:
    return Mirrors(tmp_path / "data", BIG)


def grown(upstream: Upstream, commits: int) -> list[str]:
    return [upstream.commit({"a.txt": f"{number}\n"}, message=f"c{number}") for number in range(commits)]


def test_the_first_fetch_is_shallow_and_the_next_adds_newer_commits(
    upstream: Upstream, mirrors: Mirrors
) -> None:
    shas = grown(upstream, 5)
    with mirrors.open(1, upstream.file_url) as mirror:
        assert mirror.fetch_branch("main") == shas[-1]
        assert [commit.sha for commit in mirror.log("main")] == shas[-1:]
        later = grown(upstream, 3)
        mirror.fetch_branch("main")
        assert [commit.sha for commit in mirror.log("main")] == [*later[::-1], shas[-1]]


def test_a_force_pushed_branch_is_followed(upstream: Upstream, mirrors: Mirrors) -> None:
    shas = grown(upstream, 3)
    with mirrors.open(1, upstream.file_url) as mirror:
        mirror.fetch_branch("main")
        git(upstream.work, "reset", "-q", "--hard", shas[0])
        other = upstream.commit({"b.txt": "other"})
        assert mirror.fetch_branch("main") == other
        assert mirror.resolve("main") == other


def test_a_branch_below_the_name_of_a_deleted_one_is_fetched(upstream: Upstream, mirrors: Mirrors) -> None:
    upstream.commit({"a": "1"}, branch="topic")
    with mirrors.open(1, upstream.file_url) as mirror:
        mirror.fetch_branch("topic")
        git(upstream.bare, "update-ref", "-d", "refs/heads/topic")
        below = upstream.commit({"a": "2"}, branch="topic/part")
        assert mirror.fetch_branch("topic/part") == below
        git(upstream.bare, "update-ref", "-d", "refs/heads/topic/part")
        above = upstream.commit({"a": "3"}, branch="topic")
        assert mirror.fetch_branch("topic") == above


def test_a_shallow_mirror_commits_pushes_and_diffs(upstream: Upstream, mirrors: Mirrors) -> None:
    grown(upstream, 5)
    with mirrors.open(1, upstream.file_url) as mirror:
        base = mirror.fetch_branch("main")
        (new,) = mirror.commits(base, [NewCommit("x", {"b.txt": b"b\n"}, ANN)])
        assert mirror.diff_stat(base, new).added == 1
        pushed = mirror.remote.push([f"{new}:refs/drover/7/phase-1"])
        assert pushed == AcceptedPush(("refs/drover/7/phase-1",))
    assert upstream.tip("refs/drover/7/phase-1") == new
    assert git(upstream.bare, "fsck") == ""


def test_a_push_that_would_lose_work_is_rejected(upstream: Upstream, mirrors: Mirrors) -> None:
    base = grown(upstream, 2)[0]
    with mirrors.open(1, upstream.file_url) as mirror:
        mirror.remote.ensure(base)
        (mine,) = mirror.commits(base, [NewCommit("x", {"b.txt": b"b"}, ANN)])
        rejected = mirror.remote.push([f"{mine}:refs/heads/main"])
        assert isinstance(rejected, RejectedPush)
        assert (rejected.kind, rejected.ref) == ("stale", "refs/heads/main")


def test_a_lease_moves_a_branch_only_from_its_expected_commit(upstream: Upstream, mirrors: Mirrors) -> None:
    one, two, three = grown(upstream, 3)
    ref = "refs/heads/drover/7/phase-1"
    with mirrors.open(1, upstream.file_url) as mirror:
        mirror.remote.ensure(one, two, three)
        assert isinstance(mirror.remote.push([f"{three}:{ref}"], {ref: None}), AcceptedPush)
        assert isinstance(mirror.remote.push([f"{one}:{ref}"], {ref: None}), RejectedPush)
        assert isinstance(mirror.remote.push([f"{one}:{ref}"], {ref: two}), RejectedPush)
        assert isinstance(mirror.remote.push([f"+{one}:{ref}"], {ref: two}), RejectedPush)
        assert isinstance(mirror.remote.push([f"{one}:{ref}"], {ref: three}), AcceptedPush)
        assert isinstance(mirror.remote.push([f":{ref}"], {ref: three}), RejectedPush)
        assert isinstance(mirror.remote.push([f":{ref}"], {ref: one}), AcceptedPush)
    assert upstream.tip(ref) is None


def test_of_several_refs_all_are_pushed_or_none(upstream: Upstream, mirrors: Mirrors) -> None:
    one, two = grown(upstream, 2)
    with mirrors.open(1, upstream.file_url) as mirror:
        mirror.remote.ensure(one)
        rejected = mirror.remote.push([f"{one}:refs/heads/new", f"{one}:refs/heads/main"])
        assert isinstance(rejected, RejectedPush)
        assert rejected.ref == "refs/heads/main"
    assert upstream.tip("refs/heads/new") is None
    assert upstream.tip("refs/heads/main") == two


def test_a_server_that_declines_says_why(upstream: Upstream, mirrors: Mirrors) -> None:
    (one,) = grown(upstream, 1)
    hook = upstream.bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'GH006: Protected branch update failed' >&2\nexit 1\n")
    hook.chmod(0o755)
    with mirrors.open(1, upstream.file_url) as mirror:
        mirror.remote.ensure(one)
        rejected = mirror.remote.push([f"{one}:refs/heads/other"])
    assert isinstance(rejected, RejectedPush)
    assert rejected.kind == "declined"
    assert "GH006" in rejected.reason


def test_what_the_server_has_is_listed(upstream: Upstream, mirrors: Mirrors) -> None:
    (one,) = grown(upstream, 1)
    with mirrors.open(1, upstream.file_url) as mirror:
        assert mirror.remote.ls_remote() == {"HEAD": one, "refs/heads/main": one}
        assert mirror.remote.ls_remote("refs/heads/x*") == {}
        assert mirror.remote.default_branch() == "refs/heads/main"


def test_a_single_commit_is_fetched_when_needed(upstream: Upstream, mirrors: Mirrors) -> None:
    shas = grown(upstream, 6)
    with mirrors.open(1, upstream.file_url) as mirror:
        mirror.fetch_branch("main")
        assert not mirror.has(shas[1])
        mirror.remote.ensure(shas[1], shas[2], shas[1])
        assert mirror.blob(shas[1], "a.txt") == b"1\n"
        assert not mirror.has(shas[0])


def test_the_search_for_a_merge_base_fetches_no_more_than_needed(
    upstream: Upstream, mirrors: Mirrors
) -> None:
    main = grown(upstream, 3)
    upstream.commit({"b.txt": ""}, branch="topic")
    topic = git(upstream.work, "rev-parse", "HEAD")
    git(upstream.work, "reset", "-q", "--hard", main[-1])
    tip = grown(upstream, 20)[-1]
    with mirrors.open(1, upstream.file_url) as mirror:
        mirror.fetch_branch("main")
        assert mirror.remote.merge_base(tip, topic) == main[-1]


def test_without_a_merge_base_the_whole_history_is_fetched(upstream: Upstream, mirrors: Mirrors) -> None:
    tip = grown(upstream, 2)[-1]
    git(upstream.work, "checkout", "-q", "--orphan", "alone")
    alone = upstream.commit({"z": ""}, branch="alone")
    with mirrors.open(1, upstream.file_url) as mirror:
        assert mirror.remote.merge_base(tip, alone) is None


def test_a_missing_branch_is_not_a_missing_server(upstream: Upstream, mirrors: Mirrors) -> None:
    grown(upstream, 1)
    with mirrors.open(1, upstream.file_url) as mirror, pytest.raises(RemoteFailed) as raised:
        mirror.fetch_branch("nope")
    assert raised.value.reason == "missing"
    with mirrors.open(2, "http://127.0.0.1:1/x.git") as mirror, pytest.raises(RemoteFailed) as raised:
        Remote(mirror, "http://127.0.0.1:1/x.git", None, sleep=lambda _: None).ls_remote()
    assert raised.value.reason == "unreachable"


def test_a_token_never_follows_to_another_server(
    upstream: Upstream, mirrors: Mirrors, tmp_path: Path
) -> None:
    grown(upstream, 1)
    with served(tmp_path, token="ghs_secret") as server, served(tmp_path) as other:
        server.elsewhere = other.url
        with mirrors.open(1, f"{server.url}/up.git", "ghs_secret") as mirror:
            mirror.remote._sleep = lambda _: None
            with pytest.raises(RemoteFailed) as raised:
                mirror.fetch_branch("main")
    assert raised.value.reason == "unreachable"
    assert other.authorizations == []


def test_the_token_is_in_no_argument_file_or_error(
    upstream: Upstream, mirrors: Mirrors, tmp_path: Path
) -> None:
    (one,) = grown(upstream, 1)
    log = tmp_path / "arguments"
    shim = tmp_path / "bin" / "git"
    shim.parent.mkdir()
    real = subprocess.run(
        ["sh", "-c", "command -v git"], capture_output=True, text=True, check=True
    ).stdout.strip()
    shim.write_text(f'#!/bin/sh\nprintf "%s " "$@" >> {log}\nexec {real} "$@"\n')
    shim.chmod(0o755)
    path = os.environ["PATH"]
    with served(tmp_path, token="ghs_secret") as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{shim.parent}:{path}")
        with mirrors.open(1, f"{server.url}/up.git", "ghs_secret") as mirror:
            assert mirror.fetch_branch("main") == one
            (new,) = mirror.commits(one, [NewCommit("x", {"b": b""}, ANN)])
            assert isinstance(mirror.remote.push([f"{new}:refs/heads/b"]), AcceptedPush)
            assert "ghs_secret" not in repr(vars(mirror.remote))
        with mirrors.open(1, f"{server.url}/up.git", "ghs_wrong") as mirror:
            with pytest.raises(RemoteFailed) as raised:
                mirror.fetch_branch("main")
            with pytest.raises(RemoteFailed) as refused:
                mirror.remote.push([f"{one}:refs/heads/c"])
    assert (raised.value.reason, refused.value.reason) == ("unauthorized", "unauthorized")
    assert "fetch" in log.read_text()
    stored = b"".join(file.read_bytes() for file in mirrors.folder.rglob("*") if file.is_file())
    for text in (log.read_text(), str(raised.value), str(refused.value), stored.decode("latin-1")):
        assert "ghs_" not in text
        assert "eC1hY2Nlc3MtdG9rZW" not in text


def test_a_broken_connection_is_tried_again(upstream: Upstream, mirrors: Mirrors, tmp_path: Path) -> None:
    (one,) = grown(upstream, 1)
    with served(tmp_path) as server:
        server.broken = 2
        with mirrors.open(1, f"{server.url}/up.git") as mirror:
            patient = Remote(mirror, f"{server.url}/up.git", None, sleep=lambda _: None)
            assert patient.ls_remote("refs/heads/main") == {"refs/heads/main": one}


def test_a_push_whose_answer_was_lost_is_known_as_done(
    upstream: Upstream, mirrors: Mirrors, tmp_path: Path
) -> None:
    (one,) = grown(upstream, 1)
    ref = "refs/heads/drover/7/phase-1"
    with served(tmp_path) as server, mirrors.open(1, f"{server.url}/up.git") as mirror:
        mirror.remote._sleep = lambda _: None
        mirror.fetch_branch("main")
        (new,) = mirror.commits(one, [NewCommit("x", {"b": b""}, ANN)])
        server.lost = 1
        assert mirror.remote.push([f"+{new}:{ref}"], {ref: None}) == AcceptedPush((ref,))
        server.lost = 1
        assert mirror.remote.push([f":{ref}"], {ref: new}) == AcceptedPush((ref,))
    assert upstream.tip(ref) is None


def test_deleting_a_missing_branch_succeeds(upstream: Upstream, mirrors: Mirrors) -> None:
    (one,) = grown(upstream, 1)
    ref = "refs/heads/gone"
    with mirrors.open(1, upstream.file_url) as mirror:
        for lease in ({}, {ref: one}):
            assert mirror.remote.push([f":{ref}"], lease) == AcceptedPush((ref,))


def test_a_lease_holds_also_where_the_refspec_would_force(upstream: Upstream, mirrors: Mirrors) -> None:
    one, two, three = grown(upstream, 3)
    with mirrors.open(1, upstream.file_url) as mirror:
        mirror.remote.ensure(one, two)
        rejected = mirror.remote.push([f"+{one}:refs/heads/main"], {"refs/heads/main": two})
        assert isinstance(rejected, RejectedPush)
        assert rejected.kind == "stale"
    assert upstream.tip("refs/heads/main") == three


@pytest.mark.parametrize(
    "url",
    [
        "ssh://x/y",
        "--upload-pack=touch /tmp/x",
        "ext::sh -c id",
        "https://u:p@h/r.git",
        "/tmp/x",
        "http://a b/c",
    ],
)
def test_an_address_that_could_do_more_than_fetch_is_refused(mirrors: Mirrors, url: str) -> None:
    with pytest.raises(ValueError, match="address"), mirrors.open(1, url):
        pass


@pytest.mark.parametrize(
    "refspec", ["--all", "-f", "main", "refs/heads/a:main", ":", "", "refs/heads/a b:refs/x/y"]
)
def test_an_invalid_refspec_is_refused(upstream: Upstream, mirrors: Mirrors, refspec: str) -> None:
    with mirrors.open(1, upstream.file_url) as mirror:
        with pytest.raises(ValueError, match="ref"):
            mirror.remote.push([refspec])
        with pytest.raises(ValueError, match="ref"):
            mirror.remote.fetch([refspec])


def test_an_opened_mirror_has_what_was_fetched_before(upstream: Upstream, mirrors: Mirrors) -> None:
    (one,) = grown(upstream, 1)
    with mirrors.open(1, upstream.file_url) as mirror:
        mirror.fetch_branch("main")
    with mirrors.open(1, upstream.file_url) as mirror:
        assert mirror.resolve("main") == one


def test_the_least_recently_used_mirror_is_evicted(upstream: Upstream, tmp_path: Path) -> None:
    upstream.commit({"big": os.urandom(200_000).hex()})
    mirrors = Mirrors(tmp_path / "data", BIG)
    for number in (1, 2, 3):
        with mirrors.open(number, upstream.file_url) as mirror:
            mirror.fetch_branch("main")
    for number, used in ((1, 300), (2, 100), (3, 200)):
        os.utime(mirrors.folder / f"{number}.lock", (used, used))
    mirrors.limit_bytes = 2 * bare_folder.size_of(mirrors.folder / "1.git") + 1000
    assert mirrors.evict() == [2]
    assert sorted(path.name for path in mirrors.folder.glob("*.git")) == ["1.git", "3.git"]


def test_a_mirror_in_use_is_never_evicted(upstream: Upstream, tmp_path: Path) -> None:
    grown(upstream, 1)
    mirrors = Mirrors(tmp_path / "data", 0)
    with mirrors.open(1, upstream.file_url) as mirror:
        mirror.fetch_branch("main")
        assert mirrors.evict() == []
        assert mirror.resolve("main")
    assert not (mirrors.folder / "1.git").exists()


def test_an_evicted_mirror_is_cloned_again(upstream: Upstream, tmp_path: Path) -> None:
    (one,) = grown(upstream, 1)
    mirrors = Mirrors(tmp_path / "data", 0)
    for _ in range(2):
        with mirrors.open(1, upstream.file_url) as mirror:
            assert mirror.fetch_branch("main") == one


def _spoil(place: Path, how: str) -> None:
    if how == "no HEAD":
        (place / "HEAD").unlink()
    elif how == "garbage HEAD":
        (place / "HEAD").write_bytes(b"\0\0\0")
    elif how == "no objects":
        for file in place.glob("objects/**/*"):
            if file.is_file():
                file.chmod(0o600)
                file.unlink()
    elif how == "empty ref":
        (place / "refs/heads/main").write_bytes(b"")
    elif how == "cut packs and objects":
        for file in place.glob("objects/??/*"):
            file.chmod(0o600)
            file.write_bytes(file.read_bytes()[:10])


@pytest.mark.parametrize(
    "how", ["no HEAD", "garbage HEAD", "no objects", "empty ref", "cut packs and objects"]
)
def test_a_damaged_mirror_is_cloned_again(upstream: Upstream, mirrors: Mirrors, how: str) -> None:
    (one,) = grown(upstream, 1)
    with mirrors.open(1, upstream.file_url) as mirror:
        mirror.fetch_branch("main")
    _spoil(mirrors.folder / "1.git", how)
    with mirrors.open(1, upstream.file_url) as mirror:
        assert mirror.fetch_branch("main") == one
        assert mirror.blob("main", "a.txt") == b"0\n"
        assert mirror.fsck() == []


def test_damage_that_only_reading_shows_is_repaired_when_opened_again(
    upstream: Upstream, mirrors: Mirrors
) -> None:
    upstream.commit({"a.txt": "content " * 100})
    with mirrors.open(1, upstream.file_url) as mirror:
        mirror.fetch_branch("main")
        (entry,) = mirror.entries("main")
    file = mirrors.folder / "1.git" / "objects" / entry.blob[:2] / entry.blob[2:]
    file.chmod(0o600)
    file.write_bytes(b"x")
    with pytest.raises(GitFailed), mirrors.open(1, upstream.file_url) as mirror:
        list(mirror.read([entry.blob]))
    with mirrors.open(1, upstream.file_url) as mirror:
        mirror.fetch_branch("main")
        assert mirror.blob("main", "a.txt")


@pytest.mark.parametrize("content", [b"", b"x", b"\0\0\0"])
@pytest.mark.parametrize("of", ["file", "folder"])
def test_a_damaged_object_is_not_taken_for_a_missing_one(
    upstream: Upstream, mirrors: Mirrors, of: str, content: bytes
) -> None:
    upstream.commit({"folder/a.txt": "content"})
    with mirrors.open(1, upstream.file_url) as mirror:
        mirror.fetch_branch("main")
        damaged = mirror.entries("main")[0].blob if of == "file" else mirror.tree_of("main")
        assert mirror.blob("main", "b.txt") is None
        assert mirror.resolve(mirror.tree_of("main")) is None
    file = mirrors.folder / "1.git" / "objects" / damaged[:2] / damaged[2:]
    file.chmod(0o600)
    file.write_bytes(content)
    with pytest.raises(GitFailed) as caught, mirrors.open(1, upstream.file_url) as mirror:
        mirror.blob("main", "folder/a.txt")
    assert not isinstance(caught.value, UnknownRevision)
    with mirrors.open(1, upstream.file_url) as mirror:
        mirror.fetch_branch("main")
        assert mirror.blob("main", "folder/a.txt") == b"content"


def test_leftovers_of_an_interrupted_fetch_are_removed(upstream: Upstream, mirrors: Mirrors) -> None:
    (one,) = grown(upstream, 1)
    with mirrors.open(1, upstream.file_url) as mirror:
        mirror.fetch_branch("main")
    place = mirrors.folder / "1.git"
    for leftover in ("shallow.lock", "refs/heads/main.lock", "packed-refs.lock", "objects/pack/tmp_pack_abc"):
        (place / leftover).parent.mkdir(parents=True, exist_ok=True)
        (place / leftover).write_bytes(b"x")
    with mirrors.open(1, upstream.file_url) as mirror:
        two = grown(upstream, 1)[0]
        assert mirror.fetch_branch("main") == two != one
    assert not (place / "objects/pack/tmp_pack_abc").exists()


def test_an_incomplete_mirror_is_not_used(upstream: Upstream, mirrors: Mirrors) -> None:
    (one,) = grown(upstream, 1)
    for leftover in ("1.git.new", "1.git.gone"):
        (mirrors.folder / leftover / "objects").mkdir(parents=True)
        (mirrors.folder / leftover / "HEAD").write_text("garbage")
    with mirrors.open(1, upstream.file_url) as mirror:
        assert mirror.fetch_branch("main") == one
    assert sorted(path.name for path in mirrors.folder.glob("1.git*")) == ["1.git"]


def test_many_threads_open_and_fetch_the_same(upstream: Upstream, mirrors: Mirrors) -> None:
    tip = grown(upstream, 4)[-1]
    found: list[str] = []

    def use() -> None:
        with mirrors.open(1, upstream.file_url) as mirror:
            found.append(mirror.fetch_branch("main"))

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [tip] * 8


HOLDER = """
import sys
from pathlib import Path
from bot.git.mirror import Mirrors
with Mirrors(Path(sys.argv[1]), 1 << 40).open(1, sys.argv[2]) as mirror:
    mirror.fetch_branch("main")
    with mirror.remote._turn():
        print("held", flush=True)
        sys.stdin.read()
"""


def test_the_lock_of_a_killed_process_is_free(upstream: Upstream, mirrors: Mirrors) -> None:
    (one,) = grown(upstream, 1)
    command = [sys.executable, "-c", HOLDER, str(mirrors.folder.parent), upstream.file_url]
    holder = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert not mirrors._alone(1, lambda place: None)
        opened = threading.Event()

        def wait() -> None:
            with mirrors.open(1, upstream.file_url) as mirror:
                assert mirror.fetch_branch("main") == one
                opened.set()

        waiting = threading.Thread(target=wait)
        waiting.start()
        assert not opened.wait(0.3)
        holder.send_signal(signal.SIGKILL)
        assert opened.wait(30)
        waiting.join()
    finally:
        holder.kill()
        holder.communicate()


def test_stopping_ends_running_and_waiting_calls(upstream: Upstream, mirrors: Mirrors) -> None:
    grown(upstream, 1)
    ended: list[type[BaseException]] = []
    running, waiting = threading.Event(), threading.Event()

    def run() -> None:
        try:
            with mirrors.open(1, upstream.file_url) as mirror, mirror.remote._turn():
                running.set()
                mirror.git.run("-c", "alias.endless=!sleep 600", "endless")
        except GitFailed as end:
            ended.append(type(end))

    def wait() -> None:
        try:
            waiting.set()
            with mirrors.open(1, upstream.file_url):
                pass
        except GitFailed as end:
            ended.append(type(end))

    threads = [threading.Thread(target=run), threading.Thread(target=wait)]
    threads[0].start()
    assert running.wait(30)
    threads[1].start()
    assert waiting.wait(30)
    mirrors.stop()
    for thread in threads:
        thread.join(30)
    assert ended == [GitStopped, GitStopped]
    with pytest.raises(GitStopped), mirrors.open(1, upstream.file_url) as mirror:
        mirror.resolve("main")


CLONER = """
import sys
from pathlib import Path
from bot.git.mirror import Mirrors
with Mirrors(Path(sys.argv[1]), 1 << 40).open(1, sys.argv[2]) as mirror:
    print("open", flush=True)
    mirror.fetch_branch("main")
"""


def test_a_fetch_killed_at_any_moment_leaves_a_sound_mirror(upstream: Upstream, mirrors: Mirrors) -> None:
    tip = upstream.commit({f"f{number}": os.urandom(3000).hex() for number in range(400)})
    command = [sys.executable, "-c", CLONER, str(mirrors.folder.parent), upstream.file_url]
    for moment in (
        "HEAD",
        "shallow.lock",
        "objects/*/tmp_*",
        "objects/pack/*.pack",
        "shallow",
        "refs/heads/*",
    ):
        cloner = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
        while cloner.poll() is None and not list((mirrors.folder / "1.git").glob(moment)):
            pass
        cloner.kill()
        cloner.communicate()
        with mirrors.open(1, upstream.file_url) as mirror:
            assert mirror.fetch_branch("main") == tip
            assert mirror.fsck() == []
        bare_folder.discard(mirrors.folder / "1.git")


def test_many_packs_are_merged(upstream: Upstream, mirrors: Mirrors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bare_folder, "_PACKS", 0)
    with mirrors.open(1, upstream.file_url) as mirror:
        upstream.commit({f"f{number}": str(number) for number in range(300)})
        mirror.fetch_branch("main")
        upstream.commit({f"f{number}": f"{number}!" for number in range(300)})
        tip = mirror.fetch_branch("main")
    place = mirrors.folder / "1.git"
    assert len(list(place.glob("objects/pack/*.pack"))) == 1
    with mirrors.open(1, upstream.file_url) as mirror:
        assert mirror.resolve("main") == tip


def made(
    tmp_path: Path, files: dict[str, bytes | Blob], modes: dict[str, str] | None = None
) -> tuple[Repository, str]:
    bare_folder.make(tmp_path / "t.git")
    repository = Repository(tmp_path / "t.git")
    empty = repository.git.run("hash-object", "-t", "tree", "-w", "--stdin").out.decode().strip()
    base = repository.commit_tree(empty, [], "start", ANN)
    return repository, repository.commits(base, [NewCommit("files", files, ANN, modes=modes or {})])[0]


@pytest.mark.parametrize("more", [0, 300], ids=["few files", "many files"])
def test_only_the_content_of_files_is_read(tmp_path: Path, more: int) -> None:
    files: dict[str, bytes | Blob] = {"a.py": b"Old", "link": b"Old", "sub": Blob("1" * 40), "b.md": b"Old"}
    files |= {f"more/{number}.py": b"new" for number in range(more)}
    repository, head = made(tmp_path, files, {"link": SYMLINK, "sub": "160000"})
    tree = CommitTree(repository, head)
    assert [entry.path for entry in tree.entries()] == sorted(files)
    assert tree.grep([b"Old"]) == {"a.py", "b.md"}
    assert {entry.path for entry, _ in tree.read(tree.entries())} == set(files) - {"link", "sub"}
    python = [entry for entry in tree.entries() if entry.path.endswith(".py")]
    assert tree.grep([b"Old"], python) == {"a.py"}
    assert tree.grep([b"Old"], []) == tree.grep([]) == set()


def test_an_lfs_pointer_is_read_as_what_it_is(tmp_path: Path) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"
    repository, head = made(tmp_path, {"big.py": pointer, ".gitattributes": b"*.py filter=lfs\n"})
    tree = CommitTree(repository, head)
    assert {entry.path: content for entry, content in tree.read(tree.entries())}["big.py"] == pointer


def test_a_tree_of_nothing(tmp_path: Path) -> None:
    repository, head = made(tmp_path, {"a": b""})
    tree = CommitTree(repository, f"{head}~1")
    assert tree.entries() == []
    assert tree.grep([b"x"]) == set()
    assert list(tree.read([])) == []


def test_a_mirror_is_a_repository(upstream: Upstream, mirrors: Mirrors) -> None:
    grown(upstream, 1)
    with mirrors.open(1, upstream.file_url) as mirror:
        assert isinstance(mirror, Mirror)
        assert isinstance(mirror, Repository)


@pytest.mark.parametrize("name", ["..", ".", ".git", ".GiT", "GIT~1", ".g\u200cit"])
def test_what_git_writes_into_no_work_tree_is_not_there(tmp_path: Path, name: str) -> None:
    repository = tmp_path / "odd"
    git(tmp_path, "init", "-q", "--bare", str(repository))

    def tree(mode: str, name: str, held: str) -> str:
        raw = f"{mode} {name}\0".encode() + bytes.fromhex(held)
        return git(repository, "hash-object", "-t", "tree", "-w", "--stdin", "--literally", input=raw)

    blob = git(repository, "hash-object", "-w", "--stdin", input=b"from m import Old\n")
    whole = tree("40000", "shop", tree("40000", name, tree("100644", "x.py", blob)))
    with Repository(repository) as opened:
        assert [entry.path for entry in opened.entries(whole)] == [f"shop/{name}/x.py"]
        found = CommitTree(opened, whole)
        assert found.entries() == []
        assert found.grep([b"Old"]) == set()
