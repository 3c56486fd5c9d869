"""The way of a request: faults, who calls, limits, the route, the answer with its headers."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import traceback
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import BasicAuth, web

from sandbox import faults
from sandbox.actors import Refusal, may_see, not_found, require
from sandbox.leaving import Elsewhere
from sandbox.limits import Primary, Refused
from sandbox.log import Exchange
from sandbox.model import Actor, App, Issue
from sandbox.rest.apps import caller
from sandbox.rest.call import Answer, Call, Route
from sandbox.rest.routes import find
from sandbox.tokens import app_of_jwt

if TYPE_CHECKING:
    from sandbox.forge import Forge

VERSIONS = ("2022-11-28", "2026-03-10")
DOCUMENTATION = "https://docs.github.com/rest"
_SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "If you reach out to GitHub Support for help, please include the request ID."
)
_LIMITS_PAGE = (
    "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"
)


@dataclass(frozen=True)
class Caller:
    actor: Actor | None = None
    app: App | None = None

    @property
    def name(self) -> str:
        return caller(self.actor, self.app)


async def answer_rest(forge: Forge, request: web.Request, path: str) -> web.StreamResponse:
    trouble = await forge.faults.meet(request.method, path)
    if trouble and trouble.trouble not in ("cut", "502-done"):
        return _log(forge, request, path, None, None, None, *bad_end(trouble, forge))
    who, body, route = Caller(), None, None
    try:
        _check_headers(request)
        if "%00" in request.rel_url.raw_path_qs:
            raise Refusal(400, "Bad Request")
        who = identify(forge, request.headers)
        body = await _body(request)
        found = find(request.method, path)
        route = found[0] if found else None
        limit = _limits(forge, who, request.method, route)
        _redirect(forge, who, request.method, path)
        if found is None or forge.faults.lacks(path):
            raise _unknown(forge, request.method, path)
        route, params = found
        call = _call(forge, request, path, params, body, who)
        answer = await _run(forge, who, route, call)
    except Refusal as refusal:
        limit = forge.limits.look(who.name)
        answer = error(refusal)
    except (ConnectionError, web.RequestPayloadError):
        raise  # the client went away: nobody waits for an answer
    except Exception:
        forge.crashes.append(traceback.format_exc())
        limit, answer = forge.limits.look(who.name), error(Refusal(500, "Server Error"))
    if trouble and trouble.trouble == "502-done":
        return _log(forge, request, path, route, who, body, *bad_end(trouble, forge))
    response = _log(forge, request, path, route, who, body, answer, limit)
    return await cut(request, response) if trouble else response


async def cut(request: web.Request, whole: web.Response) -> web.StreamResponse:
    """Half of the answer, and then nothing more."""
    body = whole.body if isinstance(whole.body, bytes) else b""
    half = web.StreamResponse(
        status=whole.status, headers={**whole.headers, "Content-Length": str(len(body) + 1)}
    )
    half.content_length = len(body) + 1
    await half.prepare(request)
    await half.write(body[: len(body) // 2])
    if request.transport:
        request.transport.close()
    return half


def _check_headers(request: web.Request) -> None:
    version = request.headers.get("X-GitHub-Api-Version", VERSIONS[0])
    if version not in VERSIONS:
        raise Refusal(400, f"The X-GitHub-Api-Version header value of {version!r} is not supported.")
    if not request.headers.get("User-Agent"):
        raise Refusal(
            403,
            "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
        )


def identify(forge: Forge, headers: Mapping[str, str]) -> Caller:
    """By token, by JWT, or by either as the password of Basic authentication."""
    given = headers.get("Authorization")
    if not given:
        return Caller()
    kind, _, secret = given.partition(" ")
    if kind.lower() == "basic":
        try:
            login = BasicAuth.decode(given)
        except ValueError:
            raise Refusal(401, "Bad credentials") from None
        secret = login.password if login.password not in ("", "x-oauth-basic") else login.login
    secret = secret.strip()
    if secret.count(".") == 2:
        return Caller(app=app_of_jwt(secret, forge.apps.registered, forge.clock))
    return Caller(actor=_of_token(forge, secret))


def _of_token(forge: Forge, text: str) -> Actor:
    token = forge.tokens.find(text)
    if token is None:
        raise Refusal(401, "Bad credentials")
    one = token.installation
    if one is None:
        return Actor(token.user)
    if one.id not in forge.apps.installations:
        raise Refusal(401, "Bad credentials")
    if one.suspended_at:
        raise Refusal(403, "This installation has been suspended")
    reach = one.repositories if token.repositories is None else one.repositories & token.repositories
    seen = dataclasses.replace(one, permissions=dict(token.permissions or {}), repositories=set(reach))
    return Actor(token.user, seen)


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


def _redirect(forge: Forge, who: Caller, method: str, path: str) -> None:
    """A repository that moved is answered with its number; what is no reading is to be sent there as it is."""
    parts = path.split("/", 4)
    if len(parts) < 4 or parts[1] != "repos":
        return
    name = f"{parts[2]}/{parts[3]}".lower()
    repo = forge.once_named(name)
    if repo and repo.full_name.lower() != name and may_see(who.actor, repo):
        rest = f"/{parts[4]}" if len(parts) > 4 else ""
        raise Moved(301 if method in ("GET", "HEAD") else 307, f"{forge.api}/repositories/{repo.id}{rest}")


def _moved_issue(forge: Forge, who: Caller, call: Call, there: Issue) -> Refusal:
    if not may_see(who.actor, there.repo):
        return not_found()
    rest = call.path.partition(f"/issues/{call.params['number']}")[2]
    place = f"{forge.api}/repositories/{there.repo.id}/issues/{there.number}{rest}"
    return Moved(301 if call.method in ("GET", "HEAD") else 307, place)


class Moved(Refusal):
    def __init__(self, status: int, location: str) -> None:
        super().__init__(status, "Moved Permanently")
        self.location = location


def _unknown(forge: Forge, method: str, path: str) -> Refusal:
    if not forge.faults.lacks(path):
        forge.missing.append(f"{method} {path}")
    return not_found()


def _limits(forge: Forge, who: Caller, method: str, route: Route | None) -> Primary:
    """Asking how one stands costs nothing."""
    if route and route.template == "/rate_limit":
        return forge.limits.look(who.name)
    limit = forge.limits.count(who.name)
    if limit.exceeded and forge.limits.enforce_primary:
        raise Refusal(403, f"API rate limit exceeded for {who.name}.")
    writes = method not in ("GET", "HEAD", "OPTIONS")
    wait = forge.limits.secondary(who.name, writes=writes, creates=route is not None and route.creates)
    if wait is not None:
        raise TooFast(wait, forge.limits.refused_as)
    return limit


class TooFast(Refusal):
    """A secondary limit, in one of its disguises: only as a 422 does it say neither so nor how long."""

    def __init__(self, wait: int, told: Refused = "403") -> None:
        abuse = [{"resource": "Issue", "code": "abuse", "field": "base"}] if told == "422" else None
        super().__init__(int(told), "Validation Failed" if abuse else _SECONDARY, abuse)
        self.wait = None if abuse else wait


async def _run(forge: Forge, who: Caller, route: Route, call: Call) -> Answer:
    with forge.limits.running(who.name):
        _admit(route, call)
        try:
            result = await route.handler(call)
        except Elsewhere as left:
            raise _moved_issue(forge, who, call, left.issue) from None
    return result if isinstance(result, Answer) else Answer(result)


def _admit(route: Route, call: Call) -> None:
    """May this caller come this far? The verb behind it looks more closely."""
    if route.auth == "jwt":
        if call.app is None:
            raise Refusal(401, "A JSON web token could not be decoded")
        return
    if route.auth == "token" and call.actor is None:
        _admit_anonymous(route, call)
    if "owner" in call.params and call.actor:
        require(call.actor, call.repo, route.need, route.role)


def _admit_anonymous(route: Route, call: Call) -> None:
    readable = route.method == "GET" and route.role == "read" and "owner" in call.params
    if not readable:
        raise Refusal(401, "Requires authentication")
    if not may_see(None, call.repo):
        raise not_found()


# answers


def error(refusal: Refusal) -> Answer:
    body: dict[str, Any] = {"message": refusal.message}
    if refusal.errors is not None:
        body["errors"] = refusal.errors
    body |= {"documentation_url": DOCUMENTATION, "status": str(refusal.status)}
    headers = {}
    if isinstance(refusal, Moved):
        headers["Location"] = body["url"] = refusal.location
    if isinstance(refusal, TooFast) and refusal.wait is not None:
        headers["Retry-After"] = str(refusal.wait)
        body["documentation_url"] = _LIMITS_PAGE
    return Answer(body, refusal.status, headers)


def bad_end(trouble: faults.Answer, forge: Forge) -> tuple[Answer, Primary]:
    """The answer that stands for the trouble on order."""
    limit = Primary(5000, 4999, 1, int(forge.clock.seconds()) + 3600)
    wait = {"Retry-After": str(trouble.retry_after)}
    match trouble.trouble:
        case "404":
            return error(not_found()), limit
        case "500":
            return Answer({"message": "Server Error"}, 500), limit
        case "502" | "502-done":
            return Answer(
                raw=b"<html><body><h1>502 Bad Gateway</h1></body></html>",
                status=502,
                content_type="text/html",
            ), limit
        case "429":
            return Answer({"message": "Too Many Requests"}, 429, wait), limit
        case "secondary-403":
            return error(TooFast(trouble.retry_after, "403")), limit
        case "secondary-429":
            return error(TooFast(trouble.retry_after, "429")), limit
        case "secondary-422":
            return error(TooFast(trouble.retry_after, "422")), limit
        case "primary-403":
            ends = dataclasses.replace(
                limit, remaining=0, used=5000, reset=int(forge.clock.seconds()) + trouble.retry_after
            )
            return Answer(
                {"message": "API rate limit exceeded", "documentation_url": DOCUMENTATION}, 403
            ), ends
        case _:
            return error(Refusal(401, "Bad credentials")), limit


def _log(
    forge: Forge,
    request: web.Request,
    path: str,
    route: Route | None,
    who: Caller | None,
    body: Any,
    answer: Answer,
    limit: Primary,
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


def respond(
    forge: Forge, request: web.Request, who: Caller | None, answer: Answer, limit: Primary
) -> web.Response:
    payload = answer.raw
    if payload is None and answer.body is not None:
        payload = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "replace"
        )
    headers = {**answer.headers}
    if request.method in ("GET", "HEAD") and answer.status == 200 and payload is not None:
        headers["ETag"] = f'W/"{hashlib.sha256(payload).hexdigest()}"'
        headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
        if request.headers.get("If-None-Match") == headers["ETag"]:
            limit = forge.limits.give_back(who.name, limit.resource) if who else limit
            return web.Response(status=304, headers={**headers, **_standing(limit)})
    headers |= _standing(limit)
    if payload is None:
        return web.Response(status=answer.status, headers=headers)
    headers["Content-Type"] = answer.content_type
    return web.Response(body=payload, status=answer.status, headers=headers)


def _standing(limit: Primary) -> dict[str, str]:
    return {
        "X-GitHub-Media-Type": "github.v3; format=json",
        "X-GitHub-Request-Id": uuid.uuid4().hex[:20].upper(),
        "X-GitHub-Enterprise-Version": "3.19.0",
        "X-RateLimit-Limit": str(limit.limit),
        "X-RateLimit-Remaining": str(limit.remaining),
        "X-RateLimit-Reset": str(limit.reset),
        "X-RateLimit-Used": str(limit.used),
        "X-RateLimit-Resource": limit.resource,
    }
