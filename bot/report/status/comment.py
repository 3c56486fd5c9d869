"""The status comment: one comment on the tracking issue, edited in place. The controls are the last to be cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from bot.decide.checks import Verdict
from bot.decide.facts import Facts, PlanProblem, RemainingReference
from bot.decide.history import RemainingAt, StatusHistory
from bot.decide.status import Overall, PhaseStatus, State, Status, is_restored
from bot.markers.hidden import STATUS_MARKER, box_marker, state_marker
from bot.plan.plan import Plan
from bot.report import answers as messages
from bot.report.checks import checks_section, trying
from bot.report.pull_request import human_lines
from bot.report.ratchet import allowed_section
from bot.report.slices import merged_of, slice_name, slice_title, split_sentence
from bot.report.status.criteria import criteria_section, in_the_way_section
from bot.report.status.forcing import forced_lines
from bot.report.status.plan_change import plan_change_section
from bot.report.status.proofs import proofs_section
from bot.report.text import bar, code, counted, fitted, folded, listed, plain, table

_ICON = {
    State.EMPTY: "➖",
    State.WAITING: "🔒",
    State.READY: "🟢",
    State.STARTING: "⏳",
    State.FAILED: "❌",
    State.OPEN: "🔀",
    State.MERGED: "✅",
    State.REVERTED: "↩️",
}
_CHECKS = {
    Verdict.NONE: "none yet",
    Verdict.MISSING: "⚠️ none came",
    Verdict.PENDING: "⏳ running",
    Verdict.GREEN: "✅ green",
    Verdict.RED: "❌ red",
    Verdict.RED_BEFORE: "⚠️ red as before",
    Verdict.UNASKED: "none asked for",
}


def status_comment(facts: Facts, status: Status, seen: StatusHistory) -> str:
    head = _head(facts, status, seen)
    parts = [
        (head, head),
        (_table(facts, status, seen, 60), _table(facts, status, seen, 5)),
        (_controls(status), _controls(status)),
        (
            plan_change_section(facts, status, seen.plan_shape, seen.plan_change, 40),
            plan_change_section(facts, status, seen.plan_shape, seen.plan_change, 5),
        ),
        (checks_section(facts, status), ""),
        (in_the_way_section(facts, 40), in_the_way_section(facts, 5)),
        (_human(facts, status, 60), _human(facts, status, 8)),
        (proofs_section(status, seen.proofs, 16_000), proofs_section(status, seen.proofs, 3_000)),
        (_burndown(seen), ""),
        (criteria_section(facts), ""),
        (_unmatched(facts, 40), _unmatched(facts, 5)),
        (allowed_section(facts, 40), allowed_section(facts, 5)),
        (_history(facts), ""),
        (_foot(seen), _foot(seen)),
    ]
    return fitted(parts)


def _head(facts: Facts, status: Status, seen: StatusHistory) -> str:
    title = facts.plan.title if isinstance(facts.plan, Plan) else facts.title
    lines = [STATUS_MARKER, f"## {plain(title)}"]
    if status.phases:
        whole = max(seen.most_remaining, facts.references)
        lines.append(
            f"**{facts.references:,} of {counted(whole, 'reference')} left** "
            f"on {code(facts.default_branch)} at {code(facts.head[:10])}  \n"
            f"{bar(whole - facts.references, whole)}"
        )
    lines.append(sentence(facts, status))
    lines += ["⚠️ " + messages.loose_branch(branch) for branch in facts.branches_to_keep]
    if facts.wait:
        lines.append("⏳ " + messages.waiting(*facts.wait))
    if facts.missing_features:
        lines.append("ℹ️ " + messages.missing_parts(facts.missing_features))
    return "\n\n".join(lines)


def sentence(facts: Facts, status: Status) -> str:
    """The state in a sentence, and what to do next."""
    if isinstance(facts.plan, PlanProblem):
        return f"**The plan can't be used.** Mend it, and Drover goes on by itself.\n\n{facts.plan.text}"
    match status.overall:
        case Overall.UNPLANNED:
            return (
                "**There is no plan yet.** Next: put one into this issue's text as a `yaml` block or into "
                "`.github/migrations/`, or comment `/migrate audit` to have one proposed."
            )
        case Overall.PAUSED:
            return "**Paused.** Nothing is started or changed. Next: take the label `migration:paused` off."
        case Overall.FINISHED:
            return "**Finished.** Nothing refers to what was deprecated any more."
        case Overall.CLOSED:
            return "**The issue is closed.** Drover only counts. Next: open it again to go on."
        case Overall.ARCHIVED:
            return "**The repository is archived**, so nothing can be changed in it."
    return _running(facts, status)


def _running(facts: Facts, status: Status) -> str:
    for phase in status.phases:
        if phase.open_revert:
            return f"Phase {phase.number} is being taken back. Next: review and merge #{phase.open_revert.pull.number}."
        if (said := _of_phase(phase)) is not None:
            return said
    if facts.obstacles:
        return "**Nothing is left to move**, but something is in the way of the end. Next: see below."
    return "No phase can do more by itself. Next: see what needs a human below."


def _of_phase(phase: PhaseStatus) -> str | None:
    name = f"Phase {phase.number} ({plain(phase.phase.name)})"
    if phase.slices and (said := split_sentence(name, phase)):
        return said
    match phase.state:
        case State.OPEN if phase.pull:
            return _open_sentence(name, phase, phase.pull.number)
        case State.STARTING:
            return f"{name} is being made. Next: nothing to do, its pull request opens by itself."
        case State.FAILED:
            return f"**{name} could not be made.** {phase.facts.failure} Next: comment `/migrate retry {phase.number}`."
        case State.MERGED if phase.verdict is Verdict.RED:
            return (
                f"**{name} is merged, and the default branch is red since.** "
                f"Next: mend it, or take it back with `/migrate revert {phase.number}`."
            )
        case State.MERGED if phase.verdict in (Verdict.PENDING, Verdict.NONE):
            return f"{name} is merged; the default branch's checks are awaited. Next: wait for them."
        case State.READY | State.REVERTED:
            again = " again" if phase.state is State.REVERTED else ""
            return (
                f"{name} can start{again}. Next: put the label `migration:phase-{phase.number}` on this issue, "
                "or tick its box below."
            )
        case State.WAITING:
            return f"{name} waits: {phase.gate}."
    return None


def _open_sentence(name: str, phase: PhaseStatus, number: int) -> str:
    if phase.facts.failure:
        return f"**{name} is open as #{number}, but stuck.** {phase.facts.failure}"
    if phase.pull and phase.pull.mergeable is False:
        return f"{name} is open as #{number} and in conflict. Next: nothing to do, it is made anew."
    if phase.verdict is Verdict.MISSING:
        return f"**{name} is open as #{number}, and its checks did not come.** Next: see below which are awaited."
    trial = phase.facts.trial
    if trial is not None and ((phase.pull and phase.pull.draft) or trial.tried < trial.whole):
        return f"{name} is tried batch by batch in #{number}: {trying(trial)}. Next: nothing to do, it goes on by itself."
    match phase.verdict:
        case Verdict.RED:
            return (
                f"**{name} is open as #{number}, and its checks are red.** Next: look at what failed below."
            )
        case Verdict.PENDING:
            return f"{name} is open as #{number}; its checks are running. Next: review it meanwhile."
    return f"{name} is open as #{number}. Next: review and merge it."


def _table(facts: Facts, status: Status, seen: StatusHistory, most: int) -> str:
    """`most`: the slices that are shown of a phase."""
    if not status.phases:
        return ""
    proofs = {proof.pull: proof.title for proof in seen.proofs}
    rows = [row for phase in status.phases for row in _rows(phase, proofs, most)]
    head = ("#", "Phase", "Left", "Files", "Batches", "Pull request", "Proof", "Checks", "State")
    return "\n\n".join([table(head, rows), *forced_lines(facts, status)])


def _rows(phase: PhaseStatus, proofs: Mapping[int, str], most: int) -> Iterator[tuple[str, ...]]:
    yield _row(phase, proofs)
    for part in phase.slices[:most]:
        yield _row(part, proofs)
    if len(phase.slices) > most:
        yield ("", f"… {len(phase.slices) - most:,} more slices", *[""] * 7)


def _row(phase: PhaseStatus, proofs: Mapping[int, str]) -> tuple[str, ...]:
    pull = phase.pull
    proof = proofs.get(pull.number, "") if pull else ""
    one = phase.facts.slice
    left = f"{phase.facts.remaining.automatic:,}" + (
        f" + {len(phase.facts.remaining.manual):,} by hand" if phase.facts.remaining.manual else ""
    )
    shown_checks = phase.state in (State.OPEN, State.MERGED)
    state = f"{_ICON[phase.state]} {phase.state}"
    if phase.open_revert:
        state = f"↩️ being taken back in #{phase.open_revert.pull.number}"
    return (
        "" if one.key else str(phase.number),
        slice_name(one) or plain(phase.phase.name),
        left,
        f"{phase.facts.remaining.files:,}",
        str(sum(len(part.batches) for part in phase.facts.parts) or "–"),
        f"#{pull.number}" if pull else merged_of(phase) or "–",
        proof or "–",
        _CHECKS[phase.verdict] if shown_checks else "–",
        state,
    )


def _controls(status: Status) -> str:
    boxes = list(_boxes(status))
    return "**Tick to act**\n\n" + "\n".join(boxes) if boxes else ""


def _boxes(status: Status) -> Iterator[str]:
    if status.overall is Overall.PAUSED:
        yield _box("resume", "Go on (takes the label `migration:paused` off)")
        return
    if status.overall not in (Overall.RUNNING, Overall.FINISHED):
        return
    for phase in status.phases:
        number, name = phase.number, plain(phase.phase.name)
        if phase.state in (State.READY, State.REVERTED) and not phase.gate:
            yield _box(f"start-{number}", f"Start phase {number}, {name}")
        if any(part.state is State.FAILED for part in phase.parts):
            yield _box(f"retry-{number}", f"Try phase {number}, {name}, again")
        if phase.state is State.OPEN:
            yield _box(f"cancel-{number}", f"Cancel phase {number}, {name}")
        if any(part.state is State.MERGED for part in phase.parts) and not phase.open_revert:
            yield _box(f"revert-{number}", f"Revert phase {number}, {name}{_so_far(phase)}")


def _so_far(phase: PhaseStatus) -> str:
    return "" if phase.state is State.MERGED else ", as far as it is merged"


def _box(name: str, words: str) -> str:
    return f"- [ ] {words} {box_marker(name)}"


def _human(facts: Facts, status: Status, most: int) -> str:
    left: list[RemainingReference] = [one for phase in status.phases for one in phase.facts.remaining.manual]
    lines = list(human_lines(left, facts.repo_url, facts.head))
    lines += [f"- {code(path)} can't be parsed: {plain(why)}" for path, why in facts.unparsable_files.items()]
    if not lines:
        return ""
    return folded(f"Needs a human ({len(lines):,})", listed(lines, most, ", see `/migrate audit`"))


def _burndown(seen: StatusHistory) -> str:
    points = seen.burndown
    if len(points) < 2:
        return ""
    top = max(1, seen.most_remaining, *(point.remaining for point in points))
    days = ", ".join(f'"{label}"' for label in _labels(points))
    line = ", ".join(str(point.remaining) for point in points)
    chart = (
        "```mermaid\nxychart-beta\n"
        '    title "References left"\n'
        f"    x-axis [{days}]\n"
        f'    y-axis "left" 0 --> {top}\n'
        f"    bar [{line}]\n    line [{line}]\n```"
    )
    return folded("Burndown", chart)


def _labels(points: Sequence[RemainingAt]) -> list[str]:
    """Days where the chart spans days, else hours; GitHub's Mermaid wants each label once."""
    span = points[-1].at - points[0].at
    form = "%b %d" if span > 3 * 86400 else "%d %H:%M" if span > 3600 else "%H:%M:%S"
    labels: list[str] = []
    for point in points:
        label = datetime.fromtimestamp(point.at, UTC).strftime(form)
        while label in labels:
            label += "\u2009"
        labels.append(label)
    return labels


def _unmatched(facts: Facts, most: int) -> str:
    if not facts.unmatched_files:
        return ""
    lines = [f"- {code(path)}" for path in facts.unmatched_files]
    return folded(f"Files with references that no phase takes ({len(lines):,})", listed(lines, most))


def _history(facts: Facts) -> str:
    events = sorted(_events(facts), reverse=True)[:12]
    if not events:
        return ""
    return folded("History", "\n".join(f"- {_moment(at)}: {what}" for at, what in events))


def _events(facts: Facts) -> Iterator[tuple[float, str]]:
    for phase in facts.parts:
        number, pull = f"{phase.phase.number}{plain(slice_title(phase.slice))}", phase.pull
        if pull is not None and pull.ended_at:
            by = f" by {plain(pull.merged_by)}" if pull.merged_by else ""
            yield pull.ended_at, f"phase {number} {pull.state}{by} (#{pull.number})"
        if is_restored(phase) and phase.in_tree and phase.in_tree.restored_by:
            yield (
                phase.in_tree.restored_at,
                f"phase {number} put back ({code(phase.in_tree.restored_by[:10])})",
            )
        for undoing in phase.reverts:
            if undoing.pull.state == "merged" and undoing.pull.ended_at:
                what = f"batch {undoing.batch} of phase {number}" if undoing.batch else f"phase {number}"
                yield undoing.pull.ended_at, f"{what} taken back (#{undoing.pull.number})"
    for label_change in facts.label_changes.values():
        if not label_change.by.is_drover:
            verb = "put on" if label_change.added else "taken off"
            yield label_change.at, f"{code(label_change.label)} {verb} by {plain(label_change.by.login)}"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _foot(seen: StatusHistory) -> str:
    points = [[round(point.at), point.remaining] for point in seen.burndown]
    return (
        "<sub>Drover keeps this comment up to date. `/migrate help` lists the commands.</sub>\n"
        + state_marker({"burndown": points, "whole": seen.most_remaining, **_plan_kept(seen)})
    )


def _plan_kept(seen: StatusHistory) -> Mapping[str, object]:
    """What the next plan will be compared with."""
    plan = {"plan": seen.plan_shape.as_json()} if seen.plan_shape else {}
    if seen.plan_change is None:
        return plan
    return {**plan, "was": seen.plan_change.before.as_json(), "changed": round(seen.plan_change.at)}
