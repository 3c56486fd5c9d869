"""Rewrite files in place, without a plan and without git.

Files that another program writes meanwhile are left as they are."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from bot.cli import results
from bot.cli.arguments import add_checkout, add_replacements, add_style, apply_style, more_kinds
from bot.cli.errors import DONE, MANUAL_WORK, CommandError
from bot.cli.names import TreeNames
from bot.cli.terminal import Terminal
from bot.rewrite.folder import Folder
from bot.rewrite.in_place import PendingFile, SpooledContents, replace_files, spooled_contents
from bot.rewrite.rewrite import FileResult, folder_tree, rewrite
from codemods.model.rules import Rules

EXAMPLES = """\
drover rewrite --replace shop.old:Old=shop.new:New --diff
drover rewrite --replace shop.old:Old=shop.new:New --style rename shop tests
drover rewrite --replace shop.legacy=shop.modern --also strings,docs"""
EXIT_STATUS = """\
0  done
1  something needs manual work; with --check: something would change
2  wrong usage: nothing was changed"""


def add_arguments(parser: ArgumentParser) -> None:
    add_replacements(parser, required=True)
    add_style(parser)
    parser.add_argument(
        "--also",
        metavar="WHAT",
        default="",
        type=more_kinds,
        help="strings, docs, history, with commas between them: rewrite dotted names in them too",
    )
    only = parser.add_mutually_exclusive_group()
    only.add_argument(
        "--check", action="store_true", help="change nothing; exit with 1 if something would change"
    )
    only.add_argument("--diff", action="store_true", help="change nothing; print what would change")
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", type=Path, help="files and folders (default: all)"
    )
    add_checkout(parser, roots=True)


def run(options: Namespace, terminal: Terminal) -> int:
    root: Path = options.root
    if not root.is_dir():
        raise CommandError(f"{root} is not a folder" if root.exists() else f"there is no folder {root}")
    tree = folder_tree(root)
    asked = apply_style(options.replace, options.style)
    rules = Rules.of(
        asked,
        strings="strings" in options.also,
        docs="docs" in options.also,
        history="history" in options.also,
        roots=options.roots,
    )
    names = TreeNames(tree, asked, rules.roots)
    names.check()
    terminal.notes(names.doubts())
    chosen = chosen_paths(root, options.paths, tree)
    try:
        with spooled_contents() as spool:
            return rewritten(options, terminal, tree, chosen, rules, names, spool)
    except BrokenPipeError:
        raise
    except OSError as error:
        hint = "Fix that and run the command again: finished files stay as they are."
        raise CommandError(f"files can't be written: {error}", hint) from None


def rewritten(
    options: Namespace,
    terminal: Terminal,
    tree: Folder,
    chosen: Collection[str] | None,
    rules: Rules,
    names: TreeNames,
    spool: SpooledContents,
) -> int:
    contents: dict[str, Callable[[], bytes]] = {}
    found: list[FileResult] = []
    with terminal.progress("Rewriting") as progress:
        for result in rewrite(tree, rules, chosen, processes=options.processes, progress=progress):
            if result.content is not None:
                contents[result.path] = spool.keep(result.content)
            found.append(replace(result, content=None))
    if chosen is None:
        names.check_used(site.symbol for result in found for site in result.sites)
    changed = [result for result in found if result.status == "changed"]
    if options.diff and not options.json:
        for result in changed:
            show_diff(terminal, tree.root, result, contents)
    if not (options.check or options.diff):
        found = write_results(tree, found, contents)
    show(options, terminal, found)
    needs_work = any(map(results.needs_manual_work, found))
    return MANUAL_WORK if (options.check and changed) or needs_work else DONE


def show_diff(
    terminal: Terminal, root: Path, result: FileResult, contents: Mapping[str, Callable[[], bytes]]
) -> None:
    after = contents[result.path]() if result.path in contents else b""
    terminal.print(results.diff_text((root / result.path).read_bytes(), after, result).rstrip("\n"))


def write_results(
    tree: Folder, found: list[FileResult], contents: Mapping[str, Callable[[], bytes]]
) -> list[FileResult]:
    """Only if no other program has written the file, or replaced it by a link, since it was read."""
    listed = {entry.path: entry for entry in tree.entries()}
    put = replace_files(
        tree.root,
        [
            PendingFile(one.path, partial(tree.is_unchanged, listed[one.path]), contents.get(one.path))
            for one in found
            if one.status == "changed"
        ],
    )
    why = "another program wrote it meanwhile"
    return [
        replace(result, status="failed", reason=why) if result.path in put.changed_meanwhile else result
        for result in found
    ]


def show(options: Namespace, terminal: Terminal, found: list[FileResult]) -> None:
    if options.json:
        terminal.json(results.rewrite_json(found))
        return
    only_looked = options.check or options.diff
    for line in results.rewrite_lines(found, "would change" if only_looked else "changed"):
        terminal.say(line)
    if any(result.status == "changed" for result in found):
        again = "run this again without " + ("--check" if options.check else "--diff")
        terminal.next_step(again if only_looked else "review with `git diff`, run the tests, commit")


def chosen_paths(root: Path, paths: list[Path], tree: Folder) -> Collection[str] | None:
    """The tree's files at or below these paths; None for all."""
    if not paths:
        return None
    known = [entry.path for entry in tree.entries()]
    chosen: set[str] = set()
    for path in paths:
        inside = os.path.relpath(os.path.abspath(path), os.path.abspath(root)).replace(os.sep, "/")
        below = [one for one in known if inside in (".", one) or one.startswith(f"{inside}/")]
        if not below:
            missing = f"there is no file or folder {path}"
            raise CommandError(f"{path} is not one of the files of {root}" if path.exists() else missing)
        chosen.update(below)
    return chosen
