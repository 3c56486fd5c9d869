"""Finds the deprecated symbol behind a dotted name: in its module, through re-exports, in modules with two names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from codemods.link.callees import CalleePair
from codemods.link.symbol_match import Key, ModuleNames, SymbolMatch
from codemods.model.modules import SCRIPT, Modules
from codemods.model.records import record
from codemods.model.rival_modules import UNCLEAR
from codemods.model.rules import Replacement, Rules, Symbol

NEIGHBOUR = (
    "only a script can import a file beside it by its bare name, and it's not certain that this one is run so"
)
CHOOSE = "say with `roots` which of them is meant"
OF_EVERY_MODULE = frozenset(
    (
        "__cached__",
        "__dict__",
        "__doc__",
        "__file__",
        "__loader__",
        "__name__",
        "__package__",
        "__path__",
        "__spec__",
    )
)


@record
class SymbolTable:
    modules: Modules
    rules: Rules
    symbols: Mapping[Key, int]
    """What refers to a deprecated symbol, by module and name; the value is the rule's number."""
    own_symbols: frozenset[Key]
    """Those of `symbols` that are the deprecated symbol itself, under each name of its module."""
    whole_modules: Mapping[str, int]
    """The modules that are migrated as a whole."""
    module_names: Mapping[str, ModuleNames]
    """What the old and the new modules bind, as far as they are in the tree."""
    reexports: Mapping[Key, str] = field(default_factory=dict)
    """Modules that are reached as a name of another: `p.legacy` for `m`."""
    also_bound: frozenset[Key] = frozenset()
    """Re-exports whose name may stand for something else as well."""
    renamed_reexports: Mapping[Key, str] = field(default_factory=dict)
    """Re-exports that get the new name in this run, and that one."""
    callees: Mapping[int, CalleePair] = field(default_factory=dict)
    """By a rule's number, where calls of the old symbol may not fit the new one as they are."""
    old_modules: frozenset[str] = frozenset()
    """The deprecated modules, under each of their names."""
    defining_modules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For names that are missing where they are imported from: the modules that define them."""
    reassigned_symbols: Mapping[int, str] = field(default_factory=dict)
    """By a rule's number: why the new symbol wouldn't have the value that the old one gets while the program runs."""
    hidden_by_modules: frozenset[str] = frozenset()
    """Old and new names of packages that a module is called like, which takes their place once something loads it."""
    rival_names: Mapping[str, ModuleNames] = field(default_factory=dict)
    """What the modules bind that are called like one with a deprecated symbol, but lie in another folder."""

    def rule_of(self, match: SymbolMatch) -> Replacement:
        return self.rules.replace[match.rule_number]

    def changes_calls(self, number: int) -> bool:
        """Whether calls have to change, and not only the name that is called."""
        pair = self.callees.get(number)
        return self.rules.replace[number].calls is not None or (pair is not None and pair.needs_await)

    def find(self, parts: tuple[str, ...], known_modules: int = 0) -> SymbolMatch | None:
        """The deprecated symbol or module at the head of a dotted name; so many of its components are modules."""
        match = self.find_clear(parts, known_modules)
        if match is None and ":" in parts[0]:
            return self.find_doubtful(parts, known_modules)
        return match

    def find_doubtful(self, parts: tuple[str, ...], known_modules: int) -> SymbolMatch | None:
        """What a name stands for whose module is a script's neighbour, unclear, or called like the one that is meant."""
        tag, _, top = parts[0].partition(":")
        match = self.find((top, *parts[1:]), known_modules)
        if f"{tag}:" == SCRIPT:
            return match and replace(match, trouble=match.trouble or NEIGHBOUR, as_script=True)
        if f"{tag}:" == UNCLEAR:
            match = match or self.find_among_rivals((top, *parts[1:]), known_modules)
            return match and replace(match, trouble=self.rivals_trouble((top, *parts[1:])))
        names = (
            self.rival_names.get(".".join(parts[: match.length - 1])) if match and match.new_name else None
        )
        has_name = names.has(parts[match.length - 1]) if names and match else True
        if match is None or has_name:
            return None
        return match if has_name is False else replace(match, trouble=self.rivals_trouble((top, *parts[1:])))

    def find_among_rivals(self, parts: tuple[str, ...], known_modules: int) -> SymbolMatch | None:
        for count in range(len(parts), 0, -1):
            for rival in self.modules.rivals.by_name.get(".".join(parts[:count]), ()):
                match = self.find_clear((*rival.name.split("."), *parts[count:]), known_modules)
                if match:
                    return match
        return None

    def rivals_trouble(self, parts: tuple[str, ...]) -> str:
        rivals = self.modules.rivals
        names = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
        name = next((one for one in names if one in rivals.by_name), parts[0])
        folders = ", ".join(rivals.folders(name))
        wanted = "`roots` names none with all of the plan's modules" if rivals.asked else CHOOSE
        return f"{name} is in several folders ({folders}); {wanted}"

    def find_clear(
        self, parts: tuple[str, ...], known_modules: int = 0, passed: frozenset[Key] = frozenset()
    ) -> SymbolMatch | None:
        """`passed`: the re-exports that led here, since packages may re-export each other."""
        whole: SymbolMatch | None = None
        for count in range(1, len(parts) + 1):
            prefix = ".".join(parts[:count])
            if count < len(parts):
                key = (prefix, parts[count])
                if key in (self.own_symbols if whole else self.symbols) and count >= known_modules:
                    return self.match_symbol(key, count + 1)
                elsewhere = None if whole else self.reexports.get(key)
                if elsewhere and key not in passed and not self.modules.is_known(prefix + "." + parts[count]):
                    behind = self.match_behind_module(elsewhere, parts, count + 1, passed | {key})
                    if behind is not None:
                        return behind
            if prefix in self.whole_modules:
                whole = self.match_module_member(prefix, parts, count, known_modules)
        return whole

    def find_text(self, parts: tuple[str, ...]) -> SymbolMatch | None:
        """As `find`, for a dotted string: through a re-export it names that binding, and is migrated only with it."""
        match = self.find(parts)
        if match is None or not match.via_reexport or match.new_name is None:
            return match
        key = (match.reached_through, parts[match.length - 1])
        if key in self.own_symbols or match.reached_through in self.whole_modules:
            return match
        new = self.renamed_reexports.get(key)
        return replace(match, new_module=match.reached_through, new_name=new) if new else None

    def match_behind_module(
        self, module: str, parts: tuple[str, ...], count: int, passed: frozenset[Key]
    ) -> SymbolMatch | None:
        inner = (*module.split("."), *parts[count:])
        match = self.find_clear(inner, 0, passed)
        if match is None:
            return None
        old = self.rules.replace[match.rule_number].old
        if old.name is None and not match.trouble and not old.module.startswith(f"{module}."):
            return None  # a name for a module that moves as a whole stays, and means the new one
        length = match.length - len(module.split(".")) + count
        if length < count:
            return None
        return SymbolMatch(
            match.rule_number,
            match.reached_through,
            length,
            match.new_module,
            match.new_name,
            match.old_symbol,
            match.trouble,
            True,
        )

    def match_symbol(self, key: Key, length: int) -> SymbolMatch | None:
        number = self.symbols[key]
        rule = self.rules.replace[number]
        direct = key in self.own_symbols
        name = rule.new.name or ""
        if not direct:
            keeps_name = rule.style != "rename" or rule.old.name == name or key in self.also_bound
            if not self.changes_calls(number) and keeps_name:
                return None
            facade = (key[0], name)
            if self.reexports.get(facade) == rule.new.dotted:
                return SymbolMatch(number, key[0], length, key[0], name, str(rule.old), "", True)
        return SymbolMatch(
            number,
            key[0],
            length,
            rule.new.module,
            name,
            str(rule.old),
            self.module_trouble(".".join(key))
            or self.target_trouble(rule)
            or self.reassigned_symbols.get(number, "")
            or (f"{key[0]} binds {key[1]} to something else as well" if key in self.also_bound else ""),
            not direct,
        )

    def target_trouble(self, rule: Replacement) -> str:
        continued = self.continued_trouble(rule, rule.new.module, rule.new.name)
        if continued:
            return continued
        target = self.module_names.get(rule.new.module)
        if target is None or rule.new.name is None:
            return ""
        if target.has(rule.new.name) is False:
            return f"{rule.new.module} doesn't define {rule.new.name}{self.defined_elsewhere(rule.new.name)}"
        return self.module_trouble(rule.new.dotted)

    def module_trouble(self, dotted: str) -> str:
        if dotted in self.hidden_by_modules:
            return f"{dotted} is a module as well, and takes the place of the name when it is loaded"
        return ""

    def continued_trouble(self, rule: Replacement, module: str, name: str | None) -> str:
        """Why what a rule leads to can't be written; empty if no other rule replaces that."""
        for other in self.rules.replace:
            inside = other.old.name is None and f"{module}.".startswith(f"{other.old.module}.")
            if other is not rule and (inside or other.old == Symbol(module, name)):
                return (
                    f"another rule replaces {other.old}, so a second run would change this again; "
                    "use a separate plan for that rule, after this one"
                )
        return ""

    def match_module_member(
        self, module: str, parts: tuple[str, ...], count: int, known_modules: int
    ) -> SymbolMatch:
        """A name of a module that is migrated as a whole, a module below it, or itself."""
        number = self.whole_modules[module]
        rule = self.rules.replace[number]
        old, new, trouble = module, rule.new.module, ""
        while count < len(parts) and (
            count < known_modules or self.modules.is_known(f"{old}.{parts[count]}")
        ):
            old, new = f"{old}.{parts[count]}", f"{new}.{parts[count]}"
            inside = rule.new.module in self.module_names or self.modules.is_known(rule.new.module)
            trouble = trouble or (
                ""
                if self.modules.is_known(new) or not inside
                else f"{new} is not a module of this repository"
            )
            count += 1
        if count == len(parts):
            old_symbol = str(rule.old) if old == module else old
            trouble = trouble or self.continued_trouble(rule, new, None)
            return SymbolMatch(number, old, count, new, None, old_symbol, trouble)
        name = parts[count]
        trouble = trouble or (self.member_trouble(rule, name) if old == module else "")
        trouble = trouble or self.continued_trouble(rule, new, name)
        return SymbolMatch(number, old, count + 1, new, name, f"{old}:{name}", trouble)

    def member_trouble(self, rule: Replacement, name: str) -> str:
        if name in OF_EVERY_MODULE:
            return f"{name} of {rule.new.module} says something else"
        old_names, new_names = self.module_names.get(rule.old.module), self.module_names.get(rule.new.module)
        if new_names is not None and new_names.has(name) is False:
            missing = (
                rule.new.module if old_names is None or old_names.has(name) is not False else rule.old.module
            )
            return f"{missing} doesn't define {name}{self.defined_elsewhere(name)}"
        if old_names is not None and old_names.has(name) is False and new_names is None:
            return f"{rule.old.module} doesn't define {name}{self.defined_elsewhere(name)}"
        return ""

    def dangling_trouble(self, module: str, name: str) -> str:
        """Why an import of this name from a deprecated module is broken already; empty if it is not."""
        if module not in self.old_modules or name == "*" or self.modules.is_known(f"{module}.{name}"):
            return ""
        names = self.module_names.get(module)
        if names is None or names.has(name) is not False:
            return ""
        return f"{module} doesn't define {name}{self.defined_elsewhere(name)}"

    def defined_elsewhere(self, name: str) -> str:
        modules = self.defining_modules.get(name, ())
        return f"; defined in {', '.join(modules[:5])}" if modules else ""
