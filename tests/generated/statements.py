"""The statements of generated modules: imports of a symbol and uses of it, in nested scopes and branches."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.generated.further_forms import (
    exports,
    further_uses,
    loaded_modules,
    uses_of_module,
    uses_of_own_name,
)
from tests.generated.reach import Reach

DEEPEST = 3


def indented(text: str) -> str:
    return textwrap.indent(text, "    ")


@dataclass
class StatementWriter:
    random: Random
    old_module: str
    names: tuple[str, str]
    new_name: str
    functions: int = 0

    def module(self, source: str) -> tuple[str, bool]:
        """The text, and whether it binds the names at its top."""
        text, reach = self.import_from(source)
        parts = [text, *(self.statement(reach, 0) for _ in range(self.random.randint(2, 6)))]
        if self.random.random() < 0.15:
            parts.insert(self.random.randint(1, len(parts)), self.import_from(source)[0])
        if self.random.random() < 0.15:
            parts.append(self.random.choice((f"__all__ = ['{self.names[0]}']", *exports(self.names))))
        return "\n".join(parts) + "\n", (reach.thing, reach.make) == self.names

    # ---- imports

    def import_from(self, source: str) -> tuple[str, Reach]:
        thing, make = self.names
        forms: list[tuple[str, Reach]] = [
            (f"from {source} import {thing}, {make}", Reach(thing, make)),
            (f"from {source} import {thing}\nfrom {source} import {make} as made", Reach(thing, "made")),
            (f"from {source} import (\n    {thing},  # one\n    {make} as made)", Reach(thing, "made")),
            (f"from {source} import *", Reach(thing, make)),
            (f"import {source}", Reach(f"{source}.{thing}", f"{source}.{make}")),
            (f"import {source} as o", Reach(f"o.{thing}", f"o.{make}")),
            (self.fallback(source), Reach(thing, make)),
            (self.in_branches(source), Reach(thing, make)),
        ]
        package, _, last = source.rpartition(".")
        if package:
            forms.append((f"from {package} import {last}", Reach(f"{last}.{thing}", f"{last}.{make}")))
        further = self.random.random() < 0.2
        return self.random.choice(loaded_modules(source, self.names) if further else forms)

    def fallback(self, source: str) -> str:
        thing, make = self.names
        return f"try:\n    from {source} import {thing}, {make}\nexcept ImportError:\n    {thing} = {make} = None"

    def in_branches(self, source: str) -> str:
        thing, make = self.names
        test = self.random.choice(("note(1)", "not note(0)", "note('') == ''"))
        both = f"    from {source} import {thing}, {make}\n"
        other = self.random.choice((both, f"    {thing} = {make} = None\n", f"    import {source}\n"))
        return f"if {test}:\n{both}else:\n{other}".rstrip()

    # ---- statements

    def statement(self, reach: Reach, depth: int) -> str:
        plain: list[Callable[[Reach, int], str]] = [
            self.use,
            self.use,
            self.use,
            self.shadowed,
            self.rebinding,
        ]
        nested: list[Callable[[Reach, int], str]] = [self.function, self.function, self.class_body]
        nested += [self.branch, self.loop, self.attempt, self.closure]
        return self.random.choice(plain if depth >= DEEPEST else plain + nested)(reach, depth)

    def block(self, reach: Reach, depth: int) -> str:
        count = self.random.randint(1, 3)
        return indented("\n".join(self.statement(reach, depth + 1) for _ in range(count)))

    def use(self, reach: Reach, depth: int) -> str:
        thing, make = reach.thing, reach.make
        owner, _, name = thing.rpartition(".")
        if self.random.random() < 0.3:
            more = further_uses(reach, self.new_name, self.next_number())
            more += uses_of_module(owner, name) if owner else uses_of_own_name(name)
            return self.random.choice([one for one in more if reach.is_dotted or "case" not in one])
        forms = [
            f"note({thing}().run())",
            f"note({thing}(3).run())",
            f"note({make}({thing}.tag))",
            f"note([{thing}.tag for _ in range(2)])",
            f"note({{{thing}.tag: {make}() for _ in '1'}})",
            f"note((lambda one={thing}: one.tag)())",
            f'note(f"{{{thing}.tag}} {{{make}()!r:>8}}")',
            f"note(isinstance({thing}(), {thing}))",
            f"kept = {thing}\nnote(kept.tag)",
            f"(kept := {make})\nnote(kept())",
            f"kept, other = {thing}, {make}; note(kept.tag)",
            f"class Sub({thing}):\n    pass\nnote(Sub().run())",
            f"match {thing}():\n    case {thing}():\n        note('matched')",
            f"def annotated(x: '{thing}', y: {thing} = {thing}) -> 'list[{thing}]':\n    return y\n"
            "note(annotated(1).tag)",
            self.type_hints(thing),
            f"note(list(map({make}, [1])))",
            f"import functools\nnote(functools.partial({make}, 4)())",
            f"for kept in ({thing},):\n    note(kept.tag)",
            f"note([one for one in [{make}] for {self.new_name} in [1]][0]())",
        ]
        if not reach.is_dotted:
            forms = [one for one in forms if "case" not in one]
        if owner:
            forms += [
                f"note(getattr({owner}, '{name}').tag)",
                f"note(hasattr({owner}, '{name}'))",
                f"again = {owner}\nnote(again.{name}.tag)",
                f"note(vars({owner})['{name}'].tag)",
            ]
        else:
            forms += [
                f"note('{name}' in globals())",
                f"note(globals().get('{name}') is None)",
                f"note('{name}' in locals())",
                f"note(eval('{name}').tag)",
                f"note('{{{name}.tag}}'.format(**{'globals' if depth else 'vars'}()))",
            ]
        return self.random.choice(forms)

    def type_hints(self, thing: str) -> str:
        return (
            f"import typing\ndef hinted(x: '{thing}'): pass\n"
            "try: note(typing.get_type_hints(hinted)['x'].tag)\n"
            "except NameError as error: note('unbound')"
        )

    def shadowed(self, reach: Reach, depth: int) -> str:
        """A name of that spelling that is something else, and a new name that is taken."""
        name = self.random.choice((*self.names, self.new_name, self.new_name))
        number = self.next_number()
        return self.random.choice(
            (
                f"def f_{number}({name}=5):\n    return {name}",
                f"note([{name} for {name} in range(2)])",
                f"class Local{number}:\n    {name} = 6\n    copy = {name}\nnote(Local{number}.copy)",
                f"note((lambda {name}: {name})(7))",
                f"def f_{number}():\n    {name} = 8\n    return {name}, {reach.thing}.tag",
                f"class Local{number}:\n    def {name}(self): return 9\nnote(Local{number}().{name}())",
                f"note(dict({name}=10)['{name}'])",
                f"def f_{number}():\n    def {name}(): return {reach.make}()\n    return {name}()",
            )
        )

    def rebinding(self, reach: Reach, depth: int) -> str:
        thing = reach.thing
        name = thing.rpartition(".")[2]
        forms = [
            f"{self.new_name} = 'mine'\nnote({self.new_name})",
            f"def {self.new_name}(): return 'mine'\nnote({self.new_name}())",
        ]
        if "." not in thing:
            forms += [
                f"class Holder:\n    {name} = {name}\nnote(Holder.{name}.tag)",
                f"class Holder:\n    {name}: {name} = {name}\n    other: '{name}' = None\nnote(Holder.{name}.tag)",
                f"{name} = {name}\nnote({name}.tag)",
                f"if note(0): {name} = None\nnote({name}.tag)",
            ]
        return self.random.choice(forms)

    def function(self, reach: Reach, depth: int) -> str:
        name = f"f_{self.next_number()}"
        start = self.random.choice(("def ", "def ", "async def "))
        inside, inner = reach, ""
        if self.random.random() < 0.4:
            text, inside = self.import_in_function()
            inner = indented(text) + "\n"
        body = self.block(inside, depth)
        call = f"\n{name}()" if start == "def " and self.random.random() < 0.5 else ""
        return f"{start}{name}(value={reach.make}):\n{inner}{body}\n    return {inside.thing}.tag{call}"

    def import_in_function(self) -> tuple[str, Reach]:
        while True:
            text, reach = self.import_from(self.old_module)
            if "import *" not in text:
                prefix = f"global {reach.thing}\n" if self.random.random() < 0.1 else ""
                return (prefix if "." not in reach.thing else "") + text, reach

    def class_body(self, reach: Reach, depth: int) -> str:
        name = f"Class{self.next_number()}"
        base = self.random.choice(("", f"({reach.thing})"))
        own = self.random.choice(
            ("", f"    {self.new_name} = 11\n", f"    {self.names[0]} = 12\n", f"    kept = {reach.thing}\n")
        )
        method = f"    def method(self, one={reach.thing}):\n        return one.tag, {reach.make}()"
        return f"class {name}{base}:\n{own}{self.block(reach, depth)}\n{method}\nnote({name}().method())"

    def branch(self, reach: Reach, depth: int) -> str:
        return f"if note({self.random.randint(0, 1)}):\n{self.block(reach, depth)}\nelse:\n{self.block(reach, depth)}"

    def loop(self, reach: Reach, depth: int) -> str:
        return f"for turn in range(2):\n{self.block(reach, depth)}"

    def attempt(self, reach: Reach, depth: int) -> str:
        return (
            f"try:\n{self.block(reach, depth)}\nexcept (NameError, AttributeError) as error:\n"
            "    note(repr(type(error)))\nfinally:\n    note('done')"
        )

    def closure(self, reach: Reach, depth: int) -> str:
        number = self.next_number()
        return (
            f"def f_{number}():\n    count = 0\n    def inner():\n        nonlocal count\n        count += 1\n"
            f"        return {reach.make}(count), {reach.thing}.tag\n    return inner(), count"
        )

    def next_number(self) -> int:
        self.functions += 1
        return self.functions
