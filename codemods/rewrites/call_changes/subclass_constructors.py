"""Classes built on one that stays, and takes other arguments now: how they call its constructor, or inherit it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from codemods.edit.base_class import class_at, constructor_calls
from codemods.edit.call_arguments import ArgumentMapping, ChangedArguments
from codemods.edit.file_rewrite import FileRewrite
from codemods.link.callees import own_method
from codemods.link.links import SymbolMatch
from codemods.model.example import Example
from codemods.model.facts import Mention
from codemods.model.rules import ArgumentChange, CallChange, renamed_arguments
from codemods.read.node_facts import call_fact, span
from codemods.read.source import Unreadable, parse_python

OWN_CLASS = ("cls", "self.__class__", "type(self)")
"""How a class calls itself, or one that is built on it."""


def decide(file: FileRewrite) -> None:
    """Where a class calls itself, in its own file: which one that is can't be told."""
    inner = file.staying
    for node, symbol, calls in own_classes(inner) if inner is not None else ():
        for call in own_calls(node):
            changed = mapped(inner, call, calls.arguments) if inner is not None else ChangedArguments()
            if changed.edits or changed.trouble:
                why = changed.trouble or "it may be a class that is built on this one, with other parameters"
                file.add_site(call.lineno, call.col_offset, "call", symbol, False, why)


def decide_subclass(file: FileRewrite, mention: Mention, match: SymbolMatch) -> None:
    """At the base class of a class."""
    calls = file.links.rule_of(match).calls
    built = class_at(file, mention)
    if calls is None or not calls.arguments or built is None:
        return
    constructor = own_method(built, "__init__")
    if constructor is None and own_method(built, "__new__") is None:
        if not is_named_in_plan(file, built):
            why = f"{built.name} inherits this constructor: name {built.name} in the plan too, with its arguments"
            file.add_site_at(mention, "use", match, why)
        return
    for call in constructor_calls(constructor) if constructor is not None else ():
        only_base = len(built.bases) == 1
        decide_constructor_call(
            file, call, match, "" if only_base else f"{built.name} has other base classes"
        )


def decide_named_constructor(file: FileRewrite, mention: Mention, match: SymbolMatch) -> None:
    """`Base.__init__(self, …)`."""
    tree = parse_python(file.source.text)
    for node in ast.walk(tree) if not isinstance(tree, Unreadable) else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            is_it = node.func.attr == "__init__" and span(file.source, node)[0] == mention.start
            if is_it:
                decide_constructor_call(file, node, match, "")


def decide_constructor_call(file: FileRewrite, call: ast.Call, match: SymbolMatch, doubt: str) -> None:
    calls = file.links.rule_of(match).calls
    changed = mapped(file, call, calls.arguments if calls else {})
    if not changed.edits and not changed.trouble:
        return
    trouble = changed.trouble or doubt
    file.add_site(call.lineno, call.col_offset, "call", match.old_symbol, not trouble, trouble)
    if not trouble:
        file.edits += changed.edits


def mapped(file: FileRewrite, call: ast.Call, changes: Mapping[str, ArgumentChange]) -> ChangedArguments:
    """The arguments of a call of a constructor by its name; which place each positional one has isn't known."""
    if not all(one.is_renaming_only for one in changes.values()):
        return ChangedArguments(trouble="the constructor is called by its name here")
    fact = call_fact(file.source, call, 0, False)
    end = span(file.source, call.func)[1]
    return ArgumentMapping(lambda: file.source.text, fact, end, changes, None, None, lambda _: False).run()


# ---- the classes of this file


def own_classes(file: FileRewrite) -> Iterator[tuple[ast.ClassDef, str, CallChange]]:
    """Those that the rules are about."""
    wanted = {
        rule.old.name: (str(rule.old), rule.calls)
        for rule in file.links.rules.replace
        if rule.old.module in file.module_names and rule.calls is not None and rule.calls.arguments
    }
    tree = parse_python(file.source.text) if wanted else Unreadable("")
    for node in tree.body if isinstance(tree, ast.Module) else ():
        symbol, calls = wanted.get(getattr(node, "name", ""), ("", None))
        if isinstance(node, ast.ClassDef) and calls is not None:
            yield node, symbol, calls


def own_calls(node: ast.ClassDef) -> Iterator[ast.Call]:
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and ast.unparse(one.func) in OWN_CLASS:
            yield one


def is_named_in_plan(file: FileRewrite, node: ast.ClassDef) -> bool:
    return any(
        rule.old.name == node.name and rule.old.module in file.module_names
        for rule in file.links.rules.replace
    )


ENGINE = {"m.py": "class Engine:\n    def __init__(self, limit=None, size=None): ...\n"}
STAYS = ("m:Engine=m:Engine",)
RENAMED = CallChange(arguments=renamed_arguments(size="limit"))
EXAMPLES = (
    Example(
        "a class that inherits the constructor",
        "from m import Engine\n\n\nclass A(Engine):\n    pass\n\n\nA(size=1)\n",
        replace=STAYS,
        calls=RENAMED,
        other_files=ENGINE,
        note="A inherits this constructor: name A in the plan too",
    ),
    Example(
        "which constructor is called can't be told",
        "from m import Engine\nfrom n import Base\n\n\nclass A(Base, Engine):\n"
        "    def __init__(self):\n        super().__init__(size=1)\n",
        replace=STAYS,
        calls=RENAMED,
        other_files=ENGINE,
        note="A has other base classes",
    ),
    Example(
        "arguments of a constructor that are passed through",
        "from m import Engine\n\n\nclass A(Engine):\n    def __init__(self, **options):\n"
        "        super().__init__(**options)\n",
        replace=STAYS,
        calls=RENAMED,
        other_files=ENGINE,
        note="it passes * or ** arguments",
    ),
    Example(
        "a class that calls itself",
        ENGINE["m.py"] + "\n    @classmethod\n    def make(cls):\n        return cls(size=1)\n",
        replace=STAYS,
        calls=RENAMED,
        path="m.py",
        note="it may be a class that is built on this one",
    ),
    Example(
        "a class built on one that takes other arguments, and its own call of the constructor",
        "from m import Engine\n\n\nclass A(Engine):\n    def __init__(self, size):\n        super().__init__(size=size)\n"
        "\n\nclass B(Engine):\n    def __init__(self, size):\n        Engine.__init__(self, size=size)\n",
        "from m import Engine\n\n\nclass A(Engine):\n    def __init__(self, size):\n        super().__init__(limit=size)\n"
        "\n\nclass B(Engine):\n    def __init__(self, size):\n        Engine.__init__(self, limit=size)\n",
        replace=STAYS,
        calls=RENAMED,
        other_files=ENGINE,
    ),
    Example(
        "a class that inherits the constructor, and is in the plan too",
        "from m import Engine\n\n\nclass A(Engine):\n    pass\n\n\nA(size=1)\n",
        "from m import Engine\n\n\nclass A(Engine):\n    pass\n\n\nA(limit=1)\n",
        replace=(*STAYS, "app:A=app:A"),
        calls=RENAMED,
        other_files=ENGINE,
    ),
)
