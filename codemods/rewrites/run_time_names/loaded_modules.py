"""Modules that are loaded by name: `x = import_module("m")` or `x = sys.modules["m"]`, and then `x.Old`."""

from __future__ import annotations

import re

from codemods.edit.file_rewrite import FileRewrite
from codemods.edit.imports.import_statements import NewAlias
from codemods.edit.module_uses import (
    ModuleUse,
    module_uses,
    replace_chain,
    root_is_free,
    trouble_of,
)
from codemods.model.example import Example
from codemods.model.facts import IN_TRY, RUNS_LATER, STORE, TYPE_CHECKING_ONLY, StringLiteral
from codemods.model.modules import module_of_file
from codemods.model.patterns import lazy_pattern
from codemods.rewrites.rename import is_quoted_below
from codemods.rewrites.run_time_names.computed_names import NAME_WRITTEN_OUT, is_computed

OF_LOADED = lazy_pattern(rb"\b(?:get|set|has|del)attr\s*\(\s*[\w.]+\s*[(\[]\s*\Z")
NOT_ALWAYS = TYPE_CHECKING_ONLY | IN_TRY | RUNS_LATER


def decide(file: FileRewrite) -> None:
    for text in file.facts.strings:
        if text.context in ("module", "loaded") and not text.attributes:
            module = module_named(file, text)
            if module in file.links.old_modules and not move_with_uses(file, text, module):
                report_unknown_uses(file, text, module)


def module_named(file: FileRewrite, text: StringLiteral) -> str:
    """The module whose name the string is, as this file sees it."""
    if text.value.endswith(".py"):
        return module_of_file(file.links.modules, text.value)
    if not text.value.startswith("."):
        return ".".join(file.links.modules.meaning(file.path, tuple(text.value.split("."))))
    package = text.package
    if package == ".":
        package = file.links.modules.absolute(file.path, 1, "") or ""
    return f"{package}{text.value}" if package and not text.value.startswith("..") else ""


def move_with_uses(file: FileRewrite, text: StringLiteral, module: str) -> bool:
    """Whether the name that it gets is bound once, and all that is taken of it is migrated to one module."""
    name = "" if text.value.endswith(".py") else text.bound_name
    home = file.facts.binding_scope(name, text.scope) if name else -1
    if home < 0 or file.roles(home, name) != {STORE} or not file.links.rules.strings:
        return False
    if file.is_used_in_code(name):
        return False
    uses, others = module_uses(file, home, name, tuple(module.split(".")))
    if not uses or [one.role for one in others] != [STORE] or not may_move(file, text, uses):
        return False
    if is_quoted_below(file, home, name, [use.mention for use in uses]):
        return False
    new = uses[0].match.new_module
    file.add_site_at(text, "module", uses[0].match)
    start = text.content_start
    relative = new[len(module) - len(text.value) :] if text.value.startswith(".") else new
    file.replace(start, start + len(text.value.encode()), relative)
    for use in uses:
        replace_chain(file, use, name if use.string else f"{name}.{use.match.new_name}")
    file.loaded_modules[name] = (module, new)
    return True


def may_move(file: FileRewrite, text: StringLiteral, uses: list[ModuleUse]) -> bool:
    new = uses[0].match.new_module
    same = all(
        use.match.new_module == new and use.match.new_name and use.depth == (0 if use.string else 1)
        for use in uses
    )
    plain = text.content_start >= 0 and all(
        file.is_plain(use.mention, use.depth) and (use.string is None or use.string.content_start >= 0)
        for use in uses
    )
    if not same or not plain or any(trouble_of(file, use) for use in uses):
        return False
    if text.value.startswith(".") and new.count(".") < text.value.count("."):
        return False
    return text.context == "module" or ensure_loaded(file, text, uses[0].match.old_symbol, new)


def ensure_loaded(file: FileRewrite, text: StringLiteral, old_symbol: str, new: str) -> bool:
    """Whether the new module is loaded here, as `sys.modules` asks for; an import beside that of the old one does it."""
    before = [one for one in file.new_imports if one.scope == 0 and one.line < text.line]
    if any(one.module == new and not one.flags & NOT_ALWAYS for one in before):
        return True
    root, old = new.partition(".")[0], old_symbol.partition(":")[0]
    for binding in file.bindings:
        statement = file.statement(binding)
        dotted = ".".join(binding.origin)
        if binding.binds_root:
            dotted = file.alias(binding).name
        always = statement.scope == 0 and not statement.flags & NOT_ALWAYS and statement.line < text.line
        if always and statement.module is None and dotted == new:
            return True
        if always and dotted == old and root_is_free(file, root, 0, []):
            added = NewAlias(None, new)
            file.add_statement(binding, added.statement, added)
            return True
    return False


def report_unknown_uses(file: FileRewrite, text: StringLiteral, module: str) -> None:
    for rule in file.links.rules.replace:
        name = rule.old.name
        if rule.old.module == module and name and (takes(file, name) or takes_any(file, text)):
            note = f"what it uses of {module} is known only at run time"
            file.add_site(text.line, text.column, "dynamic", str(rule.old), False, note)
            return


def takes_any(file: FileRewrite, text: StringLiteral) -> bool:
    """`getattr(import_module("m"), name)`, or the same of the name that the module gets."""
    home = file.facts.binding_scope(text.bound_name, text.scope) if text.bound_name else -1
    if any(is_computed(file, one) for one in file.mentions(home, text.bound_name)):
        return True
    whole = file.source.text
    before = whole[max(0, text.start - 80) : text.start]
    return bool(OF_LOADED.search(before)) and not NAME_WRITTEN_OUT.match(whole, whole.find(b",", text.end))


def takes(file: FileRewrite, name: str) -> bool:
    return re.search(rb"(?:\.|[\"'])" + name.encode() + rb"\b", file.source.text) is not None


RULE = ("a.b:Old=a.n:New",)
EXAMPLES = (
    Example("another module", 'x = import_module("other")\nx.Old()\n', strings=True),
    Example(
        "nothing of the symbol is taken",
        'x = import_module("m")\nx.keep()\n',
        strings=True,
    ),
    *(
        Example(f"a name that is computed: {text}", f"{text}\n", replace=RULE, note="known only at run time")
        for text in (
            'getattr(import_module("a.b"), name)',
            'getattr(sys.modules["a.b"], NAMES[0], None)',
            'x = import_module("a.b")\ngetattr(x, name)',
        )
    ),
    Example("another name of it", 'getattr(import_module("a.b"), "keep")(name)\n', replace=RULE),
    Example(
        "something else is taken of it, too",
        'x = import_module("m")\nx.Old(), x.keep()\n',
        strings=True,
        note="known only at run time",
    ),
    Example(
        "code in a string takes something of it",
        'x = import_module("m")\nx.Old()\nexec("x.keep()")\n',
        strings=True,
        note="known only at run time",
    ),
    Example(
        "a type in a string, and a name of the module that is called like the one in the function",
        'x = import_module("m")\nx.keep()\n\ndef f():\n    x = import_module("m")\n    def g(y: "x.Old"): return x.Old\n',
        strings=True,
        note="known only at run time",
    ),
    Example(
        "a type in a string, where another function gives the module a name like that",
        'def h():\n    global x\n    import m as x\n\ndef f():\n    x = import_module("m")\n'
        '    def g(y: "x.Old"): return x.Old\n',
        strings=True,
        note="known only at run time",
    ),
    Example(
        "the name is bound a second time",
        'x = import_module("m")\nx.Old()\nx = other\n',
        strings=True,
        note="known only at run time",
    ),
    Example(
        "nothing binds it",
        'def f():\n    return import_module("m")\n\nf().Old()\n',
        strings=True,
        note="known only at run time",
    ),
    Example(
        "strings are not asked for",
        'x = import_module("m")\nx.Old()\n',
        note="known only at run time",
    ),
    Example(
        "what running it gives is known only at run time",
        'ns = run_module("m")\nns["Old"]()\n',
        strings=True,
        note="known only at run time",
    ),
    Example(
        "its file is run",
        'run_path("m.py")["Old"]()\n',
        strings=True,
        note="known only at run time",
    ),
    Example(
        "another file runs this one, and takes the name of what that gives",
        "from m import Old\n\nOld()\n",
        "from n import New as Old\n\nOld()\n",
        style="rename",
        other_files={"q.py": 'import runpy\n\nns = runpy.run_path("app.py")\nns["Old"]()\n'},
    ),
    Example(
        "another file loads this one by a function of another name",
        "from m import Old\n\nOld()\n",
        "from n import New as Old\n\nOld()\n",
        style="rename",
        other_files={"q.py": 'from importlib import import_module as load\n\nload("app").Old()\n'},
    ),
    Example(
        "by another name of the function that loads it",
        'import importlib\n\nload = importlib.import_module\nload("m").Old()\n',
        'import importlib\n\nload = importlib.import_module\nload("n").New()\n',
        strings=True,
    ),
    Example(
        "by `sys.modules.get`",
        'import sys, m\n\nsys.modules.get("m").Old()\nm.keep()\n',
        'import sys, m\nimport n\n\nsys.modules.get("n").New()\nm.keep()\n',
        strings=True,
    ),
    Example(
        "all that is taken of it is migrated",
        'x = import_module("m")\nx.Old(), getattr(x, "Old")\n',
        'x = import_module("n")\nx.New(), getattr(x, "New")\n',
        strings=True,
    ),
    Example(
        "in a function, by a relative name",
        'def f():\n    x = import_module(".b", "a")\n    return x.Old()\n',
        'def f():\n    x = import_module(".n", "a")\n    return x.New()\n',
        strings=True,
        replace=RULE,
    ),
    Example(
        "a module that this file has loaded",
        'import m\n\nx = sys.modules["m"]\nx.Old, m.keep\n',
        'import m\nimport n\n\nx = sys.modules["n"]\nx.New, m.keep\n',
        strings=True,
    ),
    Example(
        "a module that this file loads below",
        'import m\n\nx = sys.modules["m"]\nx.Old, m.keep\nfrom m import Old\n',
        'import m\nimport n\n\nx = sys.modules["n"]\nx.New, m.keep\nfrom n import New as Old\n',
        strings=True,
    ),
    Example(
        "a module that this file may not have loaded",
        'def f():\n    import m\n\nx = sys.modules["m"]\nx.Old\n',
        strings=True,
        note="known only at run time",
    ),
)
