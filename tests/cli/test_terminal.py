"""What a repository says can't act on the terminal that it is shown on."""

from __future__ import annotations

import io

import pytest

from bot.cli.terminal import Terminal
from bot.report.audit.sections import AuditSection, Cell

HOSTILE = "a\x1b]0;title\x07\x1b[2J\r\x9b31m\u202eb [bold]c[/bold]"


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def acts(text: str) -> bool:
    return bool({"\x1b", "\x07", "\r", "\x9b", "\u202e"} & set(text))


@pytest.mark.parametrize("say", ["print", "say", "error", "next_step"])
def test_a_text_has_no_control_characters(say: str) -> None:
    out, err = Screen(), Screen()
    getattr(Terminal(out, err), say)(f"{HOSTILE}\n\tin two lines")
    shown = out.getvalue() + err.getvalue()
    assert not acts(shown)
    assert "\n\tin two lines" in shown


def test_a_table_has_no_control_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    screen = Screen()
    Terminal(screen).section(AuditSection(HOSTILE, "", ("Name",), ((Cell(HOSTILE),),)))
    assert not acts(screen.getvalue())
    assert screen.getvalue().count("[bold]c[/bold]") == 2


def test_a_pipe_gets_a_files_lines_as_they_are() -> None:
    out = io.StringIO()
    Terminal(out).print("-x = 1\r\n+x = 2\x0c\r")
    assert out.getvalue() == "-x = 1\r\n+x = 2\x0c\r\n"
