"""`from m import *`, and then `Old`."""

from __future__ import annotations

from dataclasses import replace

from codemods.edit.call_plan import first_trouble
from codemods.edit.file_rewrite import FileRewrite
from codemods.edit.import_statements import NewAlias, append_statements
from codemods.link.links import SymbolMatch
from codemods.model.example import Example
from codemods.model.facts import LOAD, UNBOUND
from codemods.model.modules import likeliest
from codemods.rewrites.call_changes.calls import LEGACY, LEGACY_FILES
from codemods.rewrites.call_changes.retarget import calls_another


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
    if not uses and not passed_on(file, name, match):
        return
    rule = file.links.rule_of(match)
    trouble = match.trouble or star_trouble(file, name) or first_trouble(file, match, uses)
    if not trouble and calls_another(file, match):
        trouble = "its calls call something else, and a star import brings it"
    file.add_site_at(statement, "star", match, trouble)
    if trouble:
        return
    new = match.new_name or ""
    local = name
    new_name_taken = (
        new in file.facts.scopes[0].bindings or file.mentions(UNBOUND, new) or file.is_shadowed(new, uses, 0)
    )
    may_rename = rule.style == "rename" and not file.keeps_names
    if may_rename and not new_name_taken and not public(file, name):
        local = new
    module = file.module_as_written(match.new_module, statement)
    text = NewAlias(module, new, local).statement
    file.edits += append_statements(file.source, statement, [(text, b"")])
    for use in uses if local != name else ():
        file.add_site_at(use, "use", match)
        file.replace(use.start, use.end, local)
    file.add_calls(uses, match)


def public(file: FileRewrite, name: str) -> bool:
    return any((module, name) in file.links.referenced for module in file.module_names) or listed(file, name)


def listed(file: FileRewrite, name: str) -> bool:
    return any(text.context == "all" and text.value == name for text in file.facts.strings)


def passed_on(file: FileRewrite, name: str, match: SymbolMatch) -> bool:
    """Whether other files import the name from here and don't import the new one from its module."""
    if name in file.facts.scopes[0].bindings:
        return False
    style = file.links.rule_of(match).style
    return listed(file, name) or (style != "rename" and public(file, name))


def star_trouble(file: FileRewrite, name: str) -> str:
    if file.facts.scopes[0].bindings.get(name):
        return "this file also assigns the name"
    return ""


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
    Example(
        "the name is not among what the module exports",
        "from m import *\n\nOld()\n",
        other_files={"m.py": '__all__ = ["Other"]\nOld = Other = 1\n'},
    ),
    Example(
        "others import it from here, and get the new one from where that is",
        "from m import *\n",
        style="rename",
        path="p/__init__.py",
        other_files={"q.py": "from p import Old\n"},
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
        "others import it from here: it goes on being there",
        "from m import *\n",
        "from m import *\nfrom n import New as Old\n",
        path="p/__init__.py",
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
