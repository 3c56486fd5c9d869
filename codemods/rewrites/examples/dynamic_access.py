"""What becomes of names that are only strings, and of modules that are passed on."""

from __future__ import annotations

from codemods.model.example import Example

REGISTERS = """
class Base:
    def __init_subclass__(cls): KNOWN[cls.__name__] = cls

def register(cls): KNOWN[cls.__name__] = cls

def other(cls): return cls

def logged(f):
    log(f"calls {f.__name__}")
    return f

class Known:
    @classmethod
    def named(cls): return {one.__name__: one for one in cls.__subclasses__()}
"""
EXAMPLES = (
    Example(
        "code that is evaluated with a name of the module",
        'import m as x\n\nexec("x.Old()")\n',
        note="code in a string",
    ),
    Example(
        "a module that is given to who takes its name",
        'import m\n\n\ndef f(x):\n    return getattr(x, "Old")\n\n\nf(m)\n',
        note="through another name of the module",
    ),
    *(
        Example(f"what another file gives: `{given}`", before, other_files={"q.py": given}, note=note)
        for given, before, note in (
            (
                "from importlib import import_module\n\nlib = lambda: import_module('m')\n",
                "from q import lib\n\nlib().Old()\n",
                "it reaches m.Old through what lib gives",
            ),
            (
                "import sys\n\nimport m\n\nsys.modules['other'] = m\n",
                "import q\nfrom other import Old\n\nOld()\n",
                "it reaches m.Old through what other gives",
            ),
            (
                "from m import Old\n\nKINDS = {one.__name__: one for one in [Old]}\n",
                "from q import KINDS\n\n\ndef f(kind='Old'):\n    return KINDS[kind]\n",
                "KINDS may have m.Old by its name, which becomes New",
            ),
        )
    ),
    Example(
        "a class of that name in another module, where something is shown",
        "x = 'a.b.Old'\n\n\ndef f(y):\n    return repr(y), str(y)\n",
    ),
    Example(
        "the name of its module",
        "from m import keep\n\n\ndef f(x):\n    return type(x).__module__ == 'm'\n",
        note="it may be compared with the module of m.Old, which becomes n",
    ),
    Example(
        "another module's", 'import other\n\nf(other, "Old")\npatch.multiple(other, Old=1)\nx = ".Old"\n'
    ),
    Example(
        "a getter of something else's attribute",
        'import m\n\nattrgetter("x.Old")(y)\nTABLE = {"Old": "label"}\n',
    ),
    Example("a dotted name that some function takes", 'f(x, "m.Old")\n', 'f(x, "n.New")\n', strings=True),
    Example(
        "one of several keywords of `patch.multiple`",
        "import m\n\npatch.multiple(m, Old=1, keep=2)\n",
        note="by a keyword",
    ),
    Example(
        "one of several keywords of `patch.multiple`, with the module as a string",
        'patch.multiple("m", Old=1, keep=2)\n',
        note="by a keyword",
    ),
    Example(
        "`DEFAULT` is given back under the keyword",
        "import m\n\nwith patch.multiple(m, Old=DEFAULT) as found: ...\n",
        note="by a keyword",
    ),
    Example(
        "a keyword of `update`, with the names of the module",
        "import m\n\nvars(m).update(Old=1)\n",
        note="it names m.Old by a keyword",
    ),
    Example(
        "a keyword of `patch.dict`, with the names of the module",
        'patch.dict("m.__dict__", Old=1)\n',
        note="by a keyword",
    ),
    Example(
        "a name beside its module, in a call of something unknown",
        'import m\n\nstub(m, "Old")\n',
        note="by a string",
    ),
    Example(
        "`__import__` of a module that moves as a whole",
        'x = __import__("a.b")\nx.b.f()\n',
        replace=("a.b=a.n",),
        note="it loads a.b, and gives a",
    ),
    Example("a getter", 'import m\n\nsort(m, key=attrgetter("Old"))\n', note="by a string"),
    Example(
        "a module in a table",
        'import m\n\nTABLE = {"a": m}\nTABLE["a"].Old()\n',
        note="it may reach m.Old through another name of the module",
    ),
    Example(
        "a module that is passed on as a value",
        "import m\n\nfor x in (m, other):\n    x.Old()\n",
        note="it may reach m.Old through another name of the module",
    ),
    Example(
        "a result of something that was given the module",
        "import m\n\nwhen(m).Old()\n",
        note="it may reach m.Old through another name of the module",
    ),
    Example(
        "a string, and a module that is passed on as a value",
        'import m\n\ndict(names_of(m))["Old"]\n',
        note="it may reach m.Old through another name of the module",
    ),
    Example(
        "code that gets the module under another name",
        'import m\n\nexec("x.Old()", {"x": m})\n',
        note="it may reach m.Old through another name of the module",
    ),
    Example(
        "a function that gives the module",
        "def f():\n    import m\n    return m\n\nf().Old()\n",
        note="it may reach m.Old through another name of the module",
    ),
    Example(
        "another file's function gives this module",
        "from m import Old\n\nOld()\n",
        "from n import New as Old\n\nOld()\n",
        style="rename",
        other_files={"q.py": "def f():\n    import app as x\n    return x\n\n\nf().Old()\n"},
    ),
    Example(
        "another file's class imports this module",
        "from m import Old\n\nOld()\n",
        "from n import New as Old\n\nOld()\n",
        style="rename",
        other_files={"q.py": "class C:\n    import app as x\n\n    def f(self): self.x.Old()\n"},
    ),
    Example(
        "a module that a class imports",
        "class C:\n    import m as x\n\n    def f(self): self.x.Old()\n",
        note="it may reach m.Old through another name of the module",
    ),
    *(
        Example(
            f"a function of another file gives the module: `{taken}`",
            f"from q import get\n\n{taken}\n",
            other_files={"q.py": "from r import get\n", "r.py": "import m\n\n\ndef get(): return m\n"},
            note="it reaches m.Old through what get gives",
        )
        for taken in ("get().Old", "x = get(); x.Old")
    ),
    *(
        Example(
            f"what another file holds: {kind}",
            taken,
            other_files={"q.py": f"import m\n\n\n{held}\n"},
            note="it reaches m.Old through what lib gives",
        )
        for kind, held, taken in (
            ("an attribute", "def f(x):\n    x.lib = m", "import q\n\nq.x.lib.Old()\n"),
            ("of a class", "class C:\n    lib = m", "from q import C\n\nC().lib.Old()\n"),
            ("a key", 'TABLE = {"lib": m}', 'from q import TABLE\n\nTABLE["lib"].Old()\n'),
            (
                "a property",
                "class C:\n    @property\n    def lib(self):\n        return m",
                "x().lib.Old()\n",
            ),
            ("a lambda", "lib = lambda: m", "from q import lib\n\nlib().Old()\n"),
            ("a parameter", "f(lib=m)", "def f(lib):\n    lib.Old()\n"),
            ("a fixture", "@fixture\ndef lib():\n    yield m", "def test(lib):\n    lib.Old()\n"),
            ("a generator", "def lib():\n    yield m", "from q import lib\n\nfor x in lib():\n    x.Old()\n"),
        )
    ),
    Example(
        "another file holds it under another name",
        "x.library.Old()\n\n\ndef f(lib):\n    lib.Older()\n",
        other_files={"q.py": "import m\n\nx.lib = m\n"},
    ),
    Example(
        "something else that is imported is called like it",
        "from r import lib\n\nlib.Old()\n",
        other_files={"q.py": "import m\n\nx.lib = m\n", "r.py": "import lib\n"},
    ),
    Example(
        "a function of another file gives another module",
        "from q import get\n\nget().Old\n",
        other_files={"q.py": "import other, m\n\n\ndef get(): return other\n"},
    ),
    Example(
        "a function of another file gives this module, and a third one takes its name",
        "from m import Old\n\nOld()\n",
        "from n import New as Old\n\nOld()\n",
        style="rename",
        other_files={
            "q.py": "def get():\n    import app\n    return app\n",
            "r.py": "import q\n\nq.get().Old()\n",
        },
    ),
    Example("bytes that aren't a pickle", 'x = b"m\\nOld"\ny = b"Old", "m"\n'),
    *(
        Example("a pickle", f"import pickle\n\npickle.loads({data})\n", note="loads m.Old by its name")
        for data in (r'b"cm\nOld\n)\x81."', r'b"\x80\x04\x8c\x01m\x94\x8c\x03Old\x94\x93."')
    ),
    Example("a table of the module", 'import m\n\nm.TABLE["Old"]\n', note="it may take m.Old by its name"),
    Example(
        "a name beside its module", 'load("m", "Old")\nTABLE = {"Old": ("m", 1)}\n', note="stands beside m"
    ),
    *(
        Example(
            f"how an object is shown: {shown}",
            f"from m import Old\n\nassert repr(Old()) == {shown}\n",
            f"from n import New as Old\n\nassert repr(Old()) == {shown}\n",
            note="which becomes New",
        )
        for shown in ('"Old(a=1)"', '"<m.Old object>"', "\"<class 'm.Old'>\"")
    ),
    Example(
        "the class itself says how it is shown",
        'class Old:\n    def __repr__(self):\n        return "<Old %r>" % self.x\n',
        path="m.py",
    ),
    *(
        Example(
            f"both classes show their objects {how}",
            "from m import Old\n\nassert repr(Old()) == '<Old 1>'\n",
            "from n import New as Old\n\nassert repr(Old()) == '<Old 1>'\n",
            other_files={
                f"{path}.py": f"class {name}:\n{body}" for path, name in (("m", "Old"), ("n", "New"))
            },
            note=note,
        )
        for how, body, note in (
            ("alike, without their names", "    def __repr__(self): return f'<Old {self.x}>'\n", ""),
            (
                "by their names",
                "    def __repr__(self): return f'<{type(self).__name__} 1>'\n",
                "becomes New",
            ),
        )
    ),
    Example("something else about it is shown", 'print(repr(x), "Old is gone", "Older(1)", "an Old(1)")\n'),
    *(
        Example(
            f"a string that may be looked up: {kind}",
            'find("Old")\n',
            other_files={"m.py": f"{head}\nclass Old{bases}: ...\n", "b.py": REGISTERS},
            note="by its name, which becomes New",
        )
        for kind, head, bases in (
            ("a base class registers it", "from b import Base\n\n", "(Base)"),
            ("a base class of a library may", "from lib import models\n\n", "(models.Model)"),
            ("a metaclass may", "from lib import Meta\n\n", "(metaclass=Meta)"),
            ("a decorator registers it", "from b import register\n\n@register", ""),
            ("the base class looks through those below it", "from b import Known\n\n", "(Known)"),
        )
    ),
    Example(
        "a string that may be looked up with a label before it",
        'x = ForeignKey("shop.Old")\ny = ForeignKey("a.b.Old")\n',
        other_files={"m.py": "from lib import models\n\nclass Old(models.Model): ...\n"},
        note="by its name, which becomes New",
    ),
    *(
        Example(
            f"a function that a decorator {does}",
            'find("old")\n',
            replace=("m:old=n:new",),
            other_files={
                "m.py": f"from b import {decorator}\n\n@{decorator}\ndef old(): ...\n",
                "n.py": "def new(): ...\n",
                "b.py": REGISTERS,
            },
            note=note,
        )
        for does, decorator, note in (
            ("registers", "register", "by its name, which becomes new"),
            ("only shows", "logged", ""),
        )
    ),
    *(
        Example(
            f"a string that is looked up for something else: {kind}",
            'find("Old")\n',
            other_files={"m.py": f"{head}\nclass Old{bases}: ...\n", "b.py": REGISTERS},
        )
        for kind, head, bases in (
            ("a base of the standard library", "from threading import Thread\n", "(Thread)"),
            ("a base without a register", "class Base: ...\n", "(Base)"),
            ("a decorator without one", "from b import other\n\n@other", ""),
        )
    ),
    Example("the name of a class", 'type(x).__name__ == "Old"\n', note="which becomes New"),
    Example(
        "the end of a class's name",
        'type(x).__name__.endswith("Old")\n',
        replace=("m:Old=n:UserOld",),
        other_files={"n.py": "class UserOld: ...\n"},
    ),
    Example(
        "`__import__` gives the package",
        '__import__("a.b").b.Old()\n',
        replace=("a.b:Old=a.n:New",),
        note="known only at run time",
    ),
)
