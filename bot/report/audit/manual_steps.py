"""What a reference that needs manual work would take: one short sentence, by its kind and the reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from bot.decide.ratchet import replacement_of
from bot.plan.plan import Plan

Replacements = Callable[[str], str | None]
"""What to use instead of a symbol; None where nothing is known."""


class ManualStep(NamedTuple):
    reason: re.Pattern[str]
    step: str


STEPS = tuple(
    ManualStep(re.compile(reason), step)
    for reason, step in (
        ("doesn't parse|can't be read|can't be parsed", "Fix the file, so that it can be read."),
        (
            "may name|may read|may use|may set|may give|the name is put together|fields by their names",
            "Check whether it's meant; if it is, {change}.",
        ),
        (
            "wouldn't serve a use|uses it through this module",
            "Change the use that the reason names to what the new class has; the rest follows.",
        ),
        ("names its argument", "Check whether that argument is passed to it, and rename it there yourself."),
        ("is told the name", "Read what it does with the name, and {change}."),
        ("this constructor: name", "Name that class in the plan too, with its arguments."),
        ("s a mock|its type isn't known", "Give it a type (a mock: a `spec`), or {change}."),
        (
            "an unknown type as well|it may be .* as well",
            "Tell the types apart (`isinstance`), or {change}.",
        ),
        ("its type is the protocol", "Give the protocol and its classes the new member, then {change}."),
        ("its type is ", "Give it the type of the class that has the member, or {change}."),
        ("in a formatted string", "Move it out of the string, or {change}."),
        (r"passes \* or \*\*|\* or \*\* arguments", "Pass the arguments by their names, or {change}."),
        ("by position, and", "Pass the arguments by their names, or {change}."),
        (
            "is async, and this call|isn't async, and",
            "Make the function around it fit, `async` or not, and {change}.",
        ),
        ("has no argument|takes \\d+ positional|needs ", "Pass what the new one takes, and {change}."),
        (
            "needs manual work first|has to change with it|still has to be migrated",
            "Do the work that the reason names first; the rest follows.",
        ),
        (
            "overrides|is built on|defines .* already",
            "Change the class that the reason names, or rename it there.",
        ),
        (
            "run time|when it runs|names .* by a string|by a string",
            "Write the name out, or {change}.",
        ),
        ("star import", "Import the names that are used, instead of all."),
        ("imported from several modules|in several folders", "Say with `roots` which is meant, or {change}."),
        ("doesn't define", "Import it from where it's defined, or remove it."),
        (
            "already means something else|means something else",
            "Rename the other name in this file, or {change}.",
        ),
        (
            "public name|through this module|offering",
            "Decide whether others may still import it here, and {change}.",
        ),
        ("extra `types`", "Install the extra `types`, and run this again."),
    )
)
BY_KIND = {
    "unreadable": "Fix the file, so that it can be read.",
    "dangling import": "Import it from where it's defined, or remove it.",
    "interface": "Change this use to what the new class has, or see that it does the same with it.",
    "own use": "Change the deprecated module itself, or let a phase retire it.",
}


def manual_step(kind: str, reason: str, instead: str | None) -> str:
    found = BY_KIND.get(kind) or next((one.step for one in STEPS if one.reason.search(reason)), "{change}.")
    change = f"use {instead} here yourself" if instead else "change it yourself"
    sentence = found.replace("{change}", change)
    return sentence[:1].upper() + sentence[1:]


def replacements_of(plan: object) -> Replacements:
    return lambda symbol: replacement_of(plan, symbol) if isinstance(plan, Plan) else None
