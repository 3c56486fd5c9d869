"""What a person requests with an event, if GitHub itself doesn't keep it.

Labels and comments stay on GitHub, where every look finds them again. Only the delivery says who ticked a box or
pressed a button, and that somebody commented on a pull request that no look reads.
"""

from __future__ import annotations

from dataclasses import replace

from bot.decide.checks import PROOF
from bot.decide.ratchet import RATCHET
from bot.decide.requests import (
    Command,
    UserRequest,
    Verb,
    box_command,
    commands,
    from_text,
    newly_ticked,
    request_of,
)
from bot.intake.event import Event
from bot.markers.hidden import is_status
from bot.plan.branch_names import migration_branch


def requests_in(event: Event) -> list[UserRequest]:
    match event.kind:
        case "issue_comment.edited" if not event.on_pull and is_status(event.text):
            return _from_boxes(event)
        case "issue_comment.created" | "issue_comment.edited" if event.on_pull and not event.sender_is_bot:
            return _from_pull_comment(event)
        case "check_run.requested_action" | "check_run.rerequested" | "check_suite.rerequested":
            return _from_button(event)
    return []


def _from_pull_comment(event: Event) -> list[UserRequest]:
    """One of them is kept, so that it is answered also on a pull request whose comments no look reads."""
    if event.comment is None or event.issue is None or commands(event.before):
        return []
    return from_text(event.text, event.comment, event.issue, event.sender, event.at)[:1]


def _from_boxes(event: Event) -> list[UserRequest]:
    found = []
    for name in newly_ticked(event.before, event.text):
        command = box_command(name)
        if command is not None and event.issue is not None:
            key = f"box-{event.comment}-{name}-{event.delivery}".lower()
            one = request_of(key, command, event.sender, event.at, "box", event.issue, event.comment)
            found.append(replace(one, box=name))
    return found


def _button_command(event: Event, phase: int) -> Command | None:
    """The command behind one of our buttons or GitHub's own: *Re-run* of a check, *Re-run all checks* of its suite."""
    if event.kind == "check_suite.rerequested":
        return Command("verify", phase=phase, everything=True)
    if event.kind == "check_run.rerequested" and event.text == PROOF:
        return Command("verify", phase=phase)
    ours: dict[str, Verb] = {"regenerate": "regenerate", "revert": "revert", "rerun": "rerun"}
    verb = ours.get(event.button)
    return Command(verb, phase=phase) if verb else None


def _from_button(event: Event) -> list[UserRequest]:
    branch = migration_branch(event.ref or "")
    if branch is None or branch.phase is None or not event.button:
        return []
    if event.kind.startswith("check_run") and not event.text.startswith("drover /"):
        return []
    if event.text == RATCHET:
        return []
    command = _button_command(event, branch.phase)
    if command is None:
        return []
    key = f"button-{event.check_run}-{event.button}-{event.delivery}".lower()
    return [request_of(key, command, event.sender, event.at, "button", branch.issue, event.check_run)]
