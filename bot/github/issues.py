"""Issues, their labels, comments and reactions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .features import Features
from .outcomes import Gone, Invalid, NotFound
from .replies import GHOST, Endpoint, Json, User, moment, segment, user, when

State = Literal["open", "closed", "all"]

_EDITS = """query($id: ID!) { node(id: $id) { ... on IssueComment { userContentEdits(first: 50) {
  nodes { editedAt deletedAt diff
          editor { __typename login ... on User { databaseId } ... on Bot { databaseId } } } } } } }"""
_BODY_EDITS = """query($id: ID!) { node(id: $id) { ... on Issue { userContentEdits(first: 50) {
  nodes { editedAt deletedAt diff
          editor { __typename login ... on User { databaseId } ... on Bot { databaseId } } } } } } }"""
_LAST_EDIT = """query($id: ID!) { node(id: $id) { ... on Issue { lastEditedAt
  editor { __typename login ... on User { databaseId } ... on Bot { databaseId } } } } }"""


@dataclass(frozen=True)
class Label:
    name: str
    color: str
    description: str


@dataclass(frozen=True)
class Issue:
    number: int
    id: int
    node_id: str
    title: str
    body: str
    state: Literal["open", "closed"]
    state_reason: str | None
    labels: tuple[str, ...]
    author: User
    is_pull_request: bool
    locked: bool
    comments: int
    html_url: str
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class Comment:
    id: int
    node_id: str
    body: str
    author: User
    app_id: int | None
    html_url: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class IssueEvent:
    """`labeled`, `unlabeled` (with `label`), `closed`, `reopened`, `renamed` …"""

    id: int
    event: str
    actor: User
    label: str | None
    created_at: datetime


@dataclass(frozen=True)
class Reaction:
    id: int
    content: str
    user: User


@dataclass(frozen=True)
class Edit:
    """One version of a comment or of an issue's body: `text` as it was from then on (None if GitHub no longer has it)."""

    editor: User
    edited_at: datetime
    text: str | None


class Labels:
    """The repository's."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._client, self._at = endpoint.client, f"{endpoint.at}/labels"

    async def all(self) -> list[Label]:
        return [label(data) async for data in self._client.pages(self._at)]

    async def get(self, name: str) -> Label | None:
        try:
            return label(await self._client.get(f"{self._at}/{segment(name)}"))
        except NotFound:
            return None

    async def create(self, name: str, color: str, description: str = "") -> Label:
        """The label; an existing one is returned as it is."""
        data = {"name": name, "color": color.removeprefix("#"), "description": description[:100]}
        try:
            return label(await self._client.write("POST", self._at, data, repeatable=True))
        except Invalid:
            if known := await self.get(name):
                return known
            raise


class Issues:
    def __init__(self, endpoint: Endpoint, features: Features) -> None:
        self._client, self._at, self._features = endpoint.client, f"{endpoint.at}/issues", features

    async def get(self, number: int) -> Issue:
        return issue(await self._client.get(f"{self._at}/{number}"))

    async def find(self, label: str | None = None, state: State = "open") -> list[Issue]:
        """Without the pull requests, which GitHub lists among the issues."""
        found = self._client.pages(self._at, labels=label, state=state)
        return [one async for data in found if not (one := issue(data)).is_pull_request]

    async def pulls_of(self, login: str) -> list[Issue]:
        """Everybody's pull request is an issue, too: those that somebody opened, in whatever state."""
        found = self._client.pages(self._at, creator=login, state="all")
        return [one async for data in found if (one := issue(data)).is_pull_request]

    async def opened_by(self, login: str) -> list[Issue]:
        """In whatever state, without their pull requests."""
        found = self._client.pages(self._at, creator=login, state="all")
        return [one async for data in found if not (one := issue(data)).is_pull_request]

    async def create(self, title: str, body: str) -> Issue:
        return issue(await self._client.write("POST", self._at, {"title": title, "body": body}, creates=True))

    async def close(self, number: int, reason: Literal["completed", "not_planned"] = "completed") -> Issue:
        data = {"state": "closed", "state_reason": reason}
        return issue(await self._client.write("PATCH", f"{self._at}/{number}", data))

    async def reopen(self, number: int) -> Issue:
        return issue(await self._client.write("PATCH", f"{self._at}/{number}", {"state": "open"}))

    async def add_labels(self, number: int, *names: str) -> tuple[str, ...]:
        """All labels that the issue has afterwards."""
        at, data = f"{self._at}/{number}/labels", {"labels": list(names)}
        return tuple(one["name"] for one in await self._client.write("POST", at, data, repeatable=True))

    async def remove_label(self, number: int, name: str) -> bool:
        """False if the issue didn't have it."""
        try:
            await self._client.write("DELETE", f"{self._at}/{number}/labels/{segment(name)}")
        except NotFound:
            return False
        return True

    async def events(self, number: int) -> list[IssueEvent]:
        """Oldest first: who added which label, and when."""
        return [event(data) async for data in self._client.pages(f"{self._at}/{number}/events")]

    async def last_edit(self, issue: Issue) -> Edit:
        """Who wrote the body as it is; its author where it was never edited, or there is no GraphQL."""
        reply = await self._features.graphql(_LAST_EDIT, None, id=issue.node_id)
        node = reply and reply["node"]
        if not node or not node.get("lastEditedAt"):
            return Edit(issue.author, issue.created_at, issue.body)
        return Edit(_editor(node), moment(node["lastEditedAt"]), issue.body)

    async def edits(self, issue: Issue) -> tuple[Edit, ...]:
        """The body's last fifty versions, oldest first; () if there is no GraphQL, or it was never edited."""
        return _versions(await self._features.graphql(_BODY_EDITS, None, id=issue.node_id))


class Comments:
    def __init__(self, endpoint: Endpoint, features: Features) -> None:
        self._client, self._at, self._features = endpoint.client, f"{endpoint.at}/issues", features

    async def of(self, number: int, since: datetime | None = None) -> list[Comment]:
        """Oldest first; `since`: those written or edited from then on."""
        bound = since.strftime("%Y-%m-%dT%H:%M:%SZ") if since else None
        return [
            comment(data) async for data in self._client.pages(f"{self._at}/{number}/comments", since=bound)
        ]

    async def create(self, number: int, body: str) -> Comment:
        return comment(
            await self._client.write("POST", f"{self._at}/{number}/comments", {"body": body}, creates=True)
        )

    async def update(self, id: int, body: str) -> Comment | None:
        """None if it was deleted meanwhile."""
        try:
            return comment(await self._client.write("PATCH", f"{self._at}/comments/{id}", {"body": body}))
        except (NotFound, Gone):
            return None

    async def edits(self, comment: Comment) -> tuple[Edit, ...]:
        """Its last fifty versions, oldest first; () if there is no GraphQL, or it was never edited."""
        return _versions(await self._features.graphql(_EDITS, None, id=comment.node_id))


Content = Literal["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"]


class Reactions:
    """Optional: on a server without reactions, nothing happens."""

    def __init__(self, endpoint: Endpoint, features: Features) -> None:
        self._client, self._at, self._features = endpoint.client, f"{endpoint.at}/issues", features

    async def to_comment(self, id: int, content: Content) -> Reaction | None:
        at = f"{self._at}/comments/{id}"

        async def ask() -> Reaction | None:
            data = {"content": content}
            return reaction(await self._client.write("POST", f"{at}/reactions", data, repeatable=True))

        return await self._features.optional("reactions", ask, None, exists=lambda: self._client.get(at))


def label(data: Json) -> Label:
    return Label(data["name"], data.get("color") or "", data.get("description") or "")


def issue(data: Json) -> Issue:
    return Issue(
        number=data["number"],
        id=data["id"],
        node_id=data.get("node_id", ""),
        title=data["title"],
        body=data.get("body") or "",
        state=data["state"],
        state_reason=data.get("state_reason"),
        labels=tuple(one if isinstance(one, str) else one["name"] for one in data.get("labels", ())),
        author=user(data.get("user")),
        is_pull_request="pull_request" in data,
        locked=bool(data.get("locked")),
        comments=data.get("comments", 1),
        html_url=data.get("html_url", ""),
        created_at=moment(data.get("created_at")),
        updated_at=moment(data.get("updated_at")),
        closed_at=when(data.get("closed_at")),
    )


def comment(data: Json) -> Comment:
    app = data.get("performed_via_github_app")
    return Comment(
        id=data["id"],
        node_id=data.get("node_id", ""),
        body=data.get("body") or "",
        author=user(data.get("user")),
        app_id=app["id"] if app else None,
        html_url=data.get("html_url", ""),
        created_at=moment(data.get("created_at")),
        updated_at=moment(data.get("updated_at")),
    )


def event(data: Json) -> IssueEvent:
    named = data.get("label")
    return IssueEvent(
        data["id"],
        data["event"],
        user(data.get("actor")),
        named["name"] if named else None,
        moment(data["created_at"]),
    )


def reaction(data: Json) -> Reaction:
    return Reaction(data["id"], data["content"], user(data.get("user")))


def _versions(reply: Json | None) -> tuple[Edit, ...]:
    node = reply and reply["node"]
    found = node["userContentEdits"]["nodes"] if node and node.get("userContentEdits") else ()
    return tuple(sorted((edit(data) for data in reversed(found)), key=lambda one: one.edited_at))


def edit(data: Json) -> Edit:
    return Edit(_editor(data), moment(data["editedAt"]), None if data.get("deletedAt") else data.get("diff"))


def _editor(data: Json) -> User:
    editor = data.get("editor") or {}
    kind, login = editor.get("__typename") or "User", editor.get("login") or GHOST
    if kind == "Bot" and not login.endswith("[bot]"):
        login += "[bot]"  # as the REST API writes it
    return User(editor.get("databaseId") or 0, login, kind)
