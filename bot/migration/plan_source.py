"""The plan of a migration: a block in the issue or a file on the default branch, read and checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.decide.facts import PlanProblem
from bot.git.repository import Repository
from bot.plan.digest import phase_digests, plan_digests
from bot.plan.phase_files import check_plan
from bot.plan.plan import Phase, Plan, PlanErrors
from bot.plan.read import plan_block, read_plan
from bot.report.text import code, plain
from codemods.model.rules import Symbol

FOLDER = ".github/migrations"
_NAMED = re.compile(r"\.github/migrations/(?P<slug>[\w.-]+)\.ya?ml")


@dataclass(frozen=True)
class LoadedPlan:
    plan: Plan | PlanProblem | None
    digests: tuple[str, ...] = ()
    """Of all that the plan says: today's, and then those that older versions gave it."""
    skipped_patterns: tuple[str, ...] = ()
    """Patterns that people asked to leave out."""

    @property
    def digest(self) -> str:
        return self.digests[0] if self.digests else ""

    def digests_of(self, phase: Phase) -> tuple[str, ...]:
        """Of what bears on one phase: a branch made from something else is out of date."""
        return (
            phase_digests(self.plan, phase, self.skipped_patterns) if isinstance(self.plan, Plan) else ("",)
        )


def find_plan(repository: Repository, head: str, issue: int, body: str) -> LoadedPlan:
    """1. the issue's own block  2. the file that the issue names  3. the only file there is"""
    block = plan_block(body)
    if block is not None:
        text, first_line = block
        return _planned(text, "the issue's text", f"issue-{issue}", first_line)
    files = _files(repository, head)
    named = [path for path in files if path in body] or files
    if not named:
        return LoadedPlan(None)
    if len(named) > 1:
        listed = ", ".join(code(path) for path in named)
        return LoadedPlan(
            PlanProblem(f"There are several plans: {listed}. Name one of them in this issue's text.")
        )
    content = repository.blob(head, named[0])
    return _planned((content or b"").decode("utf-8", "replace"), named[0], PurePosixPath(named[0]).stem, 1)


def _files(repository: Repository, head: str) -> list[str]:
    entries = repository.entries(head, [FOLDER])
    return [entry.path for entry in entries if _NAMED.fullmatch(entry.path)]


def _planned(text: str, source: str, slug: str, first_line: int) -> LoadedPlan:
    read = read_plan(text, source, slug=slug, first_line=first_line)
    if isinstance(read, PlanErrors):
        return LoadedPlan(plan_problem(read))
    return LoadedPlan(read, plan_digests(read))


def plan_problem(errors: PlanErrors) -> PlanProblem:
    """As a list that a person can go through, each with its place and what would be right."""
    lines = [
        f"- {plain(error.source)}, line {error.line}, column {error.column}"
        + (f", {code(error.key)}" if error.key else "")
        + f": {plain(error.message)}. Expected: {plain(error.right)}."
        for error in errors.errors
    ]
    return PlanProblem("\n".join(lines))


def check_against_tree(
    plan: Plan, paths: Collection[str], defined: Callable[[Symbol], bool | None], to_run: Sequence[int]
) -> PlanProblem | None:
    """What only the tree can tell: a phase that matches nothing, a target that does not exist."""
    errors = check_plan(plan, paths, defined, to_run)
    return plan_problem(errors) if errors else None
