"""A new name joins the import of its module that is there already, where no configuration says how imports stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from codemods.model.edits import TextEdit
from codemods.model.facts import IN_TRY, ONLY_IN_BLOCK, RUNS_LATER, Import, Mention
from codemods.read.source import Source

LONGEST_LINE = 79


def may_join(source: Source, other: Import, own: Import, module: str, name: str) -> bool:
    """Whether `other` is a plain import of the same module in the same block, with room for the name."""
    if other.module is None or other.is_star or "." * other.level + other.module != module:
        return False
    same_block = (other.scope, other.column, other.flags & ~ONLY_IN_BLOCK) == (
        own.scope,
        own.column,
        own.flags & ~ONLY_IN_BLOCK,
    )
    line = line_of(source.text, other)
    return (
        same_block
        and not other.flags & IN_TRY
        and b"\n" not in source.text[other.start : other.end]
        and not any(letter in line for letter in (b"#", b";", b"\\"))
        and len(line) + len(name) + 2 <= LONGEST_LINE
    )


def line_of(text: bytes, statement: Import) -> bytes:
    end = text.find(b"\n", statement.end)
    return text[text.rfind(b"\n", 0, statement.start) + 1 : end if end >= 0 else len(text)].rstrip()


def is_in_time(other: Import, own: Import, uses: Sequence[Mention]) -> bool:
    """Whether no use comes between the two, where the other one comes later."""
    return other.start <= own.start or not any(
        own.start < use.start < other.start and not use.flags & RUNS_LATER for use in uses
    )


def joining_edits(statement: Import, names: Sequence[str]) -> Iterator[TextEdit]:
    """Each name before the first that sorts behind it, where they are sorted; else behind the last."""
    there = [alias.name for alias in statement.aliases]
    sorted_there = there == sorted(there)
    by_place: dict[int, list[str]] = {}
    for name in sorted(dict.fromkeys(names)):
        places = (alias.start for alias in statement.aliases if alias.name > name)
        by_place.setdefault(next(places, -1) if sorted_there else -1, []).append(name)
    for start, joined in by_place.items():
        if start >= 0:
            yield TextEdit(start, start, "".join(f"{name}, " for name in joined).encode())
        else:
            end = statement.aliases[-1].end
            yield TextEdit(end, end, "".join(f", {name}" for name in joined).encode())
