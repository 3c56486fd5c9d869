"""`make sbom` lists what the lock file pins, each package once, with every hash."""

from __future__ import annotations

import json
import re
import subprocess
import sys

from tests.world import ROOT

LOCK = ROOT / "requirements.txt"


def test_the_bill_lists_what_the_lock_file_pins() -> None:
    program = [sys.executable, "deploy/bill_of_materials.py", LOCK.name]
    bill = json.loads(subprocess.run(program, cwd=ROOT, capture_output=True, check=True).stdout)
    text = LOCK.read_text()
    pinned = dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE))
    assert {one["name"]: one["version"] for one in bill["components"]} == pinned
    assert len(bill["components"]) == len(pinned)
    hashes = [
        each["value"]
        for one in bill["components"]
        for each in one["properties"]
        if each["name"] == "python:sha256"
    ]
    assert hashes == re.findall(r"sha256:([0-9a-f]{64})", text)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
