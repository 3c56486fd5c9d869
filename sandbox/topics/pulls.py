"""Pull requests: opening, editing, reviewing, and what pushes do to them."""

from __future__ import annotations

from typing import Literal

from sandbox.access.permissions import is_granted, may_see, require, role_at_least, role_of
from sandbox.access.refusals import Refusal, invalid, not_found, unprocessable
from sandbox.git.objects import ZERO
from sandbox.git.ref_updates import RefUpdate
from sandbox.model.accounts import Actor, By, Role
from sandbox.model.json import Json
from sandbox.model.repositories import Issue, PullRequest, PullSize, Repository
from sandbox.model.reviews import Review, Verdict
from sandbox.render.accounts import user as user_json
from sandbox.render.pulls import full_pull, simple_pull
from sandbox.render.pulls import review as review_json
from sandbox.topics.forge_protocol import ForgeProtocol
from sandbox.topics.issues import LONGEST_TEXT, check_text
from sandbox.topics.merging import Merging

_STATES: dict[str, Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED"]] = {
    "APPROVE": "APPROVED",
    "REQUEST_CHANGES": "CHANGES_REQUESTED",
    "COMMENT": "COMMENTED",
}


class Pulls(Merging):
    def __init__(self, forge: ForgeProtocol) -> None:
        super().__init__(forge)
        self._measures: dict[int, tuple[str, str, PullSize]] = {}

    def find(self, repo: str | Repository, number: int) -> tuple[Issue, PullRequest]:
        issue = self._forge.issue(repo, number)
        if issue.pull is None:
            raise not_found()
        return issue, issue.pull

    async def open(
        self,
        repo: str | Repository,
        head: str,
        base: str | None = None,
        *,
        title: str,
        body: str | None = None,
        by: By,
        draft: bool = False,
        maintainer_can_modify: bool = True,
    ) -> Issue:
        """Open a pull request from a branch, or from a fork with `login:branch`."""
        found, actor = self._forge.repo(repo), self._forge.actor(by)
        require(actor, found, "pull_requests:write", "read")
        check_text("PullRequest", "title", title, 256)
        check_text("PullRequest", "body", body or "", LONGEST_TEXT)
        if draft and found.free_plan:
            raise unprocessable("Draft pull requests are not supported in this repository.")
        base = base or found.default_branch
        source, branch = self._source(found, head)
        self._require_head(actor, source)
        async with found.lock:
            issue = await self._open(found, source, branch, head, base, title, body, actor, draft)
        if issue.pull and source is not found:
            issue.pull.maintainer_can_modify = maintainer_can_modify
            await self._forge.checks.fork_head_moved(found, issue.pull.head_sha, actor)
        return issue

    async def _open(
        self,
        repo: Repository,
        source: Repository,
        branch: str,
        head: str,
        base: str,
        title: str,
        body: str | None,
        actor: Actor,
        draft: bool,
    ) -> Issue:
        """Open the pull request under the repository's lock, which prevents duplicates."""
        tip, base_tip = await self._tips(repo, base, source, branch)
        self._check_duplicate(repo, base, source, branch, head)
        await self._fetch_head(repo, source, tip)
        if not await repo.git.count(f"{base_tip}..{tip}"):
            message = f"No commits between {base} and {head}"
            error = {"resource": "PullRequest", "code": "custom", "message": message}
            raise Refusal(422, "Validation Failed", [error])
        issue = self._forge.issues.create_record(repo, title, body, actor)
        issue.pull = PullRequest(source, branch, tip, base, base_tip, draft)
        await repo.git.move([(f"refs/pull/{issue.number}/head", tip, ZERO)])
        await self.measure(issue, issue.pull)
        self._forge.issues.fire(issue, "opened", actor)
        return issue

    def _source(self, repo: Repository, head: str) -> tuple[Repository, str]:
        login, colon, branch = head.partition(":")
        if not colon:
            return repo, head
        if login.lower() == repo.owner.login.lower():
            return repo, branch
        forks = (
            one
            for one in self._forge.repositories.values()
            if one.parent is repo and one.owner.login.lower() == login.lower()
        )
        fork = next(forks, None)
        if fork is None:
            raise invalid("PullRequest", "head", "invalid")
        return fork, branch

    def _require_head(self, actor: Actor, source: Repository) -> None:
        if not may_see(actor, source):
            raise invalid("PullRequest", "head", "invalid")
        if not actor.installation and not role_at_least(role_of(source, actor.user), "write"):
            error = {"resource": "PullRequest", "code": "custom", "message": "must be a collaborator"}
            raise Refusal(422, "Validation Failed", [error])
        if actor.installation and not is_granted(actor.installation.permissions, "contents:read"):
            raise Refusal(403, "Resource not accessible by integration")

    async def _tips(self, repo: Repository, base: str, source: Repository, branch: str) -> tuple[str, str]:
        tip = await source.git.ref(f"refs/heads/{branch}")
        if tip is None:
            raise invalid("PullRequest", "head", "invalid")
        base_tip = await repo.git.ref(f"refs/heads/{base}")
        if base_tip is None:
            raise invalid("PullRequest", "base", "invalid")
        return tip, base_tip

    def _check_duplicate(
        self, repo: Repository, base: str, source: Repository, branch: str, head: str
    ) -> None:
        for other in repo.pulls:
            if not other.pull or other.state != "open":
                continue
            if (other.pull.head_repo, other.pull.head_ref, other.pull.base_ref) == (source, branch, base):
                label = head if ":" in head else f"{source.owner.login}:{branch}"
                message = f"A pull request already exists for {label}."
                raise Refusal(
                    422,
                    "Validation Failed",
                    [{"resource": "PullRequest", "code": "custom", "message": message}],
                )

    async def _fetch_head(self, repo: Repository, source: Repository, sha: str) -> None:
        """Fetch a fork's commits into the base repository."""
        if source is not repo:
            await repo.git.run("fetch", "--quiet", "--no-write-fetch-head", str(source.git.path), sha)

    # size

    async def measure(self, issue: Issue, pull: PullRequest) -> PullSize:
        git = issue.repo.git
        base = (
            pull.base_sha if pull.merged_at else await git.ref(f"refs/heads/{pull.base_ref}") or pull.base_sha
        )
        known = self._measures.get(issue.id)
        if known and known[:2] == (base, pull.head_sha):
            return known[2]
        start = await git.merge_base(base, pull.head_sha)
        if start is None or (pull.merged_at and known):
            return known[2] if known else PullSize()
        commits = await git.count(f"{base}..{pull.head_sha}")
        files = await git.diff(start, pull.head_sha, patches=False)
        plus, minus = sum(one.additions for one in files), sum(one.deletions for one in files)
        size = PullSize(commits, plus, minus, len(files))
        self._measures[issue.id] = (base, pull.head_sha, size)
        return size

    async def merge_base(self, issue: Issue, pull: PullRequest) -> str:
        """Return the merge base, where the pull request's own commits begin."""
        git = issue.repo.git
        base = (
            pull.base_sha if pull.merged_at else await git.ref(f"refs/heads/{pull.base_ref}") or pull.base_sha
        )
        return await git.merge_base(base, pull.head_sha) or base

    def payload(self, issue: Issue, pull: PullRequest) -> Json:
        """Return the webhook's form, with the size as last measured."""
        size = self._measures.get(issue.id, ("", "", PullSize()))[2]
        return full_pull(self._forge, issue, pull, size, "unknown", webhook=True)

    # changes

    async def edit(
        self,
        repo: str | Repository,
        number: int,
        *,
        by: By,
        title: str | None = None,
        body: str | None = None,
        base: str | None = None,
    ) -> Issue:
        issue, pull = self.find(repo, number)
        await self._forge.issues.edit(repo, number, by=by, title=title, body=body)
        if base is not None and base != pull.base_ref:
            await self.retarget(issue, pull, base, self._writer(issue, by))
        return issue

    async def retarget(self, issue: Issue, pull: PullRequest, base: str, actor: Actor) -> None:
        tip = await issue.repo.git.ref(f"refs/heads/{base}")
        if tip is None:
            raise invalid("PullRequest", "base", "invalid")
        changes = {"base": {"ref": {"from": pull.base_ref}, "sha": {"from": pull.base_sha}}}
        pull.base_ref, pull.base_sha, pull.merge_test = base, tip, None
        await self.measure(issue, pull)
        self._forge.issues.add_event(issue, "base_ref_changed", actor)
        self._forge.issues.fire(issue, "edited", actor, {"changes": changes})

    async def set_draft(self, repo: str | Repository, number: int, draft: bool, *, by: By) -> Issue:
        issue, pull = self.find(repo, number)
        actor = self._writer(issue, by)
        if draft and issue.repo.free_plan:
            raise unprocessable("Draft pull requests are not supported in this repository.")
        if pull.draft != draft:
            pull.draft = draft
            self._forge.issues.add_event(issue, "convert_to_draft" if draft else "ready_for_review", actor)
            self._forge.issues.fire(issue, "converted_to_draft" if draft else "ready_for_review", actor)
        return issue

    def _writer(self, issue: Issue, by: By) -> Actor:
        actor = self._forge.actor(by)
        role: Role = "read" if actor.user is issue.user else "write"
        require(actor, issue.repo, "pull_requests:write", role)
        return actor

    async def check_reopening(self, issue: Issue, pull: PullRequest) -> None:
        source = pull.head_repo
        tip = await source.git.ref(f"refs/heads/{pull.head_ref}") if source else None
        reason = ""
        if pull.merged_at:
            reason = "state cannot be changed. The pull request cannot be reopened."
        elif tip is None:
            reason = f"state cannot be changed. The {pull.head_ref} branch has been deleted."
        elif source and not await source.git.is_ancestor(pull.head_sha, tip):
            reason = f"state cannot be changed. The {pull.head_ref} branch was force-pushed or recreated."
        if reason or tip is None or source is None:
            error = {"resource": "PullRequest", "field": "state", "code": "invalid", "message": reason}
            raise Refusal(422, "Validation Failed", [error])
        self._check_duplicate(issue.repo, pull.base_ref, source, pull.head_ref, pull.head_ref)
        await self._fetch_head(issue.repo, source, tip)
        await self._set_head(issue, pull, tip)

    # reviews

    async def review(
        self, repo: str | Repository, number: int, verdict: Verdict, body: str = "", *, by: By
    ) -> Review:
        issue, pull = self.find(repo, number)
        actor = self._forge.actor(by)
        require(actor, issue.repo, "pull_requests:write", "read")
        if actor.user is issue.user and verdict != "COMMENT":
            what = "approve" if verdict == "APPROVE" else "request changes on"
            raise Refusal(422, f"Unprocessable Entity: Can not {what} your own pull request")
        now = self._forge.clock.now()
        review = Review(self._forge.next_id(), actor.user, body, _STATES[verdict], pull.head_sha, now)
        pull.reviews.append(review)
        if actor.user in pull.reviewers:
            pull.reviewers.remove(actor.user)
        self._fire_review(issue, pull, "submitted", review, actor)
        self.recheck(issue.repo, pull.head_sha)
        return review

    def _fire_review(
        self, issue: Issue, pull: PullRequest, action: str, review: Review, actor: Actor
    ) -> None:
        fields: Json = {
            "review": {**review_json(self._forge, issue, review), "state": review.state.lower()},
            "pull_request": simple_pull(self._forge, issue, pull, webhook=True),
        }
        self._forge.emit("pull_request_review", action, issue.repo, actor, fields, number=issue.number)

    async def request_reviewers(
        self, repo: str | Repository, number: int, logins: list[str], *, by: By
    ) -> Issue:
        issue, pull = self.find(repo, number)
        actor = self._forge.actor(by)
        require(actor, issue.repo, "pull_requests:write", "triage")
        users = [self._forge.people.find(login) for login in logins]
        if any(user is None or not role_at_least(role_of(issue.repo, user), "read") for user in users):
            raise Refusal(
                422,
                "Reviews may only be requested from collaborators. One or more of the users or teams "
                "you specified is not a collaborator of the repository.",
            )
        for user in filter(None, users):
            if user is issue.user:
                raise Refusal(422, "Review cannot be requested from pull request author.")
            if user not in pull.reviewers:
                pull.reviewers.append(user)
                self._forge.issues.add_event(issue, "review_requested", actor, reviewer=user)
                extra = {"requested_reviewer": user_json(self._forge, user)}
                self._forge.issues.fire(issue, "review_requested", actor, extra)
        return issue

    # effects of pushes

    async def head_moved(self, issue: Issue, pull: PullRequest, actor: Actor, move: RefUpdate) -> None:
        git = issue.repo.git
        source = pull.head_repo
        if source:
            await self._fetch_head(issue.repo, source, move.new)
        forced = not await git.is_ancestor(move.old, move.new)
        await self._set_head(issue, pull, move.new)
        if forced:
            self._forge.issues.add_event(issue, "head_ref_force_pushed", actor, commit_id=move.new)
        if pull.base_sha and forced and await git.is_ancestor(move.new, pull.base_sha):
            await self.closed_by_push(issue, actor)
            return
        self._dismiss_stale(issue, pull, actor)
        issue.updated_at = self._forge.clock.now()
        self._forge.issues.fire(issue, "synchronize", actor, {"before": move.old, "after": move.new})
        if source is not issue.repo:
            await self._forge.checks.fork_head_moved(issue.repo, move.new, actor)

    async def _set_head(self, issue: Issue, pull: PullRequest, sha: str) -> None:
        git = issue.repo.git
        ref = f"refs/pull/{issue.number}/head"
        await git.move([(ref, sha, await git.ref(ref) or ZERO)])
        base = await git.ref(f"refs/heads/{pull.base_ref}")
        pull.head_sha, pull.base_sha, pull.merge_test = sha, base or pull.base_sha, None
        await self.measure(issue, pull)

    def _dismiss_stale(self, issue: Issue, pull: PullRequest, actor: Actor) -> None:
        rules = issue.repo.protections.get(pull.base_ref)
        for review in pull.reviews if rules and rules.dismiss_stale else ():
            if review.state == "APPROVED":
                review.state = "DISMISSED"
                note = self._forge.issues.add_event
                note(issue, "review_dismissed", actor, commit_id=pull.head_sha, review=review)
                self._fire_review(issue, pull, "dismissed", review, actor)

    async def closed_by_push(self, issue: Issue, actor: Actor) -> None:
        """Close a pull request whose head or base branch was deleted, or that has no commits left."""
        self._forge.issues.mark_closed(issue, actor)
        self._forge.issues.fire(issue, "closed", actor)

    async def merged_by_push(self, issue: Issue, pull: PullRequest, actor: Actor, move: RefUpdate) -> None:
        """Mark a pull request as merged whose head was pushed to its base."""
        path = await issue.repo.git.revisions("--ancestry-path", "--reverse", f"{pull.head_sha}..{move.new}")
        self.mark_merged(issue, pull, actor, path[0] if path else pull.head_sha)
        self._forge.issues.fire(issue, "closed", actor)
