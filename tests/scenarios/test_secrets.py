"""From the label to the merge, no secret is written anywhere, and no process but git's own transport is given one."""

from __future__ import annotations

import base64
import json
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bot.commands.isolation import no_sandbox
from tests.world import PLAN, World

PHASE_1 = "migration:phase-1"
BRANCH = "drover/1/phase-1"


@dataclass
class Processes:
    """What `/proc` shows of a process and of all that it starts, for as long as they are watched."""

    root: int
    environments: dict[tuple[str, bytes], None] = field(default_factory=dict)
    command_lines: dict[bytes, None] = field(default_factory=dict)
    _ended: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self._ended.wait(0.02):
            for pid in _below(self.root):
                self._note(Path("/proc", str(pid)))

    def _note(self, process: Path) -> None:
        try:
            command = (process / "cmdline").read_bytes()
            environment = (process / "environ").read_bytes()
        except OSError:
            return
        if not command:
            return  # between one program and the next: it is looked at again
        self.command_lines[command] = None
        self.environments[Path(os.fsdecode(command.split(b"\0")[0])).name, environment] = None

    def end(self) -> None:
        self._ended.set()


def _below(root: int) -> list[int]:
    found = [root]
    for pid in found:
        try:
            threads = list(Path(f"/proc/{pid}/task").iterdir())
            found += [int(one) for thread in threads for one in (thread / "children").read_text().split()]
        except OSError:
            continue
    return found


@contextmanager
def watched(root: int) -> Iterator[Processes]:
    processes = Processes(root)
    thread = threading.Thread(target=processes.watch)
    thread.start()
    try:
        yield processes
    finally:
        processes.end()
        thread.join()


def _secrets(here: World) -> Mapping[str, list[bytes]]:
    tokens = [token.encode() for token in here.forge.tokens._tokens if token.startswith("ghs_")]
    encoded = [base64.b64encode(b"x-access-token:" + token) for token in tokens]
    key = here.app.private_key.splitlines()[1:-1]
    return {
        "private key": [line.encode() for line in key],
        "webhook secret": [here.app.webhook_secret.encode()],
        **{name: [here.extra[name].encode()] for name in OTHERS},
        "tokens": tokens + encoded,
    }


PICKLED = b"\x80\x04\x95"
"""What a pickle of some length begins with."""


def _kept_values(database: Path) -> Iterator[tuple[str, bytes]]:
    """What the tables hold; the engine writes its inputs and results in base64."""
    with closing(sqlite3.connect(database)) as connection:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for table in tables:
            for number, row in enumerate(connection.execute(f'SELECT * FROM "{table}"')):
                for column, value in enumerate(row):
                    data = value if isinstance(value, bytes) else str(value).encode()
                    with suppress(ValueError):
                        data += base64.b64decode(data, validate=True)
                    yield f"{table}, row {number}, column {column}", data


OTHERS = ("GITHUB_CLIENT_SECRET", "METRICS_TOKEN")


async def _metrics(here: World) -> None:
    """What a page says that is asked for with a token is not the token."""
    url, token = f"http://127.0.0.1:{here.port}/metrics", here.extra["METRICS_TOKEN"]
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        assert answer.status == 200
        assert _found(_secrets(here), {"metrics": await answer.read()}) == []


def _found(secrets: Mapping[str, list[bytes]], where: Mapping[str, bytes]) -> list[str]:
    return [
        f"{kind} in {name}"
        for kind, texts in secrets.items()
        for name, data in where.items()
        if any(text in data for text in texts)
    ]


CURIOUS = "env; cat /proc/*/environ /proc/*/cmdline; find / -name '*.db' -o -name '*.pem'; exit 1"
"""A command of a plan's that shows all that it finds."""


async def test_no_secret_is_in_a_log_a_file_or_a_child_process(place: World) -> None:
    plan = PLAN.replace("checks:\n", f"checks:\n  commands: [{json.dumps(CURIOUS)}]\n")
    await place.push({".github/migrations/old.yml": plan}, "A curious plan")
    place.extra |= {name: secrets.token_hex(20) for name in OTHERS}
    place.extra |= {"LOG_LEVEL": "DEBUG", "RUN_COMMANDS": "bwrap"}
    place.forge.faults.answer("expired", method="POST", path=r"/git/commits$")
    place.forge.faults.answer("502", method="GET", path=r"/issues/1/events")
    await place.launch(fresh=True)
    with watched(place.processes["bot"].pid) as processes:
        await place.open_issue()
        await place.label("migration")
        await place.until(lambda: PHASE_1 in place.status(), "the migration is adopted")
        await place.label(PHASE_1)
        await place.until(lambda: bool(place.pulls(BRANCH)), "the phase has its pull request")
        await place.settled()
        await place.merge(place.pulls(BRANCH)[0].number)
        await place.until(lambda: "phase 1 merged by maya" in place.status(), "it is merged")
        await place.settled()
    used = _secrets(place)
    assert all(used.values())
    await _metrics(place)
    said = [json.dumps(one.request) for one in place.forge.log]
    if no_sandbox() is None:
        assert any("PATH=" in one for one in said), "the commands have shown their environment"
    assert _found(used, {str(n): text.encode() for n, text in enumerate(said)}) == []
    programs = {name for name, _ in processes.environments}
    assert any(name.startswith("python") for name in programs)
    written = [path for path in (place.home / "bot").rglob("*") if path.is_file()]
    assert any(path.name == "config" for path in written)
    files = {str(path): path.read_bytes() for path in (*written, place.home / "bot.log")}
    assert _found(used, files) == []
    kept = dict(_kept_values(place.home / "bot" / "drover.db"))
    assert any(PICKLED in value for value in kept.values()), "the engine's values are read"
    assert _found(used, kept) == []
    lines = {repr(line): line for line in processes.command_lines}
    assert _found(used, lines) == []
    environments = [*enumerate(processes.environments)]
    transport = {f"{name} {n}": text for n, (name, text) in environments if name.startswith("git")}
    others = {f"{name} {n}": text for n, (name, text) in environments if not name.startswith("git")}
    assert _found(used, others) == []
    never = {kind: texts for kind, texts in used.items() if kind != "tokens"}
    assert _found(never, transport) == []


async def test_what_the_bot_writes_only_its_user_can_read(place: World) -> None:
    await place.launch(fresh=True)
    await place.open_issue()
    await place.label("migration")
    await place.until(lambda: PHASE_1 in place.status(), "the migration is adopted")
    folder = place.home / "bot"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [path for path in folder.rglob("*") if path.stat().st_mode & 0o077] == []
