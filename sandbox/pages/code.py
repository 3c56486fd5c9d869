"""Pages of the code: folders, files, commits, branches, and an editor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.access.refusals import Refusal
from sandbox.git.objects import TreeItem
from sandbox.model.repositories import Repository
from sandbox.pages.diffs import diff_part
from sandbox.pages.filters import path as quoted
from sandbox.pages.issues import may_push
from sandbox.pages.markdown.highlight import highlight_lines
from sandbox.pages.markdown.rendering import MarkdownContext, render
from sandbox.pages.site import HEADERS, Site, form_fields, see_other
from sandbox.pages.timeline import CommitLine, commit_line

LARGEST = 1_000_000
MOST_LINES = 5_000


def code_routes(site: Site) -> list[web.RouteDef]:
    at = "/{owner}/{repo}"
    pages = CodePages(site)
    return [
        web.get(at, site.page(pages.home)),
        web.get(at + r"/tree/{rest:[\s\S]+}", site.page(pages.tree)),
        web.get(at + r"/blob/{rest:[\s\S]+}", site.page(pages.blob)),
        web.get(at + r"/raw/{rest:[\s\S]+}", site.page(pages.raw)),
        web.post(at + r"/edit/{rest:[\s\S]+}", site.page(pages.edit)),
        web.get(at + r"/commits/{rest:[\s\S]+}", site.page(pages.commits)),
        web.get(at + "/commit/{sha:[0-9a-f]{4,40}}", site.page(pages.commit)),
        web.get(at + "/branches", site.page(pages.branches)),
    ]


@dataclass(frozen=True)
class FolderItem:
    name: str
    path: str
    kind: str


@dataclass(frozen=True)
class CodeLocation:
    """A ref and a path from an address."""

    ref: str
    sha: str
    path: str
    branch: bool


@dataclass(frozen=True)
class BranchRow:
    name: str
    tip: CommitLine


class CodePages:
    def __init__(self, site: Site) -> None:
        self._site = site

    async def _location(self, request: web.Request, repo: Repository) -> CodeLocation:
        """Split an address into ref and path. The longest existing branch name wins."""
        rest = request.match_info["rest"].strip("/")
        if "\0" in rest or ".." in rest.split("/"):
            raise Refusal(404, "Not Found")
        names = sorted(await self._branches(repo), key=len, reverse=True)
        for name in names:
            if rest == name or rest.startswith(f"{name}/"):
                sha = await repo.git.ref(f"refs/heads/{name}")
                return CodeLocation(name, sha or "", rest[len(name) + 1 :], True)
        ref, _, path = rest.partition("/")
        sha = await repo.git.resolve(ref) if not ref.startswith("-") else None
        if sha is None:
            raise Refusal(404, "Not Found")
        return CodeLocation(ref, sha, path, False)

    async def _branches(self, repo: Repository) -> list[str]:
        return [ref.removeprefix("refs/heads/") for ref in await repo.git.refs("refs/heads/")]

    async def _head(self, repo: Repository, location: CodeLocation) -> dict[str, Any]:
        return {
            "ref": location.ref,
            "path": location.path,
            "branches": await self._branches(repo),
            "tab": "code",
        }

    async def _lines(self, repo: Repository, *args: str) -> list[CommitLine]:
        shas = await repo.git.revisions(*args)
        by_email = self._site.forge.people.by_email
        return [commit_line(commit, by_email) for commit in await repo.git.commits(shas)]

    async def _listing(self, repo: Repository, location: CodeLocation) -> dict[str, Any]:
        address = f"{self._site.forge.url}/{repo.full_name}.git"
        if not location.sha:
            return {"items": [], "tip": None, "address": address}
        tip = await self._lines(repo, "--max-count=1", location.sha, "--", *_literal_path(location.path))
        return {
            "items": await self._items(repo, location),
            "tip": tip[0] if tip else None,
            "address": address,
        }

    async def _items(self, repo: Repository, location: CodeLocation) -> list[FolderItem]:
        where = f"{location.path}/" if location.path else ""
        found = [_item(one) for one in await repo.git.tree(location.sha, path=where)]
        if location.path and not found:
            raise Refusal(404, "Not Found")
        return sorted(found, key=lambda item: (item.kind != "tree", item.name.lower()))

    # viewing

    async def home(self, request: web.Request) -> web.Response:
        repo = self._site.repo(request)
        sha = await repo.git.ref(f"refs/heads/{repo.default_branch}")
        location = CodeLocation(repo.default_branch, sha or "", "", True)
        listing = await self._listing(repo, location)
        name = next((item.name for item in listing["items"] if item.name.lower() == "readme.md"), "")
        readme = await self._rendered_markdown(repo, location, name) if name else ""
        around = await self._head(repo, location)
        return self._site.show(
            request, "code/home.html", repo=repo, **around, **listing, readme=readme, readme_name=name
        )

    async def _rendered_markdown(self, repo: Repository, location: CodeLocation, path: str) -> str:
        text = (await repo.git.read(location.sha, path) or b"").decode("utf-8", "replace")
        folder = (
            f"/{repo.full_name}/blob/{quoted(location.ref)}/{quoted(path.rpartition('/')[0])}".rstrip("/")
            + "/"
        )
        return render(text, MarkdownContext(f"/{repo.full_name}", folder, breaks=False))

    async def tree(self, request: web.Request) -> web.Response:
        repo = self._site.repo(request)
        location = await self._location(request, repo)
        listing = await self._listing(repo, location)
        return self._site.show(
            request, "code/tree.html", repo=repo, **await self._head(repo, location), **listing
        )

    async def _content(self, repo: Repository, location: CodeLocation) -> tuple[TreeItem, bytes]:
        items = await repo.git.tree(location.sha, path=location.path)
        item = next((one for one in items if one.path == location.path and one.kind == "blob"), None)
        if item is None:
            raise Refusal(404, "Not Found")
        return item, await repo.git.blob(item.sha)

    async def blob(self, request: web.Request) -> web.StreamResponse:
        repo = self._site.repo(request)
        location = await self._location(request, repo)
        item, content = await self._content(repo, location)
        binary = b"\0" in content[:8000] or len(content) > LARGEST
        text = "" if binary else content.decode("utf-8", "replace")
        count = len(text.removesuffix("\n").split("\n")) if text else 0
        shown = "\n".join(text.split("\n", MOST_LINES)[:MOST_LINES])
        return self._site.show(
            request,
            "code/blob.html",
            repo=repo,
            **await self._head(repo, location),
            blob=item.sha,
            size=len(content),
            binary=binary,
            text=text,
            count=count,
            lines=highlight_lines(shown.removesuffix("\n"), location.path) if text else [],
            rendered=await self._rendered_markdown(repo, location, location.path)
            if location.path.endswith(".md")
            else "",
            may_push=may_push(self._site, request, repo),
            on_branch=location.branch,
        )

    async def raw(self, request: web.Request) -> web.Response:
        repo = self._site.repo(request)
        _, content = await self._content(repo, await self._location(request, repo))
        return web.Response(body=content, content_type="text/plain", charset="utf-8", headers=HEADERS)

    async def commits(self, request: web.Request) -> web.Response:
        repo = self._site.repo(request)
        location = await self._location(request, repo)
        commits = await self._lines(
            repo, "--max-count=100", location.sha, "--", *_literal_path(location.path)
        )
        if not commits:
            raise Refusal(404, "Not Found")
        around = await self._head(repo, location) | {"tab": "commits"}
        return self._site.show(request, "code/commits.html", repo=repo, **around, commits=commits)

    async def commit(self, request: web.Request) -> web.Response:
        repo = self._site.repo(request)
        sha = await repo.git.ref(request.match_info["sha"] + "^{commit}")
        if sha is None:
            raise Refusal(404, "Not Found")
        info = await repo.git.commit(sha)
        before = info.parents[0] if info.parents else await _empty_tree(repo)
        changes = await repo.git.diff(before, sha)
        return self._site.show(
            request,
            "code/commit.html",
            repo=repo,
            tab="commits",
            commit=commit_line(info, self._site.forge.people.by_email),
            diff=diff_part(changes, request.query.get("part", "")),
            runs=self._site.runs_of(repo, sha),
        )

    async def branches(self, request: web.Request) -> web.Response:
        repo = self._site.repo(request)
        refs = await repo.git.refs("refs/heads/")
        by_email = self._site.forge.people.by_email
        rows = [
            BranchRow(ref.removeprefix("refs/heads/"), commit_line(await repo.git.commit(sha), by_email))
            for ref, sha in refs.items()
        ]
        rows.sort(key=lambda row: (row.name != repo.default_branch, row.name))
        return self._site.show(request, "code/branches.html", repo=repo, tab="branches", rows=rows)

    # editing

    async def edit(self, request: web.Request) -> web.Response:
        """Commit one file, unless it has changed on the branch since."""
        repo, form = self._site.repo(request), await form_fields(request)
        location = await self._location(request, repo)
        item, content = await self._content(repo, location)
        if not location.branch or item.sha != form.get("was"):
            raise Refusal(409, "This file has changed since you started editing.")
        text = form.get("text", "")
        if b"\r\n" in content:
            text = text.replace("\n", "\r\n")
        await self._site.forge.repos.push(
            repo,
            {location.path: text},
            form.get("message", "").strip() or f"Update {location.path}",
            by=self._site.actor(request),
            branch=location.ref,
        )
        return see_other(f"/{repo.full_name}/blob/{quoted(location.ref)}/{quoted(location.path)}")


def _literal_path(path: str) -> list[str]:
    """Quote a path that git would otherwise read as a pattern."""
    return [f":(literal){path}"] if path else []


def _item(one: TreeItem) -> FolderItem:
    return FolderItem(one.path.rpartition("/")[2], one.path, one.kind)


async def _empty_tree(repo: Repository) -> str:
    return (await repo.git.run("hash-object", "-w", "-t", "tree", "--stdin")).decode().strip()
