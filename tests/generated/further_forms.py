"""Less usual ways to reach a module and to use what it has: forms of which a generated program takes some."""

from __future__ import annotations

from tests.generated.reach import Reach


def loaded_modules(source: str, names: tuple[str, str]) -> list[tuple[str, Reach]]:
    """A module under a name that no import statement gives it."""
    forms = (
        (f"import importlib\nheld = importlib.import_module('{source}')", "held"),
        (f"from importlib import import_module as load\nheld = load('{source}')", "held"),
        (f"import importlib\nload = importlib.import_module\nheld = load('{source}')", "held"),
        (f"import sys\nimport {source}\nheld = sys.modules['{source}']", "held"),
        (f"class Held:\n    import {source} as mod", "Held.mod"),
        (f"import {source} as o\nclass Held:\n    mod = o", "Held.mod"),
        (f"import {source} as o\nheld = o", "held"),
        (f"import {source} as o\nheld = [o]", "held[0]"),
        (f"def held():\n    import {source} as o\n    return o", "held()"),
        (f"def load():\n    global held\n    import {source} as held\nload()", "held"),
    )
    thing, make = names
    return [(text, Reach(f"{owner}.{thing}", f"{owner}.{make}")) for text, owner in forms]


def further_uses(reach: Reach, new_name: str, number: int) -> list[str]:
    thing, make = reach.thing, reach.make
    return [
        f"@{make}\ndef decorated(): pass\nnote(len(decorated))",
        f"@(lambda one: {thing})\ndef decorated(): pass\nnote(decorated.tag)",
        f"if (kept := {make}(1)) and (other := {thing}):\n    note((kept, other.tag))",
        f"note([[one.tag for one in [{thing}]] for {new_name} in '1'])",
        f"def f_{number}():\n    global kept\n    kept = {make}\n    return kept(4)",
        f"def f_{number}():\n    kept = {thing}\n    def inner():\n        nonlocal kept\n"
        f"        kept = {make}\n        return kept(5)\n    return inner(), str(kept(6))",
        f"kept = None  # type: {thing}\nnote(kept)",
        f"def f_{number}(one=None):\n    # type: ({thing}) -> {thing}\n    return {thing}.tag",
        f"import dataclasses\n@dataclasses.dataclass\nclass Data{number}:\n    one: '{thing}' = None\n"
        f"note(Data{number}().one)",
        f"note((lambda *rest, one={thing}: one.tag)(*[{make}]))",
        f"import contextlib\nwith contextlib.nullcontext({thing}) as kept:\n    note(kept.tag)",
        f"kept = [{thing}]\nkept += [{thing}]\nnote(kept[1].tag)",
        f"first, *rest = {thing}, {make}\nnote((first.tag, rest[0]()))",
        f"def several():\n    yield {thing}.tag\n    yield from {make}()\nnote(list(several()))",
        f"match 'thing':\n    case str() as kept if kept == {thing}.tag:\n        note(kept)",
        f"match {{'one': {thing}()}}:\n    case {{'one': {thing}(value=kept)}}:\n        note(kept)",
        f"import operator\nnote(operator.attrgetter('tag')({thing}))",
        f"exec('note({thing}.tag)')",
        f"kept = {thing}\ndel kept\nnote(1)",
        f"class Meta{number}(type({thing})): pass\nclass Sub({thing}, metaclass=Meta{number}): pass\nnote(Sub.tag)",
        f"import typing\nif typing.TYPE_CHECKING:\n    kept: '{thing}'\nnote(2)",
        f"while True:\n    note({make}())\n    break\nelse:\n    note({thing})",
        f"note(({thing} if note(1) else {make}).tag)",
        f"assert {thing}, {make}()\nnote({{**{{'one': {thing}.tag}}}})",
        f"try:\n    raise ValueError({thing}.tag)\nexcept* ValueError as error:\n    note({make}())",
    ]


def uses_of_module(owner: str, name: str) -> list[str]:
    """Of `owner.name`: the name in a string, whole or put together."""
    half = len(name) // 2
    first, last = name[:half], name[half:]
    return [
        f"note(getattr({owner}, '{first}' + '{last}').tag)",
        f"half = '{first}'\nnote(getattr({owner}, f'{{half}}{last}').tag)",
        f"note(getattr({owner}, ''.join(['{first}', '{last}'])).tag)",
        f"note(getattr({owner}, '%s{last}' % '{first}').tag)",
        f"note(getattr({owner}, '{{}}{last}'.format('{first}')).tag)",
        f"import operator\nnote(operator.attrgetter('{name}')({owner}).tag)",
        f"note({owner}.__dict__['{name}'].tag)",
        f"for one in ({owner},):\n    note(one.{name}.tag)",
        f"note([one for one in dir({owner}) if one == '{name}'])",
        f"exec('note(one.{name}.tag)', {{'one': {owner}, 'note': note}})",
        f"def taken(one, name='{name}'): return getattr(one, name).tag\nnote(taken({owner}))",
        f"match 'thing':\n    case {owner}.{name}.tag:\n        note('same')",
    ]


def uses_of_own_name(name: str) -> list[str]:
    return [
        f"import sys\nnote(getattr(sys.modules[__name__], '{name}').tag)",
        f"note(globals()['{name}'].tag)",
        f"note('{name}' in dir())",
        f"exec('kept = {name}')\nnote(eval('kept.tag'))",
        f"def own(): return globals()['{name}'].tag\nnote(own())",
    ]


def exports(names: tuple[str, str]) -> list[str]:
    thing, make = names
    return [
        f"__all__ = ['{thing}', '{make}']",
        f"__all__ = ['{thing}'] + ['{make}']",
        f"__all__ = ['{thing}']\n__all__ += ['{make}']",
        f"__all__ = []\n__all__.append('{thing}')\n__all__.extend(['{make}'])",
        f"__all__ = ('{thing}', *['{make}'])",
        f"__all__ = [one for one in dir() if one in ('{thing}', '{make}')]",
    ]


def lazy_facades(source: str, names: tuple[str, str]) -> list[str]:
    """A module that gives the names when they are asked for. The last form is found only where the source is the old
    module: what name it takes is computed."""
    thing, make = names
    branches = "".join(
        f"    if name == '{one}':\n        from {source} import {one}\n        return {one}\n"
        for one in names
    )
    table = f"LAZY = {{'{thing}': '{source}', '{make}': '{source}'}}\n\n\n"
    load = "    if name in LAZY:\n        return getattr(import_module(LAZY[name]), name)\n"
    ending = "    raise AttributeError(name)"
    return [
        f"def __getattr__(name):\n{branches}{ending}",
        f"from importlib import import_module\n\n{table}def __getattr__(name):\n{load}{ending}",
        f"import {source} as o\n\n\ndef __getattr__(name):\n    return getattr(o, name)",
    ]


def patches(consumer: str, name: str) -> list[str]:
    """What puts something else in the place of a module's name, for the rest of the program."""
    half = len(name) // 2
    monkeypatch = "import pytest\nmonkeypatch = pytest.MonkeyPatch()\nmonkeypatch"
    start = "import importlib\nimport sys\nmock.patch"
    return [
        f"{monkeypatch}.setattr('{consumer}.{name}', fake)",
        f"{monkeypatch}.setattr({consumer}, '{name}', fake)",
        f"{monkeypatch}.setattr({consumer}, name='{name}', value=fake)",
        f"{monkeypatch}.setitem(vars({consumer}), '{name}', fake)",
        f"{monkeypatch}.setattr(TARGET + '.{name}', fake)",
        f"{monkeypatch}.delattr({consumer}, '{name}')",
        f"setattr({consumer}, '{name}', fake)",
        f"setattr({consumer}, '{name[:half]}' + '{name[half:]}', fake)",
        f"{consumer}.{name} = fake",
        f"{consumer}.__dict__['{name}'] = fake",
        f"vars({consumer}).update({name}=fake)",
        f"{start}.dict('{consumer}.__dict__', {name}=fake).start()",
        f"{start}.object(sys.modules['{consumer}'], '{name}', fake).start()",
        f"{start}.object(importlib.import_module(TARGET), '{name}', fake).start()",
        f"{start}(f'{{TARGET}}.{name}', fake).start()",
        f"{start}('%s.{name}' % TARGET, fake).start()",
        f"{start}('.'.join([TARGET, '{name}']), fake).start()",
    ]
