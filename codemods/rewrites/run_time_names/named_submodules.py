"""The last name of a module that moves as a whole, in a string, where a file loads modules of its package by name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codemods.edit.file_rewrite import FileRewrite
from codemods.model.example import Example
from codemods.model.facts import StringLiteral
from codemods.model.patterns import lazy_pattern
from codemods.read.run_time_names.loaders import LOADERS

CONTEXTS = ("plain", "part", "item", "argument", "getter", "given")
LISTS_MODULES = rb"iter_modules|walk_packages"
LOADS = lazy_pattern(rb"\b(?:" + "|".join(sorted(LOADERS)).encode() + rb"|" + LISTS_MODULES + rb")\b")


def decide(file: FileRewrite) -> None:
    rules = [rule for rule in file.links.rules.replace if rule.old.name is None and "." in rule.old.module]
    for rule in rules:
        package, _, last = rule.old.module.rpartition(".")
        for text in loaded_by_stars(file, package, last):
            note = f"a star import of {package} loads {rule.old.module} by this name"
            file.add_site(text.line, text.column, "dynamic", str(rule.old), False, note)
        named = [text for text in file.facts.strings if is_name(text, last)]
        if not named or not takes_by_name(file, package):
            continue
        covered = {site.line for site in file.sites}
        for text in named:
            if text.line not in covered:
                note = f"modules of {package} are loaded or taken by name here; this may be {rule.old.module}"
                file.add_site(text.line, text.column, "dynamic", str(rule.old), False, note)


def loaded_by_stars(file: FileRewrite, package: str, last: str) -> Iterator[StringLiteral]:
    """`__all__ = ["b"]` in a package that binds no such name."""
    if package in file.module_names and file.links.modules.is_package(file.path) and not file.roles(0, last):
        yield from (one for one in file.facts.strings if one.context == "all" and one.value == last)


def is_name(text: StringLiteral, last: str) -> bool:
    return text.context in CONTEXTS and text.value.lstrip(".") == last


def takes_by_name(file: FileRewrite, package: str) -> bool:
    """Whether modules are loaded by names here and the package is named, or one of its names is computed."""
    text = file.source.text
    if LOADS.search(text) and (names_package(file, package) or next(names_of(file, package), None)):
        return True
    functions = rb"\b(?:getattr|hasattr|setattr|delattr|vars)\s*\(\s*"
    return any(
        re.search(functions + re.escape(one.encode()) + rb"\s*[,)]", text) for one in names_of(file, package)
    )


def names_package(file: FileRewrite, package: str) -> bool:
    """In a string; or it is the file's own, which `.name` counts from."""
    named = re.search(rb"[\"']" + re.escape(package.encode()) + rb"[\"'.]", file.source.text)
    modules = file.links.modules
    own = modules.is_package_folder(file.path) and any(
        package in (name, name.rpartition(".")[0]) for name in file.module_names
    )
    return named is not None or own


def names_of(file: FileRewrite, package: str) -> Iterator[str]:
    """What the package is called in this file."""
    for binding in file.bindings:
        root = binding.origin[:1] if binding.binds_root else binding.origin
        if ".".join(root) == package:
            yield binding.name


RULE = ("a.b=a.n",)
EXAMPLES = (
    Example("a string, and no module is loaded by its name", 'import a\n\nopen("b")\n', replace=RULE),
    Example("modules of another package", 'import_module("c." + "b")\n', replace=RULE),
    Example(
        "a symbol's module, which stays", 'import_module("a." + x)\nf("b")\n', replace=("a.b:Old=a.n:New",)
    ),
    *(
        Example(
            f"its name is taken from elsewhere: `{line}`",
            f'import a\n\nfor name in ("b", "c"):\n    {line}\n',
            replace=RULE,
            note="this may be a.b",
        )
        for line in (
            *('import_module(f"a.{name}")', '__import__("a." + name)', '__import__("a", fromlist=[name])'),
            *("getattr(a, name)", "[one.name for one in iter_modules(a.__path__)]"),
        )
    ),
    Example(
        "among what is imported",
        'x = __import__("a", fromlist=["b"])\nx.b.f()\n',
        replace=RULE,
        note="this may be a.b",
    ),
    *(
        Example(
            f"what a star import of the package brings, and {what}",
            text,
            text.replace("import b", "import n as b"),
            path="a/__init__.py",
            replace=RULE,
            note=note,
        )
        for what, text, note in (
            ("loads", '__all__ = ["b"]\n', "a star import of a loads a.b"),
            ("the package has loaded", 'from . import b\n\n__all__ = ["b"]\n', ""),
        )
    ),
    Example("relative", 'import_module("." + "b", "a")\n', replace=RULE, note="a.b"),
)
