"""A folder that becomes what an image would be: each step runs in it as an engine would run it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.image.dockerfile import Stage, Step

PACKAGES = "python3,python3-venv,ca-certificates"
"""Besides a minimal Debian: what the image python:3.11-slim-bookworm has, and these steps use."""
NETWORK = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "PIP_INDEX_URL")
CERTIFICATES = "/run/host-certificates.crt"
USUAL_PATH = "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"


def make_base(folder: Path) -> None:
    subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(folder)], check=True
    )
    (folder / "usr/local/bin/python").symlink_to("/usr/bin/python3")


class BareRoot:
    def __init__(self, base: Path, folder: Path) -> None:
        subprocess.run(["cp", "--archive", "--reflink=auto", str(base), str(folder)], check=True)
        self.folder = folder
        self.environment = {"PATH": USUAL_PATH}
        self.user, self.work_dir = "root", "/"

    def build(self, stage: Stage, context: Path, earlier: dict[str, BareRoot]) -> None:
        for step in stage.steps:
            print(f"{stage.name}: {step.instruction} {step.value[:100]}", flush=True)
            self._apply(step, context, earlier)

    def _apply(self, step: Step, context: Path, earlier: dict[str, BareRoot]) -> None:
        match step.instruction:
            case "RUN":
                subprocess.run(self.command("/bin/sh", "-c", step.value), check=True)
            case "COPY":
                self._copy(step.words, context, earlier)
            case "ENV":
                for name, _, value in (word.partition("=") for word in step.words):
                    self.environment[name] = value.replace("$PATH", self.environment["PATH"])
            case "USER":
                self.user = step.value
            case "WORKDIR":
                self.work_dir = step.value
                (self.folder / step.value.strip("/")).mkdir(parents=True, exist_ok=True)

    def _copy(self, words: list[str], context: Path, earlier: dict[str, BareRoot]) -> None:
        if words[0].startswith("--from="):
            context = earlier[words.pop(0).partition("=")[2]].folder
        to = self.folder / os.path.join(self.work_dir, words[-1]).lstrip("/")
        for name in words[:-1]:
            source = context / name.lstrip("/")
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, to, symlinks=True, dirs_exist_ok=True, ignore=ignored)
            else:
                into = to / source.name if words[-1].endswith("/") else to
                into.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, into)

    def command(self, *arguments: str, **settings: str) -> list[str]:
        """What runs it in here as the user of now."""
        environment = {**self._network(), **self.environment, **settings}
        variables = [word for name, value in environment.items() for word in ("--setenv", name, value)]
        return [
            *("bwrap", "--bind", str(self.folder), "/", "--dev", "/dev", "--proc", "/proc"),
            *("--ro-bind", "/etc/resolv.conf", "/etc/resolv.conf"),
            *(
                ("--ro-bind", os.environ["SSL_CERT_FILE"], CERTIFICATES)
                if "SSL_CERT_FILE" in os.environ
                else ()
            ),
            *(
                "--die-with-parent",
                "--cap-add",
                "ALL",
                "--clearenv",
                *variables,
                "--chdir",
                self.work_dir,
                "--",
            ),
            *("setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--init-groups", *arguments),
        ]

    def _network(self) -> dict[str, str]:
        """How this machine reaches the network, and whom it trusts there."""
        named = {name: os.environ[name] for name in NETWORK if name in os.environ}
        trusted = dict.fromkeys(("PIP_CERT", "SSL_CERT_FILE"), CERTIFICATES)
        return {**named, **(trusted if "SSL_CERT_FILE" in os.environ else {})}
