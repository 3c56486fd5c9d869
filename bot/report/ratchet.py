"""What the check run `drover / ratchet` says, and the answers to its button."""

from __future__ import annotations

import re
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
from bot.report.text import LIMIT, code, counted, folded, line_url, link, listed, plain

BUTTON = ("Fix it", "Push the rewrite to this branch", "fix")
"""Label, description, identifier."""
_SHOWN = 200


@dataclass(frozen=True)
class Note:
    """An annotation at a new use."""

    path: str
    line: int
    title: str
    text: str
    fails: bool


@dataclass(frozen=True)
class Told:
    title: str
    summary: str
    text: str | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Mending:
    """What *Fix it* would do: the files that it changes, and the patch."""

    files: tuple[str, ...] = ()
    patch: str = ""


_EXCUSES: dict[SkipReason, tuple[str, str]] = {
    "ours": ("Drover's own change", "This branch is Drover's own: it moves uses, or takes a move back."),
    "paused": ("Paused", "The migration is paused, so nothing is compared."),
    "over": ("No migration is under way", "There is no open migration here, so there is nothing to hold."),
    "unplanned": ("No plan yet", "There is no plan that can be read, so it isn't known what is deprecated."),
}


def excused(why: SkipReason, digest: str) -> Told:
    title, sentence = _EXCUSES[why]
    return Told(title, f"{sentence}\n\n{ratchet_marker(RatchetMark(digest, 0))}")


def broken(error: str) -> Told:
    return Told(
        "Could not be compared",
        "Something went wrong inside Drover that it did not expect, after several tries; it tries again by itself "
        f"within minutes. If this stays, the operator finds it in the log under {code(error[:200])}.",
    )


def told(
    found: Sequence[RatchetFindings], mending: Mending, digest: str, *, repo_url: str, head: str, button: bool
) -> Told:
    new = [use for one in found for use in one.new_uses]
    notes = tuple(
        sorted(_notes(found, mending), key=lambda note: (note.path, note.line, note.title))[:_SHOWN]
    )
    parts = [
        *_what_to_do(new, mending, button),
        *_about(found, repo_url, head),
        ratchet_marker(RatchetMark(digest, len(notes))),
    ]
    return Told(_title(found), _cut(parts), _text(found, mending, repo_url, head) or None, notes)


def _title(found: Sequence[RatchetFindings]) -> str:
    new = sum(len(one.new_uses) for one in found)
    allowed = sum(len(one.allowed_uses) for one in found)
    said = f"{counted(new, 'new use')} of what is being migrated away" if new else "No new uses"
    return said + (f", {allowed:,} allowed" if allowed else "")


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
            f"**{plain(plan.title)}** (#{one.migration.issue}): {counted(len(one.new_uses), 'new use')}.\n\n"
            + "\n".join([*lines, *_rest(len(one.new_uses))])
        )
    for one in found:
        if one.unreadable:
            lines = [f"- {code(path)}: {plain(why)}" for path, why in sorted(one.unreadable.items())]
            yield f"Could not be read, and so not compared:\n\n{listed(lines, 20)}"
            return


def _place(use: DeprecatedUse, repo_url: str, head: str) -> str:
    return link(code(f"{use.path}:{use.line}"), line_url(repo_url, head, use.path, use.line))


def _advice(guard: WatchedMigration, use: DeprecatedUse) -> str:
    new = replacement_of(guard.plan, use.symbol)
    if new is None:
        return f"{code(use.symbol)} is being migrated away"
    return f"{code(use.symbol)} becomes {code(new)}"


def _what_to_do(new: Sequence[DeprecatedUse], mending: Mending, button: bool) -> Iterator[str]:
    if not new:
        return
    by_hand = sorted({use.path for use in new} - set(mending.files))
    if mending.files:
        how = (
            "press **Fix it** above, which pushes the rewrite to this branch, or apply the patch below"
            if button
            else "apply the patch below (`git apply`)"
        )
        yield f"Next: {how}. It changes {counted(len(mending.files), 'file')}."
    if by_hand:
        yield f"By hand: {', '.join(code(path) for path in by_hand[:20])}" + _more(len(by_hand) - 20) + "."
    yield "A use that has to be new says so on its line: `# migration: allow <reason>`."


def _more(number: int) -> str:
    return f" and {number:,} more" if number > 0 else ""


def _notes(found: Iterable[RatchetFindings], mending: Mending) -> Iterator[Note]:
    mended = frozenset(mending.files)
    for one in found:
        for use in one.new_uses:
            text = _annotation(one.migration, use, use.path in mended)
            yield Note(use.path, use.line, f"New use of {use.symbol}"[:255], text, one.fails)


def _annotation(guard: WatchedMigration, use: DeprecatedUse, mended: bool) -> str:
    """Annotations are shown as plain text."""
    new = replacement_of(guard.plan, use.symbol)
    lines = [f"{use.symbol} is being migrated away (#{guard.issue})."]
    if new is not None:
        lines.append(f"Use {new} instead: {import_statement(new)}")
    if use.note:
        lines.append(f"To know: {use.note}.")
    if mended:
        lines.append("The patch in this check does it.")
    if use.allowed == "":
        lines.append("The reason is missing: # migration: allow <reason>")
    else:
        lines.append("If it has to be: # migration: allow <reason>")
    return "\n".join(lines)


def _text(found: Sequence[RatchetFindings], mending: Mending, repo_url: str, head: str) -> str:
    parts = []
    allowed = [use for one in found for use in one.allowed_uses]
    if allowed:
        lines = [*_allowed_lines(allowed[:_SHOWN], repo_url, head), *_rest(len(allowed))]
        parts.append(_within("\n".join(["### Allowed", "", *lines]), LIMIT // 3))
    if mending.patch:
        room = LIMIT - len("".join(parts)) - 200
        parts.append(_within(f"### The patch\n\n{_patch(mending, room)}", room))
    return "\n\n".join(parts)


def _rest(number: int) -> list[str]:
    return [f"- … and {number - _SHOWN:,} more"] if number > _SHOWN else []


def _within(text: str, room: int) -> str:
    """Cut at the end of a line."""
    return text if len(text) <= room else text[:room].rpartition("\n")[0] + "\n- …"


def _allowed_lines(uses: Iterable[DeprecatedUse], repo_url: str, sha: str) -> list[str]:
    return [f"- {_place(use, repo_url, sha)}: {plain((use.allowed or '')[:200])}" for use in uses]


def allowed_section(facts: Facts, most: int) -> str:
    """For the status comment: what stands on the default branch with a reason to."""
    lines = _allowed_lines(facts.allowed_uses, facts.repo_url, facts.head)
    return folded(f"Allowed uses ({len(lines):,}), which still count", listed(lines, most)) if lines else ""


def _patch(mending: Mending, room: int) -> str:
    longest = max((len(run) for run in re.findall(r"`+", mending.patch)), default=0)
    fence = "`" * max(3, longest + 1)
    if len(mending.patch) <= room - 100:
        return f"{fence}diff\n{mending.patch.rstrip(chr(10))}\n{fence}"
    files = [f"- {code(path)}" for path in mending.files]
    return f"It is too long to be shown here. It changes:\n\n{listed(files, _SHOWN)}"


def _cut(parts: Sequence[str]) -> str:
    """What is too long loses the end of its list; the marker stays."""
    *above, last = parts
    text = "\n\n".join(above)
    room = LIMIT - len(last) - 10
    return f"{_within(text, room)}\n\n{last}"


# The commit that the button pushes


def commit_message(guard: WatchedMigration, origin: str, files: Sequence[str], head: str) -> str:
    pairs = sorted({f"{one.old} becomes {one.new}" for one in guard.plan.replace})
    shown = pairs[:10] + ([f"and {len(pairs) - 10} more"] if len(pairs) > 10 else [])
    return (
        f"New uses follow the migration: {guard.plan.title}"[:200].replace("\n", " ")
        + f"\n\nIn {counted(len(files), 'file')}:\n"
        + "\n".join(f"- {line}" for line in shown)
        + f"\n\n{fix_trailers(origin, head)}\n"
    )


def answer(by: str, press: str, why: str) -> str:
    return f"{answer_marker(press)}\n@{by} **Not done: fix.** {why}"


MAY_NOT = (
    "This needs write access to the repository, and GitHub says that you don't have it. Nothing was pushed; "
    "the patch stands in the check's text."
)
MOVED = "The branch has moved on since that check. Nothing was pushed; press the button of the newest one."
FORK = "The branch lies in a fork, where Drover may not push. The patch stands in the check's text."
NOTHING = "Nothing is left there that could be rewritten. What needs a human is named in the check."
OVER = "No migration is under way any more, so there is nothing to rewrite. Nothing was pushed."


def failed(error: str) -> str:
    return (
        "Something went wrong inside Drover that it did not expect, after several tries. Press the button again; "
        f"if this stays, the operator finds it in the log under {code(error[:200])}."
    )


def refused(reason: str) -> str:
    return f"GitHub did not take it: {plain(reason)}. The patch stands in the check's text."
