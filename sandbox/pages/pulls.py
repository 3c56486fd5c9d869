"""Pages of pull requests and check runs, and the actions on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from sandbox.access.refusals import Refusal
from sandbox.model.checks import CheckRun, CommitStatus
from sandbox.model.repositories import Issue, MergeMethod, PullRequest, Repository
from sandbox.pages import filters as words
from sandbox.pages.diffs import diff_part
from sandbox.pages.issues import address, conversation, may_push
from sandbox.pages.site import Site, form_fields, see_other
from sandbox.pages.timeline import CommitLine, commit_line

METHODS: dict[str, tuple[MergeMethod, str]] = {
    "merge": ("merge", "Merge pull request"),
    "squash": ("squash", "Squash and merge"),
    "rebase": ("rebase", "Rebase and merge"),
}


def pull_routes(site: Site) -> list[web.RouteDef]:
    at = "/{owner}/{repo}"
    one = at + r"/pull/{number:\d+}"
    run = at + r"/runs/{run:\d+}"
    pages = PullPages(site)
    return [
        web.get(one, site.page(pages.conversation)),
        web.get(one + "/commits", site.page(pages.commits)),
        web.get(one + "/checks", site.page(pages.checks)),
        web.get(one + "/files", site.page(pages.files)),
        web.post(one + "/merge", site.page(pages.merge)),
        web.post(one + "/ready", site.page(pages.ready)),
        web.post(one + "/approve", site.page(pages.approve)),
        web.post(one + "/delete-branch", site.page(pages.delete_branch)),
        web.post(one + "/restore-branch", site.page(pages.restore_branch)),
        web.get(run, site.page(pages.run)),
        web.get(at + r"/actions/runs/{run:\d+}", site.page(pages.workflow_run)),
        web.post(run + "/press", site.page(pages.press)),
        web.post(run + "/rerun", site.page(pages.rerun)),
    ]


@dataclass(frozen=True)
class MergeBox:
    """The merge box of a pull request."""

    tone: str
    """ready, blocked, waiting or merged."""
    words: str
    more: str
    can: bool
    may: bool
    methods: tuple[tuple[str, str], ...]
    checks_tone: str
    checks_words: str
    may_delete: bool
    may_restore: bool


_STATES = {
    "clean": ("ready", "This branch has no conflicts with the base branch", "It can be merged."),
    "unstable": (
        "waiting",
        "This branch has no conflicts with the base branch",
        "Some checks haven't passed, but none of them is required.",
    ),
    "draft": ("waiting", "This pull request is still a draft", "Mark it as ready for review to merge it."),
    "blocked": ("blocked", "Merging is blocked", "The base branch requires checks or an approval."),
    "behind": ("blocked", "This branch is out-of-date with the base branch", "Update it to merge."),
    "dirty": ("blocked", "This branch has conflicts that must be resolved", "Resolve them on the branch."),
    "unknown": ("waiting", "Checking for the ability to merge automatically…", ""),
}


def merge_box(
    issue: Issue,
    pull: PullRequest,
    state: str,
    runs: list[CheckRun],
    statuses: list[CommitStatus],
    may: bool,
    branch_there: bool,
) -> MergeBox:
    tone, headline, more = _STATES.get(state, _STATES["unknown"])
    repo = issue.repo
    allowed = {
        "merge": repo.allow_merge_commit,
        "squash": repo.allow_squash_merge,
        "rebase": repo.allow_rebase_merge,
    }
    return MergeBox(
        "merged" if pull.merged_at else tone,
        headline,
        more,
        may and state in ("clean", "unstable"),
        may,
        tuple((name, text) for name, text in METHODS.values() if allowed[name]),
        *_checks_summary([*runs, *map(words.as_run, statuses)]),
        may and branch_there and pull.head_repo is repo and pull.head_ref != repo.default_branch,
        may and not branch_there and pull.head_repo is repo,
    )


def _checks_summary(runs: list[Any]) -> tuple[str, str]:
    tones = [words.check_tone(run) for run in runs]
    if not tones:
        return "neutral", ""
    for tone, text in (
        ("failure", "Some checks failed"),
        ("pending", "Some checks are still running"),
    ):
        if tone in tones:
            return tone, f"{text} ({tones.count(tone)} of {len(tones)})"
    return "success", "All checks have passed"


class PullPages:
    def __init__(self, site: Site) -> None:
        self._site = site

    def _find_pull(self, request: web.Request) -> tuple[Issue, PullRequest]:
        issue = self._site.issue(request)
        if issue.pull is None:
            raise Refusal(404, "Not Found")
        return issue, issue.pull

    async def _head(self, issue: Issue, pull: PullRequest, at: str) -> dict[str, Any]:
        """Return what the head of each page shows."""
        return {
            "tab": "pulls",
            "at": at,
            "issue": issue,
            "pull": pull,
            "counts": await self._site.forge.pulls.measure(issue, pull),
            "runs": self._site.runs_of(issue.repo, pull.head_sha),
        }

    async def _commits(self, issue: Issue, pull: PullRequest) -> list[CommitLine]:
        git, by_email = issue.repo.git, self._site.forge.people.by_email
        start = await self._site.forge.pulls.merge_base(issue, pull)
        shas = await git.revisions(
            "--reverse", "--topo-order", "--max-count=250", f"{start}..{pull.head_sha}"
        )
        return [commit_line(commit, by_email) for commit in await git.commits(shas)]

    # viewing

    async def conversation(self, request: web.Request) -> web.Response:
        issue, pull = self._find_pull(request)
        commits = await self._commits(issue, pull)
        head = await self._head(issue, pull, "")
        statuses = self._site.forge.checks.latest_statuses(issue.repo, pull.head_sha)
        return self._site.show(
            request,
            "pulls/pull.html",
            repo=issue.repo,
            **(head | conversation(self._site, request, issue, commits)),
            statuses=statuses,
            merge=await self._merge_box(request, issue, pull, head["runs"], statuses),
            may_review=issue.state == "open" and issue.user is not self._site.viewer(request),
        )

    async def _merge_box(
        self,
        request: web.Request,
        issue: Issue,
        pull: PullRequest,
        runs: list[CheckRun],
        statuses: list[CommitStatus],
    ) -> MergeBox:
        pulls = self._site.forge.pulls
        state = await pulls.mergeable_state(issue, pull)
        if state == "unknown" and issue.state == "open":
            await pulls.test_merge(issue, pull)
            state = await pulls.mergeable_state(issue, pull)
        there = await issue.repo.git.ref(f"refs/heads/{pull.head_ref}") is not None
        may = may_push(self._site, request, issue.repo)
        box = merge_box(issue, pull, state, runs, statuses, may, there)
        unmet = await pulls.unmet(issue, pull) if state == "blocked" else None
        return replace(box, more=unmet) if unmet else box

    async def commits(self, request: web.Request) -> web.Response:
        issue, pull = self._find_pull(request)
        head = await self._head(issue, pull, "/commits")
        return self._site.show(
            request,
            "pulls/pull_commits.html",
            repo=issue.repo,
            **head,
            commits=await self._commits(issue, pull),
        )

    async def checks(self, request: web.Request) -> web.Response:
        issue, pull = self._find_pull(request)
        head = await self._head(issue, pull, "/checks")
        may = may_push(self._site, request, issue.repo)
        return self._site.show(request, "pulls/checks.html", repo=issue.repo, **head, may_push=may)

    async def files(self, request: web.Request) -> web.Response:
        issue, pull = self._find_pull(request)
        head = await self._head(issue, pull, "/files")
        start = await self._site.forge.pulls.merge_base(issue, pull)
        changes = await issue.repo.git.diff(start, pull.head_sha)
        notes = [(note, run.name) for run in head["runs"] for note in run.annotations]
        shown = diff_part(changes, request.query.get("part", ""), notes)
        return self._site.show(request, "pulls/files.html", repo=issue.repo, **head, diff=shown)

    # actions

    async def merge(self, request: web.Request) -> web.Response:
        issue, _ = self._find_pull(request)
        method = METHODS.get((await form_fields(request)).get("method", "merge"))
        if method is None:
            raise Refusal(422, "Unknown merge method.")
        await self._site.forge.pulls.merge(
            issue.repo, issue.number, by=self._site.actor(request), method=method[0]
        )
        return see_other(address(issue))

    async def ready(self, request: web.Request) -> web.Response:
        issue, _ = self._find_pull(request)
        await self._site.forge.pulls.set_draft(issue.repo, issue.number, False, by=self._site.actor(request))
        return see_other(address(issue))

    async def approve(self, request: web.Request) -> web.Response:
        issue, _ = self._find_pull(request)
        await self._site.forge.pulls.review(issue.repo, issue.number, "APPROVE", by=self._site.actor(request))
        return see_other(address(issue))

    async def delete_branch(self, request: web.Request) -> web.Response:
        issue, pull = self._find_pull(request)
        await self._site.forge.repos.delete_branch(issue.repo, pull.head_ref, by=self._site.actor(request))
        return see_other(address(issue))

    async def restore_branch(self, request: web.Request) -> web.Response:
        issue, pull = self._find_pull(request)
        actor = self._site.actor(request)
        await self._site.forge.repos.create_branch(issue.repo, pull.head_ref, by=actor, at=pull.head_sha)
        return see_other(address(issue))

    # check runs

    def _run(self, request: web.Request) -> tuple[Repository, CheckRun]:
        repo = self._site.repo(request)
        return repo, self._site.forge.checks.run(repo, int(request.match_info["run"]))

    async def run(self, request: web.Request) -> web.Response:
        repo, run = self._run(request)
        return self._site.show(
            request,
            "pulls/check.html",
            repo=repo,
            tab="pulls",
            run=run,
            pulls=[one for one in repo.pulls if one.pull and one.pull.head_sha == run.suite.head_sha],
            may_push=may_push(self._site, request, repo),
        )

    async def workflow_run(self, request: web.Request) -> web.Response:
        """Redirect a workflow run to the page of its check run."""
        repo = self._site.repo(request)
        found = repo.workflow_runs.get(int(request.match_info["run"]))
        runs = [run for run in repo.check_runs.values() if found and run.suite is found.suite]
        if not runs:
            raise Refusal(404, "Not Found")
        return see_other(f"/{repo.full_name}/runs/{runs[-1].id}")

    async def press(self, request: web.Request) -> web.Response:
        repo, run = self._run(request)
        name = (await form_fields(request)).get("button", "")
        await self._site.forge.checks.press(repo, run.id, name, by=self._site.actor(request))
        return see_other(self._page_of_run(request, repo, run))

    async def rerun(self, request: web.Request) -> web.Response:
        repo, run = self._run(request)
        await self._site.forge.checks.rerequest_run(repo, run.id, by=self._site.actor(request))
        return see_other(self._page_of_run(request, repo, run))

    def _page_of_run(self, request: web.Request, repo: Repository, run: CheckRun) -> str:
        for one in repo.pulls:
            if (
                one.pull
                and one.pull.head_sha == run.suite.head_sha
                and "/runs/" not in request.headers.get("Referer", "")
            ):
                return f"{address(one)}/checks"
        return f"/{repo.full_name}/runs/{run.id}"
