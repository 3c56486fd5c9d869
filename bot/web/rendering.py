"""Pages from templates, with the headers that every page has."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot import __version__
from bot.web.visitor import SIGN_IN, VISITOR

_FOLDER = Path(__file__).parent
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action {forms}; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_YEAR = 365 * 86400


def headers(forms_to: str = "") -> dict[str, str]:
    """Of every page. `forms_to` is the one other server that its forms may be sent to."""
    return {
        "Content-Security-Policy": _POLICY.format(forms=f"'self' {forms_to}".strip()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def _asset(name: str, content_type: str) -> tuple[str, bytes, str]:
    """An address that changes with its content, so that browsers can keep it."""
    data = (_FOLDER / "static" / name).read_bytes()
    stem, _, suffix = name.partition(".")
    return f"/static/{stem}-{hashlib.sha256(data).hexdigest()[:12]}.{suffix}", data, content_type


_ASSETS = {
    name: _asset(name, kind)
    for name, kind in {
        "style.css": "text/css",
        "dashboard.css": "text/css",
        "icon.svg": "image/svg+xml",
    }.items()
}
_templates = Environment(
    loader=FileSystemLoader(_FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.globals |= {
    "assets": {name: address for name, (address, _, _) in _ASSETS.items()},
    "version": __version__,
}


def asset_routes() -> list[web.RouteDef]:
    return [web.get(address, _sender(data, kind)) for address, data, kind in _ASSETS.values()]


def _sender(data: bytes, kind: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def send(_request: web.Request) -> web.Response:
        kept = {**headers(), "Cache-Control": f"public, max-age={_YEAR}, immutable"}
        return web.Response(body=data, content_type=kind, charset="utf-8", headers=kept)

    return send


def page(
    request: web.Request, template: str, *, status: int = 200, forms_to: str = "", **context: Any
) -> web.Response:
    shared = {
        "visitor": request.get(VISITOR),
        "sign_in": request.app.get(SIGN_IN),
        "path": request.rel_url.raw_path_qs,
    }
    text = _templates.get_template(template).render(**shared, **context)
    return web.Response(text=text, status=status, content_type="text/html", headers=headers(forms_to))


def see_other(address: str, more: Mapping[str, str] | None = None) -> web.Response:
    """The page to go to after a form was sent."""
    return web.Response(status=303, headers={"Location": address, **headers(), **(more or {})})
