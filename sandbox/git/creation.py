"""Creating a bare repository."""

from __future__ import annotations

from pathlib import Path

from sandbox.git.repository import Git
from sandbox.git.threads import run_in_thread


async def create_repository(path: Path, home: Path, default_branch: str) -> Git:
    """Create a bare repository that serves partial and shallow fetches of any object."""
    await run_in_thread(_write_layout, path, home, default_branch)
    return Git(path, home)


def _write_layout(path: Path, home: Path, default_branch: str) -> None:
    """Write what `git init --bare` would, without starting a process."""
    for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (path / folder).mkdir(parents=True)
    (path / "HEAD").write_text(f"ref: refs/heads/{default_branch}\n", "utf-8")
    (path / "config").write_text(f"{_CONFIG}[core]\n\thooksPath = {home / 'hooks'}\n", "utf-8")


_CONFIG = """[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
\tlogallrefupdates = false
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
[receive]
\tautogc = false
\thideRefs = refs/pull
[http]
\treceivepack = true
[gc]
\tauto = 0
"""
