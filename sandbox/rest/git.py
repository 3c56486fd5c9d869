"""Routes of refs, commits, trees and blobs."""

from __future__ import annotations

import re

from sandbox.access.refusals import invalid, not_found, unprocessable
from sandbox.git.objects import Signature, commit_text
from sandbox.git.signing import sign
from sandbox.git.threads import run_in_thread
from sandbox.http.answers import Answer
from sandbox.model.json import Json
from sandbox.model.repositories import Repository
from sandbox.render import commits as render
from sandbox.rest.call import Call, RouteTable
from sandbox.rest.fields import BodyFields
from sandbox.rest.times import signature_of

table = RouteTable()
route = table.route

_MODES = ("100644", "100755", "040000", "160000", "120000")
_PATH = re.compile(r"(?!/|.*//|.*/$|(?:.*/)?\.{1,2}(?:/|$)|(?:.*/)?\.git(?:/|$))[^\0]+")
MOST_ENTRIES = 100_000
MOST_BYTES = 7 * 1024 * 1024


# refs


@route("GET", "/repos/{owner}/{repo}/git/ref/{ref}", "contents:read")
async def get_ref(call: Call) -> Json:
    name = "refs/" + call.params["ref"]
    sha = await call.repo.git.ref(name)
    if sha is None:
        raise not_found()
    return render.ref(call.forge, call.repo, name, sha, await _kind(call.repo, sha))


async def _kind(repo: Repository, sha: str) -> str:
    return await repo.git.kind(sha) or "commit"


@route("GET", "/repos/{owner}/{repo}/git/matching-refs/{ref}", "contents:read")
async def matching_refs(call: Call) -> list[Json]:
    """List matching refs. This list isn't paginated."""
    repo, start = call.repo, "refs/" + call.params["ref"]
    every = await repo.git.refs("refs/")
    found = [(name, sha) for name, sha in sorted(every.items()) if name.startswith(start)]
    return [render.ref(call.forge, repo, *one) for one in found]


@route("POST", "/repos/{owner}/{repo}/git/refs", "contents:write", "write")
async def create_ref(call: Call) -> Answer:
    repo, name, sha = call.repo, call.text("ref"), call.text("sha")
    await call.forge.repos.create_ref(repo, name, sha, by=call.who)
    return Answer(render.ref(call.forge, repo, name, sha, await _kind(repo, sha)), 201)


@route("PATCH", "/repos/{owner}/{repo}/git/refs/{ref}", "contents:write", "write")
async def update_ref(call: Call) -> Json:
    repo, name, sha = call.repo, "refs/" + call.params["ref"], call.text("sha")
    await call.forge.repos.update_ref(repo, name, sha, by=call.who, force=call.flag("force"))
    return render.ref(call.forge, repo, name, sha, await _kind(repo, sha))


@route("DELETE", "/repos/{owner}/{repo}/git/refs/{ref}", "contents:write", "write")
async def delete_ref(call: Call) -> Answer:
    await call.forge.repos.delete_ref(call.repo, "refs/" + call.params["ref"], by=call.who)
    return Answer(status=204)


# commits


@route("POST", "/repos/{owner}/{repo}/git/commits", "contents:write", "write")
async def create_commit(call: Call) -> Answer:
    """Create a commit. GitHub signs it if an App gives no author, committer or signature; an Enterprise Server may not."""
    repo, message, tree = call.repo, call.text("message"), call.text("tree")
    parents = call.texts("parents")
    if await repo.git.kind(tree) != "tree":
        raise unprocessable("Tree SHA does not exist")
    for parent in parents:
        if await repo.git.kind(parent) != "commit":
            raise unprocessable("Parent SHA does not exist or is not a commit object")
    own_words = any(call.body.get(name) for name in ("author", "committer", "signature"))
    if call.who.installation and not own_words and call.forge.signs_commits:
        sha = await _committed_by_github(call, repo, tree, parents, message)
    else:
        sha = await _as_given(call, repo, tree, parents, message)
    call.forge.lag.note(sha, by_app=call.who.installation is not None)
    return Answer(render.git_commit(call.forge, repo, await repo.git.commit(sha)), 201)


async def _committed_by_github(
    call: Call, repo: Repository, tree: str, parents: list[str], message: str
) -> str:
    author, web = call.forge.people.signature(call.who.user), call.forge.people.web()
    signature = await run_in_thread(sign, commit_text(tree, parents, message, author, web))
    return await repo.git.write(tree, parents, message, author, web, signature)


async def _as_given(call: Call, repo: Repository, tree: str, parents: list[str], message: str) -> str:
    me = call.forge.people.signature(call.who.user)
    author = _given_signature(call, "author", me)
    committer = _given_signature(call, "committer", author)
    return await repo.git.write(tree, parents, message, author, committer)


def _given_signature(call: Call, name: str, default: Signature) -> Signature:
    value = call.part(name)
    if not value.body:
        return default
    if not value.optional("name") or not value.optional("email"):
        raise invalid("Commit", name, "missing_field")
    return signature_of(value, default.time)


# trees and blobs


@route("GET", "/repos/{owner}/{repo}/git/trees/{ref}", "contents:read")
async def get_tree(call: Call) -> Json:
    repo, name = call.repo, call.params["ref"]
    sha = await repo.git.ref(f"{await repo.git.resolve(name) or name}^{{tree}}")
    if sha is None:
        raise not_found()
    items = await repo.git.tree(sha, recursive=call.query.get("recursive") not in (None, ""))
    shown = render.tree(call.forge, repo, sha, items[:MOST_ENTRIES], len(items) > MOST_ENTRIES)
    size = 0
    for at, entry in enumerate(shown["tree"]):
        size += len(entry["path"]) + 200
        if size > MOST_BYTES:
            return {**shown, "tree": shown["tree"][:at], "truncated": True}
    return shown


@route("POST", "/repos/{owner}/{repo}/git/trees", "contents:write", "write")
async def create_tree(call: Call) -> Answer:
    repo, entries = call.repo, call.parts("tree")
    if not call.has("tree"):
        raise unprocessable('Invalid request.\n\n"tree" wasn\'t supplied.')
    base = call.optional("base_tree")
    files: dict[str, tuple[str, str, str]] = {}
    if base:
        if await repo.git.ref(f"{base}^{{tree}}") is None:
            raise unprocessable("base_tree is not a valid tree oid")
        found = await repo.git.tree(base, recursive=True)
        files = {item.path: (item.mode, item.kind, item.sha) for item in found if item.kind != "tree"}
    for entry in entries:
        await _change_entry(repo, files, entry)
    sha = await _write_tree(repo, files)
    items = await repo.git.tree(sha)
    return Answer(render.tree(call.forge, repo, sha, items, False), 201)


async def _change_entry(repo: Repository, files: dict[str, tuple[str, str, str]], entry: BodyFields) -> None:
    path, mode, kind = (
        entry.text("path"),
        entry.optional("mode") or "100644",
        entry.optional("type") or "blob",
    )
    if not _PATH.fullmatch(path) or mode not in _MODES or kind not in ("blob", "tree", "commit"):
        raise invalid("Tree", "path", "invalid")
    sha = entry.optional("sha")
    if sha is None and "sha" in entry.body:
        files.pop(path, None)
        return
    if sha is None:
        sha = await repo.git.write_blob((entry.optional("content") or "").encode())
    elif kind != "commit" and await repo.git.kind(sha) != kind:
        raise unprocessable(f"tree.sha {sha} is not a valid {kind}")
    files[path] = (mode, kind, sha)


async def _write_tree(repo: Repository, files: dict[str, tuple[str, str, str]]) -> str:
    """Write the trees, innermost folder first."""
    folders: dict[str, dict[str, tuple[str, str, str]]] = {"": {}}
    for path, entry in files.items():
        folder, _, name = path.rpartition("/")
        folders.setdefault(folder, {})[name] = entry
        while folder:
            folder = folder.rpartition("/")[0]
            folders.setdefault(folder, {})
    for folder in sorted(folders, key=lambda one: one.count("/"), reverse=True):
        if folder:
            sha = await _one_tree(repo, folders[folder])
            parent, _, name = folder.rpartition("/")
            folders[parent][name] = ("040000", "tree", sha)
    return await _one_tree(repo, folders[""])


async def _one_tree(repo: Repository, entries: dict[str, tuple[str, str, str]]) -> str:
    rows = [f"{mode} {kind} {sha}\t{name}\0" for name, (mode, kind, sha) in entries.items()]
    return (await repo.git.run("mktree", "-z", "--missing", stdin="".join(rows).encode())).decode().strip()


@route("GET", "/repos/{owner}/{repo}/git/blobs/{sha}", "contents:read")
async def get_blob(call: Call) -> object:
    sha = call.params["sha"]
    if await call.repo.git.kind(sha) != "blob":
        raise not_found()
    content = await call.repo.git.blob(sha)
    if "raw" in call.headers.get("Accept", ""):
        return Answer(raw=content, content_type="application/vnd.github.raw; charset=utf-8")
    return render.blob(call.forge, call.repo, sha, content)
