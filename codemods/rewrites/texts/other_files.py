"""Files that are neither Python nor documentation: notebooks, Cython, shell, Dockerfiles, templates, JSON. Lines that name
the symbol are listed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import field, replace
from functools import cached_property
from itertools import islice

from codemods.model.example import Example
from codemods.model.patterns import lazy_pattern
from codemods.model.records import record
from codemods.model.rules import Replacement, Rules
from codemods.model.site import Site
from codemods.read.run_time_names.pickled_names import is_pickled
from codemods.rewrites.run_time_names.shown_names import SHOP, note_on, places_in_text
from codemods.rewrites.texts.documents import PLANS, DocumentRules, is_document, site_at

PYTHON_SUFFIXES = (".py", ".pyi")
RUNNERS = (b"python", b"uv run", b"pipx run")
PYTHON_SCRIPT = lazy_pattern(rb"#![^\n]*\b(?:python[\d.]*|uv run|pipx run)\b")
PICKLE = lazy_pattern(rb"\x80[\x02-\x05]")
"""What a pickle of a later protocol begins with."""
MOST_LINES = 100
"""Lines that are listed of one file."""
NOTE = "this kind of file isn't rewritten"


def is_other_file(path: str) -> bool:
    return not (path.endswith(PYTHON_SUFFIXES) or is_document(path) or path.startswith(PLANS))


def may_be_script(path: str) -> bool:
    """A file without a suffix may be a script."""
    return "." not in path.rpartition("/")[2]


def is_python_script(data: bytes) -> bool:
    return PYTHON_SCRIPT.match(data) is not None


def is_text(data: bytes) -> bool:
    return b"\0" not in data[:8192]


@record
class OtherFileRules:
    """The rules as they are looked for in files that can't be rewritten."""

    rules: Rules
    found_by_name: Mapping[tuple[Replacement, str], str] = field(default_factory=dict)
    """Classes that a value of this file may stand for, with that value, and why."""

    shown: tuple[Replacement, ...] = ()
    """Classes whose names are shown with their objects."""
    is_snapshot: bool = False

    @cached_property
    def needles(self) -> tuple[bytes, ...]:
        """What a file with something to list must hold."""
        words = [rule.old.name or rule.old.module.rpartition(".")[2] for rule in self.rules.replace]
        words += [value for _, value in self.found_by_name]
        return tuple(dict.fromkeys(word.encode() for word in words))

    def sites(self, data: bytes) -> list[Site]:
        if not any(needle in data for needle in self.needles):
            return []
        pickled = [site for rule in self.rules.replace for site in pickle_sites(rule, data)]
        if pickled or PICKLE.match(data):
            return pickled
        if not is_text(data):
            return []
        found = [site for rule in self.rules.replace for site in sites_of(rule, data)]
        listed = {site.line for site in found}
        values = DocumentRules(self.rules, found_by_name=self.found_by_name).sites_of_values(data)
        shown = (site for rule in self.shown for site in self.sites_of_shown(rule, data))
        found += [replace(site, kind="mention") for site in (*values, *shown) if site.line not in listed]
        return sorted(found, key=lambda site: (site.line, site.column))[:MOST_LINES]

    def sites_of_shown(self, rule: Replacement, data: bytes) -> Iterator[Site]:
        lines: set[int] = set()
        for at in islice(places_in_text(data, rule.old.name or "", is_snapshot=self.is_snapshot), MOST_LINES):
            site = site_at(data, at, rule, note_on(rule))
            if site.line not in lines:
                lines.add(site.line)
                yield site


def pickle_sites(rule: Replacement, data: bytes) -> Iterator[Site]:
    """A pickle loads what it holds by its module and its name."""
    if is_pickled(data.decode("latin-1"), rule.old.module, rule.old.name or ""):
        note = f"it is a pickle, which loads {rule.old.dotted} by its name"
        yield Site(1, 0, "mention", str(rule.old), False, note)


def sites_of(rule: Replacement, data: bytes) -> Iterator[Site]:
    """The lines with the symbol's name where the file names its module as well, or those that name the module."""
    module = named_module(rule.old.module)
    if rule.old.name is None:
        pattern = module
    elif module.search(data):
        pattern = word(rule.old.name)
    else:
        return
    lines: set[int] = set()
    for match in pattern.finditer(data):
        line = data.count(b"\n", 0, match.start()) + 1
        if line not in lines:
            lines.add(line)
            column = match.start() - (data.rfind(b"\n", 0, match.start()) + 1)
            yield Site(line, column, "mention", str(rule.old), False, NOTE)
            if len(lines) >= MOST_LINES:
                return


def word(name: str) -> re.Pattern[bytes]:
    return re.compile(rb"(?<![\w\x80-\xff])" + re.escape(name.encode()) + rb"(?![\w\x80-\xff])")


def named_module(module: str) -> re.Pattern[bytes]:
    """A module's name where it can be nothing else: dotted, imported, run by `-m`, or before what is taken of it."""
    name = re.escape(module.encode())
    package, _, last = (part.encode() for part in module.rpartition("."))
    forms = [
        rb"\bfrom[ \t]+" + name + rb"[ \t]+c?import\b",
        rb"\bc?import[ \t]+" + name + rb"(?![\w.])",
        rb"(?<!\w)-m[ \t\"',]+" + name + rb"(?![\w.])",
        rb"(?<![\w./\\-])" + name + rb"[.:](?=[A-Za-z_])",
    ]
    if package:
        forms.append(rb"(?<![\w./\\-])" + name + rb"(?![\w-])")
        forms.append(
            rb"\bfrom[ \t]+(?:"
            + re.escape(package)
            + rb"|\.+)[ \t]+c?import\b[^\n]*\b"
            + re.escape(last)
            + rb"\b"
        )
        forms.append(rb"\bfrom[ \t]+\.+" + re.escape(last) + rb"[ \t]+c?import\b")
    return re.compile(b"|".join(forms))


def other_files(paths: Collection[str]) -> list[str]:
    return [path for path in paths if is_other_file(path)]


SHOWN = "it may be how an object of m.Old is shown, which becomes New"
NOTEBOOK = '{"cells": [{"cell_type": "code", "source": ["from m import Old\\\\n", "Old()"]}]}\n'
EXAMPLES = (
    Example("a bare word where nothing names the module", "Old news\n", path="notes.txt"),
    Example("a longer name", "python -c 'import m; m.Older()'\n", path="run.sh"),
    Example("another module's", "CMD python -m mm.Old\n", path="Dockerfile"),
    Example("a command", "python -c 'from m import Old; Old()'\n", path="run.sh", note="isn't rewritten"),
    Example("an entry point", 'CMD ["gunicorn", "m:Old"]\n', path="Dockerfile", note="isn't rewritten"),
    Example("a pickle", "cm\nOld\n)\x81.", path="kept.pkl", note="loads m.Old by its name"),
    Example("a notebook", NOTEBOOK, path="docs/use.ipynb", note="isn't rewritten"),
    Example("Cython", "from m cimport Old\n\ncdef Old x\n", path="fast.pyx", note="isn't rewritten"),
    Example("a setting", '{"engine": "m.Old"}\n', path="settings.json", note="isn't rewritten"),
    *(
        Example(
            f"a value that {what}",
            '{"engine": "Old", "Older": "other"}\n',
            path="settings.json",
            other_files={"m.py": text},
            note=note,
        )
        for what, text, note in (
            ("is no name of a class", "class Old: ...\n", ""),
            (
                "a register of classes knows",
                "class Old(metaclass=Registry): ...\n",
                "may find m.Old by its name",
            ),
        )
    ),
    *(
        Example(
            f"a value that {what}",
            '{"engine": "old", "older": "old_engine"}\n',
            path="settings.json",
            other_files={
                "m.py": "from q import register\n\n\n@register\nclass Old: ...\n",
                "q.py": f"def register(cls):\n    KNOWN[{key}] = cls\n    return cls\n",
            },
            note=note,
        )
        for what, key, note in (
            ("no register makes of its name", "cls.__name__", ""),
            ("a register makes of its name", "cls.__name__.lower()", "may find m.Old by its name"),
        )
    ),
    *(
        Example(title, text, path=path, other_files=SHOP, note=note)
        for title, path, text, note in (
            ("what isn't shown", "notes.txt", "Old(x=0) is printed\n", ""),
            ("a snapshot", "tests/__snapshots__/test_shop.ambr", "# name: test\n  Old(x=0)\n", SHOWN),
            ("the output of an example", "docs/shop.txt", ">>> shop.make()\nOld(x=0)\n", SHOWN),
        )
    ),
    Example(
        "a template",
        "{% import 'm' %}{{ m.Old }}\n",
        path="templates/page.html",
        note="isn't rewritten",
    ),
    Example(
        "a module that moves",
        "RUN python -m a.b\nCOPY a/b.py .\n",
        path="Dockerfile",
        replace=("a.b=a.n",),
        note="isn't rewritten",
    ),
)
