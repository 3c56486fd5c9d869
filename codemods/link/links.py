"""How the files of a tree reach the deprecated symbols, and what one run decides for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import cached_property

from codemods.link.interfaces.interface_change import NO_INTERFACES, Interfaces
from codemods.link.member_uses import UseOfMember
from codemods.link.symbol_match import Key
from codemods.link.symbol_table import SymbolTable
from codemods.model.records import record
from codemods.read.run_time_names.class_names import MadeName


@record
class GivenModule:
    """What a file takes of a module that a function gives."""

    name: str
    line: int
    column: int
    module: str
    function: str
    path: str
    """Of the function."""


@record
class RegisteredClass:
    why: str
    """What may find the class by its name, in words."""
    path: str
    """Of the file that defines what knows it; empty where that is a library's."""
    names: frozenset[str] = frozenset()
    """Other names under which it is known, as far as that file tells."""


@record
class NamedElsewhere:
    """Where a file has a name that something finds the old symbol of a rule by."""

    line: int
    column: int
    rule_number: int
    name: str
    table: str
    """In which it is a key; empty where it isn't one."""


@record
class AskedBase:
    """Where a file asks for a class that the old one of a rule is built on."""

    line: int
    column: int
    rule_number: int
    name: str


@record
class Links(SymbolTable):
    not_in_stars: frozenset[Key] = frozenset()
    """Symbols that a star import does not bring."""
    given_modules: Mapping[str, tuple[GivenModule, ...]] = field(default_factory=dict)
    """By file: what it takes of modules that functions of other files give."""
    referenced: frozenset[Key] = frozenset()
    """Re-exported names that some other file imports or uses."""
    reached_by_name: frozenset[Key] = frozenset()
    """Of these, those that a string beside the module names, as in `patch.object(m, "Old")`."""
    patched: frozenset[Key] = frozenset()
    """Re-exported names and old symbols that some other file assigns or patches: whoever reads them there may get
    something else."""
    replaced_modules: frozenset[Key] = frozenset()
    """Names of modules in other modules that some file assigns or patches as a whole: `patch("c.m")`."""
    named_in_strings: Mapping[Key, frozenset[str]] = field(default_factory=dict)
    """Re-exported names that strings in these files name."""
    names_below_stars: frozenset[Key] = frozenset()
    """Modules that can't bind a new name at their top, with that name: a star import would bring it to a file where it
    means something else, or some file asks whether the module has it."""
    names_of_frames: frozenset[str] = frozenset()
    """Names that some file takes of whatever runs or calls it."""
    modules_by_data: frozenset[str] = frozenset()
    """Modules of which some file takes what is known only at run time: they keep the names that they have."""
    names_given: frozenset[str] = frozenset()
    """Names under which some file gives something to what may evaluate types in strings."""
    needed_as_they_are: frozenset[Key] = frozenset()
    """Names of modules that stand for an old module, of which another file takes something that its successor lacks."""
    names_to_keep: frozenset[Key] = frozenset()
    """Bindings that must keep their name in this run."""
    import_cycles: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """By a file and a module that it doesn't load yet: the import cycle that loading it would close."""
    members: Mapping[str, tuple[UseOfMember, ...]] = field(default_factory=dict)
    """By file: the uses of members that the rules change."""
    staying: Links | None = None
    """The same for the symbols that stay, and whose calls change."""
    aliases: Mapping[Key, int] = field(default_factory=dict)
    """Where a settling finds the new symbol under the old name, by module and name; the value is the rule's number."""
    blocked_reexports: Mapping[Key, str] = field(default_factory=dict)
    """Re-exports that have to go on giving the old symbol, and why."""
    settled_aliases: frozenset[Key] = frozenset()
    """Aliases whose importers are settled in this run too."""
    change_together: Mapping[Key, frozenset[str]] = field(default_factory=dict)
    """The files that change together, or none of them."""
    names_in_stars: frozenset[Key] = frozenset()
    """Modules whose star import brings something that is called like an old or a new symbol, with that name."""
    files_with_dotted_names: frozenset[str] = frozenset()
    """The files that hold a whole dotted name, where documentation is asked for."""
    late_readers: Mapping[int, str] = field(default_factory=dict)
    """By a rule's number: what the old module does with the symbol, for which a test may patch it there."""
    registered_classes: Mapping[int, RegisteredClass] = field(default_factory=dict)
    """By a rule's number: what may find the old class by its name, which changes."""
    fixtures: frozenset[int] = frozenset()
    """The numbers of rules whose old symbols are pytest fixtures."""
    tests: frozenset[int] = frozenset()
    """The numbers of rules whose symbols a test runner finds wherever they are imported."""
    shown_alike: frozenset[int] = frozenset()
    """The numbers of rules whose classes show their objects in the same way, without their names."""
    loaded_packages: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Packages of which files load modules by the last part of their names, with these files and all that they import.
    The package is empty for modules without one."""
    own_texts: frozenset[str] = frozenset()
    """Texts with an old name that code writes out which isn't a test's."""
    made_names: frozenset[MadeName] = frozenset()
    """What files make of the names of classes, to find something by it."""
    named_elsewhere: Mapping[str, tuple[NamedElsewhere, ...]] = field(default_factory=dict)
    """By file: where it has a name that is made of a symbol's own."""
    lost_bases: Mapping[int, frozenset[Key]] = field(default_factory=dict)
    """By a rule's number: the classes that the old one is built on, and the new one isn't; those that are built in
    without a module."""
    asked_bases: Mapping[str, tuple[AskedBase, ...]] = field(default_factory=dict)
    """By file: where it asks for such a class."""
    interfaces: Interfaces = NO_INTERFACES
    """What the new classes have otherwise than the old ones, or lack."""
    separate_state: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """By a rule's number: what the old symbol keeps in its module, of which the new one has its own."""
    patched_globals: Mapping[tuple[int, str, bool], str] = field(default_factory=dict)
    """Other globals of an old module that its symbol reads and that some file replaces, or something below them, by the
    rule's number; the value is why that can't follow the symbol."""

    @cached_property
    def joint_paths(self) -> frozenset[str]:
        """The files whose names other files rely on in this run."""
        return frozenset(path for files in self.change_together.values() for path in files)

    @cached_property
    def star_names(self) -> Mapping[str, tuple[str, ...]]:
        """The deprecated names that a star import brings, by module."""
        names_by_module: dict[str, tuple[str, ...]] = {}
        for module, name in self.symbols.keys() - self.not_in_stars:
            names_by_module[module] = (*names_by_module.get(module, ()), name)
        return {module: tuple(sorted(names)) for module, names in names_by_module.items()}
