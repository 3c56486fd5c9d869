"""Results as JSON objects, and as lines for people."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from bot.audit.audit import Audit
from bot.cli.local_checks import LocalRun
from bot.cli.local_phases import AppliedPhase
from bot.cli.local_revert import LocalRevert
from bot.plan.plan import Plan, PlanErrors
from bot.report.audit.sections import headline
from bot.report.pull_request import phase_body, phase_title
from bot.report.revert_pull import why_not_reverted
from bot.report.text import count_of
from bot.rewrite.rewrite import FileResult, as_json
from codemods.model.site import Site

Json = dict[str, Any]
MOST_MENTIONS = 5000
"""Explanations that are listed; the totals have all."""


def site_json(site: Site) -> Json:
    return {
        "line": site.line,
        "kind": site.kind,
        "symbol": site.symbol,
        "safe": site.safe,
        "note": site.note,
    }


def audit_json(audit: Audit, errors: PlanErrors | None) -> Json:
    files = [
        {
            "path": one.path,
            "status": "unchanged",
            "reason": "",
            "sites": [site_json(site) for site in one.sites],
        }
        for one in audit.files
    ]
    files += [
        {"path": path, "status": "skipped", "reason": reason, "sites": []}
        for path, reason in audit.unparsable.items()
    ]
    return {
        "title": audit.title,
        "commit": audit.commit,
        "headline": headline(audit),
        "files": files,
        "totals": {
            "files": len(files),
            "unchanged": len(audit.files),
            "skipped": len(audit.unparsable),
            "sites": audit.sites,
            "unsafe": audit.manual_sites,
            "tree_files": audit.tree_files,
            "python_files": audit.python_files,
            "seconds": round(audit.seconds, 3),
            "mentions": dict(audit.mentions_by_outcome.most_common()),
        },
        "kinds": dict(audit.kinds.most_common()),
        # "human" is the name that "manual" had before
        "phases": [{**asdict(one), "human": one.manual, "too_large": one.too_large} for one in audit.phases],
        "modules": [asdict(one) for one in audit.modules],
        "namesakes": [asdict(one) for one in audit.namesakes],
        "dangling": [asdict(one) for one in audit.dangling],
        "interfaces": [asdict(one) for one in audit.interfaces],
        "guesses": [asdict(one) for one in audit.guesses],
        "cycles": [list(one) for one in audit.cycles],
        "unmatched": list(audit.unmatched),
        "mentions": [asdict(one) for one in audit.mentions[:MOST_MENTIONS]],
        "plan_errors": [asdict(one) for one in errors.errors] if errors else [],
    }


def rewrite_json(found: Sequence[FileResult]) -> Json:
    return as_json(found)


def apply_json(plan: Plan, applied: Sequence[AppliedPhase], ran: Iterable[LocalRun]) -> Json:
    results = [result for one in applied for result in one.built.results]
    return {
        "title": plan.title,
        **as_json(results),
        "phases": [phase_json(one) for one in applied],
        "commands": [asdict(one) for one in ran],
    }


def phase_json(one: AppliedPhase) -> Json:
    made = one.built.made
    return {
        "number": one.phase.number,
        "name": one.phase.name,
        "breaks": [asdict(use) for use in one.built.made.breaking_uses],
        "slice": made.slice.title if made.slice.key else None,
        "ending": one.ending,
        "branch": one.branch if one.built.commits else None,
        "base": made.base,
        "head": one.built.head,
        "batches": [
            {
                "number": batch.number,
                "id": batch.id,
                "title": batch.title,
                "commit": batch.commit,
                "files": [file.path for file in batch.files],
            }
            for batch in made.batches
        ],
        "pull_request": {"title": phase_title(made), "body": phase_body(made)},
    }


def revert_json(ending: LocalRevert) -> Json:
    files = [{"path": path, "status": "changed", "reason": "", "sites": []} for path in ending.files]
    files += [
        {"path": one.path, "status": "failed", "reason": why_not_reverted(one), "sites": []}
        for one in ending.conflicts
    ]
    totals = {"files": len(files), "changed": len(ending.files), "failed": len(ending.conflicts)}
    order = [*(one.title for one in ending.dependents), ending.title]
    return {
        "branch": ending.branch,
        "head": ending.head,
        "order": order,
        "files": files,
        "totals": totals,
    }


def needs_manual_work(result: FileResult) -> bool:
    return result.status in ("skipped", "failed") or any(not site.safe for site in result.sites)


def rewrite_lines(found: Sequence[FileResult], verb: str) -> Iterator[str]:
    """A line for each thing that needs manual work, and one with the totals."""
    yield from left_lines(found)
    changed = [result for result in found if result.status == "changed"]
    moved = sum(site.safe for result in changed for site in result.sites)
    left = sum(map(needs_manual_work, found))
    rest = f"; {count_of(left, 'file needs', 'files need')} manual work" if left else ""
    yield f"{count_of(len(changed), 'file')} {verb}, {count_of(moved, 'reference')}{rest}"


def left_lines(found: Iterable[FileResult]) -> Iterator[str]:
    """A line for each reference or file that needs manual work."""
    for result in found:
        unsafe = [site for site in result.sites if not site.safe]
        for site in unsafe:
            yield f"{result.path}:{site.line}: {site.kind}: {site.note}"
        if result.status in ("skipped", "failed") and result.reason not in {site.note for site in unsafe}:
            yield f"{result.path}: {result.status}: {result.reason}"


def diff_text(before: bytes, after: bytes, result: FileResult) -> str:
    """A unified diff as git writes it, with bytes that are not UTF-8 escaped."""
    old, new = (lines_of(data) for data in (before, after))
    to = "/dev/null" if result.deleted else f"b/{result.path}"
    lines = difflib.unified_diff(old, new, f"a/{result.path}", to)
    missing = "\n\\ No newline at end of file\n"
    return "".join(line if line.endswith("\n") else line + missing for line in lines)


def lines_of(data: bytes) -> list[str]:
    return data.decode("utf-8", "backslashreplace").splitlines(keepends=True) if data else []
