"""The deprecated module's own uses of a symbol: once the symbol is removed from there, they break."""

from __future__ import annotations

from codemods.edit.file_rewrite import FileRewrite
from codemods.model.example import Example
from codemods.model.facts import DEFINE, LOAD, STORE, Mention
from codemods.model.rules import Replacement
from codemods.read.run_time_names.evaluated_names import READS_BY_STRINGS
from codemods.rewrites.new_module import within_definition

OWN_USE = "own use"


def decide(file: FileRewrite) -> None:
    ending = {*file.links.rules.ending, *(one.module for one in file.links.rules.retire)}
    for number, rule in enumerate(file.links.rules.replace):
        name = rule.old.name
        is_here = file.defines_old(number) and rule.old.module not in ending
        if name and is_here and file.roles(0, name) & {DEFINE, STORE}:
            report_uses(file, rule, name)


def report_uses(file: FileRewrite, rule: Replacement, name: str) -> None:
    note = f"{rule.old.module} itself uses {name}, so {name} can't be removed from there"
    covered = {(site.line, site.column) for site in file.sites}
    uses = [(use.line, use.column) for use in file.mentions(0, name) if is_use(file, use, name)]
    if READS_BY_STRINGS.search(file.source.text):
        uses += [
            (text.line, text.column)
            for text in file.facts.strings
            if text.value == name and text.context != "all"
        ]
    for line, column in uses:
        if (line, column) not in covered:
            file.add_site(line, column, OWN_USE, str(rule.old), False, note)


def is_use(file: FileRewrite, mention: Mention, name: str) -> bool:
    """What the definition says of itself goes with it."""
    return mention.role == LOAD and not within_definition(file, mention, name)


EXAMPLES = (
    Example("the definition itself", "class Old:\n    def copy(self): return Old()\n", path="m.py"),
    Example(
        "it only passes the symbol on",
        'from n import New as Old\n\n__all__ = ["Old"]\n\ndef make(): return Old()\n',
        path="m.py",
    ),
    Example(
        "the module is retired, and all that it has with it",
        "class Old: ...\n\ndef make(): return Old()\n",
        path="m.py",
        ending=("m",),
    ),
    Example(
        "a function beside it uses it",
        "class Old: ...\n\ndef make(): return Old()\n",
        path="m.py",
        note="m itself uses Old",
    ),
    Example(
        "a class is built on it",
        "class Old: ...\n\nclass Sub(Old): ...\n",
        path="m.py",
        note="m itself uses Old",
    ),
    Example(
        "another file assigns what it reads: nothing is migrated",
        "import m\n\nm.Old = 2\nm.show()\n",
        other_files={"m.py": "Old = 1\n\ndef show(): return Old\n"},
        note="app.py assigns it, and m.show reads what is assigned",
    ),
    Example(
        "a function beside it assigns it when it runs: nothing is migrated",
        "import m\n\nm.switch()\nprint(m.Old)\n",
        other_files={"m.py": "Old = 1\n\ndef switch():\n    global Old\n    Old = 2\n"},
        note="m.switch assigns Old when it runs",
    ),
    Example(
        "it is read by its name",
        'Old = 1\n\ndef get(): return globals()["Old"]\n',
        path="m.py",
        note="m itself uses Old",
    ),
    *(
        Example(
            f"it is read by a name that is put together: `{condition}`",
            f'class _Old: ...\n\ndef __getattr__(name):\n    if {condition}:\n        return globals()[f"_{{name}}"]\n'
            "    raise AttributeError(name)\n",
            path="m.py",
            replace=("m:_Old=n:New",),
            note="m itself uses _Old",
        )
        for condition in (
            'name == "Old"',
            'name in {"Other", "Old"}',
            'name in ("Old",)',
            'name in {"Old": 1}',
        )
    ),
    Example(
        "a name that is put together isn't its own",
        'class _Old: ...\n\ndef __getattr__(name):\n    if name in {"Other"}:\n        return globals()[f"_{name}"]\n'
        "    raise AttributeError(name)\n",
        path="m.py",
        replace=("m:_Old=n:New",),
    ),
)
