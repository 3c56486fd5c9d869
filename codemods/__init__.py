"""The codemods, in the order in which they decide. A new one is one new file and one line here."""

from codemods import (
    attributes,
    calls,
    computed,
    docs,
    dotted,
    named,
    names,
    own_module,
    prose,
    renaming,
    settling,
    stars,
    strings,
)
from codemods.file import File

VERSION = 1
"""Counts up whenever the same file would be read or rewritten otherwise: what was kept is then thrown away."""

CODEMODS = (names, settling, attributes, stars, strings, calls, computed, prose)

DOCUMENTED = (
    names,
    renaming,
    own_module,
    attributes,
    dotted,
    named,
    stars,
    strings,
    calls,
    computed,
    settling,
    docs,
    prose,
)
"""Those with examples, in the order of the documentation."""


def decide(file: File) -> None:
    for codemod in CODEMODS:
        codemod.decide(file)
