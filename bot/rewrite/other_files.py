"""Files that are neither Python nor documentation: what names a symbol in them is listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.rewrite.documents import page_for
from bot.rewrite.file_result import FileResult
from codemods.model.site import Site
from codemods.model.tree import Entry
from codemods.rewrites.other_files import OtherFileRules, is_other_file
from codemods.scan.survey import Survey


def other_file_sites(
    survey: Survey, allowed_paths: frozenset[str] | None
) -> Iterator[tuple[Entry, list[Site]]]:
    needles = OtherFileRules(survey.rules).needles
    entries = [
        entry
        for path, entry in survey.entries.items()
        if is_other_file(path)
        and path not in survey.scripts
        and (allowed_paths is None or path in allowed_paths)
    ]
    matching = survey.tree.grep(needles, entries) if entries and needles else set()
    matching |= survey.members.uses.keys()
    for entry, data in survey.tree.read([entry for entry in entries if entry.path in matching]):
        sites = sites_in_other_file(survey, entry.path, data)
        if sites:
            yield entry, sites


def sites_in_other_file(survey: Survey, path: str, data: bytes) -> list[Site]:
    page = page_for(survey, path)
    meant = (*page.rules.replace, *page.unclear)
    named = OtherFileRules(replace(survey.rules, replace=meant)).sites(data)
    return sorted([*named, *sites_of_members(survey, path)], key=lambda site: (site.line, site.column))


def sites_of_members(survey: Survey, path: str) -> Iterator[Site]:
    for use in survey.members.uses.get(path, ()):
        rule = survey.rules.members[use.rule_number]
        yield Site(use.line, use.column, use.kind, str(rule), False, use.trouble)


def list_other_files(survey: Survey, allowed_paths: frozenset[str] | None) -> Iterator[FileResult]:
    for entry, sites in other_file_sites(survey, allowed_paths):
        yield FileResult(entry.path, "skipped", sites[0].note, tuple(sites), None)
