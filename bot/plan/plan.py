"""The plan: what replaces what, and in which phases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from codemods.model.rules import (
    CustomCodemod,
    Replacement,
    RetiredModule,
    Rules,
)


@dataclass(frozen=True)
class Phase:
    number: int
    """Counted from 1, in the plan's order: the N of `migration:phase-N`."""
    name: str
    paths: tuple[str, ...] = ()
    batch: int = 10
    retire: tuple[RetiredModule, ...] = ()
    settle: bool = False
    split: Literal["owners"] | None = None


@dataclass(frozen=True)
class PlanChecks:
    required: tuple[str, ...] | None = None
    """None: every check that reports on the head. Empty: none is required."""
    commands: tuple[str, ...] = ()
    each: Literal["phase", "batch"] = "phase"
    wait_minutes: int = 60
    """If no check has reported by then, that is shown, and not counted as passed."""


@dataclass(frozen=True)
class PullRequestOptions:
    """What the pull requests of the phases get when they are opened."""

    labels: tuple[str, ...] = ()
    reviewers: Literal["owners"] | tuple[str, ...] = ()
    """`owners`: those that CODEOWNERS names for the changed files. Else logins, and teams as `organization/team`."""
    prefix: str = ""
    """Of their titles."""
    draft: bool = False


@dataclass(frozen=True)
class PlanError:
    source: str
    line: int
    column: int
    key: str
    message: str
    right: str
    """What is expected instead."""

    def __str__(self) -> str:
        key = f"{self.key}: " if self.key else ""
        return f"{self.source}:{self.line}:{self.column}: {key}{self.message}. Expected: {self.right}"


@dataclass(frozen=True)
class PlanErrors:
    errors: tuple[PlanError, ...]

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


@dataclass(frozen=True)
class Plan:
    title: str
    slug: str
    replace: tuple[Replacement, ...]
    phases: tuple[Phase, ...]
    also: frozenset[Literal["strings", "docs", "history"]] = frozenset()
    checks: PlanChecks = field(default_factory=PlanChecks)
    on_failure: Literal["hold", "revert"] = "hold"
    advance: Literal["manual", "automatic"] = "manual"
    merge: Literal["manual", "auto"] = "manual"
    ratchet: Literal["neutral", "fail"] = "neutral"
    watch_days: int = 14
    """How long after the end a reference that comes back reopens the issue."""
    codemods: tuple[CustomCodemod, ...] = ()
    roots: tuple[str, ...] | None = None
    public: Literal["keep", "drop"] = "keep"
    """Whether old names that packages offer stay importable from there."""
    format: str = "auto"
    """auto: imports are written as the repository's own linters want them. Else `off`, a formatter's name, or a command
    with `{files}` in it."""
    pull_requests: PullRequestOptions = field(default_factory=PullRequestOptions)
    issue: int | None = None
    """The tracking issue that it belongs to, where it says so: it bears on no phase."""
    source: str = ""
    """Where it was read: a path in the repository, or `issue`."""
    where: Mapping[str, tuple[int, int]] = field(default_factory=dict, compare=False, repr=False)
    """Line and column of each key, for what is found wrong with it later: `phases[2].paths[1]` → (14, 13)."""

    def phase(self, number: int) -> Phase | None:
        return next((phase for phase in self.phases if phase.number == number), None)

    @property
    def call_and_member_pairs(self) -> tuple[tuple[str, str], ...]:
        """What becomes of calls and members, beside the names themselves."""
        found: list[tuple[str, str]] = []
        for one in self.replace:
            if one.calls is not None and one.calls.to:
                found.append((f"{one.old}(…)", f"{one.calls.to}(…)"))
            found += [
                (f"{one.old}.{name}", f"{one.new}.{new.to or name}") for name, new in one.members.items()
            ]
        return tuple(found)

    def rules(self, phase: Phase) -> Rules:
        return Rules.of(
            self.replace,
            strings="strings" in self.also,
            docs="docs" in self.also,
            history="history" in self.also,
            settle=phase.settle,
            retire=phase.retire,
            codemods=self.codemods,
            roots=self.roots,
            public=self.public,
            format="off" if self.format == "off" else "auto",
            ending=frozenset(retired.module for one in self.phases for retired in one.retire),
        )
