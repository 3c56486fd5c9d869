"""When a migration is done: each criterion by what the tree and its checks say, never by a pull request's state."""

from __future__ import annotations

from bot.decide.checks import Verdict, verdict
from bot.decide.facts import Facts
from bot.decide.status import nothing_remains
from bot.plan.plan import Plan
from bot.report.pull_request import human_lines
from bot.report.text import folded, listed

SHOWN = {
    "dangling import": "no import of a name that is not there",
    "second definition": "no second definition of what was deprecated",
    "import cycle": "no import cycle that was not there before",
}
LATER = "looked at once nothing is left"


def criteria(facts: Facts) -> list[str]:
    lefts = [phase.remaining for phase in facts.phases]
    moved, human = sum(left.automatic for left in lefts), sum(len(left.manual) for left in lefts)
    lines = [
        _line(moved == 0, "no reference left that can be moved", f"{moved:,} left"),
        _line(human == 0, "nothing left that needs a human", f"{human:,} left"),
        _line(
            not facts.unmatched_files,
            "every file belongs to a phase",
            f"{len(facts.unmatched_files):,} don't",
        ),
    ]
    retiring = [phase.remaining.total for phase in facts.phases if phase.phase.retire]
    if retiring:
        lines.append(_line(not any(retiring), "the deprecated modules are retired", "not yet"))
    return [*lines, *_at_the_end(facts)]


def _at_the_end(facts: Facts) -> list[str]:
    if not nothing_remains(facts) or not isinstance(facts.plan, Plan):
        return [
            _line(False, what, LATER)
            for what in (*SHOWN.values(), "the checks are green on the default branch")
        ]
    kinds = [left.kind for left in facts.obstacles]
    said = verdict(facts.head_checks, None, facts.plan, facts.now)
    green = said in (Verdict.GREEN, Verdict.UNASKED)
    return [
        *(_line(kind not in kinds, what, f"{kinds.count(kind):,} below") for kind, what in SHOWN.items()),
        _line(green, "the checks are green on the default branch", str(said)),
    ]


def _line(holds: bool, what: str, otherwise: str) -> str:
    return f"- ✅ {what}" if holds else f"- ⬜ {what} ({otherwise})"


def criteria_section(facts: Facts) -> str:
    return folded("Done when", "\n".join(criteria(facts))) if facts.phases else ""


def in_the_way_section(facts: Facts, most: int) -> str:
    """What is not finished though nothing is left to move: for people, since only they know what is meant."""
    if not facts.obstacles:
        return ""
    lines = list(human_lines(facts.obstacles, facts.repo_url, facts.head))
    return (
        f"**Nothing is left to move, but this is in the way of the end ({len(lines):,})**\n\n{listed(lines, most)}\n\n"
        "Mend it, and the migration ends by itself; or close the issue, if it is meant to be so."
    )
