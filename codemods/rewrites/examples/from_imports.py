"""What becomes of `from m import Old`."""

from __future__ import annotations

from codemods.model.example import Example

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
