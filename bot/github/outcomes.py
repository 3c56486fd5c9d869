"""The errors of a call to GitHub. None of their texts holds a secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any


class GitHubError(Exception):
    """GitHub refused the request; `message` has its own words."""

    def __init__(self, message: str, status: int = 0, where: str = "") -> None:
        self.message, self.status, self.where = message, status, where
        super().__init__(f"{where}: {status} {message}" if where else message)


class Refusal(GitHubError):
    """GitHub won't do this one thing: asking again changes nothing. Everything else may still work."""

    @property
    def request(self) -> str:
        """`POST /repos/acme/shop/pulls`."""
        return self.where.replace("/api/v3", "", 1)


class NotFound(Refusal):
    """It doesn't exist, or Drover has no access to it."""


class Gone(Refusal):
    """It was deleted, or is disabled, such as the issues of a repository."""


class Unauthorized(GitHubError):
    """Even a new token of the App is refused: the key or the clock is wrong."""


class Forbidden(Refusal):
    """Drover may read it, but not do this: a missing permission, a rule, a locked issue, an archived repository."""


class Conflict(Refusal):
    """Somebody else was first, or the state isn't the expected one."""


class Invalid(Refusal):
    """GitHub rejects the content of the request; `errors` lists why."""

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
    """No usable answer, even after retries. Nothing happened, or the request can be repeated."""


class OutcomeUnknown(GitHubError):
    """The connection broke during a write that may have happened: look before repeating it."""


class NotInstalled(GitHubError):
    """The App was removed from there, or is suspended."""


class MustWait(GitHubError):
    """GitHub asks for a wait that is too long to wait for here."""

    def __init__(self, until: float, why: str) -> None:
        self.until, self.why = until, why
        super().__init__(f"{why}: until {datetime.fromtimestamp(until, UTC):%H:%M:%S} UTC", 429)


def is_suspension(status: int, message: str) -> bool:
    """Whether the owner has suspended the App."""
    return status == 403 and "suspended" in message


def error_of(status: int, said: Any, where: str) -> GitHubError:
    """The exception for an answer of 400 and more."""
    body: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
    message = str(body.get("message") or "no reason given")
    if status in (400, 422):
        listed = body.get("errors")
        errors = listed if isinstance(listed, list) else [listed] if isinstance(listed, str) else []
        return Invalid(message, status, where, errors)
    if is_suspension(status, message):
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
