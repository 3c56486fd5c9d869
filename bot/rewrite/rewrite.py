"""Rewrites a tree: what is found in it, the result for each file, and the verification of each.

A file's result depends on that file and on what was read of the others before anything changed, never on another's
result: any part of the results can be used without the rest. Only joint changes (`codemods/scan/joint_changes.py`)
have to go together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain

from bot.rewrite.custom_codemods import (
    SECONDS_PER_FILE,
    WORTH_PROCESSES,
    with_custom_codemods,
)
from bot.rewrite.documents import rewrite_documents
from bot.rewrite.file_result import FileResult, as_json, refused, unreadable
from bot.rewrite.folder import folder_tree
from bot.rewrite.format_settings import NO_STYLES, ImportStyles, read_import_styles
from bot.rewrite.other_files import list_other_files
from bot.rewrite.proof import FileProof, imports_sorted, lines_wrapped, prove_rewrite
from bot.rewrite.retire_modules import retire_modules
from bot.rewrite.second_run import second_run, ways_to_symbols
from codemods.catalog import order
from codemods.edit.file_rewrite import FileRewrite
from codemods.edit.imports.import_placement import PlacedImports, place_imports
from codemods.edit.imports.import_style import ImportStyle
from codemods.link.links import Links
from codemods.link.symbol_match import Key
from codemods.model.edits import apply_edits, sorted_edits
from codemods.model.facts import FileFacts
from codemods.model.records import record
from codemods.model.rules import Rules
from codemods.model.site import Site
from codemods.model.tree import Index, Tree
from codemods.read.source import Source, Unreadable, check_python, read_source, write_source
from codemods.scan.joint_changes import link_joint_changes
from codemods.scan.reading_filter import ReadingFilter
from codemods.scan.search_words import words_of
from codemods.scan.survey import Survey, survey_tree
from codemods.workers.processes import FailedTask, run_in_processes

__all__ = ["FileResult", "Index", "as_json", "folder_tree", "rewrite", "unreadable"]

Progress = Callable[[int, int], None]


def rewrite(
    tree: Tree,
    rules: Rules,
    paths: Collection[str] | None = None,
    *,
    processes: int = 1,
    progress: Progress | None = None,
    index: Index | None = None,
) -> Iterator[FileResult]:
    """`paths`: the files that may change; all are read for what they define and re-export.

    1. What the tree holds. 2. Python files, those first whose new names strings in other files depend on.
    3. Documentation. 4. Modules that are retired. 5. Codemods of the operator's own.
    """
    allowed_paths = None if paths is None else frozenset(paths)
    survey = survey_tree(tree, rules, index, check=index is not None, processes=processes)
    results = chain(
        rewrite_python(survey, allowed_paths, processes, progress),
        rewrite_documents(survey, allowed_paths, processes),
        list_other_files(survey, allowed_paths, processes),
        retire_modules(survey, allowed_paths),
    )
    yield from with_custom_codemods(survey, results, allowed_paths, processes) if rules.codemods else results


def rewrite_python(
    survey: Survey, allowed_paths: frozenset[str] | None, processes: int, progress: Progress | None
) -> Iterator[FileResult]:
    retired = {
        path for one in survey.rules.retire for path in survey.modules.paths_by_name.get(one.module, ())
    }

    def together(links: Links, paths: Sequence[str]) -> list[FileResult]:
        return list(prove_members(survey, links, rewrite_all(survey, links, paths, processes), ()))

    links, first = change_together(survey, allowed_paths, together)
    yield from first
    others = [
        path
        for path in sorted(survey.facts)
        if path not in links.joint_paths
        and path not in retired
        and (allowed_paths is None or path in allowed_paths)
    ]
    concerned = [path for path in others if survey.may_refer(path, links)]
    results = rewrite_all(survey, links, concerned, processes, progress)
    yield from prove_members(survey, links, results, first)


def prove_members(
    survey: Survey, links: Links, results: Iterator[FileResult], others: Sequence[FileResult]
) -> Iterator[FileResult]:
    """The results as they are, or with members proved by the type checker. `others`: what else is changed."""
    if not survey.rules.members:
        return results
    from bot.rewrite.type_proof import contents_of, with_type_proof  # with the checker's client

    return iter(with_type_proof(survey, links, list(results), contents_of(others)))


def change_together(
    survey: Survey,
    allowed_paths: frozenset[str] | None,
    results_of: Callable[[Links, Sequence[str]], Sequence[FileResult]],
) -> tuple[Links, Sequence[FileResult]]:
    """The joint changes in which no file fails, and the results of their files."""
    impossible: dict[Key, str] = {}
    while True:
        links = link_joint_changes(survey, allowed_paths, impossible)
        results = results_of(links, sorted(links.joint_paths))
        broken = dict(broken_groups(links, results))
        if not broken:
            return links, results
        impossible |= broken


def broken_groups(links: Links, results: Sequence[FileResult]) -> Iterator[tuple[Key, str]]:
    """Files that change together of which one doesn't, and why not."""
    reasons = {result.path: result.reason for result in results if result.status != "changed"}
    reasons |= dict.fromkeys(links.joint_paths - {result.path for result in results}, "")
    for key, files in links.change_together.items():
        path = min(reasons.keys() & files, default=None)
        if path is not None:
            yield key, f"{path}: {reasons[path]}" if reasons[path] else path


@record
class RewriteContext:
    """What a process needs to know once."""

    links: Links
    first_filter: ReadingFilter
    whole_filter: ReadingFilter
    """With the names that re-exports have given the symbols."""
    styles: ImportStyles

    @cached_property
    def links_afterwards(self) -> Links:
        """For the new texts, in which the members stand elsewhere."""
        return replace(self.links, members={})

    @cached_property
    def ways(self) -> frozenset[str]:
        return ways_to_symbols(self.links)


Task = tuple[str, bytes, FileFacts, bool]


def rewrite_all(
    survey: Survey, links: Links, paths: Sequence[str], processes: int, progress: Progress | None = None
) -> Iterator[FileResult]:
    context = RewriteContext(
        replace(links, import_cycles=survey.import_cycles),
        ReadingFilter(words_of(survey.rules), survey.rules, survey.modules),
        ReadingFilter(survey.words, survey.rules, survey.modules),
        styles_of(survey, paths),
    )
    entries = [survey.entries[path] for path in paths]
    tasks: Iterator[Task] = (
        (entry.path, data, survey.facts[entry.path], entry.path in survey.read_with_all_words)
        for entry, data in survey.tree.read(entries)
    )
    count = processes if len(paths) >= WORTH_PROCESSES else min(processes, 1)
    results = run_in_processes(rewrite_file, context, tasks, count, SECONDS_PER_FILE)
    for number, ((path, _, _, _), result) in enumerate(results, 1):
        if progress:
            progress(number, len(paths))
        if isinstance(result, FailedTask):
            yield FileResult(path, "failed", result.reason, (), None)
        elif result is not None:
            yield result


def styles_of(survey: Survey, paths: Collection[str]) -> ImportStyles:
    if survey.rules.format != "auto" or not paths:
        return NO_STYLES
    return read_import_styles(survey.tree, survey.entries, paths)


def rewrite_file(context: RewriteContext, task: Task) -> FileResult | None:
    path, data, facts, wide = task
    if facts.unreadable:
        return FileResult(path, "skipped", unreadable(facts), (), None)
    source = read_source(data)
    if isinstance(source, Unreadable):
        return FileResult(path, "skipped", str(source), (), None)
    result = decide_file(
        context, FileRewrite(path, source, facts, context.links, file_style(context, path)), wide
    )
    if result is None or result.status != "failed" or path in context.links.joint_paths:
        return result
    careful = FileRewrite(path, source, facts, context.links, file_style(context, path), keeps_names=True)
    other = decide_file(context, careful, wide)
    return other if other is not None and other.status == "changed" else result


def decide_file(context: RewriteContext, file: FileRewrite, wide: bool) -> FileResult | None:
    path, source = file.path, file.source
    order.decide(file)
    if not file.sites:
        return None
    sites = file.sites_in_order
    edits = sorted_edits(file.all_edits())
    if not edits:
        left = [site for site in sites if not site.safe]
        return FileResult(path, "skipped" if left else "unchanged", left[0].note if left else "", sites, None)
    placed = place_imports(source, edits, file.style)
    result = prove_file(context, file, placed, sites, wide)
    if result.status == "failed" and placed.edits != edits:
        result = prove_file(context, file, PlacedImports(edits, None), sites, wide)
    if result.status == "changed":
        return result
    broken = check_python(source.text)
    if broken:
        return FileResult(path, "skipped", str(broken), (), None)
    return result


def prove_file(
    context: RewriteContext, file: FileRewrite, placed: PlacedImports, sites: tuple[Site, ...], wide: bool
) -> FileResult:
    path, source = file.path, file.source
    after = source.with_text(apply_edits(source.text, placed.edits))
    reading_filter = context.whole_filter if wide else context.first_filter
    again = second_run(path, after, context.links_afterwards, reading_filter, context.ways)
    proof = replace(
        prove_rewrite(file, placed.edits, after, again), imports_sorted=imports_sorted(placed.is_sorted)
    )
    if proof.ok:
        return changed_file(file, placed, after, sites, proof)
    return refused(FileResult(path, "failed", "; ".join(proof.failures), sites, None, proof=proof))


def changed_file(
    file: FileRewrite, placed: PlacedImports, after: Source, sites: tuple[Site, ...], proof: FileProof
) -> FileResult:
    """With the lines wrapped that became too long: another layout of the text that was proved."""
    style = file.style
    if not style.code_length and not style.aligns_continuations:
        return FileResult(file.path, "changed", "", sites, write_source(after), proof=proof)
    from codemods.edit.lines.long_lines import wrap_long_lines  # slow to load

    wrapped = wrap_long_lines(file.source, after, placed.edits, style.code_length, style.aligns_continuations)
    proof = replace(proof, lines_wrapped=lines_wrapped(wrapped.source is not after))
    content = write_source(wrapped.source)
    return FileResult(file.path, "changed", "", sites, content, proof=proof, long_lines=wrapped.still_long)


def file_style(context: RewriteContext, path: str) -> ImportStyle:
    """What lies in a file's own package is first party for ruff, wherever the package is."""
    style = context.styles.of(path)
    if style.sorter == "isort":
        return replace(style, is_stub=path.endswith(".pyi"))
    if style.sorter != "ruff":
        return style
    own = {name.partition(".")[0] for name in context.links.modules.names_by_path.get(path, ())}
    return replace(style, first_party=style.first_party | own)
