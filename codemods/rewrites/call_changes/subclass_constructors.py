"""Classes built on one that stays, and takes other arguments now: how they call its constructor, or inherit it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from codemods.edit.base_class import class_at, constructor_calls
from codemods.edit.calls.call_arguments import ArgumentMapping, ChangedArguments
from codemods.edit.file_rewrite import FileRewrite
from codemods.link.callees import own_method
from codemods.link.symbol_match import SymbolMatch
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
        if is_local(file, built):
            decide_calls_of_local(file, built, match)
        elif not is_named_in_plan(file, built):
            why = f"{built.name} inherits this constructor: name {built.name} in the plan too, with its arguments"
            file.add_site_at(mention, "use", match, why)
        return
    for call in constructor_calls(constructor) if constructor is not None else ():
        doubt = "" if len(built.bases) == 1 else f"{built.name} has other base classes"
        decide_in_constructor(file, built, call, match, doubt)


def is_local(file: FileRewrite, node: ast.ClassDef) -> bool:
    """Whether a class stands in a function or class, where no plan can name it and only its file calls it."""
    tree = parse_python(file.source.text)
    body = tree.body if isinstance(tree, ast.Module) else []
    return all((one.lineno, one.col_offset) != (node.lineno, node.col_offset) for one in body)


def decide_calls_of_local(file: FileRewrite, built: ast.ClassDef, match: SymbolMatch) -> None:
    tree = parse_python(file.source.text)
    nodes = [] if isinstance(tree, Unreadable) else list(ast.walk(tree))
    count = sum(isinstance(one, ast.ClassDef) and one.name == built.name for one in nodes)
    doubt = f"{count} classes here have the name {built.name}" if count > 1 else ""
    for one in nodes:
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == built.name:
            decide_constructor_call(file, one, match, doubt)


def decide_named_constructor(file: FileRewrite, mention: Mention, match: SymbolMatch) -> None:
    """`Base.__init__(self, …)`."""
    tree = parse_python(file.source.text)
    nodes = [] if isinstance(tree, Unreadable) else list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            is_it = node.func.attr == "__init__" and span(file.source, node)[0] == mention.start
            around = [one for one in nodes if isinstance(one, ast.ClassDef) and node in ast.walk(one)]
            if is_it and around:
                decide_in_constructor(file, around[-1], node, match, "")
            elif is_it:
                decide_constructor_call(file, node, match, "")


def decide_in_constructor(
    file: FileRewrite, built: ast.ClassDef, call: ast.Call, match: SymbolMatch, doubt: str
) -> None:
    """What a constructor passes on by `**`, its own callers say."""
    constructor, calls = own_method(built, "__init__"), file.links.rule_of(match).calls
    if constructor is not None and calls is not None and only_passes_on(constructor, call):
        known = {one.arg for one in (*constructor.args.args, *constructor.args.kwonlyargs)}
        known |= {one.arg for one in call.keywords if one.arg}
        if calls.arguments.keys() - known and not is_named_in_plan(file, built):
            why = (
                f"{built.name} passes its arguments on to this constructor: name {built.name} in the plan too"
            )
            file.add_site(call.lineno, call.col_offset, "call", match.old_symbol, False, why)
        call = ast.copy_location(
            ast.Call(call.func, call.args, [one for one in call.keywords if one.arg]), call
        )
    decide_constructor_call(file, call, match, doubt)


def only_passes_on(constructor: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call) -> bool:
    """Whether all that a call gets by `**` is the constructor's own, which it uses for nothing else."""
    options = constructor.args.kwarg
    passed = [one.value for one in call.keywords if one.arg is None]
    names = [one for one in ast.walk(constructor) if isinstance(one, ast.Name)]
    uses = [one for one in names if options is not None and one.id == options.arg]
    return len(uses) == 1 and passed == uses


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
        note="A passes its arguments on to this constructor: name A in the plan too",
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
        "a class that passes its arguments on, and is in the plan too",
        "from m import Engine\n\n\nclass A(Engine):\n    def __init__(self, *args, **options):\n"
        "        super().__init__(*args, **options)\n\n\nA(size=1)\n",
        "from m import Engine\n\n\nclass A(Engine):\n    def __init__(self, *args, **options):\n"
        "        super().__init__(*args, **options)\n\n\nA(limit=1)\n",
        replace=(*STAYS, "app:A=app:A"),
        calls=RENAMED,
        other_files=ENGINE,
    ),
    Example(
        "a class in a function, which no plan can name",
        "from m import Engine\n\n\ndef test():\n    class A(Engine): ...\n\n    A(size=1)\n",
        "from m import Engine\n\n\ndef test():\n    class A(Engine): ...\n\n    A(limit=1)\n",
        replace=STAYS,
        calls=RENAMED,
        other_files=ENGINE,
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
