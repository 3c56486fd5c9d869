"""What a scan says of a tree, beside what a rewrite then does to it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.rewrite.rewrite import FileResult, rewrite
from bot.rewrite.scan import scan
from codemods.model.rules import Rules
from codemods.model.site import Site
from codemods.model.tree import Tree
from codemods.workers.processes import IN_THIS_PROCESS

Told = dict[str, tuple[tuple[Site, ...], bool]]
"""By path: the references, and whether the file is changed."""


def assert_scan_agrees(tree: Tree, rules: Rules) -> None:
    results = list(rewrite(tree, rules, processes=IN_THIS_PROCESS))
    assert scanned(tree, rules) == rewritten(results)


def scanned(tree: Tree, rules: Rules) -> Told:
    found = scan(tree, rules, processes=IN_THIS_PROCESS)
    return {path: (one.sites, any(site.safe for site in one.sites)) for path, one in found.items()}


def rewritten(results: Sequence[FileResult]) -> Told:
    return {one.path: (one.sites, one.status == "changed") for one in results}
