"""A commit of a few kilobytes that lists more files than anything could hold: people read so, and the rest goes on."""

from __future__ import annotations

import pytest

from bot.git import process, repository
from sandbox.model.repositories import Repository
from tests.scenarios.test_ratchet import STRICT, ratcheted
from tests.world import REPO, World

LEVELS, NAMES = 8, 12
PHASE_1, BRANCH = "migration:phase-1", "drover/1/phase-1"


async def bomb(repo: Repository, within: str = "", on: str = "main") -> str:
    """A commit on a branch with a folder that holds itself again and again."""
    git = repo.git
    blob = await git.write_blob(b"from shop.old import Old\n")

    async def made(rows: str) -> str:
        return (await git.run("mktree", stdin=rows.encode())).decode().strip()

    tree = await made(f"100644 blob {blob}\ta.py\n")
    for _ in range(LEVELS):
        tree = await made("".join(f"040000 tree {tree}\t{number:02}\n" for number in range(NAMES)))
    head = await git.resolve(on) or ""
    rows = (await git.run("ls-tree", f"{head}:{within}" if within else head)).decode()
    tree = await made(f"{rows}040000 tree {tree}\tzz\n")
    if within:
        top = (await git.run("ls-tree", head)).decode().splitlines(keepends=True)
        kept = "".join(row for row in top if not row.endswith(f"\t{within}\n"))
        tree = await made(f"{kept}040000 tree {tree}\t{within}\n")
    identity = ("-c", "user.name=stranger", "-c", "user.email=stranger@example.com")
    return (await git.run(*identity, "commit-tree", "-m", "Help", "-p", head, tree)).decode().strip()


def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "MOST_OUTPUT", 2**20)
    monkeypatch.setattr(process, "MOST_MEMORY_OF_READING", 32 * 2**20)
    monkeypatch.setattr(repository, "MOST_FILES", 10_000)
    repository._TOO_LARGE.clear()


async def test_a_forks_pull_request_that_lists_itself_is_reported_as_too_large(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch)
    here.forge.people.add("stranger")
    await here.settled()
    fork = await here.forge.repos.fork(REPO, "stranger")
    head = await bomb(fork)
    await here.forge.repos.create_branch(fork, "help", by="stranger", at=head)
    await here.forge.pulls.open(REPO, "stranger:help", title="Help", by="stranger")
    run = await ratcheted(here, head)
    assert (run.conclusion, run.title) == ("neutral", "Too large to compare")
    before = len(here.forge.repo(REPO).check_runs)
    assert here.engine is not None
    await here.engine.sweep_now()
    await here.settled()
    assert len(here.forge.repo(REPO).check_runs) == before
    assert not [*(here.home / "bot" / "mirrors").glob("*.git/drover-suspect")]
    await here.label(PHASE_1)
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open")
    await here.settled()
    assert here.answers() == []


async def test_what_is_too_large_to_compare_does_not_pass_where_new_uses_fail(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch)
    await here.push(STRICT, "No new uses")
    await here.settled()
    head = await bomb(here.forge.repo(REPO))
    await here.forge.repos.create_branch(REPO, "help", by="maya", at=head)
    await here.forge.pulls.open(REPO, "help", title="Help", by="maya")
    assert (await ratcheted(here, head)).conclusion == "failure"


@pytest.mark.parametrize("within", ["", "shop", ".github"])
async def test_a_default_branch_that_lists_itself_is_said_once_and_waited_out(
    here: World, monkeypatch: pytest.MonkeyPatch, within: str
) -> None:
    few(monkeypatch)
    await here.settled()
    good, repo = await here.forge.repo(REPO).git.resolve("main") or "", here.forge.repo(REPO)
    await here.forge.repos.update_ref(REPO, "refs/heads/main", await bomb(repo, within), by="maya")
    await here.until(lambda: bool(reports(here)), "it is said")
    await here.settled()
    await here.label(PHASE_1)
    await here.comment("/migrate help")
    await here.settled()
    assert len(reports(here)) == 1
    assert here.pulls() == []
    await here.forge.repos.update_ref(REPO, "refs/heads/main", good, by="boss", force=True)
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open")
    await here.settled()
    assert len(here.answers()) == 1
    assert not any("drover:crash" in one for one in here.comments())


async def test_a_phases_branch_that_lists_itself_is_said_and_can_be_regenerated(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch)
    await here.label(PHASE_1)
    await here.until(lambda: "🔀 open" in here.status(), "the phase is open")
    await here.settled()
    head = await bomb(here.forge.repo(REPO), on=BRANCH)
    await here.forge.repos.update_ref(REPO, f"refs/heads/{BRANCH}", head, by="maya")
    await here.settled()
    await here.push({"shop/a.py": "from shop.old import Old\n\nmore = Old\n"}, "More")
    await here.settled()
    await here.comment("/migrate regenerate 1 --discard")
    await here.until(lambda: bool(here.answers()), "it is answered")
    await here.settled()
    assert (await here.branches())[BRANCH] != head
    assert "🔀 open" in here.status()
    assert not any("drover:crash" in one for one in here.comments())


def reports(here: World) -> list[str]:
    return [one for one in here.comments() if "drover:too-large" in one]
