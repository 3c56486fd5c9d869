"""The new module's own file: it needs no import of itself, only the bare name, if that is defined in time."""

from __future__ import annotations

from codemods.edit.file_rewrite import FileRewrite
from codemods.edit.file_view import ImportBinding
from codemods.link.symbol_match import SymbolMatch
from codemods.model.example import Example
from codemods.model.facts import DEFINE, RUNS_LATER, STORE, Mention
from codemods.rewrites.call_changes.retarget import retarget_calls
from codemods.rewrites.rename import is_public, is_reexported, rename_uses, roles_trouble, text_trouble


def use_bare_name(file: FileRewrite, binding: ImportBinding, match: SymbolMatch) -> None:
    """The new module needs no import of itself: its uses get the bare name, if that is defined in time."""
    trouble = own_trouble(file, binding, match)
    file.add_alias_site(binding, match, trouble)
    if trouble:
        return
    retarget_calls(file, binding, match)
    uses = file.mentions(binding.scope, binding.name)
    if binding.name != match.new_name:
        rename_uses(file, binding.scope, binding.name, match.new_name or "", match)
    file.set_outcome(binding, "drop")
    file.add_calls(uses, match)


def own_trouble(file: FileRewrite, binding: ImportBinding, match: SymbolMatch) -> str:
    new = match.new_name or ""
    uses = file.mentions(binding.scope, binding.name)
    if DEFINE not in file.roles(0, new) and STORE not in file.roles(0, new):
        return f"this is the new module, and it doesn't define {new} itself"
    if file.alias(binding).asname is not None or (binding.scope != 0 and binding.name == new):
        return "this is the new module, and it uses the old symbol under another name"
    if any(not use.flags & RUNS_LATER for use in uses):
        return f"this is the new module, and it needs the old symbol before {new} is defined"
    if any(within_definition(file, use, new) for use in uses):
        return f"this is the new module, and {new} itself is built on the old symbol"
    if binding.scope == 0 and is_reexported(file, binding.name):
        return f"other files use {binding.name} through this module"
    if binding.scope == 0 and binding.name != new and is_public(file, binding.name):
        return f"{binding.name} is a public name here"
    return (
        roles_trouble(file, binding, binding.name, uses)
        or ("" if not file.is_shadowed(new, uses, 0) else f"{new} means something else where it is used")
        or text_trouble(file, binding.scope, binding.name)
    )


def within_definition(file: FileRewrite, use: Mention, name: str) -> bool:
    defined = [mention for mention in file.mentions(0, name) if mention.role == DEFINE]
    for scope in file.scopes_between(use.scope, 0):
        here = file.facts.scopes[scope]
        if here.parent == 0 and any(here.start <= mention.start < here.end for mention in defined):
            return any(
                here.start <= mention.start and not file.source.text[here.start : mention.start].count(b"\n")
                for mention in defined
            )
    return False


EXAMPLES = (
    Example(
        "the new symbol is built on the old one",
        "from m import Old\n\nclass New(Old):\n    pass\n",
        path="n.py",
        note="needs the old symbol before New is defined",
    ),
    Example(
        "the new symbol wraps the old one",
        "from m import Old\n\nclass New:\n    def __init__(self):\n        self.inner = Old()\n",
        path="n.py",
        note="New itself is built on the old symbol",
    ),
    Example(
        "the bare name, and no import of itself",
        "from m import Old, Other\n\nclass New:\n    pass\n\ndef make():\n    return Old(), Other\n",
        "from m import Other\n\nclass New:\n    pass\n\ndef make():\n    return New(), Other\n",
        path="n.py",
    ),
    Example(
        "an import in a function goes with its uses",
        "class New:\n    pass\n\ndef make():\n    from m import Old\n    return Old()\n",
        "class New:\n    pass\n\ndef make():\n    return New()\n",
        path="n.py",
    ),
    Example(
        "a block is never left empty",
        "class New:\n    pass\n\ndef make():\n    from m import Old\n",
        "class New:\n    pass\n\ndef make():\n    pass\n",
        path="n.py",
    ),
)
