"""What a call gives, against what its surroundings expect: `await` comes or goes, or the call stays as it is."""

from __future__ import annotations

from typing import Literal, NamedTuple

from codemods.link.callees import Callee, Gives
from codemods.model.facts import IN_ASYNC_FUNCTION, PLACES, Call

AwaitChange = Literal["", "add", "drop"]
EXPECTED: dict[Gives, tuple[str, ...]] = {
    "generator": ("for", "star", "yield from"),
    "async generator": ("async for",),
    "context manager": ("with",),
    "async context manager": ("async with",),
}
"""What may take something of this kind."""
NEEDED = {
    "with": ("__enter__",),
    "async with": ("__aenter__",),
    "for": ("__iter__", "__getitem__"),
    "star": ("__iter__", "__getitem__"),
    "async for": ("__aiter__",),
    "await": ("__await__",),
    "call": ("__call__",),
    "subscript": ("__getitem__", "__class_getitem__"),
}
"""By what takes an object: the special methods of which it needs one."""
BINDS_TIGHTER = ("attribute", "subscript", "call", "await")


class ResultChange(NamedTuple):
    await_change: AwaitChange = ""
    trouble: str = ""


def result_change(old: Callee, new: Callee, call: Call, name: str) -> ResultChange:
    """`name`: what is called instead."""
    if new.gives == "property":
        return ResultChange("", f"{name} is a property, which can't be called")
    if new.gives == "awaitable":
        return result_to_await(old, new, call, name)
    if old.gives == "awaitable":
        if call.taken_by == "await":
            return ResultChange("drop") if new.gives == "value" else untold(name)
        return ResultChange("", f"{name} isn't async, and something else awaits this call's result")
    if new.gives in EXPECTED:
        fits = new.gives == old.gives or call.taken_by in EXPECTED[new.gives]
        return ResultChange(
            "", "" if fits else f"{name} gives {article(new.gives)}, which isn't expected here"
        )
    if new.gives == "value" and old.gives in EXPECTED:
        fits = bool(lacks_nothing(new, call))
        return ResultChange(
            "", "" if fits else f"{article(old.gives)} is expected here, which {name} doesn't give"
        )
    return ResultChange("", missing_method(old, new, call, name))


def untold(name: str) -> ResultChange:
    return ResultChange("", f"it can't be told from its definition whether {name} is async")


def result_to_await(old: Callee, new: Callee, call: Call, name: str) -> ResultChange:
    if old.gives == "awaitable" or (call.taken_by == "await" and not old.gives):
        return ResultChange()
    if old.gives in EXPECTED:
        return ResultChange("", f"{article(old.gives)} is expected here, and {name} needs an await")
    if not old.gives and call.is_argument_of:
        return ResultChange(
            "",
            f"{name} is async, and it can't be told whether {call.is_argument_of} awaits what it gets here",
        )
    if call.place != IN_ASYNC_FUNCTION or call.taken_by == "decorator":
        return ResultChange(
            "", f"{name} is async, and this call is {PLACES[call.place]}, where await isn't allowed"
        )
    trouble = missing_method(old, new, call, name)
    return ResultChange("", trouble) if trouble else ResultChange("add")


def lacks_nothing(new: Callee, call: Call) -> bool:
    needed = NEEDED.get(call.taken_by, ())
    return new.offers is not None and not new.offers.isdisjoint(needed)


def missing_method(old: Callee, new: Callee, call: Call, name: str) -> str:
    """Why what takes the object can't take the new one; a use that was wrong before stays so."""
    needed = NEEDED.get(call.taken_by, ())
    if not needed:
        return ""
    if new.gives == "value" and not new.offers and call.taken_by == "await" and old.gives != "value":
        return f"{name} isn't async, and this call has an await"
    if new.offers is None or not new.offers.isdisjoint(needed):
        return ""
    if old.offers is not None and old.offers.isdisjoint(needed):
        return ""
    return f"what {name} gives has no {needed[0]}, which is needed here"


def article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
