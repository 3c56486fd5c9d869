"""What the log says: one form for every line, what it is about, and no flood."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bot import logs
from bot.logs import about, set_up_logs
from bot.settings import ServerSettings


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    text = io.StringIO()
    root, engine = logging.getLogger(), logging.getLogger(logs.ENGINE)
    kept = (root.handlers[:], root.level, engine.handlers[:], engine.propagate)
    monkeypatch.setattr("sys.stderr", text)
    set_up_logs(ServerSettings(log_format="json"))
    yield text
    logging.captureWarnings(False)
    root.handlers[:], engine.handlers[:], engine.propagate = kept[0], kept[2], kept[3]
    root.setLevel(kept[1])


def lines(written: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_line_says_what_it_is_about(written: io.StringIO) -> None:
    log = logging.getLogger("drover.work")
    with about(repository="acme/shop", issue=12), about(delivery="d-1"):
        log.info("looked")
    log.info("rested")
    first, second = lines(written)
    assert (first["repository"], first["issue"], first["delivery"]) == ("acme/shop", 12, "d-1")
    assert not {"repository", "issue", "delivery"} & set(second)


def test_the_engines_lines_have_the_same_form(written: io.StringIO) -> None:
    logging.getLogger("dbos").warning("Exception finding work: %s", "no database")
    assert [(one["name"], one["message"]) for one in lines(written)] == [
        ("dbos", "Exception finding work: no database")
    ]


def test_an_outage_does_not_flood_the_log_and_later_says_how_much_was_left_out(
    written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = logging.getLogger("dbos")
    for number in range(5_000):
        if number == 4_999:
            monkeypatch.setattr(logs, "ALIKE_SECONDS", 0.0)
        log.warning("no database, %d", number)
    log.warning("another trouble")
    said = [str(one["message"]) for one in lines(written)]
    assert len(said) == logs.MOST_ALIKE + 2
    assert said[-2:] == ["no database, 4999 (4989 more like it were left out)", "another trouble"]


def test_what_happened_is_never_left_out(written: io.StringIO) -> None:
    for number in range(200):
        logging.getLogger("drover.intake").info("delivery %d queued", number)
    assert len(lines(written)) == 200


def test_the_engine_keeps_the_handler_that_it_finds() -> None:
    program = (
        "from bot.logs import set_up_logs\nfrom bot.settings import ServerSettings\nimport logging\n"
        "set_up_logs(ServerSettings(log_format='json'))\n"
        "from dbos import DBOS\nDBOS(config={'name': 'drover', 'system_database_url': 'sqlite:///none.db'})\n"
        "logging.getLogger('dbos').error('lost')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert [json.loads(line)["message"] for line in done.stderr.splitlines()][-1] == "lost"


def test_what_strangers_wrote_is_no_line_of_the_log_and_moves_no_cursor(written: io.StringIO) -> None:
    set_up_logs(ServerSettings(log_format="text"))
    forged = "x\n12:00:00 INFO    drover.work: approved\r\x1b[2J\x9b31m\u202e"
    logging.getLogger("drover.work").info("phase 1, %s, is open", forged)
    shown = written.getvalue()
    assert not any(line.startswith("12:00:00 INFO") for line in shown.split("\n"))
    assert not {"\r", "\x1b", "\x9b", "\u202e"} & set(shown)
