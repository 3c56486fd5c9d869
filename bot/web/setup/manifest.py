"""The App's manifest, with the addresses of this server in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import yaml

import bot
from bot.web.setup.form import SetupChoice

CALLBACK = "/sign-in/callback"
INSTALLED = "/installed"
CREATED = "/setup/created"


def manifest(choice: SetupChoice, back_to: str) -> dict[str, Any]:
    """`back_to` is this server's address as the person's browser knows it."""
    given = yaml.safe_load((Path(bot.__file__).parent / "app.yml").read_text("utf-8"))
    return {
        **given,
        "hook_attributes": {"url": f"{choice.public_url}/webhook", "active": True},
        "redirect_url": f"{back_to}{CREATED}",
        "callback_urls": [f"{choice.public_url}{CALLBACK}"],
        "setup_url": f"{choice.public_url}{INSTALLED}",
    }


def as_field(given: dict[str, Any]) -> str:
    return json.dumps(given)


def form_address(choice: SetupChoice, state: str) -> str:
    """Where GitHub takes manifests."""
    owner = f"/organizations/{quote(choice.organization)}" if choice.organization else ""
    return f"{choice.site.url}{owner}/settings/apps/new?{urlencode({'state': state})}"
