"""Small packages that use a deprecated symbol in every way that comes to mind, made from a source of random numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from codemods.model.rules import Replacement, Rules, Style, Symbol
from tests.generated.further_forms import exports, lazy_facades, patches
from tests.generated.statements import StatementWriter, indented

STYLES: tuple[Style, ...] = ("as", "rename", "alias")
HEADER = "from __future__ import annotations\n"
RECORDER = "log = []\n\n\ndef note(value):\n    log.append(value)\n    return value\n"
DEFINITIONS = {
    "Thing": (
        "class {name}:\n    tag = 'thing'\n\n    def __init__(self, value=1):\n        self.value = value\n\n"
        "    def run(self):\n        return self.value\n"
    ),
    "make": "def {name}(value=2):\n    return [value]\n",
}
HELPER = "def helper():\n    return 'helper'\n"


@dataclass(frozen=True)
class Program:
    """A tree, what is to be replaced in it, and what is gone afterwards."""

    files: Mapping[str, str]
    rules: Rules
    removed: Mapping[str, str | None]
    """The old module without the old names; None where the whole file goes."""
    modules: tuple[str, ...]
    """In the order in which they are imported."""
    patches_old_module: bool = False
    """Whether a test patches the old module itself: who still reads it from there sees that no longer."""

    def __str__(self) -> str:
        rules = ", ".join(f"{one.old} → {one.new}, style {one.style}" for one in self.rules.replace)
        texts = "\n".join(f"# ---- {path}\n{text}" for path, text in self.files.items())
        return f"{rules}; imported: {', '.join(self.modules)}\n{texts}"


@dataclass(frozen=True)
class Names:
    """What is replaced by what."""

    package: str
    old_thing: str
    new_thing: str
    old_make: str
    new_make: str
    whole: bool

    @property
    def old_module(self) -> str:
        return f"{self.package}old"

    @property
    def new_module(self) -> str:
        return f"{self.package}new"


def make_program(random: Random) -> Program:
    names = choose_names(random)
    style = random.choice(STYLES)
    files = library(random, names)
    writer = StatementWriter(random, names.old_module, (names.old_thing, names.old_make), names.new_thing)
    facades = [f"api{number}" for number in range(random.randint(0, 2))]
    for number, facade in enumerate(facades):
        files.update(facade_files(random, names, facade, facades[:number]))
    consumers = [f"user{number}" for number in range(random.randint(1, 3))]
    offering: list[str] = []
    for consumer in consumers:
        files[f"{consumer}.py"], offers = consumer_text(random, writer, names, [*facades, *offering])
        offering += [consumer] if offers else []
    modules = [*facades, *consumers]
    if random.random() < 0.5:
        files["patching.py"] = patching_text(random, names, consumers)
        modules.append("patching")
    patched = f"{names.old_module}." in files.get("patching.py", "")
    rules = Rules(replacements(names, style), strings=True, public=random.choice(("keep", "keep", "drop")))
    return Program(files, rules, what_is_removed(names), tuple(modules), patched)


def choose_names(random: Random) -> Names:
    package = random.choice(("", "lib.", "lib.inner."))
    whole = random.random() < 0.3
    same = whole or random.random() < 0.2
    old_thing, old_make = "Old", "old_make"
    new_thing = old_thing if same else random.choice(("New", "New", "Newer", "item"))
    return Names(package, old_thing, new_thing, old_make, old_make if same else "new_make", whole)


def replacements(names: Names, style: Style) -> tuple[Replacement, ...]:
    if names.whole:
        return (Replacement(Symbol(names.old_module), Symbol(names.new_module), style),)
    pairs = ((names.old_thing, names.new_thing), (names.old_make, names.new_make))
    return tuple(
        Replacement(Symbol(names.old_module, old), Symbol(names.new_module, new), style) for old, new in pairs
    )


def path_of(module: str) -> str:
    return module.replace(".", "/") + ".py"


def definitions(thing: str, make: str) -> str:
    return "\n\n".join((DEFINITIONS["Thing"].format(name=thing), DEFINITIONS["make"].format(name=make)))


def library(random: Random, names: Names) -> dict[str, str]:
    old = definitions(names.old_thing, names.old_make)
    files = {
        "recorder.py": RECORDER,
        path_of(names.old_module): f"{old}\n\n{HELPER}",
        path_of(names.new_module): f"{definitions(names.new_thing, names.new_make)}\n\n{HELPER}",
    }
    at = names.package.rstrip(".")
    while at:
        files[f"{at.replace('.', '/')}/__init__.py"] = package_text(random, names, at)
        at = at.rpartition(".")[0]
    return files


def package_text(random: Random, names: Names, package: str) -> str:
    near = names.old_module.removeprefix(package)
    return random.choice(
        (
            "",
            "",
            f"from {near} import {names.old_thing}\n",
            f"from {near} import {names.old_thing}, {names.old_make}\n\n__all__ = ['{names.old_thing}']\n",
            f"from {near} import *\n",
            f"from {names.old_module} import {names.old_thing} as Public\n",
            f"import {names.old_module}\n",
        )
    )


def what_is_removed(names: Names) -> dict[str, str | None]:
    return {path_of(names.old_module): None if names.whole else HELPER}


# ---- modules that pass the symbol on


def facade_files(random: Random, names: Names, facade: str, others: list[str]) -> dict[str, str]:
    """A module, or a package that has the names from a part of it."""
    if random.random() < 0.7:
        return {f"{facade}.py": facade_text(random, names, others)}
    brings = (
        "from .part import *",
        f"from .part import {names.old_thing}, {names.old_make}",
        f"from {facade}.part import {names.old_thing} as {names.old_thing}, {names.old_make}",
        f"from . import part\n{names.old_thing} = part.{names.old_thing}\n{names.old_make} = part.{names.old_make}",
    )
    return {
        f"{facade}/part.py": facade_text(random, names, others),
        f"{facade}/__init__.py": random.choice(brings) + "\n",
    }


def facade_text(random: Random, names: Names, others: list[str]) -> str:
    source = random.choice((names.old_module, *others))
    both = (names.old_thing, names.old_make)
    if random.random() < 0.15:
        forms = lazy_facades(source, both)
        return random.choice(forms if source == names.old_module else forms[:-1]) + "\n"
    lines = [
        random.choice(
            (
                f"from {source} import {names.old_thing}, {names.old_make}",
                f"from {source} import *",
                f"from {names.old_module} import {names.old_thing} as {names.old_thing}, {names.old_make}",
                f"from {source} import ({names.old_thing},\n    {names.old_make},  # both\n)",
                f"import {names.old_module} as o\n{names.old_thing} = o.{names.old_thing}\n"
                f"{names.old_make} = o.{names.old_make}",
            )
        )
    ]
    if random.random() < 0.15:
        lines.append(
            random.choice((f"class {names.old_thing}({names.old_thing}): pass", f"{names.old_make} = None"))
        )
    if random.random() < 0.4:
        lines.append(random.choice(exports(both)))
    if random.random() < 0.3:
        lines.append(f"\n\ndef call_made():\n    return {names.old_make}(3)")
    return "\n".join(lines) + "\n"


# ---- modules that use it


def consumer_text(
    random: Random, writer: StatementWriter, names: Names, others: list[str]
) -> tuple[str, bool]:
    """The text, and whether others can import the names from it."""
    sources = (names.old_module, names.old_module, *others)
    body, offers = writer.module(random.choice(sources))
    return (HEADER if random.random() < 0.2 else "") + "from recorder import note\n" + body, offers


# ---- a test that patches what the others have


def patching_text(random: Random, names: Names, consumers: list[str]) -> str:
    consumer = random.choice(consumers)
    name = random.choice((names.old_thing, names.old_make))
    patch = random.choice(
        (
            f"mock.patch('{consumer}.{name}', fake)",
            f"mock.patch.object({consumer}, '{name}', fake)",
            f"mock.patch.object({consumer}, attribute='{name}', new=fake)",
            f"mock.patch.multiple('{consumer}', {name}=fake)",
            f"mock.patch('{names.old_module}.{name}', fake)",
            f"mock.patch(TARGET + '.{name}', fake)",
        )
    )
    further = random.choice(patches(consumer, name)) if random.random() < 0.5 else ""
    calls = "\n".join(f"calls({one})" for one in consumers)
    return (
        f"from unittest import mock\nimport {consumer}\n"
        + "".join(f"import {one}\n" for one in consumers if one != consumer)
        + f"from recorder import note\n\nTARGET = '{consumer}'\n\n\n"
        "class fake:\n    tag = 'fake'\n\n    def __init__(self, value=0):\n        pass\n\n"
        "    def run(self):\n        return 'fake'\n\n    def __iter__(self):\n        return iter(())\n\n\n"
        "def calls(module):\n    for name in sorted(vars(module)):\n        if name.startswith('f_'):\n"
        "            try:\n                result = getattr(module, name)()\n"
        "                if hasattr(result, 'close'): result = result.close()\n"
        "                note((name, str(result)))\n"
        "            except Exception as error:\n                note((name, repr(type(error))))\n\n\n"
        + (f"{further}\n{calls}\n" if further else f"with {patch}:\n{indented(calls)}\n")
    )
