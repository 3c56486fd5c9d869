"""The state of a migration in a sentence, and the next step."""

from __future__ import annotations

from collections.abc import Collection

from bot.decide.checks import Verdict
from bot.decide.facts import Facts, PlanProblem
from bot.decide.status import Overall, PhaseStatus, State, Status, label_of, was_migrated
from bot.report.slices import split_sentence
from bot.report.status.check_results import trial_progress
from bot.report.text import code, plain

_OVERALL = {
    Overall.UNPLANNED: (
        "**There's no plan yet.** Next: add one to this issue as a `yaml` block or to `.github/migrations/`, or comment "
        "`/migrate audit` to have one proposed."
    ),
    Overall.PAUSED: (
        "**Paused.** Nothing starts or changes. Next: remove the label `migration:paused`, or tick the box below."
    ),
    Overall.FINISHED: "**Finished.** Nothing uses what was deprecated any more.",
    Overall.CLOSED: "**The issue is closed**, so Drover only counts. Next: reopen it to continue.",
    Overall.ARCHIVED: "**The repository is archived**, so Drover can't change anything in it.",
}


def state_sentence(facts: Facts, status: Status, working_on: Collection[int] = ()) -> str:
    if isinstance(facts.plan, PlanProblem):
        return f"{facts.plan.headline}\n\n{facts.plan.text}"
    if status.overall is Overall.FINISHED and facts.open and not was_migrated(facts):
        return "**There's nothing to migrate.** Nothing uses what was deprecated. Next: close this issue."
    if status.overall in _OVERALL:
        return _OVERALL[status.overall]
    return _running(facts, status, working_on)


def _running(facts: Facts, status: Status, working_on: Collection[int]) -> str:
    for phase in status.phases:
        if phase.number in working_on:
            return _working(phase)
    for phase in status.phases:
        if phase.open_revert:
            return f"**Phase {phase.number} is being reverted.** Next: review and merge #{phase.open_revert.pull.number}."
        if (sentence := _of_phase(facts, phase)) is not None:
            return sentence
    if facts.obstacles:
        return "**Every reference is migrated, but there are loose ends.** Next: see below."
    return "**Nothing more can be migrated automatically.** Next: see below what needs manual work."


def _working(phase: PhaseStatus) -> str:
    name = f"phase {phase.number} ({plain(phase.phase.name)})"
    if phase.state is State.OPEN:
        return f"**Working on {name}…** Its pull request is being updated."
    return f"**Working on {name}…** Its pull request opens when it's ready."


def _of_phase(facts: Facts, phase: PhaseStatus) -> str | None:
    name = f"Phase {phase.number} ({plain(phase.phase.name)})"
    branch = code(facts.default_branch)
    if phase.slices and (sentence := split_sentence(name, phase)):
        return sentence
    match phase.state:
        case State.OPEN if phase.pull:
            return _open(name, phase, phase.pull.number)
        case State.STARTING:
            return _working(phase)
        case State.FAILED:
            retry = code(f"/migrate retry {phase.number}")
            return f"**{name} couldn't be prepared.** {phase.facts.failure} Next: comment {retry}."
        case State.MERGED if phase.verdict is Verdict.FAILED:
            revert = code(f"/migrate revert {phase.number}")
            return (
                f"**{name} is merged, and checks have failed on {branch} since.** "
                f"Next: fix them, or revert the phase with {revert}."
            )
        case State.MERGED if phase.verdict in (Verdict.RUNNING, Verdict.NONE):
            return f"**{name} is merged.** Next: wait for the checks on {branch}."
        case State.READY | State.REVERTED:
            state = "was reverted" if phase.state is State.REVERTED else "is ready to start"
            return f"**{name} {state}.** Next: add the label {code(label_of(phase.number))}, or tick its box below."
        case State.WAITING:
            return f"{name} is waiting: {plain(phase.gate)}."
    return None


def _open(name: str, phase: PhaseStatus, number: int) -> str:
    if phase.facts.failure:
        again = code(f"/migrate regenerate {phase.number}")
        return (
            f"**{name} is open as #{number}, but Drover can't update it.** {phase.facts.failure} "
            f"To try again, comment {again}."
        )
    if phase.pull and phase.pull.mergeable is False:
        return f"**{name} is open as #{number} and has conflicts.** Drover regenerates it; there's nothing to do."
    if phase.verdict is Verdict.MISSING:
        return f"**{name} is open as #{number}, and its checks haven't reported.** Next: see below which are missing."
    trial = phase.facts.trial
    if trial is not None and ((phase.pull and phase.pull.draft) or trial.tried < trial.whole):
        return f"**{name} is being tested batch by batch in #{number}:** {trial_progress(trial)}. There's nothing to do."
    match phase.verdict:
        case Verdict.FAILED:
            return f"**{name} is open as #{number}, and its checks failed.** Next: see the failures below."
        case Verdict.RUNNING:
            return f"**{name} is open as #{number}**, and its checks are running. Next: review it."
    return f"**{name} is open as #{number}.** Next: review and merge it."
