"""`import m` and then `m.Old`, in all the forms in which a module can be named, and modules that move as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from codemods.facts import IMPORT, Mention, Text
from codemods.file import Binding, Called, File, Written
from codemods.links import Found
from codemods.statements import NewName


@dataclass(frozen=True)
class Reach:
    """A mention whose chain reaches a deprecated symbol or module."""

    mention: Mention
    found: Found
    depth: int
    """How many attributes belong to what is replaced."""
    text: Text | None = None
    """The string of `getattr(m, "Old")`."""


def decide(file: File) -> None:
    for (scope, name), bindings in file.bound.items():
        group = [b for b in bindings if not is_symbol(file, b)]
        if group:
            decide_group(file, scope, name, group)


def is_symbol(file: File, binding: Binding) -> bool:
    """Those are decided by their names, not by what is reached through them."""
    return not binding.root and binding.found is not None and binding.found.name is not None


def decide_group(file: File, scope: int, name: str, group: list[Binding]) -> None:
    parts = group[0].parts
    reached, others = reach(file, scope, name, parts)
    moving = [binding for binding in group if binding.found is not None and binding.found.name is None]
    if not reached and not moving:
        return
    trouble = ""
    if any(binding.parts != parts for binding in group) or len(group) < len(file.bound[(scope, name)]):
        trouble = f"{name} is imported from several places"
    elif any(item.found.trouble for item in reached):
        report_trouble(file, reached)
        reached = [item for item in reached if not item.found.trouble]
        moving, others = [], [*others, *()]
        if not reached:
            return
        keep_named(file, group, reached, stay=True)
        return
    if trouble:
        for item in reached:
            report(file, item, trouble)
    elif group[0].root:
        move_dotted(file, group, reached, others)
    else:
        keep_named(file, group, reached, stay=bool(others) and not moving)


def report_trouble(file: File, reached: list[Reach]) -> None:
    for item in reached:
        if item.found.trouble:
            report(file, item, item.found.trouble)


def report(file: File, item: Reach, trouble: str = "", note: str = "") -> None:
    kind = "dangling" if item.found.trouble else "attribute"
    file.site_of(item.mention, kind, item.found, trouble, note)


def reach(file: File, scope: int, name: str, parts: tuple[str, ...]) -> tuple[list[Reach], list[Mention]]:
    reached: list[Reach] = []
    others: list[Mention] = []
    for mention in file.mentions(scope, name):
        item = reach_of(file, mention, parts)
        if item is not None:
            reached.append(item)
        elif mention.role != IMPORT:
            others.append(mention)
    return reached, others


def reach_of(file: File, mention: Mention, parts: tuple[str, ...]) -> Reach | None:
    attributes = tuple(attribute.name for attribute in mention.attributes)
    text = file.strings_of.get(mention.start)
    full = (*parts, *attributes, text.value) if text else (*parts, *attributes)
    found = file.links.find(full)
    if found is None:
        return None
    depth = found.consumed - len(parts)
    if depth < 0 or (depth == 0 and found.name is not None):
        return None
    if text and depth == len(attributes) + 1:
        return Reach(mention, found, len(attributes), text)
    return Reach(mention, found, depth)


# ---- `import a.b` and `a.b.Old`


def move_dotted(file: File, group: list[Binding], reached: list[Reach], others: list[Mention]) -> None:
    home, root = group[0].scope, group[0].name
    owners: dict[str, list[Reach]] = {}
    for item in reached:
        owners.setdefault(owner_of(item), []).append(item)
    for binding in group:
        if binding.found is not None and binding.found.name is None:
            owners.setdefault(".".join(file.alias(binding).name.split(".")), [])
    for owner, items in owners.items():
        move_owner(file, group, home, root, owner, items, others)


def owner_of(item: Reach) -> str:
    return item.found.owner


def move_owner(
    file: File,
    group: list[Binding],
    home: int,
    root: str,
    owner: str,
    items: list[Reach],
    others: list[Mention],
) -> None:
    source = next((b for b in group if file.alias(b).name == owner), None)
    anchor = source or next((b for b in group if file.alias(b).name.startswith(owner + ".")), group[0])
    module = new_module(file, items, source, owner)
    new_root = module.partition(".")[0]
    mentions = [item.mention for item in items]
    if not root_is_free(file, new_root, home, mentions):
        import_names(file, anchor, items)
        return
    if not all(
        replace_chain(file, item, item.found.dotted if not item.text else module_part(item)) for item in items
    ):
        return
    if source is None or still_used(owner, root, others, group, file):
        if items:
            file.add(anchor, f"import {module}", NewName(None, module))
        return
    if items or source.found:
        file.alias_site(source, (items[0].found if items else source.found))  # type: ignore[arg-type]
    file.become(source, NewName(None, module))
    remaining = [b for b in group if b is not source and file.alias(b).name != owner]
    if others and new_root != root and not remaining:
        file.add(source, f"import {root}", NewName(None, root))


def module_part(item: Reach) -> str:
    return item.found.module


def new_module(file: File, items: list[Reach], source: Binding | None, owner: str) -> str:
    if items:
        return items[0].found.module
    found = source.found if source else None
    return found.module if found else owner


def still_used(owner: str, root: str, others: list[Mention], group: list[Binding], file: File) -> bool:
    """Whether something else below the old module, or loaded by it alone, is used."""
    parts = tuple(owner.split("."))
    for mention in others:
        full = (root, *(attribute.name for attribute in mention.attributes))
        if full[: len(parts)] == parts:
            return True
        below = ".".join(full[:2])
        imported = any((file.alias(b).name + ".").startswith(below + ".") for b in group)
        if len(full) > 1 and file.links.modules.known(below) and not imported:
            return True
    return False


def root_is_free(file: File, root: str, home: int, mentions: list[Mention]) -> bool:
    if file.hidden(root, mentions, home):
        return False
    same = file.bound.get((home, root))
    if same and file.roles(home, root) == {IMPORT}:
        return all(binding.parts == (root,) for binding in same)
    return file.free(root, home)


def import_names(file: File, anchor: Binding, items: list[Reach]) -> None:
    """Where the new module's first name is taken: the symbol itself is imported."""
    by_name: dict[str, list[Reach]] = {}
    for item in items:
        by_name.setdefault(item.found.dotted, []).append(item)
    for group in by_name.values():
        found = group[0].found
        mentions = [item.mention for item in group]
        local = free_name(file, anchor.scope, mentions, found)
        if not local or any(item.text for item in group):
            for item in group:
                report(
                    file,
                    item,
                    f"{found.module.partition('.')[0]} and {found.name or found.module} are taken here",
                )
            continue
        if all(replace_chain(file, item, local) for item in group):
            new = import_of(found, local)
            file.add(anchor, new.statement, new)


def import_of(found: Found, local: str) -> NewName:
    if found.name:
        return NewName(found.module, found.name, local)
    parent, _, last = found.module.rpartition(".")
    return NewName(parent or None, last, local)


def free_name(file: File, home: int, mentions: list[Mention], found: Found) -> str:
    new = found.name or found.module.rpartition(".")[2]
    for candidate in (new, found.old.rpartition(":")[2].rpartition(".")[2]):
        already = file.bound.get((home, candidate), [])
        same = bool(already) and all(
            b.parts == tuple(found.dotted.split(".")) and not b.root for b in already
        )
        if (same or file.free(candidate, home)) and not file.hidden(candidate, mentions, home):
            return candidate
    return ""


def replace_chain(file: File, item: Reach, new: str) -> bool:
    mention, depth = item.mention, item.depth
    text = item.text
    if not file.is_plain(mention, depth) or (text is not None and text.body < 0):
        report(file, item, "it is written in a way that can't be replaced in place")
        return False
    report(file, item)
    file.edit(mention.start, file.chain_end(mention, depth), new)
    if text is not None:
        file.edit(text.body, text.body + len(text.value.encode()), item.found.name or text.value)
    elif mention.call and depth == len(mention.attributes) and item.found.name:
        file.called.append(Called(mention, item.found, depth))
    return True


# ---- `import m as x`, `from a import m`, and `x.Old`


def keep_named(file: File, group: list[Binding], reached: list[Reach], stay: bool) -> None:
    """The name of the module stays what it is where all that is reached through it moves."""
    home, name = group[0].scope, group[0].name
    modules = {module_of(item) for item in reached}
    moving = next((b.found for b in group if b.found is not None and b.found.name is None), None)
    if moving is not None:
        modules.add(moving.module)
    if stay or len(modules) != 1 or (home == 0 and outside_uses(file, name)):
        beside(file, group, reached)
        return
    module = modules.pop()
    local = local_name(file, group, reached, module)
    for item in reached:
        if not can_replace(file, item):
            beside(file, group, reached)
            return
    for item in reached:
        rest = item.found.name if item.found.name and not item.text else None
        tail = module_tail(item, module)
        replace_chain(file, item, ".".join(filter(None, (local, tail, rest))))
    for binding in group:
        file.alias_site(binding, moving or reached[0].found)
        file.become(binding, module_import(file, binding, module, local))


def module_of(item: Reach) -> str:
    """The module that the name itself would have to be."""
    found = item.found
    extra = item.depth - (1 if found.name and not item.text else 0)
    parts = found.module.split(".")
    return ".".join(parts[: len(parts) - extra]) if extra and len(parts) > extra else found.module


def module_tail(item: Reach, module: str) -> str:
    return item.found.module[len(module) + 1 :] if item.found.module != module else ""


def can_replace(file: File, item: Reach) -> bool:
    return file.is_plain(item.mention, item.depth) and (item.text is None or item.text.body >= 0)


def outside_uses(file: File, name: str) -> bool:
    return any((module, name) in file.links.referenced for module in file.names)


def local_name(file: File, group: list[Binding], reached: list[Reach], module: str) -> str:
    binding = group[0]
    alias = file.alias(binding)
    rename = (
        any(file.links.rule(item.found).style == "rename" for item in reached) or binding.found is not None
    )
    last = module.rpartition(".")[2]
    mentions = [item.mention for item in reached]
    only = len(mentions) == len(file.mentions(binding.scope, binding.name))
    if (
        rename
        and alias.asname is None
        and file.statement(binding).module is not None
        and only
        and last != binding.name
        and file.roles(binding.scope, binding.name) == {IMPORT}
        and file.free(last, binding.scope)
        and not file.hidden(last, mentions, binding.scope)
    ):
        return last
    return binding.name


def module_import(file: File, binding: Binding, module: str, local: str) -> NewName:
    if file.statement(binding).module is None:
        return NewName(None, module, local)
    parent, _, last = module.rpartition(".")
    if not parent:
        return NewName(None, last, local)
    return NewName(file.from_name(parent, file.statement(binding)), last, local)


def beside(file: File, group: list[Binding], reached: list[Reach]) -> None:
    """The old module stays, for what else is used of it; the new one comes in beside it."""
    anchor = group[0]
    by_module: dict[str, list[Reach]] = {}
    for item in reached:
        by_module.setdefault(item.found.module, []).append(item)
    for module, items in by_module.items():
        mentions = [item.mention for item in items]
        parent, _, last = module.rpartition(".")
        statement = file.statement(anchor)
        if (
            statement.module is not None
            and parent
            and name_is_free(file, last, anchor.scope, mentions, module)
        ):
            new = NewName(file.from_name(parent, statement), last)
            prefix = last
        elif root_is_free(file, module.partition(".")[0], anchor.scope, mentions):
            new, prefix = NewName(None, module), module
        else:
            import_names(file, anchor, items)
            continue
        results = [
            replace_chain(
                file, item, f"{prefix}.{item.found.name}" if item.found.name and not item.text else prefix
            )
            for item in items
        ]
        if any(results):
            file.add(anchor, new.statement, new)


def name_is_free(file: File, name: str, home: int, mentions: list[Mention], module: str) -> bool:
    if file.hidden(name, mentions, home):
        return False
    already = file.bound.get((home, name), [])
    if already and file.roles(home, name) == {IMPORT}:
        return all(b.parts == tuple(module.split(".")) and not b.root for b in already)
    return file.free(name, home)


def star_written(module: str, line: int) -> Written:
    return Written(module, "*", 0, 0, line)
