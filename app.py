"""Drover's entry on a checkout: `app.py --help`. Installed, it is `drover`.

The whole trip, from a label on a tracking issue to a pull request:

    bot/cli/commands/serve.py    the process starts, with its settings from the environment
    bot/service.py               store, GitHub, mirrors and engine are started; the routes are mounted
    bot/intake/webhook.py        a delivery is verified and queued; GitHub gets its 202
    bot/engine/                  a durable workflow picks it up, and asks for a turn of each migration it concerns
    bot/turn/turn.py             a turn: look, decide, act, until nothing is left to do
      bot/look/                    what is so, on GitHub, in git and in the store
      bot/decide/                  what that means, and what to do next: pure functions
      bot/act/perform.py           one action after the other, each safe to repeat
    bot/publish/                 the phase's files are rewritten (codemods/), verified, committed and pushed
    bot/report/                  the pull request, the check and the status comment say so

docs/design.md walks through it in more words.
"""

from __future__ import annotations

import sys

from bot.cli import main

if __name__ == "__main__":
    sys.exit(main())
