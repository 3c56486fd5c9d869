"""Mermaid charts as SVG: `xychart-beta` and `pie`. Colours come from the stylesheet."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH, HEIGHT = 720.0, 280.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 16.0, 40.0, 40.0
MOST_POINTS = 400
SLICES = 8


class UnsupportedChart(ValueError):
    """A chart that can't be drawn and is shown as code."""


@dataclass(frozen=True)
class Series:
    kind: str
    """bar or line."""
    values: tuple[float, ...]
    name: str = ""


@dataclass
class XYChart:
    title: str = ""
    x_title: str = ""
    y_title: str = ""
    categories: tuple[str, ...] = ()
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    series: list[Series] = field(default_factory=list)


@dataclass
class PieChart:
    title: str = ""
    show_data: bool = False
    slices: list[tuple[str, float]] = field(default_factory=list)


def draw(source: str) -> str:
    """Return the SVG of a Mermaid chart, or raise `UnsupportedChart`."""
    lines = list(_statements(source))
    if not lines:
        raise UnsupportedChart("nothing to draw")
    head = lines[0].split()
    if head[0] in ("xychart-beta", "xychart") and "horizontal" not in head:
        return _draw_xy(read_xychart(lines[1:]))
    if head[0] == "pie":
        return _draw_pie(read_pie(lines))
    raise UnsupportedChart(head[0])


def _statements(source: str) -> Iterator[str]:
    """Return the lines without front matter, directives and comments."""
    text = re.sub(r"\A\s*---\n.*?\n---\n", "", source, flags=re.DOTALL)
    text = re.sub(r"%%\{.*?\}%%", "", text, flags=re.DOTALL)
    for line in text.splitlines():
        said = line.split("%%")[0].strip()
        if said:
            yield said


# parsing

_TEXT = r'(?:"([^"]*)"|([^\[\]"]*?))'
_AXIS = re.compile(_TEXT + r"\s*(?:\[(.*)\]|(-?[\d.]+)\s*-->\s*(-?[\d.]+))?$")
_SERIES = re.compile(_TEXT + r"\s*\[(.*)\]$")
_SLICE = re.compile(r'"([^"]*)"\s*:\s*([\d.]+)$')


def read_xychart(lines: Sequence[str]) -> XYChart:
    chart = XYChart()
    for line in lines:
        word, _, rest = line.partition(" ")
        _read_xy_line(chart, word, rest.strip())
    if not chart.series or not all(series.values for series in chart.series):
        raise UnsupportedChart("a chart without values")
    return chart


def _read_xy_line(chart: XYChart, word: str, rest: str) -> None:
    if word == "title":
        chart.title = rest.strip('"')
    elif word == "x-axis":
        chart.x_title, chart.categories, chart.x_range = _axis(rest)
    elif word == "y-axis":
        chart.y_title, _, chart.y_range = _axis(rest)
    elif word in ("bar", "line"):
        chart.series.append(_series(word, rest))
    else:
        raise UnsupportedChart(word)


def _axis(rest: str) -> tuple[str, tuple[str, ...], tuple[float, float] | None]:
    found = _AXIS.match(rest)
    if not found:
        raise UnsupportedChart(rest)
    quoted, plain, items, low, high = found.groups()
    span = (_number(low), _number(high)) if low is not None else None
    return quoted or plain or "", _items(items or ""), span


def _series(kind: str, rest: str) -> Series:
    found = _SERIES.match(rest)
    if not found:
        raise UnsupportedChart(rest)
    quoted, plain, items = found.groups()
    values = tuple(_number(item) for item in _items(items))
    if len(values) > MOST_POINTS:
        raise UnsupportedChart("too many points")
    return Series(kind, values, quoted or plain or "")


def _items(text: str) -> tuple[str, ...]:
    return tuple(
        (quoted or plain).strip()
        for quoted, plain in re.findall(r'"([^"]*)"|([^,"]+)', text)
        if (quoted or plain).strip()
    )


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise UnsupportedChart(text) from None
    if not math.isfinite(value) or abs(value) > 1e12:
        raise UnsupportedChart(text)
    return value


def read_pie(lines: Sequence[str]) -> PieChart:
    head = re.match(r"pie(?:\s+(showData))?(?:\s+title\s+(.*))?$", lines[0])
    if not head:
        raise UnsupportedChart(lines[0])
    pie = PieChart(head[2] or "", bool(head[1]))
    for line in lines[1:]:
        if line.startswith("title "):
            pie.title = line[6:].strip()
        elif line == "showData":
            pie.show_data = True
        elif found := _SLICE.match(line):
            pie.slices.append((found[1], _number(found[2])))
        else:
            raise UnsupportedChart(line)
    if not sum(value for _, value in pie.slices):
        raise UnsupportedChart("a pie of nothing")
    return pie


# drawing


def _draw_xy(chart: XYChart) -> str:
    count = max(len(chart.categories), *(len(series.values) for series in chart.series))
    low, high, ticks = _scale(chart)
    plot = _Plot(count, low, high)
    parts = [*_grid(plot, ticks), *_x_axis(plot, _x_labels(chart, count)), *_titles(chart)]
    bars = [series for series in chart.series if series.kind == "bar"]
    for number, series in enumerate(bars):
        parts += _bars(plot, series, number, len(bars))
    lines = [series for series in chart.series if series.kind == "line"]
    for number, series in enumerate(lines):
        parts += _line(plot, series, number)
    return _svg(WIDTH, HEIGHT, chart.title or "chart", _screen_reader_text(chart), parts)


@dataclass(frozen=True)
class _Plot:
    count: int
    low: float
    high: float

    @property
    def step(self) -> float:
        return (WIDTH - LEFT - RIGHT) / max(self.count, 1)

    def x(self, index: int) -> float:
        return LEFT + self.step * (index + 0.5)

    def y(self, value: float) -> float:
        span = self.high - self.low or 1.0
        share = (min(max(value, self.low), self.high) - self.low) / span
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _scale(chart: XYChart) -> tuple[float, float, list[float]]:
    values = [value for series in chart.series for value in series.values]
    low, high = chart.y_range or (min(0.0, *values), max(values))
    if high <= low:
        high = low + 1
    step = _round_up((high - low) / 4)
    first = math.ceil(low / step) * step
    ticks = [first + step * index for index in range(8) if first + step * index <= high + step * 1e-6]
    return low, high, ticks


def _round_up(rough: float) -> float:
    """Return the next number that is 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)


def _grid(plot: _Plot, ticks: Sequence[float]) -> Iterator[str]:
    for tick in ticks:
        y = plot.y(tick)
        yield f'<line class="chart-grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"></line>'
        yield _text(LEFT - 8, y + 4, _short(tick), "end")


def _x_labels(chart: XYChart, count: int) -> list[str]:
    if chart.categories:
        return list(chart.categories)
    low, high = chart.x_range or (1.0, float(count))
    if count == 1:
        return [_short(low)]
    return [_short(low + (high - low) * index / (count - 1)) for index in range(count)]


def _x_axis(plot: _Plot, labels: Sequence[str]) -> Iterator[str]:
    longest = max((len(label) for label in labels), default=1)
    every = max(1, math.ceil((longest + 2) * 6.6 / plot.step))
    base = HEIGHT - BOTTOM
    yield f'<line class="chart-axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{base}" y2="{base}"></line>'
    for index, label in enumerate(labels):
        if index % every == 0:
            yield _text(plot.x(index), base + 18, label)


def _titles(chart: XYChart) -> Iterator[str]:
    yield _text(WIDTH / 2, 20, chart.title, css="chart-title")
    if chart.x_title:
        yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 5, chart.x_title, css="chart-label")
    if chart.y_title:
        yield _text(
            LEFT - 8, TOP - 14, chart.y_title, "end" if len(chart.y_title) < 8 else "middle", "chart-label"
        )


def _bars(plot: _Plot, series: Series, number: int, of: int) -> Iterator[str]:
    width = min(plot.step * 0.7 / of, 56.0)
    for index, value in enumerate(series.values):
        x = plot.x(index) + (number - of / 2) * width
        top, base = sorted((plot.y(value), plot.y(max(plot.low, 0.0))))
        yield (
            f'<rect class="chart-bar chart-{number % SLICES}" x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" '
            f'height="{base - top:.1f}" rx="2"></rect>'
        )


def _line(plot: _Plot, series: Series, number: int) -> Iterator[str]:
    points = [f"{plot.x(index):.1f},{plot.y(value):.1f}" for index, value in enumerate(series.values)]
    yield f'<polyline class="chart-line chart-line-{number % SLICES}" points="{" ".join(points)}"></polyline>'
    if len(points) <= 60:
        for point in points:
            x, y = point.split(",")
            yield f'<circle class="chart-dot chart-line-{number % SLICES}" cx="{x}" cy="{y}" r="3"></circle>'


def _screen_reader_text(chart: XYChart) -> str:
    """Return the text that a screen reader reads."""
    labels = _x_labels(chart, max(len(series.values) for series in chart.series))
    return "; ".join(
        f"{series.name or chart.y_title or series.kind}: "
        + ", ".join(f"{label} {_short(value)}" for label, value in zip(labels, series.values, strict=False))
        for series in chart.series
    )


def _draw_pie(pie: PieChart) -> str:
    total = sum(value for _, value in pie.slices)
    centre, radius = 150.0, 110.0
    parts = [_text(WIDTH / 2, 20, pie.title, css="chart-title")]
    start = 0.0
    for number, (label, value) in enumerate(pie.slices):
        share = value / total
        parts.append(_slice(centre, HEIGHT / 2 + 14, radius, start, share, number % SLICES))
        parts += _legend(number, label, value, share, pie.show_data)
        start += share
    spoken = ", ".join(f"{label} {value / total:.0%}" for label, value in pie.slices)
    return _svg(WIDTH, max(HEIGHT, 80.0 + 24 * len(pie.slices)), pie.title or "pie", spoken, parts)


def _slice(x: float, y: float, radius: float, start: float, share: float, number: int) -> str:
    if share > 0.9999:
        return f'<circle class="chart-slice chart-{number}" cx="{x}" cy="{y}" r="{radius}"></circle>'
    (x1, y1), (x2, y2) = (_on_circle(x, y, radius, turn) for turn in (start, start + share))
    return (
        f'<path class="chart-slice chart-{number}" d="M{x},{y} L{x1:.2f},{y1:.2f} '
        f'A{radius},{radius} 0 {int(share > 0.5)} 1 {x2:.2f},{y2:.2f} Z"></path>'
    )


def _on_circle(x: float, y: float, radius: float, turn: float) -> tuple[float, float]:
    angle = 2 * math.pi * turn - math.pi / 2
    return x + radius * math.cos(angle), y + radius * math.sin(angle)


def _legend(number: int, label: str, value: float, share: float, show_data: bool) -> Iterator[str]:
    y = 64.0 + 24 * number
    said = f"{label} [{_short(value)}]" if show_data else label
    css = f"chart-bar chart-{number % SLICES}"
    yield f'<rect class="{css}" x="300" y="{y - 11}" width="14" height="14" rx="2"></rect>'
    yield _text(322, y + 1, f"{said} · {share:.0%}", "start")


def _text(x: float, y: float, text: str, anchor: str = "middle", css: str = "chart-text") -> str:
    return f'<text class="{css}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _short(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.6g}"


def _svg(width: float, height: float, title: str, spoken: str, parts: Sequence[str]) -> str:
    label = escape(f"{title}. {spoken}"[:2000])
    return (
        f'<svg class="chart" viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{label}">'
        + "".join(parts)
        + "</svg>"
    )
