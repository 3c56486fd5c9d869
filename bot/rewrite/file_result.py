"""The result for one file: what changed, and what is left in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal

from bot.rewrite.proof import FileProof
from codemods.model.facts import FileFacts
from codemods.model.records import record
from codemods.model.site import Site


@record
class FileResult:
    path: str
    status: Literal["changed", "unchanged", "skipped", "failed"]
    reason: str
    sites: tuple[Site, ...]
    content: bytes | None
    """The new content, where it changed."""
    deleted: bool = False
    proof: FileProof | None = None
    long_lines: tuple[int, ...] = ()
    """Lines of the new content that became longer than this repository's configuration allows."""


@record
class FileSites:
    path: str
    blob: str
    sites: tuple[Site, ...]
    unparsable: str | None = None
    import_cycle: tuple[str, ...] = ()
    """The files of the cycle that its migration would close, each importing the next and the last the first."""


def refused(result: FileResult) -> FileResult:
    """With the reason at each reference that would have been migrated."""
    sites = (replace(site, safe=False, note=result.reason) if site.safe else site for site in result.sites)
    return replace(result, sites=tuple(sites))


def unreadable(facts: FileFacts) -> str:
    return (
        f"line {facts.unreadable_line}: {facts.unreadable}"
        if facts.unreadable_line
        else str(facts.unreadable)
    )


def as_json(results: Iterable[FileResult]) -> dict[str, Any]:
    """The object that the command line prints."""
    files = [
        {
            "path": result.path,
            "status": result.status,
            "reason": result.reason,
            "sites": [
                {
                    "line": site.line,
                    "kind": site.kind,
                    "symbol": site.symbol,
                    "safe": site.safe,
                    "note": site.note,
                }
                for site in result.sites
            ],
        }
        for result in results
    ]
    statuses = ("changed", "unchanged", "skipped", "failed")
    totals = {status: sum(file["status"] == status for file in files) for status in statuses}
    sites = [site for file in files for site in file["sites"]]
    unsafe = sum(not site["safe"] for site in sites)  # type: ignore[index]
    return {
        "files": files,
        "totals": {"files": len(files), **totals, "sites": len(sites), "unsafe": unsafe},
    }
