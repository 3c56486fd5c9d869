"""Retires a module: a redirect replaces it, or its file is deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.rewrite.file_result import FileResult, unreadable
from bot.rewrite.proof import NOTHING_TO_PROVE, prove_redirect
from codemods.model.rules import RetiredModule
from codemods.model.site import Site
from codemods.model.tree import read_content
from codemods.read.source import Unreadable, read_source, write_source
from codemods.rewrites.retire import RetirementRefusal, names_imported_from, redirect_text, references_to
from codemods.scan.file_facts import whole_facts
from codemods.scan.survey import Survey


def retire_modules(survey: Survey, allowed_paths: frozenset[str] | None) -> Iterator[FileResult]:
    for one in survey.rules.retire:
        paths = [path for path in survey.modules.paths_by_name.get(one.module, ()) if path in survey.entries]
        for path in paths:
            if allowed_paths is None or path in allowed_paths:
                yield from (
                    remove_module(survey, one, path, paths)
                    if one.to == "removed"
                    else redirect_module(survey, one, path)
                )


def places_left(left: Sequence[tuple[str, Site]]) -> str:
    """They lie in other files, which other phases migrate."""
    places = [f"{path}:{site.line}" for path, site in left]
    more = f" and {len(places) - 5} more" if len(places) > 5 else ""
    count = "1 reference is" if len(places) == 1 else f"{len(places)} references are"
    return f"{count} left: {', '.join(places[:5])}{more}"


def remove_module(
    survey: Survey, retired: RetiredModule, path: str, paths: Sequence[str]
) -> Iterator[FileResult]:
    """Only if no reference is left; those that this run migrates still count as left."""
    below = [name for name in survey.modules.paths_by_name if name.startswith(retired.module + ".")]
    if below:
        yield FileResult(
            path, "skipped", f"{retired.module} is a package that still contains {below[0]}", (), None
        )
        return
    left = list(references_to(retired.module, paths, survey.facts, survey.modules))
    if left:
        yield FileResult(path, "skipped", places_left(left), (), None)
        return
    yield FileResult(
        path, "changed", "", (Site(1, 0, "module", retired.module, True),), None, True, NOTHING_TO_PROVE
    )


def redirect_module(survey: Survey, retired: RetiredModule, path: str) -> Iterator[FileResult]:
    data = read_content(survey.tree, survey.entries[path])
    source, facts = read_source(data), whole_facts(data)
    if isinstance(source, Unreadable) or facts.unreadable:
        reason = str(source) if isinstance(source, Unreadable) else unreadable(facts)
        yield FileResult(path, "skipped", reason, (), None)
        return
    paths = survey.modules.paths_by_name.get(retired.module, ())
    imported_elsewhere = names_imported_from(paths, survey.facts, survey.modules, retired.module)
    result = redirect_text(retired, path, source, facts, survey.links, imported_elsewhere)
    if result is None:
        return
    site = Site(
        1,
        0,
        "module",
        retired.module,
        not isinstance(result, RetirementRefusal),
        result.reason if isinstance(result, RetirementRefusal) else "",
    )
    if isinstance(result, RetirementRefusal):
        yield FileResult(path, "skipped", result.reason, (site,), None)
        return
    after = source.with_text(result.text)
    second_run = redirect_text(
        retired, path, after, whole_facts(result.text), survey.links, imported_elsewhere
    )
    proof = prove_redirect(survey, path, result, second_run is None)
    if proof.ok:
        yield FileResult(path, "changed", "", (site,), write_source(after), proof=proof)
    else:
        yield FileResult(path, "failed", "; ".join(proof.failures), (site,), None, proof=proof)
