"""Documentation and settings, rewritten beside the code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.rewrite.file_result import FileResult, refused
from bot.rewrite.proof import prove_document
from codemods.model.contents import TOO_LARGE, is_too_large
from codemods.model.edits import TextEdit, apply_edits
from codemods.model.records import record
from codemods.model.rival_modules import UNCLEAR
from codemods.model.rules import Replacement, Rules, replacement_of_member
from codemods.model.site import Site
from codemods.rewrites.run_time_names.module_parts import note_on
from codemods.rewrites.texts.document_leftovers import DATA, SETTINGS, is_history
from codemods.rewrites.texts.documents import DocumentRules, is_document, is_plan
from codemods.scan.file_facts import SECONDS_PER_FILE
from codemods.scan.joint_members import joint_trouble
from codemods.scan.survey import Survey
from codemods.workers.processes import FailedTask, run_in_processes

NOT_ASKED = "settings and documentation are left alone unless the plan has `also: [docs]`"


@record
class DocumentTask:
    """A file to decide about, with the rules as it means them."""

    path: str
    data: bytes
    page: DocumentRules
    is_asked_for: bool


def document_tasks(survey: Survey, allowed_paths: frozenset[str] | None) -> Iterator[DocumentTask]:
    """Documentation with something to decide, or settings alone where that isn't asked for."""
    rules = survey.rules
    page = DocumentRules(replace(rules, replace=named_in_text(rules)), found_by_name=found_by_name(survey))
    entries = [
        entry
        for path, entry in survey.entries.items()
        if is_document(path)
        and (allowed_paths is None or path in allowed_paths)
        and (rules.docs or path.endswith(SETTINGS))
        and (rules.history or not is_history(path))
    ]
    matching = survey.tree.grep(page.needles, entries) if entries and page.needles else set()
    keeping = refused_members(survey, allowed_paths)
    for entry, data in survey.tree.read([entry for entry in entries if entry.path in matching]):
        if not is_plan(entry.path, data):
            yield DocumentTask(entry.path, data, document_rules(survey, entry.path, keeping), rules.docs)


def refused_members(survey: Survey, allowed_paths: frozenset[str] | None) -> dict[Replacement, str]:
    """Members that keep their name in this run, since all of their uses change together, and some can't."""
    found, rules = survey.members, survey.rules.members
    troubles = {
        replacement_of_member(rule): joint_trouble(found, number, rule, allowed_paths)
        for number, rule in enumerate(rules)
        if number in found.all_together
    }
    return {rule: trouble for rule, trouble in troubles.items() if trouble}


def document_rules(survey: Survey, path: str, keeping: Mapping[Replacement, str]) -> DocumentRules:
    page = page_for(survey, path)
    meant = tuple(one for one in page.rules.replace if one not in keeping)
    kept = {one: why for one, why in keeping.items() if one in page.rules.replace}
    return replace(page, rules=replace(page.rules, replace=meant), unclear={**page.unclear, **kept})


def document_decisions(task: DocumentTask, text: bytes) -> tuple[list[TextEdit], list[Site]]:
    edits, sites = task.page.decide(text)
    if task.is_asked_for:
        return edits, sites
    return [], [replace(site, safe=False, note=site.note or NOT_ASKED) for site in sites]


def named_in_text(rules: Rules) -> tuple[Replacement, ...]:
    """Members before their classes, whose names theirs begin with."""
    members = (replacement_of_member(one) for one in rules.members if one.old != one.new)
    return (*members, *rules.replace)


def page_for(survey: Survey, path: str) -> DocumentRules:
    """The rules as a file means them: of packages of one name, it means the one whose folder it lies in."""
    rules, modules = survey.rules, survey.modules
    named = named_in_text(rules)
    meant = [one for one in named if modules.module_meant_by(path, one.old.module) == one.old.module]
    unclear = {
        one: survey.links.rivals_trouble(tuple(one.old.module.split(".")))
        for one in named
        if modules.module_meant_by(path, one.old.module).startswith(UNCLEAR)
    }
    found = {
        known: why
        for known, why in found_by_name(survey).items()
        if known[0] in meant and path.endswith(DATA)
    }
    return DocumentRules(replace(rules, replace=tuple(meant)), unclear, not path.endswith(SETTINGS), found)


def found_by_name(survey: Survey) -> dict[tuple[Replacement, str], str]:
    """What the code finds by its name, which changes, with each of those: classes, and modules by their last parts."""
    parts = {
        (rule, rule.old.module.rpartition(".")[2]): note_on(rule)
        for rule in survey.rules.replace
        if rule.old.name is None and rule.old.module.rpartition(".")[0] in survey.links.loaded_packages
    }
    return parts | {
        (rule, name): one.why
        for number, one in survey.links.registered_classes.items()
        for rule in [survey.rules.replace[number]]
        for name in (rule.old.name or "", *sorted(one.names))
    }


def rewrite_documents(
    survey: Survey, allowed_paths: frozenset[str] | None, processes: int = 1
) -> Iterator[FileResult]:
    """In a process of their own: what looks for names in a text may take long on one that was written for that."""
    tasks = document_tasks(survey, allowed_paths)
    for task, result in run_in_processes(rewrite_document, None, tasks, min(processes, 1), SECONDS_PER_FILE):
        if isinstance(result, FailedTask):
            yield unread_text(task.path, result.reason, survey.rules)
        elif result is not None:
            yield result


def rewrite_document(_: None, task: DocumentTask) -> FileResult | None:
    if is_too_large(task.data):
        return unread_text(task.path, TOO_LARGE, task.page.rules)
    edits, sites = document_decisions(task, task.data)
    if not edits:
        return FileResult(task.path, "skipped", sites[0].note, tuple(sites), None) if sites else None
    after = apply_edits(task.data, edits)
    proof = prove_document(task.path, task.data, after, edits, document_decisions(task, after)[0])
    if proof.ok:
        return FileResult(task.path, "changed", "", tuple(sites), after, proof=proof)
    reason = "; ".join(proof.failures)
    return refused(FileResult(task.path, "failed", reason, tuple(sites), None, proof=proof))


def unread_text(path: str, why: str, rules: Rules) -> FileResult:
    """Of a file that holds the words, and couldn't be read."""
    site = Site(1, 0, "mention", str(rules.symbols[0]), False, why)
    return FileResult(path, "skipped", why, (site,), None)
