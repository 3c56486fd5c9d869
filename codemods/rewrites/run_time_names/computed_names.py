"""`getattr(m, name)`: what it uses of the deprecated symbol's module is known only at run time. It needs manual work."""

from __future__ import annotations

from collections.abc import Collection

from codemods.edit.file_rewrite import FileRewrite
from codemods.model.example import Example
from codemods.model.facts import Mention
from codemods.model.patterns import lazy_pattern

FUNCTIONS = ("getattr", "setattr", "hasattr", "delattr")
TAKE_ALL = ("vars", "getmembers", "getmembers_static")
ALL_OF_IT = ("__dict__", "__getattribute__")
BEFORE = lazy_pattern(
    rb"\b(?:" + "|".join((*FUNCTIONS, *TAKE_ALL)).encode() + rb")\s*\(\s*\Z|\bpartial\s*\(\s*getattr\s*,\s*\Z"
)
NAME_WRITTEN_OUT = lazy_pattern(rb"\s*,\s*(['\"])\w*\1\s*[,)]")


LOADED = ("modules[@{}@]", "import_module(@{}@)")


def needles(modules: Collection[str]) -> list[bytes]:
    """The usual spellings."""
    forms = (
        *(f"{function}({{}}," for function in FUNCTIONS),
        *(f"{one}({{}}" for one in TAKE_ALL),
        "{}.__dict__",
        "getattr, {}",
        *(f"{one.replace('@', quote)}" for one in LOADED for quote in "'\""),
    )
    return [form.format(module).encode() for module in sorted(modules) for form in forms]


def decide(file: FileRewrite) -> None:
    rules_by_module = {
        module: file.links.symbols[module, name]
        for module, name in sorted(file.links.own_symbols, reverse=True)
    }
    for (scope, name), bindings in file.bindings_by_name.items():
        for mention in file.mentions(scope, name):
            numbers = [rule_for_name(rules_by_module, binding.origin, mention) for binding in bindings]
            number = next((number for number in numbers if number is not None), None)
            if number is not None and is_computed(file, mention):
                rule = file.links.rules.replace[number]
                module_names = file.links.module_names.get(rule.old.module)
                if module_names is None or module_names.has(rule.old.name or "") is not False:
                    note = f"the name is computed, so what it uses of {rule.old.module} is known only at run time"
                    file.add_site(mention.line, mention.column, "attribute", str(rule.old), False, note)


def rule_for_name(rules_by_module: dict[str, int], parts: tuple[str, ...], mention: Mention) -> int | None:
    names = (*parts, *(attribute.name for attribute in mention.attributes))
    end = next((at for at, one in enumerate(names) if one in ALL_OF_IT), len(names))
    return rules_by_module.get(".".join(names[:end]))


def is_computed(file: FileRewrite, mention: Mention) -> bool:
    if any(one.name in ALL_OF_IT for one in mention.attributes):
        return True
    text, end = file.source.text, (mention.attributes or (mention,))[-1].end
    if mention.start in file.strings_by_owner or NAME_WRITTEN_OUT.match(text, end):
        return False
    return BEFORE.search(text[max(0, mention.start - 40) : mention.start]) is not None


EXAMPLES = (
    Example("another module's", "import other as m\n\ngetattr(m, name)\n"),
    Example("nothing is taken of it", "import m\n\nf(m), getattr(x, name)\n"),
    Example(
        "the name of something else is put together",
        'import m as x\n\nx.keep(), getattr(y, "O" + "ld")\n',
    ),
    Example("another name, written out", "import m\n\nhasattr(m, 'new'), getattr(m, \"other\", None)\n"),
    Example(
        "the name is computed",
        "from a import b\n\ngetattr(b, name)()\n",
        replace=("a.b:Old=a.n:New",),
        note="what it uses of a.b is known only at run time",
    ),
    Example(
        "the name is computed, in a module that gives all that another one has",
        "import a.b as x\n\n\ndef __getattr__(name):\n    return getattr(x, name)\n",
        replace=("a.b:Old=a.n:New",),
        note="what it uses of a.b is known only at run time",
    ),
    Example(
        "what takes something of it by any name is kept",
        "from functools import partial\n\nimport a.b\n\nget = partial(getattr, a.b)\n",
        replace=("a.b:Old=a.n:New",),
        note="what it uses of a.b is known only at run time",
    ),
    *(
        Example(
            f"the name is computed, of a module that is loaded by its name: `{module}`",
            f"def pick(name):\n    return getattr({module}, f'_{{name}}')\n",
            note="what it uses of m is known only at run time",
        )
        for module in ("sys.modules['m']", 'import_module("m")', "importlib.import_module('m')")
    ),
    Example(
        "all of it is taken",
        "import a.b\n\nvars(a.b), a.b.__dict__[name], a.b.__dict__.get(name), a.b.__getattribute__(name)\n",
        replace=("a.b:Old=a.n:New",),
        note="what it uses of a.b is known only at run time",
    ),
    Example(
        "the name is computed, and the module has its whole name",
        "import a.b\n\ngetattr(a.b, name)()\n",
        replace=("a.b:Old=a.n:New",),
        note="what it uses of a.b is known only at run time",
    ),
    Example(
        "all that it has is looked through",
        "import inspect\n\nimport a.b\n\ninspect.getmembers(a.b, inspect.isclass)\n",
        replace=("a.b:Old=a.n:New",),
        note="what it uses of a.b is known only at run time",
    ),
    *(
        Example(
            f"the name is put together: `{name}`",
            f'import m as x\n\nhalf = "O"\ngetattr(x, {name})\n',
            note="can't be replaced in place",
        )
        for name in (
            *('"O" + "ld"', 'half + "ld"', 'f"{half}ld"', '"%sld" % half', '"{}ld".format("O")'),
            *('"".join(["O", "ld"])', '"old".title()', '"O" "ld"'),
        )
    ),
    Example(
        "the name is put together, and the module is loaded by its name",
        'getattr(import_module("m"), "O" + "ld")\n',
        strings=True,
        style="rename",
        note="assembled from parts",
    ),
    *(
        Example(
            f"another file puts the name together: `{taken}`",
            "from m import Old\n\nOld()\n",
            "from n import New as Old\n\nOld()\n",
            style="rename",
            other_files={"q.py": f'import app\n\nhalf = "O"\n{taken}\n'},
        )
        for taken in (
            *('getattr(app, half + "ld")', 'vars(app)[f"{half}ld"]', 'patch.object(app, "%sld" % half)'),
            *('app.__dict__["".join([half, "ld"])]', 'setattr(app, "{}ld".format(half), 1)'),
        )
    ),
    Example(
        "the symbol is gone from there: nothing can take it",
        "from a import b\n\ngetattr(b, name)()\n",
        replace=("a.b:Gone=a.n:New",),
    ),
    Example(
        "a name that is written out is migrated with its module",
        'import m as x\n\ngetattr(x, "Old")\n',
        'import n as x\n\ngetattr(x, "New")\n',
    ),
)
