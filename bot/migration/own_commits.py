"""Which commits the App has made: by what GitHub says of their author and committer, with no database."""

from __future__ import annotations

from dataclasses import dataclass

from bot.git.author import FORMER, Identity
from bot.github import GitCommit, Signature, User
from bot.markers.trailers import migrations_in

WEB_FLOW = "web-flow"
"""The account that GitHub commits as."""


@dataclass(frozen=True)
class AppAuthor:
    """The App as an author, and whose name the commits bear that git makes for it."""

    login: str
    identity: Identity

    def made(self, commit: GitCommit) -> bool:
        """Also on a server that signs nothing. Who amends a commit of the App's is its committer."""
        if not migrations_in(commit.message):
            return False
        if all(FORMER.is_of(one.name, one.email) for one in (commit.author, commit.committer)):
            return True
        if not self._is_app(commit.user, commit.author):
            return False
        if self._is_app(commit.committer_user, commit.committer):
            return True
        by_github = commit.committer_user is None or commit.committer_user.login == WEB_FLOW
        return commit.verified and by_github

    def _is_app(self, user: User | None, signature: Signature) -> bool:
        if user is not None:
            return user.login == self.login
        return self.identity.is_of(signature.name, signature.email)
