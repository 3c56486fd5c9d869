"""`await`, where a call gives something to wait for that gave a value before, and the other way round."""

from __future__ import annotations

from codemods.model.example import Example
from codemods.model.rules import CallChange

FILES = {
    "m.py": "class Old:\n    def __init__(self, a=1): ...\n\n    def run(self): ...\n",
    "n.py": "class New:\n    @classmethod\n    async def create(cls, a=1): ...\n\n    def run(self): ...\n",
}
FUNCTIONS = {"m.py": "def old(x=1): ...\n", "n.py": "async def new(x=1): ...\n"}
CREATE = CallChange("New.create")


def stays(title: str, before: str, note: str) -> Example:
    return Example(title, before, calls=CREATE, other_files=FILES, note=note)


EXAMPLES = (
    stays(
        "in a function",
        "from m import Old\n\ndef f():\n    return Old()\n",
        "this call is in a function, where",
    ),
    stays("at the top of a module", "from m import Old\n\nx = Old()\n", "at the top of the module, where"),
    stays("in a class body", "from m import Old\n\nclass C:\n    x = Old()\n", "in a class body, where"),
    stays(
        "in a lambda",
        "from m import Old\n\nasync def f():\n    return lambda: Old()\n",
        "in a lambda, where await isn't allowed",
    ),
    stays(
        "in a default argument",
        "from m import Old\n\nasync def f(x=Old()):\n    return x\n",
        "in a default argument, where",
    ),
    stays(
        "in a decorator",
        "from m import Old\n\n@Old()\nasync def f(): ...\n",
        "in a decorator, where",
    ),
    stays(
        "in a generator, which would become another kind of generator",
        "from m import Old\n\nasync def f(xs):\n    return all(Old(x) for x in xs)\n",
        "in a generator expression, where",
    ),
    stays(
        "in a function within an async one",
        "from m import Old\n\nasync def f():\n    def g():\n        return Old()\n    return g\n",
        "in a function, where",
    ),
    stays(
        "a coroutine that something else awaits",
        "from m import Old\n\nasync def f():\n    return g(factory=Old)\n",
        "it's passed on here",
    ),
    Example(
        "a sync function whose result is passed on before the `await`",
        "from m import old\n\nasync def f():\n    await gather(old(), old())\n",
        replace=("m:old=n:new",),
        other_files={"m.py": "async def old(): ...\n", "n.py": "def new(): ...\n"},
        note="new isn't async, and something else awaits this call's result",
    ),
    Example(
        "in an async function; and the name stays where it can't await",
        "from m import Old\n\nasync def f():\n    return Old(1)\n\ndef g():\n    return Old(2)\n",
        "from m import Old\nfrom n import New\n\nasync def f():\n    return await New.create(1)\n\n"
        "def g():\n    return Old(2)\n",
        calls=CREATE,
        other_files=FILES,
        note="New.create is async, and this call is in a function",
    ),
    Example(
        "in parentheses where something binds tighter",
        "from m import Old\n\nasync def f():\n    Old().run()\n    Old()[0], -Old(), Old() ** 2, [*Old()]\n",
        "from n import New as Old\n\nasync def f():\n    (await Old.create()).run()\n"
        "    (await Old.create())[0], -await Old.create(), await Old.create() ** 2, [*await Old.create()]\n",
        calls=CREATE,
        other_files=FILES,
    ),
    Example(
        "in a comprehension of an async function",
        "from m import Old\n\nasync def f(xs):\n    return [Old(x) for x in xs], {x: y for x in Old()}\n",
        "from n import New as Old\n\nasync def f(xs):\n"
        "    return [await Old.create(x) for x in xs], {x: y for x in await Old.create()}\n",
        calls=CREATE,
        other_files=FILES,
    ),
    Example(
        "through the module",
        "import m\n\nasync def f():\n    with m.Old(1) as x, m.Old(a=2):\n        return x\n",
        "import n\n\nasync def f():\n    with await n.New.create(1) as x, await n.New.create(a=2):\n        return x\n",
        calls=CREATE,
        other_files=FILES,
    ),
    Example(
        "a function that became async",
        "from m import old\n\nasync def f():\n    x = old(1)\n",
        "from n import new as old\n\nasync def f():\n    x = await old(1)\n",
        replace=("m:old=n:new",),
        other_files=FUNCTIONS,
    ),
    Example(
        "both are async",
        "from m import old\n\nasync def f():\n    await gather(old(), old())\n    return await old()\n",
        "from n import new as old\n\nasync def f():\n    await gather(old(), old())\n    return await old()\n",
        replace=("m:old=n:new",),
        other_files={"m.py": "async def old(): ...\n", "n.py": "async def new(): ...\n"},
    ),
    Example(
        "no longer async",
        "from m import old\n\nasync def f():\n    x = await old(1)\n    return (await old(2)).y\n",
        "from n import new as old\n\nasync def f():\n    x = old(1)\n    return (old(2)).y\n",
        replace=("m:old=n:new",),
        other_files={"m.py": "async def old(x): ...\n", "n.py": "def new(x): ...\n"},
    ),
    Example(
        "the plan says that it is async where that can't be read",
        "from m import Old\n\nasync def f():\n    return Old()\n",
        "from lib import New as Old\n\nasync def f():\n    return await Old.make()\n",
        replace=("m:Old=lib:New",),
        calls=CallChange("New.make", is_async=True),
    ),
)
