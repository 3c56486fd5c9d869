"""Routes of repositories, collaborators, branches, contents, commits and comparisons."""

from __future__ import annotations

import posixpath

from sandbox.access.refusals import Refusal, needs_paid_plan, not_found
from sandbox.git.objects import CommitInfo, TreeItem
from sandbox.http.answers import Answer
from sandbox.model.json import Json
from sandbox.model.repositories import Protection, Repository
from sandbox.render import commits as git_render
from sandbox.render import repositories as render
from sandbox.render.pulls import simple_pull
from sandbox.rest.call import Call, RouteTable
from sandbox.topics.rule_sets import rules_json

LINK = "120000"
MOST_COMPARED = 3000
"""The most files that two compared commits may differ in. GitHub names no number."""

table = RouteTable()
route = table.route


@route("GET", "/repos/{owner}/{repo}", auth="none")
async def get(call: Call) -> Json:
    viewer = call.actor.user if call.actor and not call.actor.installation else None
    return render.full_repository(call.forge, call.repo, viewer)


# collaborators


@route("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission")
async def permission(call: Call) -> Json:
    who = call.forge.people.get(call.params["username"])
    if who.kind != "User":
        raise Refusal(404, f"{who.login} is not a user")
    return render.collaborator_permission(call.forge, call.repo, who)


# branches


@route("GET", "/repos/{owner}/{repo}/branches", "contents:read")
async def branches(call: Call) -> Answer:
    repo = call.repo
    heads = await repo.git.refs("refs/heads")
    return call.paged(sorted(heads.items()), lambda one: _short(call, repo, one[0][11:], one[1]))


def _short(call: Call, repo: Repository, name: str, sha: str) -> Json:
    at = f"{call.forge.api}/repos/{repo.full_name}"
    rules = repo.protections.get(name)
    return {
        "name": name,
        "commit": {"sha": sha, "url": f"{at}/commits/{sha}"},
        "protected": rules is not None,
        "protection": render.protection_summary(rules),
        "protection_url": f"{at}/branches/{name}/protection",
    }


@route("GET", "/repos/{owner}/{repo}/branches/{branch}", "contents:read")
async def branch(call: Call) -> Json:
    repo, name = call.repo, call.params["branch"]
    sha = await repo.git.ref(f"refs/heads/{name}")
    if sha is None:
        raise Refusal(404, "Branch not found")
    short = _short(call, repo, name, sha)
    commit = git_render.commit(call.forge, repo, await repo.git.commit(sha))
    at = f"{call.forge.api}/repos/{repo.full_name}/branches/{name}"
    page = f"{call.forge.url}/{repo.full_name}/tree/{name}"
    return {**short, "commit": commit, "_links": {"self": at, "html": page}}


def _rules(call: Call) -> Protection:
    rules = call.repo.protections.get(call.params["branch"])
    if rules is None:
        raise Refusal(404, "Branch not protected")
    return rules


_REQUIRED = "/repos/{owner}/{repo}/branches/{branch}/protection/required_status_checks"


@route("GET", _REQUIRED, "administration:read", "admin")
async def required_checks(call: Call) -> Json:
    rules = _rules(call)
    if not rules.required_checks:
        raise Refusal(404, "Required status checks not enabled")
    return render.required_checks(call.forge, call.repo, call.params["branch"], rules)


@route("GET", "/repos/{owner}/{repo}/rules/branches/{branch}")
async def rules_of_branch(call: Call) -> list[Json]:
    """List the rules of a branch, which everyone can read."""
    if call.repo.free_plan:
        raise needs_paid_plan()
    found = rules_json(call.repo, call.params["branch"])
    rules = call.repo.protections.get(call.params["branch"])
    if rules and rules.required_checks:
        parameters = {
            "required_status_checks": [{"context": name} for name in rules.required_checks],
            "strict_required_status_checks_policy": rules.strict,
        }
        found.append({"type": "required_status_checks", "parameters": parameters})
    source = {
        "ruleset_source_type": "Repository",
        "ruleset_source": call.repo.full_name,
        "ruleset_id": call.repo.id,
    }
    return [{**one, **source} for one in found]


# contents


@route("GET", "/repos/{owner}/{repo}/contents", "contents:read")
async def root(call: Call) -> object:
    call.params["path"] = ""
    return await contents(call)


@route("GET", "/repos/{owner}/{repo}/contents/{path}", "contents:read")
async def contents(call: Call) -> object:
    repo, path = call.repo, call.params["path"].strip("/")
    name = call.query.get("ref") or repo.default_branch
    sha = await repo.git.resolve(name)
    if sha is None:
        raise Refusal(404, f"No commit found for the ref {name}")
    if {".", ".."} & set(path.split("/")):
        raise not_found()
    items = await repo.git.tree(sha, path=path) if path else []
    if path and not items:
        raise not_found()
    if not path or items[0].kind == "tree":
        entries = await repo.git.tree(sha, path=f"{path}/" if path else "")
        return [git_render.content(call.forge, repo, name, item, None) for item in entries]
    data = await repo.git.blob(items[0].sha)
    if items[0].mode == LINK:
        return await _symlink_contents(call, repo, name, items[0], data.decode("utf-8", "replace"))
    if "raw" in call.headers.get("Accept", ""):
        return Answer(raw=data, content_type="application/vnd.github.raw+json; charset=utf-8")
    if len(data) > 1024 * 1024:
        shown = git_render.content(call.forge, repo, name, items[0], b"")
        return {**shown, "encoding": "none", "content": ""}
    return git_render.content(call.forge, repo, name, items[0], data)


async def _symlink_contents(call: Call, repo: Repository, name: str, item: TreeItem, target: str) -> Json:
    """Follow a symlink to a file in the repository; describe any other symlink."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(item.path), target))
    found = await repo.git.tree(name, path=path) if not path.startswith(("/", "..")) else []
    if found and found[0].kind == "blob" and found[0].mode != LINK:
        return git_render.content(call.forge, repo, name, found[0], await repo.git.blob(found[0].sha))
    shown = git_render.content(call.forge, repo, name, item, None)
    return {**shown, "target": target}


# commits


async def commit_named(call: Call, name: str) -> CommitInfo:
    repo = call.repo
    sha = await repo.git.resolve(name)
    if sha is None:
        raise Refusal(422, f"No commit found for SHA: {name}")
    return await repo.git.commit(sha)


@route("GET", "/repos/{owner}/{repo}/commits", "contents:read")
async def commits(call: Call) -> Answer:
    repo = call.repo
    if await repo.git.ref("HEAD") is None:
        raise Refusal(409, "Git Repository is empty.")
    start = await repo.git.resolve(call.query.get("sha") or repo.default_branch)
    if start is None:
        raise not_found()
    filters = [
        f"--{name}={call.query[name]}" for name in ("since", "until", "author") if call.query.get(name)
    ]
    where = ["--", call.query["path"]] if call.query.get("path") else []
    shas, headers = call.window(await repo.git.revisions(*filters, start, *where))
    found = await repo.git.commits(list(shas))
    return Answer([git_render.commit(call.forge, repo, one) for one in found], headers=headers)


@route("GET", "/repos/{owner}/{repo}/commits/{ref}", "contents:read")
async def commit(call: Call) -> object:
    one = await commit_named(call, call.params["ref"])
    if "sha" in call.headers.get("Accept", "").split("."):
        return Answer(raw=one.sha.encode(), content_type="application/vnd.github.sha; charset=utf-8")
    parent = one.parents[0] if one.parents else await _empty_tree(call.repo)
    files = await call.repo.git.diff(parent, one.sha)
    return git_render.commit_with_files(call.forge, call.repo, one, files)


async def _empty_tree(repo: Repository) -> str:
    return (await repo.git.run("mktree", stdin=b"")).decode().strip()


@route("GET", "/repos/{owner}/{repo}/commits/{ref}/pulls", "pull_requests:read")
async def pulls_of_commit(call: Call) -> Answer:
    """List the pull requests that merged a commit, or the open ones that have it."""
    repo = call.repo
    one = await commit_named(call, call.params["ref"])
    found = []
    for issue in repo.pulls:
        pull = issue.pull
        if pull is None:
            continue
        if pull.merged_at and pull.merge_commit_sha == one.sha:
            found.append((issue, pull))
            continue
        start = pull.base_sha
        inside = await repo.git.is_ancestor(one.sha, pull.head_sha)
        if inside and not await repo.git.is_ancestor(one.sha, start):
            found.append((issue, pull))
    return call.paged(found, lambda pair: simple_pull(call.forge, *pair))


@route("GET", "/repos/{owner}/{repo}/compare/{basehead}", "contents:read")
async def compare(call: Call) -> object:
    repo = call.repo
    base_name, dots, head_name = call.params["basehead"].partition("...")
    base = await repo.git.resolve(base_name.rpartition(":")[2])
    head = await repo.git.resolve(head_name.rpartition(":")[2])
    if not dots or base is None or head is None:
        raise not_found()
    start = await repo.git.merge_base(base, head)
    if start is None:
        raise Refusal(404, f"No common ancestor between {base_name} and {head_name}.")
    if "diff" in call.headers.get("Accept", ""):
        text = await repo.git.run("diff-tree", "-r", "-p", "-M", start, head)
        return Answer(raw=text, content_type="application/vnd.github.diff; charset=utf-8")
    if len(await repo.git.diff(start, head, patches=False)) > MOST_COMPARED:
        raise Refusal(422, "Server Error: Sorry, this diff is taking too long to generate.")
    return await _comparison(call, repo, base, head, start)


async def _comparison(call: Call, repo: Repository, base: str, head: str, start: str) -> Answer:
    ahead = await repo.git.revisions("--reverse", f"{base}..{head}")
    behind = await repo.git.count(f"{head}..{base}")
    chosen, headers = (
        call.window(ahead) if "page" in call.query or "per_page" in call.query else (ahead[:250], {})
    )
    files = await repo.git.diff(start, head) if call.query.get("page", "1") == "1" else []
    states = {(False, False): "identical", (True, False): "ahead", (False, True): "behind"}
    page = f"{call.forge.url}/{repo.full_name}/compare/{base[:12]}...{head[:12]}"
    shown = [
        git_render.commit(call.forge, repo, one) for one in await repo.git.commits([base, start, *chosen])
    ]
    body = {
        "url": f"{call.forge.api}{call.path}",
        "html_url": page,
        "permalink_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "base_commit": shown[0],
        "merge_base_commit": shown[1],
        "status": states.get((bool(ahead), bool(behind)), "diverged"),
        "ahead_by": len(ahead),
        "behind_by": behind,
        "total_commits": len(ahead),
        "commits": shown[2:],
        "files": [git_render.diff_entry(call.forge, repo, head, one) for one in files[:300]],
    }
    return Answer(body, headers=headers)
