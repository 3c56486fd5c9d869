"""`x = m`, and then `x.Old`: the use is migrated as if it named the module itself."""

from __future__ import annotations

from codemods.edit.file_rewrite import FileRewrite
from codemods.edit.file_view import ImportBinding
from codemods.edit.module_uses import ModuleUse, module_uses, without_trouble
from codemods.model.example import Example
from codemods.model.facts import IMPORT, STORE, AliasAssignment
from codemods.rewrites.module_aliases import import_beside
from codemods.rewrites.rename import is_quoted_below


def decide(file: FileRewrite) -> None:
    for assignment in file.facts.alias_assignments:
        group = module_assigned(file, assignment)
        if group and file.roles(assignment.scope, assignment.name) == {STORE}:
            move_uses(file, assignment, group)


def module_assigned(file: FileRewrite, assignment: AliasAssignment) -> list[ImportBinding]:
    """The imports that bind the module; empty where it may be something else."""
    root = assignment.value.partition(".")[0]
    home = file.facts.binding_scope(root, assignment.scope)
    group = file.bindings_by_name.get((home, root), [])
    is_one = len({(binding.origin, binding.binds_root) for binding in group}) == 1
    return group if is_one and file.roles(home, root) == {IMPORT} else []


def move_uses(file: FileRewrite, assignment: AliasAssignment, group: list[ImportBinding]) -> None:
    parts = (*group[0].origin, *assignment.value.split(".")[1:])
    uses, others = module_uses(file, assignment.scope, assignment.name, parts)
    uses = [use for use in uses if is_visible(file, group[0], use) and use.match.new_name]
    quoted = is_quoted_below(file, assignment.scope, assignment.name, [use.mention for use in uses])
    if uses and not quoted and [one.role for one in others].count(STORE) == 1:
        uses = without_trouble(file, uses)
        import_beside(file, group[:1], uses)
        module = ".".join(parts)
        file.loaded_modules[assignment.name] = (module, module)


def is_visible(file: FileRewrite, binding: ImportBinding, use: ModuleUse) -> bool:
    """Whether what is imported beside the module is seen where the use is."""
    inner = list(file.scopes_between(use.mention.scope, -1))
    kind = file.facts.scopes[binding.scope].kind
    return binding.scope in inner and (kind != "class" or binding.scope == use.mention.scope)


EXAMPLES = (
    Example("another module", "import other\n\nx = other\nx.Old()\n"),
    Example(
        "the name may be something else",
        "import m\n\nx = m\nif a:\n    x = b\nx.Old()\n",
        note="through another name of the module",
    ),
    Example(
        "a type in a string, and a name of the module that is called like the one in the function",
        "import m\n\nx = None\n\ndef f():\n    x = m\n    def g(y: 'x.Old'): ...\n",
        note="through another name of the module",
    ),
    Example(
        "it is used where the module's own name is",
        "import m\n\nx = m\nx.Old(), x.keep()\n",
        "import m\nimport n\n\nx = m\nn.New(), x.keep()\n",
    ),
    Example(
        "a module in a package, in a function",
        "import a.b\n\ndef f():\n    x = a.b\n    return x.Old()\n",
        "import a.b\nimport a.n\n\ndef f():\n    x = a.b\n    return a.n.New()\n",
        replace=("a.b:Old=a.n:New",),
    ),
)
