"""The facts of files: kept ones where a file was read before, else read by processes."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence

from codemods.model.facts import FileFacts
from codemods.model.pickles import load_pickle
from codemods.model.records import record
from codemods.model.tree import Entry, Index, Tree
from codemods.read.extract import extract, facts_of
from codemods.read.source import Unreadable, parse_python, read_source
from codemods.read.words import SearchedNames
from codemods.scan.reading_filter import ReadingFilter, StarImportsOnly
from codemods.workers.processes import FailedTask, run_in_processes

WORTH_PROCESSES = 200
"""Files for which starting processes pays."""
SECONDS_PER_FILE = 30.0
Progress = Callable[[int, int], None]


@record
class ReadOptions:
    """How files are read."""

    index: Index | None = None
    progress: Progress | None = None
    must_parse: bool = True
    """Whether the parts that hold no word have to parse as well."""
    processes: int = 1


def read_facts(
    tree: Tree, entries: Sequence[Entry], reading_filter: ReadingFilter, options: ReadOptions
) -> Iterator[tuple[str, FileFacts]]:
    missing = []
    for entry in entries:
        facts = kept_facts(entry, reading_filter, options.index)
        if facts is None:
            missing.append(entry)
        else:
            yield entry.path, facts
    yield from read_missing(tree, missing, reading_filter, options)


def kept_facts(entry: Entry, reading_filter: ReadingFilter, index: Index | None) -> FileFacts | None:
    """None if the file was not read before, or the kept result does not apply to this path."""
    if index is None:
        return None
    kept = load_pickle(index.get(reading_filter.words.cache_key(entry.blob)), FileFacts, StarImportsOnly)
    if isinstance(kept, StarImportsOnly):
        return None if reading_filter.imports_from_tree(entry.path, kept) else FileFacts()
    return kept


def read_missing(
    tree: Tree, entries: Sequence[Entry], reading_filter: ReadingFilter, options: ReadOptions
) -> Iterator[tuple[str, FileFacts]]:
    words, index = reading_filter.words, options.index
    skipped: list[tuple[Entry, StarImportsOnly]] = []
    tasks = files_to_read(tree, entries, reading_filter, skipped)
    count = options.processes if len(entries) >= WORTH_PROCESSES else min(options.processes, 1)
    context = ReadContext(words, options.must_parse)
    results = run_in_processes(read_task, context, tasks, count, SECONDS_PER_FILE)
    for number, ((entry, _), result) in enumerate(results, 1):
        facts = FileFacts(unreadable=result.reason) if isinstance(result, FailedTask) else result
        may_be_read = isinstance(result, FailedTask) and result.is_for_others
        if index is not None and not may_be_read:
            index.put(words.cache_key(entry.blob), pickle.dumps(facts))
        if options.progress:
            options.progress(number + len(skipped), len(entries))
        yield entry.path, facts
    for entry, stars in skipped:
        if index is not None:
            index.put(words.cache_key(entry.blob), pickle.dumps(stars))
        yield entry.path, FileFacts()


def files_to_read(
    tree: Tree,
    entries: Sequence[Entry],
    reading_filter: ReadingFilter,
    skipped: list[tuple[Entry, StarImportsOnly]],
) -> Iterator[tuple[Entry, bytes]]:
    """Those that have to be read; the others are added to `skipped`."""
    for entry, data in tree.read(entries):
        stars = reading_filter.star_imports_only(data)
        if stars is None or reading_filter.imports_from_tree(entry.path, stars):
            yield entry, data
        else:
            skipped.append((entry, stars))


@record
class ReadContext:
    words: SearchedNames
    must_parse: bool


def read_task(context: ReadContext, task: tuple[Entry, bytes]) -> FileFacts:
    return extract(task[1], context.words, check=context.must_parse)


def whole_facts(data: bytes) -> FileFacts:
    source = read_source(data)
    tree = source if isinstance(source, Unreadable) else parse_python(source.text)
    if isinstance(source, Unreadable) or isinstance(tree, Unreadable):
        return FileFacts(unreadable="it doesn't parse")
    return facts_of(source, tree, SearchedNames(frozenset()))
