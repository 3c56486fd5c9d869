"""What an event asks the ratchet to check."""

from __future__ import annotations

from dataclasses import replace

from bot.decide.ratchet import FIX, RATCHET, Subject
from bot.intake.event import Event
from bot.plan.branch_names import PREFIX

QUEUE = "gh-readonly-queue/"
HEADS = frozenset(
    f"pull_request.{action}" for action in ("opened", "synchronize", "reopened", "ready_for_review", "edited")
)


def subjects_in(event: Event) -> list[Subject]:
    if event.plan and (event.ref is None or not event.ref.startswith(PREFIX)):
        return [Subject("all", event.repo_id, event.installation, event.repo)]
    if not event.sha:
        return []
    ref = event.ref or ""
    about = Subject("head", event.repo_id, event.installation, event.repo, event.sha, ref=ref)
    again = replace(about, kind="group" if ref.startswith(QUEUE) else "head", recheck=True)
    match event.kind:
        case kind if kind in HEADS:
            return [replace(about, number=event.issue or 0)]
        case "merge_group.checks_requested":
            return [replace(about, kind="group", base=event.base)]
        case "check_run.requested_action" if event.text == RATCHET and event.button == FIX:
            press = f"fix-{event.check_run}-{event.delivery}".lower()
            return [replace(about, kind="fix", by=event.sender, press=press)]
        case "check_run.rerequested" if event.text == RATCHET:
            return [again]
        case "check_suite.rerequested":
            return [again]
    return []
