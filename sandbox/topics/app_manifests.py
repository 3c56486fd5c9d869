"""App manifests, read as strictly as GitHub does, and the codes that are exchanged for an App's secrets."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sandbox.access.permissions import LEVELS, is_granted
from sandbox.access.refusals import Refusal, not_found
from sandbox.controls.clock import Clock
from sandbox.model.accounts import App
from sandbox.model.json import Json
from sandbox.webhooks.events import EVENT_NEEDS

LONGEST_NAME = 34
GOOD_FOR = timedelta(hours=1)
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
"""Strict, since the address also goes into a response header."""


@dataclass(frozen=True)
class Manifest:
    name: str
    url: str
    permissions: Mapping[str, str]
    events: tuple[str, ...]
    hook_url: str | None
    redirect_url: str | None
    setup_url: str | None
    callback_urls: tuple[str, ...]
    description: str
    public: bool


def read_manifest(given: object) -> Manifest:
    """Read a manifest, or raise all of its errors at once."""
    if not isinstance(given, dict):
        raise _invalid(["The manifest is not a JSON object"])
    hook = given.get("hook_attributes") or {}
    wrong = [*_missing(given, hook), *_wrong_types(given, hook)]
    if wrong:
        raise _invalid(wrong)
    permissions = dict(given.get("default_permissions") or {})
    events = tuple(given.get("default_events") or ())
    wrong = [*_unknown_levels(permissions), *_unpermitted_events(permissions, events)]
    if wrong:
        raise _invalid(wrong)
    return Manifest(
        name=given.get("name") or "",
        url=given["url"],
        permissions=permissions,
        events=events,
        hook_url=hook.get("url") if hook.get("active", True) else None,
        redirect_url=given.get("redirect_url"),
        setup_url=given.get("setup_url"),
        callback_urls=tuple(given.get("callback_urls") or ()),
        description=given.get("description") or "",
        public=bool(given.get("public", True)),
    )


def _invalid(wrong: Sequence[str]) -> Refusal:
    return Refusal(422, "Invalid GitHub App configuration", [{"message": one} for one in wrong])


def _missing(given: Json, hook: object) -> list[str]:
    found = [] if given.get("url") else ["url must be set"]
    if isinstance(hook, dict) and hook and not hook.get("url"):
        found.append("hook_attributes.url must be set")
    return found


def _wrong_types(given: Json, hook: object) -> list[str]:
    if not isinstance(hook, dict):
        return ["hook_attributes is not an object"]
    callbacks = given.get("callback_urls") or []
    if not isinstance(callbacks, list):
        return ["callback_urls is not a list of addresses"]
    addresses = {name: given.get(name) for name in ("url", "redirect_url", "setup_url")}
    addresses |= {f"callback_urls[{number}]": one or " " for number, one in enumerate(callbacks)}
    addresses["hook_attributes.url"] = hook.get("url")
    found = [
        f"{name} must be an http(s) address"
        for name, one in addresses.items()
        if one and not _is_http_address(one)
    ]
    texts = [name for name in ("name", "description") if not isinstance(given.get(name) or "", str)]
    found += [f"{name} is not a text" for name in texts]
    if not isinstance(given.get("default_permissions") or {}, dict):
        found.append("default_permissions is not an object")
    events = given.get("default_events") or []
    if not isinstance(events, list) or not all(isinstance(one, str) for one in events):
        found.append("default_events is not a list of names")
    return found


def _is_http_address(address: object) -> bool:
    if not isinstance(address, str):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and _HOST.fullmatch(parts.netloc) is not None


def _unknown_levels(permissions: Json) -> list[str]:
    return [
        f"Default permission records resource is not included in the list: {name}: {level}"
        for name, level in permissions.items()
        if level not in LEVELS
    ]


def _unpermitted_events(permissions: Json, events: Sequence[str]) -> list[str]:
    """Return an error for events that the permissions don't cover."""
    if _unknown_levels(permissions):
        return []
    allowed = {"metadata": "read", **permissions}
    wrong = [event for event in events if not is_granted(allowed, EVENT_NEEDS.get(event, "metadata:read"))]
    return [f"Default events unsupported: {', '.join(wrong)}"] if wrong else []


class ManifestCodes:
    """Codes that work once, within an hour."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._given: dict[str, tuple[App, datetime]] = {}

    def create(self, app: App) -> str:
        code = secrets.token_hex(20)
        self._given[code] = (app, self._clock.now())
        return code

    def redeem(self, code: str) -> App:
        if code not in self._given:
            raise not_found()
        app, at = self._given.pop(code)
        if self._clock.now() - at > GOOD_FOR:
            raise not_found()
        return app


def with_query(address: str, more: Mapping[str, str]) -> str:
    """Add parameters to an address's query."""
    parts = urlsplit(address)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *more.items()])
    return urlunsplit(parts._replace(query=query, fragment=""))
