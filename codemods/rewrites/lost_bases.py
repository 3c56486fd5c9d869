"""A question for a class that the old one is built on and the new one isn't, in a file that uses the old one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.edit.file_rewrite import FileRewrite
from codemods.link.callees import last_part
from codemods.model.example import Example

ASKING = re.compile(rb"\b(?:isinstance|issubclass|except|case|suppress|\w*[rR]aises\w*)\b")
FUNCTIONS = frozenset({"isinstance", "issubclass"})
EXPECTING = frozenset({"suppress", "raises", "assertRaises", "assertRaisesRegex"})


def decide(file: FileRewrite) -> None:
    for number, names in file.links.lost_bases.items():
        rule = file.links.rules.replace[number]
        uses = any(site.symbol == str(rule.old) and site.safe for site in file.sites)
        if not uses or not ASKING.search(file.source.text):
            continue
        for node in questions(file.source.tree):
            if (name := last_part(node)) in names:
                file.class_tests.append(
                    f"line {node.lineno}: {name} may be asked of an object of {rule.old.dotted}, "
                    f"and {rule.new.dotted} isn't built on it"
                )


def questions(tree: ast.Module) -> Iterator[ast.expr]:
    """The classes that something is asked for."""
    for node in ast.walk(tree):
        asked: list[ast.expr | None] = []
        if isinstance(node, ast.Call):
            function = last_part(node.func)
            asked = [*node.args[1:2]] if function in FUNCTIONS else []
            asked += node.args if function in EXPECTING else []
        elif isinstance(node, ast.ExceptHandler):
            asked = [node.type]
        elif isinstance(node, ast.MatchClass):
            asked = [node.cls]
        for one in asked:
            yield from one.elts if isinstance(one, ast.Tuple) else [one] if one is not None else []


ERRORS = {
    "m.py": "class Base(Exception): ...\n\nclass Old(Base): ...\n",
    "n.py": "class New(Exception): ...\n",
}
EXAMPLES = (
    Example(
        "something else is asked for, or in a file without the old class",
        "from m import Base\n\ntry:\n    f()\nexcept Base:\n    pass\n",
        other_files=ERRORS,
    ),
    Example(
        "both are built on it",
        "from m import Base, Old\n\ntry:\n    raise Old\nexcept Base:\n    pass\n",
        "from m import Base\nfrom n import New as Old\n\ntry:\n    raise Old\nexcept Base:\n    pass\n",
        other_files={**ERRORS, "n.py": "from m import Base\n\nclass New(Base): ...\n"},
    ),
    Example(
        "the base moves with it",
        "from m import Base, Old\n\ntry:\n    raise Old\nexcept Base:\n    pass\n",
        "from n import Root as Base, New as Old\n\ntry:\n    raise Old\nexcept Base:\n    pass\n",
        replace=("m:Old=n:New", "m:Base=n:Root"),
        other_files={**ERRORS, "n.py": "class Root(Exception): ...\n\nclass New(Root): ...\n"},
    ),
    Example(
        "its whole module moves",
        "from m import Base, Old\n\ntry:\n    raise Old\nexcept Base:\n    pass\n",
        "from n import Base\nfrom o import New as Old\n\ntry:\n    raise Old\nexcept Base:\n    pass\n",
        replace=("m:Old=o:New", "m=n"),
        other_files={
            **ERRORS,
            "n.py": "class Base(Exception): ...\n",
            "o.py": "from n import Base\n\nclass New(Base): ...\n",
        },
    ),
    Example(
        "what is built in, and both are built on it",
        "from m import Old\n\ntry:\n    raise Old\nexcept Exception:\n    pass\n",
        "from n import New as Old\n\ntry:\n    raise Old\nexcept Exception:\n    pass\n",
        other_files=ERRORS,
    ),
    Example(
        "the new class is built on something of another package, which may be built on it",
        "from m import Base, Old\n\nisinstance(Old(), Base)\n",
        "from m import Base\nfrom n import New as Old\n\nisinstance(Old(), Base)\n",
        other_files={**ERRORS, "n.py": "from other import Outer\n\nclass New(Outer): ...\n"},
    ),
    Example(
        "an error that is no longer caught",
        "from m import Base, Old\n\ntry:\n    raise Old\nexcept (OSError, Base):\n    pass\n",
        other_files=ERRORS,
        proof_failure="line 5: Base may be asked of an object of m.Old, and n.New isn't built on it",
    ),
    Example(
        "a class of the old module of which the new one has its own",
        "import m\n\nassert isinstance(m.Old(), m.Base)\n",
        other_files={
            "m.py": "class Base: ...\n\nclass Old(Base): ...\n",
            "n.py": "class Base: ...\n\nclass New(Base): ...\n",
        },
        proof_failure="n.New isn't built on it",
    ),
    Example(
        "an error that is built in",
        "from m import Old\n\nwith suppress(ValueError):\n    raise Old\n",
        other_files={"m.py": "class Old(ValueError): ...\n", "n.py": "class New(KeyError): ...\n"},
        proof_failure="ValueError may be asked of",
    ),
)
