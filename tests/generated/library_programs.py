"""Mutations of the standard library's own modules: a class or function moves to a module of its own, from which the
rest takes it in one of many ways; then it moves on, under a new name."""

from __future__ import annotations

import ast
from random import Random

from codemods.model.rules import Replacement, Rules, Symbol
from tests.generated.moved_definitions import MODULES, MovedDefinition, definitions_of, lines_of
from tests.generated.programs import STYLES, Program

OLD, NEW = "lib.origin", "lib.target"
RECORDER = """\
import contextlib
import io
import sys

log = []
SAMPLES = ((), ("a b",), ([300, 100, 200],), ("x=1, y", 3), (1234, 56))


OLD, NEW = ("{old}"[::-1], "{new}"[::-1])


def note(value):
    log.append(str(value).replace("{new_module}", "{old_module}").replace(NEW, OLD))


def probe(module):
    for name, value in sorted(vars(module).items()):
        if name[0] != "_" and name not in ("main", OLD, NEW) and callable(value):
            if str(getattr(value, "__module__", "")).startswith("lib"):
                for arguments in SAMPLES:
                    note(name + str(arguments) + ": " + outcome(value, arguments))


def outcome(function, arguments):
    with contextlib.redirect_stdout(io.StringIO()) as printed, contextlib.redirect_stderr(io.StringIO()):
        sys.stdin = io.StringIO()
        try:
            return repr(function(*arguments)) + printed.getvalue()
        except (Exception, SystemExit) as error:
            return type(error).__name__ + ": " + str(error)
"""


def make_library_program(random: Random) -> Program:
    moved = choose_definition(random)
    new = random.choice((moved.name, f"New{moved.name}", f"New{moved.name}"))
    consumer = f"lib.{moved.module}"
    imported, reach = random.choice(imports_of(moved))
    offers = reach == moved.name
    style = random.choice(STYLES)
    files = {
        "recorder.py": RECORDER.format(new_module=NEW, old_module=OLD, new=new[::-1], old=moved.name[::-1]),
        "lib/__init__.py": random.choice(
            ("", "", f"from .origin import {moved.name}\n", "from .origin import *\n")
        ),
        "lib/origin.py": moved.alone(moved.name),
        "lib/target.py": moved.alone(new),
        f"lib/{moved.module}.py": consumer_text(random, moved, imported, reach),
        "user.py": user_text(random, moved, consumer, offers),
        "patching.py": patching_text(random, moved, consumer) if offers else "",
    }
    rules = Rules(
        (Replacement(Symbol(OLD, moved.name), Symbol(NEW, new), style),),
        strings=True,
        public=random.choice(("keep", "drop")),
    )
    return Program(files, rules, {"lib/origin.py": without(moved)}, (consumer, "user", "patching"))


def choose_definition(random: Random) -> MovedDefinition:
    while True:
        found = definitions_of(random.choice(MODULES))
        if found:
            return random.choice(found)


def without(moved: MovedDefinition) -> str:
    kept = {number for one in moved.needed for number in lines_of(one)}
    return "\n".join(moved.lines[number - 1] for number in sorted(kept)) + "\n"


# ---- the module that it came from


def consumer_text(random: Random, moved: MovedDefinition, imported: str, reach: str) -> str:
    lines = moved.lines
    if reach != moved.name:
        for use in sorted(moved.uses, key=lambda one: (one.lineno, one.col_offset), reverse=True):
            line = lines[use.lineno - 1].encode()
            lines[use.lineno - 1] = (
                line[: use.col_offset] + reach.encode() + line[use.end_col_offset :]
            ).decode()
    elif random.random() < 0.3:
        imported_in_function(random, moved, lines)
    place = lines_of(moved.node)
    lines[place.start - 1 : place.stop - 1] = ["", imported, ""]
    return "\n".join(lines) + "\n"


def imports_of(moved: MovedDefinition) -> list[tuple[str, str]]:
    """The imports, and how the definition is then written."""
    name = moved.name
    forms = [
        (f"from {OLD} import {name}", name),
        (f"from .origin import {name}", name),
        (f"from .origin import (\n    {name},  # moved\n)", name),
        ("from .origin import *", name) if name[0] != "_" else (f"from {OLD} import {name} as {name}", name),
        (f"try:\n    from {OLD} import {name}\nexcept ImportError:\n    {name} = None", name),
        (f"if True:\n    from {OLD} import {name}\nelse:\n    from {OLD} import {name}", name),
        (f"import {OLD}\n{name} = {OLD}.{name}", name),
    ]
    if moved.is_global:
        forms += [
            (f"import {OLD}", f"{OLD}.{name}"),
            (f"import {OLD} as _origin", f"_origin.{name}"),
            ("from . import origin", f"origin.{name}"),
            (f"from {OLD} import {name} as _{name}", f"_{name}"),
            ("from . import origin as _o\n_p = _o", f"_p.{name}"),
        ]
    return forms


def imported_in_function(random: Random, moved: MovedDefinition, lines: list[str]) -> None:
    """An import at the start of a function that uses it, behind its docstring."""
    functions = [
        one
        for one in ast.walk(moved.tree)
        if isinstance(one, ast.FunctionDef) and any(moved.name == use.id for use in names_below(one))
    ]
    if functions:
        function = random.choice(functions)
        first = function.body[1 if len(function.body) > 1 else 0]
        indent = lines[first.lineno - 1][: first.col_offset]
        if not indent.strip() and not moved_contains(moved, first):
            lines[first.lineno - 1] = (
                f"{indent}from {OLD} import {moved.name}; {lines[first.lineno - 1].lstrip()}"
            )


def names_below(node: ast.AST) -> list[ast.Name]:
    return [one for one in ast.walk(node) if isinstance(one, ast.Name)]


def moved_contains(moved: MovedDefinition, node: ast.stmt) -> bool:
    compound = isinstance(node, ast.If | ast.For | ast.While | ast.Try | ast.With | ast.Match)
    return node.lineno in lines_of(moved.node) or compound or hasattr(node, "decorator_list")


# ---- who uses that


def user_text(random: Random, moved: MovedDefinition, consumer: str, offers: bool) -> str:
    """`offers`: whether the definition is a name of the module that it came from."""
    name = moved.name
    module = random.choice((consumer, OLD)) if offers else OLD
    parent, _, last = module.rpartition(".")
    taken = random.choice(
        (
            f"from {module} import {name} as taken",
            f"import {module}\ntaken = {module}.{name}",
            f"from {parent} import {last} as m\ntaken = getattr(m, '{name}')",
            f"from {module} import {name}\ntaken = {name}",
            f"import importlib\ntaken = importlib.import_module('{module}').{name}",
        )
    )
    return (
        f"import {consumer} as consumer\nfrom recorder import note, outcome, probe, SAMPLES\n{taken}\n\n"
        "probe(consumer)\nfor arguments in SAMPLES:\n    note(outcome(taken, arguments))\n"
        "note(taken.__doc__)\n"
    )


def patching_text(random: Random, moved: MovedDefinition, consumer: str) -> str:
    """A test that puts something else in the place of the definition."""
    name = moved.name
    patch = random.choice(
        (
            f"mock.patch('{consumer}.{name}', fake)",
            f"mock.patch.object(consumer, '{name}', fake)",
            f"mock.patch.object(consumer, attribute='{name}', new=fake)",
            f"mock.patch.dict(vars(consumer), {name}=fake)",
        )
    )
    if random.random() < 0.6:
        return "from recorder import note\n\nnote('nothing is patched')\n"
    return (
        f"from unittest import mock\nimport {consumer} as consumer\nfrom recorder import probe\n\n\n"
        f"def fake(*values, **options):\n    return 'fake'\n\n\nwith {patch}:\n    probe(consumer)\n"
    )
