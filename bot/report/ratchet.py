"""The check `drover / ratchet` and the answers to its button."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.decide.facts import Facts
from bot.decide.ratchet import (
    DeprecatedUse,
    RatchetFindings,
    SkipReason,
    WatchedMigration,
    import_statement,
    replacement_of,
)
from bot.markers.hidden import RatchetMark, answer_marker, ratchet_marker
from bot.markers.trailers import fix_trailers
from bot.report.text import LIMIT, bounded_list, code, count_of, fenced, fold, inert, line_url, link, plain

BUTTON = ("Fix it", "Push the fix to this branch", "fix")
"""Label, description, identifier."""
_SHOWN = 200


@dataclass(frozen=True)
class NewUseNote:
    """An annotation at a new use, in plain text."""

    path: str
    line: int
    title: str
    text: str
    fails: bool


@dataclass(frozen=True)
class RatchetReport:
    title: str
    summary: str
    text: str | None = None
    notes: tuple[NewUseNote, ...] = ()


@dataclass(frozen=True)
class RatchetFix:
    """What *Fix it* would do: the files that it changes, and the patch."""

    files: tuple[str, ...] = ()
    patch: str = ""


_EXCUSES: dict[SkipReason, tuple[str, str]] = {
    "ours": (
        "Drover's own change",
        "This is Drover's own branch: it migrates references, or reverts a migration.",
    ),
    "paused": ("Paused", "The migration is paused, so new uses are not reported."),
    "over": ("No migration", "This repository has no open migration."),
    "unplanned": (
        "No plan yet",
        "The migration has no plan that can be used, so Drover doesn't know what is deprecated.",
    ),
}


def excuse_report(why: SkipReason, digest: str) -> RatchetReport:
    title, sentence = _EXCUSES[why]
    return RatchetReport(title, f"{sentence}\n\n{ratchet_marker(RatchetMark(digest, 0))}")


def too_large(digest: str) -> RatchetReport:
    return RatchetReport(
        "Too large to compare",
        "This change has more files than Drover compares, so new uses in it aren't reported. Split it into smaller pull "
        f"requests.\n\n{ratchet_marker(RatchetMark(digest, 0))}",
    )


def ratchet_crashed(error: str) -> RatchetReport:
    return RatchetReport(
        "Couldn't compare",
        "Something went wrong in Drover. It tries again within minutes. If this keeps happening, ask the operator to look "
        f"for {code(error[:200])} in the log.",
    )


def ratchet_report(
    found: Sequence[RatchetFindings], fix: RatchetFix, digest: str, *, repo_url: str, head: str, button: bool
) -> RatchetReport:
    new = [use for one in found for use in one.new_uses]
    notes = tuple(sorted(_notes(found, fix), key=lambda note: (note.path, note.line, note.title))[:_SHOWN])
    parts = [
        *_what_to_do(new, fix, button),
        *_about(found, repo_url, head),
        ratchet_marker(RatchetMark(digest, len(notes))),
    ]
    return RatchetReport(_title(found), _cut_to_fit(parts), _text(found, fix, repo_url, head) or None, notes)


def _title(found: Sequence[RatchetFindings]) -> str:
    new = sum(len(one.new_uses) for one in found)
    allowed = sum(len(one.allowed_uses) for one in found)
    start = f"{count_of(new, 'new use')} of deprecated symbols" if new else "No new uses"
    return start + (f", {allowed:,} allowed" if allowed else "")


def _about(found: Sequence[RatchetFindings], repo_url: str, head: str) -> Iterator[str]:
    for one in found:
        plan = one.migration.plan
        if not one.new_uses:
            yield f"**{plain(plan.title)}** (#{one.migration.issue}): no new uses."
            continue
        lines = [
            f"- {_place(use, repo_url, head)}: {_advice(one.migration, use)}" for use in one.new_uses[:_SHOWN]
        ]
        yield (
            f"**{plain(plan.title)}** (#{one.migration.issue}): {count_of(len(one.new_uses), 'new use')}.\n\n"
            + "\n".join([*lines, *_rest(len(one.new_uses))])
        )
    for one in found:
        if one.unreadable:
            lines = [f"- {code(path)}: {plain(why)}" for path, why in sorted(one.unreadable.items())]
            yield f"Couldn't be read, so they are not compared:\n\n{bounded_list(lines, 20)}"
            return


def _place(use: DeprecatedUse, repo_url: str, head: str) -> str:
    return link(code(f"{use.path}:{use.line}"), line_url(repo_url, head, use.path, use.line))


def _advice(migration: WatchedMigration, use: DeprecatedUse) -> str:
    new = replacement_of(migration.plan, use.symbol)
    if new is None:
        return f"{code(use.symbol)} is deprecated"
    return f"{code(use.symbol)} → {code(new)}"


def _what_to_do(new: Sequence[DeprecatedUse], fix: RatchetFix, button: bool) -> Iterator[str]:
    if not new:
        return
    manual = sorted({use.path for use in new} - set(fix.files))
    if fix.files:
        how = (
            "press **Fix it** above to push the fix to this branch, or apply the patch below"
            if button
            else "apply the patch below (`git apply`)"
        )
        yield f"Next: {how}. It changes {count_of(len(fix.files), 'file')}."
    if manual:
        yield (
            f"Needs manual work: {', '.join(code(path) for path in manual[:20])}"
            + _more(len(manual) - 20)
            + "."
        )
    yield "If a use is intended, say why on its line: `# migration: allow <reason>`."


def _more(number: int) -> str:
    return f" and {number:,} more" if number > 0 else ""


def _notes(found: Iterable[RatchetFindings], fix: RatchetFix) -> Iterator[NewUseNote]:
    fixed = frozenset(fix.files)
    for one in found:
        for use in one.new_uses:
            text = _annotation(one.migration, use, use.path in fixed)
            yield NewUseNote(use.path, use.line, f"New use of {use.symbol}"[:255], text, one.fails)


def _annotation(migration: WatchedMigration, use: DeprecatedUse, fixed: bool) -> str:
    """Annotations are shown as plain text."""
    new = replacement_of(migration.plan, use.symbol)
    lines = [f"{use.symbol} is deprecated (#{migration.issue})."]
    if new is not None:
        statement = import_statement(new)
        lines.append(f"Use {new} instead: {statement}" if statement else f"Use {new} instead.")
    if use.note:
        lines.append(f"Needs manual work: {use.note}.")
    if fixed:
        lines.append("The patch in this check fixes it.")
    if use.allowed == "":
        lines.append("The comment on this line lacks the reason: # migration: allow <reason>")
    else:
        lines.append("If it's intended, say why in a comment on this line: # migration: allow <reason>")
    return "\n".join(lines)


def _text(found: Sequence[RatchetFindings], fix: RatchetFix, repo_url: str, head: str) -> str:
    parts = []
    allowed = [use for one in found for use in one.allowed_uses]
    if allowed:
        lines = [*_allowed_lines(allowed[:_SHOWN], repo_url, head), *_rest(len(allowed))]
        parts.append(_within("\n".join(["### Allowed", "", *lines]), LIMIT // 3))
    if fix.patch:
        room = LIMIT - len("".join(parts)) - 200
        parts.append(_within(f"### The patch\n\n{_patch(fix, room)}", room))
    return "\n\n".join(parts)


def _rest(number: int) -> list[str]:
    return [f"- … and {number - _SHOWN:,} more"] if number > _SHOWN else []


def _within(text: str, room: int) -> str:
    """Cut at the end of a line."""
    return text if len(text) <= room else text[:room].rpartition("\n")[0] + "\n- …"


def _allowed_lines(uses: Iterable[DeprecatedUse], repo_url: str, sha: str) -> list[str]:
    return [f"- {_place(use, repo_url, sha)}: {plain((use.allowed or '')[:200])}" for use in uses]


def allowed_section(facts: Facts, most: int) -> str:
    """For the status comment: uses on the default branch that have a reason."""
    lines = _allowed_lines(facts.allowed_uses, facts.repo_url, facts.head)
    return fold(f"Allowed uses ({len(lines):,}), still counted", bounded_list(lines, most)) if lines else ""


def _patch(fix: RatchetFix, room: int) -> str:
    if len(fix.patch) <= room - 100:
        return fenced(fix.patch.rstrip("\n"), "diff")
    files = [f"- {code(path)}" for path in fix.files]
    return f"It is too long to show here. It changes:\n\n{bounded_list(files, _SHOWN)}"


def _cut_to_fit(parts: Sequence[str]) -> str:
    """What is too long loses the end of its list; the marker stays."""
    *above, last = parts
    text = "\n\n".join(above)
    room = LIMIT - len(last) - 10
    return f"{_within(text, room)}\n\n{last}"


# The commit that the button pushes


def commit_message(migration: WatchedMigration, origin: str, files: Sequence[str], head: str) -> str:
    pairs = sorted({f"{one.old} → {one.new}" for one in migration.plan.replace})
    shown = pairs[:10] + ([f"and {len(pairs) - 10} more"] if len(pairs) > 10 else [])
    return (
        inert(f"Migrate new uses: {migration.plan.title}")[:72]
        + f"\n\nIn {count_of(len(files), 'file')}:\n"
        + "\n".join(f"- {line}" for line in shown)
        + f"\n\n{fix_trailers(origin, head)}\n"
    )


def fix_answer(by: str, press: str, why: str) -> str:
    return f"{answer_marker(press)}\n@{by} **Couldn't fix it.** {why}"


MAY_NOT = "You need write access to this repository. You can apply the patch in the check's details yourself."
MOVED = "The branch has changed since that check. Press the button of the newest check."
FORK = "The branch is in a fork, where Drover can't push. Apply the patch in the check's details yourself."
NOTHING = "There's nothing left to fix automatically. The check lists what needs manual work."
OVER = "The migration is over, so there's nothing to fix."


def fix_crashed(error: str) -> str:
    return (
        "Something went wrong in Drover. Press the button again; if it keeps happening, ask the operator to look for "
        f"{code(error[:200])} in the log."
    )


def fix_refused(reason: str) -> str:
    return f"GitHub refused the push: {plain(reason)}. Apply the patch in the check's details yourself."
