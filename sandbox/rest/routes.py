"""All REST routes."""

from __future__ import annotations

from urllib.parse import unquote

from sandbox.rest import apps, checks, git, issues, labels, pulls, repositories, workflows
from sandbox.rest.call import Route

ROUTES: tuple[Route, ...] = tuple(
    route
    for topic in (apps, repositories, git, issues, labels, pulls, checks, workflows)
    for route in topic.table.routes
)


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Find the route of a quoted path. The longest template wins."""
    fits = [
        (route, {name: unquote(value) for name, value in match.groupdict().items()})
        for route in ROUTES
        if route.method == method and (match := route.pattern.match(path))
    ]
    return max(fits, key=lambda fit: len(fit[0].template), default=None)
