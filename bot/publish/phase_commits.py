"""Builds a phase's commits in a repository: its files rewritten, one commit per batch. For the bot and for `apply`.

Nothing is pushed and no branch is moved: the result is commits in the object store, and what they contain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from bot import metrics
from bot.audit.account import account_of_files, kept_mentions
from bot.audit.breaking_uses import retirement_uses
from bot.commands.finish_files import FinishedFiles
from bot.decide.facts import KeptMentions, RemainingReference
from bot.decide.phase_result import ChangedFile, PhaseBatch, PhaseResult, ProofLine, UnchangedFile
from bot.git.author import Identity
from bot.git.mirror import CommitTree
from bot.git.objects import NewCommit
from bot.git.repository import Repository
from bot.markers.trailers import BatchTrailers, batch_trailers
from bot.plan.batches import Batch, cut_batches
from bot.plan.codeowners import Owners
from bot.plan.phase_files import files_of, matcher
from bot.plan.plan import Phase, Plan
from bot.plan.pull_size import PullSize
from bot.plan.slices import WHOLE_PHASE, Slice, files_by_slice
from bot.report.commit_messages import commit_message
from bot.rewrite.blob_index import BlobIndex
from bot.rewrite.proof import FileProof
from bot.rewrite.rewrite import FileResult, rewrite
from bot.tracing.spans import span
from codemods.model.rules import Rules

Progress = Callable[[int, int], None]
Hold = Callable[[Sequence[Batch]], Mapping[str, str]]
"""Which files of the batches are held back, and why: with a reason they are left out for people to see."""


Finish = Callable[[Repository, str, Plan, Mapping[str, bytes]], FinishedFiles]


@dataclass(frozen=True)
class BuiltPhase:
    made: PhaseResult
    head: str
    """The last commit; the base where nothing was changed."""
    commits: tuple[str, ...]
    results: tuple[FileResult, ...] = ()
    """Each file's, without its content."""
    cut: tuple[Batch, ...] = ()
    """The batches, before any file of them was held back."""


@dataclass(frozen=True)
class PhaseRequest:
    """What to build a phase from: the same request gives the same commits."""

    plan: Plan
    phase: Phase
    base: str
    migration: str
    """Its name in the commits' trailers: an issue's, or the plan's slug."""
    author: Identity
    plan_digest: str = ""
    """Told in the trailers, with the base, where there is one."""
    slice: Slice = WHOLE_PHASE
    """The part of the phase to build, by what the `owners` have."""
    owners: Owners | None = None
    skipped: tuple[str, ...] = ()
    """Patterns of files to leave out."""
    hold: Hold | None = None
    finish: Finish | None = None
    """What is done with the changed Python files before they are committed."""


Results = Mapping[str, FileResult]


def build_phase(
    repository: Repository,
    request: PhaseRequest,
    *,
    processes: int = 1,
    progress: Progress | None = None,
    index: BlobIndex | None = None,
) -> BuiltPhase:
    """1. rewrite the phase's files and prove them  2. batches  3. a commit each"""
    tree, rules = CommitTree(repository, request.base), request.plan.rules(request.phase)
    paths = wanted_files(request, [entry.path for entry in tree.entries()])
    with metrics.rewrite_seconds.time(), span("rewrite", phase=request.phase.number, files=len(paths)):
        found = rewrite(tree, rules, paths, processes=processes, progress=progress, index=index)
        results = {result.path: result for result in found}
    changed = [path for path, result in results.items() if result.status == "changed"]
    whole = cut_batches(request.plan, request.phase, changed, request.owners)
    held = request.hold(whole) if request.hold else {}
    cut = _without(whole, held)
    described = _describe_phase(request, results, cut, held)
    described = replace(described, kept_mentions=_kept_mentions(tree, rules, results))
    if request.phase.retire and cut:
        uses = retirement_uses(tree, request.plan, request.phase, index)
        described = replace(described, retired_uses=uses.references, breaking_uses=uses.breaking)
    told = tuple(replace(result, content=None) for result in results.values())
    if not cut:
        return BuiltPhase(described, request.base, (), told, whole)
    if request.finish:
        results, described = _finish_files(repository, request.finish, request, described, results)
    commits = repository.commits(request.base, _new_commits(repository, request, described, results))
    size = size_of(repository, request.base, commits)
    return BuiltPhase(
        replace(with_commits(described, commits), size=size), commits[-1], tuple(commits), told, whole
    )


def _finish_files(
    repository: Repository, finish: Finish, request: PhaseRequest, described: PhaseResult, results: Results
) -> tuple[dict[str, FileResult], PhaseResult]:
    contents = {
        file.path: content
        for batch in described.batches
        for file in batch.files
        if file.path.endswith((".py", ".pyi")) and (content := results[file.path].content) is not None
    }
    finished = finish(repository, request.base, request.plan, contents)
    formatted = {path: replace(results[path], content=text) for path, text in finished.contents.items()}
    described = replace(described, formatter=finished.formatter, linters=finished.linters)
    return {**results, **formatted}, described


def _kept_mentions(tree: CommitTree, rules: Rules, results: Results) -> tuple[KeptMentions, ...]:
    changed = {path: one.sites for path, one in results.items() if one.status == "changed"}
    return kept_mentions(account_of_files(tree, rules, changed))


def wanted_files(request: PhaseRequest, paths: Sequence[str]) -> list[str]:
    mine: Sequence[str] = files_of(request.plan, request.phase, paths)
    if request.slice.key:
        mine = files_by_slice(request.phase, mine, request.owners).get(request.slice, ())
    skip = matcher(request.skipped) if request.skipped else None
    return [path for path in mine if skip is None or not skip(path)]


def _describe_phase(
    request: PhaseRequest, results: Results, cut: Sequence[Batch], held: Mapping[str, str]
) -> PhaseResult:
    shipped = [results[path] for batch in cut for path in batch.paths]
    left_out = [UnchangedFile(path, why) for path, why in held.items() if why]
    return PhaseResult(
        title=request.plan.title,
        phase=request.phase,
        base=request.base,
        batches=tuple(_batch(batch, results) for batch in cut),
        manual=tuple(_remaining_references(results.values())),
        unchanged_files=(*_left_out(results.values()), *left_out),
        proof=tuple(_proof(shipped)),
        long_lines=tuple((result.path, line) for result in shipped for line in result.long_lines),
        kinds=Counter(site.kind for result in shipped for site in result.sites if site.safe),
        replacements=tuple((str(one.old), str(one.new)) for one in request.plan.replace),
        details=request.plan.call_and_member_pairs,
        slice=request.slice,
        title_prefix=request.plan.pull_requests.prefix,
    )


def size_of(repository: Repository, base: str, commits: Sequence[str]) -> PullSize:
    stat = repository.diff_stat(base, commits[-1])
    return PullSize(
        stat.files, stat.added + stat.removed, len(repository.patch(base, commits[-1])), len(commits)
    )


def _without(cut: Sequence[Batch], held: Collection[str]) -> tuple[Batch, ...]:
    """What is left of the batches keeps their numbers and names."""
    kept = (replace(batch, paths=tuple(path for path in batch.paths if path not in held)) for batch in cut)
    return tuple(batch for batch in kept if batch.paths)


def with_commits(made: PhaseResult, commits: Sequence[str]) -> PhaseResult:
    numbered = zip(made.batches, commits, strict=True)
    return replace(made, batches=tuple(replace(batch, commit=commit) for batch, commit in numbered))


def _batch(batch: Batch, results: Mapping[str, FileResult]) -> PhaseBatch:
    files = tuple(_file(results[path]) for path in batch.paths)
    return PhaseBatch(batch.id, batch.number, batch.title, files)


def _file(result: FileResult) -> ChangedFile:
    moved = sum(1 for site in result.sites if site.safe and site.kind != "module")
    return ChangedFile(result.path, moved, result.deleted, result.reason)


def _remaining_references(results: Iterable[FileResult]) -> Iterable[RemainingReference]:
    for result in results:
        for site in result.sites:
            if not site.safe:
                yield RemainingReference(result.path, site.line, site.kind, site.note)


def _left_out(results: Iterable[FileResult]) -> Iterable[UnchangedFile]:
    """Without those whose reason is listed with a line already."""
    for result in results:
        notes = {site.note for site in result.sites if not site.safe}
        if result.status in ("failed", "skipped") and result.reason not in notes:
            yield UnchangedFile(result.path, result.reason or result.status)


def _proof(results: Iterable[FileResult]) -> Iterable[ProofLine]:
    proofs = [result.proof for result in results if result.status == "changed" and result.proof]
    for field in fields(FileProof):
        answers = [getattr(proof, field.name).ok for proof in proofs]
        if any(answer is not None for answer in answers):
            yield ProofLine(field.name, answers.count(True), answers.count(None))


def _new_commits(
    repository: Repository, request: PhaseRequest, described: PhaseResult, results: Results
) -> list[NewCommit]:
    who = request.author.at(repository, request.base)
    return [
        NewCommit(
            message=commit_message(described, batch, batch_trailers(_trailers(request, batch))),
            changes={file.path: _content(results[file.path]) for file in batch.files},
            author=who,
        )
        for batch in described.batches
    ]


def _content(result: FileResult) -> bytes | None:
    return None if result.deleted else result.content


def _trailers(request: PhaseRequest, batch: PhaseBatch) -> BatchTrailers:
    return BatchTrailers(
        migration=request.migration,
        phase=request.phase.number,
        number=batch.number,
        id=batch.id,
        slice_key=request.slice.key,
        base=request.base if request.plan_digest else "",
        plan=request.plan_digest,
    )
