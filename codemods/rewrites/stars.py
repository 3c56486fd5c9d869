"""`from m import *`, and then `Old`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace

from codemods.edit.calls.call_plan import first_trouble
from codemods.edit.file_rewrite import FileRewrite
from codemods.edit.imports.import_statements import NewAlias, append_statements
from codemods.edit.linter_pragmas import UNUSED, pragma_for
from codemods.link.symbol_match import SymbolMatch
from codemods.model.example import Example
from codemods.model.facts import (
    DECLARED,
    DEFINE,
    DELETE,
    IN_STRING,
    LOAD,
    RUNS_LATER,
    STORE,
    UNBOUND,
    Import,
    Mention,
)
from codemods.model.modules import likeliest
from codemods.model.patterns import lazy_pattern
from codemods.read.run_time_names.evaluated_names import reads_by_strings
from codemods.rewrites.call_changes.calls import LEGACY, LEGACY_FILES
from codemods.rewrites.call_changes.retarget import calls_another

DEFINITION = lazy_pattern(rb"(?:(?:async )?def |class )?")
TAKES_EXPORTS = lazy_pattern(rb"\.__all__\b|\bimport __all__\b")
NEXT_STATEMENT = lazy_pattern(rb"^[^\s)\]}]|\Z", re.M)


def decide(file: FileRewrite) -> None:
    for number, statement in enumerate(file.facts.imports):
        if not statement.is_star:
            continue
        module = file.links.modules.absolute(file.path, statement.level, statement.module)
        if module is None:
            continue
        plain = likeliest(module)
        if plain in file.links.whole_modules:
            move_all(file, number, module)
            continue
        for name in file.links.star_names.get(plain, ()):
            match = file.find((*module.split("."), name))
            if match is not None:
                move_name(file, number, name, match)


def move_name(file: FileRewrite, number: int, name: str, match: SymbolMatch) -> None:
    """Imports the new symbol by name after the star import that brought the old one."""
    statement = file.facts.imports[number]
    uses = [use for use in file.mentions(UNBOUND, name) if use.role == LOAD]
    kept_for = reason_to_keep(file, statement, name)
    if not uses and not kept_for and not passed_on(file, statement, name, match):
        return
    rule = file.links.rule_of(match)
    trouble = match.trouble or file.blocked_reexport(name, statement.scope)
    trouble = trouble or first_trouble(file, match, uses)
    if not trouble and calls_another(file, match):
        trouble = "its calls call something else, and a star import brings it"
    if not trouble and TAKES_EXPORTS.search(file.source.text):
        trouble = f"`__all__` is put together from those of other modules; {name} would be missing there"
    note = f"keeps its old name: {kept_for}" if kept_for and rule.style == "rename" else ""
    file.add_site_at(statement, "star", match, trouble, note)
    if trouble:
        return
    new = match.new_name or ""
    local = name if kept_for or not may_rename(file, match, name, uses) else new
    module = file.module_as_written(match.new_module, statement)
    text = NewAlias(module, new, local).statement
    is_used = bool(uses) or listed(file, local)
    file.edits += append_statements(
        file.source, statement, [(text, b"" if is_used else pragma_for(file.path, file.style, UNUSED))]
    )
    for use in uses if local != name else ():
        file.add_site_at(use, "use", match)
        file.replace(use.start, use.end, local)
    file.add_calls(uses, match)


def may_rename(file: FileRewrite, match: SymbolMatch, name: str, uses: list[Mention]) -> bool:
    new = match.new_name or ""
    new_name_taken = (
        new in file.facts.scopes[0].bindings or file.mentions(UNBOUND, new) or file.is_shadowed(new, uses, 0)
    )
    renames = file.links.rule_of(match).style == "rename" and not file.keeps_names
    return (
        renames
        and match.rule_number not in file.links.fixtures
        and not new_name_taken
        and not public(file, name)
        and not is_named(file, name)
    )


def reason_to_keep(file: FileRewrite, statement: Import, name: str) -> str:
    """Why something in this file needs the old name that doesn't look like a use of what the star import brings."""
    bound = bound_below(file, statement, name)
    reasons = {
        f"a class that binds {name} as well reads it": reads_in_classes(file, name),
        f"{name} is read before other statements assign it": reads_of_assigned(file, name),
        "names are read by strings in this file": reads_in_strings(file, name),
        f"a string in a function may mean the module's {name}": types_in_functions(file, name),
    }
    return next((one for one, places in reasons.items() if any(at < bound for at in places)), "")


def bound_below(file: FileRewrite, statement: Import, name: str) -> int:
    """Where the file binds the name next for sure."""
    return min((at for at in always_bound_at(file, name) if at > statement.start), default=sys.maxsize)


def reads_in_classes(file: FileRewrite, name: str) -> Iterator[int]:
    """`class C: Old = Old` reads the module's name."""
    for use in file.facts.mentions if is_in_class(file, name) else ():
        scope = file.facts.scopes[use.scope]
        if use.name == name and use.role == LOAD and scope.kind == "class" and name in scope.bindings:
            yield use.start


def is_in_class(file: FileRewrite, name: str) -> bool:
    return any(scope.kind == "class" and name in scope.bindings for scope in file.facts.scopes)


def reads_of_assigned(file: FileRewrite, name: str) -> Iterator[int]:
    if name in file.facts.scopes[0].bindings:
        own = {one.start - one.column for one in file.mentions(0, name) if one.role == DEFINE}
        bodies = [one for one in file.facts.scopes if one.kind == "function" and one.start in own]
        for use in file.mentions(0, name):
            inside = use.flags & RUNS_LATER and any(one.start <= use.start < one.end for one in bodies)
            if use.role in (LOAD, DELETE, DECLARED) and not inside:
                yield use.start


def reads_in_strings(file: FileRewrite, name: str) -> Iterator[int]:
    places = [text.start for text in file.facts.strings if name in text.value and text.context != "all"]
    return iter(places if places and reads_by_strings(file.source.text) else ())


def types_in_functions(file: FileRewrite, name: str) -> Iterator[int]:
    """Types in strings, where a function binds the name: what evaluates them looks in the module."""
    for use in file.facts.mentions:
        if use.name == name and use.flags & IN_STRING and file.facts.binding_scope(name, use.scope) > 0:
            yield use.start


def always_bound_at(file: FileRewrite, name: str) -> Iterator[int]:
    """Where statements at the top of the module bind a name, whatever happens before."""
    for binding in file.bindings_by_name.get((0, name), ()):
        if file.statement(binding).column == 0:
            yield file.statement(binding).start
    for mention in file.mentions(0, name):
        if mention.role in (STORE, DEFINE) and mention.scope == 0:
            start = file.source.text.rfind(b"\n", 0, mention.start) + 1
            if DEFINITION.fullmatch(file.source.text, start, mention.start):
                end = NEXT_STATEMENT.search(file.source.text, mention.end)
                yield end.start() if end else mention.start


def is_named(file: FileRewrite, name: str) -> bool:
    """Whether other files' strings name it here, as `patch("c.Old")` does."""
    named = file.links.named_in_strings.keys() | file.links.reached_by_name
    return name in file.links.names_of_frames or any((module, name) in named for module in file.module_names)


def public(file: FileRewrite, name: str) -> bool:
    return any((module, name) in file.links.referenced for module in file.module_names) or listed(file, name)


def listed(file: FileRewrite, name: str) -> bool:
    return any(text.context == "all" and text.value == name for text in file.facts.strings)


def passed_on(file: FileRewrite, statement: Import, name: str, match: SymbolMatch) -> bool:
    """Whether other files import the name from here and don't import the new one from its module."""
    if bound_below(file, statement, name) < sys.maxsize:
        return False
    if match.rule_number in file.links.fixtures:
        return True
    rule = file.links.rule_of(match)
    keys = {(rule.old.module, name), *((module, name) for module in file.module_names)}
    stays = not keys.isdisjoint(file.links.also_bound | file.links.patched)
    follows = rule.style == "rename" and name != match.new_name and not stays
    offered = listed(file, name) or is_named(file, name) or is_offered(file, name)
    return offered or (not follows and public(file, name))


def is_offered(file: FileRewrite, name: str) -> bool:
    """Whether code outside the repository may import what a package's `__init__` gets by a star import."""
    if file.links.rules.public == "drop" or not file.links.modules.is_package(file.path):
        return False
    return (file.facts.exports is None or not file.facts.exports_complete) and not name.startswith("_")


def move_all(file: FileRewrite, number: int, module: str) -> None:
    statement = file.facts.imports[number]
    found = file.find(tuple(module.split(".")))
    if found is None:
        return
    rule = file.links.rule_of(found)
    match = replace(found, new_module=rule.new.module, new_name=None, old_symbol=rule.old.module)
    old, new = file.links.module_names.get(rule.old.module), file.links.module_names.get(rule.new.module)
    trouble = match.trouble
    if old is not None and new is not None and not new.incomplete:
        missing = sorted(name for name in old.names - new.names if not name.startswith("_"))
        if missing:
            trouble = trouble or f"{rule.new.module} doesn't define {', '.join(missing[:5])}"
    file.add_site_at(statement, "star", match, trouble)
    if not trouble:
        start = file.source.text.index(b"import", statement.start, statement.end)
        head = file.source.text[statement.start : start]
        text = f"from {file.module_as_written(rule.new.module, statement)} "
        file.replace(statement.start, statement.start + len(head), text)


EXAMPLES = (
    Example("a star import whose names are not used", "from m import *\n\nOther()\n"),
    Example("the file defines the name before it is used", "from m import *\n\nclass Old: ...\nOld()\n"),
    Example("a function that calls itself", "from m import *\n\ndef Old(x):\n    return Old(x - 1)\n"),
    Example(
        "the name is not among what the module exports",
        "from m import *\n\nOld()\n",
        other_files={"m.py": '__all__ = ["Other"]\nOld = Other = 1\n'},
    ),
    Example(
        "others import it from here, and get the new one from where that is",
        "from m import *\n",
        style="rename",
        path="p/q.py",
        other_files={"q.py": "from p.q import Old\n", "p/__init__.py": ""},
    ),
    Example(
        "`__all__` is put together from those of other modules",
        "from m import *\nimport m\n\n__all__ = m.__all__\nOld()\n",
        note="would be missing there",
    ),
    Example(
        "a package offers what it gets by a star import: the name stays public",
        "from m import *\n",
        "from m import *\nfrom n import New as Old\n",
        style="rename",
        path="p/__init__.py",
    ),
    Example(
        "a test patches the name here that it puts together",
        "from m import *\n\nOld()\n",
        "from m import *\nfrom n import New as Old\n\nOld()\n",
        style="rename",
        other_files={"q.py": 'PATH = "app"\n\npatch("{}.{}".format(PATH, "Old"), fake)\n'},
        strings=True,
    ),
    Example(
        "an explicit import comes in",
        "from m import *\n\nOld(), Other()\n",
        "from m import *\nfrom n import New as Old\n\nOld(), Other()\n",
    ),
    Example(
        "renamed",
        "from m import *\n\nOld(), Other()\n",
        "from m import *\nfrom n import New\n\nNew(), Other()\n",
        style="rename",
    ),
    Example(
        "a class binds the name, and reads what the star import brings",
        "from m import *\n\nclass C:\n    Old = Old\n",
        "from m import *\nfrom n import New as Old\n\nclass C:\n    Old = Old\n",
        style="rename",
    ),
    Example(
        "the file assigns the name as well, maybe",
        "from m import *\n\nif x: Old = None\nOld()\n",
        "from m import *\nfrom n import New as Old\n\nif x: Old = None\nOld()\n",
        style="rename",
    ),
    Example(
        "the file defines a class of that name on top of it",
        "from m import *\n\nclass Old(Old):\n    x = 1\n",
        "from m import *\nfrom n import New as Old\n\nclass Old(Old):\n    x = 1\n",
        style="rename",
    ),
    Example(
        "it is read before another import of it",
        "from m import *\n\nOld()\nfrom m import Old\n",
        "from m import *\nfrom n import New as Old\n\nOld()\nfrom n import New as Old\n",
    ),
    Example(
        "names are read by strings",
        'from m import *\n\nglobals()["Old"]()\n',
        'from m import *\nfrom n import New as Old\n\nglobals()["Old"]()\n',
        style="rename",
    ),
    Example(
        "a type in a string, where a function imports the name as well",
        "from m import *\n\nOld()\n\ndef f():\n    from m import Old\n    def g(x: 'Old'): ...\n",
        "from m import *\nfrom n import New as Old\n\nOld()\n\ndef f():\n    from n import New as Old\n"
        "    def g(x: 'Old'): ...\n",
        style="rename",
    ),
    Example(
        "a patch of another file names it here",
        "from m import *\n\nOld()\n",
        "from m import *\nfrom n import New as Old\n\nOld()\n",
        style="rename",
        other_files={"t.py": 'patch("app.Old")\n'},
    ),
    Example(
        "others import it from here: it goes on being there",
        "from m import *\n",
        "from m import *\nfrom n import New as Old\n",
        path="p/__init__.py",
        other_files={"q.py": "from p import Old\n"},
    ),
    Example(
        "others keep it, since a patch makes it differ from the old one",
        "from m import *\n",
        "from m import *\nfrom n import New as Old\n",
        style="rename",
        path="p.py",
        strings=True,
        other_files={"q.py": "import p\n\ndef f(): return p.Old()\n", "t.py": 'patch("m.Old")\n'},
    ),
    Example(
        "others keep it, since it may be something else",
        "from m import *\n\nif debug: Old = None\n",
        "from m import *\nfrom n import New as Old\n\nif debug: Old = None\n",
        style="rename",
        path="p.py",
        other_files={"q.py": "from p import Old\n"},
    ),
    Example(
        "it is listed in `__all__`",
        'from m import *\n\n__all__ = ["Old"]\n',
        'from m import *\nfrom n import New as Old\n\n__all__ = ["Old"]\n',
        style="rename",
    ),
    Example(
        "from a module that goes on offering the old name",
        "from p import *\n\nOld()\n",
        "from p import *\nfrom n import New\n\nNew()\n",
        style="rename",
        other_files={"p/__init__.py": 'from m import Old\n\n__all__ = ["Old"]\n'},
    ),
    Example(
        "its calls are adapted",
        "from m import *\n\nOld(1, websocket_bridge=b), Other()\n",
        "from m import *\nfrom n import New as Old\n\nOld.create_from_legacy(1, websocket_emitter=b), Other()\n",
        calls=LEGACY,
        other_files=LEGACY_FILES,
    ),
    Example(
        "a call that can't be adapted keeps it where it is",
        "from m import *\n\nOld(**options)\n",
        calls=LEGACY,
        other_files=LEGACY_FILES,
        note="can't be mapped automatically",
    ),
)
