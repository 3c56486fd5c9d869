"""The GraphQL endpoint."""

from __future__ import annotations

from collections.abc import Awaitable

from aiohttp import web

from sandbox.access.refusals import Refusal
from sandbox.controls.exchanges import Exchange
from sandbox.controls.limits import ANONYMOUS_CALLER, RateLimit
from sandbox.forge import Forge
from sandbox.graphql.language import GraphQLError, QueryParser, SelectedField
from sandbox.graphql.resolvers import GraphQLRequest, select
from sandbox.http.answers import (
    Answer,
    SecondaryLimitExceeded,
    fault_answer,
    refusal_answer,
    respond,
    send_half,
)
from sandbox.http.callers import Caller, identify
from sandbox.model.json import Json


async def run(question: GraphQLRequest, text: str, variables: Json) -> Json:
    data: Json = {}
    errors: list[Json] = []
    try:
        kind, fields = QueryParser(text, variables).operation()
    except GraphQLError as problem:
        return {"errors": [{"message": str(problem)}]}
    for field in fields:
        try:
            value = question.root(kind, field)
            value = await value if isinstance(value, Awaitable) else value
            data[field.alias] = select(value, field.selection)
        except GraphQLError as problem:
            data[field.alias] = None
            errors.append(_error(field, str(problem), problem.kind))
        except Refusal as refusal:
            data[field.alias] = None
            kind_of = {403: "FORBIDDEN", 404: "NOT_FOUND"}.get(refusal.status, "UNPROCESSABLE")
            errors.append(_error(field, refusal.message, kind_of))
    return {"data": data, "errors": errors} if errors else {"data": data}


def _error(field: SelectedField, message: str, kind: str | None) -> Json:
    out: Json = {"path": [field.alias], "locations": [{"line": 1, "column": 1}], "message": message}
    return {"type": kind, **out} if kind else out


async def answer_graphql(forge: Forge, request: web.Request) -> web.StreamResponse:
    trouble = await forge.faults.next_fault("POST", "/graphql")
    if trouble and trouble.trouble not in ("cut", "502-done"):
        return respond(forge, request, None, *fault_answer(trouble, forge))
    who, body, limit = Caller(), {}, forge.limits.current(ANONYMOUS_CALLER, "graphql")
    try:
        body = await _read_body(request)
        if forge.faults.is_switched_off("/graphql"):
            raise Refusal(404, "Not Found")
        who = identify(forge, request.headers)
        limit, answer = await _answer(forge, who, body)
    except Refusal as refusal:
        limit = forge.limits.current(who.name, "graphql")
        answer = refusal_answer(refusal)
    if trouble and trouble.trouble == "502-done":
        return respond(forge, request, None, *fault_answer(trouble, forge))
    response = respond(forge, request, who, answer, limit)
    login, now = who.actor.user.login if who.actor else None, forge.clock.now()
    raw = response.body if isinstance(response.body, bytes) else None
    forge.log.append(Exchange(now, "POST", "/graphql", "/graphql", {}, body, response.status, raw, login, {}))
    return await send_half(request, response) if trouble else response


def _limit_exceeded(who: Caller) -> Json:
    """Return GraphQL's error as GitHub has it lately; its type used to be `RATE_LIMITED`."""
    message = f"API rate limit exceeded for {who.name}."
    return {"type": "RATE_LIMIT", "extensions": {"code": "graphql_rate_limit"}, "message": message}


async def _read_body(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError:
        raise Refusal(400, "Problems parsing JSON") from None
    if not isinstance(body, dict):
        raise Refusal(400, "Body should be a JSON object")
    return body


async def _answer(forge: Forge, who: Caller, body: Json) -> tuple[RateLimit, Answer]:
    """Answer a query. An exceeded hourly limit is a 200 with an error; a secondary one is as in REST."""
    if who.actor is None:
        raise Refusal(401, "This endpoint requires you to be authenticated.")
    limits, text, given = forge.limits, str(body.get("query") or ""), body.get("variables")
    limit = limits.count(who.name, "graphql")
    if limit.exceeded and limits.enforce_primary:
        return limit, Answer({"errors": [_limit_exceeded(who)]})
    writes = text.lstrip().startswith("mutation")
    wait = limits.check_secondary(who.name, writes=writes, creates=False, resource="graphql")
    if wait is not None:
        raise SecondaryLimitExceeded(wait)
    with limits.running(who.name):
        result = await run(
            GraphQLRequest(forge, who.actor, limit), text, given if isinstance(given, dict) else {}
        )
    return limit, Answer(result)
