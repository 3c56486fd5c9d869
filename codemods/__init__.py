"""The codemods, in the order in which they decide. A new one is one new file and one line here."""

from codemods import attributes, calls, names, stars, strings
from codemods.file import File

VERSION = 1
"""Counts up whenever the same file would be read or rewritten otherwise: what was kept is then thrown away."""

CODEMODS = (names, attributes, stars, strings, calls)


def decide(file: File) -> None:
    for codemod in CODEMODS:
        codemod.decide(file)
