"""Files that a phase leaves out because a check fails with them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.markers.trailers import ExcludedFile
from bot.report.text import bounded_list, code, plain


def left_out_reason(one: ExcludedFile) -> str:
    if not one.check:
        return "not tried, because time ran out"
    if one.among > 1:
        return f"one of {one.among:,} files with which {plain(one.check)} fails"
    return f"{plain(one.check)} fails with it"


def every_file_fails(guilty: Sequence[ExcludedFile]) -> str:
    lines = [f"- {code(one.path)}: {left_out_reason(one)}" for one in guilty]
    return f"A check fails with every file that was tried, so nothing can be merged:\n\n{bounded_list(lines, 20)}\n\n"
