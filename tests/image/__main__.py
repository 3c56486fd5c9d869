"""Runs the steps of the Dockerfile in bare roots, then what the image would start: `make image-check`.

As root, with debootstrap, bubblewrap and a network. `--base FOLDER` uses a root that debootstrap has made before."""

from __future__ import annotations

import argparse
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from bot import __version__
from tests.image.bare_root import BareRoot, make_base
from tests.image.dockerfile import Stage, read_dockerfile
from tests.memory_watch import descendants

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path)
    options, began = parser.parse_args(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="drover-image-") as home:
        base = options.base or Path(home) / "base"
        if not base.exists():
            make_base(base)
        stages = read_dockerfile((ROOT / "Dockerfile").read_text())
        image = build(stages, base, Path(home))
        check_commands(image)
        check_service(image, stages[-1])
    print(f"The Dockerfile's steps work: {time.monotonic() - began:.0f} s.")


def build(stages: list[Stage], base: Path, home: Path) -> BareRoot:
    """The last stage's."""
    roots: dict[str, BareRoot] = {}
    for stage in stages:
        roots[stage.name] = BareRoot(base, home / stage.name)
        roots[stage.name].build(stage, ROOT, roots)
    return roots[stages[-1].name]


def check_commands(image: BareRoot) -> None:
    assert said(image, "id", "-u") == (0, "10001\n")
    assert said(image, "drover", "--version") == (0, f"drover {__version__}\n")
    status, text = said(image, "drover", "doctor")
    assert (status, "Traceback" in text) == (2, False), text
    for words in ("GITHUB_APP_ID is not set", "git is version", "DATA_DIR (/data) has"):
        assert words in text, text
    assert said(image, "sh", "-c", "touch /data/a && rm /data/a") == (0, "")
    assert said(image, "touch", "/opt/drover/a")[0] == 1
    print("drover --version and drover doctor work, as a user without rights")


def said(image: BareRoot, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        image.command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.returncode, done.stdout


def check_service(image: BareRoot, stage: Stage) -> None:
    """What the image starts becomes healthy in time, and ends when it is told to."""
    arguments = [*stage.last("ENTRYPOINT").words, *stage.last("CMD").words]
    health, port = stage.last("HEALTHCHECK"), str(free_port())
    in_time = re.search(r"--start-period=(\d+)s", health.value)
    assert in_time
    process = subprocess.Popen(image.command(*arguments, PORT=port))
    try:
        began = time.monotonic()
        check = image.command(*health.words, PORT=port)
        while subprocess.run(check, stderr=subprocess.DEVNULL).returncode != 0:
            assert time.monotonic() - began < int(in_time[1]), "the health check fails"
            time.sleep(0.2)
        print(f"healthy after {time.monotonic() - began:.1f} s")
        _, started = descendants(process.pid)
        os.kill(started, signal.Signals[stage.last("STOPSIGNAL").value])
        assert process.wait(10) == 0
        print("it ends with status 0 when it is told to")
    finally:
        process.kill()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


if __name__ == "__main__":
    main()
