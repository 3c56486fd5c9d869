"""Routes of issues, comments, reactions and events."""

from __future__ import annotations

from datetime import UTC, datetime

from sandbox.access.refusals import unprocessable
from sandbox.http.answers import Answer
from sandbox.model.comments import Reaction
from sandbox.model.json import Json
from sandbox.model.repositories import Issue, PullRequest
from sandbox.render import commits as git
from sandbox.render import issues as render
from sandbox.render import pulls
from sandbox.rest.call import Call, RouteTable
from sandbox.rest.times import parse_time

table = RouteTable()
route = table.route

READ, WRITE = "issues|pull_requests:read", "issues|pull_requests:write"


@route("GET", "/repos/{owner}/{repo}/issues", READ)
async def list_issues(call: Call) -> Answer:
    found = [one for one in call.repo.issues.values() if _matches(one, call)]
    key = {"updated": lambda one: (one.updated_at, one.number), "comments": lambda one: len(one.comments)}
    found.sort(
        key=key.get(call.query.get("sort", ""), lambda one: one.number),
        reverse=call.query.get("direction", "desc") == "desc",
    )
    return call.paged(found, lambda one: render.issue(call.forge, one))


def _matches(issue: Issue, call: Call) -> bool:
    query = call.query
    names = {one.name.lower() for one in issue.labels}
    wanted = {name.strip().lower() for name in query.get("labels", "").split(",") if name.strip()}
    since = _since(call)
    creator, assignee = query.get("creator"), query.get("assignee")
    return (
        query.get("state", "open") in ("all", issue.state)
        and wanted <= names
        and (since is None or issue.updated_at >= since)
        and (creator is None or issue.user.login.lower() == creator.lower())
        and (assignee in (None, "*") or assignee in [who.login for who in issue.assignees])
    )


def _since(call: Call) -> datetime | None:
    return parse_time(call.query["since"]) if call.query.get("since") else None


@route("POST", "/repos/{owner}/{repo}/issues", "issues:write", creates=True)
async def create_issue(call: Call) -> Answer:
    labels = label_names(call.body.get("labels") or [])
    issue = await call.forge.issues.open(
        call.repo, call.text("title"), call.optional("body"), by=call.who, labels=labels
    )
    if call.texts("assignees"):
        await call.forge.issues.assign(call.repo, issue.number, call.texts("assignees"), by=call.who)
    return Answer(render.single_issue(call.forge, issue), 201)


@route("GET", "/repos/{owner}/{repo}/issues/{number}", READ)
async def get_issue(call: Call) -> Json:
    return render.single_issue(call.forge, call.issue)


@route("PATCH", "/repos/{owner}/{repo}/issues/{number}", WRITE)
async def update_issue(call: Call) -> Json:
    issue, who, issues = call.issue, call.who, call.forge.issues
    if "title" in call.body or "body" in call.body:
        body = call.optional("body") if "body" in call.body else None
        await issues.edit(
            call.repo,
            issue.number,
            by=who,
            title=call.optional("title"),
            body=body if body is not None or "body" not in call.body else "",
        )
    if "labels" in call.body:
        await issues.set_labels(call.repo, issue.number, label_names(call.body["labels"]), by=who)
    if "assignees" in call.body:
        await issues.assign(call.repo, issue.number, call.texts("assignees"), by=who)
    if call.optional("state") == "closed":
        await issues.close(call.repo, issue.number, by=who, reason=call.optional("state_reason"))
    elif call.optional("state") == "open":
        await issues.reopen(call.repo, issue.number, by=who)
    return render.single_issue(call.forge, issue)


def label_names(value: object) -> list[str]:
    """Return label names from strings or objects with a name."""
    if not isinstance(value, list):
        raise unprocessable("Invalid request.\n\nFor 'properties/labels', nil is not an array.")
    names = [one.get("name") if isinstance(one, dict) else one for one in value]
    if not all(isinstance(name, str) for name in names):
        raise unprocessable('Invalid request.\n\nNo subschema in "anyOf" matched.')
    return [str(name) for name in names]


# comments


@route("GET", "/repos/{owner}/{repo}/issues/{number}/comments", READ)
async def list_comments(call: Call) -> Answer:
    issue, since = call.issue, _since(call)
    found = [one for one in issue.comments if since is None or one.updated_at >= since]
    return call.paged(found, lambda one: render.comment(call.forge, issue, one))


@route("POST", "/repos/{owner}/{repo}/issues/{number}/comments", WRITE, creates=True)
async def create_comment(call: Call) -> Answer:
    comment = await call.forge.issues.comment(call.repo, call.number, call.text("body"), by=call.who)
    shown = render.comment(call.forge, call.issue, comment)
    return Answer(shown, 201, {"Location": shown["url"]})


@route("GET", "/repos/{owner}/{repo}/issues/comments/{comment_id}", READ)
async def get_comment(call: Call) -> Json:
    return render.comment(call.forge, *call.forge.issues.find_comment(call.repo, _comment(call)))


@route("PATCH", "/repos/{owner}/{repo}/issues/comments/{comment_id}", WRITE)
async def update_comment(call: Call) -> Json:
    await call.forge.issues.edit_comment(call.repo, _comment(call), call.text("body"), by=call.who)
    return await get_comment(call)  # type: ignore[no-any-return]


@route("DELETE", "/repos/{owner}/{repo}/issues/comments/{comment_id}", WRITE)
async def delete_comment(call: Call) -> Answer:
    await call.forge.issues.delete_comment(call.repo, _comment(call), by=call.who)
    return Answer(status=204)


def _comment(call: Call) -> int:
    return int(call.params["comment_id"])


# reactions


def _reactions(call: Call, some: list[Reaction]) -> Answer:
    wanted = call.query.get("content")
    found = [one for one in some if wanted in (None, one.content)]
    return call.paged(found, lambda one: render.reaction(call.forge, one))


@route("GET", "/repos/{owner}/{repo}/issues/{number}/reactions", READ)
async def issue_reactions(call: Call) -> Answer:
    return _reactions(call, call.issue.reactions)


@route("POST", "/repos/{owner}/{repo}/issues/{number}/reactions", WRITE)
async def react(call: Call) -> Answer:
    one, new = await call.forge.issues.react(call.repo, call.number, call.text("content"), by=call.who)
    return Answer(render.reaction(call.forge, one), 201 if new else 200)


@route("GET", "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions", READ)
async def comment_reactions(call: Call) -> Answer:
    return _reactions(call, call.forge.issues.find_comment(call.repo, _comment(call))[1].reactions)


@route("POST", "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions", WRITE)
async def react_to_comment(call: Call) -> Answer:
    issue, _ = call.forge.issues.find_comment(call.repo, _comment(call))
    one, new = await call.forge.issues.react(
        call.repo, issue.number, call.text("content"), by=call.who, comment_id=_comment(call)
    )
    return Answer(render.reaction(call.forge, one), 201 if new else 200)


# events


@route("GET", "/repos/{owner}/{repo}/issues/{number}/events", READ)
async def issue_events(call: Call) -> Answer:
    issue = call.issue
    return call.paged(issue.events, lambda one: _event_with_label(call, issue, one))


def _event_with_label(call: Call, issue: Issue, one: object) -> Json:
    return render.event(call.forge, issue, one)  # type: ignore[arg-type]


@route("GET", "/repos/{owner}/{repo}/issues/{number}/timeline", READ)
async def timeline(call: Call) -> Answer:
    issue = call.issue
    more = (
        [*_reviews(call, issue, issue.pull), *await _commits(call, issue, issue.pull)] if issue.pull else []
    )
    return call.paged(render.timeline(call.forge, issue, more), lambda one: one)


def _reviews(call: Call, issue: Issue, pull: PullRequest) -> list[tuple[datetime, Json]]:
    return [
        (one.submitted_at, {**pulls.review(call.forge, issue, one), "event": "reviewed"})
        for one in pull.reviews
    ]


async def _commits(call: Call, issue: Issue, pull: PullRequest) -> list[tuple[datetime, Json]]:
    start = await call.forge.pulls.merge_base(issue, pull)
    shas = await issue.repo.git.revisions("--reverse", "--topo-order", f"{start}..{pull.head_sha}")
    return [
        (
            datetime.fromtimestamp(one.committer.time, UTC),
            {**git.git_commit(call.forge, issue.repo, one), "event": "committed"},
        )
        for one in await issue.repo.git.commits(shas)
    ]
