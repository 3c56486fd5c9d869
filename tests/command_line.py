"""The command line as a test runs it: in this process, or as a process of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from bot.cli import main
from bot.cli.terminal import Terminal

PAIR = "shop.engine:Engine=shop.user_engine:UserEngine"
IMPORT = "from shop.engine import Engine\n\nEngine()\n"
MOVED = "from shop.user_engine import UserEngine as Engine\n\nEngine()\n"
SHOP = {
    "shop/__init__.py": "",
    "shop/engine.py": "class Engine: ...\n",
    "shop/user_engine.py": "class UserEngine: ...\n",
    "shop/web.py": IMPORT,
    "shop/api.py": IMPORT,
    "tests/test_web.py": IMPORT,
    "-rf.py": IMPORT,
    "a b/ü.py": IMPORT,
}
PLAN = """\
title: Engine becomes UserEngine
replace:
  - {old: "shop.engine:Engine", new: "shop.user_engine:UserEngine"}
phases:
  - {name: Application, paths: ["shop/**"], batch: 1}
  - {name: The rest, paths: ["**"]}
  - {name: End, retire: [{module: shop.engine, to: redirect}]}
"""


class CommandResult(NamedTuple):
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def run(*arguments: str | Path, root: Path | None = None) -> CommandResult:
    out, err = io.StringIO(), io.StringIO()
    where = ["--root", str(root)] if root else []
    status = main([*map(str, arguments), *where], Terminal(out, err))
    return CommandResult(status, out.getvalue(), err.getvalue())


def started(*arguments: str, cwd: Path, **options: Any) -> subprocess.Popen[bytes]:
    program = "import sys; from bot.cli import main; sys.exit(main())"
    home = Path(__file__).parent.parent
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(home)},
        **options,
    )
