"""The success criteria, each by what the tree and its checks show, never by the state of a pull request."""

from __future__ import annotations

from bot.decide.checks import Verdict, verdict
from bot.decide.facts import Facts
from bot.decide.status import nothing_remains
from bot.plan.plan import Plan
from bot.report.pull_request import manual_work_lines
from bot.report.text import bounded_list, fold

LOOSE_ENDS = {
    "dangling import": "no import of a name that doesn't exist",
    "second definition": "no second definition of a deprecated name",
    "import cycle": "no new import cycle",
}
CHECKS = "checks pass on the default branch"
LATER = "checked when no reference is left"


def criteria(facts: Facts) -> list[str]:
    lefts = [phase.remaining for phase in facts.phases]
    manual = sum(len(left.manual) for left in lefts)
    automatic = facts.references - facts.unmatched_references - manual
    lines = [
        _line(automatic == 0, "every reference that Drover can migrate is migrated", f"{automatic:,} left"),
        _line(manual == 0, "no reference needs manual work", f"{manual:,} left"),
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
        return [_line(False, what, LATER) for what in (*LOOSE_ENDS.values(), CHECKS)]
    kinds = [left.kind for left in facts.obstacles]
    said = verdict(facts.head_checks, None, facts.plan, facts.now)
    passed = said in (Verdict.PASSED, Verdict.NOT_REQUIRED)
    return [
        *(
            _line(kind not in kinds, what, f"{kinds.count(kind):,} below")
            for kind, what in LOOSE_ENDS.items()
        ),
        _line(passed, CHECKS, str(said)),
    ]


def _line(holds: bool, what: str, otherwise: str) -> str:
    return f"- ✅ {what}" if holds else f"- ⬜ {what} ({otherwise})"


def criteria_section(facts: Facts) -> str:
    return fold("Success criteria", "\n".join(criteria(facts))) if facts.phases else ""


def loose_ends_section(facts: Facts, most: int) -> str:
    """What only people can decide about, once no reference is left."""
    if not facts.obstacles:
        return ""
    lines = list(manual_work_lines(facts.obstacles, facts.repo_url, facts.head))
    return (
        f"**Loose ends ({len(lines):,})**\n\n{bounded_list(lines, most)}\n\n"
        "Fix these, and Drover finishes the migration; or close the issue if they are intended."
    )
