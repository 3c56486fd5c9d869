"""All uses of a class in a file that the new one can't serve."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Sequence

from codemods.link.interfaces.class_values import ClassValues
from codemods.link.interfaces.interface_change import InterfaceChange
from codemods.link.misfits.calls import call_misfits, constructor_misfits
from codemods.link.misfits.functions import function_misfits
from codemods.link.misfits.members import member_misfits
from codemods.link.misfits.misfit import Misfit, Misfits, UsesOfClass
from codemods.link.misfits.special_methods import special_misfits
from codemods.link.misfits.subclasses import subclass_misfits

KINDS = (
    function_misfits,
    member_misfits,
    special_misfits,
    call_misfits,
    constructor_misfits,
    subclass_misfits,
)

LATER_KINDS = (member_misfits, constructor_misfits)
"""Those that tell what was written for the old class from what was written for the new one."""


def misfits_in(
    tree: ast.Module,
    change: InterfaceChange,
    class_names: Collection[str],
    kinds: Sequence[Callable[[UsesOfClass], Misfits]] = KINDS,
) -> list[Misfit]:
    """`class_names`: the dotted names that the class has in the file."""
    values = ClassValues(tree, class_names, change.factories, change.old.enters_itself)
    uses = UsesOfClass(values, change)
    return sorted({misfit for kind in kinds for misfit in kind(uses)})


def may_misfit(text: bytes, change: InterfaceChange) -> bool:
    """Whether a file is worth reading for it: where only members differ, it has to name one of them."""
    if has_other_changes(change):
        return True
    words = "|".join(map(re.escape, sorted(change.members)))
    return bool(words) and re.search(rf"\b(?:{words})\b".encode(), text) is not None


def has_other_changes(change: InterfaceChange) -> bool:
    old, new = change.old, change.new
    return new is None or bool(
        change.lost
        or change.lost_of_class
        or change.old_call != change.new_call
        or new.not_implemented - old.not_implemented
        or (new.is_frozen, new.slots, new.is_hashable, new.is_closed, new.is_error, new.is_protocol)
        != (old.is_frozen, old.slots, old.is_hashable, old.is_closed, old.is_error, old.is_protocol)
    )
