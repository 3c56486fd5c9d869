"""The project's addresses: written once, in pyproject.toml, which becomes the metadata of what is installed."""

from __future__ import annotations

import tomllib
from importlib import metadata
from pathlib import Path

DISTRIBUTION = "drover-app"


def project_url(label: str) -> str:
    """Empty if nothing says it."""
    return _of_checkout().get(label) or _of_distribution().get(label, "")


def _of_checkout() -> dict[str, str]:
    """Of the pyproject.toml beside this package, if it is this project's."""
    try:
        project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
    except (OSError, ValueError, KeyError):
        return {}
    return dict(project.get("urls", {})) if project.get("name") == DISTRIBUTION else {}


def _of_distribution() -> dict[str, str]:
    try:
        lines = metadata.metadata(DISTRIBUTION).get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        return {}
    return {label: url for label, _, url in (line.partition(", ") for line in lines)}
