"""What a rewrite would find and do, file by file, without the new contents: for counts and audits.

Where a decision alone may be wrong, the file is rewritten and verified on trial, as the rewrite itself does it. What
the type checker says of new texts is left to the rewrite. A settling is counted before the phases that it follows, so
its files aren't tried.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.rewrite.custom_codemods import run_custom_codemods
from bot.rewrite.documents import rewrite_documents
from bot.rewrite.file_result import FileResult, FileSites, unreadable
from bot.rewrite.other_files import other_file_sites
from bot.rewrite.proof import calls_bind, imports_resolve, new_cycle
from bot.rewrite.rewrite import change_together, rewrite_all
from codemods.edit.file_rewrite import FileRewrite
from codemods.edit.imports.import_statements import AliasOutcome, NewAlias
from codemods.link.links import Links
from codemods.model.records import record
from codemods.model.rules import Rules
from codemods.model.site import Site
from codemods.model.tree import Index, Tree
from codemods.scan.file_facts import Progress
from codemods.scan.survey import Survey, survey_tree

WIDEST_LINE = 120


@record
class TrialResult:
    """What a trial showed of a file, and of what."""

    tried: bytes
    result: FileResult


@dataclass
class Trials:
    """Results without contents. A file whose content and references are as before is not tried again."""

    survey: Survey
    processes: int = 1
    earlier: Mapping[str, TrialResult] = field(default_factory=dict)
    verdicts: dict[str, TrialResult] = field(default_factory=dict)
    cycles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The import cycles that files would close."""

    def results(self, links: Links, paths: Sequence[str]) -> list[FileResult]:
        links = replace(links, import_cycles=self.survey.import_cycles)
        found: dict[str, FileResult] = {}
        doubtful: dict[str, bytes] = {}
        for path in paths:
            file = self.survey.decided(path, links)
            if file is None:
                continue
            self.cycles[path] = new_cycle(file)[1:]
            tried = digest_of(self.survey.entries[path].blob, file)
            if not needs_trial(file):
                found[path] = foreseen(file)
            elif path in self.earlier and self.earlier[path].tried == tried:
                self.verdicts[path] = self.earlier[path]
            else:
                doubtful[path] = tried
        for result in rewrite_all(self.survey, links, list(doubtful), self.processes):
            self.verdicts[result.path] = TrialResult(
                doubtful[result.path], replace(result, content=None, proof=None)
            )
        found |= {path: self.verdicts[path].result for path in paths if path in self.verdicts}
        return [found[path] for path in paths if path in found]


def digest_of(blob: str, file: FileRewrite) -> bytes:
    """Of all that is decided about a file, and of what it is decided from."""
    written = (file.outcomes, file.edits, file.added_statements, file.joined_names, file.new_assignments)
    checked = (
        file.misfits,
        file.interface_misfits,
        file.fitting_calls,
        new_cycle(file),
        file.path in file.links.joint_paths,
    )
    decided = repr((blob, file.sites_in_order, written, checked))
    return hashlib.sha256(decided.encode(errors="surrogatepass")).digest()


def foreseen(file: FileRewrite) -> FileResult:
    sites = file.sites_in_order
    left = next((site.note for site in sites if not site.safe), "")
    return FileResult(
        file.path, "changed" if any(site.safe for site in sites) else "skipped", left, sites, None
    )


def needs_trial(file: FileRewrite) -> bool:
    """Whether the verification may reject what is decided, or change it."""
    rules = file.links.rules
    if rules.settle or not any(site.safe for site in file.sites):
        return False
    checks = (imports_resolve(file.links, file.new_imports), calls_bind(file))
    if file.interface_misfits or new_cycle(file) or any(check.ok is False for check in checks):
        return True
    return not (rules.members or only_changes_sources(file))


def only_changes_sources(file: FileRewrite) -> bool:
    """Whether all that happens is that short imports bring the same names from elsewhere."""
    if file.edits or file.added_statements or file.joined_names or file.new_assignments:
        return False
    return all(
        binds_the_same(file, number, index, outcome)
        for number, outcomes in file.outcomes.items()
        for index, outcome in outcomes.items()
    )


def binds_the_same(file: FileRewrite, number: int, index: int, outcome: AliasOutcome) -> bool:
    statement = file.facts.imports[number]
    name = statement.aliases[index].bound_name
    return (
        isinstance(outcome, NewAlias)
        and (outcome.asname or outcome.name) == name
        and statement.end - statement.start < WIDEST_LINE
        and len(file.bindings_by_name.get((statement.scope, name), ())) == 1
    )


def scan(
    tree: Tree,
    rules: Rules,
    paths: Collection[str] | None = None,
    *,
    processes: int = 1,
    progress: Progress | None = None,
    index: Index | None = None,
) -> Mapping[str, FileSites]:
    """What is left: every file with sites, or that can't be parsed although it holds the words; of `paths` alone
    where they are given."""
    survey = survey_tree(tree, rules, index, progress, processes=processes, members_in=paths)
    trials = Trials(survey, processes)
    return sites_by_file(trials, scan_links(trials), paths)


def scan_links(trials: Trials) -> Links:
    """The links, with the joint changes in which no file fails."""
    return change_together(trials.survey, None, trials.results)[0]


def sites_by_file(
    trials: Trials, links: Links, paths: Collection[str] | None = None
) -> Mapping[str, FileSites]:
    survey, allowed_paths = trials.survey, None if paths is None else frozenset(paths)
    left: dict[str, FileSites] = {}
    chosen = sorted(survey.facts if allowed_paths is None else allowed_paths & survey.facts.keys())
    for path in chosen:
        if survey.facts[path].unreadable:
            left[path] = FileSites(path, survey.entries[path].blob, (), unreadable(survey.facts[path]))
    found = [
        *trials.results(links, [path for path in chosen if path not in left]),
        *rewrite_documents(survey, allowed_paths, trials.processes),
    ]
    left |= {one.path: file_sites(trials, one.path, one.sites) for one in found if one.sites}
    for entry, sites in other_file_sites(survey, allowed_paths, trials.processes):
        left[entry.path] = FileSites(entry.path, entry.blob, sites)
    for result in (
        run_custom_codemods(survey, allowed_paths, trials.processes, {}) if survey.rules.codemods else ()
    ):
        before = left[result.path].sites if result.path in left else ()
        left[result.path] = file_sites(trials, result.path, (*before, *result.sites))
    return left


def file_sites(trials: Trials, path: str, sites: tuple[Site, ...]) -> FileSites:
    return FileSites(path, trials.survey.entries[path].blob, sites, import_cycle=trials.cycles.get(path, ()))
