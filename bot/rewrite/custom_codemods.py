"""The operator's own codemods, run over a tree after all other rewrites."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from bot.rewrite.file_result import FileResult
from bot.rewrite.proof import prove_custom_codemod
from codemods.catalog import custom_codemods as own
from codemods.model.rules import CustomCodemod
from codemods.model.site import Site
from codemods.read.source import Source, Unreadable, read_source, write_source
from codemods.scan.survey import Survey
from codemods.workers.processes import FailedTask, run_in_processes

SECONDS_PER_FILE = 60.0
WORTH_PROCESSES = 100
"""Files for which starting processes pays."""


def with_custom_codemods(
    survey: Survey, results: Iterable[FileResult], allowed_paths: frozenset[str] | None, processes: int
) -> Iterator[FileResult]:
    """Runs the custom codemods on the results; a file that both change carries both."""
    before = {result.path: result for result in results}
    texts = {path: result.content for path, result in before.items() if result.content is not None}
    excluded = {path for path, result in before.items() if result.deleted or result.status == "failed"}
    for after in run_custom_codemods(survey, allowed_paths, processes, texts, excluded):
        first = before.pop(after.path, None)
        if first is None or after.status != "changed" or first.content is None:
            yield after
        else:
            yield replace(after, sites=(*first.sites, *after.sites), proof=first.proof)
    yield from before.values()


def run_custom_codemods(
    survey: Survey,
    allowed_paths: frozenset[str] | None,
    processes: int,
    texts: Mapping[str, bytes],
    excluded: Collection[str] = (),
) -> Iterator[FileResult]:
    paths = [
        p
        for p in sorted(survey.entries)
        if p.endswith((".py", ".pyi")) and (allowed_paths is None or p in allowed_paths)
    ]
    contents = survey.tree.read([survey.entries[path] for path in paths])
    tasks = (
        (entry.path, texts.get(entry.path, data)) for entry, data in contents if entry.path not in excluded
    )
    count = max(
        1, processes
    )  # never in this one: what somebody else wrote may hang, or take its process along
    for (path, _), result in run_in_processes(
        run_on_file, survey.rules.codemods, tasks, count, SECONDS_PER_FILE, own.codemod_folders(), math.inf
    ):
        if isinstance(result, FailedTask):
            yield FileResult(path, "failed", result.reason, (), None)
        elif result is not None:
            yield result


def run_on_file(codemods: tuple[CustomCodemod, ...], task: tuple[str, bytes]) -> FileResult | None:
    """One codemod after the other; each one's second run over its own result must change nothing."""
    path, data = task
    source = read_source(data)
    if isinstance(source, Unreadable):
        return None
    text, sites, second_run_trouble = source, [], ""
    for one in codemods:
        result = own.run_codemod(one, path, text)
        if isinstance(result, own.CodemodRefusal):
            return None if result.skipped else FileResult(path, "failed", result.reason, (), None)
        if result is None:
            continue
        sites += changed_lines(text, result.text, one.name)
        text = source.with_text(result.text)
        once_more = own.run_codemod(one, path, text)
        second_run_trouble = second_run_trouble or (
            "" if once_more is None else f"{one.name} would change its own result again"
        )
    if text is source:
        return None
    proof = prove_custom_codemod(text, second_run_trouble)
    if not proof.ok:
        return FileResult(path, "failed", "; ".join(proof.failures), tuple(sites), None, proof=proof)
    return FileResult(path, "changed", "", tuple(sites), write_source(text), proof=proof)


def changed_lines(before: Source, after: bytes, name: str) -> list[Site]:
    import difflib  # it takes a while to load, and is seldom needed

    matcher = difflib.SequenceMatcher(None, before.text.splitlines(), after.splitlines(), autojunk=False)
    return [
        Site(i + 1, 0, "codemod", name, True) for tag, i, _, _, _ in matcher.get_opcodes() if tag != "equal"
    ]
