"""Scopes are what CPython's own symbol tables say they are."""

from __future__ import annotations

import ast
import re
import symtable
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from codemods.model.facts import FileFacts, Scope
from codemods.read.extract import facts_of, read_parts
from codemods.read.source import Source, parse_python
from codemods.read.words import SearchedNames

LIBRARY = Path(ast.__file__).parent
FILES = (
    "dataclasses.py",
    "typing.py",
    "enum.py",
    "contextlib.py",
    "argparse.py",
    "functools.py",
    "tarfile.py",
)


def read(name: str) -> Source:
    return Source((LIBRARY / name).read_bytes())


COMPREHENSIONS = ("genexpr", "listcomp", "setcomp", "dictcomp")
INLINED = sys.version_info >= (3, 12)
"""From then on, symbol tables have no scopes for most comprehensions: their names are those of the scope around it."""


def bound_by_symtable(table: symtable.SymbolTable, found: list[set[str]], around: int = 0) -> list[set[str]]:
    bound = {symbol.get_name() for symbol in table.get_symbols() if bound_here(symbol)} - {".0", "__class__"}
    if INLINED and table.get_name() in COMPREHENSIONS:
        found[around] |= bound
    else:
        around = len(found)
        found.append(bound)
    for child in table.get_children():
        bound_by_symtable(child, found, around)
    return found


def bound_by_facts(scopes: Sequence[Scope]) -> list[set[str]]:
    found = [set(scope.bindings) - set(scope.declared) for scope in scopes]
    if not INLINED:
        return found
    for scope, bound in reversed([*zip(scopes, found, strict=True)]):
        if scope.kind == "comprehension":
            found[scope.parent] |= bound
    return [bound for scope, bound in zip(scopes, found, strict=True) if scope.kind != "comprehension"]


def bound_here(symbol: symtable.Symbol) -> bool:
    return (symbol.is_assigned() or symbol.is_imported() or symbol.is_parameter()) and not (
        symbol.is_declared_global() or symbol.is_nonlocal()
    )


@pytest.mark.parametrize("name", FILES)
def test_every_scope_binds_what_the_symbol_table_says(name: str) -> None:
    source = read(name)
    tree = parse_python(source.text)
    assert isinstance(tree, ast.Module)
    words = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    words |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}

    facts = facts_of(source, tree, SearchedNames(frozenset(words)))

    theirs = bound_by_symtable(symtable.symtable(source.text.decode(), name, "exec"), [])[1:]
    ours = bound_by_facts(facts.scopes)[1:]
    assert sorted(sorted(names & words) for names in ours if names & words) == sorted(
        sorted(names & words) for names in theirs if names & words
    )


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("word", ["Any", "wraps", "self", "field", "Enum", "name"])
def test_reading_parts_finds_what_reading_all_finds(name: str, word: str) -> None:
    source = read(name)
    tree = parse_python(source.text)
    assert isinstance(tree, ast.Module)
    words = SearchedNames(frozenset({word}))

    parts, whole = read_parts(source, words), facts_of(source, tree, words)

    assert isinstance(parts, FileFacts)

    def told(facts: FileFacts) -> list[tuple[str, int, str]]:
        return [(m.name, m.start, m.role) for m in facts.mentions if m.name == word]

    assert told(parts) == told(whole)
    assert said(parts, word) == said(whole, word)


def said(facts: FileFacts, word: str) -> list[int]:
    return sorted(text.start for text in facts.strings if re.search(rf"\b{word}\b", text.value))


FAR_APART = b"""
def run(load, first):
    m = load(first)
    other = first
    use(m.Old)
    print(other)

class Shop:
    def order(self):
        import shop.old
        def inner():
            name = "shop.old"
            return name + ".Old"
        @decorates
        def unrelated():
            old = 1
        return shop.old.Old
"""


@pytest.mark.parametrize("more", [0, 60])
def test_what_a_word_turns_out_to_depend_on_is_read_in_the_same_function(more: int) -> None:
    long = FAR_APART.replace(b"    print(other)\n", b"    print(other)\n" * (more + 1))
    source = Source(long.replace(b"        @dec", b"        print(1)\n" * more + b"        @dec"))
    tree = parse_python(source.text)
    assert isinstance(tree, ast.Module)
    words = SearchedNames(frozenset({"Old"}), frozenset({"old"}))

    parts, whole = read_parts(source, words), facts_of(source, tree, words)

    assert isinstance(parts, FileFacts)
    bound = [(m.name, m.line) for m in parts.mentions if m.role == "store"]
    assert bound == [("m", 3), ("name", 12 + more)]
    assert [mention[:5] for mention in parts.mentions] == [mention[:5] for mention in whole.mentions]
    assert [text[:6] for text in parts.strings] == [text[:6] for text in whole.strings]
