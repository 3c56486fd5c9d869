"""GitHub's lists, requested once in a look; what never changes is requested only once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cachetools import LRUCache

from bot.decide.status import ADOPT
from bot.github import CheckRun, Comment, GitCommit, Issue, PullRequest, Repo, User
from bot.migration.sized_cache import lru_cache_of

Number = tuple[int, int]
"""A repository's id, and a pull request's number in it."""


@dataclass(frozen=True)
class GitHubCache:
    """Of the commits and the merged pull requests of all repositories, what stays as it is."""

    commit_dates: LRUCache[str, float] = field(default_factory=lambda: lru_cache_of(8192))
    proof_checks: LRUCache[tuple[int, str], CheckRun] = field(default_factory=lambda: lru_cache_of(2048))
    merged_by: LRUCache[Number, User] = field(default_factory=lambda: lru_cache_of(2048))
    merged_commits: LRUCache[tuple[int, int, str], list[GitCommit]] = field(
        default_factory=lambda: lru_cache_of(512)
    )


class Listings:
    """One look's: what is done after it is seen by the next."""

    def __init__(self, settled: GitHubCache, repo: Repo, repo_id: int, issue: int, login: str) -> None:
        self._settled, self._repo, self._id, self._issue, self._login = settled, repo, repo_id, issue, login
        self._own: list[Issue] | None = None
        self._tracking: list[Issue] | None = None
        self._branches: dict[str, str] | None = None
        self._on: dict[str, list[PullRequest]] = {}
        self._pulls: dict[int, PullRequest] = {}

    async def own_pulls(self) -> list[Issue]:
        """The pull requests that we opened in this repository."""
        if self._own is None:
            self._own = await self._repo.issues.pulls_of(self._login)
        return self._own

    async def tracking_issues(self) -> list[Issue]:
        """Those of the repository, in whatever state."""
        if self._tracking is None:
            self._tracking = await self._repo.issues.find(label=ADOPT, state="all")
        return self._tracking

    async def branches(self) -> dict[str, str]:
        """The migration's branches, and their heads."""
        if self._branches is None:
            refs = await self._repo.refs.under(f"heads/drover/{self._issue}/")
            self._branches = {ref.ref.removeprefix("refs/heads/"): ref.sha for ref in refs}
        return self._branches

    async def pulls_on(self, branch: str) -> list[PullRequest]:
        """Those of one of our branches, in whatever state; not those of a fork's that is called the same."""
        if branch not in self._on:
            found = await self._repo.pulls.find(head=branch, state="all")
            self._on[branch] = [pull for pull in found if not pull.from_fork]
        return self._on[branch]

    async def newest_on(self, branch: str) -> PullRequest | None:
        return max(await self.pulls_on(branch), key=lambda pull: pull.number, default=None)

    async def pull(self, listed: PullRequest) -> PullRequest:
        """The list says neither who merged it nor whether it can be."""
        if listed.number not in self._pulls:
            self._pulls[listed.number] = await self._pull(listed)
        return self._pulls[listed.number]

    async def _pull(self, listed: PullRequest) -> PullRequest:
        merger = self._settled.merged_by.get((self._id, listed.number))
        if merger is not None and listed.merged:
            return replace(listed, merged_by=merger)
        found = await self._repo.pulls.get(listed.number)
        if found.merged and found.merged_by:
            self._settled.merged_by[(self._id, listed.number)] = found.merged_by
        return found

    async def commits_of(self, pull: PullRequest) -> list[GitCommit]:
        key = (self._id, pull.number, pull.head_sha)
        known = self._settled.merged_commits.get(key)
        if known is None:
            known = await self._repo.pulls.commits(pull.number)
            if pull.merged:
                self._settled.merged_commits[key] = known
        return known

    async def comments_on(self, number: int, announced: bool = False) -> list[Comment]:
        """Nothing is asked for where the list of our pull requests says that there are none, and nobody told of one:
        a list can be a moment behind."""
        listed = next((one for one in await self.own_pulls() if one.number == number), None)
        if listed is not None and listed.comments == 0 and not announced:
            return []
        return await self._repo.comments.of(number)

    async def commit_date(self, sha: str) -> float:
        if sha not in self._settled.commit_dates:
            commit = await self._repo.commits.get(sha)
            if commit is None:
                return 0.0
            self._settled.commit_dates[sha] = commit.author.date.timestamp()
        return self._settled.commit_dates[sha]
