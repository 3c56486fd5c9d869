"""The hidden comments in what Drover writes on GitHub, each with its writer and its reader.

A marker says nothing about who wrote it: a reader gets only text of Drover's own account, and its caller has checked
the author. Besides, a marker counts only where its writer puts it, with values of the form that are written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, unquote

_OPEN, _CLOSE = "<!-- drover:", " -->"
STATUS_MARKER = f"{_OPEN}status{_CLOSE}"


def _marker(*words: object) -> str:
    text = " ".join(str(word) for word in words if word != "")
    if re.search(r"[<>\n\r]", text):
        raise ValueError(f"not a marker: {text!r}")
    return f"{_OPEN}{text}{_CLOSE}"


def _first_line(text: str) -> str:
    return text.lstrip().partition("\n")[0].rstrip()


def _at_the_end(text: str, kind: str) -> str:
    """The content of the marker that a text ends with."""
    start, text = f"{_OPEN}{kind} ", text.rstrip()
    at = text.rfind(start)
    return text[at + len(start) : -len(_CLOSE)] if at >= 0 and text.endswith(_CLOSE) else ""


def _lines(text: str, kind: str) -> Iterator[str]:
    """The contents of the markers that have a line to themselves."""
    start = f"{_OPEN}{kind} "
    for line in text.split("\n"):
        line = line.strip()
        if line.startswith(start) and line.endswith(_CLOSE):
            yield line[len(start) : -len(_CLOSE)]


def without_comments(text: str) -> str:
    """Without what HTML comments hide. Each character is looked at once: a regular expression looks for the end of
    every comment that is never closed."""
    parts, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        parts.append(text[at:start])
        at = end + 3
    return "".join([*parts, text[at:]])


# The status comment


def is_status(text: str) -> bool:
    return _first_line(text) == STATUS_MARKER


def state_marker(state: Mapping[str, Any]) -> str:
    """JSON in which nothing can end the comment, or begin another."""
    text = json.dumps(state, separators=(",", ":"), sort_keys=True)
    text = text.replace("-", "\\u002d").replace(">", "\\u003e")
    return f"{_OPEN}state {text}{_CLOSE}"


def state_in(text: str) -> dict[str, Any]:
    """The state in the last marker; empty if there is none that can be read."""
    start = f"{_OPEN}state "
    at = text.rfind(start)
    end = text.find(_CLOSE, at)
    if at < 0 or end < 0:
        return {}
    try:
        found = json.loads(text[at + len(start) : end])
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class TickBox:
    """A tick box of the status comment, and whether it is ticked."""

    name: str
    ticked: bool


_BOX_START = re.compile(r"[ \t]*[-*] \[([ xX])\] ")
_BOX_NAME = re.compile(r"[a-z0-9-]+")


def box_marker(name: str) -> str:
    return _marker("box", name)


def boxes_in(text: str) -> Iterator[TickBox]:
    """List items with a box that end with its marker."""
    for line in text.split("\n"):
        item, name = _BOX_START.match(line), _at_the_end(line, "box")
        if item is not None and _BOX_NAME.fullmatch(name):
            yield TickBox(name, item[1] != " ")


# A pull request's body

_PREPARED = _marker("labels-and-reviewers")


def with_preparation(body: str) -> str:
    """The body, with the marker that its labels are added and its reviews requested."""
    return body if has_preparation(body) else f"{body.rstrip()}\n\n{_PREPARED}"


def has_preparation(body: str) -> bool:
    """Of a body that ends with it."""
    return body.rstrip().endswith(_PREPARED)


# Comments that answer, or are written once

_REQUEST = re.compile(r"[a-z0-9-]+")


def answer_marker(*requests: str) -> str:
    return _marker("answer", *requests)


def answered_requests(text: str) -> tuple[str, ...]:
    """The ids of the requests that a comment answers."""
    found = next(_lines(_first_line(text), "answer"), "").split(" ")
    return tuple(found) if all(map(_REQUEST.fullmatch, found)) else ()


def with_answers(text: str, requests: Iterable[str], more: str) -> str:
    """A comment that answers more requests than before."""
    _, _, said = text.lstrip().partition("\n")
    said = said if more in said else f"{said.rstrip()}\n\n{more}"
    return f"{answer_marker(*dict.fromkeys([*answered_requests(text), *requests]))}\n{said}"


def running_marker(request: str) -> str:
    return _marker("running", request)


def running_request(text: str) -> str | None:
    """The id of the request whose progress a comment shows."""
    found = next(_lines(_first_line(text), "running"), "")
    return found if _REQUEST.fullmatch(found) else None


@dataclass(frozen=True)
class Notice:
    """What a comment is about that is written once."""

    kind: Literal[
        "anew",
        "astray",
        "came-in",
        "crash",
        "finished",
        "given-up",
        "reviewers",
        "needless",
        "ordinary-issue",
        "refused",
        "reopened",
        "stuck",
        "thread",
        "too-large",
        "welcome",
        "withdrawn",
    ]
    about: str = ""


def notice_marker(notice: Notice) -> str:
    return _marker(notice.kind, notice.about)


def has_notice(text: str, notice: Notice) -> bool:
    return _first_line(text) == notice_marker(notice)


def is_thread(text: str) -> bool:
    """Whether the lines of a comment are announcements."""
    return next(_lines(_first_line(text), "thread"), None) is not None


@dataclass(frozen=True)
class Announcement:
    """A line on the issue about a step that is done only once, and how it ended."""

    kind: Literal["rerun", "revert", "merge", "ready", "force"]
    about: str
    """What it was done to: a commit, or a pull request's number."""
    state: Literal["begun", "done", "refused"]
    at: float


_ANNOUNCEMENT = re.compile(
    r"(?P<kind>rerun|revert|merge|ready|force) (?P<about>[\w.:%/@~+-]+) (?P<state>begun|done|refused) (?P<at>[0-9]{1,12})"
)


def announcement_marker(one: Announcement) -> str:
    return _marker("said", one.kind, one.about, one.state, int(one.at))


def announcement_in(line: str) -> Announcement | None:
    """Of a line that ends with one."""
    found = _ANNOUNCEMENT.fullmatch(_at_the_end(line, "said"))
    if found is None:
        return None
    return Announcement(found["kind"], found["about"], found["state"], float(found["at"]))  # type: ignore[arg-type]


@dataclass(frozen=True)
class PlanApproval:
    """Who wrote or approved exactly the plan with this digest."""

    digest: str
    by: str
    at: float


_APPROVAL = re.compile(
    r"(?P<digest>[0-9a-f]{12}|[0-9a-f]{40}) (?P<by>[A-Za-z0-9_-]{1,100}) (?P<at>[0-9]{1,12})"
)


def approval_marker(one: PlanApproval) -> str:
    return _marker("approved", one.digest, one.by, int(one.at))


def approvals_in(text: str) -> Iterator[PlanApproval]:
    """Of an answer's lines that end with one."""
    if not answered_requests(text):
        return
    for line in text.split("\n"):
        if found := _APPROVAL.fullmatch(_at_the_end(line, "approved")):
            yield PlanApproval(found["digest"], found["by"], float(found["at"]))


# Pull requests


@dataclass(frozen=True)
class SliceMark:
    """The slice of a phase that a pull request is."""

    issue: int
    phase: int
    key: str
    title: str


_SLICE = re.compile(
    r"#(?P<issue>[0-9]{1,18}) (?P<phase>[0-9]{1,9}) (?P<key>[a-z0-9._-]+) (?P<title>[\w.~%-]+)", re.ASCII
)


def slice_marker(mark: SliceMark) -> str:
    title = quote(mark.title, safe="", errors="surrogateescape")
    return _marker("slice", f"#{mark.issue}", mark.phase, mark.key, title)


def slices_in(text: str) -> Iterator[SliceMark]:
    for said in _lines(text, "slice"):
        if found := _SLICE.fullmatch(said):
            title = unquote(found["title"], errors="surrogateescape")
            yield SliceMark(int(found["issue"]), int(found["phase"]), found["key"], title)


@dataclass(frozen=True)
class RevertMark:
    """What a pull request reverts: a phase, its slice, one of its batches; no phase: all of them."""

    issue: int
    phase: int | None = None
    batch: int | None = None
    slice_key: str = ""


_REVERT = re.compile(
    r"(?P<issue>[0-9]{1,18}) (?P<phase>all|[0-9]{1,9}) (?P<batch>whole|[0-9]{1,9})(?: (?P<key>[a-z0-9._-]+))?"
)


def revert_marker(mark: RevertMark) -> str:
    return _marker("reverts", mark.issue, mark.phase or "all", mark.batch or "whole", mark.slice_key)


def reverts_in(text: str) -> Iterator[RevertMark]:
    yield from _revert_marks(text, "reverts")


def also_reverts_marker(mark: RevertMark) -> str:
    """Of a phase, or its slice, that is reverted because it was built on the one that the pull request is about."""
    return _marker("also-reverts", mark.issue, mark.phase or "all", mark.batch or "whole", mark.slice_key)


def also_reverts_in(text: str) -> Iterator[RevertMark]:
    yield from _revert_marks(text, "also-reverts")


def _revert_marks(text: str, kind: str) -> Iterator[RevertMark]:
    for said in _lines(text, kind):
        if found := _REVERT.fullmatch(said):
            yield RevertMark(
                int(found["issue"]),
                None if found["phase"] == "all" else int(found["phase"]),
                None if found["batch"] == "whole" else int(found["batch"]),
                found["key"] or "",
            )


@dataclass(frozen=True)
class RestoreMark:
    """The revert's pull request that another one reverts."""

    issue: int
    pull: int


def restore_marker(mark: RestoreMark) -> str:
    return _marker("puts-back", mark.issue, mark.pull)


def restores_in(text: str) -> Iterator[RestoreMark]:
    for said in _lines(text, "puts-back"):
        if found := re.fullmatch(r"([0-9]{1,18}) ([0-9]{1,18})", said):
            yield RestoreMark(int(found[1]), int(found[2]))


# Check runs


@dataclass(frozen=True)
class RatchetMark:
    """What a check run was made from, and how many annotations belong to it."""

    digest: str
    notes: int


def ratchet_marker(mark: RatchetMark) -> str:
    return _marker("ratchet", mark.digest, mark.notes)


def ratchet_in(summary: str) -> RatchetMark | None:
    """The one that a summary ends with."""
    found = re.fullmatch(r"([0-9a-f]{1,64}) ([0-9]{1,6})", _at_the_end(summary, "ratchet"))
    return RatchetMark(found[1], int(found[2])) if found else None
