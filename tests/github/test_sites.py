"""GitHub's servers: where people go, and where its API is."""

from __future__ import annotations

import pytest

from bot.github.sites import GITHUB_COM, site_at, site_of_api


@pytest.mark.parametrize(
    ("address", "url", "api_url"),
    [
        ("https://github.com", "https://github.com", "https://api.github.com"),
        ("https://api.github.com", "https://github.com", "https://api.github.com"),
        ("https://acme.ghe.com", "https://acme.ghe.com", "https://api.acme.ghe.com"),
        ("https://ghe.acme.com", "https://ghe.acme.com", "https://ghe.acme.com/api/v3"),
        ("https://api.acme.com:8443", "https://api.acme.com:8443", "https://api.acme.com:8443/api/v3"),
    ],
)
def test_each_is_found_by_its_address_and_by_its_apis(address: str, url: str, api_url: str) -> None:
    site = site_at(address)
    assert (site.url, site.api_url) == (url, api_url)
    assert site_of_api(site.api_url) == site


def test_github_com_is_one() -> None:
    assert site_at("https://www.github.com") is site_of_api("https://api.github.com") is GITHUB_COM
