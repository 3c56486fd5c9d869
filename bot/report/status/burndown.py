"""The references left over time, as a chart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot.decide.history import RemainingAt
from bot.report.text import fold


def burndown_section(points: Sequence[RemainingAt], whole: int) -> str:
    if len(points) < 2:
        return ""
    top = max(1, whole, *(point.remaining for point in points))
    moments = ", ".join(f'"{label}"' for label in _labels(points))
    line = ", ".join(str(point.remaining) for point in points)
    chart = (
        "```mermaid\nxychart-beta\n"
        '    title "References left"\n'
        f"    x-axis [{moments}]\n"
        f'    y-axis "left" 0 --> {top}\n'
        f"    bar [{line}]\n    line [{line}]\n```"
    )
    return fold("Burndown", chart)


def _labels(points: Sequence[RemainingAt]) -> list[str]:
    """Days where the chart spans days, else hours; GitHub's Mermaid wants each label once."""
    span = points[-1].at - points[0].at
    form = "%b %d" if span > 3 * 86400 else "%d %H:%M" if span > 3600 else "%H:%M:%S"
    labels: list[str] = []
    for point in points:
        label = datetime.fromtimestamp(point.at, UTC).strftime(form)
        while label in labels:
            label += "\u2009"
        labels.append(label)
    return labels
