"""`each: batch`: pushed batch by batch; files that make the repository's own tests fail are found and left out."""

from __future__ import annotations

import pytest

from sandbox.ci.runner import RunnerSettings
from tests.world import PLAN, REPO, World

PHASE_1 = "migration:phase-1"
BRANCH = "drover/1/phase-1"
EACH = PLAN.replace("wait: 60", "each: batch")
USE = "from shop.old import Old\n\nmade = Old().run()\n"
GUARD = """\
import pathlib
import unittest


class Guard(unittest.TestCase):
    def test_these_need_the_old_one(self) -> None:
        for name in {names!r}:
            self.assertIn("shop.old", pathlib.Path(name).read_text())
"""


def files(many: int, guilty: tuple[str, ...]) -> dict[str, str | None]:
    """So many files in one folder, some of which a test wants as they are."""
    made: dict[str, str | None] = {f"shop/uses/f{number:02}.py": USE for number in range(many)}
    made |= {"shop/uses/__init__.py": "", "tests/test_guard.py": GUARD.format(names=guilty)}
    return {**made, "shop/a.py": "", "shop/b.py": "", "shop/c.py": "", "tests/test_a.py": ""}


def name(number: int) -> str:
    return f"shop/uses/f{number:02}.py"


async def adopted(place: World, many: int, guilty: tuple[str, ...], batch: int) -> RunnerSettings:
    plan = EACH.replace("batch: 2", f"batch: {batch}")
    settings = place.forge.runner.enable(REPO, "python -m unittest -q")
    await place.push({**files(many, guilty), ".github/migrations/old.yml": plan}, "Many")
    await place.forge.runner.drained()
    return settings


async def started(place: World, process: bool = False) -> None:
    await (place.launch() if process else place.start_bot())
    await place.open_issue()
    await place.label("migration")
    await place.until(lambda: "ready to start" in place.status(), "the migration is adopted")
    await place.label(PHASE_1)


def ready(place: World) -> bool:
    pulls = place.pulls(BRANCH, "open")
    return bool(pulls) and pulls[0].pull is not None and not pulls[0].pull.draft


async def until_ready(place: World) -> None:
    """A search takes many pushes: each of them is waited for."""
    while not ready(place):
        seen = pushes(place)
        await place.until(lambda: ready(place) or pushes(place) > seen, "it is ready, or the next is pushed")  # noqa: B023
    await place.settled()


def pushes(place: World) -> int:
    heads = {run.suite.head_sha for run in place.forge.repo(REPO).workflow_runs.values()}
    return len(heads) - 1


async def shipped(place: World) -> set[str]:
    return set((await place.git("diff", "--name-only", "main", BRANCH)).split())


async def test_batches_that_pass_are_pushed_one_by_one_and_then_the_draft_is_ready(place: World) -> None:
    await adopted(place, 6, (), 2)
    await started(place)
    await until_ready(place)
    assert pushes(place) == 3
    assert await shipped(place) == {name(number) for number in range(6)}
    log = await place.git("log", "--format=%b", f"main..{BRANCH}")
    assert log.count("Drover-Batch: ") == 3
    assert "✅ passed" in place.status()
    assert "Checks passed for every batch of #2." in "".join(place.comments())


async def test_two_failing_files_among_forty_are_left_out_and_listed(place: World) -> None:
    await adopted(place, 40, (name(7), name(31)), 10)
    await started(place)
    await until_ready(place)
    assert await shipped(place) == {name(number) for number in range(40)} - {name(7), name(31)}
    assert pushes(place) <= 14
    status, body = place.status(), place.pulls(BRANCH)[0].body or ""
    for guilty in (name(7), name(31)):
        assert f"[`{guilty}`](" in status
        assert f"[`{guilty}`](" in body
    assert "ci / tests fails with it ([the run](" in status
    assert "ci / tests fails with it" in body
    head = (await place.branches())[BRANCH]
    runs = place.forge.checks.latest_runs_on(place.forge.repo(REPO), head)
    assert {run.conclusion for run in runs} == {"success"}


async def test_only_the_last_file_fails(place: World) -> None:
    await adopted(place, 5, (name(4),), 2)
    await started(place)
    await until_ready(place)
    assert await shipped(place) == {name(number) for number in range(4)}
    assert f"[`{name(4)}`](" in place.status()


async def test_if_every_file_fails_nothing_is_published_and_the_issue_says_so(place: World) -> None:
    await adopted(place, 2, (name(0), name(1)), 2)
    await started(place)
    await place.until(lambda: bool(place.pulls(BRANCH, "closed")), "its draft is closed")
    await place.settled()
    (said,) = [
        text for text in place.comments() if "**Closed #2: phase 1 can't be merged as it is.**" in text
    ]
    assert f"- `{name(1)}`: ci / tests fails with it" in said
    assert (
        said.partition("A check fails with every file")[2].partition("\n\nFix the files")[0]
        in place.comments(2)[-1]
    )
    assert BRANCH not in await place.branches()
    assert PHASE_1 not in place.labels()
    assert "ready to start" in place.status()


async def test_a_flake_blames_no_file(place: World) -> None:
    settings = await adopted(place, 4, (), 2)
    settings.flaky = 1
    await started(place)
    await until_ready(place)
    assert await shipped(place) == {name(number) for number in range(4)}
    assert pushes(place) == 2


@pytest.mark.parametrize("database", ["kept", "lost"])
async def test_the_search_goes_on_after_a_kill(place: World, database: str) -> None:
    await adopted(place, 8, (name(5),), 8)
    await started(place, process=True)
    await place.until(lambda: pushes(place) >= 2, "the search is under way")
    place.kill()
    if database == "lost":
        for file in (place.home / "bot").glob("drover.db*"):
            file.unlink()
    await place.launch()
    await until_ready(place)
    assert await shipped(place) == {name(number) for number in range(8)} - {name(5)}
    assert len(place.pulls()) == 1
    assert pushes(place) <= 7


async def test_a_merge_that_changes_other_files_does_not_restart_the_search(place: World) -> None:
    await adopted(place, 8, (name(5),), 8)
    await started(place)
    await place.until(lambda: pushes(place) >= 2, "the search is under way")
    await place.push({"README.md": "# Shop\n"}, "Elsewhere")
    await until_ready(place)
    assert await shipped(place) - {"README.md"} == {name(number) for number in range(8)} - {name(5)}
    assert pushes(place) <= 7
