"""What Drover can't migrate itself, with links to the lines."""

from __future__ import annotations

from bot.decide.facts import Facts
from bot.decide.status import Status
from bot.report.audit.manual_steps import replacements_of
from bot.report.pull_request import manual_work_lines
from bot.report.text import bounded_list, code, fold, plain


def manual_work_section(facts: Facts, status: Status, most: int) -> str:
    left = [one for phase in status.phases for one in phase.facts.remaining.manual]
    lines = list(manual_work_lines(left, facts.repo_url, facts.head, replacements_of(facts.plan)))
    lines += [f"- {code(path)} can't be parsed: {plain(why)}" for path, why in facts.unparsable_files.items()]
    if not lines:
        return ""
    return fold(f"Needs manual work ({len(lines):,})", bounded_list(lines, most, ", see `/migrate audit`"))


def unmatched_section(facts: Facts, most: int) -> str:
    if not facts.unmatched_files:
        return ""
    lines = [f"- {code(path)}" for path in facts.unmatched_files]
    return fold(f"Files with references that belong to no phase ({len(lines):,})", bounded_list(lines, most))
