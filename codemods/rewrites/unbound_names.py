"""A bare name that nothing in its file binds: where it comes from is not known, so it is listed."""

from __future__ import annotations

import builtins
import re

from codemods.edit.file_rewrite import FileRewrite
from codemods.model.example import Example
from codemods.model.facts import LOAD, UNBOUND

BUILTINS = frozenset(dir(builtins))
GLOBAL_ASSIGNMENT = r"\b(?:globals|vars)\s*\(\s*\)\s*\[\s*['\"]{0}['\"]\s*\]\s*=(?!=)"


def decide(file: FileRewrite) -> None:
    if any(statement.is_star for statement in file.facts.imports):
        return
    for rule in file.links.rules.replace:
        name = rule.old.name
        declared = any(scope.declared.get(name or "") == "global" for scope in file.facts.scopes)
        if name is None or name in BUILTINS or declared:
            continue
        for mention in file.mentions(UNBOUND, name):
            if mention.role == LOAD and not is_bound_by_string(file, name):
                note = f"nothing in this file binds {name}; it may be {rule.old.dotted}"
                file.add_site(mention.line, mention.column, "unbound", str(rule.old), False, note)


def is_bound_by_string(file: FileRewrite, name: str) -> bool:
    """`globals()["Old"] = …`."""
    return re.search(GLOBAL_ASSIGNMENT.format(re.escape(name)).encode(), file.source.text) is not None


EXAMPLES = (
    Example(
        "a function binds it by a string",
        'def f():\n    globals()["Old"] = load()\n\nf()\nOld()\n',
    ),
    Example(
        "a function binds it that declares it global",
        "def f():\n    global Old\n    from other import Old\n\nf()\nOld()\n",
    ),
    Example("it may come from a star import of something else", "from other import *\n\nOld()\n"),
    Example(
        "a builtin",
        "print(1)\n",
        replace=("m:print=n:New",),
        other_files={"m.py": "def print(*args): ...\n"},
    ),
    Example("nothing binds it", "Old()\n", note="nothing in this file binds Old"),
)
