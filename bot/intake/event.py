"""A delivery as a frozen value: nothing else reads a payload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bot.decide.ratchet import Subject
from bot.decide.requests import UserRequest
from bot.stored_json import known_fields


@dataclass(frozen=True)
class Event:
    """What Drover uses of a delivery, and the requests in it."""

    delivery: str
    kind: str
    """The event and its action: `issues.labeled`, `push`."""
    installation: int
    repo_id: int
    repo: str
    sender: str
    sender_is_bot: bool
    issue: int | None = None
    """The number of the issue or pull request that it is about."""
    tracking: bool = False
    """Whether that is an issue labelled `migration`."""
    ref: str | None = None
    """The branch that it is about."""
    from_fork: bool = False
    """Whether that branch is in another repository, whatever its name."""
    sha: str | None = None
    base: str = ""
    """The commit that a merge group is based on."""
    plan: bool = False
    """Whether it may change a plan, or which plans count."""
    on_pull: bool = False
    """Whether the comment is on a pull request."""
    comment: int | None = None
    text: str = ""
    """The comment as it is now, or the name of the check run."""
    before: str = ""
    """The comment as it was before it was edited."""
    author: str = ""
    by_outsider: bool = False
    """Whether the sender wrote it, and has no more to do with a public repository than everybody."""
    check_run: int | None = None
    button: str = ""
    added: tuple[str, ...] = ()
    """The repositories that the App was just installed on; of many, not all."""
    at: float = 0.0
    digest: str = ""
    """Of the signed body; the delivery's id is not signed."""
    requests: tuple[UserRequest, ...] = ()
    """What a person requested, if GitHub itself doesn't keep it."""
    subjects: tuple[Subject, ...] = ()
    """What the ratchet is to check."""

    @property
    def is_click(self) -> bool:
        """Whether only the delivery says what somebody asked for, and nothing on GitHub names it."""
        fixes = any(one.kind == "fix" for one in self.subjects)
        return fixes or any(one.source in ("box", "button") for one in self.requests)

    @property
    def subject(self) -> dict[str, str | int]:
        """What lines of the log about it say."""
        named = {"delivery": self.delivery, "repository": self.repo, "issue": self.issue}
        return {name: value for name, value in named.items() if value}

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Event:
        requests = (UserRequest.from_json(one) for one in data.get("requests", ()))
        known = {
            **known_fields(Event, data),
            "added": tuple(data.get("added", ())),
            "requests": tuple(one for one in requests if one is not None),
            "subjects": tuple(Subject.from_json(one) for one in data.get("subjects", ())),
        }
        return Event(**known)
