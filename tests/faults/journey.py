"""A whole migration as people drive it, with a phase that is reverted and done again; and what it ends with."""

from __future__ import annotations

import re
from collections import Counter

from sandbox.model.checks import CheckRun
from tests.world import FILES, PLAN, REPO, World

PLAN_FILE = ".github/migrations/old.yml"
ENDING = {**FILES, PLAN_FILE: PLAN.replace("  wait: 60\n", "  required: []\n")}
"""With a plan that is finished once all of it is merged."""
_VARIES = re.compile(
    r"\b[0-9a-f]{7,40}\b|\d{4}-\d\d-\d\d[^|)\s]*|\d\d:\d\d UTC|127\.0\.0\.1:\d+|<!-- drover:[^>]*-->|/runs/\d+"
)
Facts = Counter[str]
"""What people see at the end, each thing as often as it is there."""


async def whole_migration(here: World) -> None:
    """Adopt, phase 1, its revert, phase 1 once more, phase 2, the end."""
    await here.open_issue()
    await here.label("migration")
    await here.until(lambda: "is ready to start" in here.status(), "the migration is adopted")
    await _phase(here, 1)
    _a_moment_later(here)
    await here.comment("/migrate revert 1")
    await _merge_newest(here, "drover/1/revert-phase-1")
    await here.until(lambda: "migration:phase-1" not in here.labels(), "phase 1 is reverted")
    await here.settled()
    await _phase(here, 1)
    await _phase(here, 2)
    await here.until(lambda: here.thread().state == "closed", "the migration is finished")
    await here.settled()


def step(here: World) -> str:
    """How far the migration is: its pull requests, and how many of them are closed."""
    pulls = here.pulls()
    return f"{sum(one.state == 'closed' for one in pulls)} of {len(pulls)}"


def _a_moment_later(here: World) -> None:
    """GitHub's times are whole seconds: people need more for each step, and so the history has one order."""
    here.forge.clock.advance(seconds=2)


async def _phase(here: World, number: int) -> None:
    _a_moment_later(here)
    await here.label(f"migration:phase-{number}")
    await _merge_newest(here, f"drover/1/phase-{number}")
    await here.until(lambda: _is_merged(here, number), f"the status says that phase {number} is merged")
    await here.settled()


def _is_merged(here: World, number: int) -> bool:
    return f"| ✅ merged | {number}. " in here.status()


async def _merge_newest(here: World, branch: str) -> None:
    await here.until(lambda: bool(here.pulls(branch, "open")), f"{branch} has an open pull request")
    await here.settled()
    _a_moment_later(here)
    await here.merge(here.pulls(branch, "open")[0].number)


async def ending(here: World) -> Facts:
    found: Facts = Counter()
    tree = (await here.git("ls-tree", "-r", "main")).splitlines()
    found.update(f"file {line}" for line in tree)
    found.update(
        f"ref {name}" for name in (await here.git("for-each-ref", "--format=%(refname)")).splitlines()
    )
    found.update(f"label {name}" for name in here.labels())
    found[f"issue {here.thread().state}"] += 1
    for pull in here.pulls():
        assert pull.pull is not None
        commits = await here.git("log", "--format=%s", f"{pull.pull.base_sha}..{pull.pull.head_sha}")
        found[f"pull {pull.pull.head_ref} {pull.state} {pull.title}"] += 1
        found.update(f"commit {line}" for line in commits.splitlines())
    for number in here.forge.repo(REPO).issues:
        found.update(f"comment #{number} {_fixed(text)}" for text in here.comments(number))
    for (name, head), run in shown_checks(here).items():
        found[f"check {name} {run.conclusion} {_branch(here, head)}"] += 1
    return found


def shown_checks(here: World) -> dict[tuple[str, str], CheckRun]:
    """Of each name, GitHub shows the latest on a commit."""
    runs = here.forge.repo(REPO).check_runs.values()
    return {(run.name, run.suite.head_sha): run for run in runs}


def _fixed(text: str) -> str:
    """Without what differs from run to run: commits, moments, the burndown."""
    text = re.sub(r"<details><summary>Burndown</summary>.*?</details>", "", text, flags=re.DOTALL)
    return _VARIES.sub("…", text)


def _branch(here: World, sha: str) -> str:
    return next((one.pull.head_ref for one in here.pulls() if one.pull and one.pull.head_sha == sha), "")
