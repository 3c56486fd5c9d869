"""The audit in sections, each a table: what the issue, the terminal and the page all show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.audit.account import kept_mentions
from bot.audit.audit import Audit, PhaseSize
from bot.audit.guesses import GuessedChange
from bot.audit.interfaces import Interface
from bot.report.audit.worklist import LeftReference
from bot.report.text import count_of


class Cell(NamedTuple):
    text: str
    path: str = ""
    """The file that it links to."""
    line: int = 0
    number: bool = False


@dataclass(frozen=True)
class AuditSection:
    title: str
    about: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    urgent: bool = False
    """Whether it needs attention."""

    @property
    def numbers(self) -> tuple[bool, ...]:
        first = self.rows[0] if self.rows else ()
        return tuple(cell.number for cell in first)


def headline(audit: Audit) -> str:
    if not audit.sites:
        return f"No references left in {count_of(audit.tree_files, 'file')}."
    automatic = audit.sites - audit.manual_sites
    manual = f", {count_of(audit.manual_sites, 'needs', 'need')} manual work" if audit.manual_sites else ""
    return (
        f"{count_of(audit.sites, 'reference')} in {count_of(len(audit.files), 'file')} "
        f"of {audit.tree_files:,}: {automatic:,} can be migrated automatically{manual}."
    )


def sections(audit: Audit) -> tuple[AuditSection, ...]:
    """Those that have something to say, the urgent ones first after the numbers."""
    all_of_them = (
        kinds(audit),
        phases(audit),
        manual_work(audit),
        broken(audit),
        unparsable(audit),
        new_cycles(audit),
        unmatched_section(audit),
        differences(audit),
        guessed_changes(audit),
        modules(audit),
        namesakes(audit),
        remaining_mentions(audit),
        folders(audit),
        files(audit),
    )
    return tuple(section for section in all_of_them if section.rows)


def kinds(audit: Audit) -> AuditSection:
    left = Counter(site.kind for file in audit.files for site in file.sites if not site.safe)
    rows = [(text(kind), number(count), number(left[kind])) for kind, count in audit.kinds.most_common()]
    return AuditSection("Kinds", "", ("Kind", "References", "Manual"), tuple(rows))


def phases(audit: Audit) -> AuditSection:
    rows = [
        (
            number(one.number),
            text(one.name),
            *(number(count) for count in (one.files, one.sites, one.manual, one.batches, one.lines)),
            text(size_note(one)),
        )
        for one in audit.phases
    ]
    head = ("Phase", "Name", "Files", "References", "Manual", "Commits", "Lines (about)", "Note")
    return AuditSection("Phases", "", head, tuple(rows), any(one.too_large for one in audit.phases))


def size_note(one: PhaseSize) -> str:
    split = [f"{one.pulls:,} pull requests, one per owner"] if one.pulls > 1 else []
    return "; ".join(split + ([f"too large: {one.too_large}"] if one.too_large else []))


def manual_work(audit: Audit) -> AuditSection:
    rows = [
        (place(file.path, site.line), text(site.kind), text(site.symbol), text(site.note))
        for file in audit.files
        for site in file.sites
        if not site.safe
    ]
    return AuditSection("Needs manual work", "", ("Where", "Kind", "Symbol", "Why"), tuple(rows), True)


def left_section(left: Iterable[LeftReference]) -> AuditSection:
    rows = [(place(one.path, one.line), text(one.symbol), text(one.reason), text(one.step)) for one in left]
    return AuditSection(
        "Needs manual work", "", ("Where", "Symbol", "Why", "What it takes"), tuple(rows), True
    )


def broken(audit: Audit) -> AuditSection:
    rows = [
        (
            place(one.path, one.line),
            text(one.name),
            text(one.module),
            text(", ".join(one.lives) or nowhere(one.uses)),
        )
        for one in audit.dangling
    ]
    about = "Imports of names that the deprecated module doesn't define."
    return AuditSection(
        "Broken imports", about, ("Where", "Name", "Imported from", "Defined in"), tuple(rows), True
    )


def nowhere(uses: Sequence[int]) -> str:
    if not uses:
        return "nowhere"
    lines = ", ".join(map(str, uses[:5])) + (f" and {len(uses) - 5} more" if len(uses) > 5 else "")
    return f"nowhere; used on {'line' if len(uses) == 1 else 'lines'} {lines}"


def unparsable(audit: Audit) -> AuditSection:
    rows = [(place(path, 0), text(reason)) for path, reason in audit.unparsable.items()]
    return AuditSection("Can't be parsed", "", ("File", "Why"), tuple(rows), True)


def new_cycles(audit: Audit) -> AuditSection:
    rows = [(text(" → ".join((*files, files[0]))),) for files in audit.cycles]
    about = "With the new import, these files would import each other at module level."
    return AuditSection("New import cycles", about, ("Cycle",), tuple(rows), True)


def unmatched_section(audit: Audit) -> AuditSection:
    found = {file.path: len(file.sites) for file in audit.files}
    rows = [(place(path, 0), number(found[path])) for path in audit.unmatched]
    return AuditSection("Files in no phase", "", ("File", "References"), tuple(rows), True)


def differences(audit: Audit) -> AuditSection:
    rows = [row for one in audit.interfaces for row in differing(one)]
    about = "Differences that callers would notice. Uses are found by name."
    return AuditSection(
        "Interface differences", about, ("Old", "Member", "Difference", "Used at"), tuple(rows)
    )


def differing(one: Interface) -> Iterator[tuple[Cell, ...]]:
    for each in one.differences:
        first = next(iter(each.uses), None)
        more = f" and {len(each.uses) - 1} more" if len(each.uses) > 1 else ""
        at = Cell(f"{first.path}:{first.line}{more}", first.path, first.line) if first else text("")
        yield text(one.old), text(each.member or "itself"), text(each.detail), at
    if one.not_compared:
        yield text(one.old), text(""), text(f"not compared: {one.not_compared}"), text("")


def guessed_changes(audit: Audit) -> AuditSection:
    rows = [
        (text(one.old), text(each.old or "calls of it"), text(becomes(each)), text(each.why))
        for one in audit.guesses
        for each in (*((one.calls,) if one.calls else ()), *one.members)
    ]
    about = (
        "By names, signatures and what the old ones say. Confirm each in the plan: nothing acts on a guess."
    )
    return AuditSection("Guesses to confirm", about, ("Old", "Member", "Becomes", "Why"), tuple(rows))


def becomes(change: GuessedChange) -> str:
    arguments = ", ".join(f"{old} → {new}" for old, new in change.arguments)
    name = change.new or ("" if change.arguments else change.old)
    return f"{name} ({arguments})".strip() if arguments else name


def modules(audit: Audit) -> AuditSection:
    rows = [
        (
            Cell(one.name, one.path),
            text(one.state),
            *(number(count) for count in (one.lines, one.classes, one.functions)),
        )
        for one in audit.modules
    ]
    head = ("Module", "State", "Lines", "Classes", "Functions")
    return AuditSection("Deprecated modules", "", head, tuple(rows))


def namesakes(audit: Audit) -> AuditSection:
    rows = [(text(one.name), text(one.kind), place(one.path, one.line)) for one in audit.namesakes]
    about = "Other definitions with the same name. Their references are not counted."
    return AuditSection("Same name elsewhere", about, ("Name", "Kind", "Where"), tuple(rows))


def remaining_mentions(audit: Audit) -> AuditSection:
    """What needs manual work has a section of its own."""
    rows = [
        (
            text("on purpose" if one.on_purpose else "means something else"),
            text(one.why),
            number(one.count),
            number(one.files),
            place(one.path, one.line),
        )
        for one in kept_mentions(audit.account)
    ]
    about = "Mentions of the old names that aren't migrated. Those that need manual work are listed above."
    return AuditSection("What stays", about, ("Kept", "Why", "Mentions", "Files", "For example"), tuple(rows))


def folders(audit: Audit) -> AuditSection:
    counts: Counter[str] = Counter()
    holding: Counter[str] = Counter()
    for file in audit.files:
        folder = "/".join(file.path.split("/")[:-1][:2]) or "."
        counts[folder] += len(file.sites)
        holding[folder] += 1
    rows = [
        (Cell(folder, folder), number(holding[folder]), number(count))
        for folder, count in counts.most_common()
    ]
    return AuditSection("Folders", "", ("Folder", "Files", "References"), tuple(rows))


def files(audit: Audit) -> AuditSection:
    largest = sorted(audit.files, key=lambda file: (-len(file.sites), file.path))
    rows = [
        (place(file.path, 0), number(len(file.sites)), text(kinds_of(site.kind for site in file.sites)))
        for file in largest
    ]
    return AuditSection("Files", "", ("File", "References", "Kinds"), tuple(rows))


def kinds_of(kinds: Iterable[str]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in Counter(kinds).most_common())


def text(value: str) -> Cell:
    return Cell(value)


def number(value: int) -> Cell:
    return Cell(f"{value:,}", number=True)


def place(path: str, line: int) -> Cell:
    return Cell(f"{path}:{line}" if line else path, path, line)
