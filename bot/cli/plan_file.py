"""A plan read from a file that the command line names."""

from __future__ import annotations

from pathlib import Path

from bot.audit.proposal import slug_of
from bot.cli.errors import CommandError
from bot.plan.plan import Plan, PlanErrors
from bot.plan.read import read_plan


def read_plan_file(file: Path) -> Plan:
    """Raises `CommandError` with every mistake, a line each."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        hint = "" if file.exists() else f"Write one with `drover plan --replace OLD=NEW -o {file}`."
        raise CommandError(f"{file} can't be read: {error.strerror}", hint) from None
    except UnicodeDecodeError:
        raise CommandError(f"{file} is not UTF-8 text") from None
    read = read_plan(text, str(file), slug=slug_of(file.name))
    if isinstance(read, PlanErrors):
        raise CommandError(str(read))
    return read


def write_file(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise CommandError(f"{file} can't be written: {error.strerror}") from None


def check_writable(file: Path | None) -> None:
    """Before the long work, not after it."""
    if file is None:
        return
    if not file.parent.is_dir():
        raise CommandError(f"{file} can't be written: there is no folder {file.parent}")
    if file.is_dir():
        raise CommandError(f"{file} can't be written: it is a folder")
