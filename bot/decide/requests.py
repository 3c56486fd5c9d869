"""What a person requested in a comment, with a checkbox or a label. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from itertools import islice
from typing import Any, Literal

from bot.markers.hidden import boxes_in, without_comments
from bot.plan.phase_patterns import is_slow
from bot.stored_json import known_fields

Source = Literal["label", "comment", "box", "button"]
Verb = Literal[
    "help",
    "status",
    "audit",
    "plan",
    "start",
    "retry",
    "cancel",
    "regenerate",
    "skip",
    "revert",
    "pause",
    "resume",
    "rerun",
    "verify",
    "approve",
    "adopt",
    "drop",
    "close",
    "unknown",
]
VERBS: tuple[Verb, ...] = (
    "help",
    "status",
    "audit",
    "plan",
    "start",
    "retry",
    "cancel",
    "regenerate",
    "skip",
    "revert",
    "pause",
    "resume",
    "approve",
)
PHASE_VERBS: frozenset[Verb] = frozenset(("start", "retry", "cancel", "regenerate"))
READ_ONLY_VERBS: frozenset[Verb] = frozenset(("help", "status", "unknown"))
"""What anybody who can comment may ask for, since it changes nothing."""


@dataclass(frozen=True)
class Command:
    """A command as it was written."""

    verb: Verb
    phase: int | None = None
    batch: int | None = None
    everything: bool = False
    paths: tuple[str, ...] = ()
    force: bool = False
    discard: bool = False
    problem: str = ""
    """For `unknown`: what is wrong, and what to write instead."""
    digest: str = ""
    """The digest of the plan to approve, if the command names one."""


@dataclass(frozen=True, kw_only=True)
class UserRequest(Command):
    """A command together with who gave it, when and where."""

    id: str
    """Deterministic, so that a request that is read twice is answered once: `comment-17`, `label-93`, …"""
    by: str
    at: float
    source: Source
    where: int
    """The number of the issue or pull request to answer on."""
    ref: int | None = None
    """The id of the comment or check run that it came with."""
    box: str = ""
    """The name of the box that was ticked."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def comment(self) -> int | None:
        """The comment that it was written in, if it is a command: all commands of a comment share an answer."""
        return self.ref if self.source == "comment" else None

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> UserRequest | None:
        """None if another version stored too little of it."""
        known = known_fields(UserRequest, data)
        try:
            return UserRequest(**{**known, "paths": tuple(data.get("paths", ()))})
        except TypeError:
            return None


MOST_COMMANDS = 5
"""Of one comment; if it has more, the answer says so."""


def commands(text: str, here: int | None = None) -> list[Command]:
    """The `/migrate` commands of a comment, in order; `here` is the phase whose pull request it stands on."""
    lines = [*islice(_command_lines(text), MOST_COMMANDS + 1)]
    found = [_command(line.split()[1:], here) for line in lines[:MOST_COMMANDS]]
    return found if len(lines) <= MOST_COMMANDS else [*found, Command("unknown", problem="too many")]


def _command_lines(text: str) -> Iterator[str]:
    """Lines outside quotes, code blocks and HTML comments that begin with `/migrate`."""
    return (line for line in _visible_lines(text) if re.match(r" {0,3}/migrate(\s|$)", line, re.IGNORECASE))


_FENCE = re.compile(r" {0,3}(?P<item>(?:(?:[-*+]|[0-9]{1,9}[.)]) +)*)(?P<fence>`{3,}|~{3,})")
_VERBATIM = re.compile(r" {0,3}<(pre|script|style|textarea)(?=[\s>]|$)", re.IGNORECASE)


def _visible_lines(text: str) -> Iterator[str]:
    """The lines that a reader sees as text: what starts a block of code hides all up to its end."""
    end: re.Pattern[str] | None = None
    for line in without_comments(text).splitlines():
        if end is not None:
            end = None if end.search(line) else end
        elif fence := _FENCE.match(line):
            indent = " *" if fence["item"] else " {0,3}"
            end = re.compile(rf"^{indent}{re.escape(fence['fence'])}{fence['fence'][0]}* *$")
        elif tag := _VERBATIM.match(line):
            closing = re.compile(rf"</{tag[1]}>", re.IGNORECASE)
            end = None if closing.search(line) else closing
        elif re.match(r" {0,3}<!--", line):
            return
        else:
            yield line


def _command(words: list[str], here: int | None) -> Command:
    if not words:
        return Command("help")
    verb = next((v for v in VERBS if v == words[0].lower()), None)
    if verb is None:
        return Command("unknown", problem=_nearest(words[0]))
    flags = {word for word in words[1:] if word.startswith("--")}
    rest = [word for word in words[1:] if not word.startswith("--")]
    wrong = flags - {"start": {"--force"}, "regenerate": {"--discard"}}.get(verb, set())
    if wrong:
        return Command("unknown", problem=f"`/migrate {verb}` has no option `{_quiet(sorted(wrong)[0])}`.")
    if verb == "skip":
        paths = tuple(rest)
        if any(map(is_slow, paths)):
            return Command(
                "unknown", problem="`/migrate skip` takes patterns with at most two `*` in a name."
            )
        return (
            Command("skip", paths=paths)
            if paths
            else Command("unknown", problem="`/migrate skip` needs a path, as in `/migrate skip tests/**`.")
        )
    if verb == "revert":
        return _revert(rest, here)
    if verb == "approve":
        return _approve(rest)
    if verb in PHASE_VERBS:
        return _of_a_phase(verb, rest, here, flags)
    if rest:
        return Command("unknown", problem=f"`/migrate {verb}` takes no arguments.")
    return Command(verb)


def _of_a_phase(verb: Verb, rest: list[str], here: int | None, flags: set[str]) -> Command:
    phase = _number(rest[0]) if rest else here
    if phase is None or len(rest) > 1:
        return Command(
            "unknown", problem=f"`/migrate {verb}` needs the number of one phase, as in `/migrate {verb} 1`."
        )
    return Command(verb, phase=phase, force="--force" in flags, discard="--discard" in flags)


def _approve(rest: list[str]) -> Command:
    if not rest:
        return Command("approve")
    if len(rest) == 1 and re.fullmatch(r"[0-9a-f]{6,40}", rest[0].lower()):
        return Command("approve", digest=rest[0].lower())
    return Command(
        "unknown", problem="`/migrate approve` takes at most the digest that the status comment shows."
    )


def _revert(rest: list[str], here: int | None) -> Command:
    words = [word.lower() for word in rest]
    if words == ["all"]:
        return Command("revert", everything=True)
    phase = here
    if words and (number := _number(words[0])) is not None:
        phase, words = number, words[1:]
    if phase is not None and not words:
        return Command("revert", phase=phase)
    if phase is not None and len(words) == 2 and words[0] == "batch" and (batch := _number(words[1])):
        return Command("revert", phase=phase, batch=batch)
    return Command(
        "unknown",
        problem="`/migrate revert` needs a phase, as in `/migrate revert 1` or `/migrate revert 1 batch 2`.",
    )


def _number(word: str) -> int | None:
    match = re.fullmatch(r"(?:phase-?)?#?([0-9]{1,4})", word.lower())
    return int(match[1]) if match else None


def _nearest(word: str) -> str:
    near = get_close_matches(word[:40].lower(), VERBS, 1, 0.6)
    meant = f" Did you mean `/migrate {near[0]}`?" if near else ""
    return f"I don't know `{_quiet(word)}`.{meant}"


def _quiet(word: str) -> str:
    """A person's word, safe to show in a code span: nothing in it can mention or mark up."""
    return re.sub(r"[^\w.,/+=-]", "�", word)[:40]


# Tick boxes: each line of the status comment that acts carries its meaning in a hidden comment.


def ticked_boxes(text: str) -> frozenset[str]:
    return frozenset(box.name for box in boxes_in(text) if box.ticked)


def newly_ticked(before: str, after: str) -> tuple[str, ...]:
    """The difference between two texts, so that nobody's tick counts as somebody else's."""
    return tuple(sorted(ticked_boxes(after) - ticked_boxes(before)))


def box_command(name: str) -> Command | None:
    """`start-2`, `retry-2`, `revert-2`, `revert-2-batch-3`, `revert-all`, `audit`, `pause`, `resume`."""
    if name == "revert-all":
        return Command("revert", everything=True)
    words = name.split("-")
    parsed = _command(words, None)
    return None if parsed.verb == "unknown" else parsed


# Labels

PHASE_LABEL = re.compile(r"migration:phase-([0-9]{1,4})")


def phase_of_label(name: str) -> int | None:
    match = PHASE_LABEL.fullmatch(name)
    return int(match[1]) if match else None


def from_text(
    text: str, comment: int, where: int, by: str, at: float, here: int | None = None
) -> list[UserRequest]:
    found = commands(text, here)
    return [
        request_of(f"comment-{comment}" + (f"-{i}" if i else ""), command, by, at, "comment", where, comment)
        for i, command in enumerate(found)
    ]


def request_of(
    key: str, command: Command, by: str, at: float, source: Source, where: int, ref: int | None
) -> UserRequest:
    fields = vars(command)
    return UserRequest(**fields, id=key, by=by, at=at, source=source, where=where, ref=ref)
