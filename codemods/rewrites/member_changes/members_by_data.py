"""Members that are reached by a name which is data (a template, a string that `getattr` takes), and what stands in for
those whose arguments change. They are listed."""

from __future__ import annotations

from codemods.model.rules import CallChange, MemberChange, Symbol, renamed_arguments
from codemods.rewrites.member_changes.members import ORDER, OWNER, member_example

BUS = {
    "m.py": "class Bus:\n    def send(self, to: int, data: int = 0, payload: int = 0) -> None: ...\n",
}
SEND = (
    MemberChange(Symbol("m", "Bus"), "send", "send", CallChange(arguments=renamed_arguments(data="payload"))),
)
SIZE = (MemberChange(OWNER, "size", "length"),)

EXAMPLES = (
    member_example(
        "a string of that name where nothing takes members by such names, a key, a template that reads something else",
        "from m import Order\n\n\ndef f(data: dict, some):\n"
        '    print("total_price", Order), data["total_price"], data.get("total_price")\n'
        '    return "{{ total_price }} {x.total_prices}", getattr(some, f"as_{data}")\n',
    ),
    member_example(
        "a string that `getattr` may take",
        "from m import Order\n\n\ndef f(order: Order):\n"
        '    return [getattr(order, name) for name in ("id", "total_price")]\n',
        note="line 5 takes members by names that are known only at run time",
    ),
    member_example(
        "a string that a function gets beside the value",
        'from m import Order\nfrom tools import show\n\n\ndef f(order: Order):\n    show(order, "total_price")\n',
        note="it's passed on together with Order",
    ),
    member_example(
        "a name that is put together",
        'from m import Order\n\n\ndef f(order: Order, what: str):\n    return getattr(order, f"total_{what}")\n',
        note="the name is put together when it runs",
    ),
    member_example(
        "what a class's own code takes by names",
        "class Node:\n    names = ()\n\n    def values(self):\n"
        "        return [getattr(self, name) for name in self.names]\n\n\nclass Order(Node):\n"
        '    names = ("total_price",)\n\n    def total_price(self) -> int: ...\n\n    def total(self) -> int: ...\n',
        path="m.py",
        note="takes members by names that are known only at run time",
    ),
    member_example(
        "what `__getattr__` gives by its name",
        "class Order:\n    total_price: int = 0\n    total: int = 0\n\n    def __getattr__(self, name: str):\n"
        '        return 1 if name == "total_price" else 2\n',
        path="m.py",
        note="__getattr__ may give m:Order.total_price by this name",
    ),
    member_example(
        "a template in a string, a format string, code that is evaluated",
        'PAGE = "<b>{{ order.total_price }}</b>"\nLINE = "{0.total_price:>9}"\neval("order.total_price")\n',
        note="a template or code in a string may read m:Order.total_price",
    ),
    member_example(
        "a template in a file of its own",
        "{% if order.total_price %}\n{{ total_price }}\n{% endif %}\n",
        path="page.html",
        note="a template may read m:Order.total_price",
    ),
    member_example(
        "an example that doctest runs",
        'from m import Order\n\n\ndef f():\n    """\n    >>> Order().total_price()\n    1\n    """\n',
        note="an example that doctest runs may use m:Order.total_price",
    ),
    member_example(
        "fields that a dictionary has by their names",
        "from dataclasses import asdict, dataclass\n\n\n@dataclass\nclass Order:\n    size: int\n\n\n"
        "def f(order: Order, data: dict):\n    return asdict(order), Order(**data)\n",
        members=SIZE,
        other_files={},
        path="m.py",
        note="it takes or gives all fields by their names",
    ),
    member_example(
        "a descriptor that is told the name of its attribute",
        "class Column:\n    def __set_name__(self, owner: type, name: str) -> None:\n        self.name = name\n\n\n"
        "class Order:\n    size = Column()\n",
        members=SIZE,
        other_files={},
        path="m.py",
        note="Column is told the name of its attribute",
    ),
    member_example(
        "the name of an enum's member, where something reads names of its members",
        "import enum\n\n\nclass Color(enum.Enum):\n    RED = 1\n    BLUE = 2\n\n\ndef f(color: Color, name: str):\n"
        '    return color.name == "RED", Color[name], [color.value, "BLUE"]\n',
        members=(MemberChange(Symbol("m", "Color"), "RED", "CRIMSON"),),
        other_files={},
        path="m.py",
        note="it may name m:Color.RED: line 10 takes members by names",
    ),
    member_example(
        "a member of an enum whose value is its name",
        "import enum\n\n\nclass Color(enum.StrEnum):\n    RED = enum.auto()\n",
        members=(MemberChange(Symbol("m", "Color"), "RED", "CRIMSON"),),
        other_files={},
        path="m.py",
        note="auto is told the name of its attribute",
    ),
    member_example(
        "a class that is mixed into one that has the member",
        "from m import Order\n\n\nclass Mixin:\n    def twice(self):\n        return self.total_price() * 2\n\n\n"
        "class Big(Mixin, Order): ...\n",
        note="its type is Mixin, which doesn't define total_price itself",
    ),
    member_example(
        "an override that takes the old argument",
        "from m import Bus\n\n\nclass Fast(Bus):\n    def send(self, to: int, data: int = 0) -> None: ...\n",
        members=SEND,
        other_files=BUS,
        note="it overrides m:Bus.send, and takes data as well",
    ),
    member_example(
        "what a test puts in its place, with the old argument",
        "from m import Bus\n\n\ndef test(monkeypatch):\n    def send(self, to, data): ...\n\n"
        '    monkeypatch.setattr(Bus, "send", send)\n',
        members=SEND,
        other_files=BUS,
        note="something else takes its place here, and line 5 names its argument data",
    ),
    member_example(
        "the exception that `pytest.raises` catches",
        "import pytest\n\nfrom m import Order\n\n\ndef test():\n    with pytest.raises(Order) as caught:\n"
        "        raise Order\n    assert caught.value.total_price() == 1\n",
        "import pytest\n\nfrom m import Order\n\n\ndef test():\n    with pytest.raises(Order) as caught:\n"
        "        raise Order\n    assert caught.value.total() == 1\n",
        other_files={"m.py": ORDER.replace("class Order:", "class Order(Exception):")},
    ),
)
