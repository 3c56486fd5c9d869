"""What is left, and what is listed, where a new class has less than the old one, or has it otherwise."""

from __future__ import annotations

from codemods.model.example import Example

CLASSES = {
    "m.py": """\
class Old:
    limit = 3
    level = 1

    def __init__(self, a=1, b=2): self.mode = a
    def gone(self): ...
    def run(self, text, user=1): ...
    def stop(self): ...
    def on_event(self): ...
    def count(self): ...
    @property
    def size(self): ...
    @classmethod
    def make(cls, a): return cls(a)
    def __len__(self): ...
    def __iter__(self): ...
    def __enter__(self): return self
    def __exit__(self, *args): ...
    def __eq__(self, other): ...
    def __lt__(self, other): ...
    def __class_getitem__(cls, item): ...
""",
    "n.py": """\
class New:
    limit = 3

    def __init__(self, a=1): ...
    @property
    def level(self): ...
    @property
    def mode(self): ...
    def run(self, text, *, user=1): ...
    async def stop(self): ...
    def size(self): ...
    @property
    def count(self): ...
    @classmethod
    def make(cls): return cls(1)
""",
}
FROZEN = {
    "m.py": "class Old:\n    def __init__(self, a): ...\n",
    "n.py": "from dataclasses import dataclass\n\n@dataclass(frozen=True)\nclass New:\n    a: int\n",
}
ABSTRACT = {
    "m.py": "class Old:\n    def run(self): ...\n",
    "n.py": "import abc\n\nclass New(abc.ABC):\n    @abc.abstractmethod\n    def run(self): ...\n",
}
FUNCTION = {"m.py": "class Old:\n    x = 1\n", "n.py": "def New(): ...\n"}
DATA = {
    "m.py": "from dataclasses import dataclass\n\n@dataclass\nclass Old:\n    a: int\n    b: int\n",
    "n.py": "from dataclasses import dataclass\n\n@dataclass\nclass New:\n    a: int\n",
}
IMPORT = "from m import Old\n"


def stays(title: str, use: str, why: str, files: dict[str, str] = CLASSES) -> Example:
    return Example(title, f"{IMPORT}\n{use}\n", other_files=files, proof_failure=why)


def moves(title: str, use: str, note: str = "", files: dict[str, str] = CLASSES) -> Example:
    after = f"from n import New as Old\n\n{use}\n"
    return Example(title, f"{IMPORT}\n{use}\n", after, other_files=files, note=note)


LEFT = (
    ("an object that is made here", "x = Old()\nx.gone()", "line 4: gone of New doesn't exist"),
    ("of the class itself", "f(Old.gone)", "gone of New doesn't exist"),
    ("an argument", 'def f(x: "Old | None"):\n    x.gone()', "gone of New doesn't exist"),
    (
        "what a test has shown",
        "def f(x):\n    if isinstance(x, Old):\n        x.gone()",
        "gone of New doesn't exist",
    ),
    (
        "an attribute of another class",
        "class C:\n    def __init__(self):\n        self.x = Old()\n\n    def f(self):\n        self.x.gone()",
        "gone of New doesn't exist",
    ),
    ("what a function gives", "def make():\n    return Old()\n\nmake().gone()", "gone of New doesn't exist"),
    (
        "a fixture",
        "@pytest.fixture\ndef old():\n    return Old()\n\ndef test_it(old):\n    old.gone()",
        "gone of New doesn't exist",
    ),
    ("one of a list", "xs = [Old(), Old()]\n[x.gone() for x in sorted(xs)]", "gone of New doesn't exist"),
    ("one of an argument", "def f(xs: list[Old]):\n    xs[0].gone()", "gone of New doesn't exist"),
    ("a mock of it", "mock = Mock(spec=Old)\nmock.gone.return_value = 1", "gone of New doesn't exist"),
    ("a name in a string", 'patch.object(Old, "gone")', "gone of New doesn't exist"),
    (
        "a class that is built on it",
        "class A(Old):\n    def f(self): self.gone()",
        "gone of New doesn't exist",
    ),
    (
        "and calls the method that it overrides",
        "class A(Old):\n    def gone(self): super().gone()",
        "gone of New",
    ),
    ("a method that takes other arguments", "Old().run(1, 2)", "run of New takes 1 positional arguments"),
    ("a method of the class", "Old.make(1)", "make of New takes 0 positional arguments"),
    ("a method that became async", "if Old().stop(): ...", "stop of New needs await"),
    ("a property that became a method", "Old().size + 1", "size of New is a method, not a property"),
    ("a method that became a property", "Old().count()", "count of New is a property, not a method"),
    ("a value that became a property", "Old.level", "level of New is a property of its objects, not a value"),
    (
        "a property that can't be set",
        "x = Old()\nx.level = 2",
        "level of New is a property that can't be set",
    ),
    (
        "in a class that is built on it",
        "class A(Old):\n    def __init__(self): self.mode = 2",
        "mode of New is a property that can't be set",
    ),
    ("arguments that are kept for later", "partial(Old, b=1)", "the new one has no argument b"),
    ("a call for each of several", "map(Old, xs, ys)", "the new one takes 1 positional arguments"),
    ("a call by another name", "kind = Old\nkind(1, 2)", "the new one takes 1 positional arguments"),
    (
        "the constructor of a class built on it",
        "class A(Old): ...\n\nA(1, 2)",
        "takes 1 positional arguments",
    ),
    (
        "and its call of the old one",
        "class A(Old):\n    def __init__(self):\n        super().__init__(1, b=2)",
        "line 5: the new one has no argument b",
    ),
    ("an object that is entered", "x = Old()\nwith x: ...", "New has no __enter__, which is needed here"),
    ("and looped over", "x = Old()\na, b = x", "New has no __iter__, which is needed here"),
    ("and compared", "Old() == x", "objects of New are equal only to themselves"),
    ("and has an order", "Old() < Old()", "New has no __lt__, which is needed here"),
    ("type arguments", "x: Old[int]", "New has no __class_getitem__, which is needed here"),
)
EXAMPLES = (
    stays(
        "a member that the new class lacks",
        "Old().gone()",
        "the new class wouldn't serve a use: line 3: gone of New",
    ),
    *(stays(*row) for row in LEFT),
    stays("an object that can't be changed", "x = Old(1)\nx.a = 2", "objects of New are frozen", FROZEN),
    stays(
        "a class that can be changed, built on one that can't",
        "@dataclass\nclass A(Old): ...",
        "A isn't",
        FROZEN,
    ),
    stays(
        "an object that needs a hash",
        "x = Old(1, 2)\n{x: 1}",
        "objects of New have no hash",
        {"m.py": FROZEN["m.py"], "n.py": DATA["n.py"]},
    ),
    stays("a field that is gone", "def f(x: Old):\n    return replace(x, b=3)", "New has no field b", DATA),
    stays("a method that has to be there", "class A(Old): ...\n\nA()", "New needs run of A", ABSTRACT),
    stays("no objects", "x = Old()", "New is an abstract class, of which there are no objects", ABSTRACT),
    stays(
        "a function is no class",
        "isinstance(x, Old)",
        "New is a function, and a class is needed here",
        FUNCTION,
    ),
    stays(
        "and no base class", "class A(Old): ...", "New is a function, and a class is needed here", FUNCTION
    ),
    stays("and has no members", "Old.x", "New is a function, and a class is needed here", FUNCTION),
    Example(
        "a name in a string, where strings follow the class",
        'patch("m.Old.gone")\n',
        other_files=CLASSES,
        strings=True,
        proof_failure="gone of New doesn't exist",
    ),
    Example(
        "a re-export through which another file uses what the new class lacks",
        "from m import Old\n",
        path="p.py",
        other_files={**CLASSES, "app.py": "from p import Old\n\nOld().gone()\n"},
        note="app.py uses it through this module on line 3: gone of New doesn't exist",
    ),
    *(
        Example(
            f"a module that moves with all of its classes: {title}",
            f"{use}\n",
            replace=("m=n",),
            other_files={**CLASSES, "n.py": CLASSES["n.py"].replace("New", "Old")},
            proof_failure=why,
        )
        for title, use, why in (
            ("a name", "from m import Old\n\nOld().gone()", "line 3: gone of Old doesn't exist"),
            ("through the module", "import m as x\n\nx.Old().gone()", "line 3: gone of Old doesn't exist"),
            ("a call", "import m\n\nm.Old(b=1)", "line 3: the new one has no argument b"),
        )
    ),
    Example(
        "a star import that passes it on",
        "from m import *\n",
        path="p.py",
        other_files={**CLASSES, "app.py": "import p\n\np.Old().gone()\n"},
        note="app.py uses it through this module on line 3: gone of New doesn't exist",
    ),
    Example(
        "one through which another file uses what both have",
        "from m import Old\n",
        "from n import New as Old\n",
        path="p.py",
        other_files={**CLASSES, "app.py": "from p import Old\n\nOld().run(1)\n"},
    ),
    moves("all that is used is there", "x = Old(1)\nx.limit, x.run(1, user=2), isinstance(x, Old)"),
    moves("what it is of can't be told", "x = f()\nx.gone(), len(x)"),
    moves("an object of the class, or something else", "x = Old()\nx = f()\nx.gone()"),
    moves("the file asks first", "x = Old()\nif hasattr(x, 'gone'):\n    x.gone()"),
    moves("it expects the error", "try:\n    Old().gone()\nexcept AttributeError:\n    ..."),
    moves(
        "a class that has the member itself",
        "class A(Old):\n    def gone(self): ...\n    def f(self): self.gone()",
    ),
    moves("a class that may have it of another", "class A(Old, Mixin):\n    def f(self): self.gone()"),
    moves("a function where a class isn't needed", "x: Old = Old()", files=FUNCTION),
    moves(
        "an override that nothing calls any more",
        "class A(Old):\n    def on_event(self): ...",
        "New has no on_event, so nothing may call this one",
    ),
    moves(
        "an override that is called otherwise",
        "class A(Old):\n    def stop(self): ...",
        "stop of New is async, and this one takes its place",
    ),
    moves("arguments that can't be seen", "Old(**options)", "its * or ** arguments may not fit the new one"),
    moves(
        "what both are built on can't be read",
        "Old().gone()",
        "gone of New isn't found, and not all that the class is built on can be read",
        {
            name: f"from lib import Base\n\n{text.replace(':', '(Base):', 1)}"
            for name, text in CLASSES.items()
        },
    ),
    moves(
        "what the new one is built on may have it",
        "Old().gone()",
        files={
            **CLASSES,
            "n.py": "from lib import Base\n\nclass New(Base):\n    def __init__(self, a=1): ...\n",
        },
    ),
    moves("what it counts for", "x = Old()\nif x: ...", "objects of New are always true"),
)
