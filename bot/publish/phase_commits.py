"""A phase made on a repository: its files rewritten, in batches, a commit each. The bot and `apply` both come here.

Nothing is pushed and no branch is moved: what comes out is commits that lie in the object store, and what they hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from bot.decide.facts import RemainingReference
from bot.decide.phase_result import ChangedFile, LeftOut, PhaseBatch, PhaseResult, ProofLine
from bot.git.author import author
from bot.git.mirror import CommitTree
from bot.git.objects import NewCommit
from bot.git.repository import Repository
from bot.plan.batches import Batch, cut_batches
from bot.plan.codeowners import Owners
from bot.plan.phase_files import files_of, matcher
from bot.plan.plan import Phase, Plan
from bot.plan.pull_size import PullSize
from bot.plan.slices import WHOLE_PHASE, Slice, files_by_slice
from bot.report.pull_request import commit_message
from bot.rewrite.proof import FileProof
from bot.rewrite.rewrite import FileResult, Index, rewrite

Progress = Callable[[int, int], None]
Hold = Callable[[Sequence[Batch]], Mapping[str, str]]
"""Which files of the batches are held back, and why: with a reason they are left out for people to see."""


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


def build_phase(
    repository: Repository,
    plan: Plan,
    phase: Phase,
    base: str,
    *,
    origin: str,
    processes: int = 1,
    progress: Progress | None = None,
    index: Index | None = None,
    owners: Owners | None = None,
    part: Slice = WHOLE_PHASE,
    skipped: Collection[str] = (),
    more_trailers: Mapping[str, str] | None = None,
    hold: Hold | None = None,
) -> BuiltPhase:
    """1. which files are the phase's  2. rewrite and prove them  3. batches  4. a commit each

    `origin` names the migration in the commits' trailers: `owner/repo#5`, or the plan's slug. The same base, plan
    and origin make the same commits. `part`: the slice of the phase to make, by what the `owners` have; `skipped`:
    patterns of files to leave out.
    """
    tree = CommitTree(repository, base)
    paths = files_of(plan, phase, [entry.path for entry in tree.entries()])
    if part.key:
        paths = files_by_slice(phase, paths, owners).get(part, ())
    skip = matcher(skipped) if skipped else None
    wanted = [path for path in paths if skip is None or not skip(path)]
    results = {
        result.path: result
        for result in rewrite(
            tree, plan.rules(phase), wanted, processes=processes, progress=progress, index=index
        )
    }
    changed = [path for path, result in results.items() if result.status == "changed"]
    whole = cut_batches(plan, phase, changed, owners)
    held = hold(whole) if hold else {}
    cut = _without(whole, held)
    shipped = {path: results[path] for path in changed if path not in held}
    shown = PhaseResult(
        title=plan.title,
        phase=phase,
        base=base,
        batches=tuple(_batch(batch, results) for batch in cut),
        left=tuple(_left(results.values())),
        left_out=(*_left_out(results.values()), *(LeftOut(path, why) for path, why in held.items() if why)),
        proof=tuple(_proof(shipped.values())),
        kinds=Counter(site.kind for result in shipped.values() for site in result.sites if site.safe),
        replaced=tuple((str(one.old), str(one.new)) for one in plan.replace),
        slice=part,
    )
    told = tuple(replace(result, content=None) for result in results.values())
    if not cut:
        return BuiltPhase(shown, base, (), told, whole)
    told_of = {"Drover-Migration": origin, **(more_trailers or {})}
    new = _commits(repository, shown, cut, results, told_of)
    commits = repository.commits(base, new)
    made = replace(with_commits(shown, commits), size=size_of(repository, base, commits))
    return BuiltPhase(made, commits[-1], tuple(commits), told, whole)


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
    moved = sum(1 for site in result.sites if site.safe)
    return ChangedFile(result.path, moved, result.deleted, result.reason)


def _left(results: Iterable[FileResult]) -> Iterable[RemainingReference]:
    for result in results:
        for site in result.sites:
            if not site.safe:
                yield RemainingReference(result.path, site.line, site.kind, site.note)


def _left_out(results: Iterable[FileResult]) -> Iterable[LeftOut]:
    """Without those whose reason is listed with a line already."""
    for result in results:
        notes = {site.note for site in result.sites if not site.safe}
        if result.status in ("failed", "skipped") and result.reason not in notes:
            yield LeftOut(result.path, result.reason or result.status)


def _proof(results: Iterable[FileResult]) -> Iterable[ProofLine]:
    proofs = [result.proof for result in results if result.status == "changed" and result.proof]
    for field in fields(FileProof):
        answers = [getattr(proof, field.name).ok for proof in proofs]
        if any(answer is not None for answer in answers):
            yield ProofLine(field.name, answers.count(True), answers.count(None))


def _commits(
    repository: Repository,
    made: PhaseResult,
    cut: Sequence[Batch],
    results: Mapping[str, FileResult],
    told: Mapping[str, str],
) -> list[NewCommit]:
    who = author(repository, made.base)
    return [
        NewCommit(
            message=commit_message(
                made.title, made.phase.name, shown, trailers(told, made.phase, shown, made.slice)
            ),
            changes={path: _content(results[path]) for path in batch.paths},
            author=who,
        )
        for batch, shown in zip(cut, made.batches, strict=True)
    ]


def _content(result: FileResult) -> bytes | None:
    return None if result.deleted else result.content


def trailers(told: Mapping[str, str], phase: Phase, batch: PhaseBatch, part: Slice) -> dict[str, str]:
    return {
        **told,
        "Drover-Phase": str(phase.number),
        **({"Drover-Slice": part.key} if part.key else {}),
        "Drover-Batch": f"{batch.number} {batch.id}",
    }
