"""The commits that Drover makes for a phase: what each did, to which part of the tree."""

from __future__ import annotations

import re

from bot.decide.phase_result import PhaseBatch, PhaseResult
from bot.plan.batches import FOLDERS_IN
from bot.report.text import count_of, inert

LONGEST_SUBJECT = 72


def commit_message(made: PhaseResult, batch: PhaseBatch, trailers: str) -> str:
    files = count_of(len(batch.files), "file")
    body = f"{count_of(batch.references, 'reference')} in {files}." if batch.references else f"{files}."
    about = _one_line(f"{made.title}, phase {made.phase.number}: {made.phase.name}")
    return f"{commit_subject(made, batch)}\n\n{about}\n\n{body}\n\n{trailers}\n"


def migrated_in(message: str) -> int:
    """The references that such a commit migrated; its files, where there were none."""
    counts = re.search(r"^(?:([\d,]+) references? in )?([\d,]+) files?\.$", message, re.MULTILINE)
    if counts is None:
        return 0
    references, files = (int((number or "0").replace(",", "")) for number in counts.groups())
    return references or files


def commit_subject(made: PhaseResult, batch: PhaseBatch) -> str:
    """The longest that fits; a long path loses its first folders, since its end tells more."""
    verb, what, target = _verb(made, batch), _one_line(batch.title), _target(made, batch)
    for subject in (f"{verb} {what}{target or f': {_one_line(made.title)}'}", f"{verb} {what}"):
        if len(subject) <= LONGEST_SUBJECT:
            return subject
    return f"{verb} {_shorten(what, LONGEST_SUBJECT - len(verb) - 1)}"


def _shorten(what: str, longest: int) -> str:
    """From a whole folder on, where one fits; how many folders there are stays."""
    count, several, path = what.rpartition(FOLDERS_IN)
    start = f"{count}{several}…"
    room = longest - len(start)
    slash = path.find("/", len(path) - room)
    return start + (path[slash:] if slash >= 0 else path[len(path) - room :])


def _one_line(text: str) -> str:
    return " ".join(inert(text).split())


def _verb(made: PhaseResult, batch: PhaseBatch) -> str:
    if made.phase.retire and not batch.references:
        return "Retire"
    return "Settle aliases in" if made.phase.settle else "Migrate"


def _target(made: PhaseResult, batch: PhaseBatch) -> str:
    """Where there is one: `to New`, with its module where the name stays the same."""
    if len(made.replacements) != 1 or _verb(made, batch) != "Migrate":
        return ""
    ((old, new),) = made.replacements
    name = new.rpartition(":")[2]
    return f" to {name if name != old.rpartition(':')[2] else new.replace(':', '.')}"
