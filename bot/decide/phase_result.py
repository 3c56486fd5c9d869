"""A phase as it was built: what its pull request, its check and the command line show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.decide.facts import BreakingUse, KeptMentions, PlanOrigin, RemainingReference
from bot.plan.plan import Phase
from bot.plan.pull_size import PullSize
from bot.plan.slices import WHOLE_PHASE, Slice


@dataclass(frozen=True)
class ChangedFile:
    path: str
    references: int
    deleted: bool = False
    note: str = ""


@dataclass(frozen=True)
class PhaseBatch:
    id: str
    number: int
    title: str
    files: tuple[ChangedFile, ...]
    commit: str | None = None

    @property
    def references(self) -> int:
        return sum(file.references for file in self.files)


@dataclass(frozen=True)
class UnchangedFile:
    """A file that was not changed although it has something to migrate, and why."""

    path: str
    reason: str
    line: int | None = None


@dataclass(frozen=True)
class ProofLine:
    """One of the seven things that are shown of every changed file."""

    what: str
    shown: int
    not_applicable: int = 0


@dataclass(frozen=True)
class FormatterRun:
    """What the plan's formatter made of the changed files."""

    command: str
    files: int = 0
    lines: int = 0
    refused: tuple[tuple[str, str], ...] = ()
    """Files that stay as they were, and why: the formatter changed more than their layout."""
    problem: str = ""
    """Why nothing of it counts."""


@dataclass(frozen=True)
class LinterRun:
    """What the repository's own linters find in the changed files and didn't find before."""

    tools: tuple[str, ...]
    files: int
    new: tuple[tuple[str, str], ...] = ()
    """File and code."""


@dataclass(frozen=True)
class PhaseResult:
    title: str
    """The plan's."""
    phase: Phase
    base: str
    batches: tuple[PhaseBatch, ...]
    manual: tuple[RemainingReference, ...] = ()
    unchanged_files: tuple[UnchangedFile, ...] = ()
    proof: tuple[ProofLine, ...] = ()
    kinds: Mapping[str, int] | None = None
    replacements: tuple[tuple[str, str], ...] = ()
    """Old and new, as the plan writes them."""
    details: tuple[tuple[str, str], ...] = ()
    """The same of calls and members."""
    verified: bool | None = None
    """Whether GitHub signs the commits; None on a local repository."""
    slice: Slice = WHOLE_PHASE
    size: PullSize | None = None
    retired_uses: tuple[tuple[str, int], ...] = ()
    """File and line of what still refers to the modules that it retires."""
    formatter: FormatterRun | None = None
    linters: LinterRun | None = None
    long_lines: tuple[tuple[str, int], ...] = ()
    """File and line of what became too long and couldn't be wrapped."""
    breaking_uses: tuple[BreakingUse, ...] = ()
    """What fails once its modules are retired."""
    uses_at: str = ""
    """The commit at which these were looked for, if that isn't the base."""
    kept_mentions: tuple[KeptMentions, ...] = ()
    """What stays of the old names in the phase's files, and why."""
    title_prefix: str = ""
    """Of the pull request's title."""
    plan_origin: PlanOrigin | None = None
    """Who wrote or approved the plan; None on a local repository."""

    @property
    def files(self) -> int:
        return sum(len(batch.files) for batch in self.batches)

    @property
    def references(self) -> int:
        return sum(batch.references for batch in self.batches)
