"""Documentation and settings, rewritten beside the code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.rewrite.file_result import FileResult, refused
from bot.rewrite.proof import prove_document
from codemods.model.edits import TextEdit, apply_edits
from codemods.model.rival_modules import UNCLEAR
from codemods.model.rules import Replacement, Rules, replacement_of_member
from codemods.model.site import Site
from codemods.model.tree import Entry
from codemods.rewrites.document_leftovers import SETTINGS, is_history
from codemods.rewrites.documents import DocumentRules, is_document
from codemods.scan.joint_members import joint_trouble
from codemods.scan.survey import Survey

NOT_ASKED = "settings and documentation are left alone unless the plan has `also: [docs]`"


def document_sites(
    survey: Survey, allowed_paths: frozenset[str] | None
) -> Iterator[tuple[Entry, bytes, list[TextEdit], list[Site]]]:
    """What is found in documentation, or in settings alone where that isn't asked for."""
    rules = survey.rules
    page = DocumentRules(replace(rules, replace=named_in_text(rules)))
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
        edits, sites = document_decisions(survey, entry.path, data, keeping)
        if sites:
            yield entry, data, edits, sites


def refused_members(survey: Survey, allowed_paths: frozenset[str] | None) -> dict[Replacement, str]:
    """Members that keep their name in this run, since all of their uses change together, and some can't."""
    found, rules = survey.members, survey.rules.members
    troubles = {
        replacement_of_member(rule): joint_trouble(found, number, rule, allowed_paths)
        for number, rule in enumerate(rules)
        if number in found.all_together
    }
    return {rule: trouble for rule, trouble in troubles.items() if trouble}


def document_decisions(
    survey: Survey, path: str, data: bytes, keeping: Mapping[Replacement, str]
) -> tuple[list[TextEdit], list[Site]]:
    page = page_for(survey, path)
    meant = tuple(one for one in page.rules.replace if one not in keeping)
    kept = {one: why for one, why in keeping.items() if one in page.rules.replace}
    page = replace(page, rules=replace(page.rules, replace=meant), unclear={**page.unclear, **kept})
    edits, sites = page.decide(data)
    if survey.rules.docs:
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
    return DocumentRules(replace(rules, replace=tuple(meant)), unclear, not path.endswith(SETTINGS))


def rewrite_documents(survey: Survey, allowed_paths: frozenset[str] | None) -> Iterator[FileResult]:
    keeping = refused_members(survey, allowed_paths)
    for entry, data, edits, sites in document_sites(survey, allowed_paths):
        if not edits:
            yield FileResult(entry.path, "skipped", sites[0].note, tuple(sites), None)
            continue
        after = apply_edits(data, edits)
        second_run = document_decisions(survey, entry.path, after, keeping)[0]
        proof = prove_document(entry.path, data, after, edits, second_run)
        if proof.ok:
            yield FileResult(entry.path, "changed", "", tuple(sites), after, proof=proof)
        else:
            reason = "; ".join(proof.failures)
            yield refused(FileResult(entry.path, "failed", reason, tuple(sites), None, proof=proof))
