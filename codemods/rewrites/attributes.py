"""`m.Old` in all the forms in which a module can be named, and modules that are migrated as a whole."""

from __future__ import annotations

from codemods.edit.file_rewrite import FileRewrite
from codemods.edit.file_view import ImportBinding
from codemods.edit.module_or_none import is_module_or_none
from codemods.edit.module_uses import (
    ModuleUse,
    is_reached_elsewhere,
    module_uses,
    report_use,
    trouble_of,
    without_trouble,
)
from codemods.model.example import Example
from codemods.model.facts import STORE, Mention
from codemods.read.run_time_names.evaluated_names import is_word_in_strings
from codemods.rewrites.call_changes.retarget import calls_another
from codemods.rewrites.dotted_imports import move_dotted
from codemods.rewrites.module_aliases import can_replace, import_beside, keep_named, module_reached
from codemods.rewrites.rename import is_in_doctest, is_quoted_below


def decide(file: FileRewrite) -> None:
    for (scope, name), bindings in file.bindings_by_name.items():
        group = [b for b in bindings if not is_symbol(file, b)]
        if scope and name in file.facts.scopes[scope].declared and not moves_under_its_name(group):
            report_declared(file, scope, name, group)
        elif group:
            decide_group(file, scope, name, group)


def moves_under_its_name(group: list[ImportBinding]) -> bool:
    """Whether a whole module moves whose name stays: nothing that is taken of it has to change."""
    return all(one.match is not None and one.match.new_name is None and not one.binds_root for one in group)


def report_declared(file: FileRewrite, scope: int, name: str, group: list[ImportBinding]) -> None:
    """`def f(): global m; import m`: what is used elsewhere is there only once the function has run."""
    trouble = f"{name} is imported in a function that declares it {file.facts.scopes[scope].declared[name]}"
    for one in group:
        if one.match is not None and one.match.new_name is None:
            file.add_alias_site(one, one.match, trouble)
    home = file.facts.binding_scope(name, scope)
    if (home, name) not in file.bindings_by_name:
        for use in module_uses(file, home, name, group[0].origin)[0]:
            report_use(file, use, trouble)


def is_symbol(file: FileRewrite, binding: ImportBinding) -> bool:
    """Those are decided by their names, not by what is reached through them."""
    return not binding.binds_root and binding.match is not None and binding.match.new_name is not None


def decide_group(file: FileRewrite, scope: int, name: str, group: list[ImportBinding]) -> None:
    parts = group[0].origin
    uses, others = module_uses(file, scope, name, parts)
    for origin in {one.origin for one in group} - {parts} if not uses else ():
        uses += module_uses(file, scope, name, origin)[0]
    whole_module = [
        binding for binding in group if binding.match is not None and binding.match.new_name is None
    ]
    if not uses and not whole_module:
        return
    trouble = ""
    if any((binding.origin, binding.binds_root) != (parts, group[0].binds_root) for binding in group) or len(
        group
    ) < len(file.bindings_by_name[(scope, name)]):
        trouble = f"{name} is imported from several modules"
    elif is_quoted_below(file, scope, name, [use.mention for use in uses]):
        trouble = f"a string names {name}, which the module binds as well"
    elif (not whole_module or group[0].binds_root) and is_read_below(
        file, scope, name, [use.mention for use in uses]
    ):
        trouble = f"a string names {name}, which a function around it imports"
    elif whole_module and group[0].binds_root and file.is_used_in_code(name):
        trouble = f"code in a string names {name}"
        for binding in whole_module:
            file.add_alias_site(binding, binding.match, trouble)  # type: ignore[arg-type]
    elif not whole_module and STORE in file.roles(scope, name):
        if stays_module_or_none(file, group, uses, others):
            keep_named(file, group, uses, stay=False)
            return
        trouble = f"other statements assign {name} too"
    elif report_blocked(file, whole_module) or any(trouble_of(file, use) for use in uses):
        movable_uses = without_trouble(file, uses)
        if movable_uses:
            keep_named(file, group, movable_uses, stay=True)
        return
    if trouble:
        for use in uses:
            report_use(file, use, trouble)
        return
    uses = without_other_targets(file, group, uses)
    if scope == 0 and is_in_doctest(file, name):
        import_beside(file, group, uses)
    elif group[0].binds_root and not is_kept_name(file, group[0], bool(whole_module)):
        move_dotted(file, group, uses, others)
    else:
        stays = bool(others) or file.is_used_in_code(name)
        keep_named(file, group, uses, stay=stays and not whole_module)


def stays_module_or_none(
    file: FileRewrite, group: list[ImportBinding], uses: list[ModuleUse], others: list[Mention]
) -> bool:
    """Whether the name can become another module's, and what else is there asks only whether it has one."""
    own = group[0]
    return (
        (not own.binds_root or file.alias(own).name == own.name)
        and len({module_reached(use) for use in uses}) == 1
        and all(can_replace(file, use) and use.match.new_module == module_reached(use) for use in uses)
        and not any(trouble_of(file, use) or calls_another(file, use.match) for use in uses)
        and not is_reached_elsewhere(file, own.scope, own.name)
        and not file.is_used_in_code(own.name)
        and not file.keeps_names
        and not is_in_doctest(file, own.name)
        and is_module_or_none(file, own.name, others)
    )


def is_read_below(file: FileRewrite, scope: int, name: str, uses: list[Mention]) -> bool:
    """Whether what a string names may reach a function only since other code in it uses it: `exec("x.Old()"); x.Old`"""
    is_inner = file.facts.scopes[scope].kind == "function" and any(use.scope != scope for use in uses)
    return is_inner and is_word_in_strings(file.source, name)


def report_blocked(file: FileRewrite, whole_module: list[ImportBinding]) -> bool:
    """Whether the module itself can't be replaced here; then it's said."""
    blocked = [(one, one.match) for one in whole_module if one.match and one.match.trouble]
    for binding, match in blocked:
        file.add_alias_site(binding, match, match.trouble)
    return bool(blocked)


def without_other_targets(
    file: FileRewrite, group: list[ImportBinding], uses: list[ModuleUse]
) -> list[ModuleUse]:
    """Calls of something in another module than the new symbol's get an import of their own beside the others."""
    elsewhere = [use for use in uses if use.match.new_module != file.links.rule_of(use.match).new.module]
    elsewhere = [use for use in elsewhere if calls_another(file, use.match)]
    if not elsewhere or len(elsewhere) == len(uses):
        return uses
    import_beside(file, group, elsewhere)
    return [use for use in uses if use not in elsewhere]


def is_kept_name(file: FileRewrite, binding: ImportBinding, moves_whole: bool) -> bool:
    """`import m` becomes `import n as m` if the module is migrated and other files reach it as a name of this file."""
    return (
        moves_whole
        and len(file.alias(binding).name.split(".")) == 1
        and is_reached_elsewhere(file, binding.scope, binding.name)
    )


WHOLE = ("a.b=a.n",)
BOTH = {"a/n.py": "class Old:\n    pass\n\n\ndef keep():\n    pass\n"}
EXAMPLES = (
    Example(
        "modules that swap their names: a second run would swap them back",
        "import a.b\nfrom a import b, n\n\na.b.Old(b, n)\n",
        replace=("a.b=a.n", "a.n=a.b"),
        other_files=BOTH,
        note="another rule replaces a.n, so a second run would change this again",
    ),
    Example(
        "a module that the new package lacks",
        "from a.b import c\n\nc.x\n",
        replace=WHOLE,
        other_files={"a/b/__init__.py": "", "a/b/c.py": "x = 1\n", "a/n/__init__.py": ""},
        note="a.n.c is not a module of this repository",
    ),
    Example(
        "a name of a package that means a module once that is loaded",
        "import p\nfrom p import Old\n\np.Old(), Old()\n",
        style="rename",
        other_files={"p/__init__.py": "from m import Old\n", "p/Old.py": "x = 1\n"},
        note="p.Old is a module as well",
    ),
    Example(
        "a new name that means a module once that is loaded",
        "from m import Old\n\nOld()\n",
        replace=("m:Old=p:New",),
        other_files={"p/__init__.py": "class New: ...\n", "p/New.py": "x = 1\n"},
        note="p.New is a module as well",
    ),
    Example(
        "a new name that its package takes of the module that is called like it",
        "from m import Old\n\nOld()\n",
        "from p import New as Old\n\nOld()\n",
        replace=("m:Old=p:New",),
        other_files={"p/__init__.py": "from .New import New\n", "p/New.py": "class New: ...\n"},
    ),
    Example(
        "an example in a docstring uses the module: it stays imported, and the example is listed",
        'import m\n\ndef f():\n    """\n    >>> m.Old()\n    """\n\nm.Old()\n',
        'import m\nimport n\n\ndef f():\n    """\n    >>> m.Old()\n    """\n\nn.New()\n',
        note="code in a string",
    ),
    Example(
        "a fallback for the module may be anything",
        "try:\n    import m\nexcept ImportError:\n    m = fake\n\nx = m.Old()\n",
        note="other statements assign m too",
    ),
    Example(
        "a module or None, of which something else is used as well",
        "try:\n    import m\nexcept ImportError:\n    m = None\n\nx = m and m.Old(), m\n",
        note="other statements assign m too",
    ),
    Example(
        "a module or None, where the rest only asks which",
        "try:\n    import m\nexcept ImportError:\n    m = None\n\nx = m.Old() if m else None\ny = m is None or not m\n",
        "try:\n    import n as m\nexcept ImportError:\n    m = None\n\nx = m.New() if m else None\n"
        "y = m is None or not m\n",
    ),
    Example(
        "the rule that says more about a name is the one that counts",
        "from a.b import Old, keep\nimport a.b\n\na.b.keep(Old)\n",
        "from n import New as Old\nfrom a.n import keep\nimport a.n\n\na.n.keep(Old)\n",
        replace=("a.b=a.n", "a.b:Old=n:New"),
        other_files=BOTH,
    ),
    Example(
        "a name that the new module lacks",
        "from a.b import gone\n",
        replace=WHOLE,
        other_files=BOTH,
        note="a.b doesn't define gone",
    ),
    Example(
        "a name that another module has, reached through the module",
        "from a import b\n\nb.gone()\n",
        replace=WHOLE,
        other_files={**BOTH, "a/c.py": "async def gone(): ...\n"},
        note="a.b doesn't define gone; defined in a.c",
    ),
    Example(
        "a module that moves under its name, which code in a string uses",
        'import a.b as x\n\nexec("x.keep()")\n',
        'import a.n as x\n\nexec("x.keep()")\n',
        replace=WHOLE,
        other_files=BOTH,
    ),
    Example(
        "code in a string that has the module from the function around it, as another use is beside it",
        'def f():\n    import m as x\n    def g():\n        exec("x.Old()")\n        return x.Old\n',
        note="a string names x, which a function around it imports",
    ),
    Example(
        "a name that is looked up in a function, and comes from the one around it",
        'def f():\n    import m as x\n    def g(): return locals()["x"], x.Old\n',
        note="a string names x, which a function around it imports",
    ),
    Example(
        "a function that says nothing to others by strings",
        'def f():\n    import m as x\n    def g(): return x.Old\n    return locals()["y"]\n',
        'def f():\n    import n as x\n    def g(): return x.New\n    return locals()["y"]\n',
    ),
    Example(
        "a module that a function imports for all of the file",
        "x = None\n\ndef f():\n    global x\n    if x is None:\n        import m as x\n    return x.Old()\n",
        note="x is imported in a function that declares it global",
    ),
    Example(
        "and for the function around it",
        "def f():\n    x = None\n    def g(): nonlocal x; import m as x\n    g()\n    x.Old()\n",
        note="x is imported in a function that declares it nonlocal",
    ),
    Example(
        "a whole module that a function imports for all of the file, and by its first name",
        "def f():\n    global a\n    import a.b\n\nf()\na.b.keep()\n",
        replace=WHOLE,
        other_files=BOTH,
        note="a is imported in a function that declares it global",
    ),
    Example(
        "a whole module that a function imports for all of the file, under another name",
        "def f():\n    global x\n    import a.b as x\n\nf()\nx.keep()\n",
        "def f():\n    global x\n    import a.n as x\n\nf()\nx.keep()\n",
        replace=WHOLE,
        other_files=BOTH,
    ),
    Example(
        "a module that a function of another module imports as a global of that",
        "import p\n\np.load()\np.x.Old()\n",
        "import p\nimport n\n\np.load()\nn.New()\n",
        other_files={"p.py": "x = None\n\ndef load():\n    global x\n    import m as x\n"},
    ),
    Example(
        "another module's name for it stays, and means the new module",
        "import p\nfrom p import x\n\np.x.keep(), x.Old\n",
        replace=WHOLE,
        other_files={**BOTH, "p.py": "from a import b as x\n"},
    ),
    Example(
        "a module below a package that another module imports",
        "import q\n\nq.a.b.keep()\n",
        "import q\nimport a.n\n\na.n.keep()\n",
        replace=WHOLE,
        other_files={**BOTH, "q.py": "import a.b\n"},
    ),
    Example(
        "what the new module lacks, reached through another module's name for it",
        "import p\n\np.x.keep()\n",
        replace=WHOLE,
        other_files={"a/n.py": "class Old: ...\n", "p.py": "from a import b as x\n"},
        note="a.n doesn't define keep",
    ),
    Example(
        "a name that only the old module has stays there, the others are migrated",
        "from a.b import Old, extra\n",
        "from a.b import extra\nfrom a.n import Old\n",
        replace=WHOLE,
        other_files={"a/n.py": "class Old: ...\n", "a/b.py": "class Old: ...\nextra = 1\n"},
        note="a.n doesn't define extra",
    ),
    Example(
        "what every module says of itself is another for the new one",
        "from a import b\n\nb.__file__, b.keep()\n",
        "from a import b\nfrom a import n\n\nb.__file__, n.keep()\n",
        replace=WHOLE,
        other_files=BOTH,
        note="__file__ of a.n says something else",
    ),
    Example(
        "one name for two modules",
        "try:\n    import fast as m\nexcept ImportError:\n    import m\nm.Old()\n",
        note="imported from several modules",
    ),
    Example(
        "a type in a string, and a name of the module that is called like the one in the function",
        "import m\n\ndef f():\n    import m\n    def g(x: 'm.Old'): ...\n",
        note="which the module binds as well",
    ),
    Example(
        "the same where the module's own is used, too",
        "import m as o\n\no.Old()\n\ndef f():\n    import m as o\n    def g(x: 'o.Old'): ...\n",
        note="which the module binds as well",
    ),
    Example(
        "code in a string names a module that moves",
        'import m\n\nm.keep()\nexec("m.keep()")\n',
        replace=("m=n",),
        other_files={"n.py": "class Old: ...\ndef keep(): ...\n"},
        note="code in a string names m",
    ),
    Example("a formatted string shows the name", 'import m\n\nf"{m.Old=}"\n', note="shows the text"),
    Example(
        "what is read of a module that another file patches",
        "import c\n\nc.Old()\n",
        style="rename",
        other_files={"c.py": "from m import Old\n", "t.py": 'import c\n\npatch.object(c, "Old")\n'},
    ),
    Example(
        "what is read of a module that is assigned to",
        "import c\n\nkept, c.Old = c.Old, 1\n",
        style="rename",
        other_files={"c.py": "from m import Old\n"},
    ),
    *(
        Example(
            f"another file replaces the module in it: `{fake}`",
            "from a import b as x\n\nx.Old()\n",
            replace=("a.b:Old=a.n:New",),
            other_files={"t.py": f"import app\n\n{fake}\n"},
            note="another file replaces x of app, which would no longer change this",
        )
        for fake in (
            'patch("app.x")',
            'FAKED = ["app.x"]\n\nfor one in FAKED:\n    patch(one).start()',
            'monkeypatch.setattr(app, "x", fake)',
            "app.x = fake",
        )
    ),
    Example(
        "another file replaces the module that a third one passes on",
        "import q\n\nq.b.Old()\n",
        replace=("a.b:Old=a.n:New",),
        other_files={"q.py": "from a import b\n", "t.py": 'patch("q.b")\n'},
        note="another file replaces b of q, which would no longer change this",
    ),
    Example(
        "a name that would join the import of a module that is replaced itself",
        "from .a import Old\nfrom . import a\n\nOld, a.Old\n",
        "import p\nfrom . import New\n\nNew, p.New\n",
        style="rename",
        replace=("p.a:Old=p:New",),
        other_files={"p/__init__.py": "class New: ...\n", "p/a.py": "class Old: ...\n"},
        path="p/c.py",
    ),
    Example(
        "another file replaces something else of the module",
        "from a import b as x\n\nx.Old()\n",
        "from a import b as x\nfrom a import n\n\nn.New()\n",
        replace=("a.b:Old=a.n:New",),
        other_files={"t.py": 'patch("app.x.keep")\n'},
    ),
    Example(
        "another file's name for the module",
        "import p\n\np.x.Old()\n",
        "import p\nimport a.n\n\na.n.New()\n",
        replace=("a.b:Old=a.n:New",),
        other_files={"p.py": "from a import b\n\nx = b\n"},
    ),
    Example(
        "the module, imported from others that pass it on",
        "import p\nfrom p import b\n\nb.Old(), p.b.Old()\n",
        "import p\nimport a.n\nfrom a import n as b\n\nb.New(), a.n.New()\n",
        replace=("a.b:Old=a.n:New",),
        other_files={"p.py": "from q import b\n", "q.py": "from a import b\n"},
    ),
    Example(
        "the module, in a function, from another that passes it on",
        "def f():\n    from q import p\n    p.b.Old()\n",
        "def f():\n    from q import p\n    from a import n\n    n.New()\n",
        replace=("a.b:Old=a.n:New",),
        other_files={"q/__init__.py": "", "q/p.py": "from a import b\n"},
    ),
    Example(
        "all names of the module",
        "import m\n\nvars(m)['Old']\n",
        "import n\n\nvars(n)['New']\n",
    ),
    Example(
        "every name is migrated",
        "from a.b import Old, keep as k\n",
        "from a.n import Old, keep as k\n",
        replace=WHOLE,
        other_files=BOTH,
    ),
    Example(
        "the module itself",
        "import a.b\nimport a.b as x\n\na.b.Old, x.keep, x\n",
        "import a.n\nimport a.n as x\n\na.n.Old, x.keep, x\n",
        replace=WHOLE,
        other_files=BOTH,
    ),
    Example(
        "from its package",
        "from a import b\n\nb.Old, b\n",
        "from a import n as b\n\nb.Old, b\n",
        replace=WHOLE,
        other_files=BOTH,
    ),
    Example(
        "`rename` takes the new module's name",
        "from a import b\n\nb.Old, b\n",
        "from a import n\n\nn.Old, n\n",
        style="rename",
        replace=WHOLE,
        other_files=BOTH,
    ),
    Example(
        "with a star",
        "from a.b import *\n\nOld()\n",
        "from a.n import *\n\nOld()\n",
        replace=WHOLE,
        other_files=BOTH,
    ),
)
