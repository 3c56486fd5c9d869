"""The last part of a module's name, where something loads modules of its package by that: `PLUGINS = ["legacy"]` and
`import_module(f"app.{name}")`. It needs manual work."""

from __future__ import annotations

from codemods.edit.file_rewrite import FileRewrite
from codemods.model.example import Example
from codemods.model.rules import Replacement

CONTEXTS = frozenset({"plain", "argument", "item"})


def decide(file: FileRewrite) -> None:
    for rule in file.links.rules.replace:
        package, _, last = rule.old.module.rpartition(".")
        loaders = file.links.loaded_packages.get(package) if rule.old.name is None else None
        if loaders is None or not is_near(file, loaders):
            continue
        listed = {site.line for site in file.sites if site.symbol == str(rule.old)}
        for text in file.facts.strings:
            if text.value == last and text.context in CONTEXTS and text.line not in listed:
                file.add_site(text.line, text.column, "dynamic", str(rule.old), False, note_on(rule))


def is_near(file: FileRewrite, loaders: frozenset[str]) -> bool:
    """Whether it loads modules in this way, gives a file its names that does, or imports one."""
    if file.path in loaders:
        return True
    modules = file.links.modules
    imported = {".".join(one.origin) for one in file.bindings}
    imported |= {".".join(one.origin[:-1]) for one in file.bindings}
    return any(name in imported for path in loaders for name in modules.names_by_path.get(path, ()))


def note_on(rule: Replacement) -> str:
    return f"it may be the last part of {rule.old.module}, which something loads by that"


PLUGINS = ("app.legacy=app.modern",)
FILES = {"app/__init__.py": "", "app/legacy.py": "def run(): ...\n", "app/modern.py": "def run(): ...\n"}
LOADER = "from importlib import import_module\n\nfrom conf import NAMES\n\nfound = [import_module({0}) for name in NAMES]\n"
BESIDE = "NAMES = ['legacy', 'other']\n"


def part(title: str, before: str, loader: str, note: str, path: str = "conf.py") -> Example:
    return Example(
        title, before, path=path, replace=PLUGINS, other_files={**FILES, "q.py": loader}, note=note
    )


NOTE = "it may be the last part of app.legacy"
EXAMPLES = (
    part("another package is loaded", BESIDE, LOADER.format('f"other.{name}"'), ""),
    part("nothing is loaded by such names", BESIDE, LOADER.format('"app.other"'), ""),
    part("far from what loads modules", BESIDE, LOADER.format('f"app.{name}"'), "", "far.py"),
    part("a longer text", "NAMES = ['legacy mode']\n", LOADER.format('f"app.{name}"'), ""),
    *(
        part(f"the names that a file loads modules by: `{loaded}`", BESIDE, LOADER.format(loaded), NOTE)
        for loaded in ('f"app.{name}"', '"app." + name', '"app.%s" % name', '"." + name, "app"')
    ),
    part(
        "who imports what loads them",
        "from q import load\n\nload('legacy')\n",
        LOADER.format('f"app.{name}"'),
        NOTE,
    ),
    part(
        "a value in settings",
        '{"handler": "legacy"}\n',
        LOADER.format('f"app.{name}"'),
        NOTE,
        "settings.json",
    ),
    Example(
        "a module without a package",
        "from importlib import import_module\n\nTABLE = {'handler': 'legacy'}\nimport_module(TABLE['handler'])\n",
        replace=("legacy=modern",),
        other_files={"legacy.py": "def run(): ...\n", "modern.py": "def run(): ...\n"},
        note="it may be the last part of legacy",
    ),
)
