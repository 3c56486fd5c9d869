"""The published answers and payloads: packages of GitHub's own Octokit project, downloaded with npm."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.recorded.smallest import smallest

PAYLOADS, RECORDINGS, DESCRIPTIONS = (
    "@octokit/webhooks-examples@7.6.1",
    "@octokit/fixtures@23.1.2",
    "@octokit/openapi@23.0.2",
)
SECONDS = 300


class NotDownloaded(Exception):
    """Why, for the person who ran it."""


@dataclass(frozen=True)
class PublishedAnswer:
    source: str
    method: str
    path: str
    """With `{}` for each parameter, or as it was recorded."""
    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    same_recording: tuple[PublishedAnswer, ...] = ()
    """Where its links and redirects lead."""


@dataclass(frozen=True)
class PublishedPayload:
    source: str
    event: str
    payload: Any


def download(package: str, folder: Path) -> Path:
    """Returns the package's files."""
    npm = shutil.which("npm")
    if npm is None:
        raise NotDownloaded("npm is needed to download the published answers, and isn't installed")
    command = [npm, "pack", "--loglevel", "error", "--pack-destination", str(folder), package]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise NotDownloaded(f"{package} wasn't downloaded within {SECONDS} seconds") from None
    if done.returncode:
        reason = " ".join(done.stderr.split())[:200]
        raise NotDownloaded(f"{package} can't be downloaded, is there a network? {reason}")
    unpacked = folder / re.sub(r"\W+", "-", package)
    with tarfile.open(folder / done.stdout.strip().splitlines()[-1]) as archive:
        archive.extractall(unpacked, filter="data")
    return unpacked / "package"


def example_payloads(package: Path) -> Iterator[PublishedPayload]:
    for file in sorted(package.glob("*/index.json")):
        for event in json.loads(file.read_text()):
            for example in event["examples"]:
                yield PublishedPayload(f"examples, {file.parent.name}", event["name"], example)


def recorded_answers(package: Path) -> Iterator[PublishedAnswer]:
    for file in sorted(package.glob("scenarios/*/*/raw-fixture.json")):
        told = [one for one in json.loads(file.read_text()) if not one["responseIsBinary"]]
        plain = tuple(_recorded(one) for one in told)
        for one in plain:
            yield PublishedAnswer(
                "recordings", one.method, one.path, one.status, one.body, one.headers, plain
            )


def _recorded(said: Mapping[str, Any]) -> PublishedAnswer:
    pairs = said.get("rawHeaders") or []
    headers = {name.lower(): value for name, value in zip(pairs[::2], pairs[1::2], strict=True)}
    kept = {name: headers[name] for name in ("link", "location", "etag", "retry-after") if name in headers}
    method, status = said["method"].upper(), int(said["status"])
    return PublishedAnswer("recordings", method, said["path"], status, said["response"] or None, kept)


class Description:
    """One of GitHub's API descriptions."""

    def __init__(self, file: Path) -> None:
        self.name = file.stem
        self._said: Mapping[str, Any] = json.loads(file.read_text())

    @cached_property
    def _by_address(self) -> Mapping[tuple[str, str], Any]:
        return {
            (method.upper(), _plain(path)): operation
            for path, operations in self._said["paths"].items()
            for method, operation in operations.items()
        }

    def answers(self, method: str, template: str) -> Iterator[PublishedAnswer]:
        """Every example of a success, and the smallest answer that the description allows."""
        operation = self._by_address.get((method, template), {})
        for status, response in operation.get("responses", {}).items():
            content = self._resolved(response).get("content", {}).get("application/json", {})
            if not status.startswith("2"):
                continue
            for example in content.get("examples", {}).values():
                body = self._example(example)
                yield PublishedAnswer(f"examples, {self.name}", method, template, int(status), body)
            if "schema" in content:
                body = smallest(content["schema"], self._resolved)
                yield PublishedAnswer(f"smallest, {self.name}", method, template, int(status), body)

    def _example(self, said: Any) -> Any:
        """Some are examples of examples."""
        said = self._resolved(said)
        while isinstance(said, Mapping) and "value" in said and "id" not in said:
            said = self._resolved(said["value"])
        return said

    def payloads(self) -> Iterator[PublishedPayload]:
        """The smallest payload of every event and action."""
        for webhook in self._said.get("x-webhooks", {}).values():
            operation = webhook["post"]
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content:
                body = smallest(content["schema"], self._resolved)
                event = operation["operationId"].partition("/")[0].replace("-", "_")
                yield PublishedPayload(f"smallest, {self.name}", event, body)

    def _resolved(self, said: Any) -> Any:
        while isinstance(said, Mapping) and "$ref" in said:
            found: Any = self._said
            for step in said["$ref"].removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            said = found
        return said


def descriptions(package: Path) -> Iterator[Description]:
    for file in sorted((package / "generated").glob("*.json")):
        if ".deref" not in file.name:
            yield Description(file)


def _plain(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path.replace("{basehead}", "{base}...{head}"))
