"""What calls and members of a replaced class or function probably become, by names, signatures and what the old ones say.

Guesses are for people to confirm: nothing acts on them.
"""

from __future__ import annotations

import ast
import difflib
import re
from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.audit.interfaces import CALLABLE_KINDS, call_differences, parameters_of_call
from bot.audit.outline import KEYWORDS, REST, Member, dotted_name
from bot.audit.outlines import Definition, Outlines, is_of_python
from codemods.model.rules import Replacement
from codemods.model.tree import Entry, Tree, read_content
from codemods.read.source import Source, parse_python, read_source

SIMILAR = 0.8
"""Of two names without a word in common, which may be a slip of the pen."""
LONGEST_NAME = 100
"""Letters of a name that is compared with others."""
MOST_COMPARED = 100
"""With so many others each name is compared: those beside it in the order of the alphabet."""
SAYS_LITTLE = frozenset(
    {"add", "all", "and", "for", "from", "get", "has", "new", "old", "set", "the", "with"}
)
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
INSTEAD = re.compile(
    r"\b(?:[Uu]se|[Rr]eplaced by|[Rr]enamed to|[Ii]n favou?r of|[Pp]refer|[Ss]ee)[\s`:~]+(?:[\w.:]*[.:`])?"
    r"([A-Za-z_]\w*)"
)
DEPRECATING = frozenset({"warn", "warn_explicit", "deprecated", "deprecate"})
FACTORY = re.compile(r"(?:^|_)(?:create|make|build|from|new|open|connect|start|of)(?:_|$)")
Arguments = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class GuessedChange:
    """Of a member, or of the calls of the class itself."""

    old: str
    """Empty for calls of the class."""
    new: str
    arguments: Arguments
    """Old and new names."""
    why: str


@dataclass(frozen=True)
class Guesses:
    """For one class or function that another replaces."""

    old: str
    new: str
    calls: GuessedChange | None = None
    members: tuple[GuessedChange, ...] = ()


def guess_changes(tree: Tree, outlines: Outlines, replacement: Replacement) -> Guesses | None:
    """None where there is nothing to guess."""
    old, new = outlines.definition_of(replacement.old), outlines.definition_of(replacement.new)
    if old is None or new is None or old.member.kind != new.member.kind:
        return None
    if old.member.kind == "function":
        return guess_calls_of_function(replacement, old.member, new.member)
    if old.member.kind != "class":
        return None
    before, _ = outlines.members_with_inherited(old)
    after, outside = outlines.members_with_inherited(new)
    said = {} if old.path == new.path and old.member == new.member else advice(tree, outlines, old)
    calls = None if replacement.calls else guess_calls(replacement, before, after, bool(outside))
    added = sorted(
        name
        for name, member in after.items()
        if name not in before and not name.startswith("_") and not is_of_python(member)
    )
    members = tuple(
        found
        for name, member in sorted(before.items())
        if not name.startswith("_") and name not in replacement.members and not is_of_python(member)
        if (found := guess_member(member, added, after, said.get(name, ()))) is not None
    )
    if calls is None and not members:
        return None
    return Guesses(str(replacement.old), str(replacement.new), calls, members)


# ---- calls


def guess_calls_of_function(replacement: Replacement, old: Member, new: Member) -> Guesses | None:
    """Other names of its arguments, where calls don't fit as they are."""
    renamed = () if replacement.calls else guess_arguments(old, new)
    if not renamed or has_other_arguments(old, new, dict(renamed)):
        return None
    calls = GuessedChange("", "", renamed, "the functions' arguments have similar names")
    return Guesses(str(replacement.old), str(replacement.new), calls)


def guess_calls(
    replacement: Replacement, before: Mapping[str, Member], after: Mapping[str, Member], outside: bool
) -> GuessedChange | None:
    """Where calls don't fit the new constructor: other names of its arguments, or a class method that they fit."""
    old, new = before.get("__init__"), after.get("__init__")
    if old is None or (new is None and outside):
        return None
    constructor = new or Member("__init__", "method", 0)
    if not has_other_arguments(old, constructor, {}):
        return None
    name = replacement.new.name or ""
    renamed = guess_arguments(old, constructor)
    if renamed and not has_other_arguments(old, constructor, dict(renamed)):
        return GuessedChange("", "", renamed, "the constructors' arguments have similar names")
    methods = [one for one in after.values() if one.kind in ("classmethod", "staticmethod")]
    public = [one for one in methods if not one.name.startswith("_")]
    for member in sorted(public, key=lambda one: FACTORY.search(one.name) is None)[:MOST_COMPARED]:
        arguments = guess_arguments(old, member)
        if not has_other_arguments(old, member, dict(arguments)) and parameters_of_call(member):
            kind = "async, and it" if member.is_async else "it"
            why = f"{kind} takes the arguments of the old constructor, which the new one doesn't"
            return GuessedChange("", f"{name}.{member.name}", arguments, why)
    return None


def has_other_arguments(old: Member, new: Member, renamed: Mapping[str, str]) -> bool:
    differences = call_differences("", old, new, renamed)
    return any(one.what in ("parameter gone", "parameter needed") for one in differences)


def guess_arguments(old: Member, new: Member) -> Arguments:
    """Arguments that only the old one takes, each with the most similar of those that only the new one takes."""
    before, after = argument_names(old), argument_names(new)
    known = {*after}
    gone = [name for name in before if name not in known]
    added = sorted(known - {*before})
    if len(gone) == len(added) == 1 and before.index(gone[0]) == after.index(added[0]):
        return ((gone[0], added[0]),)
    found: list[tuple[str, str]] = []
    for name in gone:
        near = next(similar_names(name, added), None)
        if near:
            found.append((name, near))
            added.remove(near)
    return tuple(found)


def similar_names(name: str, possible: Sequence[str]) -> Iterator[str]:
    """Of those in order, the most similar first: those with a word in common, and those of nearly the same letters."""
    first = max(0, min(bisect(possible, name) - MOST_COMPARED // 2, len(possible) - MOST_COMPARED))
    compared = [
        one for one in possible[first : first + MOST_COMPARED] if max(len(one), len(name)) <= LONGEST_NAME
    ]
    rated = [(difflib.SequenceMatcher(None, name, other).ratio(), other) for other in compared]
    for ratio, other in sorted(rated, reverse=True):
        if ratio >= SIMILAR or has_common_word(name, other):
            yield other


def has_common_word(name: str, other: str) -> bool:
    """`websocket_bridge` and `websocket_emitter`; `mail` and `email`, `reg` and `registry`."""
    words, others = (
        [word.lower() for word in WORD.findall(one) if len(word) > 2 and word.lower() not in SAYS_LITTLE]
        for one in (name, other)
    )
    pairs = (sorted((one, two), key=len) for one in words for two in others)
    return any(longer.startswith(shorter) or longer.endswith(shorter) for shorter, longer in pairs)


def argument_names(member: Member) -> list[str]:
    return [one.name for one in parameters_of_call(member) if one.kind not in (REST, KEYWORDS)]


# ---- members


def guess_member(
    member: Member, added: Sequence[str], after: Mapping[str, Member], advised: Iterable[str]
) -> GuessedChange | None:
    """`added`: the public members that only the new one has, in order."""
    same = after.get(member.name)
    if same is not None:
        return guess_other_arguments(member, same)
    for name in advised:
        if name in after:
            why = f"the old one says to use {name}"
            return GuessedChange(member.name, name, arguments_of(member, after[name]), why)
    for name in similar_names(member.name, added):
        if is_called_alike(member, after[name]):
            why = "a similar name, and the same parameters" if is_called(member) else "a similar name"
            return GuessedChange(member.name, name, (), why)
    return None


def guess_other_arguments(old: Member, new: Member) -> GuessedChange | None:
    if not is_called(old) or not is_called(new):
        return None
    arguments = guess_arguments(old, new)
    return GuessedChange(old.name, "", arguments, "arguments with similar names") if arguments else None


def arguments_of(old: Member, new: Member) -> Arguments:
    return guess_arguments(old, new) if is_called(old) and is_called(new) else ()


def is_called(member: Member) -> bool:
    return member.kind in CALLABLE_KINDS


def is_called_alike(old: Member, new: Member) -> bool:
    if is_called(old) != is_called(new):
        return False
    return not is_called(old) or parameters_of_call(old) == parameters_of_call(new)


# ---- what the old members say


def advice(tree: Tree, outlines: Outlines, old: Definition) -> dict[str, tuple[str, ...]]:
    """By the name of a method: what its docstring and its deprecation messages say to use instead."""
    entry = next((one for one in tree.entries() if one.path == old.path), None)
    node = class_node(tree, entry, old.member) if entry else None
    methods = (
        [one for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)] if node else []
    )
    return {one.name: tuple(named_in(texts_of(one))) for one in methods}


def class_node(tree: Tree, entry: Entry, member: Member) -> ast.ClassDef | None:
    source = read_source(read_content(tree, entry))
    parsed = parse_python(source.text) if isinstance(source, Source) else None
    nodes = ast.walk(parsed) if isinstance(parsed, ast.Module) else ()
    classes = (one for one in nodes if isinstance(one, ast.ClassDef))
    return next((one for one in classes if (one.name, one.lineno) == (member.name, member.line)), None)


def texts_of(method: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    yield ast.get_docstring(method) or ""
    for node in ast.walk(method):
        if isinstance(node, ast.Call) and dotted_name(node.func).rpartition(".")[2] in DEPRECATING:
            for one in ast.walk(node):
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    yield one.value


def named_in(texts: Iterable[str]) -> Sequence[str]:
    return [name for text in texts for name in INSTEAD.findall(text)]
