"""Routes of Apps, installations, tokens and deliveries, the current user, and the rate limit."""

from __future__ import annotations

from aiohttp import BasicAuth

from sandbox.access.refusals import Refusal, not_found
from sandbox.controls.limits import RateLimit
from sandbox.http.answers import Answer
from sandbox.http.callers import limits_key
from sandbox.model.accounts import Installation
from sandbox.model.json import Json
from sandbox.model.times import iso
from sandbox.render import accounts as render
from sandbox.render.repositories import repository
from sandbox.rest.call import Call, RouteTable
from sandbox.webhooks.deliveries import Delivery

table = RouteTable()
route = table.route


@route("GET", "/app", auth="jwt")
async def the_app(call: Call) -> Json:
    shown = render.app(call.forge, call.the_app)
    return {**shown, "installations_count": len(call.forge.apps.installations_of(call.the_app))}


@route("GET", "/app/installations", auth="jwt")
async def installations(call: Call) -> Answer:
    return call.paged(
        call.forge.apps.installations_of(call.the_app), lambda one: render.installation(call.forge, one)
    )


def _installation(call: Call) -> Installation:
    one = call.forge.apps.installations.get(int(call.params["installation_id"]))
    if one is None or one.app is not call.the_app:
        raise not_found()
    return one


@route("POST", "/app/installations/{installation_id}/access_tokens", auth="jwt")
async def access_token(call: Call) -> Answer:
    one = _installation(call)
    if one.suspended_at:
        raise Refusal(403, "This installation has been suspended")
    names = call.texts("repositories")
    ids = call.body.get("repository_ids")
    if names:
        known = {repo.name.lower(): repo.id for repo in call.forge.apps.repositories_of(one)}
        ids = [known.get(name.lower(), -1) for name in names]
    token = call.forge.apps.token(one, call.body.get("permissions"), ids)
    call.forge.lag.note(token.text, by_app=True)
    body: Json = {
        "token": token.text,
        "expires_at": iso(token.expires_at) if token.expires_at else "",
        "permissions": dict(token.permissions or {}),
        "repository_selection": "selected",
    }
    if ids is not None:
        body["repositories"] = [
            repository(call.forge, call.forge.repositories[number])
            for number in sorted(token.repositories or ())
        ]
    return Answer(body, 201)


@route("GET", "/repos/{owner}/{repo}/installation", auth="jwt")
async def repository_installation(call: Call) -> Json:
    repo = call.forge.by_name.get(f"{call.params['owner']}/{call.params['repo']}".lower())
    for one in call.forge.apps.installations_of(call.the_app):
        if repo and repo.id in one.repositories:
            return render.installation(call.forge, one)
    raise not_found()


@route("GET", "/installation/repositories")
async def installation_repositories(call: Call) -> Answer:
    one = call.who.installation
    if one is None:
        raise Refusal(
            403,
            "You must authenticate with an installation access token in order to list repositories for an installation.",
        )
    repos = call.forge.apps.repositories_of(one)
    answer = call.counted("repositories", repos, lambda repo: repository(call.forge, repo))
    answer.body["repository_selection"] = "selected"
    return answer


@route("POST", "/app-manifests/{code}/conversions", auth="none")
async def convert_manifest(call: Call) -> Answer:
    app = call.forge.apps.convert_manifest(call.params["code"])
    secrets = {
        "client_secret": app.client_secret,
        "webhook_secret": app.webhook_secret,
        "pem": app.private_key,
    }
    return Answer({**render.app(call.forge, app), **secrets}, 201)


# people who signed in


@route("DELETE", "/applications/{client_id}/token", auth="none")
async def revoke_token(call: Call) -> Answer:
    app = call.forge.oauth.app(call.params["client_id"])
    login = _basic(call.headers.get("Authorization", ""))
    if login is None or (login.login, login.password) != (app.client_id, app.client_secret):
        raise Refusal(401, "Bad credentials")
    if not call.forge.tokens.revoke(call.text("access_token"), app):
        raise not_found()
    return Answer(status=204)


def _basic(header: str) -> BasicAuth | None:
    try:
        return BasicAuth.decode(header)
    except ValueError:
        return None


# deliveries


@route("GET", "/app/hook/config", auth="jwt")
async def hook_config(call: Call) -> Json:
    return {
        "content_type": "json",
        "insecure_ssl": "0",
        "secret": "********",
        "url": call.the_app.webhook_url,
    }


@route("GET", "/app/hook/deliveries", auth="jwt")
async def deliveries(call: Call) -> Answer:
    """List deliveries by cursor, which is the last id of the page before."""
    every = call.forge.hooks.recent(call.the_app)
    cursor = call.query.get("cursor", "")
    if cursor.isdigit():
        every = [one for one in every if one.id < int(cursor)]
    if call.query.get("status") == "failure":
        every = [one for one in every if not one.succeeded]
    size = call.size
    shown, rest = every[:size], every[size:]
    headers = {}
    if rest:
        link = f"{call.forge.api}/app/hook/deliveries?per_page={size}&cursor={shown[-1].id}"
        headers["Link"] = f'<{link}>; rel="next"'
    return Answer([_item(one) for one in shown], headers=headers)


@route("GET", "/app/hook/deliveries/{delivery_id}", auth="jwt")
async def delivery(call: Call) -> Json:
    one = call.forge.hooks.find(call.the_app, int(call.params["delivery_id"]))
    return {
        **_item(one),
        "url": call.the_app.webhook_url or "",
        "request": {"headers": one.request_headers, "payload": one.payload},
        "response": {"headers": one.response_headers, "payload": one.response_body},
    }


@route("POST", "/app/hook/deliveries/{delivery_id}/attempts", auth="jwt")
async def redeliver(call: Call) -> Answer:
    call.forge.hooks.redeliver(call.the_app, int(call.params["delivery_id"]))
    return Answer({}, 202)


def _item(one: Delivery) -> Json:
    return {
        "id": one.id,
        "guid": one.guid,
        "delivered_at": iso(one.at),
        "redelivery": one.redelivery,
        "duration": one.duration,
        "status": one.status,
        "status_code": one.status_code,
        "event": one.event,
        "action": one.action,
        "installation_id": one.installation_id,
        "repository_id": one.repository_id,
        "throttled_at": None,
    }


# user and rate limit


@route("GET", "/user")
async def me(call: Call) -> Json:
    if call.who.installation:
        raise Refusal(403, "Resource not accessible by integration")
    return render.full_user(call.forge, call.who.user)


@route("GET", "/users/{login}")
async def get_user(call: Call) -> Json:
    return render.full_user(call.forge, call.forge.people.get(call.params["login"]))


@route("GET", "/rate_limit", auth="none")
async def rate_limit(call: Call) -> Json:
    who = limits_key(call.actor, call.app)
    core = _standing(call.forge.limits.current(who))
    graphql = _standing(call.forge.limits.current(who, "graphql"))
    others = {name: {**core, "used": 0, "remaining": most, "limit": most} for name, most in _OTHERS.items()}
    return {"resources": {"core": core, "graphql": graphql, **others}, "rate": core}


def _standing(now: RateLimit) -> Json:
    return {"limit": now.limit, "used": now.used, "remaining": now.remaining, "reset": now.reset}


_OTHERS = {"search": 30, "integration_manifest": 5000, "code_search": 10}


@route("GET", "/meta", auth="none")
async def meta(call: Call) -> Json:
    return {"verifiable_password_authentication": True, "installed_version": call.forge.faults.version}
