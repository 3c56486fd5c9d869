"""The REST endpoint: faults, caller, limits, route, answer."""

from __future__ import annotations

import json
import re
import traceback
from typing import Any

from aiohttp import web

from sandbox.access.permissions import may_see, require
from sandbox.access.refusals import Refusal, TransferredIssue, not_found
from sandbox.controls.exchanges import Exchange
from sandbox.controls.limits import RateLimit
from sandbox.forge import Forge
from sandbox.http.answers import (
    Answer,
    MovedPermanently,
    SecondaryLimitExceeded,
    fault_answer,
    refusal_answer,
    respond,
    send_half,
)
from sandbox.http.callers import Caller, identify
from sandbox.model.repositories import Issue
from sandbox.rest.call import Call, Route
from sandbox.rest.routes import find

_TEXTS = re.compile(r"^\w+ /repos/[^/]+/[^/]+/(issues|labels)(/|$)|^PATCH .*/(pulls|check-runs)/\d+$")
VERSIONS = ("2022-11-28", "2026-03-10")


async def answer_rest(forge: Forge, request: web.Request, path: str) -> web.StreamResponse:
    trouble = await forge.faults.next_fault(request.method, path)
    if trouble and trouble.trouble not in ("cut", "502-done"):
        return _log(forge, request, path, None, None, None, *fault_answer(trouble, forge))
    who, body, route = Caller(), None, None
    try:
        _check_headers(request)
        if "%00" in request.rel_url.raw_path_qs:
            raise Refusal(400, "Bad Request")
        who = identify(forge, request.headers)
        body = await _body(request)
        found = find(request.method, path)
        route = found[0] if found else None
        limit = _count_request(forge, who, request.method, route)
        _check_lag(forge, request.method, path, body)
        _redirect(forge, who, request.method, path)
        if found is None or forge.faults.is_switched_off(path):
            raise _route_not_found(forge, request.method, path)
        route, params = found
        call = _call(forge, request, path, params, body, who)
        answer = await _run(forge, who, route, call)
    except Refusal as refusal:
        limit = forge.limits.current(who.name)
        answer = refusal_answer(refusal)
    except (ConnectionError, web.RequestPayloadError):
        raise  # the client disconnected
    except Exception:
        forge.crashes.append(traceback.format_exc())
        limit, answer = forge.limits.current(who.name), refusal_answer(Refusal(500, "Server Error"))
    if trouble and trouble.trouble == "502-done":
        return _log(forge, request, path, route, who, body, *fault_answer(trouble, forge))
    response = _log(forge, request, path, route, who, body, answer, limit)
    return await send_half(request, response) if trouble else response


def _check_headers(request: web.Request) -> None:
    version = request.headers.get("X-GitHub-Api-Version", VERSIONS[0])
    if version not in VERSIONS:
        raise Refusal(400, f"The X-GitHub-Api-Version header value of {version!r} is not supported.")
    if not request.headers.get("User-Agent"):
        raise Refusal(
            403,
            "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
        )


async def _body(request: web.Request) -> Any:
    raw = await request.read()
    if not raw:
        return None
    if b"\\u0000" in raw:
        raise Refusal(422, "Invalid request.\n\nA null character is not allowed.")
    try:
        return json.loads(raw)
    except ValueError:
        raise Refusal(400, "Problems parsing JSON") from None


def _call(
    forge: Forge, request: web.Request, path: str, params: dict[str, str], body: Any, who: Caller
) -> Call:
    if isinstance(body, list):
        body = {"labels": body}
    if body is not None and not isinstance(body, dict):
        raise Refusal(400, "Body should be a JSON object")
    query = dict(request.query)
    given = (forge, request.method, path, params, query, request.headers, who.actor, who.app)
    return Call(body or {}, *given)


def _check_lag(forge: Forge, method: str, path: str, body: Any) -> None:
    """Refuse a request that is about an object that is not on every server yet. What only mentions one in a text is not."""
    if _TEXTS.search(f"{method} {path}"):
        return
    if forge.lag.hides(f"{path} {json.dumps(body) if body is not None else ''}"):
        raise (
            Refusal(404, "Not Found") if method in ("GET", "HEAD") else Refusal(422, "Object does not exist")
        )


def _redirect(forge: Forge, who: Caller, method: str, path: str) -> None:
    """Redirect a request for a renamed repository to its id."""
    parts = path.split("/", 4)
    if len(parts) < 4 or parts[1] != "repos":
        return
    name = f"{parts[2]}/{parts[3]}".lower()
    repo = forge.current_or_former(name)
    if repo and repo.full_name.lower() != name and may_see(who.actor, repo):
        rest = f"/{parts[4]}" if len(parts) > 4 else ""
        raise MovedPermanently(
            301 if method in ("GET", "HEAD") else 307, f"{forge.api}/repositories/{repo.id}{rest}"
        )


def _moved_issue(forge: Forge, who: Caller, call: Call, there: Issue) -> Refusal:
    if not may_see(who.actor, there.repo):
        return not_found()
    rest = call.path.partition(f"/issues/{call.params['number']}")[2]
    place = f"{forge.api}/repositories/{there.repo.id}/issues/{there.number}{rest}"
    return MovedPermanently(301 if call.method in ("GET", "HEAD") else 307, place)


def _route_not_found(forge: Forge, method: str, path: str) -> Refusal:
    if not forge.faults.is_switched_off(path):
        forge.missing.append(f"{method} {path}")
    return not_found()


def _count_request(forge: Forge, who: Caller, method: str, route: Route | None) -> RateLimit:
    """Count a request, except one for the rate limit itself."""
    if route and route.template == "/rate_limit":
        return forge.limits.current(who.name)
    limit = forge.limits.count(who.name)
    if limit.exceeded and forge.limits.enforce_primary:
        raise Refusal(403, f"API rate limit exceeded for {who.name}.")
    writes = method not in ("GET", "HEAD", "OPTIONS")
    wait = forge.limits.check_secondary(who.name, writes=writes, creates=route is not None and route.creates)
    if wait is not None:
        raise SecondaryLimitExceeded(wait, forge.limits.refused_as)
    return limit


async def _run(forge: Forge, who: Caller, route: Route, call: Call) -> Answer:
    with forge.limits.running(who.name):
        _check_access(route, call)
        try:
            result = await route.handler(call)
        except TransferredIssue as left:
            raise _moved_issue(forge, who, call, left.issue) from None
    return result if isinstance(result, Answer) else Answer(result)


def _check_access(route: Route, call: Call) -> None:
    """Check the route's authentication, permission and role."""
    if route.auth == "jwt":
        if call.app is None:
            raise Refusal(401, "A JSON web token could not be decoded")
        return
    if route.auth == "token" and call.actor is None:
        _check_anonymous_access(route, call)
    if "owner" in call.params and call.actor:
        require(call.actor, call.repo, route.need, route.role)


def _check_anonymous_access(route: Route, call: Call) -> None:
    readable = route.method == "GET" and route.role == "read" and "owner" in call.params
    if not readable:
        raise Refusal(401, "Requires authentication")
    if not may_see(None, call.repo):
        raise not_found()


# answers


def _log(
    forge: Forge,
    request: web.Request,
    path: str,
    route: Route | None,
    who: Caller | None,
    body: Any,
    answer: Answer,
    limit: RateLimit,
) -> web.Response:
    response = respond(forge, request, who, answer, limit)
    login = who.actor.user.login if who and who.actor else who.app.slug if who and who.app else None
    raw = response.body if isinstance(response.body, bytes) else None
    template = route.template if route else None
    query, headers = dict(request.query), dict(response.headers)
    now = forge.clock.now()
    forge.log.append(
        Exchange(now, request.method, path, template, query, body, response.status, raw, login, headers)
    )
    return response
