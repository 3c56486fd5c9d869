"""What a name refers to: the deprecated symbol that is found, what takes its place, and what a module binds."""

from __future__ import annotations

from codemods.model.records import record
from codemods.model.rules import Replacement

Key = tuple[str, str]
"""A module and a name of it."""


@record
class ModuleNames:
    """The names that a module binds."""

    names: frozenset[str]
    incomplete: bool = False
    """It may bind more names than were read: a star import of a library, a `__getattr__`."""
    exports: frozenset[str] | None = None
    """Its `__all__`, where that can be read."""

    def has(self, name: str) -> bool | None:
        return True if name in self.names else (None if self.incomplete else False)

    def star_exports(self, name: str) -> bool:
        """Whether a star import binds the name."""
        return name in self.names and (
            name in self.exports if self.exports is not None else not name.startswith("_")
        )


def star_may_bring(module: ModuleNames | None, name: str) -> bool:
    """Whether a star import of a module may bind the name. One that isn't in the tree may bind any."""
    if module is not None and module.exports is not None:
        return name in module.exports
    is_open = module is None or module.incomplete or name in module.names
    return is_open and not name.startswith("_")


@record
class SymbolMatch:
    """The deprecated symbol that a dotted name refers to, and what replaces it."""

    rule_number: int
    reached_through: str
    """The module that it was reached through."""
    length: int
    """How many components of the dotted name it takes."""
    new_module: str
    new_name: str | None
    """The new module and name; no name where the module itself is meant."""
    old_symbol: str
    trouble: str = ""
    """Why it can't be migrated; empty if it can."""
    via_reexport: bool = False
    """Reached through a re-export."""
    as_script: bool = False
    """Reached by a bare name beside the file, as only a script can."""

    @property
    def new_dotted(self) -> str:
        return f"{self.new_module}.{self.new_name}" if self.new_name else self.new_module


@record
class CallTarget:
    """What a rule calls instead of the old symbol."""

    module: str
    name: str
    method: str = ""
    is_new_symbol: bool = True
    """Whether it belongs to the symbol that replaces the old one, and not to another beside it."""

    @property
    def dotted_name(self) -> str:
        return f"{self.name}.{self.method}" if self.method else self.name

    @property
    def dotted(self) -> str:
        return f"{self.module}.{self.dotted_name}"


def call_target(rule: Replacement) -> CallTarget | None:
    """None where whole modules are replaced."""
    new = rule.new
    if new.name is None:
        return None
    module, colon, dotted = (rule.calls.to if rule.calls else "").rpartition(":")
    name, _, method = (dotted or new.name).partition(".")
    module = module if colon else new.module
    return CallTarget(module, name, method, (module, name) == (new.module, new.name))
