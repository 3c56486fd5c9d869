"""`from m import Old` and what it binds: in the style `as`, in the style `alias`, and where `rename` can't be."""

from __future__ import annotations

from codemods.edit.alias_assignment import is_above_imports
from codemods.edit.file_rewrite import FileRewrite
from codemods.edit.file_view import ImportBinding
from codemods.edit.imports.import_statements import NewAlias
from codemods.link.symbol_match import SymbolMatch
from codemods.model.example import Example
from codemods.model.facts import IN_TRY, ONLY_IN_BLOCK, RUNS_LATER, Import, Mention
from codemods.model.rules import Replacement
from codemods.rewrites.call_changes.retarget import (
    calls_alone_follow,
    keep_name,
    retarget_calls,
    retarget_trouble,
    uses_that_stay,
)
from codemods.rewrites.late_imports import import_late
from codemods.rewrites.new_module import use_bare_name
from codemods.rewrites.rename import alias_trouble, rename_trouble, rename_uses

OTHER_MEANING = "renaming it would change what another name means"


def decide(file: FileRewrite) -> None:
    report_broken(file)
    for binding in file.bindings:
        if binding.match is None or binding.binds_root or binding.match.new_name is None:
            continue
        if file.statement(binding).module is None:
            continue
        decide_binding(file, binding, binding.match)


def report_broken(file: FileRewrite) -> None:
    """Imports that can't work: beyond the top package, or of a name that the deprecated module does not have."""
    names = {rule.old.name for rule in file.links.rules.replace}
    for statement in file.facts.imports:
        if statement.module is None:
            continue
        module = file.links.modules.absolute(file.path, statement.level, statement.module)
        for alias in statement.aliases:
            line, column = alias.line, alias.column
            if module is None:
                last = (statement.module or alias.name).rpartition(".")[2]
                old_names = {old.rpartition(".")[2] for old in file.links.old_modules}
                if alias.name in names or last in old_names:
                    file.add_site(
                        line,
                        column,
                        "import",
                        alias.name,
                        False,
                        "the relative import goes beyond the top-level package",
                    )
                continue
            trouble = file.links.dangling_trouble(module, alias.name)
            if trouble and file.find((*module.split("."), alias.name)) is None:
                file.add_site(line, column, "dangling", f"{module}:{alias.name}", False, trouble)


def decide_binding(file: FileRewrite, binding: ImportBinding, match: SymbolMatch) -> None:
    rule = file.links.rule_of(match)
    trouble = match.trouble or blocked_reexport(file, binding) or hidden_by_module(file, binding)
    trouble = trouble or retarget_trouble(file, binding, match)
    if trouble:
        file.add_alias_site(binding, match, trouble)
    elif uses_that_stay(file, match, file.mentions(binding.scope, binding.name)):
        keep_name(file, binding, match)
    elif match.new_module in file.module_names and rule.old.name:
        use_bare_name(file, binding, match)
    elif not import_late(file, binding, match):
        replace_import(file, binding, match, rule)


def blocked_reexport(file: FileRewrite, binding: ImportBinding) -> str:
    """Why other files still need the old symbol in this one."""
    reasons = [file.links.blocked_reexports.get((module, binding.name), "") for module in file.module_names]
    return next(filter(None, reasons), "") if binding.scope == 0 else ""


def hidden_by_module(file: FileRewrite, binding: ImportBinding) -> str:
    """`from .Old import Old` in a package: once the module is loaded later, it takes the place of the name."""
    modules, statement = file.links.modules, file.statement(binding)
    module = modules.absolute(file.path, statement.level, statement.module) or ""
    if binding.scope or not modules.is_package(file.path):
        return ""
    if any(module == f"{own}.{binding.name}" for own in file.module_names):
        return f"{module} is a module as well, and would take the place of the name when it is loaded"
    return ""


def replace_import(file: FileRewrite, binding: ImportBinding, match: SymbolMatch, rule: Replacement) -> None:
    alias, statement = file.alias(binding), file.statement(binding)
    module, name = file.module_as_written(match.new_module, statement), match.new_name or ""
    retarget_calls(file, binding, match)
    uses = file.mentions(binding.scope, binding.name)
    note, local, trouble = "", alias.bound_name, ""
    is_offered = alias.asname == alias.name and not (rule.style == "as" and file.path.endswith(".pyi"))
    if alias.name != name and (is_offered or (alias.asname is None and rule.style != "as")):
        trouble = OTHER_MEANING if file.keeps_names else ""
        trouble = trouble or (
            rename_trouble(file, binding, match, uses)
            if rule.style == "rename" and not is_offered
            else alias_trouble(file, binding, name) or assignment_trouble(file, binding)
        )
        note = f"keeps its old name: {trouble}" if trouble else ""
        if not trouble:
            local = name
    note = note or ("imported through a re-export" if match.via_reexport else "")
    file.add_alias_site(binding, match, "", note)
    if calls_alone_follow(file, binding, match):
        file.set_outcome(binding, "drop")
        return
    new = NewAlias(module, name, local)
    twin = None if file.keeps_names else same_import(file, binding, match, local, uses)
    if twin:
        file.set_outcome(binding, "drop")
    elif local != name or file.keeps_names or not file.join(binding, new, uses):
        file.set_outcome(binding, new)
    if local != alias.bound_name and (is_offered or rule.style == "alias"):
        file.add_assignment(binding, local)
    elif local != alias.bound_name:
        rename_uses(file, binding.scope, alias.bound_name, name, match)
    file.add_calls(uses, match)


def assignment_trouble(file: FileRewrite, binding: ImportBinding) -> str:
    """Why the name is kept by the import itself."""
    if file.is_read_between_imports(binding):
        return "it's read before the last import"
    if binding.match and binding.match.rule_number in file.links.tests:
        return "a test runner would find it twice"
    scope, style = file.facts.scopes[binding.scope].kind, file.style
    statement = file.statement(binding)
    if style.is_formatted and statement.column:
        return "the formatter wants a blank line between imports and what follows"
    if style.sorter and statement.column and is_above_imports(file.source, statement.end):
        return "other imports follow it in its block"
    if style.lowercase_variables and scope == "function" and not binding.name.islower():
        return "the linter would find a variable that is spelled like a class"
    if style.imports_alone_in_packages and file.path.endswith("__init__.py"):
        return "the linter wants nothing but imports here"
    return ""


def same_import(
    file: FileRewrite, binding: ImportBinding, match: SymbolMatch, local: str, uses: list[Mention]
) -> ImportBinding | None:
    """Another statement of the same block that already binds this name to this symbol, in time for every use."""
    own_statement = file.statement(binding)
    for other in file.bindings_by_name.get((binding.scope, local), ()):
        if (
            other.statement == binding.statement
            and other.alias >= binding.alias
            and not (other.match is None and other.brings(match))
        ):
            continue
        statement = file.statement(other)
        same = other.brings(match) or (
            other.match is not None
            and other.match.new_dotted == match.new_dotted
            and file.alias(other).bound_name == local
            and (other.statement, other.alias) < (binding.statement, binding.alias)
            and (other.match.new_module, other.match.new_name) == (match.new_module, match.new_name)
        )
        level = (statement.column, statement.flags & ~ONLY_IN_BLOCK) == (
            own_statement.column,
            own_statement.flags & ~ONLY_IN_BLOCK,
        )
        if not same or other.binds_root or not level or own_statement.flags & IN_TRY:
            continue
        if not share_block(file.source.text, statement, own_statement):
            continue
        early = statement.start <= own_statement.start or not any(
            own_statement.start < use.start < statement.start and not use.flags & RUNS_LATER for use in uses
        )
        if early and other != binding:
            return other
    return None


def share_block(text: bytes, one: Import, other: Import) -> bool:
    """Whether nothing between two statements of the same column ends their block, or begins another branch of it."""
    first, second = sorted((one, other), key=lambda statement: statement.start)
    between = text[first.end : second.start].splitlines()[1:-1]
    columns = [(len(line) - len(line.lstrip(b" \t")), line) for line in between if line.strip()]
    return all(column >= first.column or line.lstrip().startswith(b"#") for column, line in columns)


EXAMPLES = (
    Example("another module's name of the same spelling", "from other import Old\n\nOld()\n"),
    Example("a keyword, an attribute of something else, a key", 'f(Old=1)\nobj.Old\n{"Old": 1}\n'),
    Example(
        "a relative import beyond the top package",
        "from ... import m\nfrom ...m import Old\n",
        path="p/q.py",
        note="beyond the top-level package",
    ),
    Example(
        "the new module does not define the new name",
        "from m import Old\n",
        replace=("m:Old=n:Newer",),
        other_files={"a/c.py": "Newer: int = 1\n"},
        note="n doesn't define Newer; defined in a.c",
    ),
    Example(
        "`as`: the name stays, its source changes",
        "from m import Old\n\nOld()\n",
        "from n import New as Old\n\nOld()\n",
    ),
    Example(
        "`Old as Old` says that others may import it, which `New as Old` doesn't",
        "from m import Old as Old\n",
        "from n import New\nOld = New  # kept while uses of the old name are moved\n",
    ),
    Example(
        "`alias`: a line behind the import",
        "from m import Old\n\nOld()\n",
        "from n import New\nOld = New  # kept while uses of the old name are moved\n\nOld()\n",
        style="alias",
    ),
    Example(
        "`alias` at the end of a file without a line end",
        "from m import Old",
        "from n import New\nOld = New  # kept while uses of the old name are moved",
        style="alias",
    ),
    Example(
        "a module of the package that has the name as well",
        "from .Old import Old\n",
        path="p/__init__.py",
        replace=("p.Old:Old=n:New",),
        other_files={"p/Old.py": "class Old: ...\n"},
        note="would take the place of the name",
    ),
    Example(
        "`alias` with other imports behind it: below the last of them",
        "import os\n\nfrom m import Old\nimport sys\n\nOld(), os, sys\n",
        "import os\n\nfrom n import New\nimport sys\n\nOld = New  # kept while uses of the old name are moved\n\n"
        "Old(), os, sys\n",
        style="alias",
    ),
    Example(
        "`alias` that is read between the imports: no assignment comes before an import",
        "from m import Old\n\nif Old:\n    import sys\n",
        "from n import New as Old\n\nif Old:\n    import sys\n",
        style="alias",
    ),
    Example(
        "`alias` that a string names between the imports",
        "from m import Old\n\nif 'Old' in locals():\n    import sys\n",
        "from n import New as Old\n\nif 'Old' in locals():\n    import sys\n",
        style="alias",
    ),
    Example(
        "`alias` where a function that is called below has an import",
        "from m import Old\n\nif a:\n    def f():\n        import sys\n        return Old\n    f()\n",
        "from n import New\nOld = New  # kept while uses of the old name are moved\n\n"
        "if a:\n    def f():\n        import sys\n        return Old\n    f()\n",
        style="alias",
    ),
    Example(
        "`alias` where a function is called before the last import",
        "from m import Old\n\nif a:\n    def f(): return Old\n    f()\n    import sys\n",
        "from n import New as Old\n\nif a:\n    def f(): return Old\n    f()\n    import sys\n",
        style="alias",
    ),
    *(
        Example(
            f"`alias` of what a test runner would find under both names, {new}",
            "from m import Old\n",
            f"from n import {new} as Old\n",
            style="alias",
            replace=(f"m:Old=n:{new}",),
            other_files={"m.py": f"class Old{bases}: ...\n", "n.py": f"class {new}: ...\n"},
        )
        for new, bases in (("TestNew", ""), ("New", "(unittest.TestCase)"))
    ),
    Example(
        "`alias` on a line that others share",
        "if True: from m import Old; x = Old()\n",
        "if True: from n import New; Old = New; x = Old()\n",
        style="alias",
    ),
    Example(
        "`alias` where the new name is taken",
        "from m import Old\n\nNew = 1\n",
        "from n import New as Old\n\nNew = 1\n",
        style="alias",
    ),
    Example(
        "the names of one statement part; comments and the trailing comma stay",
        "from m import (  # c0\n    Old,  # c1\n    Other,\n)\n",
        "from m import (  # c0\n    Other,\n)\nfrom n import New as Old  # c1\n",
    ),
    Example(
        "comments between the names stay where they are",
        "from m import (\n    Other,  # c1\n    # c2\n    Old,\n    keep  # c3\n)\n",
        "from m import (\n    Other,  # c1\n    # c2\n    keep  # c3\n)\nfrom n import New as Old\n",
    ),
    Example(
        "one name out of a line of them",
        "from m import Other, Old, keep  # noqa: F401\n",
        "from m import Other, keep  # noqa: F401\nfrom n import New as Old  # noqa: F401\n",
    ),
    Example(
        "a new import of the same symbol stands beside: nothing is bound twice",
        "from n import New\nfrom m import Old\n\nOld(), New()\n",
        "from n import New\nfrom n import New as Old\n\nOld(), New()\n",
    ),
    Example(
        "an import of the new module is there: the name joins it",
        "from m import Old, Other\nfrom n import other, z\n\nOld(), Other, other, z\n",
        "from m import Other\nfrom n import New, other, z\n\nNew(), Other, other, z\n",
        style="rename",
    ),
    Example(
        "an import of the new module in another block, or with a comment, is left alone",
        "if a:\n    from n import x\nfrom n import y  # noqa\nfrom m import Old\n\nOld()\n",
        "if a:\n    from n import x\nfrom n import y  # noqa\nfrom n import New\n\nNew()\n",
        style="rename",
    ),
    Example(
        "the same symbol is imported from both modules",
        "from n import Old\nfrom m import Old\n\nOld()\n",
        "from n import Old\n\nOld()\n",
        replace=("m:Old=n:Old",),
        other_files={"n.py": "class Old:\n    pass\n"},
    ),
    Example(
        "a fallback between two modules stays a fallback",
        "try:\n    from n import Old\nexcept ImportError:\n    from m import Old\n",
        "try:\n    from n import Old\nexcept ImportError:\n    from n import Old\n",
        replace=("m:Old=n:Old",),
        other_files={"n.py": "class Old:\n    pass\n"},
    ),
    Example(
        "an import of the same symbol in another branch may not have run",
        "if a:\n    from n import New\nif b:\n    from m import Old\n    Old()\n",
        "if a:\n    from n import New\nif b:\n    from n import New as Old\n    Old()\n",
        style="rename",
    ),
    Example(
        "nor one in another branch of the same statement",
        "if a:\n    from n import New\nelse:\n    from m import Old as New\n\nNew()\n",
        "if a:\n    from n import New\nelse:\n    from n import New\n\nNew()\n",
    ),
    Example(
        "each branch keeps its import, whoever reads what it binds",
        "if a:\n    from m import Old\nelse:\n    from m import Old\n",
        "if a:\n    from n import New as Old\nelse:\n    from n import New as Old\n",
    ),
    Example("never two `as`", "from m import Old as New\n\nNew()\n", "from n import New\n\nNew()\n"),
    Example("another name stays", "from m import Old as X\n\nX()\n", "from n import New as X\n\nX()\n"),
    Example(
        "a deliberate re-export keeps its public name",
        "from m import Old as Old\n",
        "from n import New\nOld = New  # kept while uses of the old name are moved\n",
        style="rename",
    ),
    Example(
        "the same symbol under two names",
        "from m import Old, Old as O2\n\nOld, O2\n",
        "from n import New as Old, New as O2\n\nOld, O2\n",
    ),
    Example(
        "a relative import in a module: the level counts from its package",
        "from .m import Old\n",
        "from .n import New as Old\n",
        path="p/q/r.py",
        replace=("p.q.m:Old=p.q.n:New",),
        other_files={
            "p/q/m.py": "class Old: ...\n",
            "p/q/n.py": "class New: ...\n",
            "p/__init__.py": "",
            "p/q/__init__.py": "",
        },
    ),
    Example(
        "a relative import in a package's own file: the level counts from there",
        "from .m import Old\n",
        "from ..x.n import New as Old\n",
        path="p/q/__init__.py",
        replace=("p.q.m:Old=p.x.n:New",),
        other_files={"p/q/m.py": "class Old: ...\n", "p/x/n.py": "class New: ...\n", "p/__init__.py": ""},
    ),
    Example(
        "no space behind `from`",
        "from.m import(Old)\n",
        "from .n import(New as Old)\n",
        path="p/r.py",
        replace=("p.m:Old=p.n:New",),
        other_files={"p/m.py": "class Old: ...\n", "p/n.py": "class New: ...\n", "p/__init__.py": ""},
    ),
    Example(
        "the fallback stays bound",
        "try:\n    from m import Old\nexcept ImportError:\n    Old = None\n",
        "try:\n    from n import New as Old\nexcept ImportError:\n    Old = None\n",
    ),
    Example(
        "the import stays in its block",
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from m import Old\n\nx: 'Old'\n",
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from n import New as Old\n\nx: 'Old'\n",
    ),
    Example(
        "an import in a function stays there",
        "def f():\n    from m import Old, Other\n    return Old, Other\n",
        "def f():\n    from m import Other\n    from n import New as Old\n    return Old, Other\n",
    ),
    Example(
        "a continuation stays legal",
        "from m import Old, \\\n    Other\n",
        "from m import Other\nfrom n import New as Old\n",
    ),
    Example(
        "a continuation stays legal where the last name goes",
        "from m import Other, \\\n    Old\n",
        "from m import Other\nfrom n import New as Old\n",
    ),
    Example(
        "one line stays one legal line",
        "if True: from m import Old, Other; y = Old\n",
        "if True: from m import Other; from n import New as Old; y = Old\n",
    ),
    Example(
        "a block is never left empty",
        "from n import New\n\n\ndef f():\n    from m import Old\n",
        "from n import New\n\n\ndef f():\n    from n import New as Old\n",
    ),
    Example(
        "behind the docstring, the coding line and `__future__`",
        '# -*- coding: utf-8 -*-\n# Licence\n"""Doc."""\nfrom __future__ import annotations\nfrom m import Old\n',
        '# -*- coding: utf-8 -*-\n# Licence\n"""Doc."""\nfrom __future__ import annotations\nfrom n import New as Old\n',
    ),
    Example(
        "`as` leaves `__all__` alone",
        'from m import Old\n\n__all__ = ["Old"]\n',
        'from n import New as Old\n\n__all__ = ["Old"]\n',
    ),
    Example(
        "a re-export keeps its name, and who imports it from there needs no change",
        "from p import Old\n",
        other_files={"p/__init__.py": "from m import Old\n"},
    ),
    Example(
        "`# noqa` and `# type: ignore` stay on their statement",
        "from m import Old  # type: ignore[attr-defined]\n",
        "from n import New as Old  # type: ignore[attr-defined]\n",
    ),
    Example(
        "two replacements at once, one for the other: a second run would swap them back",
        "from m import Old, Other\n\nOld, Other\n",
        note="a second run would change this again",
        replace=("m:Old=m:Other", "m:Other=m:Old"),
    ),
    Example(
        "a stub is a module as well",
        "from m import Old\n\ndef f(x: Old) -> None: ...\n",
        "from n import New as Old\n\ndef f(x: Old) -> None: ...\n",
        path="app.pyi",
    ),
    Example(
        "a stub that offers the name",
        "from m import Old as Old\n",
        "from n import New as Old\n",
        path="app.pyi",
    ),
    Example(
        "names that the old module never had are not migrated",
        "from m import Old, gone\n",
        "from m import gone\nfrom n import New as Old\n",
        note="m doesn't define gone",
    ),
    Example(
        "the reason says where else they are defined",
        "from m import gone\n",
        other_files={"a/c.py": "class gone: ...\n", "app2.py": "def f():\n    gone = 1\n"},
        note="m doesn't define gone; defined in a.c",
    ),
)
