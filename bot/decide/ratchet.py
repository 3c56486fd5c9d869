"""The ratchet: which uses are new, compared by content, so that a moved or edited line isn't new. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from difflib import SequenceMatcher
from hashlib import sha256
from itertools import product
from typing import Any, Literal

from bot.plan.plan import Plan
from bot.stored_json import known_fields

RATCHET = "drover / ratchet"
FIX = "fix"
"""The identifier of the button that pushes the rewrite."""
_ALLOW = re.compile(r"#\s*migration:\s*allow\b[\s:]*(?P<reason>.*)", re.IGNORECASE)
_NEAREST_OF = 900


# What is asked for


@dataclass(frozen=True)
class Subject:
    """What the ratchet is to check or to fix: small enough for the engine to store."""

    kind: Literal["head", "group", "fix", "all"]
    """A pull request's head, a merge group's, a click on *Fix it*, or every open pull request."""
    repo_id: int
    installation: int
    repo: str
    head: str = ""
    """Empty for the one that the pull request has when it is checked."""
    number: int = 0
    """Of the pull request, where it is known."""
    base: str = ""
    """The commit that a merge group is based on."""
    ref: str = ""
    recheck: bool = False
    """Report again on a commit that has a report."""
    by: str = ""
    press: str = ""
    """Identifies the click on the button, which is answered once."""
    not_before: float = 0.0

    @property
    def key(self) -> str:
        """Work on one commit, or on a pull request's latest, runs one after another."""
        return f"{self.repo_id}/{self.head or (f'pull-{self.number}' if self.number else self.kind)}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Subject:
        """Also of what an older version queued, which called `recheck` `anew`."""
        known = {"recheck" if key == "anew" else key: value for key, value in data.items()}
        return Subject(**known_fields(Subject, known))


# What is compared


@dataclass(frozen=True)
class DeprecatedUse:
    path: str
    line: int
    kind: str
    symbol: str
    """What it refers to, as `module:name`."""
    text: str
    """The text of its line."""
    safe: bool = True
    note: str = ""
    column: int = 0

    @property
    def allowed(self) -> str | None:
        """Why it is allowed, as `# migration: allow <reason>` says; empty if the reason is missing."""
        said = _ALLOW.search(self.text)
        return said["reason"].strip() if said else None

    @property
    def content(self) -> tuple[str, str, str]:
        return self.symbol, self.kind, "".join(self.text.split())


@dataclass(frozen=True)
class NewUse:
    """A new use on the default branch, and the commit that added it."""

    use: DeprecatedUse
    commit: str
    author: str
    """Both are empty if the history doesn't go back that far."""


@dataclass(frozen=True)
class WatchedMigration:
    """A migration whose new uses are reported."""

    issue: int
    plan: Plan
    digests: tuple[str, ...]
    """Of the plan: today's, and then those that older versions gave it."""


@dataclass(frozen=True)
class RatchetFindings:
    """The new uses in a change, for one migration."""

    migration: WatchedMigration
    new_uses: tuple[DeprecatedUse, ...] = ()
    allowed_uses: tuple[DeprecatedUse, ...] = ()
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Changed files that could not be read."""
    files_with_allowed_uses: frozenset[str] = frozenset()
    """Changed files in which somebody allowed a use: they are not rewritten as a whole."""

    @property
    def fails(self) -> bool:
        return bool(self.new_uses) and self.migration.plan.ratchet == "fail"


Conclusion = Literal["success", "neutral", "failure"]
SkipReason = Literal["ours", "paused", "over", "unplanned"]
"""Why nothing is compared: the change is Drover's own, the migration is paused, there is none any more, no plan."""


def conclusion(found: Sequence[RatchetFindings]) -> Conclusion:
    if any(one.fails for one in found):
        return "failure"
    return "neutral" if any(one.new_uses for one in found) else "success"


@dataclass(frozen=True)
class TrackedIssue:
    """An open tracking issue, as far as the ratchet looks at it."""

    issue: int
    paused: bool
    plan: Plan | None
    digests: tuple[str, ...]


@dataclass(frozen=True)
class RatchetWatch:
    """The migrations of a repository that are checked, or why none is."""

    migrations: tuple[WatchedMigration, ...] = ()
    skip_reason: SkipReason | None = None

    @property
    def may_fail(self) -> bool:
        return any(one.plan.ratchet == "fail" for one in self.migrations)

    @property
    def digest(self) -> str:
        return self.digests[0]

    @property
    def digests(self) -> tuple[str, ...]:
        """Of today, and then of older versions: any other means that the same change may be seen otherwise."""
        older = product(*(one.digests[1:] for one in self.migrations)) if self.migrations else ()
        return tuple(self._digest(each) for each in ([one.digests[0] for one in self.migrations], *older))

    def _digest(self, digests: Sequence[str]) -> str:
        told = [
            f"{one.issue} {each} {one.plan.ratchet}"
            for one, each in zip(self.migrations, digests, strict=True)
        ]
        return sha256("\n".join([self.skip_reason or "", *sorted(told)]).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class LaterSubjects:
    """What is to be looked at after, and from when on."""

    subjects: tuple[Subject, ...] = ()
    at: float | None = None


def ratchet_watch(tracked: Sequence[TrackedIssue]) -> RatchetWatch:
    if not tracked:
        return RatchetWatch(skip_reason="over")
    awake = [one for one in tracked if not one.paused]
    if not awake:
        return RatchetWatch(skip_reason="paused")
    guards = tuple(
        WatchedMigration(one.issue, one.plan, one.digests) for one in awake if one.plan is not None
    )
    return RatchetWatch(guards) if guards else RatchetWatch(skip_reason="unplanned")


def split_allowed(
    found: Iterable[DeprecatedUse],
) -> tuple[tuple[DeprecatedUse, ...], tuple[DeprecatedUse, ...]]:
    """The uses that count, and those that somebody allowed with a reason."""
    uses = list(found)
    return tuple(use for use in uses if not use.allowed), tuple(use for use in uses if use.allowed)


def new_uses(
    before: Sequence[DeprecatedUse], after: Sequence[DeprecatedUse], renamed: Mapping[str, str] | None = None
) -> tuple[DeprecatedUse, ...]:
    """1. what stands in the same file as it was  2. what came from another file  3. what was edited in place

    `renamed`: today's path of a file → the path that it had.
    """
    old_path = dict(renamed or {})
    old, new = sorted(before, key=_place), sorted(after, key=_place)
    old, new = _without(
        old, new, lambda use: (use.path, *use.content), lambda use: (_was(use, old_path), *use.content)
    )
    old, new = _without(old, new, lambda use: use.content, lambda use: use.content)
    return tuple(_without_edited_uses(old, new, old_path))


_Key = Callable[[DeprecatedUse], tuple[str, ...]]


def _place(use: DeprecatedUse) -> tuple[str, int, int]:
    return use.path, use.line, use.column


def _was(use: DeprecatedUse, old_path: Mapping[str, str]) -> str:
    return old_path.get(use.path, use.path)


def _without(
    old: list[DeprecatedUse], new: list[DeprecatedUse], old_key: _Key, new_key: _Key
) -> tuple[list[DeprecatedUse], list[DeprecatedUse]]:
    """Both lists without the pairs that have the same key."""
    there = Counter(map(old_key, old))
    left = []
    for use in new:
        if there[new_key(use)]:
            there[new_key(use)] -= 1
        else:
            left.append(use)
    gone = Counter(map(old_key, old)) - there
    rest = []
    for use in old:
        if gone[old_key(use)]:
            gone[old_key(use)] -= 1
        else:
            rest.append(use)
    return rest, left


def _without_edited_uses(
    old: Sequence[DeprecatedUse], new: Sequence[DeprecatedUse], old_path: Mapping[str, str]
) -> list[DeprecatedUse]:
    """Where a file lost a use of a symbol and got another, the one most like it is the same, edited."""
    lost: dict[tuple[str, str], list[DeprecatedUse]] = {}
    for use in old:
        lost.setdefault((use.path, use.symbol), []).append(use)
    got: dict[tuple[str, str], list[DeprecatedUse]] = {}
    for use in new:
        got.setdefault((_was(use, old_path), use.symbol), []).append(use)
    left = {use for place, uses in got.items() for use in _unlike(lost.get(place, []), uses)}
    return [use for use in new if use in left]


def _unlike(lost: Sequence[DeprecatedUse], got: Sequence[DeprecatedUse]) -> Sequence[DeprecatedUse]:
    if len(lost) >= len(got):
        return ()
    if not lost or len(lost) * len(got) > _NEAREST_OF:
        return got[len(lost) :]
    rest = list(got)
    for use in lost:
        rest.remove(max(rest, key=lambda one: (one.kind == use.kind, _likeness(use, one))))
    return rest


def _likeness(one: DeprecatedUse, other: DeprecatedUse) -> float:
    return SequenceMatcher(None, one.text[:200], other.text[:200], autojunk=False).ratio()


# What becomes of one


def replacement_of(plan: Plan, symbol: str) -> str | None:
    """What to use instead of a symbol, as `module:name` or a module."""
    module, _, name = symbol.partition(":")
    for rule in plan.replace:
        if str(rule.old) == symbol:
            return str(rule.new)
        for member, change in rule.members.items():
            if f"{rule.old}.{member}" == symbol:
                return f"{rule.new}.{change.to or member}"
    for rule in plan.replace:
        if rule.old.name is None and rule.old.module == module:
            return f"{rule.new.module}:{name}" if name else str(rule.new)
        if rule.old.name is None and module.startswith(f"{rule.old.module}."):
            return rule.new.module + symbol.removeprefix(rule.old.module)
    return None


def import_statement(symbol: str) -> str:
    """Empty for a member, which comes with its class."""
    module, _, name = symbol.partition(":")
    if "." in name:
        return ""
    return f"from {module} import {name}" if name else f"import {module}"
