"""Names that an import brings, renamed; and why one stays."""

from __future__ import annotations

from codemods.model.example import Example

EXAMPLES = (
    Example("a parameter, a lambda's as well", "def f(Old): Old()\nlambda Old: Old\n", style="rename"),
    Example("a comprehension's own name", "[Old for Old in xs]\n", style="rename"),
    Example("a local name, throughout its function", "def f():\n    Old()\n    Old = 1\n", style="rename"),
    Example("a pattern that binds", "match x:\n    case Old:\n        Old()\n", style="rename"),
    Example(
        "others take what the module binds to that name below",
        "from m import Old\n\nOld()\nOld = None\n",
        "from n import New as Old\n\nOld()\nOld = None\n",
        style="rename",
        other_files={"q.py": "from app import Old\n"},
    ),
    Example(
        "a list within `__all__`",
        'from m import Old\n\n__all__ = ("x", *["Old"])\n',
        'from n import New as Old\n\n__all__ = ("x", *["Old"])\n',
        style="rename",
    ),
    Example(
        "the names of the module are listed",
        'from m import Old\n\n"Old" in dir()\n',
        'from n import New as Old\n\n"Old" in dir()\n',
        style="rename",
    ),
    Example(
        "the module is loaded by its own name",
        "from m import Old\n\nimport_module(__name__).Old()\n",
        "from n import New as Old\n\nimport_module(__name__).Old()\n",
        style="rename",
    ),
    Example(
        "another file may take the name in what it kept somewhere: it stays for that",
        "from m import Old\n\nOld()\n",
        "from n import New as Old\n\nOld()\n",
        style="rename",
        other_files={"q.py": "import app\n\nx = [app]\nx[0].Old()\n"},
    ),
    Example(
        "another file may take the name of a module given on: it stays for that",
        "from m import Old\n\nOld()\n",
        "from n import New as Old\n\nOld()\n",
        style="rename",
        other_files={"q.py": "import app\n\n\ndef f(x):\n    return x.Old\n\n\nf(app)\n"},
    ),
    Example(
        "another file may take the name by a string: it stays for that",
        "from m import Old\n\nOld()\n",
        "from n import New as Old\n\nOld()\n",
        style="rename",
        other_files={"q.py": 'import app\n\ndict(getmembers(app))["Old"]\n'},
    ),
    Example(
        "another file puts the name together with that of this module: it stays for that",
        "from m import Old\n\nOld()\n",
        "from n import New as Old\n\nOld()\n",
        style="rename",
        other_files={"q.py": 'PATH = "app"\n\npatch(".".join([PATH, "Old"]), fake)\n'},
        strings=True,
    ),
    Example(
        "another file patches the name by a keyword: it stays for that",
        "from m import Old\n\nOld()\n",
        "from n import New as Old\n\nOld()\n",
        style="rename",
        other_files={
            "q.py": 'patch.dict("app.__dict__", Old=fake)\npatch.dict("app.__dict__", {"Old": fake})\n'
        },
        strings=True,
    ),
    Example(
        "another file gives this module the name by a keyword",
        "from m import Old\n\nOld()\n",
        "from n import New as Old\n\nOld()\n",
        style="rename",
        other_files={"q.py": "import app\n\nvars(app).update(dict(Old=fake))\n"},
    ),
    Example(
        "another file has this module in a table of names: the name stays for that",
        "from m import Old\n\nOld()\n",
        "from n import New as Old\n\nOld()\n",
        style="rename",
        other_files={"q.py": 'LAZY = {"Old": "app"}\ngetattr(import_module(LAZY[name]), name)\n'},
    ),
    *(
        Example(
            f"another file takes the name of whatever runs or calls it: {form}",
            before,
            before.replace("m import Old", "n import New as Old"),
            style="rename",
            other_files={"q.py": f"def f():\n    {form}\n"},
        )
        for before in ("from m import Old\n\nOld()\n", "def f():\n    from m import Old\n    return Old()\n")
        for form in (
            'return sys.modules["__main__"].Old',
            "from __main__ import Old",
            "import __main__; return __main__.Old",
            'return sys._getframe(1).f_globals["Old"]',
            'return currentframe().f_back.f_locals.get("Old")',
            'timeit("Old()", "from __main__ import Old")',
        )
    ),
    Example(
        "another file may take the name by code in a string: it stays for that",
        "from m import Old\n\nOld()\n",
        "from n import New as Old\n\nOld()\n",
        style="rename",
        other_files={"q.py": 'import app\n\nexec("app.Old()")\n'},
    ),
    Example(
        "every use, and nothing that only looks like one",
        'from m import Old\n\nx = Old()\nf(Old=1)\nobj.Old\n{"Old": Old.y}\n',
        'from n import New\n\nx = New()\nf(Old=1)\nobj.Old\n{"Old": New.y}\n',
        style="rename",
    ),
    Example(
        "parameters and comprehensions hide the name; a first iterable does not",
        "from m import Old\n\ndef f(Old, x=Old): Old()\n[Old for Old in xs]\n[y for y in Old]\n",
        "from n import New\n\ndef f(Old, x=New): Old()\n[Old for Old in xs]\n[y for y in New]\n",
        style="rename",
    ),
    Example(
        "a class's body has a name of its own, its methods have not",
        "from m import Old\n\nclass C:\n    Old = 1\n    y = Old\n    def m(self): return Old()\n",
        "from n import New\n\nclass C:\n    Old = 1\n    y = Old\n    def m(self): return New()\n",
        style="rename",
    ),
    Example(
        "the new name is a parameter where the old one is used: the old name stays",
        "from m import Old\n\ndef f(New): return Old(New)\n",
        "from n import New as Old\n\ndef f(New): return Old(New)\n",
        style="rename",
    ),
    Example(
        "the new name is taken at the top",
        "from m import Old\n\nNew = 1\nOld()\n",
        "from n import New as Old\n\nNew = 1\nOld()\n",
        style="rename",
    ),
    Example(
        "the new name is one that is used without being bound here",
        "from m import Old\n\nprint(New)\nOld()\n",
        "from n import New as Old\n\nprint(New)\nOld()\n",
        style="rename",
    ),
    *(
        Example(
            f"a star import would bring the new name to another file, where {what}",
            "from m import Old\n\nOld()\n",
            "from n import New as Old\n\nOld()\n",
            style=style,
            other_files={"q.py": text, "z.py": "class New: ...\n", "p.py": "from app import *\n"},
        )
        for style in ("rename", "alias")
        for what, text in (
            ("something else has it", "New = 1\nfrom app import *\n"),
            ("it comes from elsewhere", "from z import *\nfrom app import *\n"),
            ("it means nothing so far", "from p import *\n\nprint(New)\n"),
        )
    ),
    *(
        Example(
            "a module of the package is called like the new name",
            "from m import Old\n\nOld()\n",
            "from n import New as Old\n\nOld()\n",
            style=style,
            public="drop",
            path="p/__init__.py",
            other_files={"p/New.py": ""},
        )
        for style in ("rename", "alias")
    ),
    *(
        Example(
            f"another file reaches it by another name of the module: {form}",
            "from m import Old\n\nOld()\n",
            "from n import New as Old\n\nOld()\n",
            style="rename",
            path="p/x.py",
            other_files={"p/__init__.py": text, "q.py": form},
        )
        for text, form in (
            ("from . import x as other\n", 'import p\n\ngetattr(p.other, "Old")\n'),
            ("from . import x as other\n", 'patch("p.other.Old")\n'),
            ("from . import x\nother = x\n", 'from p import other\n\ngetattr(other, "Old")\n'),
        )
    ),
    *(
        Example(
            f"types may be evaluated with what another file gives: {form}",
            "if TYPE_CHECKING:\n    from m import Old\n\nx: Old\n",
            "if TYPE_CHECKING:\n    from n import New as Old\n\nx: Old\n",
            style="rename",
            other_files={"q.py": f"import app\nfrom m import Old\n\n{form}\n"},
        )
        for form in ("app.C.rebuild(Old=Old)", 'app.C.rebuild(names={"Old": Old})', "app.Old = Old")
    ),
    *(
        Example(
            f"another file may take the name of all modules of a package: {path}",
            "from m import Old\n\nOld()\n",
            "from n import New as Old\n\nOld()\n",
            style="rename",
            path="p/x.py",
            other_files={path: text},
        )
        for path, text in (
            ("p/__init__.py", '__getattr__ = attach(__name__, {"x": ["Old"]})\n'),
            ("q.py", 'import p\n\nnames_of(iter_modules(p.__path__))["Old"]\n'),
        )
    ),
    Example(
        "another file takes the name of what runs a file of that name: it stays for that",
        "from m import Old\n\nOld()\n",
        "from n import New as Old\n\nOld()\n",
        style="rename",
        path="etc/app.py",
        other_files={"q.py": 'names = {}\nexec(read("etc/app.py"), names)\nnames["Old"]\n'},
    ),
    Example(
        "a condition in a string is evaluated with the names of the module",
        'from m import Old\n\n@pytest.mark.skipif("Old.x")\ndef test(): Old()\n',
        'from n import New as Old\n\n@pytest.mark.skipif("Old.x")\ndef test(): Old()\n',
        style="rename",
    ),
    Example(
        "a star import below brings another one of the new name",
        "from m import Old\nfrom z import *\n\nOld()\n",
        "from n import New as Old\nfrom z import *\n\nOld()\n",
        style="rename",
        other_files={"z.py": "class New: ...\n"},
    ),
    Example(
        "a star import below brings another one of the old name",
        "from m import Old\nfrom z import *\n\nOld()\n",
        "from n import New as Old\nfrom z import *\n\nOld()\n",
        style="rename",
        other_files={"z.py": "class Old: ...\n"},
    ),
    Example(
        "a star import below of a module that isn't in the repository may bring either name",
        "from m import Old\nfrom tkinter import *\n\nOld()\n",
        "from n import New as Old\nfrom tkinter import *\n\nOld()\n",
        style="rename",
    ),
    Example(
        "and so may one of a module that has such a star import",
        "from m import Old\nfrom z import *\n\nOld()\n",
        "from n import New as Old\nfrom z import *\n\nOld()\n",
        style="alias",
        other_files={"z.py": "from tkinter import *\n"},
    ),
    Example(
        "an example in a docstring is run with the names of the module",
        'from m import Old\n\ndef f():\n    """\n    >>> Old()\n    """\n',
        'from n import New as Old\n\ndef f():\n    """\n    >>> Old()\n    """\n',
        style="rename",
    ),
    Example(
        "a formatted string shows the name",
        'from m import Old\n\nf"{Old.x=}"\n',
        'from n import New as Old\n\nf"{Old.x=}"\n',
        style="rename",
    ),
    Example(
        "a type in a string, in a class that has a field of that name",
        "from m import Old\n\nclass C:\n    Old: int\n    x: 'Old'\n",
        "from n import New as Old\n\nclass C:\n    Old: int\n    x: 'Old'\n",
        style="rename",
    ),
    Example(
        "the new name is imported by the same statement",
        "from m import Old, New\n\nOld()\n",
        "from m import New\n\nNew()\n",
        style="rename",
        replace=("m:Old=m:New",),
        other_files={"m.py": "class New: ...\nOld = New\n"},
    ),
    Example(
        "a star import below does not bring the new name",
        "from m import Old\nfrom z import *\n\nOld()\n",
        "from n import New\nfrom z import *\n\nNew()\n",
        style="rename",
        other_files={"z.py": '__all__ = ["x"]\nclass New: ...\n'},
    ),
    Example(
        "the new import is there already",
        "from n import New\nfrom m import Old  # old\n\nOld(), New()\n",
        "from n import New\n# old\n\nNew(), New()\n",
        style="rename",
    ),
    Example(
        "`global` declares it elsewhere: the old name stays",
        "from m import Old\n\ndef f():\n    global Old\n    Old = 1\n",
        "from n import New as Old\n\ndef f():\n    global Old\n    Old = 1\n",
        style="rename",
    ),
    Example(
        "`del` goes along",
        "from m import Old\n\nOld()\ndel Old\n",
        "from n import New\n\nNew()\ndel New\n",
        style="rename",
    ),
    Example(
        "the fallback goes along",
        "try:\n    from m import Old\nexcept ImportError:\n    Old = None\n",
        "try:\n    from n import New\nexcept ImportError:\n    New = None\n",
        style="rename",
    ),
    Example(
        "names are read by strings: the old name stays",
        'from m import Old\n\nglobals()["Old"]\n',
        'from n import New as Old\n\nglobals()["Old"]\n',
        style="rename",
    ),
    Example(
        "a function's globals",
        'from m import Old\n\ndef f(): return Old\n\nf.__globals__["Old"]\n',
        'from n import New as Old\n\ndef f(): return Old\n\nf.__globals__["Old"]\n',
        style="rename",
    ),
    Example(
        "a template takes local names",
        'def f():\n    from m import Old\n    return "{Old}".format(**locals())\n',
        'def f():\n    from n import New as Old\n    return "{Old}".format(**locals())\n',
        style="rename",
    ),
    Example(
        "a fallback from another module keeps the name",
        "try:\n    from m import Old\nexcept ImportError:\n    from other import Old\n",
        "try:\n    from n import New as Old\nexcept ImportError:\n    from other import Old\n",
        style="rename",
    ),
    Example(
        "a type in a string, and a name of the module that is called like the new one",
        "def f():\n    from m import Old\n    def g(x: 'Old'): ...\n\ndef New(): ...\n",
        "def f():\n    from n import New as Old\n    def g(x: 'Old'): ...\n\ndef New(): ...\n",
        style="rename",
    ),
    Example(
        "a type in a string below a function's import is evaluated with the module's name",
        "from m import Old\n\ndef f():\n    from m import Old\n    def g(x: 'Old'): ...\n\nOld()\n",
        "from n import New as Old\n\ndef f():\n    from n import New as Old\n    def g(x: 'Old'): ...\n\nOld()\n",
        style="rename",
    ),
    Example(
        "a private name is not mangled in a class",
        "from m import __Old\n\nclass C:\n    x = __Old\n",
        "from n import New as __Old\n\nclass C:\n    x = __Old\n",
        style="rename",
        replace=("m:__Old=n:New",),
        other_files={"m.py": "__Old = 1\n"},
    ),
    Example(
        "a name that a class imports is its attribute",
        "class C:\n    from m import Old\n",
        "class C:\n    from n import New as Old\n",
        style="rename",
    ),
    Example(
        "string annotations and casts, not `Literal`",
        'from m import Old\n\nx: "Old | None"\ny: Literal["Old"]\nz = cast("List[Old]", v)\n',
        'from n import New\n\nx: "New | None"\ny: Literal["Old"]\nz = cast("List[New]", v)\n',
        style="rename",
    ),
    Example(
        "a type comment, but no other comment",
        "from m import Old\n\ndef f(x):\n    # type: (Old) -> None\n    pass  # Old\n",
        "from n import New\n\ndef f(x):\n    # type: (New) -> None\n    pass  # Old\n",
        style="rename",
    ),
    Example(
        "a name in `__all__` is public: it stays importable",
        'from m import Old\n\n__all__ = ["Old"]\n\nOld()\n',
        'from n import New as Old\n\n__all__ = ["Old"]\n\nOld()\n',
        style="rename",
    ),
    Example(
        "a name that a package's `__init__` offers is public",
        "from m import Old\n",
        "from n import New as Old\n",
        style="rename",
        path="p/__init__.py",
    ),
    Example(
        "a name that a package's `__all__` leaves out is not",
        'from m import Old, Other\n\n__all__ = ["Other"]\n\nOld()\n',
        'from m import Other\nfrom n import New\n\n__all__ = ["Other"]\n\nNew()\n',
        style="rename",
        path="p/__init__.py",
    ),
    Example(
        "the code of an ignored error is no name",
        "from m import Old\n\nx = Old()  # type: ignore[Old]\ny = []  # type: Old  # type: ignore[Old]\n",
        "from n import New\n\nx = New()  # type: ignore[Old]\ny = []  # type: New  # type: ignore[Old]\n",
        style="rename",
    ),
    Example(
        "`Literal` under another name holds values",
        'from typing import Literal as L\nfrom m import Old\n\nx: L["Old"]\ny: list[L["Old"]]\nz: "Old"\n',
        'from typing import Literal as L\nfrom n import New\n\nx: L["Old"]\ny: list[L["Old"]]\nz: "New"\n',
        style="rename",
    ),
    Example(
        "types in strings wherever typing allows them",
        'from m import Old\n\nX: TypeAlias = "Old"\ny = list["Old"]\nz = dict[str, "Old"]\nw = t.Optional["Old"]\n',
        'from n import New\n\nX: TypeAlias = "New"\ny = list["New"]\nz = dict[str, "New"]\nw = t.Optional["New"]\n',
        style="rename",
    ),
    Example(
        "types in the brackets of any class, in an annotation, and in the calls that take types",
        "from m import Old\n\nx: Mapped['Old']\ny: \"Repo['Old']\"\nz = defaultdict['Old', Callable[['Old'], int]]\n"
        "X: 'TypeAlias' = 'Old'\ncast(typ='Old', val=x), assert_type(x, 'Old'), Annotated['Old', 'Old']\n",
        "from n import New\n\nx: Mapped['New']\ny: \"Repo['New']\"\nz = defaultdict['New', Callable[['New'], int]]\n"
        "X: 'TypeAlias' = 'New'\ncast(typ='New', val=x), assert_type(x, 'New'), Annotated['New', 'Old']\n",
        style="rename",
    ),
    Example(
        "names of an array's dimensions, and `Literal` under any name",
        "from jaxtyping import Float as F, Int\nfrom m import Old\n\n"
        "L = Literal\nx: F[Old, 'Old']\ny: \"Int[Old, 'Old']\"\nz: \"L['Old']\"\n",
        "from jaxtyping import Float as F, Int\nfrom n import New\n\n"
        "L = Literal\nx: F[New, 'Old']\ny: \"Int[New, 'Old']\"\nz: \"L['Old']\"\n",
        style="rename",
    ),
    Example(
        "a string that is a type or the name of an enum's member: the old name stays",
        "from m import Old\n\nx = Repo['Old', int]\nOld()\n",
        "from n import New as Old\n\nx = Repo['Old', int]\nOld()\n",
        style="rename",
    ),
    Example(
        "a class uses the name before a member of the same name is there: the old name stays",
        "from m import Old\n\nclass C:\n    kinds = (Old, int)\n    def Old(self, kind=kinds): return Old()\n",
        "from n import New as Old\n\nclass C:\n    kinds = (Old, int)\n    def Old(self, kind=kinds): return Old()\n",
        style="rename",
    ),
    Example(
        "a field that is called like its type",
        "from m import Old\n\nclass C:\n    Old: Old\n    other: Old = None\n",
        "from n import New as Old\n\nclass C:\n    Old: Old\n    other: Old = None\n",
        style="rename",
    ),
    Example(
        "an import that a function makes global",
        "Old = None\n\ndef load():\n    global Old\n    from m import Old\n",
        "Old = None\n\ndef load():\n    global Old\n    from n import New as Old\n",
        style="rename",
    ),
    Example(
        "types of fields",
        'from m import Old\n\nX = NamedTuple("X", [("Old", "Old")])\nY = TypedDict("Y", {"Old": "Old"})\n',
        'from n import New\n\nX = NamedTuple("X", [("Old", "New")])\nY = TypedDict("Y", {"Old": "New"})\n',
        style="rename",
    ),
    Example(
        "quotes in a type in quotes",
        "from m import Old\n\nx: \"List['Old']\"\ny: \"Literal['Old']\"\n",
        "from n import New\n\nx: \"List['New']\"\ny: \"Literal['Old']\"\n",
        style="rename",
    ),
    Example(
        "`__all__` as a list, by `+=`, by `extend`",
        'from m import Old\n\n__all__ = ["x"]\n__all__ += ("Old",)\n__all__.extend(["Old"])\n',
        'from n import New\n\n__all__ = ["x"]\n__all__ += ("New",)\n__all__.extend(["New"])\n',
        style="rename",
        public="drop",
    ),
    Example(
        "others import it from here: the old name stays for them",
        "from m import Old\n\nOld()\n",
        "from n import New as Old\n\nOld()\n",
        style="rename",
        path="p/__init__.py",
        other_files={"q.py": "from p import Old\n"},
    ),
    Example(
        "who imports it from a re-export gets it from the new module",
        "from p import Old\n\nOld()\n",
        "from n import New\n\nNew()\n",
        style="rename",
        other_files={"p/__init__.py": "from m import Old\n"},
    ),
    Example(
        "a re-export that has the new name already is kept as the way",
        "from p import Old\n\nOld()\n",
        "from p import New\n\nNew()\n",
        style="rename",
        other_files={"p/__init__.py": "from m import Old\nfrom n import New\n"},
    ),
    Example(
        "a re-export that takes all there is has the new name as well",
        "import p\n\np.Old()\n",
        "import p\n\np.New()\n",
        style="rename",
        other_files={"p/__init__.py": "from p.q import *\n", "p/q.py": "class Old: ...\nclass New: ...\n"},
        replace=("p.q:Old=p.q:New",),
    ),
    Example(
        "a re-export of what is listed has not",
        "import p\n\np.Old()\n",
        "import p.q\n\np.q.New()\n",
        style="rename",
        other_files={
            "p/__init__.py": "from p.q import *\n",
            "p/q.py": '__all__ = ["Old"]\nclass Old: ...\nclass New: ...\n',
        },
        replace=("p.q:Old=p.q:New",),
    ),
    Example(
        "formatted strings: the expressions, never the text",
        "from m import Old\n\nf\"Old {Old} {Old.x!r:>{Old}} {'Old'} {{Old}}\"\n",
        "from n import New\n\nf\"Old {New} {New.x!r:>{New}} {'Old'} {{Old}}\"\n",
        style="rename",
    ),
    Example(
        "a class pattern and a value pattern are uses",
        "from m import Old\n\nmatch x:\n    case Old():\n        pass\n    case Old.y:\n        pass\n",
        "from n import New\n\nmatch x:\n    case New():\n        pass\n    case New.y:\n        pass\n",
        style="rename",
    ),
    Example(
        "a walrus in a comprehension binds outside of it",
        "from m import Old\n\ndef f(xs):\n    [(Old := x) for x in xs]\n    return Old\n",
        "from n import New as Old\n\ndef f(xs):\n    [(Old := x) for x in xs]\n    return Old\n",
        style="as",
    ),
    Example(
        "the new import is there already, in a function",
        "def f():\n    from n import New\n    from m import Old\n    return Old, New\n",
        "def f():\n    from n import New\n    return New, New\n",
        style="rename",
    ),
)
