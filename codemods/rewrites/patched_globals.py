"""A test that replaces another global of the old module (`patch("m.helper")`), where the symbol reads it."""

from __future__ import annotations

import re

from codemods.edit.file_rewrite import FileRewrite
from codemods.model.example import Example
from codemods.model.facts import StringLiteral
from codemods.rewrites.strings import NOT_ASKED, NOT_PLAIN, prefix_length


def decide(file: FileRewrite) -> None:
    for text in file.facts.strings if file.links.patched_globals else ():
        if text.context == "patch" and text.owner_start < 0:
            decide_text(file, text)


def decide_text(file: FileRewrite, text: StringLiteral) -> None:
    match = file.find_patched(tuple(re.split(r"[.:]", text.value)))
    if match is None:
        return
    trouble = match.trouble or ("" if file.links.rules.strings else NOT_ASKED)
    trouble = trouble or ("" if text.content_start >= 0 else NOT_PLAIN)
    file.add_site_at(text, "patch", match, trouble)
    if not trouble:
        end = text.content_start + len(text.value[: prefix_length(text.value, match.length)].encode())
        file.replace(text.content_start, end, match.new_dotted)


USED = "helper = 1\n\nclass Old:\n    def run(self): return helper\n"
SAME = "helper = 1\n\nclass New:\n    def run(self): return helper\n"
TEST = 'from m import Old\n\ndef test():\n    with patch("m.helper"):\n        Old()\n'
EXAMPLES = (
    Example(
        "a global that the symbol doesn't read",
        'def test():\n    with patch("m.helper"):\n        keep()\n',
        strings=True,
        other_files={"m.py": "helper = 1\n\nclass Old: ...\n", "n.py": SAME},
    ),
    Example(
        "`patch.multiple` with the module as a string",
        TEST.replace('patch("m.helper")', 'patch.multiple("m", helper=1)'),
        strings=True,
        other_files={"m.py": USED, "n.py": SAME},
        note="with the module and the name apart",
    ),
    Example(
        "the new symbol reads another one",
        TEST,
        strings=True,
        other_files={"m.py": USED, "n.py": SAME.replace("helper = 1", "helper = 2")},
        note="n.New doesn't read the same helper of n",
    ),
    Example(
        "something else reads it as well",
        TEST,
        strings=True,
        other_files={"m.py": f"{USED}\ndef keep(): return helper\n", "n.py": SAME},
        note="so does keep beside it",
    ),
    Example(
        "the file uses what the symbol keeps in its module, and the new module has its own",
        "import m\n\nm.CACHE.clear()\nm.Old()\n",
        other_files={
            "m.py": "CACHE = {}\n\ndef Old(): return CACHE\n",
            "n.py": "CACHE = {}\n\ndef New(): return CACHE\n",
        },
        note="this file uses CACHE of m, too; n has its own",
    ),
    Example(
        "strings are not asked for",
        TEST,
        other_files={"m.py": USED, "n.py": SAME},
        note="also: [strings]",
    ),
    Example(
        "something below what both modules import",
        'def test():\n    with patch("m.requests.get"):\n        keep()\n',
        strings=True,
        other_files={
            "m.py": USED.replace("helper = 1", "import requests as helper"),
            "n.py": SAME.replace("helper = 1", "import requests as helper"),
        },
    ),
    Example(
        "the new symbol reads the same one of its own module",
        TEST,
        TEST.replace("from m import Old", "from n import New as Old").replace("m.helper", "n.helper"),
        strings=True,
        other_files={"m.py": USED, "n.py": SAME},
    ),
    Example(
        "by its module",
        'import m\n\ndef test(monkeypatch):\n    monkeypatch.setattr(m, "helper", 2)\n    m.helper = 3\n    m.Old()\n',
        'import n\n\ndef test(monkeypatch):\n    monkeypatch.setattr(n, "helper", 2)\n    n.helper = 3\n    n.New()\n',
        strings=True,
        other_files={"m.py": USED, "n.py": SAME},
    ),
    Example(
        "the new symbol reads it through the old module",
        TEST,
        TEST.replace("from m import Old", "from n import New as Old"),
        strings=True,
        other_files={"m.py": USED, "n.py": "import m\n\nclass New:\n    def run(self): return m.helper\n"},
    ),
)
