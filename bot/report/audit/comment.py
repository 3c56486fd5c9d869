"""The audit as the issue's comment."""

from __future__ import annotations

from urllib.parse import quote

from bot.audit.audit import Audit
from bot.report.audit.sections import AuditSection, Cell, headline, sections
from bot.report.text import code, fenced, fit, fold, line_url, link, plain, table, without_markers

LONG, SHORT = 60, 8
OPEN = 12
"""A table with more rows is folded."""


def audit_text(audit: Audit, *, repo_url: str | None = None, proposed: str | None = None) -> str:
    """1. the headline  2. a table for each section, the long ones folded  3. the proposed plan"""
    head = f"### Audit: {plain(audit.title)}\n\n{headline(audit)}{measured_line(audit)}"
    parts = [(head, head)]
    if proposed:
        parts.append((proposal(proposed), proposal(proposed)))
    tables = sections(audit)
    parts += [
        (section_text(one, audit, repo_url, LONG), section_text(one, audit, repo_url, SHORT))
        for one in tables
    ]
    return fit(parts) + "\n"


def measured_line(audit: Audit) -> str:
    at = f" at {code(audit.commit[:12])}" if audit.commit else ""
    return f" Counted{at} in {audit.seconds:.1f} s."


def proposal(text: str) -> str:
    about = "Edit it as you like and add it to this issue, or comment `/migrate plan` to get it as a pull request."
    return f"#### Proposed plan\n\n{about}\n\n{fenced(without_markers(text.rstrip()), 'yaml')}"


def section_text(section: AuditSection, audit: Audit, repo_url: str | None, most: int) -> str:
    rows = [[cell_text(cell, audit, repo_url) for cell in row] for row in section.rows[:most]]
    body = table(section.head, rows)
    if len(section.rows) > most:
        body += f"\n\n… and {len(section.rows) - most:,} more: see `drover audit --json`."
    if section.about:
        body = f"{section.about}\n\n{body}"
    title = f"{section.title} ({len(section.rows):,})"
    return fold(title, body) if len(section.rows) > OPEN else f"#### {section.title}\n\n{body}"


def cell_text(cell: Cell, audit: Audit, repo_url: str | None) -> str:
    if not cell.path:
        return cell.text if cell.number else plain(cell.text).replace("|", "¦")
    if not repo_url or not audit.commit:
        return code(cell.text)
    if cell.line:
        return link(code(cell.text), line_url(repo_url, audit.commit, cell.path, cell.line))
    return link(
        code(cell.text), f"{repo_url}/blob/{audit.commit}/{quote(cell.path, errors='surrogateescape')}"
    )
