"""The proxy that the environment names for a request, as git and curl read it: `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`."""

from __future__ import annotations

from urllib.request import getproxies, proxy_bypass

from yarl import URL


def proxy_for(url: URL) -> URL | None:
    """
    The `proxy` of a request. aiohttp's own `trust_env` would read `.netrc`, too: what somebody keeps there for GitHub has
    no place beside the token of an App.
    """
    address = getproxies().get(url.scheme, "")
    if not address or url.host is None or proxy_bypass(url.host):
        return None
    return URL(address if "://" in address else f"http://{address}")
