"""Check suites, check runs, statuses and workflow runs."""

from __future__ import annotations

import zlib

from sandbox.git.objects import CommitInfo
from sandbox.model.checks import Annotation, CheckRun, CheckSuite, CommitStatus, WorkflowRun
from sandbox.model.json import Json
from sandbox.model.repositories import Repository
from sandbox.model.times import iso, iso_or_none
from sandbox.render.accounts import app, user
from sandbox.render.commits import simple_commit
from sandbox.render.node_ids import node_id
from sandbox.render.pulls import minimal_pull
from sandbox.render.repositories import minimal
from sandbox.render.view import ForgeView


def pulls_on(forge: ForgeView, repo: Repository, sha: str) -> list[Json]:
    """Return the open pull requests with this head, except those from forks."""
    return [
        minimal_pull(forge, one, one.pull)
        for one in repo.pulls
        if one.pull and one.state == "open" and one.pull.head_sha == sha and one.pull.head_repo is repo
    ]


def run(forge: ForgeView, repo: Repository, one: CheckRun) -> Json:
    at = f"{forge.api}/repos/{repo.full_name}/check-runs/{one.id}"
    page = f"{forge.url}/{repo.full_name}/runs/{one.id}"
    return {
        "id": one.id,
        "name": one.name,
        "node_id": node_id("CR", one.id),
        "head_sha": one.suite.head_sha,
        "external_id": one.external_id,
        "url": at,
        "html_url": page,
        "details_url": one.details_url or page,
        "status": one.status,
        "conclusion": one.conclusion,
        "started_at": iso(one.started_at),
        "completed_at": iso_or_none(one.completed_at),
        "output": {
            "title": one.title,
            "summary": one.summary,
            "text": one.text,
            "annotations_count": len(one.annotations),
            "annotations_url": f"{at}/annotations",
        },
        "check_suite": {"id": one.suite.id},
        "app": app(forge, one.suite.app),
        "pull_requests": pulls_on(forge, repo, one.suite.head_sha),
    }


def webhook_run(forge: ForgeView, repo: Repository, one: CheckRun) -> Json:
    out = run(forge, repo, one)
    status, conclusion = suite_state(repo, one.suite)
    out["check_suite"] = {
        "id": one.suite.id,
        "node_id": node_id("CS", one.suite.id),
        "head_branch": one.suite.head_branch,
        "head_sha": one.suite.head_sha,
        "status": status,
        "conclusion": conclusion,
        "url": _suite_url(forge, repo, one.suite),
        "before": one.suite.before,
        "after": one.suite.head_sha,
        "pull_requests": pulls_on(forge, repo, one.suite.head_sha),
        "app": app(forge, one.suite.app),
        "created_at": iso(one.suite.created_at),
        "updated_at": iso(one.suite.updated_at),
    }
    return out


def annotation(forge: ForgeView, repo: Repository, sha: str, one: Annotation) -> Json:
    return {
        "path": one.path,
        "blob_href": f"{forge.url}/{repo.full_name}/blob/{sha}/{one.path}",
        "start_line": one.start_line,
        "end_line": one.end_line,
        "start_column": one.start_column,
        "end_column": one.end_column,
        "annotation_level": one.level,
        "title": one.title,
        "message": one.message,
        "raw_details": one.raw_details,
    }


def latest_runs(repo: Repository, suite: CheckSuite) -> list[CheckRun]:
    """Return the newest check run of each name."""
    by_name = {one.name: one for one in repo.check_runs.values() if one.suite is suite}
    return list(by_name.values())


_WORST = ("startup_failure", "failure", "timed_out", "cancelled", "action_required", "stale")


def suite_state(repo: Repository, suite: CheckSuite) -> tuple[str, str | None]:
    runs = latest_runs(repo, suite)
    if not runs or suite.waits:
        return "queued", None
    if any(one.status != "completed" for one in runs):
        queued = all(one.status == "queued" for one in runs)
        return ("queued" if queued else "in_progress"), None
    conclusions = {one.conclusion for one in runs}
    for bad in _WORST:
        if bad in conclusions:
            return "completed", bad
    for good in ("success", "neutral", "skipped"):
        if good in conclusions:
            return "completed", good
    return "completed", None


def _suite_url(forge: ForgeView, repo: Repository, one: CheckSuite) -> str:
    return f"{forge.api}/repos/{repo.full_name}/check-suites/{one.id}"


def suite(forge: ForgeView, repo: Repository, one: CheckSuite, head: CommitInfo) -> Json:
    status, conclusion = suite_state(repo, one)
    return {
        "id": one.id,
        "node_id": node_id("CS", one.id),
        "head_branch": one.head_branch,
        "head_sha": one.head_sha,
        "status": status,
        "conclusion": conclusion,
        "url": _suite_url(forge, repo, one),
        "before": one.before,
        "after": one.head_sha,
        "pull_requests": pulls_on(forge, repo, one.head_sha),
        "app": app(forge, one.app),
        "repository": minimal(forge, repo),
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "rerequestable": one.rerequestable,
        "runs_rerequestable": True,
        "head_commit": simple_commit(head),
        "latest_check_runs_count": len(latest_runs(repo, one)),
        "check_runs_url": f"{_suite_url(forge, repo, one)}/check-runs",
    }


def status(forge: ForgeView, repo: Repository, one: CommitStatus) -> Json:
    return {
        "url": f"{forge.api}/repos/{repo.full_name}/statuses/{one.sha}",
        "avatar_url": f"{forge.url}/avatars/u/{one.creator.id}?v=4",
        "id": one.id,
        "node_id": node_id("SC", one.id),
        "state": one.state,
        "description": one.description,
        "target_url": one.target_url,
        "context": one.context,
        "created_at": iso(one.created_at),
        "updated_at": iso(one.created_at),
    }


def full_status(forge: ForgeView, repo: Repository, one: CommitStatus) -> Json:
    return {**status(forge, repo, one), "creator": user(forge, one.creator)}


def combined_status(forge: ForgeView, repo: Repository, sha: str, latest: list[CommitStatus]) -> Json:
    at = f"{forge.api}/repos/{repo.full_name}"
    states = {one.state for one in latest}
    state = "pending" if not states or "pending" in states else "success"
    return {
        "state": "failure" if states & {"failure", "error"} else state,
        "statuses": [status(forge, repo, one) for one in latest],
        "sha": sha,
        "total_count": len(latest),
        "repository": minimal(forge, repo),
        "commit_url": f"{at}/commits/{sha}",
        "url": f"{at}/commits/{sha}/status",
    }


def workflow_run(forge: ForgeView, repo: Repository, one: WorkflowRun, head: CommitInfo) -> Json:
    at = f"{forge.api}/repos/{repo.full_name}/actions/runs/{one.id}"
    return {
        "id": one.id,
        "name": one.name,
        "node_id": node_id("WFR", one.id),
        "head_branch": one.suite.head_branch,
        "head_sha": one.suite.head_sha,
        "path": one.path,
        "display_title": one.title,
        "run_number": one.number,
        "event": one.event,
        "status": one.status,
        "conclusion": one.conclusion,
        "workflow_id": workflow_id(one.path),
        "check_suite_id": one.suite.id,
        "check_suite_node_id": node_id("CS", one.suite.id),
        "url": at,
        "html_url": f"{forge.url}/{repo.full_name}/actions/runs/{one.id}",
        "pull_requests": pulls_on(forge, repo, one.suite.head_sha),
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "actor": user(forge, one.actor),
        "triggering_actor": user(forge, one.actor),
        "run_attempt": one.attempt,
        "referenced_workflows": [],
        "run_started_at": iso(one.created_at),
        "jobs_url": f"{at}/jobs",
        "logs_url": f"{at}/logs",
        "check_suite_url": _suite_url(forge, repo, one.suite),
        "artifacts_url": f"{at}/artifacts",
        "cancel_url": f"{at}/cancel",
        "rerun_url": f"{at}/rerun",
        "previous_attempt_url": f"{at}/attempts/{one.attempt - 1}" if one.attempt > 1 else None,
        "workflow_url": f"{forge.api}/repos/{repo.full_name}/actions/workflows/{workflow_id(one.path)}",
        "head_commit": simple_commit(head),
        "repository": minimal(forge, repo),
        "head_repository": minimal(forge, repo),
    }


def workflow(forge: ForgeView, repo: Repository, one: WorkflowRun) -> Json:
    number = workflow_id(one.path)
    at = f"{forge.api}/repos/{repo.full_name}/actions/workflows/{number}"
    page = f"{forge.url}/{repo.full_name}"
    return {
        "id": number,
        "node_id": node_id("W", number),
        "name": one.name,
        "path": one.path,
        "state": "active",
        "created_at": iso(repo.created_at),
        "updated_at": iso(repo.created_at),
        "url": at,
        "html_url": f"{page}/blob/{repo.default_branch}/{one.path}",
        "badge_url": f"{page}/workflows/{one.name}/badge.svg",
    }


def workflow_id(path: str) -> int:
    return zlib.crc32(path.encode())
