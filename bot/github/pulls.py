"""Pull requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .features import Features
from .history import GitCommit, commit
from .issues import State
from .outcomes import Forbidden, Invalid, OutcomeUnknown
from .replies import Endpoint, Json, User, given_fields, moment, user, when

Method = Literal["merge", "squash", "rebase"]
DRAFT_MARK = "[Draft] "
"""Before the title of a draft where the repository has no drafts: a private one of the free plan."""
LONGEST_TITLE = 256
MOST_COMMITS_LISTED = 250
MOST_COMMITS_REBASED = 100
"""GitHub's *Rebase and merge* takes no more."""

_AUTO_MERGE = """mutation($id: ID!, $method: PullRequestMergeMethod!) {
  enablePullRequestAutoMerge(input: {pullRequestId: $id, mergeMethod: $method}) { pullRequest { id } } }"""
_DRAFT = (
    """mutation($id: ID!) { convertPullRequestToDraft(input: {pullRequestId: $id}) { pullRequest { id } } }"""
)
_READY = """mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { id } } }"""


@dataclass(frozen=True)
class PullRequest:
    number: int
    id: int
    node_id: str
    title: str
    body: str
    state: Literal["open", "closed"]
    draft: bool
    """As GitHub has it, or by its title."""
    marked_title: bool
    """A draft by its title alone; `title` is without the mark."""
    merged: bool
    merged_at: datetime | None
    merged_by: User | None
    merge_commit_sha: str | None
    """Of a merged one the commit it became; of an open one GitHub's trial merge."""
    mergeable: bool | None
    """None: GitHub has not worked it out yet, ask again. A list never says."""
    mergeable_state: str
    head_ref: str
    head_sha: str
    head_repo: int | None
    """None if the fork was deleted."""
    base_ref: str
    base_sha: str
    base_repo: int
    author: User
    labels: tuple[str, ...]
    auto_merge: bool
    html_url: str
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None

    @property
    def from_fork(self) -> bool:
        return self.head_repo != self.base_repo


@dataclass(frozen=True)
class Review:
    id: int
    author: User
    state: str
    body: str
    commit: str | None
    submitted_at: datetime | None


@dataclass(frozen=True)
class NotMerged:
    reason: str
    final: bool = True
    """No other method and no other head changes it."""


class Pulls:
    def __init__(self, endpoint: Endpoint, features: Features) -> None:
        self._client, self._at, self._features = endpoint.client, f"{endpoint.at}/pulls", features
        self._owner = endpoint.at.split("/")[2]

    async def get(self, number: int) -> PullRequest:
        return pull(await self._client.get(f"{self._at}/{number}"))

    async def find(
        self, head: str | None = None, base: str | None = None, state: State = "open"
    ) -> list[PullRequest]:
        """`head`: a branch of this repository, or `owner:branch`. Newest first."""
        owned = f"{self._owner}:{head}" if head and ":" not in head else head
        return [pull(data) async for data in self._client.pages(self._at, head=owned, base=base, state=state)]

    async def create(
        self, title: str, head: str, base: str, body: str = "", draft: bool = False
    ) -> PullRequest:
        """
        The open pull request of that branch, also where there was one already: never a second.
        Where the repository has no drafts, a draft is marked in its title.
        """
        data = {"title": title, "head": head, "base": base, "body": body, "draft": draft}
        try:
            return pull(await self._client.write("POST", self._at, data, creates=True))
        except (Invalid, OutcomeUnknown):
            if known := await self.find(head=head, base=base):
                return known[0]
            if not draft:
                raise
        return await self.create(mark_title_as_draft(title), head, base, body)

    async def update(
        self,
        number: int,
        *,
        title: str | None = None,
        body: str | None = None,
        state: Literal["open", "closed"] | None = None,
        base: str | None = None,
    ) -> PullRequest:
        data = given_fields(title=title, body=body, state=state, base=base)
        return pull(await self._client.write("PATCH", f"{self._at}/{number}", data))

    async def set_draft(self, pull_request: PullRequest, draft: bool) -> bool:
        """False if this GitHub cannot, or does not let an App."""
        if pull_request.marked_title and not draft:
            await self.update(pull_request.number, title=pull_request.title)
            return True
        try:
            said = await self._features.graphql(_DRAFT if draft else _READY, None, id=pull_request.node_id)
        except Forbidden:
            return False
        return said is not None

    async def auto_merge(self, pull_request: PullRequest, method: Method = "merge") -> NotMerged | None:
        """None: GitHub merges it by itself once it may. Else why not."""
        try:
            said = await self._features.graphql(
                _AUTO_MERGE, None, id=pull_request.node_id, method=method.upper()
            )
        except Invalid as refused:
            return NotMerged(refused.message, final=False)
        except Forbidden as refused:
            return NotMerged(refused.message)
        return None if said is not None else NotMerged("this GitHub has no GraphQL API")

    async def commits(self, number: int) -> list[GitCommit]:
        """At most 250, says GitHub: more are found with git."""
        return [commit(data) async for data in self._client.pages(f"{self._at}/{number}/commits")]

    async def reviews(self, number: int) -> list[Review]:
        return [review(data) async for data in self._client.pages(f"{self._at}/{number}/reviews")]

    async def request_reviewers(
        self, number: int, people: Sequence[str] = (), teams: Sequence[str] = ()
    ) -> None:
        data = {"reviewers": list(people), "team_reviewers": list(teams)}
        await self._client.write("POST", f"{self._at}/{number}/requested_reviewers", data, repeatable=True)


def mark_title_as_draft(title: str) -> str:
    return f"{DRAFT_MARK}{title}"[:LONGEST_TITLE]


def pull(data: Json) -> PullRequest:
    head, base = data["head"], data["base"]
    by_title = data["title"].startswith(DRAFT_MARK) and not data.get("draft")
    return PullRequest(
        number=data["number"],
        id=data["id"],
        node_id=data.get("node_id", ""),
        title=data["title"].removeprefix(DRAFT_MARK) if by_title else data["title"],
        body=data.get("body") or "",
        state=data["state"],
        draft=by_title or bool(data.get("draft")),
        marked_title=by_title,
        merged=bool(data.get("merged") or data.get("merged_at")),
        merged_at=when(data.get("merged_at")),
        merged_by=user(data["merged_by"]) if data.get("merged_by") else None,
        merge_commit_sha=data.get("merge_commit_sha"),
        mergeable=data.get("mergeable"),
        mergeable_state=data.get("mergeable_state") or "unknown",
        head_ref=head["ref"],
        head_sha=head["sha"],
        head_repo=head["repo"]["id"] if head.get("repo") else None,
        base_ref=base["ref"],
        base_sha=base["sha"],
        base_repo=base["repo"]["id"],
        author=user(data.get("user")),
        labels=tuple(one["name"] for one in data.get("labels", ())),
        auto_merge=bool(data.get("auto_merge")),
        html_url=data.get("html_url", ""),
        created_at=moment(data.get("created_at")),
        updated_at=moment(data.get("updated_at")),
        closed_at=when(data.get("closed_at")),
    )


def review(data: Json) -> Review:
    return Review(
        data["id"],
        user(data.get("user")),
        data["state"],
        data.get("body") or "",
        data.get("commit_id"),
        when(data.get("submitted_at")),
    )
