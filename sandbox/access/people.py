"""People and organizations."""

from __future__ import annotations

import re
from collections.abc import Callable

from sandbox.access.refusals import not_found
from sandbox.controls.clock import Clock
from sandbox.git.objects import Signature
from sandbox.model.accounts import Kind, User

WEB = "noreply@github.com"
"""The address of commits that GitHub attributes to `web-flow`."""


GHOST, GHOST_ID = "ghost", 10_137
_NOREPLY = re.compile(r"(?P<id>[0-9]+)\+(?P<login>[^@]+)@users\.noreply\..+")


class People:
    def __init__(self, clock: Clock, next_id: Callable[[], int]) -> None:
        self._clock = clock
        self._next_id = next_id
        self._by_login: dict[str, User] = {}
        self._web = User(19_864_447, "web-flow", clock.now(), name="GitHub Web Flow", email=WEB)

    def add(
        self, login: str, name: str | None = None, *, kind: Kind = "User", email: str | None = None
    ) -> User:
        number = self._next_id()
        address = email or f"{number}+{login}@users.noreply.github.com"
        user = User(number, login, self._clock.now(), kind, name, address)
        self._by_login[login.lower()] = user
        return user

    def get(self, login: str) -> User:
        found = self.find(login)
        if found is None:
            raise not_found()
        return found

    def find(self, login: str) -> User | None:
        return self._by_login.get(login.lower())

    def rename(self, user: User, login: str) -> None:
        """What was done under the old name is shown under the new one; the old one is anybody's."""
        del self._by_login[user.login.lower()]
        user.login = login
        self._by_login[login.lower()] = user

    def delete(self, user: User) -> None:
        """What was done stays, as done by `ghost`, which is an account as well."""
        del self._by_login[user.login.lower()]
        user.login, user.id, user.name, user.email = GHOST, GHOST_ID, "Deleted user", ""
        self._by_login.setdefault(GHOST, user)

    def all(self) -> list[User]:
        return list(self._by_login.values())

    def by_email(self, email: str) -> User | None:
        if email == WEB:
            return self._web
        if found := _NOREPLY.fullmatch(email):
            user = self.find(found["login"])
            return user if user and user.id == int(found["id"]) else None
        return next((user for user in self._by_login.values() if user.email and user.email == email), None)

    def signature(self, user: User) -> Signature:
        """Return the signature that the web interface writes into a person's commits."""
        return Signature(user.name or user.login, user.email, int(self._clock.seconds()))

    def web(self) -> Signature:
        """Return the signature of GitHub itself, which commits what people do in a browser."""
        return Signature("GitHub", WEB, int(self._clock.seconds()))
