"""Routes of labels."""

from __future__ import annotations

from sandbox.access.refusals import not_found
from sandbox.http.answers import Answer
from sandbox.model.json import Json
from sandbox.model.labels import Label
from sandbox.render import issues as render
from sandbox.rest.call import Call, RouteTable
from sandbox.rest.issues import READ, WRITE, label_names

table = RouteTable()
route = table.route


@route("GET", "/repos/{owner}/{repo}/labels", READ)
async def list_labels(call: Call) -> Answer:
    repo = call.repo
    return call.paged(repo.labels.values(), lambda one: render.label(call.forge, repo, one))


@route("POST", "/repos/{owner}/{repo}/labels", WRITE, "write")
async def create_label(call: Call) -> Answer:
    label = call.forge.issues.create_label(
        call.repo,
        call.text("name"),
        by=call.who,
        color=call.optional("color") or "ededed",
        description=call.optional("description"),
    )
    return Answer(render.label(call.forge, call.repo, label), 201)


@route("GET", "/repos/{owner}/{repo}/labels/{name}", READ)
async def get_label(call: Call) -> Json:
    label = call.repo.labels.get(_name(call).lower())
    if label is None:
        raise not_found()
    return render.label(call.forge, call.repo, label)


@route("PATCH", "/repos/{owner}/{repo}/labels/{name}", WRITE, "write")
async def update_label(call: Call) -> Json:
    label = call.forge.issues.update_label(
        call.repo,
        _name(call),
        by=call.who,
        new_name=call.optional("new_name"),
        color=call.optional("color"),
        description=call.optional("description"),
    )
    return render.label(call.forge, call.repo, label)


def _name(call: Call) -> str:
    return call.params["name"]


def _label_list(call: Call, labels: list[Label]) -> list[Json]:
    return render.labels(call.forge, call.repo, labels)


@route("POST", "/repos/{owner}/{repo}/issues/{number}/labels", WRITE, "triage")
async def add_labels(call: Call) -> list[Json]:
    names = label_names(call.body.get("labels"))
    return _label_list(call, await call.forge.issues.label(call.repo, call.number, *names, by=call.who))


@route("DELETE", "/repos/{owner}/{repo}/issues/{number}/labels/{name}", WRITE, "triage")
async def remove_label(call: Call) -> list[Json]:
    return _label_list(
        call, await call.forge.issues.unlabel(call.repo, call.number, _name(call), by=call.who)
    )
