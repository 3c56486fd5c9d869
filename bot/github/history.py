"""Refs and commits in the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .outcomes import Conflict, Invalid, NotFound
from .replies import Endpoint, Json, User, moment, route, segment, user


@dataclass(frozen=True)
class Ref:
    ref: str
    """Its full name: `refs/heads/main`."""
    sha: str


@dataclass(frozen=True)
class Signature:
    name: str
    email: str
    date: datetime


@dataclass(frozen=True)
class GitCommit:
    sha: str
    tree: str
    parents: tuple[str, ...]
    message: str
    author: Signature
    committer: Signature
    verified: bool
    user: User | None
    """Whose account the author's address belongs to; None if GitHub knows none or was not asked."""
    committer_user: User | None


@dataclass(frozen=True)
class Comparison:
    status: str
    """ahead, behind, identical, diverged"""
    ahead: int
    behind: int
    merge_base: str


class Refs:
    """Names are full: `refs/heads/…`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._client, self._at = endpoint.client, f"{endpoint.at}/git"

    async def get(self, ref: str) -> Ref | None:
        try:
            said = await self._client.get(f"{self._at}/ref/{_short(ref)}")
        except NotFound:
            return None
        except Conflict:  # an empty repository
            return None
        return _ref(said)

    async def under(self, prefix: str) -> list[Ref]:
        return [_ref(data) async for data in self._client.pages(f"{self._at}/matching-refs/{_short(prefix)}")]

    async def create(self, ref: str, sha: str) -> Ref:
        """The ref after the request: if it existed already, its commit may differ from `sha`."""
        data = {"ref": ref, "sha": sha}
        try:
            created = _ref(await self._client.write("POST", f"{self._at}/refs", data, repeatable=True))
        except Invalid:
            if known := await self.get(ref):
                return known
            raise
        self._client.new_objects.note(ref, sha)
        return created

    async def update(self, ref: str, sha: str, force: bool = False) -> Ref:
        """Raises `Invalid` if it doesn't exist, or if the update isn't a fast-forward."""
        data = {"sha": sha, "force": force}
        return _ref(await self._client.write("PATCH", f"{self._at}/refs/{_short(ref)}", data))

    async def delete(self, ref: str) -> bool:
        """False if it didn't exist."""
        try:
            await self._client.write("DELETE", f"{self._at}/refs/{_short(ref)}")
        except (NotFound, Invalid):
            if await self.get(ref) is not None:
                raise
            return False
        finally:
            self._client.new_objects.forget(ref)
        return True


class Commits:
    def __init__(self, endpoint: Endpoint) -> None:
        self._client, self._at = endpoint.client, endpoint.at

    async def create(self, message: str, tree: str, parents: Sequence[str]) -> GitCommit:
        """As the App, without author, committer or signature of ours: GitHub signs it, and shows it as verified."""
        data = {"message": message, "tree": tree, "parents": list(parents)}
        created = commit(await self._client.write("POST", f"{self._at}/git/commits", data, repeatable=True))
        self._client.new_objects.note(created.sha)
        return created

    async def get(self, revision: str) -> GitCommit | None:
        try:
            return commit(await self._client.get(f"{self._at}/commits/{segment(revision)}"))
        except (NotFound, Invalid):
            return None

    async def newest_on(self, path: str, revision: str) -> GitCommit | None:
        """The last commit that changed a file; None if there is none."""
        found = await self._client.get(f"{self._at}/commits", sha=revision, path=path, per_page=1)
        return commit(found[0]) if found else None

    async def compare(self, base: str, head: str) -> Comparison | None:
        """
        None if one of them is unknown, or they have no common history. `Invalid` or `Unavailable` where they
        differ too much for GitHub, which works out all files for the first page.
        """
        at = f"{self._at}/compare/{segment(base)}...{segment(head)}"
        try:
            said = await self._client.get(at, per_page=1)
        except NotFound:
            return None
        return Comparison(
            said["status"], said["ahead_by"], said["behind_by"], said["merge_base_commit"]["sha"]
        )


def commit(data: Json) -> GitCommit:
    """Of `/commits` and of `/git/commits`: the first has the second inside."""
    inner = data.get("commit", data)
    return GitCommit(
        sha=data["sha"],
        tree=inner["tree"]["sha"],
        parents=tuple(parent["sha"] for parent in data.get("parents", ())),
        message=inner["message"],
        author=_signature(inner.get("author") or {}),
        committer=_signature(inner.get("committer") or {}),
        verified=bool((inner.get("verification") or {}).get("verified")),
        user=_account(data, "author"),
        committer_user=_account(data, "committer"),
    )


def _signature(said: Json) -> Signature:
    return Signature(said.get("name") or "", said.get("email") or "", moment(said.get("date")))


def _account(data: Json, who: str) -> User | None:
    return user(data[who]) if "commit" in data and data.get(who) else None


def _ref(data: Json) -> Ref:
    return Ref(data["ref"], data["object"]["sha"])


def _short(ref: str) -> str:
    return route(ref.removeprefix("refs/"))
