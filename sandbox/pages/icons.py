"""Icons on a grid of 16, as the content of an <svg>."""

from __future__ import annotations

from markupsafe import Markup


def _stroke(path: str) -> Markup:
    return Markup(
        '<path fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" '
        'stroke-linejoin="round" d="{}"/>'
    ).format(path)


def _ring(more: str = "", dots: str = "") -> Markup:
    ring = Markup('<circle cx="8" cy="8" r="6.3" fill="none" stroke="currentColor" stroke-width="1.6"/>')
    return ring + (_stroke(more) if more else Markup("")) + Markup(dots)


ICONS: dict[str, Markup] = {
    "issue": _ring(dots='<circle cx="8" cy="8" r="1.7"/>'),
    "done": _ring("M5.2 8.2l2 2 3.6-4"),
    "not-planned": _ring("M4 12L12 4"),
    "pull": _stroke("M4 5.5v6M4 3.9v.01M4 13v.01M12 13v.01M12 11.5V6.5a2 2 0 0 0-2-2H7.5M9.3 2.5l-2 2 2 2"),
    "draft": _stroke("M4 5.5v6M4 3.9v.01M4 13v.01M12 13v.01M12 9v.01M12 5v.01"),
    "merge": _stroke("M4.5 5.5v6M4.5 3.9v.01M4.5 13v.01M11.8 9.5v.01M4.5 5.5c.3 2.6 3 4 5.6 4"),
    "closed": _stroke("M4 5.5v6M4 3.9v.01M4 13v.01M12 13v.01M12 11.5V9M10.2 3.2l3.6 3.6M13.8 3.2l-3.6 3.6"),
    "commit": _stroke("M1.5 8h3.7M10.8 8h3.7")
    + Markup('<circle cx="8" cy="8" r="2.7" fill="none" stroke="currentColor" stroke-width="1.6"/>'),
    "branch": _stroke("M4.5 5.2v6M4.5 3.6v.01M4.5 12.9v.01M11.5 3.6v.01M11.5 5.2c0 3-7 1.6-7 5"),
    "code": _stroke("M5.5 4L1.7 8l3.8 4M10.5 4l3.8 4-3.8 4"),
    "comment": _stroke("M2.2 3h11.6v8H8l-3 2.6V11H2.2z"),
    "file": _stroke("M3.5 1.8h6l3 3v9.4h-9zM9.3 2v3h3"),
    "folder": Markup('<path d="M1.5 3.2h4.6l1.4 1.7h7v8.4h-13z" opacity=".75"/>'),
    "tag": _stroke("M2.2 2.2h5.4l6.2 6.2-5.4 5.4-6.2-6.2zM5.2 5.2v.01"),
    "eye": _stroke("M1.2 8c1.8-3 4-4.5 6.8-4.5S13 5 14.8 8c-1.8 3-4 4.5-6.8 4.5S3 11 1.2 8z")
    + Markup('<circle cx="8" cy="8" r="1.8"/>'),
    "pencil": _stroke("M2.5 13.5l.7-3L10.7 3l2.3 2.3-7.5 7.5z"),
    "smile": _ring("M5.4 9.4c1 1.7 4.2 1.7 5.2 0M6 6.2v.01M10 6.2v.01"),
    "check": _stroke("M2.8 8.6l3.4 3.4 7-7.6"),
    "cross": _stroke("M3.6 3.6l8.8 8.8M12.4 3.6l-8.8 8.8"),
    "dot": Markup('<circle cx="8" cy="8" r="4"/>'),
    "running": _stroke("M14.2 8A6.2 6.2 0 1 1 8 1.8"),
    "skip": Markup('<rect x="3" y="6" width="10" height="4" rx="1"/>'),
    "warn": _stroke("M8 2L1.4 13.6h13.2zM8 6.4v3.4M8 11.7v.01"),
    "herd": Markup(
        '<path d="M2.4 8.9c0-2 1.6-3.3 3.5-3.3h3.4L10.9 3l.9 1.6 2.1.7-.5 2.2-1.9.6v3.9h-1.5v-2.3H6.1V12H4.6'
        'V9.6l-.7-.3-.6 1.5z"/><path d="M1 14.2h14" stroke="currentColor" stroke-width="1.2"/>'
    ),
}
FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" '
    f'fill="#1f883d"/><g fill="#fff" stroke="#fff" stroke-width="0">{ICONS["herd"]}</g></svg>'
)
