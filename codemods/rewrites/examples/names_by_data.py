"""What keeps its name in the style `rename`, since another file takes or asks for names that aren't written out there."""

from __future__ import annotations

from codemods.model.example import Example

BEFORE = "from m import Old\n\nOld()\n"
KEPT = "from n import New as Old\n\nOld()\n"
RENAMED = "from n import New\n\nNew()\n"

TAKEN = (
    "import app\nfrom names import NAME\n\ngetattr(app, NAME)\n",
    "import app\n\n\ndef take(name):\n    return getattr(app, name)\n",
    "import app\n\nfor name in dir(app): ...\n",
    "import app\n\nvalues = {**vars(app)}\n",
    "import app\n\napp.__dict__[name]\n",
    "import inspect\nimport app as x\n\ninspect.getmembers(x, inspect.isclass)\n",
    "def test(monkeypatch):\n    import app\n    monkeypatch.setattr(app, name, 1)\n",
    'getattr(sys.modules["app"], name)\n',
    'vars(import_module("app"))\n',
    "for one in iter_modules(__path__):\n    globals().update(vars(import_module(one.name)))\n",
    "for one in NAMES:\n    globals()[one] = getattr(import_module(MODULES[one]), one)\n",
)
ASKED = (
    'import app\n\nhasattr(app, "New")\n',
    'import app\n\ngetattr(app, "New", None)\n',
    'hasattr(sys.modules["app"], "New")\n',
    "try:\n    from app import New\nexcept ImportError:\n    New = None\n",
    "import app\n\ntry:\n    app.New\nexcept AttributeError:\n    pass\n",
)
HELPERS = {
    "a frame": "def take(name):\n    return sys._getframe(1).f_globals[name]\n",
    "a module that is loaded": "def take(name, module):\n    return getattr(import_module(module), name)\n",
    "the module that is run": 'def take(name):\n    return getattr(sys.modules["__main__"], name)\n',
}


def keeps(title: str, other: str, **files: str) -> Example:
    others = {"q.py": other, **{f"{name}.py": text for name, text in files.items()}}
    return Example(title, BEFORE, KEPT, style="rename", other_files=others)


EXAMPLES = (
    *(
        Example(
            f"another file takes what it writes out, or something else: `{other.splitlines()[-1].strip()}`",
            BEFORE,
            RENAMED,
            style="rename",
            other_files={"q.py": other},
        )
        for other in (
            'import app\n\ngetattr(app, "keep")\n',
            "import other as app\n\ngetattr(app, name)\n",
            "from app import f as app\n\nvars(app)\n",
            "def f(app):\n    return getattr(app, name)\n",
            'import other\n\nhasattr(other, "New")\n',
            "try:\n    from n import New\nexcept ImportError:\n    New = None\n",
            "globals()[name] = 1\n",
        )
    ),
    *(keeps(f"another file takes names as data: `{one.splitlines()[-1].strip()}`", one) for one in TAKEN),
    *(
        keeps(f"another file asks whether it has the new name: `{one.splitlines()[-1].strip()}`", one)
        for one in ASKED
    ),
    *(
        keeps(f"a function gets the name, and takes it of {what}", 'take("Old")\n', helper=text)
        for what, text in HELPERS.items()
    ),
    *(
        Example(
            f"a type in a string that something may evaluate here: `{text}`",
            f"from m import Old\n\n{text}\nOld()\n",
            f"from n import New as Old\n\n{text}\nOld()\n",
            style="rename",
        )
        for text in (
            'A = "Old | None"',
            'f.__annotations__["x"] = "Old"',
        )
    ),
    *(
        Example(
            f"a string that is no type: `{text}`",
            f"from m import Old\n\n{text}\nOld()\n",
            f"from n import New\n\n{text}\nNew()\n",
            style="rename",
        )
        for text in ('A = "Old and new"', 'log("Old")', 'A = "Older"', 'A = "x.Old"', 'A: str = "Old"')
    ),
    Example(
        "others take what the module binds to that name below, through a star import",
        "from m import Old\n\nOld = None\n",
        "from n import New as Old\n\nOld = None\n",
        style="rename",
        other_files={"p.py": "from app import *\n", "q.py": "from p import Old\n"},
    ),
    Example(
        "the style `alias` gives a module no further name where it goes through all of them",
        "from m import Old\n\nfor name, value in list(globals().items()): ...\n",
        "from n import New as Old\n\nfor name, value in list(globals().items()): ...\n",
        style="alias",
    ),
    Example(
        "the style `alias` gives a module a name where it only takes others",
        "from m import Old\n\nglobals()['x'] = globals().get(name)\n",
        "from n import New\nOld = New  # kept while uses of the old name are moved\n\n"
        "globals()['x'] = globals().get(name)\n",
        style="alias",
    ),
    Example(
        "the style `alias` gives a module no name that another file asks for",
        BEFORE,
        KEPT,
        style="alias",
        other_files={"q.py": ASKED[0]},
    ),
)
