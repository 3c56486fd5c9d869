"""The one error boundary of the command line: expected, interrupted and unexpected ends."""

from __future__ import annotations

import os
import platform
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from bot import __version__
from bot.cli.environment import cache
from bot.cli.terminal import Terminal
from bot.git.process import GitFailed, git_version
from bot.project_urls import project_url
from bot.setting_values import InvalidSetting

DONE, MANUAL_WORK, WRONG_USAGE, BUG = 0, 1, 2, 3
INTERRUPTED = 130
"""As a shell reports a process that SIGINT ended."""
CLOSED_PIPE = 141
"""As a shell reports a process that SIGPIPE ended."""


class CommandError(Exception):
    """An expected end: what is wrong in one line, and what to do about it."""

    def __init__(self, message: str, hint: str = "", status: int = WRONG_USAGE) -> None:
        super().__init__(message)
        self.message, self.hint, self.status = message, hint, status


def run_safely(run: Callable[[], int], terminal: Terminal, words: Sequence[str]) -> int:
    """The command's exit status; whatever it raises is reported, never shown as a traceback."""
    try:
        status = run()
        terminal.flush()
    except CommandError as error:
        return report_failure(terminal, error)
    except GitFailed as error:
        return report_failure(terminal, CommandError(f"git failed: {error.text or error}"))
    except InvalidSetting as error:
        return report_failure(terminal, CommandError(str(error), "docs/operating.md lists every setting."))
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        discard_output()
        return CLOSED_PIPE
    except OSError as error:
        if error.filename is None:
            return report_bug(terminal, error, words)
        return report_failure(terminal, CommandError(f"{error.filename}: {error.strerror}"))
    except Exception as error:
        return report_bug(terminal, error, words)
    return status


def report_failure(terminal: Terminal, error: CommandError) -> int:
    terminal.error(f"drover: {error.message}" if "\n" not in error.message else error.message)
    if error.hint:
        terminal.error(error.hint)
    if terminal.quiet:
        terminal.json({"files": [], "totals": {}, "error": error.message})
    return error.status


def report_bug(terminal: Terminal, error: Exception, words: Sequence[str]) -> int:
    """The traceback on the terminal with `--debug`, else in a file."""
    trace = "".join(traceback.format_exception(error)).rstrip()
    first_line = (str(error).splitlines() or [""])[0]
    terminal.error(f"drover: unexpected error: {type(error).__name__}: {first_line}")
    log = None if shows_traceback(words) else written_log(trace, words)
    if log is None:
        terminal.error(trace)
    attached = f" and attach {log}" if log else " with the lines above"
    where = f" at {url}" if (url := project_url("Issues")) else ""
    terminal.error(f"This is a bug in Drover. Please report it{where}{attached}.")
    return BUG


def shows_traceback(words: Sequence[str]) -> bool:
    """A server's traceback belongs in its log, where its operator looks."""
    return "--debug" in words or words[:1] in (["serve"], ["work"])


def written_log(trace: str, words: Sequence[str]) -> Path | None:
    """None if no file can be written."""
    file = cache() / "error.log"
    about = [
        f"drover {__version__}, Python {platform.python_version()}, "
        f"git {'.'.join(map(str, git_version()))}, {platform.platform()}",
        f"command: drover {' '.join(words)}",
    ]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join([*about, "", trace, ""]), "utf-8", "backslashreplace")
    except OSError:
        return None
    return file


def discard_output() -> None:
    """Nobody reads it any more; without this, the interpreter would complain when it ends."""
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            os.dup2(null, stream.fileno())
        except (OSError, ValueError):
            continue
