"""Modules that are loaded by a name that is put together: `import_module("a." + "b")`. They need manual work."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.edit.file_rewrite import FileRewrite
from codemods.model.example import Example
from codemods.model.facts import FileFacts
from codemods.model.rules import Replacement
from codemods.read.name_walk import last_name
from codemods.read.run_time_names.composed_names import ComposedNames, assigned_values
from codemods.read.run_time_names.loaders import LOADERS, names_of_loaders
from codemods.rewrites.run_time_names.loaded_modules import takes


def decide(file: FileRewrite) -> None:
    if not may_load_modules(file.facts):
        return
    names = LOADERS | names_of_loaders(file.source).keys()
    if not any(name.encode() in file.source.text for name in names):
        return
    nodes = list(ast.walk(file.source.tree))
    composed = ComposedNames(assigned_values(nodes))
    for call in nodes:
        if isinstance(call, ast.Call) and call.args and last_name(call.func) in names:
            argument = call.args[0]
            if not isinstance(argument, ast.Constant):
                report(file, call, argument, composed.values(argument))


def may_load_modules(facts: FileFacts) -> bool:
    """As far as its facts tell; the text is looked at only then."""
    imported = {
        name for one in facts.imports for name in (one.module, *(alias.name for alias in one.aliases))
    }
    taken = {one.function.rpartition(".")[2] for one in facts.loose_attributes}
    return not {"importlib", "runpy", *LOADERS}.isdisjoint(imported | taken)


def report(file: FileRewrite, call: ast.Call, argument: ast.expr, values: list[str]) -> None:
    modules = {".".join(file.links.modules.meaning(file.path, tuple(one.split(".")))) for one in values}
    for rule in file.links.rules.replace:
        if rule.old.name is not None and not takes(file, rule.old.name):
            continue
        if rule.old.module in modules or (not values and may_name(rule, argument)):
            note = f"the module's name is put together when it runs; it may be {rule.old.module}"
            column = call.col_offset
            file.add_site(call.lineno, column, "dynamic", str(rule.old), False, note)
            return


def may_name(rule: Replacement, argument: ast.expr) -> bool:
    """Whether a package or the last part of the module's name is written out."""
    module = rule.old.module
    ends = (one for one in pieces_of(argument) if one.strip("."))
    return rule.old.name is not None and any(
        (one.endswith(".") and module.startswith(one)) or (one.startswith(".") and module.endswith(one))
        for one in ends
    )


def pieces_of(argument: ast.expr) -> Iterator[str]:
    for node in ast.walk(argument):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from node.value.split("%s")


AB = ("a.b:Old=a.n:New",)
EXAMPLES = (
    Example("another module", 'x = import_module("a." + "c")\nx.Old()\n', replace=AB),
    Example("nothing of the symbol is taken", 'x = import_module("a." + name)\nx.keep()\n', replace=AB),
    Example("any module", "x = import_module(name)\nx.Old()\n", replace=AB),
    *(
        Example(
            f"it may be the one: `{name}`",
            f'half = "a"\nx = import_module({name})\nx.Old()\n',
            replace=AB,
            note="put together",
        )
        for name in (
            *(
                '"a." + "b"',
                'f"{half}.b"',
                'half + ".b"',
                '"a." + name',
                '__package__ + ".b"',
                '"a.%s" % name',
            ),
        )
    ),
    Example(
        "one of several",
        'for name in ("b", "c"):\n    print(import_module("a." + name).Old)\n',
        replace=AB,
        note="put together",
    ),
    *(
        Example(
            f"what a parameter is without an argument: `{arguments}`",
            f'def f({arguments}):\n    return import_module("a." + name).Old\n',
            replace=AB,
            note="put together",
        )
        for arguments in (
            'name="b"',
            'name="b", /',
            'other, name="b", /, third=1',
            '*, name="b"',
            '*, other, name="b"',
        )
    ),
    Example(
        "a module that moves",
        'from importlib import import_module\n\nx = import_module("a." + "b")\nx.keep()\n',
        replace=("a.b=a.n",),
        note="put together",
    ),
)
