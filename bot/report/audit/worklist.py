"""What is left for people to do: one entry for each reference that needs manual work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from bot.audit.audit import Audit
from bot.report.audit.manual_steps import Replacements, manual_step


@dataclass(frozen=True)
class LeftReference:
    path: str
    line: int
    kind: str
    symbol: str
    reason: str
    step: str
    """What it would take."""


def worklist(audit: Audit, instead: Replacements) -> tuple[LeftReference, ...]:
    """By file and line."""
    return tuple(sorted(left_references(audit, instead), key=lambda one: (one.path, one.line, one.symbol)))


def left_references(audit: Audit, instead: Replacements) -> Iterator[LeftReference]:
    listed = set()
    for file in audit.files:
        for site in file.sites:
            if not site.safe:
                listed.add((file.path, site.line))
                step = manual_step(site.kind, site.note, instead(site.symbol))
                yield LeftReference(file.path, site.line, site.kind, site.symbol, site.note, step)
    for path, reason in audit.unparsable.items():
        yield LeftReference(path, 0, "unreadable", "", reason, manual_step("unreadable", reason, None))
    for one in audit.dangling:
        if (one.path, one.line) not in listed:
            symbol = f"{one.module}:{one.name}"
            lives = f"; {', '.join(one.lives)} does" if one.lives else ""
            reason = f"{one.module} doesn't define {one.name}{lives}"
            step = manual_step("dangling import", reason, None)
            yield LeftReference(one.path, one.line, "dangling import", symbol, reason, step)


def worklist_json(audit: Audit, left: tuple[LeftReference, ...]) -> dict[str, Any]:
    return {
        "title": audit.title,
        "commit": audit.commit,
        "left": [asdict(one) for one in left],
        "totals": {"left": len(left), "files": len({one.path for one in left})},
    }
