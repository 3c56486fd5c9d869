"""`import m as x` or `from a import m`, and then `x.Old`: the name stays if all its uses are migrated."""

from __future__ import annotations

from codemods.edit.file_rewrite import FileRewrite
from codemods.edit.file_view import ImportBinding
from codemods.edit.imports.import_statements import NewAlias
from codemods.edit.linter_pragmas import UNUSED, pragma_for, said_behind
from codemods.edit.module_uses import (
    ModuleUse,
    import_names,
    is_reached_elsewhere,
    name_is_free,
    replace_chain,
    root_is_free,
)
from codemods.link.symbol_match import SymbolMatch
from codemods.model.example import Example
from codemods.model.facts import IMPORT, LOAD
from codemods.rewrites.rename import export_strings


def keep_named(file: FileRewrite, group: list[ImportBinding], uses: list[ModuleUse], stay: bool) -> None:
    """The name of the module stays if all its uses are migrated."""
    in_same_module = [
        use for use in uses if use.match.new_name and use.match.new_module == ".".join(group[0].origin)
    ]
    for use in in_same_module:
        replace_chain(file, use, group[0].name if use.string else f"{group[0].name}.{use.match.new_name}")
    if in_same_module:
        uses, stay = [use for use in uses if use not in in_same_module], True
        if not uses:
            return
    home, name = group[0].scope, group[0].name
    modules = {module_reached(use) for use in uses}
    moved_module = next((b.match for b in group if b.match is not None and b.match.new_name is None), None)
    if moved_module is not None:
        modules.add(moved_module.new_module)
    needed = needed_as_it_is(file, group, moved_module)
    if (
        stay
        or needed
        or file.keeps_names
        or (moved_module is None and is_reached_elsewhere(file, home, name))
        or (len(modules) != 1 and not may_be_dropped(file, group[0], uses))
    ):
        if not stay and not needed and not file.keeps_names and is_for_these(file, group[0], uses):
            mark_unused(file, group[0], uses)
        import_beside(file, group, uses)
        return
    module = moved_module.new_module if moved_module else modules.pop() if len(modules) == 1 else ""
    local = local_name(file, group, uses, module)
    elsewhere = [use for use in uses if module_reached(use) != module]
    if elsewhere:
        import_beside(file, group, elsewhere)
    if module:
        rest = [use for use in uses if use not in elsewhere]
        point_elsewhere(file, group, rest, module, local, moved_module)
    else:
        drop_imports(file, group)


def point_elsewhere(
    file: FileRewrite,
    group: list[ImportBinding],
    uses: list[ModuleUse],
    module: str,
    local: str,
    moved_module: SymbolMatch | None,
) -> None:
    """The import brings `module` instead, as `local`; where that can't stand for these uses, it comes beside it."""
    if not all(can_replace(file, use) for use in uses):
        import_beside(file, group, uses)
        return
    if any(module_tail(use, module) for use in uses):
        import_beside(file, group, uses)
        origin = ".".join(group[0].origin)
        is_above = all(f"{use.match.reached_through}.".startswith(f"{origin}.") for use in uses)
        if module == origin or (is_above and may_be_dropped(file, group[0], uses)):
            drop_imports(file, group)
        return
    for use in uses:
        name_after = use.match.new_name if use.match.new_name and not use.string else None
        tail = module_tail(use, module)
        replace_chain(file, use, ".".join(filter(None, (local, tail, name_after))))
    for binding in group:
        file.add_alias_site(binding, moved_module or uses[0].match)
        file.set_outcome(binding, module_import(file, binding, module, local))


def drop_imports(file: FileRewrite, group: list[ImportBinding]) -> None:
    for binding in group:
        file.set_outcome(binding, "drop")


def mark_unused(file: FileRewrite, binding: ImportBinding, uses: list[ModuleUse]) -> None:
    mentions = [one for one in file.facts.mentions if one.name == binding.name and one.role == LOAD]
    if len(mentions) == len(uses):
        pragma = pragma_for(file.path, file.style, UNUSED)
        file.edits += said_behind(file, file.statement(binding), pragma)


def may_be_dropped(file: FileRewrite, binding: ImportBinding, uses: list[ModuleUse]) -> bool:
    """Whether nothing but these uses needs the name, which all get another one."""
    return (
        all(can_replace(file, use) for use in uses)
        and is_for_these(file, binding, uses)
        and not is_reached_elsewhere(file, binding.scope, binding.name)
    )


def is_for_these(file: FileRewrite, binding: ImportBinding, uses: list[ModuleUse]) -> bool:
    return (
        len(uses) == len(file.mentions(binding.scope, binding.name))
        and not export_strings(file, binding.name)
        and not file.is_used_in_code(binding.name)
        and file.roles(binding.scope, binding.name) == {IMPORT}
    )


def needed_as_it_is(file: FileRewrite, group: list[ImportBinding], moved_module: SymbolMatch | None) -> bool:
    """Whether other files take something of the old module through this name that the new one lacks; then it's said."""
    keys = {(module, group[0].name) for module in file.module_names} if group[0].scope == 0 else set()
    if moved_module is None or not keys & file.links.needed_as_they_are:
        return False
    trouble = f"other files take something through it that {moved_module.new_module} doesn't define"
    for binding in group:
        file.add_alias_site(binding, moved_module, trouble)
    return True


def module_reached(use: ModuleUse) -> str:
    """The module that the name itself would have to be."""
    match = use.match
    extra = use.depth - (1 if match.new_name and not use.string else 0)
    parts = match.new_module.split(".")
    return ".".join(parts[: len(parts) - extra]) if extra and len(parts) > extra else match.new_module


def module_tail(use: ModuleUse, module: str) -> str:
    return use.match.new_module[len(module) + 1 :] if use.match.new_module != module else ""


def can_replace(file: FileRewrite, use: ModuleUse) -> bool:
    return file.is_plain(use.mention, use.depth) and (use.string is None or use.string.content_start >= 0)


def local_name(file: FileRewrite, group: list[ImportBinding], uses: list[ModuleUse], module: str) -> str:
    binding = group[0]
    alias = file.alias(binding)
    matches = [*(use.match for use in uses), *([binding.match] if binding.match else [])]
    rename = not file.keeps_names and any(file.links.rule_of(match).style == "rename" for match in matches)
    last = module.rpartition(".")[2]
    mentions = [use.mention for use in uses]
    if (
        rename
        and alias.asname is None
        and file.statement(binding).module is not None
        and is_for_these(file, binding, uses)
        and last != binding.name
        and not is_reached_elsewhere(file, binding.scope, binding.name)
        and file.is_free(last, binding.scope)
        and not file.is_shadowed(last, mentions, binding.scope)
    ):
        return last
    return binding.name


def module_import(file: FileRewrite, binding: ImportBinding, module: str, local: str) -> NewAlias:
    if file.statement(binding).module is None:
        return NewAlias(None, module, local)
    parent, _, last = module.rpartition(".")
    if not parent:
        return NewAlias(None, last, local)
    return NewAlias(file.module_as_written(parent, file.statement(binding)), last, local)


def import_beside(file: FileRewrite, group: list[ImportBinding], uses: list[ModuleUse]) -> None:
    """The old module stays for its other uses; the new one is imported beside it."""
    anchor = group[0]
    by_module: dict[str, list[ModuleUse]] = {}
    for use in uses:
        by_module.setdefault(use.match.new_module, []).append(use)
    for module, items in by_module.items():
        mentions = [use.mention for use in items]
        parent, _, last = module.rpartition(".")
        statement = file.statement(anchor)
        if (
            statement.module is not None
            and parent
            and name_is_free(file, last, anchor.scope, mentions, module)
        ):
            new = NewAlias(file.module_as_written(parent, statement), last)
            prefix = last
        elif root_is_free(file, module.partition(".")[0], anchor.scope, mentions):
            new, prefix = NewAlias(None, module), module
        else:
            import_names(file, anchor, items)
            continue
        results = [
            replace_chain(
                file,
                use,
                f"{prefix}.{use.match.new_name}" if use.match.new_name and not use.string else prefix,
            )
            for use in items
        ]
        if any(results):
            file.add_statement(anchor, new.statement, new)


TWO = ("a.b:Old=a.n:New", "a.b:keep=a.c:other")
BOTH = {"a/n.py": "class Old:\n    pass\n\n\ndef keep():\n    pass\n"}
EXAMPLES = (
    Example("an attribute of something else of that name", "import other as m\n\nm.Old\n"),
    Example(
        "a class of another module that is called like what it imports",
        "import p as x\nfrom p import Old\n\nx.Old(), Old()\n",
        style="rename",
        other_files={"p.py": "from m import *\n\nclass Old: ...\n"},
    ),
    Example(
        "another module has it, or something else of that name",
        "import p as x\nfrom p import Old\n\nx.Old(), Old()\n",
        style="rename",
        other_files={"p.py": "from m import *\n\nif debug:\n    class Old: ...\n"},
    ),
    Example(
        "a star import of a module that isn't in the repository may bring something else of that name",
        "import p as x\n\nx.Old()\n",
        style="rename",
        other_files={
            "p.py": "from m import Old\ntry:\n    from tkinter import *\nexcept ImportError:\n    pass\n"
        },
    ),
    Example(
        "another module has it already from where it is now",
        "import p as x\n\nx.Old()\n",
        style="rename",
        other_files={"p.py": "from m import *\nfrom n import New as Old\n"},
    ),
    Example(
        "what is taken of it goes to two modules",
        "from a import b\nimport a.b as x\n\nb.Old, b.keep, x.Old, x.keep\n",
        "from a import n\nfrom a import c\nimport a.n\nimport a.c\n\nn.New, c.other, a.n.New, a.c.other\n",
        replace=TWO,
        style="rename",
    ),
    Example(
        "what is taken of it goes to two modules, and others reach its name",
        "from a import b as x\n\nx.Old, x.keep\n",
        "from a import b as x\nfrom a import n\nfrom a import c\n\nn.New, c.other\n",
        replace=TWO,
        style="rename",
        other_files={"q.py": "from app import x\n\nx.keep()\n"},
    ),
    Example(
        "the module moves, and one of its names elsewhere",
        "from a import b\n\nb.Old, b.keep\n",
        "from a import c\nfrom a import n\n\nn.New, c.keep\n",
        replace=("a.b:Old=a.n:New", "a.b=a.c"),
        style="rename",
        other_files={"a/c.py": "def keep(): ...\n"},
    ),
    Example(
        "an import below a comment that ends as a line does which goes on",
        "x = 1  # see below:\nfrom a import b as o\n\no.Old()\n",
        "x = 1  # see below:\nfrom a import n as o\n\no.New()\n",
        replace=("a.b:Old=a.n:New",),
    ),
    Example(
        "code in a string takes something of the module: its name stays",
        'from a import b\n\nexec("b.keep()")\nb.keep()\n',
        'from a import n as b\n\nexec("b.keep()")\nb.keep()\n',
        style="rename",
        replace=("a.b=a.n",),
        strings=True,
        other_files={"a/b.py": "def keep(): ...\n", "a/n.py": "def keep(): ...\n"},
        note="code in a string names a.b",
    ),
    Example(
        "another spelling of the name, which is the same to Python",
        "import m as x\n\nx.\uff2fld()\n",
        "import n as x\n\nx.New()\n",
    ),
    Example(
        "another file takes the name in another spelling",
        "from m import Old\n\nOld()\n",
        "from n import New as Old\n\nOld()\n",
        style="rename",
        other_files={"q.py": "import app\n\nx = [app]\nx[0].\uff2fld()\n"},
    ),
    Example(
        "a module of a package, whose new one lies beside the package: nothing else needs the old name",
        "from a import p\n\np.m.Old()\n",
        "from a import n\n\nn.New()\n",
        replace=("a.p.m:Old=a.n:New",),
        other_files={"a/__init__.py": "", "a/p/__init__.py": "from a.p import m\n"},
    ),
    Example(
        "a module of a package, of which something else is used as well",
        "from a import p\n\np.m.Old(), p.m.keep()\n",
        "from a import p\nfrom a import n\n\nn.New(), p.m.keep()\n",
        replace=("a.p.m:Old=a.n:New",),
        other_files={"a/__init__.py": "", "a/p/__init__.py": "from a.p import m\n"},
    ),
    Example(
        "what else is used keeps the name",
        "import m as x\n\nx.Old(), x.keep()\n",
        "import m as x\nimport n\n\nn.New(), x.keep()\n",
    ),
    Example(
        "in its own module it only changes its name",
        'import m as x\n\nx.Old(), getattr(x, "Old"), x.keep()\n',
        'import m as x\n\nx.New(), getattr(x, "New"), x.keep()\n',
        replace=("m:Old=m:New",),
        other_files={"m.py": "class New: ...\ndef keep(): ...\n"},
    ),
    Example(
        "named by a string, as a getter or the only keyword of `patch.multiple`",
        'import m as x\n\nattrgetter("Old")(x), patch.multiple(x, Old=1, spec=True), self.patch(x, "Old", 1)\n',
        'import n as x\n\nattrgetter("New")(x), patch.multiple(x, New=1, spec=True), self.patch(x, "New", 1)\n',
    ),
    Example(
        "through a re-export that takes all there is",
        "import p as x\n\nx.Old(), x.keep()\n",
        "import p as x\n\nx.New(), x.keep()\n",
        style="rename",
        other_files={"p/__init__.py": "from p.q import *\nkeep = 1\n", "p/q.py": "class New: ...\n"},
        replace=("p.q:Old=p.q:New",),
    ),
    Example(
        "all that is reached is migrated: the name stays",
        "import m as x\n\nx.Old(), x.Old.y\n",
        "import n as x\n\nx.New(), x.New.y\n",
    ),
    Example(
        "`from a import b`: the name stays",
        "from a import b\n\nb.Old()\n",
        "from a import n as b\n\nb.New()\n",
        replace=("a.b:Old=a.n:New",),
    ),
    Example(
        "`rename` takes the new module's name",
        "from a import b\n\nb.Old()\n",
        "from a import n\n\nn.New()\n",
        style="rename",
        replace=("a.b:Old=a.n:New",),
    ),
    Example(
        "beside what else is used of it",
        "from a import b\n\nb.Old(), b.keep()\n",
        "from a import b\nfrom a import n\n\nn.New(), b.keep()\n",
        replace=("a.b:Old=a.n:New",),
    ),
    Example(
        "other files reach the old module as a name of this one: it stays for them",
        "from a import b\n\nb.Old()\n",
        "from a import b\nfrom a import n\n\nn.New()\n",
        replace=("a.b:Old=a.n:New",),
        other_files={"q.py": "import app\n\napp.b.Old, app.b.keep\n"},
    ),
    Example(
        "so it does where they hold no word that is migrated, and for those who import it from there",
        "from a import b\n\nb.Old()\n",
        "from a import b\nfrom a import n\n\nn.New()\n",
        replace=("a.b:Old=a.n:New",),
        other_files={"p.py": "from app import b as x\n", "q.py": "import p\n\np.x.keep()\n"},
    ),
    Example(
        "a string replaces the old module in the other one, through this",
        "from c import mid\n\nmid.m.Old()\n",
        other_files={"c/__init__.py": "", "c/mid.py": "import m\n", "q.py": 'patch("app.mid.m")\n'},
        note="another file replaces m of c.mid",
    ),
    Example(
        "other files take something through it that the new module lacks: the old one stays for them",
        "from a import b as x\n\nx.Old()\n",
        "from a import b as x\nfrom a import n\n\nn.Old()\n",
        replace=("a.b=a.n",),
        other_files={"a/n.py": "class Old: ...\n", "q.py": "import app\n\napp.x.keep()\n"},
        note="other files take something through it that a.n doesn't define",
    ),
    Example(
        "other files reach only what is migrated: their references are migrated too",
        "from a import b\n\nb.Old()\n",
        "from a import n as b\n\nb.New()\n",
        replace=("a.b:Old=a.n:New",),
        other_files={"q.py": "import app\n\napp.b.Old\n"},
    ),
    Example(
        "a module of this very package is one of its names",
        "from . import b\n\nb.Old()\n",
        "from . import b\nfrom . import n\n\nn.New()\n",
        path="a/__init__.py",
        replace=("a.b:Old=a.n:New",),
    ),
    Example(
        "a module that moves as a whole keeps the name that others patch",
        "from a import b\n\nb.keep()\n",
        "from a import n as b\n\nb.keep()\n",
        style="rename",
        replace=("a.b=a.n",),
        other_files={**BOTH, "q.py": 'patch("app.b")\n'},
        strings=True,
    ),
    Example(
        "a module that moves as a whole keeps a public name",
        'from . import b\n\n__all__ = ["b"]\n',
        'from . import n as b\n\n__all__ = ["b"]\n',
        style="rename",
        path="a/x.py",
        replace=("a.b=a.n",),
        other_files=BOTH,
    ),
    Example(
        "relative, where it was",
        "from . import b\n\nb.Old()\n",
        "from . import n as b\n\nb.New()\n",
        path="a/x.py",
        replace=("a.b:Old=a.n:New",),
    ),
    Example(
        "one name for a module and for what is below another",
        "import m as m\nimport m.x\n\nm.Old\n",
        note="imported from several modules",
    ),
    Example(
        "a module of a package that is reached through the package: the new one is loaded",
        "from a import p\nimport a.p.b\n\np.b.Old()\n",
        "from a.p import n\nimport a.p.b\n\nn.New()\n",
        replace=("a.p.b:Old=a.p.n:New",),
        other_files={
            "a/p/__init__.py": "",
            "a/p/b.py": "class Old: ...\n",
            "a/p/n.py": "class New: ...\n",
        },
    ),
)
