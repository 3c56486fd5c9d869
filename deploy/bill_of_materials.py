"""A bill of materials (CycloneDX 1.5) of what the lock file pins: `python deploy/bill_of_materials.py requirements.txt`."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?: ; (?P<marker>[^\\]+?))? \\$")
_HASH = re.compile(r"--hash=sha256:(?P<sha>[0-9a-f]{64})")


def components(lock: str) -> Iterator[dict[str, Any]]:
    for block in re.split(r"\n(?=\S)", lock):
        pinned = _PINNED.match(block.partition("\n")[0])
        if pinned is None:
            continue
        address = f"pkg:pypi/{pinned['name'].lower()}@{pinned['version']}"
        marker = [{"name": "python:marker", "value": pinned["marker"]}] if pinned["marker"] else []
        yield {
            "type": "library",
            "bom-ref": address,
            "name": pinned["name"],
            "version": pinned["version"],
            "purl": address,
            "properties": [
                *marker,
                *({"name": "python:sha256", "value": found["sha"]} for found in _HASH.finditer(block)),
            ],
        }


def bill(lock: str) -> dict[str, Any]:
    """The same for the same lock file."""
    serial = uuid.UUID(hashlib.sha256(lock.encode()).hexdigest()[:32])
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "drover-app", "name": "drover-app"}},
        "components": list(components(lock)),
    }


if __name__ == "__main__":
    print(json.dumps(bill(Path(sys.argv[1]).read_text("utf-8")), indent=2))
