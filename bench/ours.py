"""Rewrites a folder in place, as the command line does, with nothing around it: what the comparison measures."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.rewrite.rewrite import folder_tree, rewrite
from codemods.model.rules import Replacement, Rules, Style, Symbol


def main(root: Path, old: str, new: str, style: Style, processes: int) -> None:
    pair = Replacement(Symbol(*old.split(":")), Symbol(*new.split(":")), style)
    for result in rewrite(folder_tree(root), Rules((pair,), strings=True), processes=processes):
        if result.content is not None:
            (root / result.path).write_bytes(result.content)


if __name__ == "__main__":
    where, before, after, how, count = sys.argv[1:]
    main(Path(where), before, after, "rename" if how == "rename" else "as", int(count))
