"""`from m import Old` and what it binds, in the three styles, and the settling of what the first two left behind."""

from __future__ import annotations

from codemods.facts import (
    ATTEMPT,
    DEFERRED,
    DEFINE,
    DELETE,
    IMPORT,
    IN_COMMENT,
    IN_STRING,
    LOAD,
    STORE,
    Mention,
    Renaming,
    Text,
)
from codemods.file import Binding, Called, File
from codemods.links import Found
from codemods.replacement import Replacement
from codemods.statements import NewName

ALIAS_COMMENT = "kept while uses of the old name are moved"


def decide(file: File) -> None:
    for binding in file.bindings:
        if binding.found is None or binding.root or binding.found.name is None:
            continue
        if file.statement(binding).module is None:
            continue
        decide_binding(file, binding, binding.found)
    if file.links.rules.settle:
        settle(file)


def decide_binding(file: File, binding: Binding, found: Found) -> None:
    rule = file.links.rule(found)
    trouble = found.trouble or calls_trouble(file, binding, rule)
    if trouble:
        file.alias_site(binding, found, trouble)
    elif found.module in file.names and rule.old.name:
        inside_the_new_module(file, binding, found)
    else:
        move(file, binding, found, rule)


def calls_trouble(file: File, binding: Binding, rule: Replacement) -> str:
    """A call that can't be adapted keeps the whole name where it is: half a move would break it."""
    if rule.calls is None or not rule.calls.arguments:
        return ""
    for mention in file.mentions(binding.scope, binding.name):
        if mention.call and not mention.attributes and any(a.starred for a in mention.call.arguments):
            return f"line {mention.line} calls it with * or **, which can't be adapted"
    return ""


def move(file: File, binding: Binding, found: Found, rule: Replacement) -> None:
    alias, statement = file.alias(binding), file.statement(binding)
    module, name = file.from_name(found.module, statement), found.name or ""
    uses = file.mentions(binding.scope, binding.name)
    note, local, trouble = "", alias.bound, ""
    if alias.asname is None and alias.name != name and rule.style != "as":
        trouble = (
            taken(file, binding, found, uses)
            if rule.style == "rename"
            else alias_trouble(file, binding, name)
        )
        note = f"kept its old name: {trouble}" if trouble else ""
        if not trouble:
            local = name
    note = note or ("comes through a re-export" if found.through else "")
    file.alias_site(binding, found, "", note)
    new = NewName(module, name, local)
    twin = same_import(file, binding, found, local, uses)
    if twin:
        file.become(binding, "drop")
    else:
        file.become(binding, new)
    if local != alias.bound and rule.style == "alias":
        file.add(binding, f"{alias.bound} = {local}  # {ALIAS_COMMENT}")
    elif local != alias.bound:
        rename(file, binding.scope, alias.bound, name, found)
    file.called += [Called(use, found, 0) for use in uses if use.call and not use.attributes]


def same_import(
    file: File, binding: Binding, found: Found, local: str, uses: list[Mention]
) -> Binding | None:
    """Another statement of the same block that already binds this name to this symbol, in time for every use."""
    mine = file.statement(binding)
    for other in file.bound.get((binding.scope, local), ()):
        if other.statement == binding.statement and other.alias >= binding.alias:
            continue
        statement = file.statement(other)
        same = other.parts == (*found.module.split("."), found.name) or (
            other.found is not None
            and other.found.dotted == found.dotted
            and file.alias(other).bound == local
            and (other.statement, other.alias) < (binding.statement, binding.alias)
            and (other.found.module, other.found.name) == (found.module, found.name)
        )
        level = (statement.column, statement.flags & ~64) == (mine.column, mine.flags & ~64)
        if not same or other.root or not level or mine.flags & ATTEMPT:
            continue
        early = statement.start <= mine.start or not any(
            mine.start < use.start < statement.start and not use.flags & DEFERRED for use in uses
        )
        if early and other != binding:
            return other
    return None


def alias_trouble(file: File, binding: Binding, new: str) -> str:
    others = file.bound.get((binding.scope, new), [])
    if (
        others
        and file.roles(binding.scope, new) == {IMPORT}
        and all(is_new(other, binding) for other in others)
    ):
        return ""
    return "" if file.free(new, binding.scope) else f"{new} is taken here"


def is_new(other: Binding, binding: Binding) -> bool:
    """Whether another import brings the very symbol that this one will."""
    found = binding.found
    return (
        found is not None and other.parts == (*found.module.split("."), found.name or "") and not other.root
    )


def taken(file: File, binding: Binding, found: Found, uses: list[Mention]) -> str:
    """Why the uses can't be renamed here; empty where they can."""
    scope, old, new = binding.scope, binding.name, found.name or ""
    here = file.facts.scopes[scope]
    if here.kind == "class":
        return "it is an attribute of a class"
    if scope == 0 and exported(file, old):
        return f"other files reach {old} through this module"
    return (
        roles_trouble(file, binding, old, uses)
        or alias_trouble(file, binding, new)
        or hidden_trouble(file, scope, new, uses)
        or text_trouble(file, scope, old)
    )


def exported(file: File, name: str) -> bool:
    links = file.links
    return any(
        (module, name) in links.referenced
        or (module, name) in links.kept
        or ((module, name) in links.patched and not links.rules.strings)
        for module in file.names
    )


def roles_trouble(file: File, binding: Binding, old: str, uses: list[Mention]) -> str:
    roles = file.roles(binding.scope, old) - {IMPORT, STORE, DELETE}
    if roles:
        return f"{old} is bound by other statements as well"
    for other in file.bound.get((binding.scope, old), ()):
        if other.found is None or binding.found is None or other.found.dotted != binding.found.dotted:
            return f"{old} is imported from elsewhere as well"
        if file.alias(other).asname is not None:
            return f"{old} is imported under this name on purpose"
    for use in uses:
        if use.role not in (LOAD, STORE, DELETE) or use.shorthand:
            return f"line {use.line} binds or declares {old}"
    return ""


def hidden_trouble(file: File, scope: int, new: str, uses: list[Mention]) -> str:
    if file.hidden(new, uses, scope):
        return f"{new} means something else where it is used"
    if new.startswith("__") and not new.endswith("__"):
        return f"{new} would be mangled in a class"
    return ""


def text_trouble(file: File, scope: int, old: str) -> str:
    for text in file.facts.texts:
        listed = text.context == "all" and text.value == old
        if text.body < 0 and (listed or (text.context == "annotation" and old in text.value)):
            return f"the string on line {text.line} can't be rewritten in place"
    if old.startswith("__") and not old.endswith("__"):
        return f"{old} is mangled in a class"
    return ""


def rename(file: File, scope: int, old: str, new: str, found: Found) -> None:
    for use in file.mentions(scope, old):
        if use.role in (LOAD, STORE, DELETE):
            kind = "annotation" if use.flags & (IN_STRING | IN_COMMENT) else "use"
            file.site_of(use, kind, found)
            file.edit(use.start, use.end, new)
    if scope == 0:
        file.renamed[old] = new
        for text in exported_texts(file, old):
            file.site_of(text, "all", found)
            file.edit(text.body, text.body + len(old.encode()), new)


def exported_texts(file: File, name: str) -> list[Text]:
    return [
        text for text in file.facts.texts if text.context == "all" and text.value == name and text.scope == 0
    ]


# ---- the file that the symbol moves to


def inside_the_new_module(file: File, binding: Binding, found: Found) -> None:
    """The new module needs no import of itself: its uses take the bare name, where that is there in time."""
    trouble = own_trouble(file, binding, found)
    file.alias_site(binding, found, trouble)
    if trouble:
        return
    uses = file.mentions(binding.scope, binding.name)
    if binding.name != found.name:
        rename(file, binding.scope, binding.name, found.name or "", found)
    file.become(binding, "drop")
    file.called += [Called(use, found, 0) for use in uses if use.call and not use.attributes]


def own_trouble(file: File, binding: Binding, found: Found) -> str:
    new = found.name or ""
    uses = file.mentions(binding.scope, binding.name)
    if DEFINE not in file.roles(0, new) and STORE not in file.roles(0, new):
        return f"this is the new module, and it does not define {new} itself"
    if file.alias(binding).asname is not None or (binding.scope != 0 and binding.name == new):
        return "this is the new module: the old symbol is used here under another name"
    if any(not use.flags & DEFERRED for use in uses):
        return f"this is the new module, and it needs the old symbol before {new} is there"
    if any(within_definition(file, use, new) for use in uses):
        return f"this is the new module, and {new} itself is built on the old symbol"
    if binding.scope == 0 and exported(file, binding.name):
        return f"other files reach {binding.name} through this module"
    return (
        roles_trouble(file, binding, binding.name, uses)
        or ("" if not file.hidden(new, uses, 0) else f"{new} means something else where it is used")
        or text_trouble(file, binding.scope, binding.name)
    )


def within_definition(file: File, use: Mention, name: str) -> bool:
    defined = [mention for mention in file.mentions(0, name) if mention.role == DEFINE]
    for scope in file.between(use.scope, 0):
        here = file.facts.scopes[scope]
        if here.parent == 0 and any(here.start <= mention.start < here.end for mention in defined):
            return any(
                here.start <= mention.start and not file.source.text[here.start : mention.start].count(b"\n")
                for mention in defined
            )
    return False


# ---- settling


def settle(file: File) -> None:
    for number, rule in enumerate(file.links.rules.replace):
        if rule.old.name is None or rule.new.name is None or rule.old.name == rule.new.name:
            continue
        found = Found(number, rule.new.module, 0, rule.new.module, rule.new.name, str(rule.old))
        for binding in file.bindings:
            if is_new(binding, rebound(binding, found)) and file.alias(binding).asname == rule.old.name:
                settle_import(file, rebound(binding, found), found)
        for renaming in file.facts.renamings:
            if renaming.name == rule.old.name and renaming.value == rule.new.name:
                settle_alias(file, renaming, found)


def rebound(binding: Binding, found: Found) -> Binding:
    return Binding(
        binding.statement, binding.alias, binding.name, binding.scope, binding.parts, binding.root, found
    )


def settle_import(file: File, binding: Binding, found: Found) -> None:
    uses = file.mentions(binding.scope, binding.name)
    trouble = settle_trouble(file, binding, found, uses)
    file.alias_site(binding, found, trouble)
    if trouble:
        return
    twin = same_import(file, binding, found, found.name or "", uses)
    module = file.from_name(found.module, file.statement(binding))
    file.become(binding, "drop" if twin else NewName(module, found.name or ""))
    rename(file, binding.scope, binding.name, found.name or "", found)


def settle_trouble(file: File, binding: Binding, found: Found, uses: list[Mention]) -> str:
    scope, old, new = binding.scope, binding.name, found.name or ""
    if file.facts.scopes[scope].kind == "class":
        return "it is an attribute of a class"
    if file.roles(scope, old) != {IMPORT} or len(file.bound.get((scope, old), ())) > 1:
        return f"{old} is bound by other statements as well"
    if any(use.role != LOAD or use.shorthand for use in uses):
        return f"{old} is bound or declared elsewhere as well"
    if scope == 0 and reached(file, old):
        return f"other files reach {old} through this module"
    return (
        alias_trouble(file, binding, new)
        or hidden_trouble(file, scope, new, uses)
        or text_trouble(file, scope, old)
    )


def reached(file: File, name: str) -> bool:
    return any(
        (module, name) in file.links.referenced or (module, name) in file.links.patched
        for module in file.names
    )


def settle_alias(file: File, renaming: Renaming, found: Found) -> None:
    """`Old = New` goes where `New` is the new symbol and nothing else gives `Old` a value."""
    scope, old, new = renaming.scope, renaming.name, renaming.value
    sources = file.bound.get((file.facts.home(new, scope), new), [])
    target = (*found.module.split("."), new)
    if not sources or any(source.parts != target for source in sources):
        return
    uses = [use for use in file.mentions(scope, old) if not renaming.start <= use.start < renaming.end]
    trouble = ""
    if file.facts.scopes[scope].kind == "class":
        trouble = "it is an attribute of a class"
    elif file.roles(scope, old) != {STORE} or any(use.role != LOAD or use.shorthand for use in uses):
        trouble = f"{old} is bound by other statements as well"
    elif scope == 0 and reached(file, old):
        trouble = f"other files reach {old} through this module"
    trouble = trouble or hidden_trouble(file, scope, new, uses) or text_trouble(file, scope, old)
    file.site(renaming.line, 0, "use", found.old, not trouble, trouble)
    if trouble:
        return
    for use in uses:
        file.site_of(use, "use", found)
        file.edit(use.start, use.end, new)
    for text in exported_texts(file, old) if scope == 0 else ():
        file.edit(text.body, text.body + len(old.encode()), new)
    file.remove_statement(renaming.start, renaming.end, bool(renaming.flags & 64))
