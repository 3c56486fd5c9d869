"""A phase's pull request, written so that a reviewer can review from it; `apply` prints the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from bot.decide.facts import RemainingReference
from bot.decide.phase_result import FormatterRun, LinterRun, PhaseBatch, PhaseResult, UnchangedFile
from bot.markers.trailers import BATCH_TRAILER
from bot.plan.pull_size import exceeded_limits
from bot.report.audit.kept_mentions import kept_mentions_section
from bot.report.audit.manual_steps import Replacements, manual_step
from bot.report.slices import slice_summary, slice_title
from bot.report.text import (
    bounded_list,
    code,
    count_of,
    fit,
    fold,
    inert,
    line_url,
    link,
    plain,
    short_digest,
    table,
)

UNSIGNED = "⚠️ The commits aren't signed by GitHub."
VERIFIED = {
    "parses": "it parses",
    "only_planned": "the syntax tree changes only at the planned references",
    "bytes_kept": "everything else is the same byte for byte: comments, encoding, line ends",
    "idempotent": "a second run changes nothing",
    "imports_resolve": "every new import resolves to a name that its module defines",
    "no_new_cycle": "no new import cycle between modules",
    "calls_bind": "adapted calls fit the new signature",
    "calls_give": "what an adapted call gives is what its surroundings expect, with `await` where it's needed",
    "uses_fit": "the new class has what is used of the old one, as far as the file shows it",
    "types_hold": "members: the type checker finds nothing new, and no use that should have changed is left",
    "names_stand": "every name still refers to what it did before, or to its replacement",
    "lines_wrapped": "lines that became too long are wrapped, and others stay aligned; the syntax tree is the same",
    "imports_sorted": "imports are placed as this repository's configuration requires",
}


def phase_title(made: PhaseResult) -> str:
    name = f"{made.title}: phase {made.phase.number}, {made.phase.name}{slice_title(made.slice)}"
    prefix = f"{made.title_prefix.rstrip()} " if made.title_prefix else ""
    return inert(f"{prefix}{name}")[:250]


def phase_body(made: PhaseResult, *, issue: str | None = None, repo_url: str | None = None) -> str:
    """1. what and why  2. the batches  3. what needs manual work  4. the verification  5. how to revert it"""
    parts = [
        (_summary(made, issue, repo_url), _summary(made, issue, repo_url)),
        (slice_summary(made, issue), slice_summary(made, issue)),
        (too_large(made), too_large(made)),
        (_batches(made), _batches_short(made)),
        (_manual_work(made, repo_url, 40), _manual_work(made, repo_url, 5)),
        (_verification(made), _verification(made)),
        (kept_mentions_section(made.kept_mentions, repo_url, made.base, 12), ""),
        (_files(made), ""),
        (_reverting(made, issue), _reverting(made, issue)),
    ]
    return fit(parts) + "\n"


def _summary(made: PhaseResult, issue: str | None, repo_url: str | None) -> str:
    of = f" Part of {issue}." if issue else ""
    pairs = "\n".join(f"- {code(old)} → {code(new)}" for old, new in (*made.replacements, *made.details))
    return (
        f"**Phase {made.phase.number} ({plain(made.phase.name)}) of “{plain(made.title)}”.**{of}\n\n"
        f"{_what_a_phase_does(made)} in {count_of(made.files, 'file')}, "
        f"in {_commits(len(made.batches))}, "
        f"based on {code(made.base[:12])}.{_kinds(made)}{_plan(made)}\n\n{pairs}{_retirements(made, repo_url)}".rstrip()
    )


def _commits(batches: int) -> str:
    return "one commit" if batches == 1 else f"{batches} batches of one commit each"


def _retirements(made: PhaseResult, repo_url: str | None) -> str:
    """What changes for code that still uses a retired module, said before everything else."""
    if not made.phase.retire:
        return ""
    lines = [
        f"⚠️ **{code(one.module)} {_RETIRED[one.to]}.** "
        + (
            _what_a_redirect_does(made, one.module)
            if one.to == "redirect"
            else "Code that still imports it fails."
        )
        for one in made.phase.retire
    ]
    return "\n\n> " + "\n>\n> ".join([*lines, _still_used(made, repo_url), *_breaking(made, repo_url)])


_RETIRED = {"redirect": "becomes a redirect", "removed": "is removed"}


def _what_a_redirect_does(made: PhaseResult, module: str) -> str:
    pairs = [(old, new) for old, new in made.replacements if old.partition(":")[0] == module]
    gets = ", ".join(f"{code(new)} for {code(old.partition(':')[2] or old)}" for old, new in pairs)
    return f"Code that still imports it gets a deprecation warning and {gets or 'the new module'}."


def _still_used(made: PhaseResult, repo_url: str | None) -> str:
    uses = made.retired_uses
    if not uses:
        return "Nothing in this repository uses it any more, as far as Drover can see."
    places = [_place(path, line, repo_url, made.uses_at or made.base) for path, line in uses[:MOST_USES]]
    more = f" and {len(uses) - MOST_USES:,} more" if len(uses) > MOST_USES else ""
    still = "reference to it is" if len(uses) == 1 else "references to it are"
    return f"{len(uses):,} {still} left: {', '.join(places)}{more}."


def _breaking(made: PhaseResult, repo_url: str | None) -> list[str]:
    uses = made.breaking_uses
    if not uses:
        return []
    lines = [
        f"> - {_place(one.path, one.line, repo_url, made.uses_at or made.base)}: {plain(one.problem)}"
        for one in uses[:MOST_USES]
    ]
    if len(uses) > MOST_USES:
        lines.append(f"> - … {len(uses) - MOST_USES:,} more")
    return [f"**Merging this breaks {count_of(len(uses), 'use')}:**\n" + "\n".join(lines)]


MOST_USES = 10


def _plan(made: PhaseResult) -> str:
    """Who approved which plan."""
    origin = made.plan_origin
    if origin is None or origin.approval is None:
        return ""
    digest, by = (
        code(short_digest(origin.approval.digest)),
        inert(f"@{origin.approval.by}") if origin.approval.by else "",
    )
    if origin.file:
        return f" Plan: {digest}, {code(origin.file)}{f', last changed by {by}' if by else ''}."
    return f" Plan: {digest}, approved by {by}."


def _what_a_phase_does(made: PhaseResult) -> str:
    """A phase may only retire modules."""
    if made.phase.retire and not made.references:
        names = ", ".join(code(one.module) for one in made.phase.retire)
        return f"Retires {names}"
    return f"Migrates {count_of(made.references, 'reference')}"


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
    return f"### Batches\n\n{count_of(len(made.batches), 'commit')}, each with the trailer `{BATCH_TRAILER}`."


def _verification(made: PhaseResult) -> str:
    if not made.proof:
        return ""
    lines = []
    for line in made.proof:
        rest = f" (doesn't apply to {line.not_applicable:,})" if line.not_applicable else ""
        lines.append(f"- ✅ {VERIFIED.get(line.what, line.what)}: {count_of(line.shown, 'file')}{rest}")
    lines += [f"- {line}" for line in (*long_lines_text(made), *linter_lines(made.linters))]
    if made.verified is False:
        lines.append(f"- {UNSIGNED}")
    verified = "### Verification\n\nVerified for every changed file, without running it:\n\n" + "\n".join(
        lines
    )
    return "\n\n".join([verified, *formatter_text(made.formatter)])


def long_lines_text(made: PhaseResult) -> list[str]:
    if not made.long_lines:
        return []
    count = count_of(len(made.long_lines), "line is", "lines are")
    lines = [f"  - {code(f'{path}:{line}')}" for path, line in made.long_lines]
    return [
        f"⚠️ {count} longer than this repository's configuration allows, and can't be wrapped:\n{bounded_list(lines, 20)}"
    ]


def linter_lines(ran: LinterRun | None) -> list[str]:
    if ran is None:
        return []
    tools = " and ".join(filter(None, (", ".join(ran.tools[:-1]), ran.tools[-1])))
    by = f"of {tools} by this repository's configuration"
    if not ran.new:
        return [f"✅ no new finding {by}: {count_of(ran.files, 'file')}"]
    each = Counter(ran.new)
    lines = [
        f"  - {code(path)}: {plain(name)}" + (f" ({number:,} times)" if number > 1 else "")
        for (path, name), number in sorted(each.items())
    ]
    return [f"⚠️ {count_of(len(ran.new), 'new finding')} {by}:\n{bounded_list(lines, 20)}"]


def formatter_text(ran: FormatterRun | None) -> list[str]:
    """Apart from what is verified: these lines are the formatter's."""
    if ran is None:
        return []
    if ran.problem:
        return [f"⚠️ {code(ran.command)} didn't format the files: {plain(ran.problem)}."]
    changed = (
        f"changed {count_of(ran.lines, 'more line')} in {count_of(ran.files, 'file')}: the layout and the order of imports"
        if ran.files
        else "changed nothing more"
    )
    text = f"Then {code(ran.command)} {changed}."
    if not ran.refused:
        return [text]
    lines = [f"- {code(path)}: {plain(why)}" for path, why in ran.refused]
    return [text, f"Not formatted:\n\n{bounded_list(lines, 20)}"]


def with_signing(body: str, verified: bool) -> str:
    """The text of a pull request, which says so if its commits aren't signed."""
    return body if verified else f"{body.rstrip()}\n\n{UNSIGNED}\n"


def _manual_work(made: PhaseResult, repo_url: str | None, most: int) -> str:
    lines = [
        *manual_work_lines(made.manual, repo_url, made.base),
        *left_out_lines(made.unchanged_files, repo_url, made.base),
    ]
    return f"### Needs manual work ({len(lines):,})\n\n" + bounded_list(lines, most) if lines else ""


def manual_work_lines(
    left: Iterable[RemainingReference],
    repo_url: str | None,
    sha: str,
    instead: Replacements | None = None,
) -> Iterable[str]:
    """With `instead`, what each would take stands behind it."""
    for one in left:
        step = f" *{plain(manual_step(one.kind, one.note, instead(one.symbol)))}*" if instead else ""
        yield f"- {_place(one.path, one.line, repo_url, sha)} ({one.kind}): {plain(one.note)}{'.' if step else ''}{step}"


def left_out_lines(left_out: Iterable[UnchangedFile], repo_url: str | None, sha: str) -> Iterable[str]:
    for one in left_out:
        yield f"- {_place(one.path, one.line, repo_url, sha)}: {plain(one.reason)}"


def _place(path: str, line: int | None, repo_url: str | None, sha: str) -> str:
    shown = code(f"{path}:{line}" if line else path)
    return link(shown, line_url(repo_url, sha, path, line or 1)) if repo_url else shown


def _files(made: PhaseResult) -> str:
    return fold("Files", "\n\n".join(_batch_files(batch) for batch in made.batches))


def _batch_files(batch: PhaseBatch) -> str:
    lines = [
        f"- {code(file.path)}, {'deleted' if file.deleted else count_of(file.references, 'reference')}"
        + (f": {plain(file.note)}" if file.note else "")
        for file in batch.files
    ]
    return f"**Batch {batch.number}, {plain(batch.title)}**\n\n" + "\n".join(lines)


def _reverting(made: PhaseResult, issue: str | None) -> str:
    number = made.phase.number
    if issue is None:
        of = f" --slice {made.slice.key}" if made.slice.key else ""
        return (
            "### How to revert\n\n"
            f"`drover revert --phase {number}{of}` creates a branch that reverts it (one batch: `--batch K`)."
        )
    return (
        "### How to revert\n\n"
        f"Before the merge: {_cancelling(made, issue)} After it: tick *Revert phase {number}* on {issue}, press *Revert* on "
        f"the check `drover / proof`, or comment `/migrate revert {number}` (one batch: `/migrate revert {number} batch K`)."
        f" Drover opens a pull request that reverts {'the phase' if made.slice.key else 'this one'} and keeps later work."
    )


def _cancelling(made: PhaseResult, issue: str) -> str:
    label = f"remove the label `migration:phase-{made.phase.number}` from {issue}"
    return f"close this, or {label} to close every owner's." if made.slice.key else f"{label}."
