"""Documentation and settings, rewritten beside the code."""

from __future__ import annotations

from collections.abc import Iterator

from bot.rewrite.file_result import FileResult
from bot.rewrite.proof import prove_document
from codemods.model.edits import TextEdit, apply_edits
from codemods.model.site import Site
from codemods.model.tree import Entry
from codemods.rewrites.documents import DocumentRules, is_document
from codemods.scan.survey import Survey


def document_sites(
    survey: Survey, allowed_paths: frozenset[str] | None
) -> Iterator[tuple[Entry, bytes, list[TextEdit], list[Site]]]:
    if not survey.rules.docs:
        return
    page = DocumentRules(survey.rules)
    entries = [
        entry
        for path, entry in survey.entries.items()
        if is_document(path) and (allowed_paths is None or path in allowed_paths)
    ]
    matching = survey.tree.grep(page.needles, entries) if entries and page.needles else set()
    for entry, data in survey.tree.read([entry for entry in entries if entry.path in matching]):
        edits, sites = page.decide(data)
        if sites:
            yield entry, data, edits, sites


def rewrite_documents(survey: Survey, allowed_paths: frozenset[str] | None) -> Iterator[FileResult]:
    page = DocumentRules(survey.rules)
    for entry, data, edits, sites in document_sites(survey, allowed_paths):
        after = apply_edits(data, edits)
        proof = prove_document(entry.path, data, after, edits, page.decide(after)[0])
        if proof.ok:
            yield FileResult(entry.path, "changed", "", tuple(sites), after, proof=proof)
        else:
            yield FileResult(entry.path, "failed", "; ".join(proof.failures), tuple(sites), None, proof=proof)
