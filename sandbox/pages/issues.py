"""Pages of issues, and the actions on them."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.access.permissions import role_at_least, role_of
from sandbox.access.refusals import Refusal
from sandbox.model.accounts import User
from sandbox.model.repositories import Issue, Repository
from sandbox.pages.markdown.rendering import with_task_set
from sandbox.pages.site import Site, form_fields, see_other
from sandbox.pages.timeline import CommitLine, Entry, folded, roles, timeline


def issue_routes(site: Site) -> list[web.RouteDef]:
    at = "/{owner}/{repo}"
    one = at + r"/issues/{number:\d+}"
    pages = IssuePages(site)
    return [
        web.get(at + "/issues", site.page(pages.issues)),
        web.get(at + "/pulls", site.page(pages.pulls)),
        web.get(at + "/issues/new", site.page(pages.new)),
        web.post(at + "/issues", site.page(pages.open)),
        web.get(one, site.page(pages.issue)),
        web.post(one + "/labels", site.page(pages.labels)),
        web.post(one + "/comment", site.page(pages.comment)),
        web.post(one + "/tick", site.page(pages.tick)),
        web.post(one + "/edit", site.page(pages.edit)),
        web.post(one + "/react", site.page(pages.react)),
    ]


def address(issue: Issue) -> str:
    return f"/{issue.repo.full_name}/{'pull' if issue.pull else 'issues'}/{issue.number}"


def conversation(
    site: Site, request: web.Request, issue: Issue, commits: list[CommitLine] | None = None
) -> dict[str, Any]:
    """Return what the pages of issues and pull requests have in common."""
    viewer, repo = site.viewer(request), issue.repo
    entries: list[Entry] = timeline(
        issue, roles(repo, role_of), lambda author: _may_edit(site, request, repo, author), commits or []
    )
    return {
        "issue": issue,
        "timeline": entries if "all" in request.query else folded(entries),
        "may_react": not repo.archived,
        "may_label": site.may(request, repo, "triage"),
        "may_close": issue.user is viewer or site.may(request, repo, "triage"),
    }


def _may_edit(site: Site, request: web.Request, repo: Repository, author: User) -> bool:
    return author is site.viewer(request) or site.may(request, repo, "write")


class IssuePages:
    def __init__(self, site: Site) -> None:
        self._site = site

    # viewing

    async def issues(self, request: web.Request) -> web.Response:
        return self._list(request, "issues")

    async def pulls(self, request: web.Request) -> web.Response:
        return self._list(request, "pulls")

    def _list(self, request: web.Request, tab: str) -> web.Response:
        repo = self._site.repo(request)
        mine = [one for one in repo.issues.values() if bool(one.pull) == (tab == "pulls")]
        state = "closed" if request.query.get("state") == "closed" else "open"
        return self._site.show(
            request,
            "issues/issues.html",
            repo=repo,
            tab=tab,
            state=state,
            issues=[one for one in reversed(mine) if one.state == state],
            open_count=sum(one.state == "open" for one in mine),
            closed_count=sum(one.state == "closed" for one in mine),
        )

    async def new(self, request: web.Request) -> web.Response:
        return self._site.show(request, "issues/new_issue.html", repo=self._site.repo(request), tab="issues")

    async def issue(self, request: web.Request) -> web.StreamResponse:
        issue = self._site.issue(request)
        if issue.pull:
            return see_other(address(issue))
        return self._site.show(
            request,
            "issues/issue.html",
            repo=issue.repo,
            tab="issues",
            pulls=[one for one in issue.repo.pulls if f"#{issue.number}" in (one.body or "")],
            **conversation(self._site, request, issue),
        )

    # actions

    async def open(self, request: web.Request) -> web.Response:
        form = await form_fields(request)
        issue = await self._site.forge.issues.open(
            self._site.repo(request),
            form.get("title", ""),
            form.get("body", ""),
            by=self._site.actor(request),
        )
        return see_other(address(issue))

    async def labels(self, request: web.Request) -> web.Response:
        issue, form = self._site.issue(request), await form_fields(request)
        issues, actor = self._site.forge.issues, self._site.actor(request)
        if name := form.get("add"):
            await issues.label(issue.repo, issue.number, name, by=actor)
        if name := form.get("remove"):
            await issues.unlabel(issue.repo, issue.number, name, by=actor)
        return see_other(address(issue))

    async def comment(self, request: web.Request) -> web.Response:
        """Add a comment, close or reopen the issue, or both."""
        issue, form = self._site.issue(request), await form_fields(request)
        issues, actor = self._site.forge.issues, self._site.actor(request)
        if form.get("body", "").strip() or not form.get("then"):
            await issues.comment(issue.repo, issue.number, form.get("body", ""), by=actor)
        if form.get("then") == "close":
            await issues.close(issue.repo, issue.number, by=actor)
        elif form.get("then") == "reopen":
            await issues.reopen(issue.repo, issue.number, by=actor)
        return see_other(address(issue))

    async def tick(self, request: web.Request) -> web.Response:
        """Tick a task, found by its words since the text may have changed."""
        issue, form = self._site.issue(request), await form_fields(request)
        text = with_task_set(
            self._text(issue, form.get("on", "")), form.get("box", ""), bool(form.get("ticked"))
        )
        if text is None:
            raise Refusal(409, "This task no longer exists: the text has changed.")
        await self._write(request, issue, form.get("on", ""), text)
        return see_other(address(issue))

    async def edit(self, request: web.Request) -> web.Response:
        issue, form = self._site.issue(request), await form_fields(request)
        await self._write(request, issue, form.get("on", ""), form.get("body", ""))
        return see_other(address(issue))

    def _text(self, issue: Issue, on: str) -> str:
        if on == "issue":
            return issue.body or ""
        return self._site.forge.issues.find_comment(issue.repo, _number(on))[1].body

    async def _write(self, request: web.Request, issue: Issue, on: str, text: str) -> None:
        issues, actor = self._site.forge.issues, self._site.actor(request)
        if on == "issue":
            await issues.edit(issue.repo, issue.number, body=text, by=actor)
        else:
            await issues.edit_comment(issue.repo, _number(on), text, by=actor)

    async def react(self, request: web.Request) -> web.Response:
        """Add a reaction, or remove one's own."""
        issue, form = self._site.issue(request), await form_fields(request)
        issues, actor = self._site.forge.issues, self._site.actor(request)
        on = None if form.get("on") == "issue" else _number(form.get("on", ""))
        reaction, new = await issues.react(
            issue.repo, issue.number, form.get("content", ""), by=actor, comment_id=on
        )
        if not new:
            await issues.unreact(issue.repo, issue.number, reaction.id, by=actor, comment_id=on)
        return see_other(address(issue))


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise Refusal(404, "Not Found")
    return int(text)


def may_push(site: Site, request: web.Request, repo: Repository) -> bool:
    return not repo.archived and role_at_least(role_of(repo, site.viewer(request)), "write")
