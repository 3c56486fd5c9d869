"""A phase's slices: with `split: owners` a pull request for each owner of its files, else the phase as it is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from bot.plan.codeowners import Owners, owner_name
from bot.plan.plan import Phase

NOBODY = "no_owner"
_PLAIN = re.compile(r"@[a-z0-9][a-z0-9-]{0,38}(?:/(?!lock$)[a-z0-9][a-z0-9_-]{0,38})?")
"""git has no branch whose name ends with `.lock`."""


@dataclass(frozen=True, order=True)
class Slice:
    """A part of a phase that is one owner's, or one group of owners'."""

    key: str = ""
    """Fit for a branch's name, and the same whoever else owns something. Empty: the phase as a whole."""
    title: str = field(default="", compare=False)


WHOLE_PHASE = Slice()


def files_by_slice(phase: Phase, files: Iterable[str], owners: Owners | None) -> dict[Slice, tuple[str, ...]]:
    """Each slice with its files."""
    files = sorted(set(files))
    if phase.split != "owners" or owners is None:
        return {WHOLE_PHASE: tuple(files)} if files else {}
    shares: dict[Slice, list[str]] = {}
    for path in files:
        shares.setdefault(slice_of(owners.of(path)), []).append(path)
    return {one: tuple(shares[one]) for one in sorted(shares)}


def slice_of(owners: Sequence[str]) -> Slice:
    return Slice(slice_key(owners), " ".join(owners) or "files without an owner")


def slice_key(owners: Sequence[str]) -> str:
    """`@maya` → `maya`, `@org/team` → `org.team`; of any others a digest tells those apart that look alike."""
    names = sorted({owner.lower() for owner in owners})
    if not names:
        return NOBODY
    if len(names) == 1 and _PLAIN.fullmatch(names[0]):
        return names[0].removeprefix("@").replace("/", ".")
    words = "-".join(owner_name(name) for name in names)[:40].strip("-._") or "owner"
    return f"{words}-{hashlib.sha256(' '.join(names).encode(errors='surrogateescape')).hexdigest()[:8]}"


def each_slice(
    phase: Phase, wanted: Collection[Slice], had: Collection[Slice]
) -> tuple[tuple[Slice, str], ...]:
    """All slices, each with the reason why it is obsolete, or an empty text."""
    titled = {one: one for one in (WHOLE_PHASE, *had, *wanted)}
    return tuple((titled[one], "" if one in wanted else why_obsolete(phase, one)) for one in sorted(titled))


def why_obsolete(phase: Phase, one: Slice) -> str:
    if one == WHOLE_PHASE:
        return f"phase {phase.number} is now split by owner, with a pull request for each"
    if phase.split is None:
        return f"phase {phase.number} is one pull request again"
    return "its files have other owners now, or nothing in them is left to migrate"
