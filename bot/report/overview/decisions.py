"""Why Drover does what it does: the reason of each action, on one line of plain text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.decide import actions, automatic_actions
from bot.decide.facts import Actor, CheckResult, Facts, LabelChange, PhaseFacts
from bot.decide.forced_start import ForcedStart
from bot.decide.request_actions import pulls_in
from bot.decide.requests import UserRequest, phase_of_label
from bot.decide.status import AUDIT, PAUSED, State, label_of, status
from bot.plan.plan import Plan
from bot.plan.slices import Slice
from bot.report.answers import SENTENCES
from bot.report.overview.needs import needs
from bot.report.overview.plain_text import plain_text
from bot.report.text import count_of
from bot.store.overview import WaitsFor

MOST_NAMES = 5


def reason(facts: Facts, action: actions.Action) -> str:
    return plain_text(REASONS[type(action)](facts, action))


def resting(facts: Facts) -> tuple[str, str]:
    """What a migration waits for where nothing is to be done, and the sentence for it."""
    need = needs(facts, status(facts))[0]
    return f"nothing to do: {AT_REST[need.waits_for]}", plain_text(need.says)


AT_REST = {
    WaitsFor.FIX: "waits for a fix",
    WaitsFor.APPROVAL: "waits for approval",
    WaitsFor.REVIEW: "waits for review",
    WaitsFor.START: "waits for its next phase to be started",
    WaitsFor.MANUAL_WORK: "waits for manual work",
    WaitsFor.PLAN: "waits for a plan",
    WaitsFor.CONFLICT: "waits for a pull request to be regenerated",
    WaitsFor.CHECKS: "waits for its checks",
    WaitsFor.DROVER: "continues soon",
    WaitsFor.RESUME: "paused",
    WaitsFor.NOTHING: "finished",
    WaitsFor.CLOSED: "closed",
}


def requested(request: UserRequest) -> str:
    """Who asked for what, and how."""
    where = f"on #{request.where}"
    match request.source:
        case "comment":
            return f"{request.by} commented {command_of(request)} {where}"
        case "box":
            return f"{request.by} ticked the checkbox for {command_of(request)}"
        case "button":
            return f"{request.by} clicked the button for {command_of(request)} {where}"
        case "label":
            return f"{request.by} {_label_words(request)}"


def command_of(request: UserRequest) -> str:
    """The command that would have asked for the same."""
    if request.verb in ("unknown", "help"):
        return "/migrate …"
    words = ["/migrate", request.verb]
    words += ["all"] if request.everything else []
    words += [str(request.phase)] if request.phase is not None else []
    words += ["batch", str(request.batch)] if request.batch is not None else []
    words += request.paths
    words += [f"--{name}" for name in ("force", "discard") if getattr(request, name)]
    return " ".join(words)


def _label_words(request: UserRequest) -> str:
    words = {
        "audit": f"added the label {AUDIT}",
        "pause": f"added the label {PAUSED}",
        "resume": f"removed the label {PAUSED}",
        "adopt": "added the label migration",
        "drop": "removed the label migration",
        "close": f"closed #{request.where}",
    }
    return words.get(request.verb, f"added the label {label_of(request.phase or 0)}")


def _changed_label(change: LabelChange) -> str:
    return f"{_who(change.by)} {'added' if change.added else 'removed'} the label {change.label}"


def _who(actor: Actor) -> str:
    if actor.may_write:
        return actor.login
    return f"{actor.login}, who {'may not be able to' if actor.is_unknown else 'cannot'} write to the repository,"


def _missing_labels(facts: Facts, action: actions.EnsureLabels) -> str:
    missing = [name for name in action.names if name in facts.missing_labels]
    return f"the repository has no label {_named(missing)}"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def _label(facts: Facts, action: actions.AddLabel | actions.RemoveLabel) -> str:
    """A request, or what the label's last change meets."""
    request = _request_behind(facts, action.name)
    if request is not None:
        return requested(request)
    change = facts.label_changes.get(action.name)
    contested = next((one for one in facts.contested_labels if one.label == action.name), None)
    if contested is not None:
        return _changed_label(contested)
    if isinstance(action, actions.AddLabel):
        return _added_label(facts, action.name, change)
    return _removed_label(facts, action.name, change)


def _request_behind(facts: Facts, label: str) -> UserRequest | None:
    number = phase_of_label(label)
    wanted = ("start", "retry", "cancel") if number is not None else ("pause", "resume")
    return next(
        (
            one.request
            for one in facts.pending_requests
            if one.request.verb in wanted and one.request.phase == number and one.actor.may_write
        ),
        None,
    )


def _added_label(facts: Facts, label: str, change: LabelChange | None) -> str:
    if change is not None and not change.added and not change.by.is_drover:
        return _changed_label(change)
    phase = status(facts).phase(phase_of_label(label))
    if phase is not None and (open_pulls := pulls_in(phase, State.OPEN)):
        return f"#{open_pulls[0].number} is open, so the phase has its label"
    return _advance(facts)


def _removed_label(facts: Facts, label: str, change: LabelChange | None) -> str:
    phase = status(facts).phase(phase_of_label(label))
    by = _changed_label(change) if change is not None else f"the label {label} is on the issue"
    if phase is not None and change is not None and change.by.may_write:
        if phase.state is State.STARTING:
            return f"{by}, but {phase.gate or 'nothing is left to migrate in its files'}"
        return f"the phase has ended since {by}: its state is {phase.state}"
    if label == AUDIT:
        return f"{by}, and the audit is done"
    if isinstance(facts.plan, Plan):
        return by
    return f"{by}, but there is no plan that can be used"


def _advance(facts: Facts) -> str:
    return "every phase before it is merged, its checks passed, and the plan says advance: automatic"


def _answer(_facts: Facts, action: actions.Answer) -> str:
    asked = requested(action.request)
    if action.ending == "done":
        return asked
    return f"{asked}. {SENTENCES[action.why](action)}"


def _answers(facts: Facts, action: actions.AnswerComment) -> str:
    return "; ".join(dict.fromkeys(_answer(facts, one) for one in action.answers))


def _publish(facts: Facts, action: actions.PublishPhase) -> str:
    if action.request is not None:
        return requested(action.request)
    found = {why for one in action.slices if (why := _why_published(facts, action.phase, one))}
    return "; ".join(sorted(found)) or _advance(facts)


def _why_published(facts: Facts, number: int, one: Slice) -> str:
    part = status(facts).part(number, one)
    change = facts.label_changes.get(label_of(number))
    if part is None:
        return ""
    if part.state is State.STARTING and change is not None:
        return _changed_label(change)
    if part.facts.outdated_reason:
        return part.facts.outdated_reason
    return "its next files are to be tested" if part.state is State.OPEN and part.facts.trial else ""


def _close(_facts: Facts, action: actions.ClosePhase) -> str:
    return action.why


def _delete_branch(_facts: Facts, _action: actions.DeleteBranch) -> str:
    return "its pull request is no longer open, and nothing else needs it"


def _revert(_facts: Facts, action: actions.OpenRevert) -> str:
    return requested(action.request) if action.request else action.evidence


def _by_request(
    _facts: Facts,
    action: actions.RunAudit | actions.ProposePlan | actions.VerifyBranch | actions.ApprovePlan,
) -> str:
    return requested(action.request)


def _finish(facts: Facts, _action: actions.FinishMigration) -> str:
    return f"nothing is left to migrate on {facts.default_branch}, and its checks passed"


def _reopen_issue(facts: Facts, _action: actions.ReopenIssue) -> str:
    verb = "is" if facts.references == 1 else "are"
    return f"there {verb} {count_of(facts.references, 'reference')} on {facts.default_branch} again"


def _reopen(facts: Facts, action: actions.Reopen) -> str:
    by = next((one.by for one in facts.closings if one.number == action.number), None)
    return f"{_who(by)} closed it" if by else "somebody closed it who cannot write to the repository"


def _new_uses(facts: Facts, action: actions.ReportNewUses) -> str:
    return f"{facts.default_branch} is at {facts.head[:10]}, and {action.since[:10]} was counted last"


def _forced(_facts: Facts, action: ForcedStart) -> str:
    return f"{action.by} commented /migrate start {action.phase} --force, though {action.gate}"


def _failed(results: Sequence[CheckResult]) -> str:
    return _named([one.name for one in results])


def _rerun(facts: Facts, action: automatic_actions.RerunChecks) -> str:
    asked = _asked_again(facts, action.phase)
    return asked or f"failed on {action.sha[:10]}, perhaps by chance: {_failed(action.results)}"


def _asked_again(facts: Facts, phase: int) -> str:
    pending = (one.request for one in facts.pending_requests)
    found = (one for one in pending if one.phase == phase and one.verb in ("rerun", "verify"))
    return next(map(requested, found), "")


def _commands(facts: Facts, action: automatic_actions.RunCommands) -> str:
    asked = _asked_again(facts, action.phase) if action.again else ""
    return asked or f"the plan's commands have no result on {action.sha[:10]} yet"


def _after_failure(_facts: Facts, action: automatic_actions.RevertAfterFailure) -> str:
    return (
        f"checks that passed before fail since the merge {action.merge[:10]}, and the plan says on_failure: revert: "
        + _failed(action.results)
    )


def _offer(facts: Facts, action: automatic_actions.OfferRevert) -> str:
    part = _part(facts, action.phase, action.slice)
    number = f"#{part.pull.number} " if part and part.pull else ""
    return f"{number}is merged" if action.offered else f"{number}is reverted"


def _part(facts: Facts, number: int, one: Slice) -> PhaseFacts | None:
    found = status(facts).part(number, one)
    return found.facts if found else None


REASONS: Mapping[type, Callable[[Facts, Any], str]] = {
    actions.EnsureLabels: _missing_labels,
    actions.AddLabel: _label,
    actions.RemoveLabel: _label,
    actions.Answer: _answer,
    actions.AnswerComment: _answers,
    actions.RunAudit: _by_request,
    actions.ProposePlan: _by_request,
    actions.ApprovePlan: _by_request,
    actions.VerifyBranch: _by_request,
    ForcedStart: _forced,
    actions.PublishPhase: _publish,
    actions.ClosePhase: _close,
    actions.OpenRevert: _revert,
    actions.DeleteBranch: _delete_branch,
    actions.ReportNewUses: _new_uses,
    actions.FinishMigration: _finish,
    actions.ReopenIssue: _reopen_issue,
    actions.Reopen: _reopen,
    automatic_actions.PreparePull: lambda facts, action: "the plan says so under pull_requests",
    automatic_actions.RunCommands: _commands,
    automatic_actions.RerunChecks: _rerun,
    automatic_actions.RevertAfterFailure: _after_failure,
    automatic_actions.EnableAutoMerge: lambda facts, action: "the plan says merge: auto",
    automatic_actions.MarkReadyForReview: lambda facts, action: "every file of the phase was tested",
    automatic_actions.CloseRevert: lambda facts, action: f"phase {action.phase} is reverted already",
    automatic_actions.OfferRevert: _offer,
    automatic_actions.ReportMissingProof: lambda facts, action: "it has no verification yet",
}
"""For each action."""
