"""One repository, with the access of one installation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .checks import Branches, CheckRuns, CheckSuites, Statuses, WorkflowRuns
from .features import Features
from .history import Commits, Refs
from .issues import Comments, Issues, Labels, Reactions
from .outcomes import NotFound
from .pulls import Pulls
from .replies import Endpoint, Json, User, segment, user


@dataclass(frozen=True)
class RepoDetails:
    id: int
    node_id: str
    owner: str
    name: str
    private: bool
    archived: bool
    default_branch: str
    clone_url: str
    html_url: str
    merge_methods: tuple[Literal["merge", "squash", "rebase"], ...]
    allow_auto_merge: bool | None
    """None if GitHub does not show it to the App."""
    has_issues: bool

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True)
class Permission:
    """What somebody may do in the repository."""

    permission: Literal["admin", "write", "read", "none"]
    role: str
    """Also `maintain`, `triage`, or a role of the organization's own."""

    @property
    def may_write(self) -> bool:
        return self.permission in ("admin", "write")

    @property
    def may_maintain(self) -> bool:
        return self.permission == "admin" or self.role == "maintain"


@dataclass(frozen=True)
class Repo:
    endpoint: Endpoint = field(repr=False)
    features: Features = field(repr=False)
    owner: str
    name: str

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def labels(self) -> Labels:
        return Labels(self.endpoint)

    @property
    def issues(self) -> Issues:
        return Issues(self.endpoint, self.features)

    @property
    def comments(self) -> Comments:
        return Comments(self.endpoint, self.features)

    @property
    def reactions(self) -> Reactions:
        return Reactions(self.endpoint, self.features)

    @property
    def pulls(self) -> Pulls:
        return Pulls(self.endpoint, self.features)

    @property
    def refs(self) -> Refs:
        return Refs(self.endpoint)

    @property
    def commits(self) -> Commits:
        return Commits(self.endpoint)

    @property
    def check_runs(self) -> CheckRuns:
        return CheckRuns(self.endpoint)

    @property
    def check_suites(self) -> CheckSuites:
        return CheckSuites(self.endpoint, self.features)

    @property
    def statuses(self) -> Statuses:
        return Statuses(self.endpoint, self.features)

    @property
    def workflow_runs(self) -> WorkflowRuns:
        return WorkflowRuns(self.endpoint, self.features)

    @property
    def branches(self) -> Branches:
        return Branches(self.endpoint, self.features)

    def note_pushed(self, *names: str) -> None:
        """Tells of commits, trees and full refs that git has just pushed: the API may lack them for a moment."""
        self.endpoint.client.new_objects.note(*names)

    async def details(self) -> RepoDetails:
        """Its current names, even if it is requested by an old one."""
        return repo_details(await self.endpoint.client.get(self.endpoint.at))

    async def user(self, login: str) -> User | None:
        """An account, an App's bot among them."""
        try:
            return user(await self.endpoint.client.get(f"/users/{segment(login)}"))
        except NotFound:
            return None

    async def permission(self, login: str) -> Permission:
        """NotFound also where GitHub knows nobody of that name."""
        said = await self.endpoint.client.get(f"{self.endpoint.at}/collaborators/{segment(login)}/permission")
        return Permission(said["permission"], said.get("role_name") or said["permission"])


def repo_details(data: Json) -> RepoDetails:
    methods: tuple[Literal["merge", "squash", "rebase"], ...] = ("merge", "squash", "rebase")
    names = {"merge": "allow_merge_commit", "squash": "allow_squash_merge", "rebase": "allow_rebase_merge"}
    return RepoDetails(
        id=data["id"],
        node_id=data.get("node_id", ""),
        owner=data["owner"]["login"],
        name=data["name"],
        private=bool(data.get("private")),
        archived=bool(data.get("archived")),
        default_branch=data["default_branch"],
        clone_url=data["clone_url"],
        html_url=data["html_url"],
        merge_methods=tuple(method for method in methods if data.get(names[method], True)),
        allow_auto_merge=data.get("allow_auto_merge"),
        has_issues=bool(data.get("has_issues", True)),
    )
