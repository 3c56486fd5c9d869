"""A phase that is tried batch by batch: what the next push holds, and what its commits record."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from bot.decide.bisect import NextTrial, first_trial, next_trial
from bot.decide.checks import confirmed_failures, trial_passed
from bot.decide.facts import CheckResult, PhaseFacts
from bot.git.mirror import Mirror
from bot.markers.trailers import (
    BatchTrial,
    ExcludedFile,
    left_out_in,
    left_out_trailers,
    trial_in,
    trial_trailer,
)
from bot.migration.branch_origin import BranchOrigin
from bot.plan.batches import Batch
from bot.plan.plan import Plan
from bot.report.left_out import left_out_reason


@dataclass(frozen=True)
class TrialAttempt:
    """What is known when a phase is built; what to try follows once its batches are cut."""

    base: str
    known: BatchTrial | None = None
    left_out: tuple[ExcludedFile, ...] = ()
    passed: bool | None = None
    """None: the checks are not done, and what is tried stays as it is."""
    failing: tuple[CheckResult, ...] = ()
    now: float = 0.0

    def course(self, cut: Sequence[Batch]) -> NextTrial:
        ends = list(accumulate(len(batch.paths) for batch in cut))
        if self.known is None or self.known.whole != ends[-1]:
            return NextTrial(first_trial(ends, self.now))
        if self.passed is None:
            return NextTrial(self.known)
        return next_trial(self.known, self.passed, ends, self.now, len(self.left_out))

    def excluded_files(self, cut: Sequence[Batch]) -> tuple[ExcludedFile, ...]:
        if not cut:
            return ()
        course = self.course(cut)
        files = [path for batch in cut for path in batch.paths]
        check = ", ".join(line.name for line in self.failing)
        url = next((line.url for line in self.failing), "")
        known = (one for one in self.left_out if one.path in files)
        new = (ExcludedFile(files[at], check, url, len(course.excluded)) for at in course.excluded)
        return (*known, *new, *(ExcludedFile(files[at]) for at in course.untried))

    def hold(self, cut: Sequence[Batch]) -> dict[str, str]:
        """The files that are not changed this time, and why; without a reason if they are tried later."""
        if not cut:
            return {}
        tried = self.course(cut).trial.tried
        later = [path for batch in cut for path in batch.paths][tried:]
        return dict.fromkeys(later, "") | {one.path: left_out_reason(one) for one in self.excluded_files(cut)}

    def messages(
        self, cut: Sequence[Batch], numbers: Sequence[int], messages: Sequence[str]
    ) -> tuple[str, ...]:
        """Each batch's commit names what was left out up to there; the last one says what is known."""
        place = {path: batch.number for batch in cut for path in batch.paths}
        told = []
        for number, message in zip(numbers, messages, strict=True):
            last = number == numbers[-1]
            out = [one for one in self.excluded_files(cut) if last or place[one.path] <= number]
            lines = [message.rstrip(), left_out_trailers(out)]
            lines += [trial_trailer(self.course(cut).trial)] if last else []
            told.append("\n".join(line for line in lines if line) + "\n")
        return tuple(told)


def trial_attempt(
    plan: Plan, facts: PhaseFacts, branch: BranchOrigin | None, digest: str, head: str, discard: bool
) -> TrialAttempt | None:
    """None if the phase is published as a whole. From the start where what it was made from has changed."""
    if plan.checks.each != "batch" or plan.checks.required == ():
        return None
    now = time.time()
    trial = trial_in(branch.message) if branch else None
    if branch is None or trial is None or branch.plan_digest != digest or facts.outdated_reason or discard:
        return TrialAttempt(head, now=now)
    left_out = left_out_in(branch.message)
    if facts.pull is None or facts.pull.state != "open" or trial.complete:
        return TrialAttempt(branch.base, trial, left_out, now=now)
    known = (facts.checks, facts.base_checks, plan, now)
    return TrialAttempt(branch.base, trial, left_out, trial_passed(*known), confirmed_failures(*known), now)


def with_messages(mirror: Mirror, base: str, commits: Sequence[str], messages: Sequence[str]) -> list[str]:
    """The same trees in a row, with these messages."""
    row: list[str] = []
    for sha, message in zip(commits, messages, strict=True):
        commit = mirror.commit(sha)
        parent = row[-1] if row else base
        row.append(mirror.commit_tree(commit.tree, [parent], message, commit.author))
    return row
