"""A phase's pull request, written so that a reviewer can review from it; also what `apply` prints."""

from __future__ import annotations

from collections.abc import Iterable

from bot.decide.facts import RemainingReference
from bot.decide.phase_result import PhaseBatch, PhaseResult, UnchangedFile
from bot.markers.trailers import BATCH_TRAILER
from bot.plan.pull_size import exceeded_limits
from bot.report.slices import slice_summary, slice_title
from bot.report.text import code, counted, fitted, folded, line_url, link, listed, plain, table

UNSIGNED = "⚠️ The commits are not signed by GitHub."
SHOWN = {
    "parses": "parses",
    "only_planned": "its syntax tree differs at the planned sites and nowhere else",
    "bytes_kept": "comments, encoding, line ends and all else are byte for byte what they were",
    "idempotent": "running the codemod again changes nothing",
    "imports_resolve": "every import it writes resolves to a name that the target binds",
    "no_new_cycle": "no new import cycle at module level",
    "calls_bind": "adapted calls bind to the new signature",
}


def phase_title(made: PhaseResult) -> str:
    return f"{made.title}: phase {made.phase.number}, {made.phase.name}{slice_title(made.slice)}"[:250]


def phase_body(made: PhaseResult, *, issue: str | None = None, repo_url: str | None = None) -> str:
    """1. what and why  2. the batches  3. the proof  4. what was left alone  5. how to take it back"""
    parts = [
        (_summary(made, issue), _summary(made, issue)),
        (slice_summary(made, issue), slice_summary(made, issue)),
        (too_large(made), too_large(made)),
        (_batches(made), _batches_short(made)),
        (_proof(made), _proof(made)),
        (_left_alone(made, repo_url, 40), _left_alone(made, repo_url, 5)),
        (_files(made), ""),
        (_taking_back(made, issue), _taking_back(made, issue)),
    ]
    return fitted(parts) + "\n"


def _summary(made: PhaseResult, issue: str | None) -> str:
    of = f" Part of {issue}." if issue else ""
    pairs = "\n".join(f"- {code(old)} becomes {code(new)}" for old, new in made.replacements)
    return (
        f"**Phase {made.phase.number} ({plain(made.phase.name)}) of “{plain(made.title)}”.**{of}\n\n"
        f"{counted(made.references, 'reference')} in {counted(made.files, 'file')}, "
        f"in {counted(len(made.batches), 'batch', 'batches')}: a commit each, "
        f"made from {code(made.base[:12])}.{_kinds(made)}\n\n{pairs}".rstrip()
    )


def _kinds(made: PhaseResult) -> str:
    if not made.kinds:
        return ""
    each = ", ".join(f"{count:,} × {kind}" for kind, count in sorted(made.kinds.items(), key=_most_first))
    return f" By kind: {each}."


def _most_first(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def too_large(made: PhaseResult) -> str:
    return "".join(f"> ⚠️ {why}.\n" for why in exceeded_limits(made.size)).rstrip() if made.size else ""


def _batches(made: PhaseResult) -> str:
    rows = (
        (
            str(b.number),
            plain(b.title),
            f"{len(b.files):,}",
            f"{b.references:,}",
            code((b.commit or b.id)[:10]),
        )
        for b in made.batches
    )
    return "### Batches\n\n" + table(("#", "Batch", "Files", "References", "Commit"), rows)


def _batches_short(made: PhaseResult) -> str:
    return f"### Batches\n\n{counted(len(made.batches), 'commit')}, each with the trailer `{BATCH_TRAILER}`."


def _proof(made: PhaseResult) -> str:
    if not made.proof:
        return ""
    lines = []
    for line in made.proof:
        rest = f" ({line.not_applicable:,} where it does not apply)" if line.not_applicable else ""
        lines.append(f"- ✅ {SHOWN.get(line.what, line.what)}: {counted(line.shown, 'file')}{rest}")
    unsigned = f"\n- {UNSIGNED}" if made.verified is False else ""
    return (
        "### Proof\n\nOf every file that is changed here it was shown, without running it:\n\n"
        + "\n".join(lines)
        + unsigned
    )


def with_signing(body: str, verified: bool) -> str:
    """The text of a pull request, which says so where its commits are not signed."""
    return body if verified else f"{body.rstrip()}\n\n{UNSIGNED}\n"


def _left_alone(made: PhaseResult, repo_url: str | None, most: int) -> str:
    lines = list(human_lines(made.manual, repo_url, made.base)) + list(
        left_out_lines(made.unchanged_files, repo_url, made.base)
    )
    if not lines:
        return ""
    return f"### Left alone, for a human ({len(lines):,})\n\n" + listed(lines, most)


def human_lines(left: Iterable[RemainingReference], repo_url: str | None, sha: str) -> Iterable[str]:
    for one in left:
        yield f"- {_place(one.path, one.line, repo_url, sha)} ({one.kind}): {plain(one.note)}"


def left_out_lines(left_out: Iterable[UnchangedFile], repo_url: str | None, sha: str) -> Iterable[str]:
    for one in left_out:
        yield f"- {_place(one.path, one.line or 1, repo_url, sha)}: {plain(one.reason)}"


def _place(path: str, line: int, repo_url: str | None, sha: str) -> str:
    shown = code(f"{path}:{line}")
    return link(shown, line_url(repo_url, sha, path, line)) if repo_url else shown


def _files(made: PhaseResult) -> str:
    blocks = [_batch_files(batch) for batch in made.batches]
    return folded("Files", "\n\n".join(blocks))


def _batch_files(batch: PhaseBatch) -> str:
    lines = [
        f"- {code(file.path)}, {'deleted' if file.deleted else counted(file.references, 'reference')}"
        + (f": {plain(file.note)}" if file.note else "")
        for file in batch.files
    ]
    return f"**Batch {batch.number}, {plain(batch.title)}**\n\n" + "\n".join(lines)


def _taking_back(made: PhaseResult, issue: str | None) -> str:
    number = made.phase.number
    if issue is None:
        of = f" --slice {made.slice.key}" if made.slice.key else ""
        return (
            "### Taking it back\n\n"
            f"`drover revert --phase {number}{of}`, or one batch with `--batch K`, makes the branch that does."
        )
    return (
        "### Taking it back\n\n"
        f"Before it is merged: {_closing(made, issue)} After: tick *Revert* there, "
        f"press *Revert* on the check, or comment `/migrate revert {number}` (one batch: `revert {number} batch K`). "
        f"A pull request then takes {'the phase' if made.slice.key else 'it'} back, whichever way it was merged, "
        "and keeps later work."
    )


def _closing(made: PhaseResult, issue: str) -> str:
    label = f"take the label `migration:phase-{made.phase.number}` off {issue}"
    return f"close it; or {label}, which closes every owner's." if made.slice.key else f"{label}."


def commit_message(made_title: str, phase: str, batch: PhaseBatch, trailers: str) -> str:
    subject = f"{made_title}: {phase}, {batch.title}"
    if len(subject) > 72:
        subject = subject[:71] + "…"
    body = f"{counted(batch.references, 'reference')} in {counted(len(batch.files), 'file')}."
    return f"{subject}\n\n{body}\n\n{trailers}\n"
