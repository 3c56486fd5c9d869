"""The verification of each phase, folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.decide.history import ProofReport
from bot.decide.status import PhaseStatus, State, Status
from bot.report.slices import slice_title
from bot.report.text import fold, inert, link


def proofs_section(status: Status, proofs: Sequence[ProofReport], room: int) -> str:
    """A fold-out for each pull request, those under review first, for as long as there is room."""
    known = {proof.pull: proof for proof in proofs}
    shown, cut = list[str](), 0
    for part in _in_order(status):
        proof = known.get(part.pull.number) if part.pull else None
        text = _fold_proof(part, proof, room // 2) if proof else ""
        if len(text) > room:
            cut += 1
        elif text:
            shown.append(text)
            room -= len(text)
    more = f"- … and {cut:,} more, in the check of each pull request" if cut else ""
    return "\n\n".join([*shown, more] if more else shown)


def _in_order(status: Status) -> Iterator[PhaseStatus]:
    for state in (State.OPEN, State.MERGED):
        yield from (part for part in status.parts if part.state is state)


def _fold_proof(part: PhaseStatus, proof: ProofReport, room: int) -> str:
    name = f"Verification of phase {part.number}{inert(slice_title(part.facts.slice))} (#{proof.pull}): {inert(proof.title)}"
    lines, whole = list[str](), proof.summary.splitlines()
    for line in whole:
        room -= len(line) + 1
        if room < 0:
            break
        lines.append(line)
    if len(lines) < len(whole):
        lines.append(f"\n… see the {link('check', proof.url)} for the rest.")
    return fold(name, "\n".join(lines).strip())
