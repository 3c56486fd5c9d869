"""`import a.b` and then `a.b.Old`: the statement binds only `a`, which others may need."""

from __future__ import annotations

from codemods.edit.file_rewrite import FileRewrite
from codemods.edit.file_view import ImportBinding
from codemods.edit.imports.import_statements import NewAlias
from codemods.edit.joined_names import is_in_time
from codemods.edit.module_uses import (
    ModuleUse,
    import_names,
    is_reached_elsewhere,
    replace_chain,
    root_is_free,
)
from codemods.model.example import Example
from codemods.model.facts import IN_TRY, ONLY_IN_BLOCK, Mention


def move_dotted(
    file: FileRewrite, group: list[ImportBinding], uses: list[ModuleUse], others: list[Mention]
) -> None:
    owners: dict[str, list[ModuleUse]] = {}
    for use in uses:
        owners.setdefault(module_through(use), []).append(use)
    for binding in group:
        if binding.match is not None and binding.match.new_name is None:
            owners.setdefault(".".join(file.alias(binding).name.split(".")), [])
    for owner, owned in owners.items():
        *first, last = by_new_module(owned)
        for some in first:
            import_new_beside(file, group, owner, some)
        move_owner(file, group, owner, last, others)


def by_new_module(uses: list[ModuleUse]) -> list[list[ModuleUse]]:
    """What is reached through one module may go to several."""
    groups: dict[str, list[ModuleUse]] = {}
    for use in uses:
        groups.setdefault(use.match.new_module, []).append(use)
    return list(groups.values()) or [[]]


def module_through(use: ModuleUse) -> str:
    return use.match.reached_through


def move_owner(
    file: FileRewrite,
    group: list[ImportBinding],
    owner: str,
    uses: list[ModuleUse],
    others: list[Mention],
) -> None:
    """Replaces one old module of those below a root, with the uses that are reached through it."""
    home, root = group[0].scope, group[0].name
    source, anchor = source_and_anchor(file, group, owner)
    module = new_module(file, uses, source, owner)
    new_root = module.partition(".")[0]
    mentions = [use.mention for use in uses]
    if not root_is_free(file, new_root, home, mentions):
        import_names(file, anchor, uses)
        return
    replaced = [
        replace_chain(file, use, use.match.new_module if use.string else use.match.new_dotted) for use in uses
    ]
    others = [*others, *(use.mention for use, moved in zip(uses, replaced, strict=True) if not moved)]
    if uses and not any(replaced):
        return
    reached = not (source and source.match) and is_reached_elsewhere(file, home, root)
    reached = reached or file.is_used_in_code(root)
    if source is None or reached or file.keeps_names or still_used(owner, root, others, group, file):
        named = any(file.alias(b).name == module for b in group)
        if uses and not named and not is_imported_there(file, anchor, module, mentions):
            file.add_statement(anchor, f"import {module}", NewAlias(None, module))
        return
    if uses or source.match:
        file.add_alias_site(source, (uses[0].match if uses else source.match))  # type: ignore[arg-type]
    twin = is_imported_there(file, source, module, mentions)
    file.set_outcome(source, "drop" if twin else NewAlias(None, module))
    remaining = [b for b in group if b is not source and file.alias(b).name != owner]
    if others and new_root != root and not remaining:
        file.add_statement(source, f"import {root}", NewAlias(None, root))


def is_imported_there(file: FileRewrite, source: ImportBinding, module: str, uses: list[Mention]) -> bool:
    root = module.partition(".")[0]
    others = file.bindings_by_name.get((source.scope, root), ())
    return any(is_twin(file, source, other, module, uses) for other in others)


def is_twin(
    file: FileRewrite, source: ImportBinding, other: ImportBinding, module: str, uses: list[Mention]
) -> bool:
    """Whether another statement of the same block imports the module already, in time for every use."""
    own, there = file.statement(source), file.statement(other)
    same_block = (own.column, own.flags & ~ONLY_IN_BLOCK) == (there.column, there.flags & ~ONLY_IN_BLOCK)
    return (
        other is not source
        and other.match is None
        and there.module is None
        and (file.alias(other).name, file.alias(other).asname) == (module, None)
        and same_block
        and not own.flags & IN_TRY
        and is_in_time(there, own, uses)
    )


def source_and_anchor(
    file: FileRewrite, group: list[ImportBinding], owner: str
) -> tuple[ImportBinding | None, ImportBinding]:
    """The import of the old module, and the one that a new import stands beside."""
    source = next((b for b in group if file.alias(b).name == owner), None)
    below = (b for b in group if file.alias(b).name.startswith(owner + "."))
    return source, source or next(below, group[0])


def import_new_beside(
    file: FileRewrite, group: list[ImportBinding], owner: str, uses: list[ModuleUse]
) -> None:
    """Moves what goes to another module than the rest."""
    _, anchor = source_and_anchor(file, group, owner)
    module = uses[0].match.new_module
    if not root_is_free(file, module.partition(".")[0], group[0].scope, [use.mention for use in uses]):
        import_names(file, anchor, uses)
        return
    replaced = [replace_chain(file, use, module if use.string else use.match.new_dotted) for use in uses]
    named = any(file.alias(b).name == module for b in group)
    if any(replaced) and not named and not is_imported_there(file, anchor, module, [u.mention for u in uses]):
        file.add_statement(anchor, f"import {module}", NewAlias(None, module))


def new_module(file: FileRewrite, uses: list[ModuleUse], source: ImportBinding | None, owner: str) -> str:
    if uses:
        return uses[0].match.new_module
    found = source.match if source else None
    return found.new_module if found else owner


def still_used(
    owner: str, root: str, others: list[Mention], group: list[ImportBinding], file: FileRewrite
) -> bool:
    """Whether something else below the old module, or loaded by it alone, is used."""
    parts = tuple(owner.split("."))
    for mention in others:
        full = (root, *(attribute.name for attribute in mention.attributes))
        if full[: len(parts)] == parts:
            return True
        below = ".".join(full[:2])
        imported = any((file.alias(b).name + ".").startswith(below + ".") for b in group)
        if len(full) > 1 and file.links.modules.is_known(below) and not imported:
            return True
    return False


AB = ("a.b:Old=a.n:New",)
OUT = ("a.b:Old=n:New",)
EXAMPLES = (
    Example("another module below the same package", "import a.c\n\na.c.Old\n", replace=AB),
    Example(
        "the other imports of the statement and their root stay bound",
        "import a.b, a.c; a.b.Old; a.c.other\n",
        "import n, a.c; n.New; a.c.other\n",
        replace=OUT,
    ),
    Example(
        "what else is below the root stays bound",
        "import a.b\n\na.b.Old(), a.x\n",
        "import n\nimport a\n\nn.New(), a.x\n",
        replace=OUT,
    ),
    Example(
        "what else is used of the old module stays",
        "import a.b\n\na.b.Old(), a.b.keep()\n",
        "import a.b\nimport a.n\n\na.n.New(), a.b.keep()\n",
        replace=AB,
    ),
    Example(
        "the new module is imported already",
        "import a.b\nimport a.n\n\na.b.Old(), a.n.New\n",
        "import a.n\n\na.n.New(), a.n.New\n",
        replace=AB,
    ),
    Example(
        "what is reached through one module goes to several",
        "import m\n\nm.Old(), m.Other(), m.keep()\n",
        "import m\nimport n\nimport a.n\n\nn.New(), a.n.New(), m.keep()\n",
        replace=("m:Old=n:New", "m:Other=a.n:New"),
    ),
    Example("one root for both", "import a.b\n\na.b.Old()\n", "import a.n\n\na.n.New()\n", replace=AB),
    Example(
        "the file gives it that name itself",
        "import a.b\n\nOld = a.b.Old\nOld.x = 1\n",
        "import a.n\n\nOld = a.n.New\nOld.x = 1\n",
        replace=AB,
    ),
    Example(
        "the submodule is loaded elsewhere: the new one is loaded here",
        "import a\n\na.b.Old()\n",
        "import a\nimport a.n\n\na.n.New()\n",
        replace=AB,
    ),
    Example(
        "in its own module it only changes its name; what can't be replaced in place needs no second import",
        "import m\n\nm.Old, (m).Old\n",
        "import m\n\nm.New, (m).Old\n",
        replace=("m:Old=m:New",),
        other_files={"m.py": "class New: ...\n"},
        note="can't be replaced in place",
    ),
    Example(
        "one line stays one legal line",
        "if True: import m; y = m.Old\n",
        "if True: import n; y = n.New\n",
    ),
    Example(
        "the new module is imported there already",
        "import m\nimport n\n\nm.Old(), n.New()\n",
        "import n\n\nn.New(), n.New()\n",
    ),
    Example(
        "the new module is imported there already, and the old one stays",
        "import m\nimport n\n\nm.Old(), m.keep(), n.New()\n",
        "import m\nimport n\n\nn.New(), m.keep(), n.New()\n",
    ),
    Example(
        "a module that moves is imported there already, beside others",
        "import c, m\nimport a.n\n\nm.keep(), a.n, c\n",
        "import c\nimport a.n\n\na.n.keep(), a.n, c\n",
        replace=("m=a.n",),
        other_files={"c.py": "", "a/n.py": "class New: ...\n\n\ndef keep(): ...\n"},
    ),
    Example(
        "the new root is a local name where it is used",
        "import m\n\ndef f(n): return m.Old(n)\n",
        "import m\nfrom n import New\n\ndef f(n): return New(n)\n",
    ),
    Example(
        "a value pattern, a decorator, a base, an annotation",
        'import m\n\n@m.Old\nclass C(m.Old):\n    x: "m.Old"\n\nmatch C:\n    case m.Old:\n        pass\n',
        'import n\n\n@n.New\nclass C(n.New):\n    x: "n.New"\n\nmatch C:\n    case n.New:\n        pass\n',
    ),
    Example(
        "code in a string reads the new root, which nothing binds so far",
        'import m\n\nexec("try: n.x\\nexcept NameError: pass")\nm.Old()\n',
        'import m\nfrom n import New\n\nexec("try: n.x\\nexcept NameError: pass")\nNew()\n',
    ),
    Example(
        "a module and a name given as a string are migrated together",
        'import m\n\npatch.object(m, "Old")\ngetattr(m, "Old")\nmonkeypatch.setattr(m, "Old", 1)\n',
        'import n\n\npatch.object(n, "New")\ngetattr(n, "New")\nmonkeypatch.setattr(n, "New", 1)\n',
    ),
    Example(
        "a chain over several lines becomes one on its first",
        "import a.b\n\nx = (\n    a\n    .b  .Old\n    .make()\n)\ny = a. \\\n    b.Old\n",
        "import a.n\n\nx = (\n    a.n.New\n    .make()\n)\ny = a.n.New\n",
        replace=AB,
    ),
    Example(
        "a comment in the middle of it would be lost",
        "import m\n\nx = (\n    m  # the old one\n    .Old\n)\n",
        "import m\n\nx = (\n    m  # the old one\n    .Old\n)\n",
        note="can't be replaced in place",
    ),
    Example(
        "written in a way that can't be replaced in place: left, and what it needs stays",
        "import m\n\nm.Old, (m).Old\n",
        "import m\nimport n\n\nn.New, (m).Old\n",
        note="can't be replaced in place",
    ),
)
