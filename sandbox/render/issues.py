"""Issues, comments, labels, reactions and the timeline."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import quote

from sandbox.access.people import GHOST
from sandbox.access.permissions import author_association
from sandbox.model.comments import REACTIONS, Comment, Reaction
from sandbox.model.json import Json
from sandbox.model.labels import Label
from sandbox.model.repositories import Issue, IssueEvent, Repository
from sandbox.model.reviews import Review
from sandbox.model.times import iso, iso_or_none
from sandbox.render.accounts import app_or_none, user, user_or_none
from sandbox.render.node_ids import node_id
from sandbox.render.view import ForgeView


def label(forge: ForgeView, repo: Repository, one: Label) -> Json:
    return {
        "id": one.id,
        "node_id": node_id("LA", one.id),
        "url": f"{forge.api}/repos/{repo.full_name}/labels/{quote(one.name, safe='')}",
        "name": one.name,
        "color": one.color,
        "default": one.default,
        "description": one.description,
        "archived_at": None,
        "archived_by": None,
    }


def labels(forge: ForgeView, repo: Repository, some: list[Label]) -> list[Json]:
    return [label(forge, repo, one) for one in some]


def reaction(forge: ForgeView, one: Reaction) -> Json:
    return {
        "id": one.id,
        "node_id": node_id("REA", one.id),
        "user": user(forge, one.user),
        "content": one.content,
        "created_at": iso(one.created_at),
    }


def _rollup(url: str, some: list[Reaction]) -> Json:
    counts = {name: sum(one.content == name for one in some) for name in REACTIONS}
    return {"url": f"{url}/reactions", "total_count": len(some), **counts}


def issue(forge: ForgeView, one: Issue) -> Json:
    at = f"{forge.api}/repos/{one.repo.full_name}/issues/{one.number}"
    out: Json = {
        "url": at,
        "repository_url": f"{forge.api}/repos/{one.repo.full_name}",
        "labels_url": f"{at}/labels{{/name}}",
        "comments_url": f"{at}/comments",
        "events_url": f"{at}/events",
        "html_url": issue_url(forge, one),
        "id": one.id,
        "node_id": node_id("PR" if one.pull else "I", one.id),
        "number": one.number,
        "title": one.title,
        "user": user(forge, one.user),
        "labels": labels(forge, one.repo, one.labels),
        "state": one.state,
        "state_reason": one.state_reason,
        "locked": one.locked,
        "assignee": user(forge, one.assignees[0]) if one.assignees else None,
        "assignees": [user(forge, who) for who in one.assignees],
        "milestone": None,
        "comments": len(one.comments),
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "closed_at": iso_or_none(one.closed_at),
        "author_association": author_association(one.repo, one.user),
        "active_lock_reason": None,
        "body": one.body,
        "reactions": _rollup(at, one.reactions),
        "timeline_url": f"{at}/timeline",
        "performed_via_github_app": app_or_none(forge, one.app),
    }
    if one.pull:
        out |= {"draft": one.pull.draft, "pull_request": _pull_links(forge, one)}
    else:
        out["sub_issues_summary"] = {"total": 0, "completed": 0, "percent_completed": 0}
        out["issue_dependencies_summary"] = dict.fromkeys(
            ("blocked_by", "total_blocked_by", "blocking", "total_blocking"), 0
        )
    return out


def single_issue(forge: ForgeView, one: Issue) -> Json:
    """Return an issue with `closed_by`, which only a single `GET` has."""
    return {**issue(forge, one), "closed_by": user_or_none(forge, one.closed_by)}


def issue_url(forge: ForgeView, one: Issue) -> str:
    return f"{forge.url}/{one.repo.full_name}/{'pull' if one.pull else 'issues'}/{one.number}"


def _pull_links(forge: ForgeView, one: Issue) -> Json:
    page = issue_url(forge, one)
    return {
        "url": f"{forge.api}/repos/{one.repo.full_name}/pulls/{one.number}",
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "merged_at": iso_or_none(one.pull.merged_at) if one.pull else None,
    }


def comment(forge: ForgeView, on: Issue, one: Comment) -> Json:
    at = f"{forge.api}/repos/{on.repo.full_name}/issues/comments/{one.id}"
    return {
        "url": at,
        "html_url": f"{issue_url(forge, on)}#issuecomment-{one.id}",
        "issue_url": f"{forge.api}/repos/{on.repo.full_name}/issues/{on.number}",
        "id": one.id,
        "node_id": node_id("IC", one.id),
        "user": user(forge, one.user),
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "body": one.body,
        "author_association": author_association(on.repo, one.user),
        "reactions": _rollup(at, one.reactions),
        "performed_via_github_app": app_or_none(forge, one.app),
    }


def event(forge: ForgeView, on: Issue, one: IssueEvent) -> Json:
    out: Json = {
        "id": one.id,
        "node_id": node_id("EV", one.id),
        "url": f"{forge.api}/repos/{on.repo.full_name}/issues/events/{one.id}",
        "actor": None if one.actor.login == GHOST else user(forge, one.actor),
        "event": one.event,
        "commit_id": one.commit_id,
        "commit_url": one.commit_id and f"{forge.api}/repos/{on.repo.full_name}/commits/{one.commit_id}",
        "created_at": iso(one.created_at),
        "performed_via_github_app": app_or_none(forge, one.app),
    }
    if one.label:
        out["label"] = {"name": one.label.name, "color": one.label.color}
    if one.rename:
        out["rename"] = {"from": one.rename[0], "to": one.rename[1]}
    if one.reviewer:
        out["requested_reviewer"] = user(forge, one.reviewer)
        out["review_requester"] = user(forge, one.actor)
    if one.assignee:
        out["assignee"] = user(forge, one.assignee)
        out["assigner"] = user(forge, one.actor)
    if one.review:
        out["dismissed_review"] = _dismissed_review(one.review, one.commit_id)
    if one.event == "closed":
        out["state_reason"] = on.state_reason
    if one.event == "locked":
        out["lock_reason"] = None
    return out


def _dismissed_review(review: Review, commit: str | None) -> Json:
    told = {"dismissal_commit_id": commit} if commit else {}
    return {"state": "approved", "review_id": review.id, "dismissal_message": None, **told}


def timeline(forge: ForgeView, on: Issue, more: Iterable[tuple[datetime, Json]] = ()) -> list[Json]:
    """Return events and comments in order, with `more` for reviews and commits."""
    entries = [(one.created_at, one.id, _timeline_event(event(forge, on, one))) for one in on.events]
    for one in on.comments:
        said = {**comment(forge, on, one), "event": "commented", "actor": user(forge, one.user)}
        entries.append((one.created_at, one.id, said))
    entries += [(at, 0, entry) for at, entry in more]
    entries.sort(key=lambda entry: entry[:2])
    return [entry for _, _, entry in entries]


def _timeline_event(told: Json) -> Json:
    """Drop the fields that only the events API has."""
    return {name: value for name, value in told.items() if name != "assigner"}
