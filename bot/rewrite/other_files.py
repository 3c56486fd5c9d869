"""Files that are neither Python nor documentation: what names a symbol in them is listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.rewrite.documents import found_by_name, page_for, unread_text
from bot.rewrite.file_result import FileResult
from codemods.model.contents import TOO_LARGE, is_too_large
from codemods.model.records import record
from codemods.model.site import Site
from codemods.model.tree import Entry
from codemods.rewrites.run_time_names.shown_names import SNAPSHOTS, is_shown_by_name
from codemods.rewrites.texts.other_files import OtherFileRules, is_other_file, is_text
from codemods.scan.file_facts import SECONDS_PER_FILE
from codemods.scan.survey import Survey
from codemods.workers.isolate import run_isolated
from codemods.workers.processes import FailedTask, run_in_processes


@record
class OtherFileTask:
    """A file to look in, with the rules as it means them and the members that are used in it."""

    entry: Entry
    data: bytes
    rules: OtherFileRules
    members: tuple[Site, ...]


def other_file_sites(
    survey: Survey, allowed_paths: frozenset[str] | None, processes: int = 1
) -> Iterator[tuple[Entry, tuple[Site, ...]]]:
    needles = OtherFileRules(survey.rules, found_by_name(survey)).needles
    entries = [
        entry
        for path, entry in survey.entries.items()
        if is_other_file(path)
        and path not in survey.scripts
        and (allowed_paths is None or path in allowed_paths)
    ]
    matching = survey.tree.grep(needles, entries) if entries and needles else set()
    matching |= survey.members.uses.keys()
    tasks = (
        task_for(survey, entry, data)
        for entry, data in survey.tree.read([entry for entry in entries if entry.path in matching])
    )
    for task, result in run_in_processes(sites_of_task, None, tasks, min(processes, 1), SECONDS_PER_FILE):
        sites = (
            unread_text(task.entry.path, result.reason, survey.rules).sites
            if isinstance(result, FailedTask)
            else result
        )
        if sites:
            yield task.entry, sites


def task_for(survey: Survey, entry: Entry, data: bytes) -> OtherFileTask:
    page = page_for(survey, entry.path)
    rules = replace(survey.rules, replace=(*page.rules.replace, *page.unclear))
    shown = (
        rule
        for number, rule in enumerate(survey.rules.replace)
        if is_shown_by_name(rule) and number not in survey.links.shown_alike
    )
    is_snapshot = SNAPSHOTS.search(entry.path) is not None
    found = OtherFileRules(rules, page.found_by_name, tuple(shown), is_snapshot)
    return OtherFileTask(entry, data, found, tuple(sites_of_members(survey, entry.path)))


def sites_of_task(_: None, task: OtherFileTask) -> tuple[Site, ...]:
    named = task.rules.sites(task.data)
    if is_too_large(task.data) and is_text(task.data) and not named:
        return unread_text(task.entry.path, TOO_LARGE, task.rules.rules).sites
    sites = [*named, *task.members]
    return tuple(sorted(sites, key=lambda site: (site.line, site.column)))


def sites_in_other_file(survey: Survey, entry: Entry, data: bytes) -> tuple[Site, ...]:
    """Of one file, after a change."""
    found = run_isolated(sites_of_task, task_for(survey, entry, data), SECONDS_PER_FILE)
    if isinstance(found, FailedTask):
        return unread_text(entry.path, found.reason, survey.rules).sites
    return found


def sites_of_members(survey: Survey, path: str) -> Iterator[Site]:
    for use in survey.members.uses.get(path, ()):
        rule = survey.rules.members[use.rule_number]
        yield Site(use.line, use.column, use.kind, str(rule), False, use.trouble)


def list_other_files(
    survey: Survey, allowed_paths: frozenset[str] | None, processes: int = 1
) -> Iterator[FileResult]:
    for entry, sites in other_file_sites(survey, allowed_paths, processes):
        yield FileResult(entry.path, "skipped", sites[0].note, sites, None)
