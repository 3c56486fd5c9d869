"""The plan of a migration: a block in the issue or a file on the default branch, read and checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from bot.decide.facts import PlanOrigin, PlanProblem
from bot.decide.plan_file import PlanFile
from bot.git.repository import Repository
from bot.markers.hidden import PlanApproval
from bot.plan.approval import KeptPlan, PlanVersion, text_digest, without_file_keys
from bot.plan.digest import phase_digests, plan_digests
from bot.plan.phase_files import check_plan
from bot.plan.plan import Phase, Plan, PlanErrors
from bot.plan.read import read_plan
from bot.report.text import code, plain
from codemods.model.rules import Symbol

FOLDER = ".github/migrations"
_NAMED = re.compile(r"\.github/migrations/(?P<slug>[\w.-]+)\.ya?ml")
_ISSUE = re.compile(r"^issue[ \t]*:[ \t]*(?P<number>[1-9][0-9]{0,7})[ \t]*(?:#.*)?\r?$", re.MULTILINE)
"""Also in a plan that can't be read otherwise."""


@dataclass(frozen=True)
class LoadedPlan:
    plan: Plan | PlanProblem | None
    digests: tuple[str, ...] = ()
    """Digests of the whole plan: today's, then those that older versions gave it."""
    skipped_patterns: tuple[str, ...] = ()
    """Patterns that people asked to leave out…"""
    skip_ids: tuple[str, ...] = ()
    """… and the ids of their requests."""
    origin: PlanOrigin = field(default_factory=PlanOrigin)
    kept: KeptPlan = field(default_factory=KeptPlan)
    """What the status comment is to keep of it."""

    @property
    def digest(self) -> str:
        return self.digests[0] if self.digests else ""

    def digests_of(self, phase: Phase) -> tuple[str, ...]:
        """Digests of what affects one phase: a branch built from something else is out of date."""
        return (
            phase_digests(self.plan, phase, self.skipped_patterns) if isinstance(self.plan, Plan) else ("",)
        )


def plan_files(repository: Repository, head: str) -> tuple[PlanFile, ...]:
    entries = repository.entries(head, [FOLDER])
    paths = [entry.path for entry in entries if _NAMED.fullmatch(entry.path)]
    return tuple(_plan_file(path, repository.blob(head, path) or b"") for path in paths)


def _plan_file(path: str, content: bytes) -> PlanFile:
    text = content.decode("utf-8", "replace")
    issue = _ISSUE.search(text)
    return PlanFile(path, text, int(issue["number"]) if issue else None)


def plan_in_file(file: PlanFile) -> LoadedPlan:
    """What is on the default branch counts as approved."""
    loaded = _load(file.text, file.path, PurePosixPath(file.path).stem, 1)
    approval = PlanApproval(text_digest(file.text), "", 0.0)
    origin, kept = PlanOrigin(file=file.path, approval=approval), KeptPlan(file=file.path)
    return replace(loaded, origin=origin, kept=kept)


def plan_in_block(version: PlanVersion, issue: int) -> LoadedPlan:
    """The keys that count from files only have their defaults; the digests are of all that the block says."""
    loaded = _load(version.text, "the issue's text", f"issue-{issue}", version.first_line)
    if not isinstance(loaded.plan, Plan):
        return loaded
    plan, ignored = without_file_keys(loaded.plan)
    return replace(loaded, plan=plan, origin=PlanOrigin(ignored_keys=ignored))


def _load(text: str, source: str, slug: str, first_line: int) -> LoadedPlan:
    read = read_plan(text, source, slug=slug, first_line=first_line)
    if isinstance(read, PlanErrors):
        return LoadedPlan(plan_problem(read))
    return LoadedPlan(read, plan_digests(read))


def plan_problem(errors: PlanErrors) -> PlanProblem:
    """A list that a person can work through: each error with its position and what is expected."""
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
