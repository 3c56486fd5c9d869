"""A package that gives names when they are asked for: a table of modules, and `def __getattr__(name)`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from codemods.edit.file_rewrite import FileRewrite, NewImport
from codemods.edit.function_bodies import first_statement, insertion_point
from codemods.link.symbol_match import SymbolMatch
from codemods.model.edits import TextEdit
from codemods.model.example import Example
from codemods.model.facts import RUNS_LATER, StringLiteral
from codemods.model.patterns import lazy_pattern
from codemods.model.rules import Replacement

LAZY_MODULE = lazy_pattern(
    rb"^(?:async )?def __getattr__\b|\b__getattr__\s*[,=]|modules\s*\[\s*__name__\s*\]", re.M
)
Names = ast.List | ast.Tuple | ast.Set


def decide(file: FileRewrite) -> None:
    report_modules(file)
    names = {rule.old.name for rule in file.links.rules.replace}
    entries = [text for text in file.facts.strings if text.context == "plain" and text.value in names]
    if not entries or not LAZY_MODULE.search(file.source.text):
        return
    module = LazyModule(file)
    for number, rule in enumerate(file.links.rules.replace):
        texts = [text for text in entries if text.value == rule.old.name]
        if texts and names_module(file, rule) and not module.gives_new(rule):
            decide_entry(module, number, rule, texts[0])


def report_modules(file: FileRewrite) -> None:
    """A module that moves as a whole, in a table of such a function."""
    plain = (
        [text for text in file.facts.strings if text.context == "plain"] if file.links.whole_modules else []
    )
    if not plain or not LAZY_MODULE.search(file.source.text):
        return
    module, covered = LazyModule(file), {(site.line, site.column) for site in file.sites}
    for text in plain:
        number = file.links.whole_modules.get(module.resolve(text.value)) if text.value.strip(".") else None
        if number is not None and (text.line, text.column) not in covered:
            rule = file.links.rules.replace[number]
            note = f"this module gives names when they are asked for, and may load {rule.old.module} for them"
            file.add_site(text.line, text.column, "dynamic", str(rule.old), False, note)


def names_module(file: FileRewrite, rule: Replacement) -> bool:
    last = rule.old.module.rpartition(".")[2].encode()
    return re.search(rb"\b" + re.escape(last) + rb"\b", file.source.text) is not None


def decide_entry(module: LazyModule, number: int, rule: Replacement, text: StringLiteral) -> None:
    """The new symbol is given under the old name, by a branch of its own."""
    file, name = module.file, rule.old.name
    specs = set(module.modules_of(name or ""))
    if not specs and module.only_compares(name or ""):
        return
    match = file.links.find((*rule.old.module.split("."), name or ""))
    place = module.branch_place()
    if match is None or place is None or [module.resolve(one) for one in specs] != [rule.old.module]:
        note = f"this module gives names when they are asked for; {name} may be {rule.old.dotted}"
        file.add_site(text.line, text.column, "dynamic", str(rule.old), False, note)
        return
    file.add_site_at(text, "lazy export", match, match.trouble)
    if not match.trouble:
        write_branch(module, match, name or "", next(iter(specs)), place)


def write_branch(module: LazyModule, match: SymbolMatch, name: str, spec: str, place: ast.stmt) -> None:
    file = module.file
    near = file.links.modules.relative(file.path, match.new_module)
    is_near = near is not None and spec != match.reached_through
    written = "." * near[0] + near[1] if near is not None and is_near else match.new_module
    indent = " " * place.col_offset
    lines = (
        f'if {module.parameter} == "{name}":',
        f"    from {written} import {match.new_name}",
        "",
        f"    return {match.new_name}",
    )
    newline = "\r\n" if b"\r\n" in file.source.text else "\n"
    text = newline.join(f"{indent}{line}" if line else "" for line in lines)
    start = insertion_point(file.source, place)
    edit = TextEdit(start, start, f"{text}{newline}".encode())
    file.edits.append(edit)
    file.new_branches.append(edit)
    file.new_imports.append(NewImport(match.new_module, match.new_name, RUNS_LATER, 0, place.lineno))


@dataclass
class LazyModule:
    file: FileRewrite

    @cached_property
    def function(self) -> ast.FunctionDef | None:
        """The module's own `__getattr__`, where it takes a name and warns of nothing."""
        found = [one for one in ast.walk(self.file.source.tree) if getattr(one, "name", "") == "__getattr__"]
        own = [one for one in found if one in self.file.source.tree.body and isinstance(one, ast.FunctionDef)]
        if len(found) != 1 or len(own) != 1 or len(own[0].args.args) != 1 or own[0].decorator_list:
            return None
        return None if any(getattr(one, "attr", "") == "warn" for one in ast.walk(own[0])) else own[0]

    @property
    def parameter(self) -> str:
        return self.function.args.args[0].arg if self.function else ""

    def branch_place(self) -> ast.stmt | None:
        return first_statement(self.file.source, self.function) if self.function else None

    def modules_of(self, name: str) -> Iterator[str]:
        """The modules that tables say the name is of: `{"Old": "pkg.m"}`, `{"m": ["Old"]}`."""
        for node in ast.walk(self.file.source.tree):
            for key, value in zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ():
                head = value.elts[0] if isinstance(value, Names) and value.elts else value
                if text_of(key) == name:
                    yield text_of(head)
                elif isinstance(value, Names) and name in map(text_of, value.elts):
                    yield text_of(key)

    def resolve(self, spec: str) -> str:
        """The module that a table means: relative to this package where there is one of that name."""
        package = self.file.links.modules.absolute(self.file.path, 1, "") or ""
        below = f"{package}.{spec.lstrip('.')}" if package and not spec.startswith("..") else spec
        return below if spec.startswith(".") or self.file.links.modules.is_known(below) else spec

    def only_compares(self, name: str) -> bool:
        """`if name == "Old":`, where what follows says what is given."""
        compared = {
            id(one)
            for node in ast.walk(self.file.source.tree)
            if isinstance(node, ast.Compare)
            for one in (node.left, *node.comparators)
        }
        imports = any(
            binding.match is not None and binding.scope != 0 and binding.match.old_symbol.endswith(f":{name}")
            for binding in self.file.bindings
        )
        return imports and all(
            id(node) in compared
            for node in ast.walk(self.file.source.tree)
            if isinstance(node, ast.Constant) and node.value == name
        )

    def gives_new(self, rule: Replacement) -> bool:
        """Whether such a branch is there already."""
        for node in self.function.body if self.function else ():
            if isinstance(node, ast.If) and isinstance(node.test, ast.Compare):
                named = text_of(node.test.comparators[0]) == rule.old.name
                first = node.body[0]
                if named and isinstance(first, ast.ImportFrom) and first.names[0].name == rule.new.name:
                    return True
        return False


def text_of(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


GETTER = "\n\ndef __getattr__(name):\n    return getattr(import_module(LAZY[name]), name)\n"
PACKAGE = ("p.m:Old=p.n:New",)
FILES = {"p/m.py": "class Old: ...\n", "p/n.py": "class New: ...\n"}
BRANCH = '    if name == "Old":\n        from {} import New\n\n        return New\n'
EXAMPLES = (
    Example(
        "a table without such a function",
        'LAZY = {"Old": "p.m"}\n',
        path="p/__init__.py",
        replace=PACKAGE,
        other_files=FILES,
        note="it stands beside p.m",
    ),
    Example(
        "a table of something else",
        f'NAMES = ["Old"]\nfrom . import m\n{GETTER}',
        path="p/__init__.py",
        replace=PACKAGE,
        other_files=FILES,
        note="when they are asked for",
    ),
    Example(
        "a function that warns",
        'LAZY = {"Old": "p.m"}\n\n\ndef __getattr__(name):\n    warnings.warn(name)\n    return load(LAZY[name], name)\n',
        path="p/__init__.py",
        replace=PACKAGE,
        other_files=FILES,
        note="when they are asked for",
    ),
    Example(
        "a table with a module that moves as a whole",
        f'LAZY = {{"Old": "m"}}\n{GETTER}',
        path="p.py",
        replace=("m=n",),
        other_files={"n.py": "class Old: ...\n"},
        note="may load m for them",
    ),
    Example(
        "the name is of another module",
        f'LAZY = {{"Old": "p.other", "keep": "p.m"}}\n{GETTER}',
        path="p/__init__.py",
        replace=PACKAGE,
        other_files=FILES,
        note="when they are asked for",
    ),
    Example(
        "a table by names",
        f'LAZY = {{"Old": "p.m", "keep": "p.m"}}\n{GETTER}',
        f'LAZY = {{"Old": "p.m", "keep": "p.m"}}\n{GETTER}'.replace(
            "    return", BRANCH.format("p.n") + "    return"
        ),
        path="p/__init__.py",
        replace=PACKAGE,
        other_files=FILES,
    ),
    Example(
        "a table by modules",
        f'LAZY = {{"m": ["Old", "keep"]}}\n{GETTER}',
        f'LAZY = {{"m": ["Old", "keep"]}}\n{GETTER}'.replace(
            "    return", BRANCH.format(".n") + "    return"
        ),
        path="p/__init__.py",
        replace=PACKAGE,
        other_files=FILES,
    ),
    Example(
        "a branch that imports it",
        'def __getattr__(name):\n    if name == "Old":\n        from .m import Old\n\n        return Old\n'
        "    return load(name)\n",
        'def __getattr__(name):\n    if name == "Old":\n        from .n import New as Old\n\n        return Old\n'
        "    return load(name)\n",
        path="p/__init__.py",
        replace=PACKAGE,
        other_files=FILES,
    ),
)
