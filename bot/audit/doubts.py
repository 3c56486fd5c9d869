"""What a proposed plan can't know: guesses in comments, names that several modules define, and names that none does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml

from bot.audit.guesses import Arguments, GuessedChange, Guesses
from bot.audit.undefined_names import UndefinedName
from codemods.model.rules import Symbol

MOST = 40
PLACES = 5
PLAIN = re.compile(r"[A-Za-z][\w .,()/*:→-]*")


@dataclass(frozen=True)
class Doubts:
    guesses: Mapping[str, Guesses]
    """By the old symbol."""
    names: Sequence[UndefinedName]

    def why(self, symbol: Symbol) -> str:
        """The comment behind a rule that nobody asked for."""
        found = next((one for one in self.names if one.old == symbol and one.replacement), None)
        if found is None:
            return ""
        count = len(found.imports)
        times = "once" if count == 1 else f"{count:,} times"
        return f"   # imported {times}, but only {one_line(found.modules[0])} defines it"

    def guess_lines(self, symbol: Symbol) -> Iterator[str]:
        guesses = self.guesses.get(str(symbol))
        if guesses is None:
            return
        yield "    # Guesses, by names and signatures. Remove the `# ` of those that are right:"
        if guesses.calls:
            yield f"    # calls:   # {guesses.calls.why}"
            if guesses.calls.new:
                yield f"    #   to: {guesses.calls.new}"
            if guesses.calls.arguments:
                yield f"    #   arguments: {mapping(guesses.calls.arguments)}"
        if guesses.members:
            yield "    # members:"
            yield from (f"    #   {member_line(one)}   # {one.why}" for one in guesses.members[:MOST])

    def unclear_lines(self) -> Iterator[str]:
        for one in self.names[:MOST]:
            if len(one.modules) > 1:
                yield (
                    f"  # {one.old.module} doesn't define {one.old.name}, and several modules do "
                    f"({places(one)}). Choose one:"
                )
                for module in one.modules:
                    yield f"  # - {{old: {quote_yaml(str(one.old))}, new: {quote_yaml(f'{module}:{one.old.name}')}}}"

    def dead_lines(self) -> Iterator[str]:
        for one in [one for one in self.names if not one.modules][:MOST]:
            uses = sum(len(each.uses) for each in one.imports)
            used = f", and used on {uses:,} {'line' if uses == 1 else 'lines'}" if uses else ""
            yield f"# Dead: no module defines {one.old.name}. It's imported from {one.old.module} at {places(one)}{used}."


def places(name: UndefinedName) -> str:
    shown = [f"{one.path}:{one.line}" for one in name.imports[:PLACES]]
    more = len(name.imports) - len(shown)
    return one_line(", ".join(shown) + (f" and {more:,} more" if more else ""))


def one_line(text: str) -> str:
    """As a comment, a path can't end its line."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def member_line(change: GuessedChange) -> str:
    if not change.arguments:
        return f"{change.old}: {change.new}"
    to = f"to: {change.new}, " if change.new else ""
    return f"{change.old}: {{{to}arguments: {mapping(change.arguments)}}}"


def mapping(arguments: Arguments) -> str:
    return "{" + ", ".join(f"{old}: {new}" for old, new in arguments) + "}"


def scalar(text: str) -> str:
    """Bare where YAML reads it back as it is."""
    if PLAIN.fullmatch(text) and yaml.safe_load(f"[{text}]") == [text]:
        return text
    return quote_yaml(text)


def quote_yaml(text: str) -> str:
    return json.dumps(
        text, ensure_ascii=any(ord(letter) > 0xFFFF or 0xD800 <= ord(letter) < 0xE000 for letter in text)
    )
