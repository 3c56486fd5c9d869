"""A pytest fixture that no file imports: tests ask for it by its name, as a parameter or in a string."""

from __future__ import annotations

from codemods.edit.file_rewrite import FileRewrite
from codemods.model.example import Example
from codemods.model.facts import ARGUMENT


def decide(file: FileRewrite) -> None:
    links = file.links
    if not links.fixtures:
        return
    imported = {links.symbols[key] for key in links.symbols.keys() - links.own_symbols}
    for number in sorted(links.fixtures - imported):
        old = links.rules.replace[number].old
        asked = [one for one in file.facts.mentions if (one.name, one.role) == (old.name, ARGUMENT)]
        named = [one for one in file.facts.strings if (one.value, one.context) == (old.name, "plain")]
        places = [(one.line, one.column) for one in asked] + [(one.line, one.column) for one in named]
        for line, column in places if old.module not in file.module_names else ():
            note = f"it may be the fixture {old.dotted}, which is found by its name"
            file.add_site(line, column, "dynamic", str(old), False, note)


RULE = ("m:old=n:new",)
FIXTURES = {"m.py": "@pytest.fixture\ndef old(): ...\n", "n.py": "@pytest.fixture\ndef new(): ...\n"}
IMPORTED = {**FIXTURES, "conftest.py": "from m import old\n"}
EXAMPLES = (
    Example(
        "a parameter that is no fixture",
        "def test(old): ...\n",
        replace=RULE,
        other_files={"m.py": "def old(): ...\n", "n.py": FIXTURES["n.py"]},
    ),
    Example(
        "a fixture of another name",
        "def test(old): ...\n",
        replace=RULE,
        other_files={**FIXTURES, "m.py": "@fixture(name='x')\ndef old(): ...\n"},
    ),
    Example(
        "a fixture that is imported, and keeps its name",
        "def test(old): ...\n",
        replace=RULE,
        style="rename",
        other_files=IMPORTED,
    ),
    Example(
        "a fixture that is found otherwise",
        "def test(old): ...\n",
        replace=RULE,
        other_files=FIXTURES,
        note="it may be the fixture m.old",
    ),
    Example(
        "a fixture that a string names",
        'x = usefixtures("old")\n',
        replace=RULE,
        other_files=FIXTURES,
        note="it may be the fixture m.old",
    ),
    Example(
        "tests ask for it by the name that is imported",
        "from m import old\n\ndef test(old): ...\n",
        "from n import new as old\n\ndef test(old): ...\n",
        style="rename",
        replace=RULE,
        other_files=FIXTURES,
    ),
    Example(
        "tests ask for what a star import brings",
        "from m import *\n",
        "from m import *\nfrom n import new as old\n",
        style="rename",
        path="conftest.py",
        replace=RULE,
        other_files={**FIXTURES, "test_it.py": "def test(old): ...\n"},
    ),
)
