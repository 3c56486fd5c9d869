"""The packages that a platform installs: those that requirements.txt names, and nothing else."""

from __future__ import annotations

import re
from importlib.metadata import distributions
from pathlib import Path

from tests.world import ROOT

INSTALLED = {one.name.lower().replace("_", "-"): one for one in distributions()}


def link_required_packages(folder: Path) -> Path:
    """By links, in a new folder for `PYTHONPATH`."""
    folder.mkdir()
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        name = line.partition("==")[0]
        if not re.match(r"[a-z]", name) or name not in INSTALLED:
            continue
        for top in {file.parts[0] for file in INSTALLED[name].files or () if file.parts[0] != ".."}:
            where = Path(str(INSTALLED[name].locate_file(top)))
            if where.exists() and not (folder / top).exists():
                (folder / top).symlink_to(where)
    return folder
