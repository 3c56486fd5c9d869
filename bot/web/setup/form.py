"""What a person chooses when they set Drover up, read from the form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from bot.github.sites import GITHUB_COM, GitHubSite, site_at
from bot.setting_values import is_loopback, server_address


@dataclass(frozen=True)
class SetupChoice:
    site: GitHubSite
    organization: str
    """Whose the App is; empty for the person's own account."""
    public_url: str
    keep: Literal["file", "show"]
    """Whether the credentials go into a file, or are shown once."""


Problems = dict[str, str]
"""By field, what is wrong with it."""


def read_form(fields: Mapping[str, str]) -> SetupChoice | Problems:
    problems: Problems = {}
    site = _site(fields, problems)
    organization = _organization(fields, problems)
    public_url = _public_url(fields, site, problems)
    keep: Literal["file", "show"] = "show" if fields.get("keep") == "show" else "file"
    return problems or SetupChoice(site, organization, public_url, keep)


def _site(fields: Mapping[str, str], problems: Problems) -> GitHubSite:
    if fields.get("server") != "enterprise":
        return GITHUB_COM
    try:
        address = server_address(_with_scheme(fields.get("server_url", "")))
    except ValueError:
        problems["server_url"] = "Enter your server's address, such as https://github.example.com."
        return GITHUB_COM
    if can_be_overheard(address):
        problems["server_url"] = "Use https: over http, others could read the App's credentials."
    return site_at(address)


def _organization(fields: Mapping[str, str], problems: Problems) -> str:
    name = fields.get("organization", "").strip()
    if fields.get("account") != "organization":
        return ""
    if not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}", name):
        problems["organization"] = "Enter the organization's name as it is in its address: github.com/NAME."
    return name


def _public_url(fields: Mapping[str, str], site: GitHubSite, problems: Problems) -> str:
    try:
        address = server_address(_with_scheme(fields.get("address", "")))
    except ValueError:
        problems["address"] = (
            "Enter this server's address without a path, such as https://drover.example.com."
        )
        return ""
    host = urlsplit(address).hostname or ""
    github_is_here = is_loopback(urlsplit(site.url).hostname or "")
    if is_loopback(host) and not github_is_here:
        problems["address"] = (
            "GitHub can't reach localhost. Enter the address at which others reach this server; "
            "to try it on your own machine, use the address of a tunnel."
        )
    elif site is GITHUB_COM and _is_private(host):
        problems["address"] = (
            "github.com can't reach an address of your private network. Enter one that the internet can reach."
        )
    return address


def can_be_overheard(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")


def _with_scheme(text: str) -> str:
    text = text.strip()
    return text if "://" in text or not text else f"https://{text}"


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".localdomain"))
