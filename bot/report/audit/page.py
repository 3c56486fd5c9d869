"""The audit as one page that needs nothing beside it: no script, no font, no network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import NamedTuple

from bot.audit.audit import Audit
from bot.report.audit.sections import AuditSection, headline, sections

WIDTH, HEIGHT = 1000, 460
MOST_BOXES, MOST_RECTANGLES = 150, 1500
LARGEST = 400
"""Rows of a table; the JSON has all."""

STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --paper: #fff; --urgent: #9a6700 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #f0f6fc; --soft: #9198a1; --line: #3d444d; --paper: #0d1117; --urgent: #d29922 } }
body { margin: 2rem auto; max-width: 66rem; padding: 0 1rem; color: var(--ink); background: var(--paper);
  font: 15px/1.5 system-ui, sans-serif }
h1 { font-size: 1.6rem; margin-bottom: 0; overflow-wrap: anywhere } .soft { color: var(--soft) }
summary { font-weight: 600; font-size: 1.1rem; cursor: pointer; padding: .4rem 0 }
summary:focus-visible { outline: 2px solid #0969da; outline-offset: 2px }
.urgent > summary { color: var(--urgent) }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top }
td { overflow-wrap: break-word; max-width: 30rem } th, .number { white-space: nowrap }
.number { text-align: right; font-variant-numeric: tabular-nums }
svg { width: 100%; height: auto; margin: 1rem 0 } svg text { font: 12px system-ui, sans-serif; fill: #fff }
svg rect { stroke: var(--paper); stroke-width: 2 }
@media (max-width: 40rem) {
  svg text { font-size: 20px } h1 { font-size: 1.3rem }
  thead { display: none }
  tr { display: block; padding: .4rem 0; border-bottom: 1px solid var(--line) }
  td, td.number { display: block; padding: 0; border: 0; max-width: none; text-align: left; overflow-wrap: anywhere }
  td + td::before { content: attr(data-column) ": "; color: var(--soft) } }
"""


class Rectangle(NamedTuple):
    x: float
    y: float
    width: float
    height: float


def page(audit: Audit) -> str:
    body = "\n".join(section_html(section) for section in sections(audit))
    at = f" at <code>{escape(audit.commit[:12])}</code>" if audit.commit else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Audit: {html_text(audit.title)}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>{html_text(audit.title)}</h1>
<p class="soft">{escape(headline(audit))} Counted{at} in {audit.seconds:.1f} s.</p>
{treemap(audit.folders())}
{body}
</body>
</html>
"""


def section_html(section: AuditSection) -> str:
    head = "".join(
        f'<th scope="col"{number_class(number)}>{escape(name)}</th>'
        for name, number in zip(section.head, section.numbers, strict=True)
    )
    rows = "\n".join(
        "<tr>"
        + "".join(
            f'<td data-column="{escape(name)}"{number_class(cell.number)}>{html_text(cell.text)}</td>'
            for name, cell in zip(section.head, row, strict=True)
        )
        + "</tr>"
        for row in section.rows[:LARGEST]
    )
    more = len(section.rows) - LARGEST
    rest = f'<p class="soft">… and {more:,} more: see the JSON.</p>' if more > 0 else ""
    about = f'<p class="soft">{escape(section.about)}</p>' if section.about else ""
    urgent = ' class="urgent"' if section.urgent else ""
    is_open = " open" if len(section.rows) <= 30 else ""
    return (
        f"<details{urgent}{is_open}><summary>{escape(section.title)} ({len(section.rows):,})</summary>{about}"
        f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table></div>{rest}</details>'
    )


def number_class(number: bool) -> str:
    return ' class="number"' if number else ""


def html_text(text: str) -> str:
    """Any text as HTML: what is not printable, a lone byte of a path among it, is written out."""
    return escape("".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text))


def treemap(folders: Mapping[str, Mapping[str, int]]) -> str:
    """Where the references are: a box for each folder, as large as its share, and in it one for each file."""
    folders = merge_small_folders(folders)
    weights = {folder: sum(files.values()) for folder, files in folders.items()}
    largest = sorted(weights, key=lambda folder: (-weights[folder], folder))
    if not largest:
        return ""
    boxes = []
    for number, (folder, box) in enumerate(
        squarify([(folder, weights[folder]) for folder in largest], Rectangle(0, 0, WIDTH, HEIGHT))
    ):
        boxes.append(folder_svg(folder, weights[folder], folders[folder], box, number))
    label = f"References by folder: {len(weights):,} folders, {sum(weights.values()):,} references"
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">\n'
        + "\n".join(boxes)
        + "\n</svg>"
    )


def merge_small_folders(folders: Mapping[str, Mapping[str, int]]) -> Mapping[str, Mapping[str, int]]:
    """As deep as can still be told apart; small files of a folder with very many as one."""
    depth = max((folder.count("/") + 1 for folder in folders), default=0)
    while len(folders) > MOST_BOXES and depth > 1:
        depth -= 1
        folders = shallower(folders, depth)
    each = max(3, MOST_RECTANGLES // max(1, len(folders)))
    return {folder: largest_files(files, each) for folder, files in folders.items()}


def shallower(folders: Mapping[str, Mapping[str, int]], depth: int) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for folder, files in folders.items():
        parts = folder.split("/")
        inside = "/".join((*parts[depth:], ""))
        found.setdefault("/".join(parts[:depth]), {}).update({inside + name: n for name, n in files.items()})
    return found


def largest_files(files: Mapping[str, int], most: int) -> Mapping[str, int]:
    if len(files) <= most:
        return files
    largest = sorted(files.items(), key=lambda item: (-item[1], item[0]))
    others = largest[most:]
    return dict(largest[:most]) | {f"{len(others):,} more files": sum(count for _, count in others)}


def folder_svg(folder: str, weight: int, files: Mapping[str, int], box: Rectangle, number: int) -> str:
    hue = number * 47 % 360
    inner = sorted(files.items(), key=lambda item: (-item[1], item[0]))
    rects = "".join(
        f'<rect x="{at.x:.1f}" y="{at.y:.1f}" width="{at.width:.1f}" height="{at.height:.1f}" '
        f'fill="hsl({hue} 45% {28 + 4 * (place % 3)}%)">'
        f"<title>{html_text(join_folder(folder, name))}: {files[name]:,}</title></rect>"
        for place, (name, at) in enumerate(squarify(inner, box))
    )
    room = int(box.width // 7)
    name = folder or "top folder"
    words = f"{name} {weight:,}" if len(name) <= room - 6 else f"…{name[-max(0, room - 8) :]} {weight:,}"
    text = (
        f'<text x="{box.x + 6:.1f}" y="{box.y + 17:.1f}">{html_text(words)}</text>'
        if room > 12 and box.height > 22
        else ""
    )
    return f"<g>{rects}{text}</g>"


def join_folder(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def squarify(items: Sequence[tuple[str, int]], box: Rectangle) -> Iterator[tuple[str, Rectangle]]:
    """Boxes as near to squares as their sizes allow; `items` largest first."""
    whole = sum(weight for _, weight in items)
    scale = box.width * box.height / whole if whole else 0.0
    start = 0
    while start < len(items):
        end = start + 1
        short = min(box.width, box.height)
        while end < len(items) and worst(items[start : end + 1], scale, short) <= worst(
            items[start:end], scale, short
        ):
            end += 1
        yield from row(items[start:end], scale, box)
        box = rest(sum(weight for _, weight in items[start:end]) * scale, box)
        start = end


def worst(items: Sequence[tuple[str, int]], scale: float, side: float) -> float:
    """The worst ratio of sides, were these items one row along that side."""
    area = sum(weight for _, weight in items) * scale
    if not area or not side:
        return 1e9
    thick = area / side
    return max(max(thick * thick / (weight * scale), weight * scale / (thick * thick)) for _, weight in items)


def row(items: Sequence[tuple[str, int]], scale: float, box: Rectangle) -> Iterator[tuple[str, Rectangle]]:
    area = sum(weight for _, weight in items) * scale
    upright = box.width >= box.height
    side = box.height if upright else box.width
    thick = area / side if side else 0.0
    at = 0.0
    for name, weight in items:
        length = weight * scale / thick if thick else 0.0
        yield (
            name,
            Rectangle(box.x, box.y + at, thick, length)
            if upright
            else Rectangle(box.x + at, box.y, length, thick),
        )
        at += length


def rest(area: float, box: Rectangle) -> Rectangle:
    if box.width >= box.height:
        thick = area / box.height if box.height else 0.0
        return Rectangle(box.x + thick, box.y, max(0.0, box.width - thick), box.height)
    thick = area / box.width if box.width else 0.0
    return Rectangle(box.x, box.y + thick, box.width, max(0.0, box.height - thick))
