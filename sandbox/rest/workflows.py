"""Routes of workflow runs."""

from __future__ import annotations

from sandbox.access.refusals import not_found
from sandbox.http.answers import Answer
from sandbox.model.checks import WorkflowRun
from sandbox.model.json import Json
from sandbox.render import checks as render
from sandbox.rest.call import Call, RouteTable

table = RouteTable()
route = table.route


@route("GET", "/repos/{owner}/{repo}/actions/runs", "actions:read")
async def list_runs(call: Call) -> Answer:
    repo, query = call.repo, call.query
    found = [
        one
        for one in reversed(repo.workflow_runs.values())
        if query.get("head_sha") in (None, one.suite.head_sha)
        and query.get("branch") in (None, one.suite.head_branch)
        and query.get("event") in (None, one.event)
        and query.get("status") in (None, one.status, one.conclusion)
        and query.get("check_suite_id") in (None, str(one.suite.id))
    ]
    chosen, headers = call.window(found)
    heads = await repo.git.commits([one.suite.head_sha for one in chosen])
    shown = [
        render.workflow_run(call.forge, repo, one, head) for one, head in zip(chosen, heads, strict=True)
    ]
    return Answer({"total_count": len(found), "workflow_runs": shown}, headers=headers)


def _run(call: Call) -> WorkflowRun:
    found = call.repo.workflow_runs.get(int(call.params["run_id"]))
    if found is None:
        raise not_found()
    return found


@route("GET", "/repos/{owner}/{repo}/actions/runs/{run_id}", "actions:read")
async def get_run(call: Call) -> Json:
    run = _run(call)
    return render.workflow_run(call.forge, call.repo, run, await call.repo.git.commit(run.suite.head_sha))


@route("POST", "/repos/{owner}/{repo}/actions/runs/{run_id}/rerun-failed-jobs", "actions:write", "write")
async def rerun_failed(call: Call) -> Answer:
    await call.forge.checks.rerun_workflow(call.repo, _run(call).id, by=call.who, failed_only=True)
    return Answer({}, 201)
