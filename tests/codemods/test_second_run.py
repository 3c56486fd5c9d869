"""A second run is spared only where nothing in a file can lead to an old symbol."""

from __future__ import annotations

import pytest

from bot.rewrite.second_run import is_out_of_reach, ways_to_symbols
from codemods.model.example import Example, in_memory_tree
from codemods.model.rules import Rules
from codemods.scan.joint_changes import link_joint_changes
from codemods.scan.survey import survey_tree
from codemods.workers.processes import IN_THIS_PROCESS
from tests.codemods.test_codemods import CASES


def is_spared(files: dict[str, str], path: str, rules: Rules) -> bool:
    links = link_joint_changes(survey_tree(in_memory_tree(files), rules, processes=IN_THIS_PROCESS))
    return is_out_of_reach(path, files[path].encode(), links, ways_to_symbols(links))


CHANGED = [case for case in CASES if isinstance(one := case.values[0], Example) and one.after is not None]


@pytest.mark.parametrize("example", CHANGED)
def test_what_can_be_migrated_is_within_reach(example: Example) -> None:
    assert not is_spared(example.files, example.path, example.rules)


@pytest.mark.parametrize(
    "text",
    [
        "from n import New as Old\n\nOld()\n",
        "from other import Old\n\nOld(), x.Old, 'Old'\n",
        "from .other import Old\n",
        "Old = 1\n",
    ],
)
def test_names_alone_lead_nowhere(text: str) -> None:
    example = Example("", text)

    assert is_spared(example.files, example.path, example.rules)


@pytest.mark.parametrize(
    "text",
    [
        "from n import New as Old, m\n",
        "from n import *\n",
        "from n import \\\n    *\n",
        "from . import Old\n",
        "from ..\\\n  import Old\n",
        "'m.Old'\n",
        "# m\n",
        "ｍ.Old\n",
        "x._Old__value\n",
    ],
)
def test_what_may_lead_to_a_symbol_is_looked_at(text: str) -> None:
    example = Example("", text)

    assert not is_spared(example.files, example.path, example.rules)


@pytest.mark.parametrize("path", ["m.py", "n.py"])
def test_the_modules_of_the_rules_are_looked_at(path: str) -> None:
    example = Example("", "x = 1\n", path=path)

    assert not is_spared(example.files, example.path, example.rules)


def test_a_module_that_gives_the_symbol_on_is_a_way_to_it() -> None:
    example = Example(
        "", "from p import Old\n", other_files={"p.py": "from m import Old\n", "q.py": "from p import Old\n"}
    )

    assert not is_spared(example.files, example.path, example.rules)
