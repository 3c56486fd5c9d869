"""The end is read off the tree: what is imported and not there, defined twice, or leads back to itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.git.mirror import Mirrors
from bot.look.obstacles import obstacles_in
from bot.plan.plan import Phase, Plan
from bot.rewrite.blob_index import BlobIndex
from codemods.model.rules import Replacement, Symbol
from tests.git_server import Upstream

PLAN = Plan(
    "t", "t", (Replacement(Symbol("shop.old", "Old"), Symbol("shop.new", "New")),), (Phase(1, "All"),)
)
DONE = {
    "shop/__init__.py": "",
    "shop/old.py": "from shop.new import New as Old\n",
    "shop/new.py": "class New:\n    pass\n",
    "shop/a.py": "from shop.new import New\n",
}
MORE = {
    "nothing more": ({}, []),
    "an import of what is gone": (
        {"shop/b.py": "import os\nfrom shop.old import helper\n"},
        [("shop/b.py", 2, "dangling import")],
    ),
    "a second definition": (
        {"shop/c.py": "\n\nclass Old:\n    pass\n"},
        [("shop/c.py", 3, "second definition")],
    ),
    "a new cycle": (
        {"shop/new.py": "import shop.a\n\n\nclass New:\n    pass\n"},
        [("shop/new.py", 1, "import cycle")],
    ),
    "an import that only runs later": (
        {"shop/new.py": "def New():\n    import shop.a\n"},
        [],
    ),
}


@pytest.mark.parametrize("case", MORE)
def test_each_obstacle_to_the_end_is_found_with_its_line(tmp_path: Path, case: str) -> None:
    upstream, (more, expected) = Upstream(tmp_path), MORE[case]
    before = upstream.commit(DONE)
    head = upstream.commit({**DONE, **more}) if more else before
    index = BlobIndex(tmp_path / "index.db")
    with Mirrors(tmp_path / "data", 1 << 40).open(1, upstream.file_url) as mirror:
        mirror.fetch_branch("main")
        found = list(obstacles_in(mirror, PLAN, head, before, index))
        again = list(obstacles_in(mirror, PLAN, head, head, index))
    index.close()
    assert [(one.path, one.line, one.kind) for one in found] == expected
    assert [one for one in again if one.kind == "import cycle"] == [], "what was there before is no new cycle"
