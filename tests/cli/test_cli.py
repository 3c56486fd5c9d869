from __future__ import annotations

import errno
import io
import os
import pty
import re
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.cli.terminal import Terminal
from bot.report.audit.sections import AuditSection, Cell
from bot.rewrite.rewrite import FileResult, rewrite
from tests.checkouts import checkout, commit, files_at, git, write
from tests.command_line import IMPORT, MOVED, PAIR, PLAN, SHOP, run, started


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = checkout(tmp_path / "shop", SHOP)
    (tmp_path / "engine.yml").write_text(PLAN)
    return root


@pytest.fixture
def plan(tmp_path: Path, shop: Path) -> str:
    return str(tmp_path / "engine.yml")


def state(root: Path) -> tuple[str, ...]:
    """All that must stay as it is: work tree, index, HEAD, the branches of people."""
    return (
        git(root, "status", "--porcelain", "--untracked-files=all"),
        git(root, "symbolic-ref", "HEAD"),
        git(root, "rev-parse", "HEAD"),
        git(root, "ls-files", "--stage"),
        git(root, "for-each-ref", "refs/heads/main"),
    )


# audit


def test_audit_counts_and_changes_nothing(shop: Path) -> None:
    before = state(shop)
    ended = run("audit", "--replace", PAIR, root=shop)
    assert ended.status == 0
    assert "references in 5 files of 8" in ended.out
    assert "shop/web.py" in ended.out
    assert state(shop) == before


def test_audit_exits_with_1_if_something_needs_manual_work(shop: Path) -> None:
    commit(shop, {"shop/half.py": "from shop.engine import nobody\n"})
    ended = run("audit", "--replace", PAIR, root=shop)
    assert ended.status == 1
    assert "nobody" in ended.out


def test_audit_reads_a_commit_and_not_the_work_tree(shop: Path) -> None:
    first = git(shop, "rev-parse", "HEAD")
    commit(shop, {"shop/web.py": MOVED})
    write(shop, {"shop/api.py": "dirty\n"})
    counts = [
        run("audit", "--replace", PAIR, "--rev", revision, "--json", root=shop).json["totals"]["unchanged"]
        for revision in (first, "HEAD")
    ]
    assert counts == [5, 4]


def test_audit_as_json_is_one_object(shop: Path, plan: str) -> None:
    found = run("audit", "--plan", plan, "--json", root=shop).json
    web = next(one for one in found["files"] if one["path"] == "shop/web.py")
    assert (web["status"], web["reason"]) == ("unchanged", "")
    assert web["sites"][0].items() >= {"line": 1, "kind": "import", "safe": True, "note": ""}.items()
    assert found["totals"]["files"] == 5
    assert [(phase["name"], phase["files"]) for phase in found["phases"]] == [
        ("Application", 2),
        ("The rest", 3),
        ("End", 1),
    ]
    assert found["plan_errors"] == []


def test_audit_shows_what_is_wrong_with_the_plan_in_this_tree(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "engine.yml").write_text(PLAN.replace('"shop/**"', '"shopp/**"'))
    ended = run("audit", "--plan", tmp_path / "engine.yml", root=shop)
    assert ended.status == 1
    assert "engine.yml:5:32: phases[1].paths: this phase matches no file." in ended.out


def test_audit_writes_a_page_that_needs_nothing_beside_it(shop: Path, tmp_path: Path) -> None:
    commit(shop, {"<script>alert(1)<!--.py": "from shop.engine import gone\n" + IMPORT})
    page = tmp_path / "audit.html"
    assert run("audit", "--replace", PAIR, "--html", page, root=shop).status == 1
    text = page.read_text()
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert not any(word in text for word in ("http://", "https://", "url(", "src="))
    assert text.count("<svg") == 1


def test_audit_of_a_folder_within_the_checkout_is_of_the_whole(shop: Path) -> None:
    assert run("audit", "--replace", PAIR, "--json", root=shop / "shop").json["totals"]["files"] == 5


# plan


def test_plan_prints_a_plan_that_apply_takes(shop: Path, tmp_path: Path) -> None:
    ended = run("plan", "--replace", PAIR, "--style", "rename", root=shop)
    assert ended.status == 0
    (tmp_path / "made.yml").write_text(ended.out)
    applied = run("apply", "--plan", tmp_path / "made.yml", root=shop)
    assert applied.status == 0, applied.err
    last = git(shop, "for-each-ref", "--format=%(refname:short)", "refs/heads/drover").splitlines()[-1]
    assert files_at(shop, last)["shop/web.py"] == "from shop.user_engine import UserEngine\n\nUserEngine()"


# apply


def test_apply_makes_stacked_branches_and_leaves_everything_else_alone(shop: Path, plan: str) -> None:
    write(shop, {"shop/web.py": "dirty\n", "new file": "untracked\n"})
    before = state(shop)
    ended = run("apply", "--plan", plan, root=shop)
    assert ended.status == 0, ended.err
    assert state(shop) == before
    one, two, three = (f"drover/engine/phase-{number}" for number in (1, 2, 3))
    assert git(shop, "merge-base", one, two) == git(shop, "rev-parse", one)
    assert git(shop, "merge-base", two, three) == git(shop, "rev-parse", two)
    assert git(shop, "rev-list", "--count", f"main..{one}") == "2"
    assert {path for path, text in files_at(shop, one).items() if text == MOVED.strip()} == {
        "shop/web.py",
        "shop/api.py",
    }
    assert files_at(shop, two)["-rf.py"] == files_at(shop, two)["a b/ü.py"] == MOVED.strip()
    assert "DeprecationWarning" in files_at(shop, three)["shop/engine.py"]
    assert git(shop, "fsck", "--strict") == ""


def test_apply_shows_the_pull_requests_text_on_request(shop: Path, plan: str) -> None:
    out = run("apply", "--plan", plan, "--phase", "1", "--show", root=shop).out
    assert "# Engine becomes UserEngine: phase 1, Application" in out
    assert "in 2 batches of one commit each, based on" in out
    assert "### Verification\n\nVerified for every changed file, without running it:" in out


def test_apply_again_makes_the_same_commits(shop: Path, plan: str, tmp_path: Path) -> None:
    first = run("apply", "--plan", plan, "--json", root=shop).json
    again = run("apply", "--plan", plan, "--json", root=shop).json
    elsewhere = tmp_path / "copy"
    git(tmp_path, "clone", "-q", str(shop), str(elsewhere))
    copied = run("apply", "--plan", plan, "--json", root=elsewhere).json
    heads = [[phase["head"] for phase in each["phases"]] for each in (first, again, copied)]
    assert heads[0] == heads[1] == heads[2]
    assert {phase["ending"] for phase in again["phases"]} == {"the same as before"}
    when = git(shop, "log", "-1", "--format=%cI", "main")
    assert git(shop, "log", "-1", "--format=%ct", "drover/engine/phase-1") == git(
        shop, "log", "-1", "--format=%ct"
    )
    assert when


def test_apply_of_one_phase_starts_from_the_head(shop: Path, plan: str) -> None:
    assert run("apply", "--plan", plan, "--phase", "2", root=shop).status == 0
    assert git(shop, "rev-parse", "drover/engine/phase-2^") == git(shop, "rev-parse", "main")
    assert git(shop, "branch", "--list", "drover/*").split() == ["drover/engine/phase-2"]


def split_by_owners(root: Path, tmp_path: Path) -> str:
    owners = "*  @all\nshop/*.py  @org/shop\n/shop/api.py  @maya\n"
    commit(root, {"CODEOWNERS": owners})
    file = tmp_path / "engine.yml"
    file.write_text(PLAN.replace("batch: 1", "batch: 1, split: owners"))
    return str(file)


def test_apply_makes_a_branch_for_each_owner_and_the_next_phase_stands_on_all(
    shop: Path, tmp_path: Path
) -> None:
    plan = split_by_owners(shop, tmp_path)
    ended = run("apply", "--plan", plan, root=shop)
    assert ended.status == 0
    base = git(shop, "rev-parse", "HEAD").strip()
    maya, team = "drover/engine/phase-1-maya", "drover/engine/phase-1-org.shop"
    for branch, path in ((maya, "shop/api.py"), (team, "shop/web.py")):
        assert git(shop, "rev-parse", f"{branch}~1").strip() == base
        assert git(shop, "diff", "--name-only", base, branch).split() == [path]
        assert f"Drover-Slice: {branch.rpartition('phase-1-')[2]}" in git(shop, "log", "-1", branch)
        assert git(shop, "merge-base", "--is-ancestor", branch, "drover/engine/phase-2") == ""
    assert "shop.engine" not in git(shop, "show", "drover/engine/phase-2:shop/api.py")
    assert "Application, @maya" in ended.out
    assert [one["slice"] for one in run("apply", "--plan", plan, "--json", root=shop).json["phases"]] == [
        "@maya",
        "@org/shop",
        None,
        None,
    ]
    git(shop, "fsck", "--strict")


def test_revert_reverts_all_slices_or_one_or_a_batch_of_one(shop: Path, tmp_path: Path) -> None:
    plan = split_by_owners(shop, tmp_path)
    run("apply", "--plan", plan, "--phase", "1", root=shop)
    base = git(shop, "rev-parse", "HEAD:shop").strip()
    git(shop, "merge", "-q", "--no-ff", "drover/engine/phase-1-maya", "drover/engine/phase-1-org.shop")
    asked = run("revert", "--phase", "1", "--batch", "1", root=shop)
    assert asked.status == 2
    assert asked.err.endswith("Say which: --slice maya or --slice org.shop.\n")
    one = run("revert", "--phase", "1", "--slice", "maya", root=shop)
    assert one.status == 0
    changed = git(shop, "diff", "--name-only", "HEAD", "drover/engine/revert-phase-1-maya").split()
    assert changed == ["shop/api.py"]
    run("revert", "--phase", "1", root=shop)
    assert git(shop, "rev-parse", "drover/engine/revert-phase-1:shop").strip() == base
    git(shop, "merge", "-q", "drover/engine/revert-phase-1-maya")
    run("revert", "--phase", "1", root=shop)
    assert git(shop, "rev-parse", "drover/engine/revert-phase-1:shop").strip() == base
    assert run("revert", "--phase", "1", "--slice", "maya", root=shop).status == 2


def test_apply_as_json_has_files_phases_and_totals(shop: Path, plan: str) -> None:
    found = run("apply", "--plan", plan, "--phase", "1", "--json", root=shop).json
    assert {one["path"]: one["status"] for one in found["files"]} == {
        "shop/web.py": "changed",
        "shop/api.py": "changed",
    }
    assert found["files"][0]["sites"][0]["kind"] == "import"
    (phase,) = found["phases"]
    assert phase["branch"] == "drover/engine/phase-1"
    assert [len(batch["files"]) for batch in phase["batches"]] == [1, 1]


def test_apply_never_leaves_a_person_s_commit_behind(shop: Path, plan: str) -> None:
    run("apply", "--plan", plan, root=shop)
    git(shop, "switch", "-q", "drover/engine/phase-1")
    commit(shop, {"shop/web.py": "by hand\n"})
    git(shop, "switch", "-q", "main")
    commit(shop, {"shop/more.py": IMPORT})
    before = git(shop, "for-each-ref")
    ended = run("apply", "--plan", plan, root=shop)
    assert ended.status == 2
    assert "drover/engine/phase-1 can't be set: it has a commit of Maya's" in ended.err
    assert git(shop, "for-each-ref") == before


@pytest.mark.parametrize("elsewhere", [False, True])
def test_apply_does_not_move_a_branch_that_is_checked_out(
    shop: Path, plan: str, tmp_path: Path, elsewhere: bool
) -> None:
    run("apply", "--plan", plan, root=shop)
    if elsewhere:
        git(shop, "worktree", "add", "-q", str(tmp_path / "linked"), "drover/engine/phase-1")
    else:
        git(shop, "switch", "-q", "drover/engine/phase-1")
    root = tmp_path / "linked" if elsewhere else shop
    ended = run("apply", "--plan", plan, "--rev", "main", root=root)
    assert ended.status == 2
    assert "it is checked out" in ended.err


def test_apply_resets_its_own_branches_when_the_base_has_moved(shop: Path, plan: str) -> None:
    run("apply", "--plan", plan, root=shop)
    commit(shop, {"shop/more.py": IMPORT})
    assert run("apply", "--plan", plan, root=shop).status == 0
    assert files_at(shop, "drover/engine/phase-1")["shop/more.py"] == MOVED.strip()


def test_apply_keeps_modes_and_symlinks(shop: Path, plan: str) -> None:
    (shop / "shop/web.py").chmod(0o755)
    os.symlink("web.py", shop / "shop/link.py")
    commit(shop, {})
    run("apply", "--plan", plan, root=shop)
    listed = git(shop, "ls-tree", "-r", "drover/engine/phase-3", "shop")
    assert "100755" in next(line for line in listed.splitlines() if line.endswith("web.py"))
    assert "120000" in next(line for line in listed.splitlines() if line.endswith("link.py"))


def test_apply_formats_the_changed_files_as_the_plan_says(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}")
    commit(shop, {"ruff.toml": "lint.select = ['I']\n", "shop/web.py": IMPORT + "print( Engine )\n"})
    (tmp_path / "engine.yml").write_text(f"{PLAN}format: ruff format {{files}}\n")
    ended = run("apply", "--plan", tmp_path / "engine.yml", "--phase", "1", "--show", root=shop)
    assert ended.status == 0
    assert "print(Engine)" in git(shop, "show", "drover/engine/phase-1:shop/web.py")
    assert "Then `ruff format {files}` changed" in ended.out
    assert "✅ no new finding of ruff by this repository's configuration: 2 files" in ended.out
    ended = run("apply", "--plan", tmp_path / "engine.yml", "--phase", "1", "--no-checks", root=shop)
    assert "print( Engine )" in git(shop, "show", "drover/engine/phase-1:shop/web.py")
    assert state(shop)[0] == ""


def test_apply_runs_the_plan_s_commands_after_saying_so(shop: Path, tmp_path: Path) -> None:
    checks = 'checks: {commands: ["test -f shop/web.py && pwd", "grep -q UserEngine shop/web.py"]}\n'
    (tmp_path / "engine.yml").write_text(PLAN + checks)
    ended = run("apply", "--plan", tmp_path / "engine.yml", "--phase", "1", root=shop)
    assert ended.status == 0
    assert "Running `grep -q UserEngine shop/web.py` in a temporary checkout" in ended.err
    assert "`grep -q UserEngine shop/web.py` passed" in ended.err


def test_apply_exits_with_1_if_a_command_fails(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "engine.yml").write_text(PLAN + 'checks: {commands: ["echo so; exit 3", "touch never"]}\n')
    ended = run("apply", "--plan", tmp_path / "engine.yml", "--phase", "1", "--json", root=shop)
    assert ended.status == 1
    (ran,) = ended.json["commands"]
    assert (ran["status"], ran["output"]) == (3, "so\n")
    assert run("apply", "--plan", tmp_path / "engine.yml", "--no-checks", root=shop).status == 0


def test_a_shallow_clone_works(shop: Path, plan: str, tmp_path: Path) -> None:
    commit(shop, {"x": "1\n"})
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{shop}", "shallow")
    assert run("apply", "--plan", plan, root=tmp_path / "shallow").status == 0
    assert git(tmp_path / "shallow", "rev-list", "--count", "HEAD..drover/engine/phase-3") == "4"


def test_a_partial_clone_works(shop: Path, plan: str, tmp_path: Path) -> None:
    git(shop, "config", "uploadpack.allowFilter", "true")
    git(shop, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{shop}", "partial")
    assert run("apply", "--plan", plan, root=tmp_path / "partial").status == 0
    assert files_at(tmp_path / "partial", "drover/engine/phase-1")["shop/web.py"] == MOVED.strip()


def test_a_partial_clone_without_its_origin_ends_with_the_reason(
    shop: Path, plan: str, tmp_path: Path
) -> None:
    git(shop, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{shop}", "partial")
    shop.rename(tmp_path / "moved")
    ended = run("apply", "--plan", plan, root=tmp_path / "partial")
    assert ended.status == 2
    assert "partial clone" in ended.err


# rewrite


def contents(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_text()
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


def test_rewrite_changes_files_in_place(shop: Path) -> None:
    (shop / "shop/web.py").chmod(0o750)
    ended = run("rewrite", "--replace", PAIR, root=shop)
    assert ended.status == 0
    moved = {path for path, text in contents(shop).items() if text == MOVED}
    assert moved == {"shop/web.py", "shop/api.py", "tests/test_web.py", "-rf.py", "a b/ü.py"}
    assert "5 files changed, 5 references" in ended.err
    assert (shop / "shop/web.py").stat().st_mode & 0o777 == 0o750
    assert run("rewrite", "--replace", PAIR, root=shop).err.startswith("0 files changed")


def test_rewrite_keeps_what_somebody_writes_while_it_runs(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = "theirs = 1\n"

    def slowly(*what: Any, **how: Any) -> Iterator[FileResult]:
        yield from rewrite(*what, **how)
        (shop / "shop/web.py").write_text(theirs)

    monkeypatch.setattr("bot.cli.commands.rewrite.rewrite", slowly)
    ended = run("rewrite", "--replace", PAIR, root=shop)
    assert ended.status == 1
    assert "shop/web.py: failed: another program wrote it meanwhile" in ended.err + ended.out
    assert contents(shop)["shop/web.py"] == theirs
    assert contents(shop)["shop/api.py"] == MOVED


def test_rewrite_says_that_the_disk_is_full_and_changes_nothing(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = contents(shop)
    monkeypatch.setattr("bot.rewrite.in_place.SpooledContents.keep", full)
    ended = run("rewrite", "--replace", PAIR, root=shop)
    assert ended.status == 2
    assert "No space left on device\nFix that and run the command again" in ended.err
    assert contents(shop) == before


def test_rewrite_needs_no_git(tmp_path: Path) -> None:
    root = write(tmp_path / "plain", SHOP)
    assert run("rewrite", "--replace", PAIR, root=root).status == 0
    assert contents(root)["shop/web.py"] == MOVED


def test_rewrite_changes_only_the_paths_it_is_given(shop: Path) -> None:
    assert run("rewrite", "--replace", PAIR, shop / "tests", shop / "shop/web.py", root=shop).status == 0
    assert {path for path, text in contents(shop).items() if text == MOVED} == {
        "shop/web.py",
        "tests/test_web.py",
    }


def test_rewrite_only_looks_with_check_and_diff(shop: Path) -> None:
    before = contents(shop)
    assert run("rewrite", "--replace", PAIR, "--check", root=shop).status == 1
    ended = run("rewrite", "--replace", PAIR, "--diff", root=shop)
    assert ended.status == 0
    assert (
        "-from shop.engine import Engine\n+from shop.user_engine import UserEngine as Engine\n" in ended.out
    )
    assert contents(shop) == before
    run("rewrite", "--replace", PAIR, root=shop)
    assert run("rewrite", "--replace", PAIR, "--check", root=shop).status == 0


def test_a_diff_that_rewrite_prints_can_be_applied(shop: Path, tmp_path: Path) -> None:
    write(shop, {"shop/last.py": IMPORT.rstrip("\n")})
    (tmp_path / "diff").write_text(run("rewrite", "--replace", PAIR, "--diff", root=shop).out)
    git(shop, "apply", str(tmp_path / "diff"))
    assert contents(shop)["shop/last.py"] == MOVED.rstrip("\n")


def test_rewrite_as_json_has_the_files_and_their_sites(shop: Path) -> None:
    found = run("rewrite", "--replace", PAIR, "--check", "--json", root=shop).json
    web = next(one for one in found["files"] if one["path"] == "shop/web.py")
    assert web["status"] == "changed"
    assert web["sites"][0].items() >= {"line": 1, "kind": "import", "safe": True}.items()
    assert found["totals"]["changed"] == 5


def test_rewrite_takes_a_style_and_more_than_code(shop: Path) -> None:
    write(shop, {"README.md": "See `shop.engine.Engine`.\n"})
    run("rewrite", "--replace", PAIR, "--style", "rename", "--also", "strings,docs", root=shop)
    assert contents(shop)["shop/web.py"] == "from shop.user_engine import UserEngine\n\nUserEngine()\n"
    assert contents(shop)["README.md"] == "See `shop.user_engine.UserEngine`.\n"


# revert


@pytest.fixture
def merged(shop: Path, plan: str) -> Callable[[str], Path]:
    def merge(way: str) -> Path:
        run("apply", "--plan", plan, root=shop)
        branch = "drover/engine/phase-1"
        if way == "squash":
            git(shop, "merge", "-q", "--squash", branch)
            messages = git(shop, "log", "--format=%B", f"main..{branch}")
            git(shop, "commit", "-q", "-m", f"Phase 1\n\n{messages}")
        elif way == "rebase":
            commit(shop, {"other.txt": "1\n"})
            git(shop, "cherry-pick", f"main..{branch}")
        else:
            git(shop, "merge", "-q", "--no-ff", "-m", "Merge phase 1", branch)
        return shop

    return merge


@pytest.mark.parametrize("way", ["merge", "squash", "rebase"])
def test_revert_is_the_exact_inverse_whichever_way_it_was_merged(
    merged: Callable[[str], Path], way: str
) -> None:
    root = merged(way)
    commit(root, {"shop/web.py": MOVED + "\n\nmore = 1\n", "later.py": "x = 1\n"})
    before = state(root)
    ended = run("revert", "--phase", "1", root=root)
    assert ended.status == 0, ended.err
    assert state(root) == before
    files = files_at(root, "drover/engine/revert-phase-1")
    assert files["shop/web.py"] == (IMPORT + "\n\nmore = 1").strip()
    assert files["shop/api.py"] == IMPORT.strip()
    assert files["later.py"] == "x = 1"


def test_revert_of_one_batch_leaves_the_others(merged: Callable[[str], Path]) -> None:
    root = merged("merge")
    assert run("revert", "--phase", "1", "--batch", "2", root=root).status == 0
    files = files_at(root, "drover/engine/revert-phase-1-batch-2")
    assert sorted(files[path] for path in ("shop/api.py", "shop/web.py")) == sorted(
        [IMPORT.strip(), MOVED.strip()]
    )


def test_revert_leaves_and_names_what_others_have_changed_since(merged: Callable[[str], Path]) -> None:
    root = merged("merge")
    commit(root, {"shop/web.py": "from shop.user_engine import UserEngine as Engine, more\n\nEngine()\n"})
    ended = run("revert", "--phase", "1", root=root)
    assert ended.status == 1
    assert "needs manual work: shop/web.py: changed since by Maya" in ended.out
    files = files_at(root, "drover/engine/revert-phase-1")
    assert "more" in files["shop/web.py"]
    assert files["shop/api.py"] == IMPORT.strip()


def test_revert_reverts_what_retired_its_module_first(shop: Path, plan: str) -> None:
    assert run("apply", "--plan", plan, root=shop).status == 0
    git(shop, "merge", "-q", "--no-ff", "-m", "Merge all phases", "drover/engine/phase-3")
    ended = run("revert", "--phase", "1", "--plan", plan, root=shop)
    assert ended.status == 0, ended.err
    assert "Reverted phase 3 first: it retired `shop.engine`, which 2 reverted files use again." in ended.out
    files = files_at(shop, "drover/engine/revert-phase-1")
    assert files["shop/web.py"] == IMPORT.strip()
    assert files["shop/engine.py"] == SHOP["shop/engine.py"].strip()
    message = git(shop, "log", "-1", "--format=%B", "drover/engine/revert-phase-1")
    assert message.startswith("Revert phase 3, then phase 1\n")
    assert message.count("Drover-Takes-Back:") == 2
    found = run("revert", "--phase", "1", "--plan", plan, "--json", root=shop).json
    assert found["order"] == ["phase 3", "phase 1"]
    git(shop, "merge", "-q", "drover/engine/revert-phase-1")
    assert run("revert", "--phase", "3", "--plan", plan, root=shop).status == 2


def test_revert_again_finds_nothing_once_it_is_merged(merged: Callable[[str], Path]) -> None:
    root = merged("merge")
    run("revert", "--phase", "1", root=root)
    git(root, "merge", "-q", "--no-ff", "-m", "back", "drover/engine/revert-phase-1")
    ended = run("revert", "--phase", "1", "--plan", root.parent / "engine.yml", root=root)
    assert ended.status == 2
    assert ended.err == (
        "drover: no commit of phase 1 of engine is in this history\n"
        "It isn't merged here, or it is reverted already.\n"
    )


def test_a_phase_that_was_reverted_and_done_again_can_be_reverted_again(
    merged: Callable[[str], Path], plan: str
) -> None:
    root = merged("merge")
    for _ in range(2):
        assert run("revert", "--phase", "1", root=root).status == 0
        git(root, "merge", "-q", "--no-ff", "-m", "back", "drover/engine/revert-phase-1")
        assert contents(root)["shop/web.py"] == IMPORT
        assert run("apply", "--plan", plan, "--phase", "1", root=root).status == 0
        git(root, "merge", "-q", "--no-ff", "-m", "again", "drover/engine/phase-1")
        assert contents(root)["shop/web.py"] == MOVED


def test_revert_asks_for_the_plan_where_it_is_not_clear(shop: Path) -> None:
    ended = run("revert", "--phase", "1", root=shop)
    assert (ended.status, ended.err) == (
        2,
        "drover: there is no branch of any plan for phase 1 here\nChoose one with --plan FILE.\n",
    )


# wrong usage


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["adit"], "there is no command `adit`\nDid you mean `audit`?"),
        (["audit", "--replce", PAIR], "`audit` has no option `--replce`\nDid you mean `--replace`?"),
        (["doctor", "now"], "unrecognized arguments: now"),
        (["demo", "--port", "99999"], "99999 is not a number from 1 to 65,535"),
        (["audit"], "one of the arguments --plan --replace is required"),
        (
            ["audit", "--replace", "a:B"],
            "there's no `=`. Expected: `package.module:Old=package.module:New`",
        ),
        (["audit", "--replace", "a:B=c"], "one side is a module, the other a name in a module"),
        (["audit", "--replace", "a:B=a:B"], "is the same on both sides"),
        (["audit", "--replace", "a/b.py=c"], "`a/b.py` is not an importable name"),
        (["audit", "--plan", "nowhere.yml"], "nowhere.yml can't be read: No such file or directory"),
        (["audit", "--replace", PAIR, "--rev", "nothing"], "has no commit nothing"),
        (["audit", "--replace", PAIR, "--rev", "--all"], "`audit` has no option `--all`"),
        (["plan", "--replace", "shop.engine:Engine=shop.web:Nobody"], "`shop.web` doesn't define `Nobody`"),
        (["rewrite", "--replace", "shop.engine:Engine=shop.gone:Nobody"], "there's no module `shop.gone`"),
        (
            ["rewrite", "--replace", PAIR, "--also", "comments"],
            "comments is none of strings, docs and history",
        ),
        (["rewrite", "--replace", PAIR, "--check", "--diff"], "not allowed with argument --check"),
        (["rewrite", "--replace", PAIR, "/etc/passwd"], "/etc/passwd is not one of the files of"),
        (["rewrite", "--replace", PAIR, "nope.py"], "there is no file or folder nope.py"),
        (["apply", "--plan", "PLAN", "--phase", "9"], "has no phase 9\nIts phases are 1 to 3."),
        (["apply", "--plan", "PLAN", "--phase", "0"], "0 is not a number from 1 to 1,000,000"),
        (["revert", "--phase", "one"], "one is not a number from 1"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(
    shop: Path, plan: str, arguments: list[str], message: str
) -> None:
    given = [plan if word == "PLAN" else word for word in arguments]
    ended = run(*given, root=None if arguments[0] in ("adit", "doctor", "demo") else shop)
    assert ended.status == 2
    assert message in ended.err


def test_the_errors_of_a_plan_are_listed_by_line(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "engine.yml").write_text(PLAN.replace("batch: 1", "batsh: 1").replace("retire:", "retyre:"))
    ended = run("apply", "--plan", tmp_path / "engine.yml", root=shop)
    assert ended.status == 2
    assert [line.split(": ")[1] for line in ended.err.splitlines()] == [
        "phases[1].batsh",
        "phases[3].retyre",
        "phases[3]",
    ]


def test_a_folder_without_a_repository_or_a_commit_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    assert "is not in a git repository" in run("audit", "--replace", PAIR, root=tmp_path / "plain").err
    assert "there is no folder" in run("audit", "--replace", PAIR, root=tmp_path / "gone").err
    git(tmp_path / "plain", "init", "-q")
    assert "has no commit yet" in run("audit", "--replace", PAIR, root=tmp_path / "plain").err


# on a terminal, and stopped in the middle


def test_on_a_terminal_there_are_tables_and_piped_there_are_plain_columns(shop: Path) -> None:
    ours, theirs = pty.openpty()
    with started("audit", "--replace", PAIR, cwd=shop, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            if not part:
                break
            shown += part
    os.close(ours)
    assert process.returncode == 0
    assert "───" in shown.decode()
    piped = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from bot.cli import main; sys.exit(main())",
            "audit",
            "--replace",
            PAIR,
        ],
        cwd=shop,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        check=True,
    )
    assert not set("┃│━─\x1b") & set(piped.stdout.decode())
    assert piped.stderr.startswith(b"Next: drover plan --replace")


def test_on_eighty_columns_no_word_is_broken_and_no_column_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("COLUMNS", "80")
    head = ("Phase", "Name", "Files", "References", "Manual", "Batches", "Lines (about)", "Note")
    numbers = (True, False, True, True, True, True, True, False)
    texts = ("4", "Documentation and configuration", "1,020", "1,072", "12", "103", "20,144", "")
    rows = (tuple(Cell(text, number=number) for text, number in zip(texts, numbers, strict=True)),)
    screen = Screen()
    Terminal(screen, io.StringIO()).section(AuditSection("Phases", "", head, rows))
    shown = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue())
    assert {"Documentation", "configuration", "References", "Manual", "(about)", "20,144"} <= set(
        shown.split()
    )
    assert "Note" not in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_a_reader_that_stops_early_is_no_error(shop: Path) -> None:
    with started(
        "audit", "--replace", PAIR, "--json", cwd=shop, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""


def test_ctrl_c_in_a_command_leaves_the_repository_as_it_was_and_no_process(
    shop: Path, tmp_path: Path
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    (tmp_path / "engine.yml").write_text(
        PLAN + f'checks: {{commands: ["echo $$ > {fifo}; exec sleep 600"]}}\n'
    )
    before = state(shop)
    with started(
        "apply", "--plan", str(tmp_path / "engine.yml"), cwd=shop, stderr=subprocess.PIPE
    ) as process:
        child = int(fifo.read_text())
        process.send_signal(signal.SIGINT)
        assert process.stderr
        said = process.stderr.read().decode()
    assert process.returncode == 130
    assert said.splitlines()[1:] == []
    assert state(shop) == before
    assert git(shop, "branch", "--list", "drover/*") == ""
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
