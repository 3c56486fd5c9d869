"""The payload of each event that Drover reads, parsed into a frozen event."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.decide.status import ADOPT, PAUSED
from bot.intake.event import Event
from bot.plan.branch_names import LARGEST_ISSUE, PREFIX

Payload = Mapping[str, Any]
MOST_BRANCHES = 10
"""How many branches GitHub lists in a status: with that many, those that matter may not be among them."""

MOST_ADDED = 100
"""How many names of added repositories are kept of a delivery that may name thousands."""


def parse(name: str, delivery: str, payload: Payload) -> Event | None:
    """None if Drover doesn't use this event."""
    reader = _READERS.get(name)
    repository, installation = payload.get("repository"), payload.get("installation")
    if reader is None or not isinstance(installation, Mapping):
        return None
    repository = repository if isinstance(repository, Mapping) else {}
    sender = payload.get("sender") or {}
    action = payload.get("action")
    event = Event(
        delivery=delivery,
        kind=f"{name}.{action}" if action else name,
        installation=_id(installation["id"]),
        repo_id=_id(repository.get("id") or 0),
        repo=str(repository.get("full_name") or ""),
        sender=str(sender.get("login") or ""),
        sender_is_bot=sender.get("type") == "Bot",
    )
    return reader(event, payload)


def _issue_number(value: Any) -> int:
    """Raises ValueError where GitHub can't have given it."""
    return _within(value, 1, LARGEST_ISSUE)


def _id(value: Any) -> int:
    return _within(value, 0, 2**63 - 1)


def _within(value: Any, low: int, high: int) -> int:
    if not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"not a whole number from {low} to {high}")
    return value


def _issue(event: Event, payload: Payload) -> Event | None:
    issue = payload["issue"]
    labels = {one["name"] for one in issue.get("labels") or ()}
    label = (payload.get("label") or {}).get("name")
    if ADOPT not in labels and label != ADOPT:
        return None
    plan = label in (ADOPT, PAUSED) or payload.get("action") in _CHANGES_PLAN
    return replace(
        event,
        issue=_issue_number(issue["number"]),
        tracking=True,
        plan=plan,
        by_outsider=_is_by_outsider(event, payload, issue),
    )


_CHANGES_PLAN = ("edited", "closed", "reopened", "deleted", "transferred")


def _concerns(payload: Payload, *branches: object) -> bool:
    """Whether one of the branches is the default branch or Drover's own: others change nothing here."""
    default = (payload.get("repository") or {}).get("default_branch")
    named = [branch for branch in branches if branch]
    return not default or not named or any(one == default or str(one).startswith(PREFIX) for one in named)


def _comment(event: Event, payload: Payload) -> Event | None:
    issue, comment = payload["issue"], payload["comment"]
    text = str(comment.get("body") or "")
    before = str(((payload.get("changes") or {}).get("body") or {}).get("from") or "")
    if not _may_matter(event, comment, f"{text}{before}", on_pull="pull_request" in issue):
        return None
    labels = {one["name"] for one in issue.get("labels") or ()}
    return replace(
        event,
        issue=_issue_number(issue["number"]),
        tracking=ADOPT in labels and "pull_request" not in issue,
        on_pull="pull_request" in issue,
        comment=_id(comment["id"]),
        text=text,
        before=before,
        author=str((comment.get("user") or {}).get("login") or ""),
        by_outsider=_is_by_outsider(event, payload, comment),
    )


def _may_matter(event: Event, comment: Payload, text: str, *, on_pull: bool) -> bool:
    """Whether there is a command in it, or it may be one of Drover's that somebody edited or deleted."""
    by_bot = (comment.get("user") or {}).get("type") == "Bot"
    return "/migrate" in text.lower() or (by_bot and not on_pull and event.kind != "issue_comment.created")


INSIDERS = ("OWNER", "MEMBER", "COLLABORATOR")
"""Not each of them has write access, and who has it is none of them where their membership is private: they wait a
minute for their second answer at most."""


def _is_by_outsider(event: Event, payload: Payload, written: Payload) -> bool:
    """Whether the sender wrote it, and has no more to do with a public repository than everybody."""
    by_sender = (written.get("user") or {}).get("login") == event.sender
    is_public = (payload.get("repository") or {}).get("private") is False
    return by_sender and is_public and written.get("author_association") not in INSIDERS


def _pull(event: Event, payload: Payload) -> Event | None:
    """Not of a fork's that has another title or text: only another base matters there."""
    pull = payload["pull_request"]
    head = pull["head"].get("repo") or {}  # none if the fork was deleted
    from_fork = head.get("id") != event.repo_id
    if from_fork and payload.get("action") == "edited" and "base" not in (payload.get("changes") or {}):
        return None
    return replace(
        event,
        issue=_issue_number(pull["number"]),
        ref=str(pull["head"]["ref"]),
        from_fork=from_fork,
        sha=str(pull["head"]["sha"]),
        by_outsider=from_fork and _is_by_outsider(event, payload, pull),
    )


def _push(event: Event, payload: Payload) -> Event | None:
    ref = str(payload["ref"])
    if not ref.startswith("refs/heads/"):
        return None
    branch = ref.removeprefix("refs/heads/")
    if not _concerns(payload, branch):
        return None
    return replace(event, ref=branch, sha=str(payload.get("after") or ""), plan=_may_change_plan(payload))


def _may_change_plan(payload: Payload) -> bool:
    """GitHub lists at most 2,048 commits of a push, and none of those that a forced push drops."""
    commits = payload.get("commits") or ()
    paths = (path for commit in commits for change in _PATH_CHANGES for path in commit.get(change) or ())
    return bool(payload.get("forced")) or len(commits) >= 2048 or any(map(_PLANS.match, paths))


_PATH_CHANGES = ("added", "modified", "removed")
_PLANS = re.compile(r"\.github/migrations/")


def _ref(event: Event, payload: Payload) -> Event | None:
    if payload.get("ref_type") != "branch" or not _concerns(payload, payload["ref"]):
        return None
    return replace(event, ref=str(payload["ref"]))


def _check_run(event: Event, payload: Payload) -> Event | None:
    run = payload["check_run"]
    button = (payload.get("requested_action") or {}).get("identifier") or ""
    if event.kind == "check_run.rerequested":
        button = "rerun"
    branch = (run.get("check_suite") or {}).get("head_branch")
    if str(run.get("external_id") or "").startswith(PREFIX):
        branch = run["external_id"]  # the branch of the phase, also where the run is on the default branch
    if not button and not _concerns(payload, branch):
        return None
    return replace(
        event,
        sha=str(run["head_sha"]),
        ref=branch,
        check_run=_id(run["id"]),
        button=str(button),
        text=str(run.get("name") or ""),
    )


def _check_suite(event: Event, payload: Payload) -> Event | None:
    """Not of one that is requested: that comes with every push, and a push says so itself."""
    suite = payload["check_suite"]
    if event.kind == "check_suite.requested":
        return None
    if event.kind == "check_suite.completed" and not _concerns(payload, suite.get("head_branch")):
        return None
    button = "rerun" if event.kind == "check_suite.rerequested" else ""
    return replace(event, sha=str(suite["head_sha"]), ref=suite.get("head_branch"), button=button)


def _status(event: Event, payload: Payload) -> Event | None:
    branches = [branch.get("name") for branch in payload.get("branches") or ()]
    concerns = len(branches) >= MOST_BRANCHES or _concerns(payload, *branches)
    return replace(event, sha=str(payload["sha"])) if concerns else None


def _workflow_run(event: Event, payload: Payload) -> Event | None:
    """Not of one that starts to run: it was known to be on its way when it was requested."""
    run = payload["workflow_run"]
    if event.kind == "workflow_run.in_progress" or not _concerns(payload, run.get("head_branch")):
        return None
    head = run.get("head_repository") or {}
    from_fork = head.get("id", event.repo_id) != event.repo_id
    return replace(event, sha=str(run["head_sha"]), ref=run.get("head_branch"), from_fork=from_fork)


def _merge_group(event: Event, payload: Payload) -> Event | None:
    group = payload["merge_group"]
    return replace(
        event,
        sha=str(group["head_sha"]),
        ref=str(group["head_ref"]).removeprefix("refs/heads/"),
        base=str(group.get("base_sha") or ""),
    )


def _installation(event: Event, payload: Payload) -> Event | None:
    added = payload.get("repositories_added") or payload.get("repositories") or ()
    names = (str(one["full_name"]) for one in added[:MOST_ADDED])
    return replace(event, added=tuple(names))


def _anything(event: Event, _payload: Payload) -> Event | None:
    return event


_READERS: Mapping[str, Callable[[Event, Payload], Event | None]] = {
    "check_run": _check_run,
    "check_suite": _check_suite,
    "create": _ref,
    "delete": _ref,
    "installation": _installation,
    "installation_repositories": _installation,
    "issue_comment": _comment,
    "issues": _issue,
    "merge_group": _merge_group,
    "pull_request": _pull,
    "push": _push,
    "repository": _anything,
    "status": _status,
    "workflow_run": _workflow_run,
}
SUBSCRIBED = frozenset(_READERS)
"""The events that `app.yml` asks GitHub for (the installation ones come without asking)."""
