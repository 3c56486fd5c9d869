"""Calls of the old symbol: what is called instead, with which arguments, and `await` where it comes or goes."""

from __future__ import annotations

from codemods.edit.base_class import plan_base_class
from codemods.edit.calls.call_plan import CallPlan, plan_call
from codemods.edit.file_rewrite import FileRewrite, ReplacedCall
from codemods.link.symbol_match import call_target
from codemods.model.example import Example
from codemods.model.rules import ArgumentChange, CallChange, renamed_arguments


def decide(file: FileRewrite) -> None:
    for called in file.replaced_calls:
        plan = plan_call(file, called.match, called.mention, called.depth)
        adapt_call(file, called, plan)
        if plan.misfit:
            file.misfits.append(f"line {called.mention.line}: {plan.misfit}")
        file.fitting_calls += plan.fits
    for built in file.rebuilt_classes:
        file.edits += plan_base_class(file, built.match, built.mention).edits


def adapt_call(file: FileRewrite, called: ReplacedCall, plan: CallPlan) -> None:
    mention, rule = called.mention, file.links.rule_of(called.match)
    target = call_target(rule)
    if target is not None and target.method:
        file.extend(mention.start, file.chain_end(mention, called.depth), f".{target.method}")
    if rule.calls is not None or plan.edits:
        file.add_site_at(mention, "call", called.match)
    file.edits += plan.edits
    file.removed_arguments.update(plan.removed)


LEGACY = CallChange("New.create_from_legacy", renamed_arguments(websocket_bridge="websocket_emitter"))
LEGACY_FILES = {
    "n.py": "class New:\n    @classmethod\n    def create_from_legacy(cls, *args, **kwargs): ...\n",
}
TAKES = {
    "m.py": "class Old:\n    def __init__(self, a): ...\n",
    "n.py": "class New:\n    def __init__(self, b): ...\n",
}
FACTORY = CallChange("New.make")
FACTORY_FILES = {
    "m.py": "class Old:\n    def __init__(self, a, b=1, c=2): ...\n",
    "n.py": "class New:\n    def __init__(self, x): ...\n\n    @classmethod\n    def make(cls, b, a=0, *, d=None): ...\n",
}
ERROR = "class Old(Exception):\n    def __init__(self, text, level=0): ...\n"
EXAMPLES = (
    Example(
        "an error of Python's own takes nothing by name",
        "from m import Old\n\nraise Old('x', level=1)\n",
        other_files={"m.py": ERROR, "n.py": "class New(ValueError): ...\n"},
        proof_failure="the new one has no argument level",
    ),
    Example(
        "and whatever is passed by place",
        "from m import Old\n\nraise Old('x', 1)\n",
        "from n import New as Old\n\nraise Old('x', 1)\n",
        other_files={"m.py": ERROR, "n.py": "class Root(Exception): ...\n\nclass New(Root): ...\n"},
    ),
    Example(
        "an error of Python's own that takes more, or one of several bases, isn't judged",
        "from m import Old\n\nraise Old('x', level=1)\n",
        "from n import New as Old\n\nraise Old('x', level=1)\n",
        other_files={"m.py": ERROR, "n.py": "class New(ImportError, Mixin): ...\n"},
    ),
    Example(
        "the arguments would not fit what the new one takes",
        "from m import Old\n\nOld(a=1)\n",
        other_files=TAKES,
        proof_failure="the new one has no argument a",
    ),
    Example(
        "fields of a named tuple",
        "from m import Old\n\nOld(1, b=2)\n",
        other_files={
            "m.py": "from typing import NamedTuple\n\nclass Old(NamedTuple):\n    a: int\n    b: int\n",
            "n.py": "from typing import NamedTuple\n\nclass New(NamedTuple):\n    a: int\n    c: int\n",
        },
        proof_failure="the new one has no argument b",
    ),
    Example(
        "arguments that can't be seen are not guessed",
        "from m import Old\n\nOld(*args)\n",
        calls=LEGACY,
        other_files=LEGACY_FILES,
        note="can't be mapped automatically",
    ),
    Example(
        "through the module as well: such a call stays",
        "import m\n\nm.Old(*args)\n",
        calls=LEGACY,
        other_files=LEGACY_FILES,
        note="it passes * or ** arguments",
    ),
    Example(
        "a function of another module that is called like what it imports",
        "from p import Old\n\nOld(1, websocket_bridge=b)\n",
        calls=LEGACY,
        other_files={**LEGACY_FILES, "p.py": "from m import *\n\ndef Old(*args, **options): ...\n"},
    ),
    Example(
        "another module has it, or something else of that name",
        "from p import Old\n\nOld(1, websocket_bridge=b)\n",
        calls=LEGACY,
        other_files={**LEGACY_FILES, "p.py": "from m import Old\n\nif debug: Old = None\n"},
        note="p binds Old to something else as well",
    ),
    Example(
        "what can't be found can't be called",
        "from m import Old\n\nOld()\n",
        calls=FACTORY,
        note="it can't be told from its definition whether New.make is async",
    ),
    Example(
        "it is passed on, and called where that can't be seen",
        "from m import Old\n\nmap(Old, xs)\n",
        calls=FACTORY,
        other_files=FACTORY_FILES,
        note="it's passed on here",
    ),
    Example(
        "a property is not called",
        "from m import Old\n\nOld()\n",
        calls=FACTORY,
        other_files={"n.py": "class New:\n    @property\n    def make(self): ...\n"},
        note="New.make is a property, which can't be called",
    ),
    Example(
        "what a `with` needs",
        "from m import Old\n\nwith Old() as x:\n    x\n",
        other_files={
            "m.py": "class Old:\n    def __enter__(self): ...\n    def __exit__(self, *args): ...\n"
        },
        note="what New gives has no __enter__, which is needed here",
    ),
    Example(
        "a context manager where a plain value is expected",
        "from m import old\n\nx = old()\n",
        replace=("m:old=n:new",),
        other_files={
            "m.py": "def old(): ...\n",
            "n.py": "import contextlib\n\n@contextlib.contextmanager\ndef new():\n    yield 1\n",
        },
        note="new gives a context manager, which isn't expected here",
    ),
    Example(
        "a plain value where a generator is expected",
        "from m import old\n\nnext(old())\n",
        replace=("m:old=n:new",),
        other_files={"m.py": "def old():\n    yield 1\n", "n.py": "def new(): ...\n"},
        note="a generator is expected here, which new doesn't give",
    ),
    *(
        Example(
            f"the old one is gone, and a generator is {how}",
            f"from m import old\n\nx = {use}\n",
            f"from n import new as old\n\nx = {use}\n" if not note else None,
            replace=("m:old=n:new",),
            other_files={"m.py": "", "n.py": "def new():\n    yield 1\n"},
            note=note,
        )
        for how, use, note in (
            ("kept", "old()", "new gives a generator, which isn't expected here"),
            ("given to a method", "x.list(old())", "new gives a generator, which isn't expected here"),
            ("what a list is made of", "list(old()), sum(old()), [*old()], {x for x in old()}", ""),
        )
    ),
    Example(
        "an argument that goes, and does something",
        "from m import Old\n\nOld(1, b=f())\n",
        calls=CallChange("New.make", {"b": ArgumentChange(remove=True)}),
        other_files=FACTORY_FILES,
        note="it computes b, an argument that goes",
    ),
    Example(
        "a class that inherits another constructor",
        "from m import Old\n\nclass Mine(Old):\n    pass\n",
        calls=FACTORY,
        other_files=FACTORY_FILES,
        note="inherits a constructor that is another",
    ),
    Example(
        "a class whose constructor calls the old one",
        "from m import Old\n\nclass Mine(Old):\n    def __init__(self):\n        super().__init__(1, b=2)\n",
        calls=FACTORY,
        other_files=FACTORY_FILES,
        note="calls its constructor on line 5: the new one has no argument b",
    ),
    Example(
        "the callee and the arguments' names",
        "from m import Old\n\nOld(1, websocket_bridge=b, other=c)\nisinstance(x, Old)\n",
        "from n import New as Old\n\nOld.create_from_legacy(1, websocket_emitter=b, other=c)\nisinstance(x, Old)\n",
        calls=LEGACY,
        other_files=LEGACY_FILES,
    ),
    Example(
        "with the name",
        "from m import Old\n\nOld(websocket_bridge=Old())\n",
        "from n import New\n\nNew.create_from_legacy(websocket_emitter=New.create_from_legacy())\n",
        style="rename",
        calls=LEGACY,
        other_files=LEGACY_FILES,
    ),
    Example(
        "through the module",
        "import m\n\nm.Old(websocket_bridge=1)\n",
        "import n\n\nn.New.create_from_legacy(websocket_emitter=1)\n",
        calls=LEGACY,
        other_files=LEGACY_FILES,
    ),
    Example(
        "through the module, beside a call that can't be adapted",
        "import a.b\n\na.b.Old(**options), a.b.Old(websocket_bridge=1), isinstance(x, a.b.Old)\n",
        "import a.b\nimport a.n\n\n"
        "a.b.Old(**options), a.n.New.create_from_legacy(websocket_emitter=1), isinstance(x, a.n.New)\n",
        replace=("a.b:Old=a.n:New",),
        calls=LEGACY,
        other_files={"a/n.py": LEGACY_FILES["n.py"]},
        note="it passes * or ** arguments",
    ),
    Example(
        "an imported name stays for calls that can't be adapted",
        "from m import Old\n\nx: Old = Old(websocket_bridge=1)\nOld(**options)\n",
        "from m import Old\nfrom n import New\n\nx: Old = New.create_from_legacy(websocket_emitter=1)\nOld(**options)\n",
        calls=LEGACY,
        other_files=LEGACY_FILES,
        note="it passes * or ** arguments",
    ),
    Example(
        "a function for a function",
        "from m import old\n\nold(1, size=2, deep=True)\nmap(old, xs)\n",
        "from n import new\n\nnew(1, length=2, deep=True)\nmap(new, xs)\n",
        style="rename",
        replace=("m:old=n:new",),
        calls=CallChange("new", renamed_arguments(size="length")),
        other_files={
            "m.py": "def old(x, size, deep): ...\n",
            "n.py": "def new(x, length, deep=False): ...\n",
        },
    ),
    Example(
        "a function for a function that takes something else",
        "from m import old\n\nold(size=2)\n",
        style="rename",
        replace=("m:old=n:new",),
        calls=CallChange("new", renamed_arguments(size="length")),
        other_files={"m.py": "def old(size): ...\n", "n.py": "def new(x, length): ...\n"},
        note="the new one needs x",
    ),
    Example(
        "a function beside the new class: the class is imported only where it is used itself",
        "from m import Old\n\nOld(1)\n",
        "from n import make\n\nmake(1)\n",
        calls=CallChange("make"),
        other_files={"n.py": "class New: ...\n\ndef make(a): ...\n"},
    ),
    Example(
        "another class of another module",
        "from m import Old\n\nisinstance(x, Old) or Old(1)\n",
        "from n import New as Old\nfrom a.c import Other\n\nisinstance(x, Old) or Other(1)\n",
        calls=CallChange("a.c:Other"),
        other_files={"a/c.py": "class Other:\n    def __init__(self, a): ...\n"},
    ),
    Example(
        "another class, through the module",
        "import m\n\nm.Old(1)\nisinstance(x, m.Old)\n",
        "import n\nimport a.c\n\na.c.Other(1)\nisinstance(x, n.New)\n",
        calls=CallChange("a.c:Other"),
        other_files={"a/c.py": "class Other:\n    def __init__(self, a): ...\n"},
    ),
    Example(
        "passed by place and meant for another: by name, or in its place",
        "from m import Old\n\nOld(1), Old(1, 2), Old(1, b=2), Old(b=2, a=1)\n",
        "from n import New as Old\n\nOld.make(a=1), Old.make(a=1, b=2), Old.make(a=1, b=2), Old.make(b=2, a=1)\n",
        calls=CallChange("New.make"),
        other_files={
            "m.py": "class Old:\n    def __init__(self, a, b=1): ...\n",
            "n.py": "class New:\n    @classmethod\n    def make(cls, b=0, a=0): ...\n",
        },
    ),
    Example(
        "another place",
        "from m import Old\n\nOld(1, 2), Old(\n    1,  # a\n    2,  # b\n)\n",
        "from n import New as Old\n\nOld.make(2, 1), Old.make(\n    2,  # a\n    1,  # b\n)\n",
        calls=CallChange("New.make", {"b": ArgumentChange(position=1)}),
        other_files=FACTORY_FILES,
    ),
    Example(
        "arguments that go and come",
        "from m import Old\n\nOld(1, 2, 3), Old(1, c=f)\nOld(\n    a=1,\n    c=2,\n    b=0,\n)\n",
        "from n import New as Old\n\nOld.make(2, 1, d=None), Old.make(0, 1, d=None)\n"
        "Old.make(\n    a=1,\n    b=0,\n    d=None,\n)\n",
        calls=CallChange(
            "New.make",
            {
                "b": ArgumentChange(position=1, add="0"),
                "c": ArgumentChange(remove=True),
                "d": ArgumentChange(add="None"),
            },
        ),
        other_files=FACTORY_FILES,
    ),
    Example(
        "by name from now on",
        "from m import Old\n\nOld(1, 2, (3))\n",
        "from n import New as Old\n\nOld.make(1, b=2, c=(3))\n",
        calls=CallChange("New.make", {"b": ArgumentChange(keyword=True), "c": ArgumentChange(keyword=True)}),
        other_files={
            "m.py": FACTORY_FILES["m.py"],
            "n.py": "class New:\n    @classmethod\n    def make(cls, a, *, b=0, c=0): ...\n",
        },
    ),
    Example(
        "a constructor that a subclass calls",
        "from m import Old\n\nclass Mine(Old):\n    def __init__(self):\n        super().__init__(1, b=2)\n",
        "from n import New as Old\n\nclass Mine(Old):\n    def __init__(self):\n        super().__init__(1, size=2)\n",
        calls=CallChange("New", renamed_arguments(b="size")),
        other_files={
            "m.py": "class Old:\n    def __init__(self, a, b): ...\n",
            "n.py": "class New:\n    def __init__(self, a, size): ...\n",
        },
    ),
)
