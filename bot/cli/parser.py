"""The table of commands, and how a line of arguments is read."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple, NoReturn, Protocol, cast

from bot import __version__
from bot.cli.environment import credentials_are_set
from bot.cli.errors import CommandError
from bot.cli.terminal import Terminal


class CliCommand(NamedTuple):
    name: str
    summary: str


class CommandModule(Protocol):
    """A file of bot/cli/commands."""

    __doc__: str | None
    EXAMPLES: str
    EXIT_STATUS: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...
    def run(self, options: argparse.Namespace, terminal: Terminal) -> int: ...


DEMO = CliCommand("demo", "try Drover on localhost: a small GitHub, a sample repository, the bot")
THE_BOT = (
    CliCommand("serve", "receive GitHub's webhooks (on SQLite, do the work too)"),
    CliCommand("work", "do the work: a worker process, with Postgres"),
    CliCommand("doctor", "check the settings, the App, the database and git"),
    CliCommand("log", "show what Drover did with a migration, and why"),
)
A_CHECKOUT = (
    CliCommand("audit", "count the references that are left; changes nothing"),
    CliCommand("plan", "propose a plan"),
    CliCommand("apply", "create a branch for each phase of a plan"),
    CliCommand("rewrite", "rewrite files in place, without a plan"),
    CliCommand("revert", "create a branch that reverts a phase"),
)
THE_SHELL = (CliCommand("completion", "print a completion script for bash, zsh or fish"),)


def commands() -> tuple[CliCommand, ...]:
    """The demo is one only where the sandbox is: a packager may leave that out."""
    demo = (DEMO,) if find_spec("sandbox") else ()
    return (*demo, *THE_BOT, *A_CHECKOUT, *THE_SHELL)


def run_command(words: Sequence[str], terminal: Terminal) -> int:
    try:
        options = parse(words or default_words())
    except SystemExit as end:  # argparse, after --help and --version
        return int(end.code or 0)
    return cast(int, options.run(options, terminal))


def default_words() -> list[str]:
    if credentials_are_set():
        return ["serve"]
    return ["demo"] if DEMO in commands() else ["--help"]


def parse(words: Sequence[str]) -> argparse.Namespace:
    words = [*words[1:2], "--help"] if words[0] == "help" else list(words)
    names = [command.name for command in commands()]
    name = words[0]
    if not name.startswith("-") and name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"Did you mean `{near[0]}`?" if near else "Run `drover --help` for the commands."
        raise CommandError(f"there is no command `{name}`", hint)
    parser = build_parser(loaded=[name])
    if name in names:
        refuse_unknown_options(name, words[1:])
    return parser.parse_args(words)


def refuse_unknown_options(name: str, words: Sequence[str]) -> None:
    """Runs before argparse, which would complain about missing arguments instead."""
    known = option_names(name)
    for word in words[: words.index("--")] if "--" in words else words:
        option = word.partition("=")[0]
        if option.startswith("--") and not any(one.startswith(option) for one in known):
            near = difflib.get_close_matches(option, known, n=1)
            hint = f"Did you mean `{near[0]}`?" if near else f"Run `drover {name} --help` for its options."
            raise CommandError(f"`{name}` has no option `{option}`", hint)


def option_names(name: str) -> list[str]:
    parser = argparse.ArgumentParser()
    load(name).add_arguments(parser)
    return [one for action in parser._actions for one in action.option_strings] + ["--debug"]


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CommandError(
            message[0].lower() + message[1:], f"Run `{self.prog} --help` for its options and examples."
        )


def build_parser(loaded: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """The whole; only the commands named are loaded, or all."""
    parser = Parser(
        prog="drover",
        description=description(),
        usage="drover [COMMAND] [OPTION …]",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"drover {__version__}")
    shown = None if loaded is None else argparse.SUPPRESS  # the description has them in groups
    parts = parser.add_subparsers(prog="drover", metavar="COMMAND", required=True, help=shown)
    for command in commands():
        if loaded is None or command.name in loaded:
            module = load(command.name)
            part = parts.add_parser(
                command.name,
                help=command.summary,
                description=(module.__doc__ or "").strip(),
                epilog=epilog(module),
                formatter_class=argparse.RawDescriptionHelpFormatter,
            )
            module.add_arguments(part)
            part.add_argument(
                "--debug", action="store_true", help="show the traceback of an unexpected error"
            )
            part.set_defaults(run=module.run)
    return parser


def load(name: str) -> CommandModule:
    return cast(CommandModule, import_module(f"bot.cli.commands.{name}"))


def epilog(module: CommandModule) -> str:
    examples = "\n".join(f"  {line}" for line in module.EXAMPLES.strip().splitlines())
    statuses = "\n".join(f"  {line}" for line in module.EXIT_STATUS.strip().splitlines())
    return f"examples:\n{examples}\n\nexit status:\n{statuses}"


def description() -> str:
    groups = (
        ("the bot (its settings are environment variables, see docs/operating.md):", THE_BOT),
        ("on a checkout, without GitHub:", A_CHECKOUT),
        ("the shell:", THE_SHELL),
    )
    available = commands()
    demo = [f"  {DEMO.name:<11} {DEMO.summary}", ""] if DEMO in available else []
    lines = ["Finish the migrations that teams start and never finish.", "", *demo]
    for title, group in groups:
        lines += [title, *(f"  {one.name:<11} {one.summary}" for one in group), ""]
    default = "`demo` where no credentials are set, else `serve`" if demo else "`serve`"
    return "\n".join([*lines, f"Without a command: {default}. `drover COMMAND --help` has examples."])
