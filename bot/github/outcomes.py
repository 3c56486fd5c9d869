"""How a call to GitHub can end other than well. None of their texts holds a secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any


class GitHubError(Exception):
    """GitHub said no. `message` is in its own words."""

    def __init__(self, message: str, status: int = 0, where: str = "") -> None:
        self.message, self.status, self.where = message, status, where
        super().__init__(f"{where}: {status} {message}" if where else message)


class NotFound(GitHubError):
    """It is not there, or we may not see it."""


class Gone(GitHubError):
    """It was there, or is switched off (issues of a repository, a deleted branch's history)."""


class Unauthorized(GitHubError):
    """The App's own key is refused, also when it is new: a wrong key, or a wrong clock."""


class Forbidden(GitHubError):
    """We may see it and not do it: the App's permissions, a rule, a locked issue, an archived repository."""


class Conflict(GitHubError):
    """Something else was there first, or is not what it was taken for."""


class Invalid(GitHubError):
    """GitHub does not take what we sent. `errors` as it lists them."""

    def __init__(self, message: str, status: int = 422, where: str = "", errors: Sequence[Any] = ()) -> None:
        self.errors = tuple(errors)
        said = [
            error if isinstance(error, str) else str(error.get("message") or dict(error))
            for error in self.errors
        ]
        super().__init__(" · ".join([message, *said]), status, where)

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(str(error.get("code")) for error in self.errors if isinstance(error, Mapping))


class Unsupported(GitHubError):
    """An older GitHub's GraphQL does not know what we ask for."""


class Unavailable(GitHubError):
    """No answer, or a broken one, also after trying again. Nothing happened, or it may be asked once more."""


class Uncertain(GitHubError):
    """The connection broke over a write that may have happened: look before doing it again."""


class NotInstalled(GitHubError):
    """The App was removed from there, or is suspended."""


class MustWait(GitHubError):
    """GitHub asks for a wait that is too long to sit out."""

    def __init__(self, until: float, why: str) -> None:
        self.until, self.why = until, why
        super().__init__(f"{why}: until {datetime.fromtimestamp(until, UTC):%H:%M:%S} UTC", 429)


def error_of(status: int, said: Any, where: str) -> GitHubError:
    """The exception for an answer of 400 and more."""
    body: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
    message = str(body.get("message") or "no reason given")
    if status in (400, 422):
        listed = body.get("errors")
        errors = listed if isinstance(listed, list) else [listed] if isinstance(listed, str) else []
        return Invalid(message, status, where, errors)
    if status == 403 and "suspended" in message:
        return NotInstalled(message, status, where)
    kinds = {
        401: Unauthorized,
        403: Forbidden,
        404: NotFound,
        405: Conflict,
        409: Conflict,
        410: Gone,
        451: Gone,
    }
    return kinds.get(status, Unavailable if status >= 500 else Forbidden)(message, status, where)
