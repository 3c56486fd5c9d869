"""Drover's entry: settings, store, GitHub and engine composed, and the routes mounted. `app.py --help` says more."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from bot.settings import Missing, Settings, has_credentials, read_settings

HELP = """\
usage: drover [command]

  (none)      the demo where no credentials are set, else `serve`
  demo        the whole of it on localhost: a small GitHub, a sample repository, the bot
  serve       the web process (on SQLite with a worker in it)
  work        a worker
  doctor      checks the settings, the App's permissions and events, the database, git

  audit       what a migration would change; changes nothing
  plan        prints a proposed plan
  apply       makes each phase's branch in a local repository
  rewrite     rewrites files in place
  revert      makes the branch that takes a phase back

`drover COMMAND --help` says what each takes. Settings of the bot are read from the environment (docs/operating.md)."""


def main(arguments: Sequence[str] | None = None) -> int:
    words = list(sys.argv[1:] if arguments is None else arguments)
    command = words[0] if words else ("serve" if has_credentials(os.environ) else "demo")
    match command:
        case "-h" | "--help" | "help":
            print(HELP)
            return 0
        case "demo":
            from sandbox.demo import main as demo

            return demo(words[1:])
        case "serve" | "work" | "doctor":
            return _operate(command, words[1:])
    from bot.cli.parser import main as on_the_command_line

    return on_the_command_line(words)


def _operate(command: str, rest: Sequence[str]) -> int:
    if rest:
        print(
            f"drover: `{command}` takes nothing after it; its settings are in the environment",
            file=sys.stderr,
        )
        return 0 if rest[0] in ("-h", "--help") else 2
    settings = _settings()
    if settings is None:
        return 2
    if command == "doctor":
        from bot.doctor import examine

        return examine(settings)
    from bot.service import serve, work

    return serve(settings) if command == "serve" else work(settings)


def _settings() -> Settings | None:
    try:
        return read_settings(os.environ)
    except Missing as missing:
        print(f"drover: {missing}", file=sys.stderr)
        return None


if __name__ == "__main__":
    sys.exit(main())
