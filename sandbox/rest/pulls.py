"""Routes of pull requests."""

from __future__ import annotations

from sandbox.access.refusals import invalid
from sandbox.http.answers import Answer
from sandbox.model.json import Json
from sandbox.model.repositories import Issue, MergeMethod, PullRequest
from sandbox.render import commits as git_render
from sandbox.render import pulls as render
from sandbox.rest.call import Call, RouteTable

table = RouteTable()
route = table.route

READ, WRITE = "pull_requests:read", "pull_requests:write"
FILES_AT_MOST = 3_000
COMMITS_AT_MOST = 250
METHODS: tuple[MergeMethod, ...] = ("merge", "squash", "rebase")


async def full_json(call: Call, issue: Issue, pull: PullRequest) -> Json:
    size = await call.forge.pulls.measure(issue, pull)
    state = await call.forge.pulls.mergeable_state(issue, pull)
    return render.full_pull(call.forge, issue, pull, size, state)


@route("GET", "/repos/{owner}/{repo}/pulls", READ)
async def list_pulls(call: Call) -> Answer:
    found = [(one, one.pull) for one in call.repo.pulls if one.pull and _matches(call, one, one.pull)]
    updated = call.query.get("sort") == "updated"
    default = "asc" if call.query.get("sort") not in (None, "created") else "desc"
    found.sort(
        key=lambda pair: (
            (pair[0].updated_at.timestamp(), pair[0].number) if updated else (0.0, pair[0].number)
        ),
        reverse=call.query.get("direction", default) == "desc",
    )
    return call.paged(found, lambda pair: render.simple_pull(call.forge, *pair))


def _matches(call: Call, issue: Issue, pull: PullRequest) -> bool:
    head, base = call.query.get("head"), call.query.get("base")
    owner = pull.head_repo.owner.login if pull.head_repo else "unknown"
    return (
        call.query.get("state", "open") in ("all", issue.state)
        and (not head or ":" not in head or head.lower() == f"{owner}:{pull.head_ref}".lower())
        and (not base or base == pull.base_ref)
    )


@route("POST", "/repos/{owner}/{repo}/pulls", WRITE, creates=True)
async def create_pull(call: Call) -> Answer:
    issue = await call.forge.pulls.open(
        call.repo,
        call.text("head"),
        call.text("base"),
        title=call.text("title"),
        body=call.optional("body"),
        by=call.who,
        draft=call.flag("draft"),
        maintainer_can_modify=call.flag("maintainer_can_modify", True),
    )
    if issue.pull is None:
        raise AssertionError("just opened")
    shown = await full_json(call, issue, issue.pull)
    return Answer(shown, 201, {"Location": shown["url"]})


@route("GET", "/repos/{owner}/{repo}/pulls/{number}", READ)
async def get_pull(call: Call) -> object:
    issue, pull = call.pull
    wanted = call.headers.get("Accept", "")
    if "diff" in wanted:
        start = await call.forge.pulls.merge_base(issue, pull)
        text = await call.repo.git.run("diff-tree", "-r", "-p", "-M", start, pull.head_sha)
        return Answer(raw=text, content_type="application/vnd.github.diff; charset=utf-8")
    return await full_json(call, issue, pull)


@route("PATCH", "/repos/{owner}/{repo}/pulls/{number}", WRITE)
async def update_pull(call: Call) -> Json:
    issue, pull = call.pull
    body = call.optional("body")
    await call.forge.pulls.edit(
        call.repo,
        issue.number,
        by=call.who,
        title=call.optional("title"),
        body=body if body is not None or "body" not in call.body else "",
        base=call.optional("base"),
    )
    state = call.optional("state")
    if state not in (None, "open", "closed"):
        raise invalid("PullRequest", "state", "invalid")
    if state == "closed":
        await call.forge.issues.close(call.repo, issue.number, by=call.who)
    elif state == "open":
        await call.forge.issues.reopen(call.repo, issue.number, by=call.who)
    return await full_json(call, issue, pull)


@route("GET", "/repos/{owner}/{repo}/pulls/{number}/files", READ)
async def files(call: Call) -> Answer:
    issue, pull = call.pull
    repo = call.repo
    start = await call.forge.pulls.merge_base(issue, pull)
    changes = (await repo.git.diff(start, pull.head_sha))[:FILES_AT_MOST]
    return call.paged(changes, lambda one: git_render.diff_entry(call.forge, repo, pull.head_sha, one))


@route("GET", "/repos/{owner}/{repo}/pulls/{number}/commits", READ)
async def commits(call: Call) -> Answer:
    issue, pull = call.pull
    repo = call.repo
    start = await call.forge.pulls.merge_base(issue, pull)
    shas = await repo.git.revisions("--reverse", "--topo-order", f"{start}..{pull.head_sha}")
    chosen, headers = call.window(shas[:COMMITS_AT_MOST])
    found = await repo.git.commits(list(chosen))
    return Answer([git_render.commit(call.forge, repo, one) for one in found], headers=headers)


@route("PUT", "/repos/{owner}/{repo}/pulls/{number}/merge", "contents:write", "write", creates=True)
async def merge(call: Call) -> Json:
    method = call.choice("merge_method", METHODS, "merge")
    sha = await call.forge.pulls.merge(
        call.repo,
        call.number,
        by=call.who,
        method=method,
        sha=call.optional("sha"),
        title=call.optional("commit_title"),
        message=call.optional("commit_message"),
    )
    return {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}


# reviews


@route("GET", "/repos/{owner}/{repo}/pulls/{number}/reviews", READ)
async def reviews(call: Call) -> Answer:
    issue, pull = call.pull
    return call.paged(pull.reviews, lambda one: render.review(call.forge, issue, one))


@route("POST", "/repos/{owner}/{repo}/pulls/{number}/requested_reviewers", WRITE, "write", creates=True)
async def request_reviewers(call: Call) -> Answer:
    names = [*call.texts("reviewers"), *call.texts("team_reviewers")]
    issue = await call.forge.pulls.request_reviewers(call.repo, call.number, names, by=call.who)
    if issue.pull is None:
        raise AssertionError("a pull request was asked for")
    return Answer(render.simple_pull(call.forge, issue, issue.pull), 201)
