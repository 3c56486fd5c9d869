"""Check runs, check suites and statuses."""

from __future__ import annotations

from sandbox.access.refusals import not_found
from sandbox.http.answers import Answer
from sandbox.model.checks import Annotation, CheckRun, CheckRunAction, CheckSuite, RunChange, StatusState
from sandbox.model.json import Json
from sandbox.render import checks as render
from sandbox.rest.call import Call, RouteTable
from sandbox.rest.fields import BodyFields
from sandbox.rest.repositories import commit_named
from sandbox.rest.times import parse_time

table = RouteTable()
route = table.route

READ, WRITE = "checks:read", "checks:write"
STATES: tuple[StatusState, ...] = ("error", "failure", "pending", "success")


def _change(call: Call) -> RunChange:
    output = call.part("output")
    if call.has("output"):
        output.text("summary")
    ended = call.optional("completed_at")
    return RunChange(
        name=call.optional("name"),
        status=call.optional("status"),
        conclusion=call.optional("conclusion"),
        details_url=call.optional("details_url"),
        external_id=call.optional("external_id"),
        title=output.optional("title"),
        summary=output.optional("summary"),
        text=output.optional("text"),
        annotations=[_annotation(one) for one in output.parts("annotations")],
        actions=[_action(one) for one in call.parts("actions")] if call.has("actions") else None,
        completed_at=parse_time(ended) if ended else None,
    )


def _annotation(value: BodyFields) -> Annotation:
    return Annotation(
        path=value.text("path"),
        start_line=value.integer("start_line"),
        end_line=value.integer("end_line"),
        level=value.text("annotation_level"),
        message=value.text("message"),
        title=value.optional("title"),
        raw_details=value.optional("raw_details"),
        start_column=value.optional_integer("start_column"),
        end_column=value.optional_integer("end_column"),
    )


def _action(value: BodyFields) -> CheckRunAction:
    return CheckRunAction(value.text("label"), value.text("description"), value.text("identifier"))


@route("POST", "/repos/{owner}/{repo}/check-runs", WRITE, "write")
async def create_run(call: Call) -> Answer:
    run = await call.forge.checks.create_run(call.repo, call.text("head_sha"), _change(call), by=call.who)
    return Answer(render.run(call.forge, call.repo, run), 201)


@route("PATCH", "/repos/{owner}/{repo}/check-runs/{run_id}", WRITE, "write")
async def update_run(call: Call) -> Json:
    run = await call.forge.checks.update_run(call.repo, _run(call).id, _change(call), by=call.who)
    return render.run(call.forge, call.repo, run)


def _run(call: Call) -> CheckRun:
    return call.forge.checks.run(call.repo, int(call.params["run_id"]))


@route("GET", "/repos/{owner}/{repo}/check-runs/{run_id}", READ)
async def get_run(call: Call) -> Json:
    return render.run(call.forge, call.repo, _run(call))


@route("GET", "/repos/{owner}/{repo}/check-runs/{run_id}/annotations", READ)
async def annotations_of(call: Call) -> Answer:
    run, repo = _run(call), call.repo
    return call.paged(
        run.annotations, lambda one: render.annotation(call.forge, repo, run.suite.head_sha, one)
    )


def _runs(call: Call, runs: list[CheckRun]) -> Answer:
    repo = call.repo
    name, status, app = (call.query.get(key) for key in ("check_name", "status", "app_id"))
    found = [
        one
        for one in runs
        if name in (None, one.name) and status in (None, one.status) and app in (None, str(one.suite.app.id))
    ]
    found.sort(key=lambda one: one.id, reverse=True)
    return call.counted("check_runs", found, lambda one: render.run(call.forge, repo, one))


@route("GET", "/repos/{owner}/{repo}/commits/{ref}/check-runs", READ)
async def runs_for_ref(call: Call) -> Answer:
    sha = (await commit_named(call, call.params["ref"])).sha
    checks = call.forge.checks
    every = call.query.get("filter") == "all"
    return _runs(call, checks.runs_on(call.repo, sha) if every else checks.latest_runs_on(call.repo, sha))


def _suite(call: Call) -> CheckSuite:
    found = call.repo.suites.get(int(call.params["suite_id"]))
    if found is None:
        raise not_found()
    return found


@route("GET", "/repos/{owner}/{repo}/commits/{ref}/check-suites", READ)
async def suites_for_ref(call: Call) -> Answer:
    repo, head = call.repo, await commit_named(call, call.params["ref"])
    app = call.query.get("app_id")
    found = [
        one for one in repo.suites.values() if one.head_sha == head.sha and app in (None, str(one.app.id))
    ]
    return call.counted("check_suites", found, lambda one: render.suite(call.forge, repo, one, head))


@route("POST", "/repos/{owner}/{repo}/check-suites/{suite_id}/rerequest", WRITE, "write")
async def rerequest_suite(call: Call) -> Answer:
    await call.forge.checks.rerequest_suite(call.repo, _suite(call).id, by=call.who)
    return Answer({}, 201)


# statuses


@route("POST", "/repos/{owner}/{repo}/statuses/{sha}", "statuses:write", "write")
async def create_status(call: Call) -> Answer:
    status = await call.forge.checks.set_status(
        call.repo,
        call.params["sha"],
        call.choice("state", STATES),
        call.optional("context") or "default",
        call.optional("description"),
        call.optional("target_url"),
        by=call.who,
    )
    return Answer(render.full_status(call.forge, call.repo, status), 201)


@route("GET", "/repos/{owner}/{repo}/commits/{ref}/statuses", "statuses:read")
async def statuses(call: Call) -> Answer:
    repo, head = call.repo, await commit_named(call, call.params["ref"])
    found = [one for one in reversed(repo.statuses) if one.sha == head.sha]
    return call.paged(found, lambda one: render.full_status(call.forge, repo, one))


@route("GET", "/repos/{owner}/{repo}/commits/{ref}/status", "statuses:read")
async def combined_status(call: Call) -> Answer:
    repo, head = call.repo, await commit_named(call, call.params["ref"])
    latest = call.forge.checks.latest_statuses(repo, head.sha)
    chosen, headers = call.window(latest)
    shown = render.combined_status(call.forge, repo, head.sha, latest)
    shown["statuses"] = [render.status(call.forge, repo, one) for one in chosen]
    return Answer(shown, headers=headers)
